"""Each rule: it fires when it should, not a moment before, and its snapshot proves it again."""

import json
from dataclasses import replace as change
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from tests.permits import (
    CLERK,
    FLOW,
    HEAD,
    OFFICIAL,
    PERMIT,
    REVIEWER,
    SECTION_HEAD,
    TERMS,
    CaseUnderTest,
    a_case,
)
from tongban.base.calendar import CHINA
from tongban.engine.definition import Definition, MaterialTerm
from tongban.engine.flow import compile_flow
from tongban.engine.kinds import Facts, Verdict
from tongban.engine.state import NEW, Certificate, Correction, Extension, Fee, Limit, State
from tongban.platforms.supervision.rules import (
    EMPTY_BOOK,
    RULES,
    Entry,
    RuleBook,
    examine,
    reprove,
    thresholds_problem,
)

MOMENT = timedelta(microseconds=1)


def facts_of(case: CaseUnderTest | State, now: datetime | None = None, defn: Definition = PERMIT) -> Facts:
    """The facts of a case, as a detector is told them."""
    state = case if isinstance(case, State) else case.state
    if isinstance(case, CaseUnderTest):
        defn, now = case.defn, now or case.now
    assert now is not None
    return Facts(1, "2026", "licence", "许可", 1, 1, 1, 99, 0, "web", defn, NEW, state, (), now)


def look(
    rule: str,
    case: CaseUnderTest | State,
    now: datetime | None = None,
    defn: Definition = PERMIT,
    **thresholds: int,
) -> Verdict:
    """What one rule says; every finding is proved again from its snapshot, through JSON."""
    facts = facts_of(case, now, defn)
    verdict = RULES[rule].look(facts, {**RULES[rule].defaults, **thresholds}, frozenset())
    for finding in verdict.findings:
        snapshot = json.loads(json.dumps(finding.inputs))
        assert reprove(rule, snapshot, facts.definition.calendar) == finding.level
        assert "{" not in finding.words
        assert finding.words.endswith("。")
    return verdict


def levels(verdict: Verdict) -> list[int]:
    return [f.level for f in verdict.findings]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


# The permit: promised 5 working days, statutory 10, accepted on Monday 2 March 2026.


def test_t01_warns_when_one_working_day_is_left() -> None:
    case = a_case().accepted()
    before = look("T01", case, at("2026-03-06") - MOMENT)
    assert levels(before) == []
    assert before.next_at == at("2026-03-06")
    found = look("T01", case, at("2026-03-06"))
    assert levels(found) == [1]
    assert "5个工作日" in found.findings[0].words


def test_t01_warns_at_nine_tenths_of_a_long_limit() -> None:
    case = a_case(change(PERMIT, terms=change(TERMS, promised=Limit(20)))).accepted()
    before = look("T01", case, at("2026-03-03"), left=0)
    assert before.next_at == at("2026-03-26")  # the 18th working day
    assert levels(look("T01", case, at("2026-03-26"), left=0)) == [1]
    assert look("T01", case, at("2026-03-03"), left=0, share=50).next_at == at("2026-03-16")


@pytest.mark.parametrize(
    ("limit", "first"), [(Limit(8, "work_hour"), "2026-03-03T09:42"), (Limit(10, "day"), "2026-03-11")]
)
def test_t01_knows_hours_and_calendar_days(limit: Limit, first: str) -> None:
    case = a_case(change(PERMIT, terms=change(TERMS, promised=limit))).accepted()
    assert look("T01", case).next_at == at(first)


@pytest.mark.parametrize(
    ("limit", "first"),
    [
        (Limit(1), "2026-03-03T16:21"),  # the last 39 of the 390 minutes of Tuesday, closing at 17:00
        (Limit(2), "2026-03-04T15:42"),
        (Limit(1, "day"), "2026-03-03T21:36"),
    ],
)
def test_t01_warns_of_a_short_promise_only_in_its_last_part(limit: Limit, first: str) -> None:
    case = a_case(change(PERMIT, terms=change(TERMS, promised=limit))).accepted()
    before = look("T01", case, at(first) - MOMENT)
    assert (levels(before), before.next_at) == ([], at(first))
    found = look("T01", case, at(first))
    assert (levels(found), found.findings[0].at) == ([1], at(first))


def test_t01_never_warns_of_a_promise_for_the_same_day() -> None:
    case = a_case(change(PERMIT, terms=change(TERMS, promised=Limit(0)))).accepted()
    assert look("T01", case) == Verdict((), None)


def test_t01_takes_the_offices_share_for_a_short_promise() -> None:
    case = a_case(change(PERMIT, terms=change(TERMS, promised=Limit(1)))).accepted()
    assert look("T01", case, share=50).next_at == at("2026-03-03T13:45")
    assert look("T01", case, share=100).next_at == at("2026-03-03T17:00")
    assert look("T01", case, share=100, left=0).next_at == at("2026-03-03T17:00")


def test_t01_is_silent_once_late_decided_or_paused() -> None:
    case = a_case().accepted()
    assert levels(look("T01", case, at("2026-03-10"))) == []
    case.do(
        "suspend", OFFICIAL, procedure="visit", basis="条例", document="通知书1号", approver="全权", days=3
    )
    paused = look("T01", case, at("2026-03-06"))
    assert (levels(paused), paused.next_at) == ([], None)
    assert look("T01", a_case().granted(), at("2026-03-06")).next_at is None


def test_t02_yellow_when_the_promise_is_over_red_three_working_days_later() -> None:
    case = a_case().accepted()
    due = at("2026-03-10")  # Monday the 9th is the fifth working day
    before = look("T02", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    yellow = look("T02", case, due)
    assert levels(yellow) == [2]
    assert yellow.findings[0].at == due
    assert yellow.next_at == at("2026-03-13")
    assert levels(look("T02", case, at("2026-03-13") - MOMENT)) == [2]
    red = look("T02", case, at("2026-03-13"))
    assert (levels(red), red.next_at) == ([3], None)
    assert levels(look("T02", case, due, grace=2)) == []


@pytest.mark.parametrize(
    ("day", "later", "said"),
    [
        (
            "2026-03-10",
            timedelta(0),
            "已经逾期，不足1个工作日",
        ),  # Monday the 9th, the last day, has just ended
        ("2026-03-10", timedelta(hours=15), "已经逾期，不足1个工作日"),
        ("2026-03-11", -MOMENT, "已经逾期，不足1个工作日"),
        ("2026-03-11", timedelta(0), "已超过1个工作日"),
        ("2026-03-13", -MOMENT, "已超过2个工作日"),
        ("2026-03-13", timedelta(0), "已超过3个工作日"),  # red, three working days later
        ("2026-03-13", timedelta(minutes=1), "已超过3个工作日"),
        ("2026-03-15", timedelta(hours=12), "已超过4个工作日"),  # a Sunday
        ("2026-03-16", timedelta(hours=12), "已超过4个工作日"),
    ],
)
def test_a_working_day_counts_as_exceeded_once_it_is_over(day: str, later: timedelta, said: str) -> None:
    found = look("T02", a_case().accepted(), at(day) + later)
    assert f"{said}。" in found.findings[0].words


def test_t02_counts_without_the_time_stood_still() -> None:
    case = a_case().accepted().workdays(1)
    case.do(
        "suspend", OFFICIAL, procedure="visit", basis="条例", document="通知书1号", approver="全权", days=5
    ).workdays(4)
    case.do("resume", OFFICIAL)
    due = at("2026-03-14")  # four working days later than without: Friday the 13th
    assert levels(look("T02", case, due - MOMENT)) == []
    found = look("T02", case, due)
    assert levels(found) == [2]
    assert "已扣除停止计时的时间" in found.findings[0].words
    assert found.findings[0].inputs["inputs"]["pauses"][0][2] == "visit"


def test_t02_grows_no_graver_while_the_clock_stands_still_and_then_counts_on() -> None:
    case = a_case().accepted().workdays(6)  # Tuesday the 10th: the promise ended with Monday
    case.do(
        "suspend", OFFICIAL, procedure="visit", basis="条例", document="通知书1号", approver="全权", days=5
    )
    paused = look("T02", case, at("2026-03-31"))
    assert (levels(paused), paused.next_at) == ([2], None)
    assert "已经逾期，不足1个工作日" in paused.findings[0].words, "Tuesday had only begun"
    case.workdays(4).do(
        "resume", OFFICIAL
    )  # Monday the 16th: it goes on with the working day that Tuesday began, the rest stood still
    assert levels(look("T02", case)) == [2]
    assert look("T02", case).next_at == at("2026-03-19")
    assert levels(look("T02", case, at("2026-03-19") - MOMENT)) == [2]
    red = look("T02", case, at("2026-03-19"))
    assert levels(red) == [3]
    assert reprove("T02", red.findings[0].inputs, PERMIT.calendar) == 3


def test_t02_looks_at_the_decision_once_it_is_made() -> None:
    assert look("T02", a_case().granted(), at("2026-05-01")) == Verdict()
    late = a_case().accepted().workdays(6).reviewed().do("complete", HEAD, outcome="granted")
    found = look("T02", late, at("2026-05-01"))
    assert (levels(found), found.next_at) == ([2], None)


def test_t03_red_when_the_law_is_broken() -> None:
    case = a_case().accepted()
    due = at("2026-03-17")
    before = look("T03", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    assert levels(look("T03", case, due)) == [3]


def test_an_extension_moves_the_limits() -> None:
    case = a_case().accepted().do("extend", OFFICIAL, amount=10, reason="案情复杂")
    assert look("T03", case, at("2026-03-17")).next_at == at("2026-03-31")
    assert levels(look("T03", case, at("2026-03-31"))) == [3]


def test_t04_warns_on_a_late_step_and_turns_yellow_at_twice_its_limit() -> None:
    case = a_case().accepted()  # reviews: two working days, until Wednesday
    due = at("2026-03-05")
    before = look("T04", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    late = look("T04", case, due)
    assert [(f.level, f.episode, f.task) for f in late.findings] == [(1, "task:2", 2), (1, "task:3", 3)]
    assert "“书面审查”" in late.findings[0].words
    assert late.next_at == at("2026-03-07")
    assert levels(look("T04", case, at("2026-03-07") - MOMENT)) == [1, 1]
    assert levels(look("T04", case, at("2026-03-07"))) == [2, 2]


def test_t04_judges_a_finished_step_by_when_it_was_finished() -> None:
    case = a_case().accepted().workdays(3).do("complete", REVIEWER, outcome="pass")
    found = look("T04", case, at("2026-06-01"))
    assert [(f.episode, f.level, f.inputs["person"]) for f in found.findings] == [
        ("task:2", 1, 2),
        ("task:3", 2, None),
    ]


def test_t04_grows_no_graver_while_the_clock_stands_still() -> None:
    case = a_case().accepted().workdays(3)  # Thursday: the reviews were over with Wednesday
    case.do(
        "suspend", OFFICIAL, procedure="visit", basis="条例", document="通知书1号", approver="全权", days=5
    )
    paused = look("T04", case, at("2026-03-20"))
    assert (levels(paused), paused.next_at) == ([1, 1], None)
    case.workdays(4).do("resume", OFFICIAL)  # Wednesday the 11th
    assert levels(look("T04", case)) == [1, 1]
    assert look("T04", case).next_at == at("2026-03-13")
    assert levels(look("T04", case, at("2026-03-13"))) == [2, 2]


def test_t05_yellow_when_the_notice_comes_after_five_working_days() -> None:
    case = a_case().applied().do("request_correction", CLERK, items=["平面图"])
    assert levels(look("T05", case)) == []
    limit = case.state.clocks[0]
    late = replace(
        case.state,
        clocks=(replace(limit, stopped=limit.due), *case.state.clocks[1:]),
        corrections=(replace(case.state.corrections[0], requested=limit.due),),
    )
    found = look("T05", late, case.now)
    assert [(f.level, f.episode, f.inputs["person"]) for f in found.findings] == [(2, "correction:1", 1)]
    moment = limit.due - MOMENT
    just = replace(
        late,
        clocks=(replace(limit, stopped=moment),),
        corrections=(replace(late.corrections[0], requested=moment),),
    )
    assert levels(look("T05", just, case.now)) == []


def test_t05_yellow_when_silence_accepted_by_law() -> None:
    case = a_case().applied().wait(days=8)
    assert case.state.deemed_accepted
    found = look("T05", case)
    assert [(f.level, f.episode) for f in found.findings] == [(2, "deemed")]
    assert levels(look("T06", case)) == []
    assert levels(look("N01", case)) == []


def test_t06_yellow_after_five_working_days_red_after_ten() -> None:
    case = a_case().applied()
    due = at("2026-03-10")
    before = look("T06", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    yellow = look("T06", case, due)
    assert (levels(yellow), yellow.next_at) == ([2], at("2026-03-17"))
    assert levels(look("T06", case, at("2026-03-17") - MOMENT)) == [2]
    assert levels(look("T06", case, at("2026-03-17"))) == [3]


def test_t06_leaves_an_asked_correction_to_t05() -> None:
    case = a_case().applied().do("request_correction", CLERK, items=["平面图"])
    assert look("T06", case, at("2026-03-30")) == Verdict()
    assert look("T06", a_case().accepted(), at("2026-03-30")) == Verdict()


def test_t07_yellow_when_the_decision_is_not_delivered_in_ten_working_days() -> None:
    case = a_case().granted()
    due = at("2026-03-17")
    before = look("T07", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    assert levels(look("T07", case, due)) == [2]
    assert look("T07", a_case().delivered(), due) == Verdict()


FIRST_REVIEW = compile_flow(
    {
        **FLOW,
        "key": "two-tier",
        "nodes": [{**n, "stage": "初审"} if n["key"] == "review_a" else n for n in FLOW["nodes"]],
    }
)


def test_t08_yellow_when_the_first_review_takes_more_than_twenty_working_days() -> None:
    case = a_case(change(PERMIT, flow=FIRST_REVIEW)).accepted()
    due = at("2026-03-31")
    before = look("T08", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    found = look("T08", case, due)
    assert [(f.level, f.task) for f in found.findings] == [(2, 2)]
    assert look("T08", a_case().accepted(), due) == Verdict()


INSTANT = change(PERMIT, terms=change(TERMS, instant=True))


def test_t14_yellow_when_offices_open_and_an_instant_matter_is_not_done() -> None:
    case = a_case(INSTANT).accepted()
    opening = at("2026-03-03T09:00")
    before = look("T14", case, opening - MOMENT)
    assert (levels(before), before.next_at) == ([], opening)
    assert levels(look("T14", case, opening)) == [2]
    assert look("T14", a_case().accepted(), opening) == Verdict()
    assert look("T14", a_case(INSTANT).granted(), opening) == Verdict()


def test_p01_red_when_a_step_was_skipped() -> None:
    case = a_case().granted()
    assert levels(look("P01", case)) == []
    assert levels(look("P01", a_case().delivered())) == []
    without = replace(
        case.state,
        tasks=tuple(
            replace(t, status="cancelled") if t.node in ("review_b", "check") else t for t in case.state.tasks
        ),
    )
    found = look("P01", without, case.now).findings
    assert [(f.level, f.episode, f.inputs["inputs"]["missing"]) for f in found] == [
        (3, "step:decide", ["check", "review_b"]),
        (3, "step:deliver", ["check", "review_b"]),
    ]
    assert "“决定”环节已经开始" in found[0].words
    assert "审核、城管审查" in found[0].words


def test_p01_needs_only_one_branch_where_one_is_enough() -> None:
    nodes = [{**n, "policy": "any"} if n["key"] == "fork" else n for n in FLOW["nodes"]]
    flow = compile_flow({**FLOW, "key": "any", "nodes": nodes})
    case = a_case(change(PERMIT, flow=flow)).accepted().do("complete", REVIEWER, outcome="pass")
    case.do("complete", SECTION_HEAD, outcome="agree")
    assert levels(look("P01", case)) == []


def test_p03_yellow_when_one_person_accepts_and_decides() -> None:
    case = a_case().granted()
    assert levels(look("P03", case)) == []
    same = replace(case.state, decided_by=1)
    found = look("P03", same, case.now).findings
    assert [(f.level, f.episode, f.inputs["person"]) for f in found] == [(2, "person:1", 1)]
    assert levels(look("P03", same, case.now, INSTANT)) == []


def test_p05_yellow_when_a_correction_is_asked_for_a_second_time() -> None:
    asked = Correction(at("2026-03-02"), 1, ("平面图",), None)
    case = a_case().applied()
    assert levels(look("P05", replace(case.state, corrections=(asked,)), case.now)) == []
    twice = replace(case.state, corrections=(asked, replace(asked, items=("申请书", "照片"))))
    found = look("P05", twice, case.now).findings
    assert [(f.level, f.episode) for f in found] == [(2, "correction:2")]
    assert "申请书、照片" in found[0].words
    assert levels(look("P05", twice, case.now, most=2)) == []


@pytest.mark.parametrize(
    ("reason", "remedy", "level"),
    [("不在范围", "可以复议", []), ("", "可以复议", [3]), ("不在范围", " ", [3]), ("", "", [3])],
)
def test_p06_red_when_no_is_said_without_reason_or_remedy(reason: str, remedy: str, level: list[int]) -> None:
    case = a_case().granted()
    document = {"outcome": "denied", "reason": reason, "remedy": remedy}
    assert levels(look("P06", replace(case.state, refusal=document), case.now)) == level
    assert levels(look("P06", replace(case.state, decision=document, result="denied"), case.now)) == level
    assert (
        levels(look("P06", replace(case.state, decision={**document, "outcome": "granted"}), case.now)) == []
    )


def test_p07_yellow_when_an_extension_is_unapproved_or_a_second_one() -> None:
    case = a_case().accepted()
    good = Extension(at("2026-03-03"), 10, "workday", "复杂", "全权", 6)
    assert levels(look("P07", replace(case.state, extensions=(good,)), case.now)) == []
    assert levels(look("P07", replace(case.state, extensions=(replace(good, approver=" "),)), case.now)) == [
        2
    ]
    found = look("P07", replace(case.state, extensions=(good, good)), case.now).findings
    assert [(f.level, f.episode) for f in found] == [(2, "extension:2")]
    assert "第2次" in found[0].words


def test_n01_yellow_when_accepted_without_a_necessary_material() -> None:
    case = a_case().accepted()
    assert levels(look("N01", case)) == []
    without = replace(case.state, materials={"form": "supplied"})
    found = look("N01", without, case.now).findings
    assert [(f.level, f.inputs["inputs"]["missing"]) for f in found] == [(2, ["plan"])]
    assert "平面图" in found[0].words
    assert levels(look("N01", replace(without, accepted=None), case.now)) == []


def test_n01_asks_for_a_conditional_material_only_when_its_condition_holds() -> None:
    from tongban.engine.conditions import compile_condition

    materials = {
        "lease": MaterialTerm("lease", "租赁合同", "conditional", compile_condition('case.channel == "web"'))
    }
    defn = change(PERMIT, terms=change(TERMS, materials=materials))
    case = a_case().accepted()
    case = CaseUnderTest(defn, replace(case.state, materials={}), case.now)
    assert levels(look("N01", case)) == [2]
    facts = replace(facts_of(case), channel="counter")
    assert RULES["N01"].look(facts, {}, frozenset()).findings == ()


def test_n03_yellow_when_the_result_was_handed_over_incomplete() -> None:
    case = a_case().delivered()
    assert levels(look("N03", case)) == []
    paper = Certificate("食品经营许可证", "", case.now, "")
    found = look("N03", replace(case.state, certificate=paper), case.now).findings
    assert [f.level for f in found] == [2]
    assert "证照编号、有效期" in found[0].words
    assert levels(look("N03", replace(case.state, certificate=None), case.now)) == [2]
    assert levels(look("N03", a_case().granted())) == []


@pytest.mark.parametrize(
    ("name", "amount", "reduced", "f01", "f02"),
    [
        ("工本费", "40", "", [], []),
        ("工本费", "40.00", "", [], []),
        ("工本费", "40.01", "", [], [3]),
        ("工本费", "39.99", "", [], [2]),
        ("工本费", "0", "低保户减免", [], []),
        ("服务费", "10", "", [3], []),
        ("服务费", "0", "", [], []),
    ],
)
def test_f01_and_f02_hold_fees_to_the_list(
    name: str, amount: str, reduced: str, f01: list[int], f02: list[int]
) -> None:
    case = a_case().accepted()
    charged = replace(case.state, fees=(Fee(name, amount, case.now, reduced=reduced),))
    assert levels(look("F01", charged, case.now)) == f01
    assert levels(look("F02", charged, case.now)) == f02


# All together


def test_a_clean_case_gets_no_finding_from_any_rule() -> None:
    case = a_case().accepted().workdays(1).reviewed().do("complete", HEAD, outcome="granted")
    case.do("complete", CLERK, method="窗口领取")
    assert examine(facts_of(case)) == Verdict()


def test_the_next_look_is_at_the_earliest_rung_of_all() -> None:
    case = a_case().accepted()
    assert examine(facts_of(case)).next_at == at("2026-03-05")  # the reviews
    case.reviewed()
    assert examine(facts_of(case)).next_at == at("2026-03-04")  # the decision step: one working day


def test_every_rung_is_announced_before_it_is_reached() -> None:
    """Whoever looks only when told to sees every finding that somebody looking each hour sees."""
    state, seen, told = a_case().accepted(), set(), set()
    now: datetime | None = state.now
    while now is not None and now < at("2026-06-01"):
        verdict = examine(facts_of(state, now))
        told |= {(f.rule, f.episode, f.level) for f in verdict.findings}
        now = verdict.next_at
    hour = state.now
    while hour < at("2026-06-01"):
        seen |= {(f.rule, f.episode, f.level) for f in examine(facts_of(state, hour)).findings}
        hour += timedelta(hours=1)
    assert seen == told
    assert ("T03", "case", 3) in told


def test_what_is_known_is_not_said_again() -> None:
    case = a_case().accepted()
    facts = facts_of(case, at("2026-03-10"))
    found = {f"{f.rule}|{f.episode}|{f.level}" for f in examine(facts).findings}
    again = facts_of(replace(case.state, findings=frozenset(found)), at("2026-03-10"))
    assert examine(again).findings == ()
    assert len(examine(again, EMPTY_BOOK, frozenset()).findings) == len(found)


def test_the_office_may_change_thresholds_and_switch_rules_off() -> None:
    case = a_case().accepted()
    facts = facts_of(case, at("2026-03-10"))
    book = RuleBook(
        {
            "T02": Entry({"grace": 1, "red_after": 9}),
            "T04": Entry({"times": 2}, enabled=False),
            "T13": Entry({"days": 9}),
        }
    )
    assert {f.rule for f in examine(facts, book).findings} == set()
    assert examine(facts, book).next_at == at("2026-03-11")


def test_a_known_change_of_thresholds_is_a_reason_to_look_again() -> None:
    book = RuleBook(changes_at=at("2026-03-03"))
    assert examine(facts_of(a_case().accepted()), book).next_at == at("2026-03-03")
    assert examine(facts_of(a_case().delivered()), book).next_at is None


def test_a_rung_beyond_the_calendar_does_not_stop_a_case() -> None:
    case = a_case(change(PERMIT, terms=change(TERMS, statutory=None, promised=Limit(3))))
    case.now = at("2027-12-23T09:00")
    case.accepted()
    verdict = look("T02", case, at("2027-12-31T00:00"), red_after=9)
    assert levels(verdict) == [2]
    assert verdict.next_at is None


def test_a_snapshot_of_another_calendar_is_not_proved_with_this_one() -> None:
    case = a_case().accepted()
    finding = look("T02", case, at("2026-03-10")).findings[0]
    snapshot: dict[str, Any] = {
        **finding.inputs,
        "calendar": {"code": "cn", "version": 9, "sha256": "0" * 64},
    }
    with pytest.raises(ValueError, match="version 9"):
        reprove("T02", snapshot, PERMIT.calendar)


def test_a_snapshot_that_was_tampered_with_proves_nothing() -> None:
    finding = look("T02", a_case().accepted(), at("2026-03-10")).findings[0]
    inputs = {**finding.inputs["inputs"], "at": "2026-03-09T23:59:59+08:00"}
    assert reprove("T02", {**finding.inputs, "inputs": inputs}, PERMIT.calendar) == 0
    paused = {
        **finding.inputs["inputs"],
        "pauses": [["2026-03-03T09:00:00+08:00", "2026-03-05T09:00:00+08:00", "x"]],
    }
    assert reprove("T02", {**finding.inputs, "inputs": paused}, PERMIT.calendar) == 0


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_is_declared_in_full(rule: Any) -> None:
    assert rule.id in RULES
    assert rule.family in ("时效", "流程", "内容", "收费", "裁量", "廉政", "监督", "公开")
    assert all((rule.name, rule.basis, rule.inputs, rule.words))
    assert thresholds_problem(rule, rule.defaults) == ""
    assert all(t.least <= t.default <= t.most for t in rule.thresholds.values())


@pytest.mark.parametrize(
    "thresholds",
    [
        {}, {"grace": 0}, {"grace": 0, "red_after": 0}, {"grace": "0", "red_after": 3},
        {"grace": 0, "red_after": 3, "x": 1},
    ],
)  # fmt: skip
def test_thresholds_that_cannot_stand_are_told_in_a_sentence(thresholds: dict[str, Any]) -> None:
    assert thresholds_problem(RULES["T02"], thresholds).endswith("。")


@pytest.mark.parametrize(
    ("rule", "contradictory"), [("T12", {"days": 60, "yellow": 60}), ("T09", {"days": 70, "red": 60})]
)
def test_the_graver_card_comes_later_than_the_milder(rule: str, contradictory: dict[str, int]) -> None:
    assert "应大于" in thresholds_problem(RULES[rule], contradictory)


def inquiry(case: CaseUnderTest, now: datetime | None = None) -> list[int]:
    """What D02 says of a case as if it were a request for information: ten working days to answer, until 16 March."""
    facts = replace(facts_of(case, now), kind="inquiry")
    verdict = RULES["D02"].look(facts, RULES["D02"].defaults, frozenset())
    assert {f.rule for f in examine(facts, EMPTY_BOOK, frozenset()).findings}.isdisjoint(
        {"T01", "T02", "T03"}
    )
    return levels(verdict)


def test_d02_notices_three_days_left_and_cards_the_day_after_the_last() -> None:
    case = a_case().accepted()
    assert inquiry(case, at("2026-03-10T23:59:59")) == []
    assert inquiry(case, at("2026-03-11")) == [1]
    assert inquiry(case, at("2026-03-16T23:59:59")) == [1]
    assert inquiry(case, at("2026-03-17")) == [3]
    assert inquiry(a_case().granted(), at("2026-05-06")) == []


def test_d02_knows_in_bulk_what_was_near_before_it_was_answered() -> None:
    case = a_case().accepted().reviewed()
    case.now = at("2026-03-12T10:00:00")
    case.do("complete", HEAD, outcome="granted")
    whole = replace(facts_of(case, at("2026-05-06")), kind="inquiry", whole=True)
    assert levels(RULES["D02"].look(whole, RULES["D02"].defaults, frozenset())) == [1]


def test_d02_finds_nothing_in_bulk_while_the_limit_stands_still() -> None:
    case = a_case().accepted().do(
        "suspend", OFFICIAL, procedure="visit", basis="条例", document="通知书1号", approver="全权", days=5
    )  # fmt: skip
    for day in ("2026-03-03", "2026-03-06", "2026-05-06"):
        whole = replace(facts_of(case, at(day)), kind="inquiry", whole=True)
        assert levels(RULES["D02"].look(whole, RULES["D02"].defaults, frozenset())) == []
        assert inquiry(case, at(day)) == []


def test_t04_counts_the_time_of_who_is_asked_to_sign_from_when_they_are_asked() -> None:
    """Asked when the step was late already: the lateness is the step's, not theirs."""
    case = a_case().accepted().workdays(6).do("add_signer", REVIEWER, post="KZ")
    asked = case.state.tasks[-1]
    assert (asked.sent_by, asked.opened) == ("cosign", case.now)
    late = {f.episode for f in look("T04", case).findings}
    assert "task:2" in late
    assert f"task:{asked.no}" not in late
    late = {f.episode for f in look("T04", case.workdays(12)).findings}
    assert f"task:{asked.no}" in late
