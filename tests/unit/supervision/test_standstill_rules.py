"""Rules about time that stands still: special procedures, long pauses, cases that nobody moves."""

from dataclasses import replace as change
from datetime import timedelta

from msgspec.structs import replace

from tests.permits import HEAD, OFFICIAL, PERMIT, REVIEWER, TERMS, CaseUnderTest, a_case
from tests.unit.supervision.test_rules import MOMENT, at, levels, look
from tongban.engine.flow import compile_flow
from tongban.engine.kinds import Verdict

PAPERS = {"basis": "条例第三条", "document": "通知书1号", "approver": "分管领导"}


def suspended(case: CaseUnderTest, days: int) -> CaseUnderTest:
    return case.do("suspend", OFFICIAL, procedure="visit", days=days, **PAPERS)


# T11: a visit announced for three working days from Monday 2 March, so until the end of Thursday the 5th.


def test_t11_yellow_when_a_special_procedure_takes_longer_than_the_applicant_was_told() -> None:
    case = suspended(a_case().accepted(), 3)
    before = look("T11", case, at("2026-03-06") - MOMENT)
    assert (levels(before), before.next_at) == ([], at("2026-03-06"))
    found = look("T11", case, at("2026-03-06"))
    assert [(f.level, f.episode) for f in found.findings] == [(2, "pause:1")]
    assert "“现场核查”" in found.findings[0].words
    assert "3个工作日" in found.findings[0].words


def test_t11_is_silent_when_it_ended_in_time_and_for_a_correction() -> None:
    case = suspended(a_case().accepted(), 3).workdays(3).do("resume", OFFICIAL)
    assert look("T11", case, at("2026-05-01")) == Verdict()
    asked = a_case().accepted().do("request_correction", REVIEWER, items=["平面图"], days=5)
    assert look("T11", asked, at("2026-05-01")) == Verdict()


def test_t11_stays_when_the_procedure_ended_late() -> None:
    case = suspended(a_case().accepted(), 3).workdays(5).do("resume", OFFICIAL)
    found = look("T11", case, at("2026-05-01"))
    assert (levels(found), found.next_at) == ([2], None)


# T12


def test_t12_warns_beyond_thirty_working_days_of_suspension_and_turns_yellow_beyond_sixty() -> None:
    case = suspended(a_case().accepted(), 100)  # 2 March; the 30th working day after it is 14 April
    first = at("2026-04-15")
    before = look("T12", case, first - MOMENT)
    assert (levels(before), before.next_at) == ([], first)
    found = look("T12", case, first)
    assert levels(found) == [1]
    second = found.next_at
    assert second is not None
    assert levels(look("T12", case, second - MOMENT)) == [1]
    assert levels(look("T12", case, second)) == [2]
    assert look("T12", case, second).next_at is None


def test_t12_adds_up_several_suspensions_and_leaves_out_the_time_between() -> None:
    case = suspended(a_case().accepted(), 20).workdays(20).do("resume", OFFICIAL).workdays(7)
    case = suspended(case, 20)
    start = case.now
    calendar = PERMIT.calendar
    tenth = calendar.D(calendar.W(start.date()) + 10)
    due = at(tenth.isoformat()) + timedelta(days=1)
    before = look("T12", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    assert levels(look("T12", case, due)) == [1]


def test_t12_is_silent_for_a_short_suspension() -> None:
    case = suspended(a_case().accepted(), 20).workdays(29).do("resume", OFFICIAL)
    assert look("T12", case, at("2026-07-01")) == Verdict()


# T13: accepted on Monday 2 March at nine; the reviews have two working days.


def test_t13_warns_when_nothing_happened_for_five_working_days() -> None:
    case = a_case().accepted()
    due = at("2026-03-10")  # Monday the 9th is the fifth working day
    before = look("T13", case, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    found = look("T13", case, due)
    assert [(f.level, f.episode) for f in found.findings] == [(1, "still:2026-03-02")]


def test_t13_counts_anew_from_each_thing_done_and_takes_remarks_for_none() -> None:
    case = a_case().accepted().workdays(3).do("complete", REVIEWER, outcome="pass")
    assert look("T13", case, at("2026-03-12") - MOMENT).next_at == at("2026-03-13")
    case.workdays(2).do("note", REVIEWER, text="催办")
    assert levels(look("T13", case, at("2026-03-13"))) == [1]


def test_t13_tells_a_standstill_that_is_over() -> None:
    case = a_case().accepted().workdays(6).reviewed().do("complete", HEAD, outcome="granted")
    found = look("T13", case, at("2026-05-01"))
    assert [(f.level, f.episode) for f in found.findings] == [(1, "still:2026-03-02")]
    assert look("T13", a_case().delivered(), at("2026-05-01")) == Verdict()


def test_t13_allows_a_step_the_time_that_it_has() -> None:
    nodes = [
        {**n, "limit": {"amount": 8}} if n["key"].startswith("review") else n
        for n in PERMIT.flow.document["nodes"]
    ]
    slow = change(PERMIT, flow=compile_flow({**PERMIT.flow.document, "key": "slow", "nodes": nodes}))
    case = a_case(slow).accepted()
    assert look("T13", case, at("2026-03-10"), slow).next_at == at("2026-03-13")
    assert levels(look("T13", case, at("2026-03-13"), slow)) == [1]


def test_t13_leaves_out_a_suspended_case_and_one_that_waits_for_nobody_here() -> None:
    assert look("T13", suspended(a_case().accepted(), 30), at("2026-05-01")) == Verdict()
    waiting = a_case().accepted()
    state = replace(waiting.state, tasks=tuple(replace(t, kind="wait") for t in waiting.state.tasks))
    assert look("T13", state, at("2026-05-01")) == Verdict()
    assert TERMS.promised is not None
