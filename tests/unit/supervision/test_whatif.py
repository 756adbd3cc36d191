"""A case under another limit or calendar: its dues move, what happened does not."""

from datetime import date, datetime
from types import SimpleNamespace

import msgspec

from tongban.base.calendar import CHINA, load_calendar, with_days
from tongban.engine.definition import Definition, Terms
from tongban.engine.kinds import Facts
from tongban.engine.state import NEW, Clock, Limit, Pause, Task
from tongban.platforms.supervision.rules.time import T02
from tongban.platforms.supervision.whatif import CalendarChange, LimitChange, change_from, under

CAL = load_calendar()


def at(day, hour=9):
    return datetime(2026, 3, day, hour, tzinfo=CHINA)


def midnight_after(day):
    return datetime(2026, 3, day + 1, tzinfo=CHINA)


def a_case(*clocks, pauses=(), tasks=(), **more):
    """Accepted on Monday 2 March 2026, as it stands on the 31st."""
    state = msgspec.structs.replace(NEW, clocks=clocks, pauses=pauses, tasks=tasks, accepted=at(2), **more)
    flow = SimpleNamespace(nodes={}, sha256="x")
    defn = Definition(flow, Terms(1, "许可", promised=Limit(5), statutory=Limit(20)), CAL)
    return Facts(1, "N1", "licence", "许可", 1, 1, 1, None, 0, "web", defn, NEW, state, (), at(31))


def promised(limit=5, stopped=None, due=9, **more):
    return Clock("promised", Limit(limit), at(2), due=midnight_after(due), stopped=stopped, **more)


def test_a_shorter_promise_ends_earlier_and_stands_in_the_terms():
    case = a_case(promised(stopped=at(6)), Clock("statutory", Limit(20), at(2), due=midnight_after(30)))
    would = under(LimitChange("promised", 3))(case)
    assert would.state.clock("promised").due == midnight_after(5)
    assert would.state.clock("statutory") == case.state.clock("statutory")
    assert would.definition.terms.promised == Limit(3)
    assert case.state.clock("promised").due == midnight_after(9), "the case itself is as it was"


def test_what_was_on_time_would_be_late_and_the_other_way_round():
    def level(facts):
        return max((f.level for f in T02.look(facts, T02.defaults, frozenset()).findings), default=0)

    on_time, late = a_case(promised(stopped=at(6))), a_case(promised(stopped=at(12)))
    change = under(LimitChange("promised", 3))
    assert (level(on_time), level(change(on_time))) == (0, 2)
    assert (level(late), level(under(LimitChange("promised", percent=200))(late))) == (2, 0)


def test_per_cent_are_rounded_up_to_at_least_one():
    assert LimitChange("promised", percent=50).limit(Limit(5)) == Limit(3)
    assert LimitChange("promised", percent=10).limit(Limit(5, "day")) == Limit(1, "day")


def test_a_suspension_counts_for_the_promise_and_not_for_acceptance():
    pause = Pause(at(3), at(10), "听证")
    case = a_case(
        promised(stopped=at(13), due=16), Clock("acceptance", Limit(5), at(2), due=midnight_after(9), stopped=at(2, 15)), pauses=(pause,)
    )  # fmt: skip
    assert under(LimitChange("promised", 3))(case).state.clock("promised").due == midnight_after(12)
    assert under(LimitChange("acceptance", 2))(case).state.clock("acceptance").due == midnight_after(4)


def test_a_case_without_that_limit_is_left_as_it_is():
    case = a_case(promised())
    assert under(LimitChange("delivery", 3))(case) is case


def test_days_off_move_what_counts_working_days_and_nothing_else():
    task = Task(1, "review", "human", "SA", at(2), 1, limit=Limit(2), due=midnight_after(4))
    by_days = Clock("statutory", Limit(20, "day"), at(2), due=midnight_after(22))
    case = a_case(promised(), by_days, tasks=(task,))
    would = under(CalendarChange(off=frozenset({date(2026, 3, 4)})))(case)
    assert would.state.clock("promised").due == midnight_after(10)
    assert would.state.tasks[0].due == midnight_after(5)
    assert would.state.clock("statutory") == by_days
    assert not would.definition.calendar.is_workday(date(2026, 3, 4))
    worked = under(CalendarChange(work=frozenset({date(2026, 3, 7)})))(case)
    assert worked.state.clock("promised").due == midnight_after(7)


def test_a_due_that_was_set_otherwise_stays_where_the_change_does_not_touch_it():
    by_hand = promised(due=12)  # as a department's system reported it
    would = under(CalendarChange(off=frozenset({date(2026, 5, 20)})))(a_case(by_hand))
    assert would.state.clock("promised") == by_hand


def test_a_changed_calendar_is_another_one():
    changed = with_days(CAL, {date(2026, 3, 4)}, {date(2026, 3, 7)})
    assert changed.sha256 != CAL.sha256
    assert changed.W(date(2026, 3, 31)) == CAL.W(date(2026, 3, 31))
    assert changed.D(changed.W(date(2026, 3, 7))) == date(2026, 3, 7)


def test_what_a_trial_keeps_is_the_whole_change():
    for what, change in (
        ("limit", LimitChange("promised", 3, "day")),
        ("limit", LimitChange("statutory", percent=80)),
        ("calendar", CalendarChange(frozenset({date(2026, 3, 4)}), frozenset({date(2026, 3, 7)}))),
    ):
        assert change_from(what, change.told()) == change
