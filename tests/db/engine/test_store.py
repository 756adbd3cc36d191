"""One case through the shell: what is written, what is answered twice, what is refused, what a failure leaves behind."""

from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from psycopg.errors import StringDataRightTruncation

from tests.db.engine.city import FORM, City, build, row
from tongban.engine import codec, kinds, store, wire
from tongban.engine.errors import Refused
from tongban.engine.ledger.chain import event_hash
from tongban.engine.models import CaseData, CommandRow, EventPersonal, EventRow, OutboxRow, TaskRow, Watch
from tongban.engine.queries import state_at
from tongban.engine.services import Applicant, Outcome, perform
from tongban.engine.state import Finding
from tongban.registry.models import Account


@pytest.fixture
def city(db: None, plugins: None) -> City:
    """Built anew for each: some tests here commit."""
    return build()


def test_case_runs_from_application_to_delivery(city: City) -> None:
    case = city.granted()
    found = row(case)
    assert (found.phase, found.result) == ("closed", "granted")
    assert found.tasks.filter(status="open").count() == 0
    assert codec.load(found.state) == state_at(found.pk)
    assert not Watch.objects.filter(pk=found.pk).exists()


def test_events_chain_and_hide_personal_values(city: City) -> None:
    case = row(city.granted())
    previous = bytes(32)
    for e in EventRow.objects.filter(case_id=case.pk).order_by("seq"):
        again = event_hash(
            previous, case_uid=case.uid, seq=e.seq, type=e.type, v=e.v, occurred_at=e.occurred_at,
            recorded_at=e.recorded_at, actor_kind=e.actor_kind, actor_id=e.actor_id, actor_org_id=e.actor_org_id,
            on_behalf_of=e.on_behalf_of, channel=e.channel, command_id=e.command_id, payload=e.payload,
        )  # fmt: skip
        assert bytes(e.hash) == again
        previous = again
    assert bytes(case.last_hash) == previous
    first = EventRow.objects.get(case_id=case.pk, seq=1)
    assert "王伟" not in str(first.payload)
    assert EventPersonal.objects.get(case_id=case.pk).value["name"] == "王伟"


def test_the_first_event_says_the_number_that_people_know(city: City) -> None:
    case = city.apply()
    assert EventRow.objects.get(case_id=case.case_id, seq=1).payload["number"] == case.number


def test_secret_is_told_once_and_kept_as_a_digest(city: City) -> None:
    command = uuid4()
    first, again = city.apply(command_id=command), city.apply(command_id=command)
    assert len(first.secret) == 12
    assert (again.secret, again.replayed, again.case_id) == ("", True, first.case_id)
    assert first.secret not in row(first).secret_hash


def test_same_command_twice_has_one_effect(city: City) -> None:
    case, command = city.apply(), uuid4()
    first = city.do("clerk", case, "accept", command_id=command)
    events = EventRow.objects.count()
    again = city.do("clerk", case, "accept", command_id=command)
    assert (again.replayed, again.events, again.seq) == (True, first.events, first.seq)
    assert EventRow.objects.count() == events


def test_command_id_used_for_another_request_is_refused(city: City) -> None:
    case, command = city.apply(), uuid4()
    city.do("clerk", case, "note", text="一", command_id=command)
    with pytest.raises(Refused) as refusal:
        city.do("clerk", case, "note", text="二", command_id=command)
    assert refusal.value.code == "command_reused"


def test_late_reader_is_told_the_current_number(city: City) -> None:
    case = city.apply()
    now = city.do("clerk", case, "claim")
    with pytest.raises(Refused) as refusal:
        city.do("clerk", case, "accept", expected_seq=case.seq)
    assert (refusal.value.code, refusal.value.detail["seq"]) == ("stale", now.seq)


def test_refusal_writes_nothing(city: City) -> None:
    case = city.apply()
    before = (EventRow.objects.count(), CommandRow.objects.count(), row(case).state)
    with pytest.raises(Refused):
        city.do("reviewer", case, "accept")
    assert (EventRow.objects.count(), CommandRow.objects.count(), row(case).state) == before


def test_dry_run_answers_and_writes_nothing(city: City) -> None:
    case = city.apply()
    tried = city.do("clerk", case, "accept", dry_run=True)
    assert "case.accepted" in tried.events
    assert row(case).seq == case.seq
    assert city.apply(dry_run=True).secret == ""
    assert city.do("clerk", case, "accept").events == tried.events


def test_case_one_may_not_see_looks_as_if_it_were_not_there(city: City) -> None:
    case = city.apply()
    codes = []
    for who, case_id in (("outsider", case.case_id), ("stranger", case.case_id), ("clerk", 999_999)):
        with pytest.raises(Refused) as refusal:
            city.do(who, case_id, "note", text="看看")
        codes.append((refusal.value.code, refusal.value.message))
    assert len(set(codes)) == 1
    assert codes[0][0] == "not_found"


def test_resident_applies_for_nobody_else(city: City) -> None:
    with pytest.raises(Refused) as refusal:
        city.apply(account=city.person("stranger"))
    assert refusal.value.code == "not_permitted"


def test_staff_without_the_verb_take_nothing_in(city: City) -> None:
    with pytest.raises(Refused) as refusal:
        city.apply(account=city.person("neighbour"), channel="counter")
    assert refusal.value.code == "not_permitted"
    assert city.apply(account=city.person("clerk"), channel="counter", applicant=Applicant("李娜")).case_id


def test_later_form_is_a_new_revision(city: City) -> None:
    case = city.apply()
    city.do("clerk", case, "request_correction", items=["平面图不清楚"])
    city.do("applicant", case, "supply", form={**FORM, "area": 130}, note="已重画")
    assert [d.data["area"] for d in CaseData.objects.filter(case_id=case.case_id).order_by("no")] == [
        120,
        130,
    ]
    sealed = EventPersonal.objects.filter(case_id=case.case_id, path__contains="who").order_by("seq").last()
    assert sealed is not None
    assert sealed.value["form"] == bytes(CaseData.objects.get(case_id=case.case_id, no=2).sha256).hex()


def test_form_with_an_inexact_number_is_refused(city: City) -> None:
    with pytest.raises(Refused) as refusal:
        city.apply(data={"area": 1.5})
    assert refusal.value.code == "form_not_exact"


def test_task_of_a_post_that_does_not_exist_is_refused(city: City) -> None:
    from tongban.registry.models import Post

    case = city.apply()
    Post.objects.filter(code="SA").update(abolished_on="2020-01-01")
    with pytest.raises(Refused) as refusal:
        city.do("clerk", case, "accept")
    assert refusal.value.code == "post_missing"


def test_detector_findings_are_events_of_the_same_command(city: City) -> None:
    def rule(facts: kinds.Facts) -> kinds.Verdict:
        if facts.state.phase != "accepted":
            return kinds.SILENT
        return kinds.Verdict(
            (Finding("P01", 2, "case", "越权受理", facts.now, inputs={"who": facts.state.accepted_by}),)
        )

    kinds.register_detector(rule, "p01")
    case = city.apply()
    accepted = city.do("clerk", case, "accept")
    assert accepted.events[-1] == "finding.issued"
    assert row(case).level == 2
    assert "finding.issued" not in city.do("reviewer", case, "complete", outcome="pass").events
    last = EventRow.objects.filter(case_id=case.case_id, type="finding.issued").get()
    assert (last.actor_kind, last.actor_id) == ("system", None)
    assert codec.load(row(case).state) == state_at(case.case_id)


def test_guard_refuses_what_the_machine_would_do(city: City) -> None:
    def guard(command: object, facts: kinds.Facts) -> None:
        if facts.state.phase == "accepted":
            raise Refused("recused", "应当回避。")

    kinds.register_guard("licence", guard)
    case = city.apply()
    with pytest.raises(Refused) as refusal:
        city.do("clerk", case, "accept")
    assert refusal.value.code == "recused"


def test_back_dated_entry_needs_verb_and_reason_and_keeps_both_times(city: City) -> None:
    from datetime import datetime, timedelta

    from tongban.base.calendar import CHINA

    now = datetime.now(CHINA)
    case = city.apply(
        account=city.person("clerk"),
        channel="counter",
        occurred_at=now - timedelta(days=2),
        reason="停电期间收件",
    )
    event = EventRow.objects.get(case_id=case.case_id, seq=1)
    assert event.recorded_at - event.occurred_at > timedelta(days=1)
    assert row(case).opened_at == event.occurred_at
    with pytest.raises(Refused) as refusal:
        city.do("clerk", case, "accept", occurred_at=now - timedelta(days=1))
    assert refusal.value.code == "missing_field"
    city.do("clerk", case, "accept", occurred_at=now - timedelta(days=1), reason="停电期间受理")
    with pytest.raises(Refused) as refusal:
        city.do(
            "reviewer", case, "complete", outcome="pass", occurred_at=now - timedelta(hours=3), reason="补录"
        )
    assert refusal.value.code == "not_permitted"


@pytest.mark.django_db(transaction=True)
class TestOwnTransaction:
    """With real commits: what concurrency and failure leave behind."""

    def test_subscriber_uses_the_orm_in_the_same_transaction(self, city: City) -> None:
        heard: list[str] = []

        def listener(change: kinds.Change) -> None:
            with transaction.atomic():
                Account.objects.filter(pk=change.event.by).update(phone="1")
            transaction.on_commit(lambda: heard.append(change.event.type))

        kinds.subscribe("case.accepted", listener)
        case = city.apply()
        city.do("clerk", case, "accept")
        assert heard == ["case.accepted"]
        assert not connection.in_atomic_block
        assert connection.get_autocommit()
        assert Account.objects.get(pk=city.person("clerk").pk).phone == "1"

    def test_subscriber_that_raises_undoes_the_command(self, city: City) -> None:
        heard: list[str] = []

        def listener(change: kinds.Change) -> None:
            Account.objects.filter(pk=change.event.by).update(phone="2")
            transaction.on_commit(lambda: heard.append("told"))
            raise RuntimeError("no")

        kinds.subscribe("case.accepted", listener)
        case = city.apply()
        with pytest.raises(RuntimeError):
            city.do("clerk", case, "accept")
        assert heard == []
        assert row(case).seq == case.seq
        assert Account.objects.get(pk=city.person("clerk").pk).phone == ""
        assert not connection.in_atomic_block

    def test_what_a_subscriber_adds_goes_with_the_case_or_not_at_all(self, city: City) -> None:
        call, phone = wire.statement("UPDATE registry_account SET phone = $2 WHERE id = $1"), ["1" * 99]

        def listener(change: kinds.Change) -> None:
            assert change.along is not None
            change.along.append((call, wire.texts(change.event.by or 0, phone[0])))

        kinds.subscribe("case.accepted", listener)
        case = city.apply()
        with pytest.raises(StringDataRightTruncation):
            city.do("clerk", case, "accept")
        assert row(case).seq == case.seq
        phone[0] = "3"
        city.do("clerk", case, "accept")
        assert row(case).phase == "accepted"
        assert Account.objects.get(pk=city.person("clerk").pk).phone == "3"

    def test_two_writers_on_one_case_take_turns(self, city: City) -> None:
        case = city.apply()
        barrier, answers = Barrier(2), []

        def write(who: str) -> None:
            barrier.wait()
            try:
                answers.append(
                    perform(city.person(who), case.case_id, "note", command_id=uuid4(), data={"text": who})
                )
            finally:
                connections["default"].close()

        threads = [Thread(target=write, args=(who,)) for who in ("clerk", "section_head")]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert sorted(a.seq for a in answers) == [case.seq + 1, case.seq + 2]
        assert codec.load(row(case).state) == state_at(case.case_id)

    def test_one_command_sent_by_two_at_once_has_one_effect(self, city: City) -> None:
        command = uuid4()
        barrier, answers = Barrier(2), []

        def write() -> None:
            barrier.wait()
            try:
                answers.append(city.apply(command_id=command))
            finally:
                connections["default"].close()

        threads = [Thread(target=write) for _ in range(2)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert {a.case_id for a in answers} == {answers[0].case_id}
        assert sorted(a.replayed for a in answers) == [False, True]
        assert CommandRow.objects.filter(type="submit").count() == 1

    def test_case_that_somebody_holds_is_busy(self, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
        case = city.apply()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        taken, release = Barrier(2), Barrier(2)

        def hold() -> None:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 FROM engine_case WHERE id = %s FOR UPDATE", [case.case_id])
                taken.wait()
                release.wait()
            connections["default"].close()

        holder = Thread(target=hold)
        holder.start()
        taken.wait()
        try:
            with pytest.raises(Refused) as refusal:
                city.do("clerk", case, "accept")
        finally:
            release.wait()
            holder.join()
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")
        assert refusal.value.code == "busy"
        assert city.do("clerk", case, "accept").events

    def test_connection_that_dies_between_load_and_commit_leaves_nothing(
        self, city: City, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        case, command = city.apply(), uuid4()
        real = store.chain

        def killed(*args: object) -> object:
            pid = connection.connection.info.backend_pid
            other = connections.create_connection("default")
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            other.close()
            return real(*args)

        monkeypatch.setattr(store, "chain", killed)
        with pytest.raises(Exception, match=r"terminat|closed|connection"):
            city.do("clerk", case, "accept", command_id=command)
        monkeypatch.setattr(store, "chain", real)
        assert row(case).seq == case.seq
        assert not CommandRow.objects.filter(pk=command).exists()
        again = city.do("clerk", case, "accept", command_id=command)
        assert not again.replayed

    def test_answer_lost_after_the_commit_is_given_again(self, city: City) -> None:
        case, command = city.apply(), uuid4()
        first: Outcome = city.do("clerk", case, "accept", command_id=command)
        connection.close()
        again = city.do("clerk", case, "accept", command_id=command)
        assert (again.seq, again.replayed) == (first.seq, True)

    def test_command_inside_another_transaction_goes_with_it(self, city: City) -> None:
        case = city.apply()
        with transaction.atomic():
            city.do("clerk", case, "accept")
            transaction.set_rollback(True)  # the caller changes its mind
        assert row(case).seq == case.seq
        with transaction.atomic():
            with pytest.raises(Refused):
                city.do("reviewer", case, "accept")
            city.do("clerk", case, "accept")
        assert row(case).phase == "accepted"


def test_task_rows_mirror_the_tasks_of_the_state(city: City) -> None:
    case = city.apply()
    city.do("clerk", case, "accept")
    city.do("reviewer", case, "claim", task=2)
    for found in (row(case),):
        state = codec.load(found.state)
        rows = {t.no: t for t in TaskRow.objects.filter(case_id=found.pk)}
        assert set(rows) == {t.no for t in state.tasks}
        for t in state.tasks:
            assert (rows[t.no].status, rows[t.no].due_at, rows[t.no].assignee_id) == (
                t.status,
                t.due,
                t.assignee,
            )
    assert OutboxRow.objects.count() == 0


def test_a_command_has_a_longest_text_in_whatever_it_is_wrapped(city: City) -> None:
    case = city.apply()
    with pytest.raises(Refused) as caught:
        city.do("clerk", case, "note", text="一条", more=["长" * 200_000])
    assert caught.value.code == "text_too_long"
