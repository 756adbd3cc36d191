"""What supervision must find about time in a case, counted on the fingers: day by day, without the engine's arithmetic.

This is the second opinion that the rules are scored against. It takes from a case only when things began, stopped and
ended, and the limits that were promised; every due date and every rung is counted here, one day after another.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256

from tongban.base.calendar import CHINA, Calendar
from tongban.engine.definition import Definition
from tongban.engine.state import Clock, Limit, Pause, State, Task

Found = dict[tuple[str, str], int]  # (rule, episode) -> worst level

NEAR_SHARE, NEAR_LEFT = 90, 1  # T01
RED_AFTER = 3  # T02, working days
STEP_TIMES = 2  # T04
LONG_PAUSE, VERY_LONG_PAUSE = 30, 60  # T12, working days
STILL = 5  # T13, working days
FIRST_REVIEW = 20  # T08, working days
JOINT, JOINT_RED = 45, 60  # T09, working days
RISK_ONE_IN = 10  # R01


def reckon(defn: Definition, state: State, present: datetime) -> Found:
    """Every finding of the time rules that a case must carry at `present`."""
    found: Found = {}
    count = _count_by(defn.calendar)
    for clock in state.clocks:
        for rule, episode, level in _of_clock(count, state, clock, present):
            _worse(found, rule, episode, level)
    for task in state.tasks:
        for rule, level in (
            ("T04", _of_step(count, state, task, present)),
            ("T08", _of_review(count, defn, state, task, present)),
            ("T10", _of_member(count, state, task, present)),
        ):
            if level:
                _worse(found, rule, f"task:{task.no}", level)
    level = _of_joint_case(count, defn, state, present)
    if level:
        _worse(found, "T09", "case", level)
    _of_pauses(count, state, present, found)
    for episode in _standstills(count, state, present):
        _worse(found, "T13", episode, 1)
    if defn.terms.instant and state.accepted is not None:
        ended = _ended(state) or present
        opening = count.opening_after(state.accepted.date(), state.pauses)
        if ended >= opening:
            _worse(found, "T14", "case", 2)
    return found


def _of_clock(
    count: "_Count", state: State, clock: Clock, present: datetime
) -> Iterator[tuple[str, str, int]]:
    pauses, end = _counted(state, clock.start, clock.stopped, present)
    if clock.purpose == "promised":
        yield from _of_promise(count, state, clock, pauses, end)
        return
    extra = sum(e.amount for e in state.extensions) if clock.purpose == "statutory" else 0
    due = count.midnight_after(clock.limit, clock.start, pauses, extra)
    if due > end:
        return
    if clock.purpose == "statutory":
        yield "T03", "case", 3
    elif clock.purpose == "delivery":
        yield "T07", "case", 2
    elif clock.purpose == "acceptance":
        n = next((n for n, c in enumerate(state.corrections, 1) if c.requested == clock.stopped), 0)
        if state.deemed_accepted and clock is state.clock("acceptance"):
            yield "T05", "deemed", 2
        elif n:
            yield "T05", f"correction:{n}", 2
        else:
            yield "T06", "case", 3 if count.workdays_later(due, 5, pauses) <= end else 2


def _of_promise(
    count: "_Count", state: State, clock: Clock, pauses: Sequence[Pause], end: datetime
) -> Iterator[tuple[str, str, int]]:
    known = _known_from(state, clock)
    for until, extra in _totals(state, clock, end):
        due = count.midnight_after(clock.limit, clock.start, pauses, extra)
        near = count.near(clock.limit, clock.start, pauses, extra, due)
        if near is not None:
            warned = max(near, known)
            if warned <= until and warned < due and near != clock.stopped:
                yield "T01", "case", 1
        if due <= until:
            yield "T02", "case", 3 if count.workdays_later(due, RED_AFTER, pauses) <= until else 2


def _known_from(state: State, clock: Clock) -> datetime:
    """From when anybody could have warned: a case that the law accepted has clocks that began before they were known."""
    acceptance = state.clock("acceptance")
    if state.deemed_accepted and acceptance is not None and acceptance.stopped is not None:
        return acceptance.stopped
    return clock.start


def _totals(state: State, clock: Clock, end: datetime) -> Iterator[tuple[datetime, int]]:
    """Until when the clock had how much extra: before each extension, and at the end."""
    extra = 0
    for extension in state.extensions:
        if clock.start <= extension.at < end:
            yield extension.at, extra
            extra += extension.amount
    yield end, extra


def _of_step(count: "_Count", state: State, task: Task, present: datetime) -> int:
    if task.limit is None or task.kind == "subcase":
        return 0
    done = max(task.done, task.recorded or task.done) if task.done else None  # seen when it is entered
    closed, ended = _counted(state, task.opened, done, present)
    due = count.midnight_after(task.limit, task.opened, closed, -task.credit)
    if task.status == "cancelled" and due == ended:
        return 0
    if ended < due:
        return 0
    double = count.midnight_after(
        task.limit, task.opened, closed, -task.credit + task.limit.amount * (STEP_TIMES - 1)
    )
    return 2 if double <= ended else 1


def _of_review(count: "_Count", defn: Definition, state: State, task: Task, present: datetime) -> int:
    """T08: a first review by the lower organ, twenty working days at most."""
    node = defn.flow.nodes.get(task.node)
    if node is None or node.duty != "review" or "初审" not in node.name:
        return 0
    pauses, end = _counted(state, task.opened, task.done, present)
    return 2 if count.midnight_after(Limit(FIRST_REVIEW), task.opened, pauses, 0) <= end else 0


def _of_member(count: "_Count", state: State, task: Task, present: datetime) -> int:
    """T10: a member of a joint case that is not home in time; at twice its time it is graver."""
    if task.kind != "subcase" or task.limit is None:
        return 0
    pauses, end = _counted(state, task.opened, task.done, present)
    if end < count.midnight_after(task.limit, task.opened, pauses, 0):
        return 0
    return 2 if count.midnight_after(task.limit, task.opened, pauses, task.limit.amount) <= end else 1


def _of_joint_case(count: "_Count", defn: Definition, state: State, present: datetime) -> int:
    """T09: a joint case from its acceptance to its decision."""
    if state.accepted is None or not any(node.kind == "subcase" for node in defn.flow.nodes.values()):
        return 0
    pauses, end = _counted(state, state.accepted, _ended(state), present)
    if end < count.midnight_after(Limit(JOINT), state.accepted, pauses, 0):
        return 0
    return 3 if count.midnight_after(Limit(JOINT_RED), state.accepted, pauses, 0) <= end else 2


def _of_pauses(count: "_Count", state: State, present: datetime, found: Found) -> None:
    """T11: longer than the applicant was told. T12: longer altogether than anybody should wait."""
    special = [(n, p) for n, p in enumerate(state.pauses, 1) if p.reason != "correction"]
    stood = 0
    for n, pause in special:
        end = pause.end or present
        if pause.expected is not None and end >= pause.expected:
            _worse(found, "T11", f"pause:{n}", 2)
        stood += count.workdays(pause.start, end)
    if special and stood > LONG_PAUSE:
        _worse(found, "T12", "case", 2 if stood > VERY_LONG_PAUSE else 1)


def _standstills(count: "_Count", state: State, present: datetime) -> Iterator[str]:
    """T13: stretches in which nothing moved, longer than five days and than the steps at work were allowed."""
    if state.accepted is None:
        return
    ended = _ended(state)
    last = ended or present
    acceptance = state.clock("acceptance")
    deemed = state.deemed_accepted and acceptance is not None
    begun = (
        acceptance.stopped if deemed and acceptance else None
    ) or state.accepted  # until then T05 watched
    moves = sorted({begun, *(at for at in _moves(state) if begun <= at <= last)})
    ends = [*moves[1:], *([last] if ended is not None or state.phase == "accepted" else [])]
    for begin, end in zip(moves, ends, strict=False):
        if any(p.start <= begin and (p.end is None or end <= p.end) for p in state.pauses):
            continue
        at_work = [
            t
            for t in state.tasks
            if t.kind == "human" and t.opened <= begin and (t.done is None or t.done > begin)
        ]
        limits = [t.limit for t in at_work if t.limit is not None]
        if not at_work or any(limit.unit == "month" for limit in limits):
            continue
        most = max([STILL, *(limit.amount for limit in limits)])
        if count.midnight_after(Limit(most), begin, (), 0) <= end:
            yield f"still:{begin.astimezone(CHINA):%Y-%m-%d}"


def _moves(state: State) -> Iterator[datetime]:
    """When something happened that brings a case on; remarks do not."""
    for task in state.tasks:
        yield from (task.opened, *((task.done,) if task.done else ()))
    for pause in state.pauses:
        yield from (pause.start, *((pause.end,) if pause.end else ()))
    for notice in state.corrections:
        yield from (at for at in (notice.requested, notice.supplied, notice.lapsed) if at is not None)
    for extension in state.extensions:
        yield extension.at
    for fee in state.fees:
        yield from (fee.charged, *((fee.paid,) if fee.paid else ()))


def _counted(
    state: State, start: datetime, stopped: datetime | None, present: datetime
) -> tuple[Sequence[Pause], datetime]:
    """The stretches in which a clock that began at `start` stood still, and until when it was counted.

    That is when it was stopped, or since when it stands still, or now. Who was late before stays late, and grows no later.
    """
    those = [p for p in state.pauses if p.end is None or p.end > start]
    still = next((p.start for p in those if p.end is None), present)
    return [p for p in those if p.end is not None], stopped or still


def _ended(state: State) -> datetime | None:
    return state.decided or state.closed


def _worse(found: Found, rule: str, episode: str, level: int) -> None:
    found[rule, episode] = max(level, found.get((rule, episode), 0))


def drawn(defn: Definition, state: State, number: str) -> Found:
    """R01: the draw of steps of high risk, which anybody can repeat: one number in ten by the digest of case and step."""
    found: Found = {}
    for task in state.tasks:
        node = defn.flow.nodes.get(task.node)
        if (
            node is None
            or node.kind != "human"
            or node.risk != "high"
            or task.status != "done"
            or task.deemed
        ):
            continue
        draw = int(sha256(f"{number}|{task.node}".encode()).hexdigest()[:16], 16)
        if draw % RISK_ONE_IN == 0:
            found["R01", f"risk:{task.node}"] = 1
    return found


class _Count:
    """Counting days of a calendar, one by one; what was counted without stops is remembered."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._counted: dict[tuple[date, int, bool], date] = {}

    def _day(self, limit: Limit, start: datetime, pauses: Sequence[Pause], amount: int) -> date:
        """The day on which that much of a limit in days has been used."""
        begun = start.astimezone(CHINA).date()
        if pauses:
            return self._count(limit, begun, pauses, amount)
        place = (begun, amount, limit.unit == "workday")
        if place not in self._counted:
            self._counted[place] = self._count(limit, begun, (), amount)
        return self._counted[place]

    def _count(self, limit: Limit, begun: date, pauses: Sequence[Pause], amount: int) -> date:
        day, used = begun, 0
        while used < amount:
            day += timedelta(days=1)
            if limit.unit == "workday" and not self._calendar.is_workday(day):
                continue
            if any(_stands_still(p, day) for p in pauses):
                continue
            used += 1
        return self._carried_over(day, limit, pauses)

    def _carried_over(self, day: date, limit: Limit, pauses: Sequence[Pause]) -> date:
        """A limit that stops on its own last day is still alive when it goes on: that day lasts to the end of the stop."""
        for pause in pauses:
            if pause.end is not None and pause.start.astimezone(CHINA).date() == day:
                last = pause.end.astimezone(CHINA).date()
                while limit.unit == "workday" and last > day and not self._calendar.is_workday(last):
                    last -= timedelta(days=1)
                day = max(day, last)
        return day

    def _last(self, limit: Limit, start: datetime, pauses: Sequence[Pause], extra: int) -> date:
        if limit.unit == "month":
            begun = start.astimezone(CHINA).date()
            return self._day(
                Limit(1, "day"), start, pauses, (_months(begun, limit.amount + extra) - begun).days
            )
        return self._day(limit, start, pauses, limit.amount + extra)

    def midnight_after(self, limit: Limit, start: datetime, pauses: Sequence[Pause], extra: int) -> datetime:
        """The first instant that is too late."""
        return _midnight(self._last(limit, start, pauses, extra)) + timedelta(days=1)

    def workdays(self, start: datetime, end: datetime) -> int:
        """Working days after the first up to the last."""
        day, last, found = start.astimezone(CHINA).date(), end.astimezone(CHINA).date(), 0
        while day < last:
            day += timedelta(days=1)
            found += self._calendar.is_workday(day)
        return found

    def workdays_later(self, due: datetime, days: int, pauses: Sequence[Pause]) -> datetime:
        """The end of the `days`-th working day after the last day of a limit, without those on which it stood still."""
        last = self._count(Limit(days), (due - timedelta(seconds=1)).date(), pauses, days)
        return _midnight(last) + timedelta(days=1)

    def near(
        self, limit: Limit, start: datetime, pauses: Sequence[Pause], extra: int, due: datetime
    ) -> datetime | None:
        """When a limit begins to be near: 90 per cent used or one day left; of a short one its last tenth."""
        whole = limit.amount + extra
        if limit.unit == "month":
            begun = start.astimezone(CHINA).date()
            whole = (_months(begun, whole) - begun).days
        day = min(-(-whole * NEAR_SHARE // 100), whole - NEAR_LEFT)
        if day > 1:
            unit = Limit(1, "workday" if limit.unit == "workday" else "day")
            return _midnight(self._day(unit, start, pauses, day))
        if whole < 1:
            return None
        if limit.unit != "workday":
            return due - timedelta(days=whole) * (100 - NEAR_SHARE) / 100
        minutes = whole * sum(b - a for a, b in self._calendar.minutes) * (100 - NEAR_SHARE) // 100
        close = self._calendar.minutes[-1][1]
        return _midnight((due - timedelta(seconds=1)).date()) + timedelta(minutes=close - minutes)

    def opening_after(self, day: date, pauses: Sequence[Pause]) -> datetime:
        """When offices open on the next working day that counts."""
        day += timedelta(days=1)
        while not self._calendar.is_workday(day):
            day += timedelta(days=1)
        return _midnight(day) + timedelta(minutes=self._calendar.minutes[0][0])


@lru_cache(maxsize=2)
def _count_by(calendar: Calendar) -> _Count:
    return _Count(calendar)


def _stands_still(pause: Pause, day: date) -> bool:
    """The day a pause begins is still used, the day it ends is not."""
    return pause.start.astimezone(CHINA).date() < day and (
        pause.end is None or day <= pause.end.astimezone(CHINA).date()
    )


def _months(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    for last in (31, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("no month is shorter than 28 days")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), CHINA)


def levels(found: Mapping[tuple[str, str], int]) -> list[tuple[str, str, int]]:
    """The findings in a fixed order."""
    return sorted((rule, episode, level) for (rule, episode), level in found.items())
