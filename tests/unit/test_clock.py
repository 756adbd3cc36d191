"""A limit ends on the day a clerk with a wall calendar would name."""

from array import array
from datetime import date, datetime, timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar, load_calendar
from tongban.engine import clock
from tongban.engine.state import Limit, Pause

CN = load_calendar()


def at(text: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(text).replace(hour=hour, tzinfo=CHINA)


def last_day(due: datetime | None) -> date:
    assert due is not None
    return (due - timedelta(microseconds=1)).date()


@pytest.mark.parametrize(
    ("start", "days", "deadline"),
    [
        ("2013-04-22", 5, "2013-04-27"),  # a Saturday that was worked
        ("2013-04-22", 15, "2013-05-14"),
        ("2013-04-22", 20, "2013-05-21"),
        ("2013-04-03", 5, "2013-04-11"),
        ("2024-09-23", 7, "2024-10-08"),
        ("2024-09-23", 20, "2024-10-24"),
        ("2024-09-23", 40, "2024-11-21"),
        ("2024-09-30", 1, "2024-10-08"),
    ],
)
def test_working_day_limits_end_on_the_published_day(start: str, days: int, deadline: str) -> None:
    assert last_day(clock.due(CN, Limit(days), at(start))) == date.fromisoformat(deadline)


def test_a_limit_of_no_days_ends_with_the_day_it_began() -> None:
    assert last_day(clock.due(CN, Limit(0), at("2026-11-20"))) == date(2026, 11, 20)


def test_months_run_to_the_same_day_or_the_last_of_a_shorter_month() -> None:
    assert last_day(clock.due(CN, Limit(1, "month"), at("2026-01-31"))) == date(2026, 2, 28)
    assert last_day(clock.due(CN, Limit(3, "month"), at("2026-08-15"))) == date(2026, 11, 15)


def test_working_hours_pass_over_lunch_and_night() -> None:
    per_day = sum(e - b for b, e in CN.minutes) / 60
    start = at("2026-11-20", 9)  # a Friday
    assert clock.due(CN, Limit(int(per_day) + 1, "work_hour"), start) > at("2026-11-23", 9)
    assert clock.due(CN, Limit(1, "work_hour"), at("2026-11-21", 9)) == at(
        "2026-11-23", 10
    )  # Saturday: from Monday


def test_nobody_knows_the_end_while_the_clock_stands() -> None:
    assert clock.due(CN, Limit(5), at("2026-11-02"), (Pause(at("2026-11-03"), None, "inspection"),)) is None


def test_what_is_late_does_not_come_in_time_again_by_a_suspension() -> None:
    limit, late = Limit(3), clock.due(CN, Limit(3), at("2026-03-02"))
    for end in (at("2026-03-20"), None):
        assert clock.due(CN, limit, at("2026-03-02"), (Pause(at("2026-03-10"), end, "inspection"),)) == late


def test_the_calendar_refuses_days_that_are_not_announced() -> None:
    with pytest.raises(BeyondHorizon):
        clock.due(CN, Limit(20), datetime(CN.last.year, 12, 20, tzinfo=CHINA))


DAYS = 400
FIRST = date(2030, 1, 1)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """A year and more with random holidays and make-up days."""
    odd = draw(st.sets(st.integers(0, DAYS - 1), max_size=60))
    worked = [(FIRST + timedelta(days=i)).weekday() < 5 for i in range(DAYS)]
    is_worked = [w ^ (i in odd) for i, w in enumerate(worked)]
    days = [FIRST + timedelta(days=i) for i in range(DAYS)]
    return Calendar(
        code="random",
        sha256="",
        version=1,
        first=FIRST,
        last=days[-1],
        basis=(),
        announced_until=days[-1],
        minutes=((540, 720), (810, 1020)),
        _origin=FIRST.toordinal(),
        _counts=array("I", accumulate(is_worked)),
        _days=tuple(d for d, w in zip(days, is_worked, strict=True) if w),
    )


@st.composite
def stretches(draw: st.DrawFn) -> tuple[Pause, ...]:
    """Pauses that do not overlap, in order."""
    cuts = sorted(draw(st.sets(st.integers(1, 90), max_size=6)))
    days = [datetime(2030, 1, 10, 11, tzinfo=CHINA) + timedelta(days=c) for c in cuts]
    return tuple(Pause(a, b, "inspection") for a, b in zip(days[::2], days[1::2], strict=False))


def by_hand(calendar: Calendar, start: date, days: int, pauses: tuple[Pause, ...]) -> date:
    """Tick days off one by one until one too many is used; the working day before that is the last in time.

    The day a pause begins is used, the day it ends is not. What begins after the last day in time mends nothing.
    """
    day, done, last = start, 0, start
    while True:
        day += timedelta(days=1)
        if not calendar.is_workday(day):
            continue
        alive = [p for p in pauses if done < days or p.start.date() <= last]
        standing = any(p.start.date() < day <= p.end.date() for p in alive if p.end)
        done += not standing
        if done > days:
            return last
        last = day


@given(calendars(), st.integers(0, 9), st.integers(1, 40), stretches())
def test_the_closed_form_agrees_with_ticking_days_off(
    calendar: Calendar, offset: int, days: int, pauses: tuple[Pause, ...]
) -> None:
    start = datetime(2030, 1, 1, 9, tzinfo=CHINA) + timedelta(days=offset)
    due = clock.due(calendar, Limit(days), start, pauses)
    assert last_day(due) == by_hand(calendar, start.date(), days, pauses)


@given(calendars(), st.integers(1, 40), stretches(), st.integers(0, 150))
def test_what_is_used_and_what_is_left_add_up_and_never_run_while_paused(
    calendar: Calendar, days: int, pauses: tuple[Pause, ...], later: int
) -> None:
    start, limit = datetime(2030, 1, 2, 9, tzinfo=CHINA), Limit(days)
    now = start + timedelta(days=later)
    used = clock.used(calendar, limit, start, pauses, now)
    assert used + clock.left(calendar, limit, start, pauses, now) == days
    for pause in pauses:
        if pause.end:
            a = clock.used(calendar, limit, start, pauses, pause.start)
            assert clock.used(calendar, limit, start, pauses, pause.end) == a


@given(calendars(), st.integers(1, 40), st.integers(0, 10), stretches())
def test_pauses_and_extensions_never_bring_the_end_nearer(
    calendar: Calendar, days: int, extra: int, pauses: tuple[Pause, ...]
) -> None:
    start = datetime(2030, 1, 2, 9, tzinfo=CHINA)
    plain = clock.due(calendar, Limit(days), start)
    assert clock.due(calendar, Limit(days), start, pauses) >= plain
    assert clock.due(calendar, Limit(days), start, (), extra) >= plain


@given(calendars(), st.integers(1, 30), stretches())
def test_a_limit_is_used_up_exactly_when_it_is_due(
    calendar: Calendar, days: int, pauses: tuple[Pause, ...]
) -> None:
    start, limit = datetime(2030, 1, 2, 9, tzinfo=CHINA), Limit(days)
    due = clock.due(calendar, limit, start, pauses)
    assert clock.left(calendar, limit, start, pauses, due - timedelta(seconds=1)) == 0
    assert clock.overdue_by(calendar, limit, start, pauses, due - timedelta(seconds=1)) == 0
