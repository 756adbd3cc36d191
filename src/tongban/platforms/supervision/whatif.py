"""A case as it would have stood under another limit or another calendar (假设推演). Pure: what happened stays, only dues move.

The same deeds at the same instants, judged by the limits that would have held. What people would have done otherwise, nobody
knows; what the machine would have done at another due (视为受理, 补正逾期) is not told anew either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import msgspec

from tongban.base.calendar import Calendar, with_days
from tongban.engine import clock
from tongban.engine.definition import Definition
from tongban.engine.kinds import Facts
from tongban.engine.state import Clock, Limit, Pause, Task, Unit

#: The limits that can be tried, and their words.
PURPOSES = {
    "promised": "承诺期限", "statutory": "法定期限", "acceptance": "受理期限", "delivery": "送达期限",
}  # fmt: skip
UNITS: dict[Unit, str] = {
    "workday": "个工作日",
    "day": "日",
    "month": "个月",
    "work_hour": "个工作小时",
    "hour": "小时",
}
#: A suspension moves these; the others have ended, or not begun, when one comes.
_PAUSED = frozenset({"promised", "statutory"})
Change = Callable[[Facts], Facts]


@dataclass(frozen=True, slots=True)
class LimitChange:
    """Another limit: so much of a unit, or so many per cent of the one that held (rounded up, at least one)."""

    purpose: str
    amount: int = 0
    unit: Unit = "workday"
    percent: int = 0

    def limit(self, was: Limit) -> Limit:
        """What would stand in place of a limit."""
        if not self.percent:
            return Limit(self.amount, self.unit)
        return Limit(max(1, -(-was.amount * self.percent // 100)), was.unit)

    def told(self) -> dict[str, Any]:
        """As a trial keeps it."""
        return {"purpose": self.purpose, "amount": self.amount, "unit": self.unit, "percent": self.percent}


@dataclass(frozen=True, slots=True)
class CalendarChange:
    """Other working days: these off, these worked."""

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()

    def told(self) -> dict[str, Any]:
        """As a trial keeps it."""
        return {
            "off": [d.isoformat() for d in sorted(self.off)],
            "work": [d.isoformat() for d in sorted(self.work)],
        }


def change_from(what: str, said: Mapping[str, Any]) -> LimitChange | CalendarChange:
    """The inverse of `told`."""
    if what == "limit":
        return LimitChange(said["purpose"], said["amount"], said["unit"], said["percent"])
    return CalendarChange(
        frozenset(map(date.fromisoformat, said["off"])), frozenset(map(date.fromisoformat, said["work"]))
    )


def under(change: LimitChange | CalendarChange) -> Change:
    """What makes of a case the same case under the change. Raises BeyondHorizon where a due cannot be told."""
    if isinstance(change, LimitChange):
        return _Limits(change)
    return _Days(change)


class _Limits:
    def __init__(self, change: LimitChange) -> None:
        self.change = change
        self._terms: dict[int, tuple[Definition, Definition]] = {}

    def __call__(self, facts: Facts) -> Facts:
        change, calendar = self.change, facts.definition.calendar
        if all(c.purpose != change.purpose for c in facts.state.clocks):
            return facts
        clocks = tuple(
            c if c.purpose != change.purpose else _limited(c, change, calendar, facts.state.pauses)
            for c in facts.state.clocks
        )
        state = msgspec.structs.replace(facts.state, clocks=clocks)
        return msgspec.structs.replace(facts, definition=self._defined(facts.definition), state=state)

    def _defined(self, defn: Definition) -> Definition:
        """The terms with the other limit, one for each definition, so that what is worked out for one is kept."""
        kept = self._terms.get(id(defn))
        if kept is None or kept[0] is not defn:
            was = getattr(defn.terms, self.change.purpose)
            made = defn
            if was is not None:
                other: dict[str, Any] = {self.change.purpose: self.change.limit(was)}
                made = replace(defn, terms=replace(defn.terms, **other))
            kept = self._terms[id(defn)] = (defn, made)
        return kept[1]


def _limited(c: Clock, change: LimitChange, calendar: Calendar, pauses: tuple[Pause, ...]) -> Clock:
    limit = change.limit(c.limit)
    if limit == c.limit:
        return c
    extra = c.extra if limit.unit == c.limit.unit else 0
    return msgspec.structs.replace(
        c, limit=limit, extra=extra, due=clock.due(calendar, limit, c.start, _met(c, pauses), extra)
    )


class _Days:
    def __init__(self, change: CalendarChange) -> None:
        self.change = change
        self._calendars: dict[str, Calendar] = {}
        self._defined: dict[int, tuple[Definition, Definition]] = {}

    def __call__(self, facts: Facts) -> Facts:
        was, would = facts.definition.calendar, self._calendar(facts.definition.calendar)
        pauses = facts.state.pauses
        clocks = tuple(_counted(c, was, would, pauses) for c in facts.state.clocks)
        tasks = tuple(_counted_step(t, was, would, pauses) for t in facts.state.tasks)
        state = msgspec.structs.replace(facts.state, clocks=clocks, tasks=tasks)
        kept = self._defined.get(id(facts.definition))
        if kept is None or kept[0] is not facts.definition:
            kept = (facts.definition, replace(facts.definition, calendar=would))
            self._defined[id(facts.definition)] = kept
        return msgspec.structs.replace(facts, definition=kept[1], state=state)

    def _calendar(self, calendar: Calendar) -> Calendar:
        if calendar.sha256 not in self._calendars:
            self._calendars[calendar.sha256] = with_days(calendar, self.change.off, self.change.work)
        return self._calendars[calendar.sha256]


def _counted(c: Clock, was: Calendar, would: Calendar, pauses: tuple[Pause, ...]) -> Clock:
    met = _met(c, pauses)
    end = clock.due(would, c.limit, c.start, met, c.extra)
    if c.due is None or end == clock.due(was, c.limit, c.start, met, c.extra):
        return c
    return msgspec.structs.replace(c, due=end)


def _counted_step(t: Task, was: Calendar, would: Calendar, pauses: tuple[Pause, ...]) -> Task:
    if t.limit is None or t.due is None:
        return t
    end = clock.due(would, t.limit, t.opened, pauses, -t.credit)
    return (
        t
        if end == clock.due(was, t.limit, t.opened, pauses, -t.credit)
        else msgspec.structs.replace(t, due=end)
    )


def _met(c: Clock, pauses: tuple[Pause, ...]) -> tuple[Pause, ...]:
    """The suspensions that count for a clock: of those of its kind, what began before it was met."""
    if c.purpose not in _PAUSED:
        return ()
    return pauses if c.stopped is None else tuple(p for p in pauses if p.start < c.stopped)
