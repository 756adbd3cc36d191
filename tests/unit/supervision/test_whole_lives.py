"""Asked once of a case's whole life, the rules find again what they found on the way (`Facts.whole`)."""

from dataclasses import replace as change
from datetime import datetime

import pytest
from msgspec.structs import replace

from tests.permits import CLERK, HEAD, OFFICIAL, PERMIT, TERMS, CaseUnderTest, a_case
from tests.unit.supervision.test_rules import at, facts_of
from tongban.engine.state import Limit
from tongban.platforms.supervision.rules import RULES, STUDIES, examine, worst
from tongban.platforms.supervision.rules.traits import NAMES, needed

LATER = at("2026-06-01")
PAPERS = {"basis": "条例第三条", "document": "通知书1号", "approver": "分管领导"}


def found(rule: str, case: CaseUnderTest, now: datetime = LATER) -> list[tuple[str, int, datetime]]:
    facts = replace(facts_of(case, now), whole=True)
    rules = RULES[rule]
    return [(f.episode, f.level, f.at) for f in rules.look(facts, rules.defaults, frozenset()).findings]


def on_the_way(rule: str, case: CaseUnderTest, now: datetime = LATER) -> list[tuple[str, int]]:
    rules = RULES[rule]
    return [
        (f.episode, f.level) for f in rules.look(facts_of(case, now), rules.defaults, frozenset()).findings
    ]


# Promised five working days from Monday 2 March 2026: near from Friday the 6th, over with Monday the 9th.


def test_t01_tells_of_the_warning_before_a_decision_in_time() -> None:
    case = a_case().accepted().workdays(4).reviewed().do("complete", HEAD, outcome="granted")
    assert found("T01", case) == [("case", 1, at("2026-03-06"))]
    assert on_the_way("T01", case) == []
    early = a_case().accepted().workdays(3).reviewed().do("complete", HEAD, outcome="granted")
    assert found("T01", early) == []


def test_t01_tells_of_the_warning_before_it_was_late_and_before_it_was_extended() -> None:
    assert found("T01", a_case().accepted(), at("2026-03-20")) == [("case", 1, at("2026-03-06"))]
    case = a_case().accepted().workdays(4).do("extend", OFFICIAL, amount=10, reason="案情复杂")
    assert found("T01", case, at("2026-03-09")) == [("case", 1, at("2026-03-06"))]
    assert on_the_way("T01", case, at("2026-03-09")) == []


def test_t01_tells_nothing_of_what_other_systems_report_once_it_is_over() -> None:
    case = a_case().accepted().workdays(4).reviewed().do("complete", HEAD, outcome="granted")
    told = replace(facts_of(case, LATER), whole=True, channel="report")
    assert RULES["T01"].look(told, RULES["T01"].defaults, frozenset()).findings == ()


@pytest.mark.parametrize("days", [1, 2, 3, 5, 20])
def test_t01_spares_the_counting_only_where_it_was_never_near(days: int) -> None:
    """The quick look at how long it took never hides a warning that counting finds."""
    for took in range(days + 1):
        case = a_case(change(PERMIT, terms=change(TERMS, promised=Limit(days)))).accepted()
        case = case.workdays(took).reviewed().do("complete", HEAD, outcome="granted")
        facts = replace(facts_of(case, LATER), whole=True)
        clock = case.state.clock("promised")
        assert clock is not None
        assert clock.stopped is not None
        live = replace(facts_of(case, clock.stopped), state=replace(case.state, clocks=tuple(
            replace(c, stopped=None) if c is clock else c for c in case.state.clocks
        )))  # fmt: skip
        one = RULES["T01"]
        late = clock.due is not None and clock.stopped >= clock.due
        near = bool(one.look(live, one.defaults, frozenset()).findings)
        assert bool(one.look(facts, one.defaults, frozenset()).findings) == (near or late), took


def test_t02_stays_though_the_limit_was_extended_too_late() -> None:
    case = a_case().accepted().workdays(6).do("extend", OFFICIAL, amount=10, reason="案情复杂", force=True)
    assert found("T02", case, case.now) == [("case", 2, at("2026-03-10"))]
    assert on_the_way("T02", case, case.now) == []


def test_t04_tells_of_a_step_that_was_late_before_it_was_cancelled() -> None:
    case = a_case().accepted().workdays(4).do("withdraw", CLERK, reason="申请人书面撤回")
    assert [level for _, level, _ in found("T04", case)] == [1, 1]
    assert on_the_way("T04", case) == []


def test_t04_takes_a_step_as_done_when_it_was_entered() -> None:
    case = a_case().accepted()
    late = replace(
        case.state.tasks[0],
        done=at("2026-03-02T10:00"),
        recorded=at("2026-03-09T10:00"),
        due=at("2026-03-04"),
    )
    case = CaseUnderTest(case.defn, replace(case.state, tasks=(late,)), case.now)
    assert [level for _, level, _ in found("T04", case)] == [2]
    assert on_the_way("T04", case) == []


def test_t13_takes_what_happened_at_once_for_one_move() -> None:
    """The end of a step that was entered late is the beginning of the next: the case did not stand still between them."""
    case = a_case().accepted().workdays(7).reviewed().do("complete", HEAD, outcome="granted")
    times = {
        "review_a": {"done": at("2026-03-03T10:00"), "recorded": case.now},
        "review_b": {"done": at("2026-03-04T10:00"), "recorded": at("2026-03-04T10:00")},
        "check": {"opened": at("2026-03-03T10:00")},
    }
    tasks = tuple(replace(t, **times.get(t.node, {})) for t in case.state.tasks)
    case = CaseUnderTest(case.defn, replace(case.state, tasks=tasks), case.now)
    assert [episode for episode, _, _ in found("T13", case)] == ["still:2026-03-02"]


def test_p01_is_not_undone_by_making_up_for_the_step_later() -> None:
    case = a_case().granted()
    made_up = tuple(
        replace(t, done=case.now.replace(hour=23), recorded=case.now.replace(hour=23))
        if t.node == "check"
        else t
        for t in case.state.tasks
    )
    facts = replace(facts_of(case), state=replace(case.state, tasks=made_up))
    assert {f.episode for f in RULES["P01"].look(facts, {}, frozenset()).findings} == {
        "step:decide",
        "step:deliver",
    }


def test_p02_stays_a_burst_though_a_step_follows_much_later() -> None:
    case = a_case().granted()
    quick = [f.rule for f in examine(replace(facts_of(case, LATER), whole=True), known=frozenset()).findings]
    slow = case.workdays(3).do("complete", CLERK, method="窗口领取")
    after = [f.rule for f in examine(replace(facts_of(slow, LATER), whole=True), known=frozenset()).findings]
    assert ("P02" in quick) == ("P02" in after)


def test_every_need_of_a_rule_is_a_trait() -> None:
    for rule in RULES.values():
        assert needed(rule.needs) < 1 << len(NAMES)
    assert {rule.id for rule in RULES.values() if rule.needs} & STUDIES.keys() == set()


def test_one_fault_counts_once_at_its_worst() -> None:
    case = (
        a_case()
        .accepted()
        .workdays(6)
        .do("extend", OFFICIAL, amount=1, reason="案情复杂", force=True)
        .workdays(12)
    )
    findings = examine(replace(facts_of(case), whole=True), known=frozenset()).findings
    assert worst(findings)["T02", "case"] == 3
