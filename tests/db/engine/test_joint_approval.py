"""A joint approval (并联审批) of five departments: one disagrees, one is silent, two want corrections; to the day.

The calendar by hand. The resident applies on Monday 2 March 2026; the lead accepts on Tuesday 3 March. Counting begins
the day after: 4, 5, 6 March are days 1 to 3, 9–13 March 4 to 8, 16–20 March 9 to 13, 23–27 March 14 to 18, 30 and 31 March
19 and 20. Monday 6 April is the Qingming holiday: 1–3 April are days 21 to 23, 7–10 April 24 to 27, 13–17 April 28 to 32,
20–24 April 33 to 37, 27–30 April 38 to 41. 1–5 May are the Labour Day holiday, Saturday 9 May is worked for it:
6–9 May are days 42 to 45, 11–14 May 46 to 49.

The notice goes out on Friday 6 March, which still counts; the answer comes on Thursday 12 March, which does not. So 9, 10,
11 and 12 March, four working days, are left out: the promised twenty days end not on 31 March but, four days on, on
Tuesday 7 April; the lawful forty-five not on Saturday 9 May but on Thursday 14 May; the ten days of a member not on
Tuesday 17 March but on Monday 23 March.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from tests.db.engine.city import ALWAYS, CONTENT, City, build, row
from tongban.base.calendar import CHINA
from tongban.engine import codec, kinds, outbox, watches
from tongban.engine.errors import Refused
from tongban.engine.flow import GATHER
from tongban.engine.models import Case, EventRow, Watch
from tongban.engine.queries import case_form, member_case, state_at
from tongban.engine.services import SYSTEM, Outcome, allowed, perform, publish_flow, save_flow_draft
from tongban.platforms.supervision import kind as supervision
from tongban.platforms.supervision.models import Card
from tongban.registry.models import (
    Account,
    Grant,
    Holding,
    Matter,
    Offering,
    OfferingVersion,
    Organisation,
    OrganisationVersion,
    Post,
)

DEPARTMENTS = {"1": "市场监管局", "2": "城管局", "3": "消防大队", "4": "住建局", "5": "燃气办"}
JOINT: dict[str, Any] = {
    "key": "joint5",
    "name": "开餐馆一件事",
    "nodes": [
        {"key": "start", "kind": "start"},
        {
            "key": "accept", "kind": "human", "name": "一窗受理", "stage": "受理", "post": "CK", "duty": "accept",
            "choices": [{"key": "accept"}, {"key": "refuse"}],
        },
        {
            "key": "members", "kind": "subcase", "name": "并联审查", "stage": "联办", "policy": "all",
            "members": [f"J{n}" for n in DEPARTMENTS], "limit": {"amount": 10},
            "silence": {"outcome": "deemed", "basis": "并联审批实施办法第九条"},
        },
        {
            "key": "decide", "kind": "human", "name": "联办结论", "stage": "汇总", "post": "FG", "duty": "decide",
            "limit": {"amount": 3},
            "choices": [{"key": "granted", "name": "准予"}, {"key": "denied", "name": "不予"}],
        },
        {"key": "deliver", "kind": "human", "name": "出件", "stage": "送达", "post": "CK", "duty": "deliver"},
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "accept"}, {"from": "accept", "to": "members"}, {"from": "members", "to": "decide"},
        {"from": "decide", "to": "deliver"}, {"from": "deliver", "to": "end"},
    ],
}  # fmt: skip
MEMBERS = [{"offering": f"J{n}", "fields": {"shop": "name"} if n == "3" else {}} for n in DEPARTMENTS]


def content(objection: str) -> dict[str, Any]:
    """The joint matter: forty-five days by law and fifteen more, twenty promised; one form for all."""
    labels = {"shop": "店名", "name": "姓名", "area": "面积", "drains": "是否排水"}
    fields = [{"name": name, "label": label, "type": "text"} for name, label in labels.items()]
    return {
        **CONTENT,
        "matter": {"code": "M1", "name": "开餐馆一件事"},
        "limits": {
            "statutory": {"amount": 45}, "promised": {"amount": 20}, "acceptance": {"amount": 5}, "extension": {"amount": 15},
        },
        "form": {"groups": [{"title": "店", "fields": fields}]},
        "params": {"members": MEMBERS, "joint": {"objection": objection, "gather": {"amount": 2}}},
    }  # fmt: skip


def member_flow(n: str) -> dict[str, Any]:
    """Acceptance, then decision, at one department by two people."""
    return {
        "key": f"member{n}",
        "nodes": [
            {"key": "start", "kind": "start"},
            {"key": "accept", "kind": "human", "name": "受理", "post": f"A{n}", "duty": "accept",
             "choices": [{"key": "accept"}, {"key": "refuse"}]},
            {"key": "decide", "kind": "human", "name": "决定", "post": f"B{n}", "duty": "decide",
             "choices": [{"key": "granted"}, {"key": "denied"}]},
            {"key": "end", "kind": "end"},
        ],
        "edges": [{"from": "start", "to": "accept"}, {"from": "accept", "to": "decide"}, {"from": "decide", "to": "end"}],
    }  # fmt: skip


def found(objection: str = "lead") -> City:
    """Build the city, the joint matter and its five members."""
    kinds.register_kind(kinds.Kind("joint", "联办件", number_prefix="LB", papers=True))
    supervision.declare()
    city = build(flow=JOINT, content=content(objection))
    for verb in ("accept", "decide", "force"):
        Grant.objects.create(role="member", verb=verb, reach=Grant.Reach.OWN, valid=ALWAYS)
    for n, name in DEPARTMENTS.items():
        org = Organisation.objects.create(
            key=f"d{n}", code=f"9{n}" * 9, region_id="990100", level="3", nature="机关"
        )
        OrganisationVersion.objects.create(organisation=org, name=name, short_name=name, valid=ALWAYS)
        for side in "AB":
            account = Account.objects.create(
                username=f"{side}{n}", display_name=f"{name}{side}", kind="staff"
            )
            post = Post.objects.create(code=f"{side}{n}", name=side, role="member", organisation=org)
            Holding.objects.create(post=post, account=account, valid=ALWAYS)
            city.people[f"{side}{n}"] = account
        flow = publish_flow(None, save_flow_draft(None, key=f"member{n}", document=member_flow(n)))
        own = {**CONTENT, "matter": {"code": f"M{n}x", "name": f"{name}许可"}}
        own["limits"] = {"statutory": {"amount": 20}, "promised": {"amount": 8}, "acceptance": {"amount": 5}}
        version = OfferingVersion.objects.create(
            offering=Offering.objects.create(
                matter=Matter.objects.create(code=f"M{n}x", name=f"{name}许可", kind="01", owner=org),
                organisation=org, region_id="990100", implementation_code=f"J{n}",
            ),
            no=1, status="draft", content=own, content_sha256=b"\0" * 32, flow_key=flow.key,
            flow_sha256=bytes.fromhex(flow.sha256), name=f"{name}许可", kind="01", project_type="promised",
            initiated_by="application",
        )  # fmt: skip
        version.status = "review"
        version.save()
        version.status, version.valid, version.published_at = (
            "published",
            ALWAYS,
            datetime(2012, 1, 1, tzinfo=CHINA),
        )
        version.save()
    return city


class Course:
    """The joint case as it goes: days pass with everything that time and the outbox bring, then somebody acts."""

    def __init__(self, city: City) -> None:
        self.city, self.now = city, datetime(2026, 3, 2, 9, tzinfo=CHINA)
        self.lead = self.on(2, 3, lambda: city.apply(data=FORM, kind="joint"))

    def on(self, day: int, month: int, deed: Callable[[], Any], hour: int = 9) -> Any:
        """Live up to nine o'clock of that day, and do it."""
        at = datetime(2026, month, day, hour, tzinfo=CHINA)
        while (
            due := Watch.objects.filter(fire_at__lte=at)
            .order_by("fire_at")
            .values_list("fire_at", flat=True)
            .first()
        ):
            self._at(max(due, self.now), watches.run_due)
        return self._at(at, deed)

    def _at(self, at: datetime, deed: Callable[[], Any]) -> Any:
        self.now = at
        with time_machine.travel(at, tick=False):
            result = deed()
            while outbox.deliver():
                pass
        return result

    def do(self, who: str, case: Outcome | Case | int, type_: str, **data: Any) -> Callable[[], Any]:
        """A command, to be carried out on its day."""
        return lambda: self.city.do(who, case.pk if isinstance(case, Case) else case, type_, **data)

    def member(self, n: str) -> Case:
        """The case of one department."""
        case = member_case(self.lead.case_id, f"J{n}")
        assert case is not None
        return case


FORM = {"shop": "兴旺小吃店", "name": "王伟", "area": 120, "drains": "是"}


@pytest.fixture
def course(db: None, plugins: None) -> Course:
    return Course(found())


def cards(case: Case | int) -> list[tuple[str, int, date]]:
    """Rule, level and the day from which it holds."""
    pk = case if isinstance(case, int) else case.pk
    rows = (
        Card.objects.filter(case_id=pk)
        .order_by("issued_at", "rule")
        .values_list("rule", "level", "issued_at")
    )
    return [(rule, level, at.astimezone(CHINA).date()) for rule, level, at in rows]


def last_day(due: datetime | None) -> date:
    """The last day of a limit that ends with its day."""
    assert due is not None
    return (due.astimezone(CHINA) - timedelta(seconds=1)).date()


def types(case_id: int) -> list[str]:
    return list(EventRow.objects.filter(case_id=case_id).order_by("seq").values_list("type", flat=True))


def refused(deed: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as caught:
        deed()
    return caught.value


def until_the_notice(course: Course) -> None:
    """Two members accept, two ask for corrections, the fifth is silent; the lead sends one notice."""
    on, do, lead = course.on, course.do, course.lead
    on(3, 3, do("clerk", lead, "accept"))
    on(4, 3, do("A1", course.member("1"), "accept"))
    on(4, 3, do("A2", course.member("2"), "accept"))
    on(4, 3, do("A3", course.member("3"), "request_correction", items=["平面图标出疏散通道"]))
    on(5, 3, do("A4", course.member("4"), "request_correction", items=["水质承诺书签名"]))
    on(6, 3, do("clerk", lead, "complete", outcome="send"), hour=10)


def test_members_are_cases_of_their_own_kind_with_the_form_they_ask_for(course: Course) -> None:
    course.on(3, 3, course.do("clerk", course.lead, "accept"))
    assert row(course.lead).kind == "joint"
    assert {course.member(n).kind for n in DEPARTMENTS} == {"licence"}
    assert dict(case_form(course.member("1"))) == {"name": "王伟", "area": 120}
    assert dict(case_form(course.member("3"))) == {"name": "兴旺小吃店", "area": 120}, (
        "its name is the joint form's shop"
    )


def test_proposals_are_gathered_into_one_notice_within_the_leads_limit(course: Course) -> None:
    on, do, lead = course.on, course.do, course.lead
    on(3, 3, do("clerk", lead, "accept"))
    on(4, 3, do("A3", course.member("3"), "request_correction", items=["平面图标出疏散通道"]))
    assert course.member("3").phase == "applied", "nothing has gone to the applicant yet"
    assert refused(do("A3", course.member("3"), "accept")).code == "waiting_for_lead"
    step = row(lead).tasks.get(node=GATHER)
    assert (step.name, step.status) == ("汇总补正、一次告知", "open")
    assert last_day(step.due_at) == date(2026, 3, 6), "two working days from Wednesday 4 March"
    on(5, 3, do("A4", course.member("4"), "request_correction", items=["水质承诺书签名"]))
    action = next(a for a in allowed(course.city.person("clerk"), row(lead)) if a.node == GATHER)
    assert action.allowed
    assert [f.value for f in action.fields if f.name == "items"] == ["平面图标出疏散通道\n水质承诺书签名"]
    on(6, 3, do("clerk", lead, "complete", outcome="send"), hour=10)
    assert types(lead.case_id).count("correction.requested") == 1
    notice = codec.load(row(lead).state).corrections[-1]
    assert notice.items == ("平面图标出疏散通道", "水质承诺书签名")
    assert codec.load(course.member("3").state).corrections[-1].items == ("平面图标出疏散通道",)
    assert (row(lead).phase, course.member("3").phase, course.member("4").phase) == (
        "suspended",
        "correcting",
        "correcting",
    )
    assert course.member("1").phase == "applied", "who asked for nothing goes on"


def test_late_proposals_are_refused_and_when_forced_carded(course: Course) -> None:
    until_the_notice(course)
    on, do = course.on, course.do
    late = refused(lambda: on(9, 3, do("A2", course.member("2"), "request_correction", items=["晚了"])))
    assert late.code == "not_your_task"
    late = refused(lambda: on(9, 3, do("B2", course.member("2"), "request_correction", items=["晚了"])))
    assert late.code == "notice_sent"
    assert "3月6日" in late.message
    forced = {"items": ["招牌图纸"], "force": True, "reason": "影响公共安全"}
    on(9, 3, do("B2", course.member("2"), "request_correction", **forced))
    assert cards(course.member("2")) == [("P05", 2, date(2026, 3, 9))]
    assert codec.load(row(course.lead).state).proposed[0].late


def test_the_applicant_answers_once_and_every_member_gets_its_part(course: Course) -> None:
    until_the_notice(course)
    assert refused(course.do("applicant", course.member("3"), "supply")).code == "answer_the_lead"
    course.on(
        12, 3, course.do("applicant", course.lead, "supply", materials={"plan": "supplied"}, note="已改")
    )
    assert row(course.lead).phase == "accepted"
    assert types(course.member("3").pk)[-1] == types(course.member("4").pk)[-1] == "correction.supplied"
    assert "correction.supplied" not in types(course.member("1").pk)
    assert codec.load(course.member("3").state).materials["plan"] == "shared"
    for n in DEPARTMENTS:
        assert codec.load(course.member(n).state) == state_at(course.member(n).pk)
    assert codec.load(row(course.lead).state) == state_at(course.lead.case_id)


def test_clock_and_cards_are_right_to_the_day(course: Course) -> None:
    until_the_notice(course)
    on, do, lead = course.on, course.do, course.lead
    on(
        11,
        3,
        do(
            "B2",
            course.member("2"),
            "complete",
            outcome="denied",
            reason="占用消防通道",
            remedy="可以申请复议",
        ),
    )
    on(12, 3, do("B1", course.member("1"), "complete", outcome="granted"))
    on(12, 3, do("applicant", lead, "supply", materials={"plan": "supplied"}))
    clocks = {c.purpose: c for c in codec.load(row(lead).state).clocks}
    assert last_day(clocks["promised"].due) == date(2026, 4, 7)
    assert last_day(clocks["statutory"].due) == date(2026, 5, 14)
    assert {last_day(t.due_at) for t in row(lead).tasks.filter(kind="subcase", status="open")} == {
        date(2026, 3, 23)
    }
    on(13, 3, do("A3", course.member("3"), "accept"))
    on(13, 3, do("A4", course.member("4"), "accept"))
    on(19, 3, do("B3", course.member("3"), "complete", outcome="granted"))
    on(20, 3, do("B4", course.member("4"), "complete", outcome="granted"))
    assert row(lead).tasks.filter(kind="subcase", status="open").count() == 1, "the silent one"
    refusal = refused(lambda: on(25, 3, do("head", lead, "complete", outcome="granted")))
    assert (refusal.code, refusal.detail["field"]) == ("missing_field", "reason"), "a department disagrees"
    on(25, 3, do("head", lead, "complete", outcome="granted", reason="异议所涉招牌不在本次许可范围"))
    state = codec.load(row(lead).state)
    assert [state.tasks[no - 1].branch for no in state.decision["objections"]] == ["J2"]
    deemed = next(t for t in state.tasks if t.branch == "J5")
    assert (deemed.deemed, deemed.outcome, deemed.done) == (
        True,
        "deemed",
        datetime(2026, 3, 24, tzinfo=CHINA),
    )

    # Of the joint case: only the silence, on Tuesday 24 March, and it is the silent department's.
    assert cards(lead.case_id) == [("T10", 2, date(2026, 3, 24))]
    assert Card.objects.get(case_id=lead.case_id).org_name == "燃气办"
    # Its own case: five days for acceptance end on Tuesday 10 March; accepted by law from 3 March on, with a card; the
    # eight promised days end on Friday 13 March (near on day 7, Thursday the 12th), over on Saturday; red three working
    # days later, when Wednesday the 18th has ended.
    assert cards(course.member("5")) == [
        ("T05", 2, date(2026, 3, 11)), ("T01", 1, date(2026, 3, 12)), ("T02", 2, date(2026, 3, 14)), ("T02", 3, date(2026, 3, 19)),
        ("T13", 1, date(2026, 3, 19)),
    ]  # fmt: skip
    # Nothing happened in the first for five working days before its decision on Thursday the 12th; the others never stood.
    assert cards(course.member("1")) == [("T13", 1, date(2026, 3, 12))]
    for n in "234":
        assert cards(course.member(n)) == [], n


def test_lead_may_not_grant_against_a_veto(db: None, plugins: None) -> None:
    course = Course(found("veto"))
    on, do, lead = course.on, course.do, course.lead
    on(3, 3, do("clerk", lead, "accept"))
    for n in DEPARTMENTS:
        on(4, 3, do(f"A{n}", course.member(n), "accept"))
    for n in DEPARTMENTS:
        said = (
            {"outcome": "denied", "reason": "不合规划", "remedy": "可以申请复议"}
            if n == "2"
            else {"outcome": "granted"}
        )
        on(5, 3, do(f"B{n}", course.member(n), "complete", **said))
    action = next(a for a in allowed(course.city.person("head"), row(lead)) if a.node == "decide")
    assert [key for key, _ in action.outcomes] == ["denied"]
    assert (
        refused(lambda: on(6, 3, do("head", lead, "complete", outcome="granted", reason="还是准予"))).code
        == "vetoed"
    )
    on(6, 3, do("head", lead, "complete", outcome="denied", reason="城管局不同意", remedy="可以申请复议"))
    assert row(lead).result == "denied"


def test_lead_returns_a_proposal_to_its_department(course: Course) -> None:
    on, do = course.on, course.do
    on(3, 3, do("clerk", course.lead, "accept"))
    on(4, 3, do("A3", course.member("3"), "request_correction", items=["再交一份营业执照"]))
    on(
        5,
        3,
        do("clerk", course.lead, "complete", outcome="return", reason="执照由系统共享,不得要求申请人提交"),
    )
    assert types(course.member("3").pk)[-1] == "correction.returned"
    on(5, 3, do("A3", course.member("3"), "accept"))
    assert row(course.lead).phase == "accepted"


def test_what_comes_after_the_answer_went_out_goes_back_by_itself(course: Course) -> None:
    """The proposal was made before the member heard of the notice: the worker was late."""
    until_the_notice(course)
    data = {"member": "J1", "case": course.member("1").pk, "items": ["迟到的"]}
    course.on(
        9, 3, lambda: perform(SYSTEM, course.lead.case_id, "gather_correction", command_id=uuid4(), data=data)
    )
    assert types(course.lead.case_id)[-1] == "correction.returned"


def test_withdrawing_the_joint_case_ends_its_members(course: Course) -> None:
    course.on(3, 3, course.do("clerk", course.lead, "accept"))
    course.on(4, 3, course.do("applicant", course.lead, "withdraw", reason="不开了"))
    assert {course.member(n).result for n in DEPARTMENTS} == {"withdrawn"}


def test_whole_joint_clock_draws_its_cards_at_forty_five_and_sixty_days(course: Course) -> None:
    """Nobody decides. Without any pause day 45 from 3 March is Saturday 9 May, day 60 Friday 29 May."""
    on, do, lead = course.on, course.do, course.lead
    on(3, 3, do("clerk", lead, "accept"))
    for n in DEPARTMENTS:
        on(4, 3, do(f"A{n}", course.member(n), "accept"))
        on(5, 3, do(f"B{n}", course.member(n), "complete", outcome="granted"))
    on(1, 6, lambda: None)
    assert [(level, day) for rule, level, day in cards(lead.case_id) if rule == "T09"] == [
        (2, date(2026, 5, 10)), (3, date(2026, 5, 30)),
    ]  # fmt: skip
