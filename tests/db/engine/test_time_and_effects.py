"""What happens by itself: watches that fall due, effects after the commit, sub-cases and their return."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection

from tests.db.engine.city import CONTENT, City, build, row
from tongban.base.calendar import CHINA
from tongban.engine import codec, kinds, outbox, watches
from tongban.engine.models import Case, EventRow, OutboxRow, Watch
from tongban.engine.queries import state_at
from tongban.engine.state import Finding
from tongban.registry.models import Matter, Offering, OfferingVersion

MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)


@pytest.fixture
def city(db: None, plugins: None) -> City:
    """Built anew for each: some tests here build another."""
    return build()


def test_silence_past_the_acceptance_limit_accepts_by_law(city: City) -> None:
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
    assert Watch.objects.get(pk=case.case_id).fire_at == datetime(2026, 3, 10, tzinfo=CHINA)
    with time_machine.travel(MONDAY + timedelta(days=7), tick=False):
        assert watches.run_due() == 0
    with time_machine.travel(MONDAY + timedelta(days=8), tick=False):
        assert watches.run_due() == 1
        assert watches.run_due() == 0
    found = row(case)
    assert found.phase == "accepted"
    assert found.accepted_at == MONDAY, "from the day the application was received"
    assert codec.load(found.state) == state_at(found.pk)
    assert not Watch.objects.filter(pk=found.pk).exists()


def test_rule_is_asked_again_when_it_said_so(city: City) -> None:
    due = MONDAY + timedelta(days=3)

    def rule(facts: kinds.Facts) -> kinds.Verdict:
        if facts.now < due:
            return kinds.Verdict(next_at=due)
        return kinds.Verdict((Finding("T01", 1, "case", "临近期限", facts.now),))

    kinds.register_detector(rule, "t01")
    with time_machine.travel(MONDAY, tick=False):
        case = city.apply()
    assert Watch.objects.get(pk=case.case_id).rules == ["t01"]
    with time_machine.travel(due, tick=False):
        assert watches.run_due() == 1
    assert row(case).level == 1
    assert Watch.objects.get(pk=case.case_id).rules == ["tick"]


def test_tick_that_fails_is_put_off_and_holds_nobody_up(city: City) -> None:
    from tongban.registry.models import Post

    with time_machine.travel(MONDAY, tick=False):
        stuck, fine = city.apply(), city.apply()
    Watch.objects.filter(pk=stuck.case_id).update(fire_at=MONDAY)
    later = MONDAY + timedelta(days=8)

    def refuse(command: Any, facts: kinds.Facts) -> None:
        if facts.case_id == stuck.case_id:
            from tongban.engine.errors import Refused

            raise Refused("no", "不行")

    kinds.register_guard("licence", refuse)
    with time_machine.travel(later, tick=False):
        assert watches.run_due() == 1
    assert row(fine).phase == "accepted"
    assert row(stuck).phase == "applied"
    assert Watch.objects.get(pk=stuck.case_id).fire_at == later + watches.LATER
    assert Post.objects.exists()


def test_effect_is_handed_over_once_and_failing_ones_wait(city: City) -> None:
    got: list[kinds.Effect] = []
    broken = [True]

    def notice(effect: kinds.Effect) -> None:
        got.append(effect)

    def flaky(effect: kinds.Effect) -> None:
        if broken[0]:
            raise ConnectionError("王伟 13900000000")

    kinds.on_effect("case.accepted", notice, "notice")
    kinds.on_effect("case.accepted", flaky, "flaky")
    case = city.apply()
    city.do("clerk", case, "accept")
    assert OutboxRow.objects.filter(sent_at=None).count() == 2
    assert outbox.deliver() == 1
    assert outbox.deliver() == 0, "the other one waits"
    assert [(e.topic, e.case_id) for e in got] == [("case.accepted", case.case_id)]
    waiting = OutboxRow.objects.get(sent_at=None)
    assert (waiting.attempts, waiting.error) == (1, "ConnectionError"), "no word of the error itself is kept"
    broken[0] = False
    assert outbox.deliver(now=datetime.now(CHINA) + timedelta(minutes=1)) == 1
    assert outbox.waiting() == {"waiting": 0, "failed": 0}
    assert len(got) == 1
    assert outbox.forget(datetime.now(CHINA) + timedelta(days=1)) == 2


def test_who_speaks_of_one_kind_is_told_of_no_other(city: City) -> None:
    for of in ("licence", "order", "*"):
        kinds.on_effect("case.applied", lambda _: None, f"of {of}", of=of)
        kinds.on_effect("case.applied", print, "of these, told once", of=of)
    city.apply()
    assert sorted(OutboxRow.objects.values_list("handler", flat=True)) == [
        "of *",
        "of licence",
        "of these, told once",
    ]
    assert outbox.deliver() == 3


JOINT: dict[str, Any] = {
    "key": "joint",
    "name": "联审",
    "nodes": [
        {"key": "start", "kind": "start"},
        {
            "key": "accept", "kind": "human", "name": "受理", "post": "CK", "duty": "accept",
            "choices": [{"key": "accept"}, {"key": "refuse"}],
        },
        {"key": "members", "kind": "subcase", "name": "联办", "policy": "all", "members": ["M2-cg", "M3-none"]},
        {
            "key": "decide", "kind": "human", "name": "决定", "post": "FG", "duty": "decide",
            "choices": [{"key": "granted", "name": "准予"}, {"key": "denied", "name": "不予"}],
        },
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "accept"}, {"from": "accept", "to": "members"}, {"from": "members", "to": "decide"},
        {"from": "decide", "to": "end"},
    ],
}  # fmt: skip
MEMBER: dict[str, Any] = {
    "key": "member",
    "name": "子件",
    "nodes": [
        {"key": "start", "kind": "start"},
        {
            "key": "decide", "kind": "human", "name": "决定", "post": "SB", "duty": "decide",
            "choices": [{"key": "granted", "name": "准予"}, {"key": "denied", "name": "不予"}],
        },
        {"key": "end", "kind": "end"},
    ],
    "edges": [{"from": "start", "to": "decide"}, {"from": "decide", "to": "end"}],
}  # fmt: skip


@pytest.fixture
def joint_city(db: None, plugins: None) -> City:
    """A joint approval of two members, one of which is offered next door; the other nobody offers."""
    from datetime import date

    from django.db.backends.postgresql.psycopg_any import DateRange

    from tongban.engine.services import publish_flow, save_flow_draft
    from tongban.registry.models import Grant

    city = build(flow=JOINT)
    flow = publish_flow(None, save_flow_draft(None, key="member", document=MEMBER))
    always = DateRange(date(2012, 1, 1), None)
    offering = Offering.objects.create(
        matter=Matter.objects.create(code="M2", name="户外招牌", kind="01", owner=city.neighbour_bureau),
        organisation=city.neighbour_bureau, region_id="990100", implementation_code="M2-cg",
    )  # fmt: skip
    version = OfferingVersion.objects.create(
        offering=offering, no=1, status="draft", content={**CONTENT, "matter": {"code": "M2", "name": "户外招牌"}},
        content_sha256=b"\0" * 32, flow_key="member", flow_sha256=bytes.fromhex(flow.sha256), name="户外招牌", kind="01",
        project_type="promised", initiated_by="application",
    )  # fmt: skip
    version.status = "review"
    version.save()
    version.status, version.valid, version.published_at = (
        "published",
        always,
        datetime(2012, 1, 1, tzinfo=CHINA),
    )
    version.save()
    Grant.objects.create(role="handler", verb="decide", reach=Grant.Reach.OWN, valid=always)
    return city


def test_joint_approval_opens_members_and_brings_their_results_home(joint_city: City) -> None:
    city = joint_city
    lead = city.apply()
    city.do("clerk", lead, "accept")
    assert outbox.deliver() == 2
    child = Case.objects.visible_to(city.person("neighbour")).get(parent_id=lead.case_id)
    assert (child.title, child.applicant_name, child.channel) == ("户外招牌", "王伟", "joint")
    types = list(EventRow.objects.filter(case_id=lead.case_id).order_by("seq").values_list("type", flat=True))
    assert types.count("child.opened") == 2
    assert types.count("child.concluded") == 1, "the member that nobody offers comes home at once"
    assert row(lead).tasks.filter(status="open", kind="subcase").count() == 1
    city.do("neighbour", child.pk, "complete", outcome="granted")
    assert row(child.pk).phase == "closed"
    assert outbox.deliver() == 1
    assert row(lead).tasks.get(status="open").node == "decide"
    OutboxRow.objects.update(sent_at=None)
    assert outbox.deliver() == 3, "once more, after a crash"
    assert Case.objects.visible_to(city.person("neighbour")).filter(parent_id=lead.case_id).count() == 1
    assert codec.load(row(lead).state) == state_at(lead.case_id)


def test_background_jobs_are_declared(city: City) -> None:
    from procrastinate.contrib.django import app

    from tongban.engine import tasks

    names = set(app.tasks)
    for task in (tasks.run_due_watches, tasks.deliver_outbox, tasks.seal_ledger, tasks.sweep):
        assert task.name in names
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM engine_watch")
        assert cursor.fetchone() == (0,)
    assert uuid4()


def test_many_ticks_of_one_transaction_are_those_of_single_ones(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same watches fired together and one by one: the same events, tasks, rows and next watches."""
    with time_machine.travel(MONDAY, tick=False):
        together, single = [city.apply() for _ in range(3)], [city.apply() for _ in range(3)]
    later = MONDAY + timedelta(days=8)
    Watch.objects.filter(pk__in=[c.case_id for c in single]).update(fire_at=later + timedelta(days=9))
    with time_machine.travel(later, tick=False):
        assert watches.run_due() == 3
        Watch.objects.filter(pk__in=[c.case_id for c in single]).update(
            fire_at=datetime(2026, 3, 10, tzinfo=CHINA)
        )
        monkeypatch.setattr(watches, "_together", lambda _: None)
        assert watches.run_due() == 3

    def told(case: Any) -> Any:
        found = row(case)
        events = EventRow.objects.filter(case_id=found.pk, seq__gt=1).order_by("seq")  # the first has salts
        return (
            [(e.seq, e.type, e.occurred_at, e.recorded_at, e.actor_kind, e.payload) for e in events],
            codec.load(found.state), found.phase, found.accepted_at, found.due_at, found.level, found.wake_at,
            list(found.tasks.order_by("no").values("no", "status", "due_at", "post_id")),
            list(Watch.objects.filter(pk=found.pk).values("fire_at", "rules")),
        )  # fmt: skip

    assert told(together[0])[1] == state_at(together[0].case_id)
    assert len({repr(told(case)) for case in (*together, *single)}) == 1


@pytest.mark.parametrize(("many", "asked"), [(2, [2]), (3, [])])
def test_very_many_that_fall_due_at_once_are_shared_by_the_cores(
    city: City, monkeypatch: pytest.MonkeyPatch, many: int, asked: list[int]
) -> None:
    begun: list[int] = []

    class Here(ThreadPoolExecutor):
        """Does in the test's own thread, which has its transaction, what other processes would."""

        def __init__(self, processes: int) -> None:
            begun.append(processes)
            super().__init__(processes)

        def map(self, fn: Any, *given: Any, **_: Any) -> Any:
            return map(fn, *given)

    monkeypatch.setattr(watches, "pool", Here)
    monkeypatch.setattr(watches, "MANY", many)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with time_machine.travel(MONDAY, tick=False):
        applied = [city.apply() for _ in range(2)]
    with time_machine.travel(MONDAY + timedelta(days=8), tick=False):
        assert watches.run_all_due() == 2
        assert watches.overdue_watches() == 0
    assert begun == asked
    assert {row(case).phase for case in applied} == {"accepted"}


def test_a_batch_that_breaks_holds_nobody_up(city: City) -> None:
    """Whatever goes wrong with one case of a batch, the others are ticked, and it is looked at again later."""
    with time_machine.travel(MONDAY, tick=False):
        broken, fine = city.apply(), city.apply()

    def tell(change: kinds.Change) -> None:
        if change.facts.case_id == broken.case_id:
            raise ValueError("王伟 13900000000")

    kinds.subscribe("case.deemed_accepted", tell)
    later = MONDAY + timedelta(days=8)
    with time_machine.travel(later, tick=False):
        assert watches.run_due() == 1
    assert (row(fine).phase, row(broken).phase) == ("accepted", "applied")
    assert Watch.objects.get(pk=broken.case_id).fire_at == later + watches.LATER
