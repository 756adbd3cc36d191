"""A simulated year: the same for a seed, in season, with a fault for every rule that can be broken."""

from collections import Counter
from datetime import date
from random import Random

import pytest

from tongban.base.calendar import load_calendar
from tongban.platforms.supervision.rules import RULES
from tongban.simulator.city import on_paper
from tongban.simulator.companies import COMPANIES, EVERY, FIRST, part
from tongban.simulator.faults import COUNTED, PLANTERS, WITHOUT
from tongban.simulator.outside import RULES as OUTSIDE
from tongban.simulator.playing import Played, Stage, play_piece
from tongban.simulator.recount import recount
from tongban.simulator.rhythm import Year
from tongban.simulator.year import A_FAULT_EVERY, Chronicle, Plan, as_told

PLAN = Plan("anlan", date(2025, 1, 2), date(2025, 12, 31), 4000, 7)
MILLION = Plan("anlan", date(2025, 1, 2), date(2025, 12, 31), 1_000_000, 20251122)


@pytest.fixture(scope="module")
def chronicle():
    return Chronicle(PLAN, on_paper())


def test_every_rule_has_a_planter_or_a_reason_why_not():
    told = PLANTERS.keys() | COUNTED | {c.rule for c in COMPANIES} | set(OUTSIDE)
    assert set(RULES) == told | WITHOUT.keys()
    assert not told & WITHOUT.keys()
    assert all(WITHOUT.values())


def test_every_planter_finds_a_matter_to_work_in():
    for rule, planter in PLANTERS.items():
        assert any(planter.fits(o.definition) and o.apart == planter.apart for o in on_paper().offered), rule


def test_a_step_that_time_ends_while_somebody_has_it_in_hand_is_left():
    """It happens once in a million cases: silence is agreement in the minutes between taking a step up and completing it."""
    assert Chronicle(MILLION, on_paper()).case(620_326).state.closed is not None


def test_what_stood_still_after_its_last_day_is_not_counted_on_by_either_opinion():
    """Once in a million, too: the limit was over, and the clock then stood still for longer than the delay took."""
    lived, played = Stage(Chronicle(MILLION, on_paper()), on_paper()).play(871_887, 871_888)
    assert {("T01", 1), ("T02", 2)} <= {(f.rule, f.level) for f in lived[0].faults}
    assert played.perfect, (played.refused, played.live.examples, played.bulk.examples)


def test_a_case_is_the_same_whoever_asks(chronicle):
    again = Chronicle(PLAN, on_paper())
    for n in (3000, 15, 16, 1999, 0):
        assert again.case(n) == chronicle.case(n)


def test_a_year_played_in_memory_is_the_same_in_whatever_pieces():
    lines, whole = play_piece(PLAN, 0, 24)
    parts = [play_piece(PLAN, 0, 7), play_piece(PLAN, 7, 24)]
    assert lines == "".join(told for told, _ in parts)
    together = Played()
    for _, part_ in parts:
        together.add(part_)
    assert (together.cases, together.events) == (whole.cases, whole.events) == (24, whole.events)
    assert whole.perfect, (whole.refused, whole.live.examples, whole.bulk.examples)
    assert together.live.right == together.bulk.right == whole.bulk.right == Counter(whole.bulk.due)


def test_another_seed_is_another_year(chronicle):
    other = Chronicle(Plan("anlan", PLAN.first, PLAN.last, PLAN.cases, 8), on_paper())
    assert [other.case(n).record.form for n in range(5)] != [chronicle.case(n).record.form for n in range(5)]


def test_each_planter_puts_its_fault_in(chronicle):
    for turn, rule in enumerate(PLANTERS):
        lived = chronicle.case(turn * A_FAULT_EVERY + A_FAULT_EVERY - 1)
        assert lived.intended == rule
        assert rule in {f.rule for f in lived.faults if f.planted}


def test_companies_stand_where_no_planter_is_lost_and_break_their_rules(chronicle):
    whole = sum(c.size for c in COMPANIES)
    assert len(PLANTERS) * A_FAULT_EVERY <= FIRST
    assert FIRST + whole <= 640 < EVERY
    assert [part(n) is not None for n in (FIRST - 1, FIRST, FIRST + whole - 1, FIRST + whole)] == [
        False,
        True,
        True,
        False,
    ]
    told = [as_told(lived) for lived in chronicle.cases(FIRST, FIRST + whole)]
    related = next(c for n, c in enumerate(told, FIRST) if part(n).company.rule == "R03")
    declared = [(related.state.accepted_by, related.digest)]
    closing = load_calendar().minutes[-1][1] - 60
    found = Counter(rule for rule, _, _ in recount(told, PLAN.last, closing, chronicle.several(), declared))
    assert found.keys() == {c.rule for c in COMPANIES}, found
    assert found["R04"] == found["J03"] == found["S01"] == 1


def test_the_year_has_its_seasons():
    calendar = load_calendar()
    year = Year(calendar, PLAN.first, PLAN.last, 100_000)
    days = Counter(year.day(n) for n in range(0, 100_000, 7))
    assert [year.day(n) for n in range(2000)] == sorted(year.day(n) for n in range(2000))
    assert days[date(2025, 3, 4)] > 5 * days[date(2025, 3, 8)], "a Saturday is quiet"
    months = Counter()
    for day, count in days.items():
        months[day.month] += count
    assert months[2] < months[3], "the Spring Festival is quiet"
    assert year.day(0) == PLAN.first
    assert year.day(99_999) == PLAN.last


def test_a_year_that_ends_on_a_closed_day_takes_its_last_counter_cases_in_before_it():
    """2026-10-31 is a Saturday: the next working day no longer belongs to the stretch."""
    year = Year(load_calendar(), date(2025, 9, 1), date(2026, 10, 31), 2000)
    moments = [year.moment(n, Random(n), web=False).date() for n in range(2000)]
    assert max(moments) <= date(2026, 10, 31)
    assert all(load_calendar().is_workday(day) for day in moments)
