"""Clock arithmetic: when a limit ends, how much of it is used, with pauses as segments. Pure, closed form.

Day 0 is the day of the event. With W(d) working days up to d and D(k) the k-th working day,
due = D(W(start) + budget + extra + Σ(W(resume) - W(pause))): the day a pause begins is still used, the day it
ends is not. Limits in days end with their last day, so `due` is the midnight after it; limits in hours end exactly.
Months run to the same day number, or the last day of a shorter month, moved by the calendar days of the pauses.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache

from tongban.base.calendar import CHINA, Calendar
from tongban.engine.state import Limit, Pause, Unit

DAY = timedelta(days=1)
HOUR = 3600
_GRAINS = {"work_hour": 60, "hour": HOUR}  # what `used` counts in one unit


def due(
    calendar: Calendar, limit: Limit, start: datetime, pauses: Iterable[Pause] = (), extra: int = 0
) -> datetime | None:
    """The first instant that is too late; None while a pause is open (nobody can know yet).

    `extra` is in the limit's own unit. Raises BeyondHorizon when the calendar does not reach that far.
    """
    total, begun = limit.amount + extra, _local(start)
    if not pauses:
        return _reached(calendar, limit.unit, begun, total, 0)
    return _after_pauses(
        calendar,
        limit.unit,
        begun,
        pauses,
        lambda stopped: _reached(calendar, limit.unit, begun, total, stopped),
    )


def _reached(calendar: Calendar, unit: Unit, begun: datetime, total: int, stopped: int) -> datetime:
    """The end of `total` units after `begun`, once the clock stood still for `stopped` of its grains."""
    if unit == "workday":
        span = total + stopped
        return _midnight(calendar.D(calendar.W(begun.date()) + span) if span else begun.date())
    if unit == "day":
        return _midnight(begun.date() + DAY * (total + stopped))
    if unit == "month":
        return _midnight(_months_later(begun.date(), total) + DAY * stopped)
    if unit == "work_hour":
        return _at_minute(calendar, _minute(calendar, begun) + total * 60 + stopped)
    if unit == "hour":
        return begun + timedelta(seconds=total * HOUR + stopped)
    raise KeyError(unit)


def _after_pauses(
    calendar: Calendar,
    unit: str,
    begun: datetime,
    pauses: Iterable[Pause],
    reached: Callable[[int], datetime],
) -> datetime | None:
    """When the clock gets there, given `reached` by how much it stood still; None while it stands.

    What begins once it is too late mends nothing: a suspension does not undo a delay.
    """
    stopped, position = 0, _POSITION[unit]
    end = reached(stopped)
    for pause in pauses:
        if pause.end is not None and pause.end <= begun:
            continue
        if pause.start >= end:
            break
        if pause.end is None:
            return None
        stopped += position(calendar, _local(pause.end)) - position(calendar, max(begun, _local(pause.start)))
        end = reached(stopped)
    return end


def used(calendar: Calendar, limit: Limit, start: datetime, pauses: Iterable[Pause], at: datetime) -> int:
    """How much of the limit is consumed at `at`, in `grain(limit)` units; never negative."""
    position = _POSITION[limit.unit]
    now, begun = _local(max(at, start)), _local(start)
    consumed = position(calendar, now) - position(calendar, begun)
    for pause in pauses:
        end = now if pause.end is None else min(_local(pause.end), now)
        if end > begun:
            consumed -= position(calendar, end) - position(
                calendar, min(max(begun, _local(pause.start)), end)
            )
    return max(0, consumed)


def budget(limit: Limit, start: datetime, extra: int = 0) -> int:
    """The whole limit in the units that `used` counts: days, minutes of work, or seconds."""
    total = limit.amount + extra
    if limit.unit == "month":
        day = _local(start).date()
        return (_months_later(day, total) - day).days
    return total * _GRAINS.get(limit.unit, 1)


def left(
    calendar: Calendar, limit: Limit, start: datetime, pauses: Iterable[Pause], at: datetime, extra: int = 0
) -> int:
    """What remains at `at`, in the units of `used`; negative once overdue."""
    return budget(limit, start, extra) - used(calendar, limit, start, pauses, at)


def overdue_by(
    calendar: Calendar, limit: Limit, start: datetime, pauses: Iterable[Pause], at: datetime, extra: int = 0
) -> int:
    """How far the limit is exceeded at `at`, in the units of `used`; 0 while in time."""
    return max(0, -left(calendar, limit, start, pauses, at, extra))


def when_used(
    calendar: Calendar, limit: Limit, start: datetime, pauses: tuple[Pause, ...], amount: int
) -> datetime | None:
    """The first instant at which `used` reaches more than `amount` units; None while a pause is open.

    For limits in days that is the midnight that begins the next counted day.
    """
    if limit.unit in ("workday", "day"):
        return due(calendar, Limit(amount, limit.unit), start, pauses)
    if limit.unit == "month":
        return due(calendar, Limit(amount, "day"), start, pauses)
    begun = _local(start)
    if limit.unit == "hour":
        return _after_pauses(calendar, "hour", begun, pauses, lambda n: begun + timedelta(seconds=amount + n))
    minute = _minute(calendar, begun)
    return _after_pauses(
        calendar, "work_hour", begun, pauses, lambda n: _at_minute(calendar, minute + amount + n)
    )


def closing(calendar: Calendar, due: datetime, minutes: int) -> datetime:
    """The instant from which only that many working minutes remain before `due`."""
    return _at_minute(calendar, _minute(calendar, _local(due) - timedelta(microseconds=1)) - minutes)


def _local(at: datetime) -> datetime:
    return at.astimezone(CHINA)


@lru_cache(maxsize=4096)
def _midnight(day: date) -> datetime:
    """The midnight after a day."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA) + DAY


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    return date(day.year + year, month + 1, min(day.day, monthrange(day.year + year, month + 1)[1]))


def _workday(calendar: Calendar, at: datetime) -> int:
    return calendar.W(at.date())


def _day(_: Calendar, at: datetime) -> int:
    return at.toordinal()


def _second(_: Calendar, at: datetime) -> int:
    return int(at.timestamp())


def _minute(calendar: Calendar, at: datetime) -> int:
    """Working minutes from the calendar's first day up to `at`."""
    day, clock = at.date(), at.hour * 60 + at.minute
    whole = calendar.W(day)
    if not calendar.is_workday(day):
        return whole * _per_day(calendar)
    spent = sum(max(0, min(clock, end) - begin) for begin, end in calendar.minutes)
    return (whole - 1) * _per_day(calendar) + spent


def _at_minute(calendar: Calendar, minute: int) -> datetime:
    """The first instant at which that many working minutes have passed."""
    whole, rest = divmod(minute - 1, _per_day(calendar))
    day = calendar.D(whole + 1)
    rest += 1
    for begin, end in calendar.minutes:
        if rest <= end - begin:
            return datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(minutes=begin + rest)
        rest -= end - begin
    raise AssertionError("working minutes of a day do not add up")  # unreachable: rest <= _per_day


def _per_day(calendar: Calendar) -> int:
    return sum(end - begin for begin, end in calendar.minutes)


_POSITION: dict[str, Callable[[Calendar, datetime], int]] = {
    "workday": _workday,
    "day": _day,
    "month": _day,
    "work_hour": _minute,
    "hour": _second,
}
