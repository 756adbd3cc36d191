"""One case as it is lived: a tale of the demo city at the pace of its office, with its faults written down. Pure."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from random import Random
from typing import Any

from msgspec import structs

from tongban.engine.definition import Definition
from tongban.engine.state import Limit, State, Task
from tongban.project.demo import words
from tongban.project.demo.telling import Present, Staff, Tale, working
from tongban.simulator.habits import Habit

#: Working days without a word after which even an idle office writes a remark (rule T13 asks after five).
QUIET_DAYS = 3
#: Working minutes that an on-the-spot matter needs before the office closes, so that it is done the same day.
ON_THE_SPOT = 75


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault put into the case on purpose: the finding that must come of it."""

    rule: str
    episode: str
    level: int


class Life(Tale):
    """A tale that keeps the pace of its office and the account of what was planted in it."""

    def __init__(
        self, *, defn: Definition, form: Mapping[str, Any], materials: Mapping[str, str], applicant_kind: str,
        matter: str, unit: str, channel: str, kind: str, staff: Staff, rng: Random, start: datetime, present: datetime,
        habit: Habit, posts: frozenset[str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            defn=defn, form=form, materials=materials, applicant=None, applicant_kind=applicant_kind, matter=matter,
            unit=unit, channel=channel, kind=kind, staff=staff, rng=rng, start=start, present=present, posts=posts,
        )  # fmt: skip
        self.habit = habit
        self.planted: list[Planted] = []
        self.calm = (
            False  # nothing is left lying: what stops the clock is not told of cases that are late already
        )
        self.meant: set[str] = set()  # rules about time that a planter set out to break
        self.posts: dict[int, str] = {}  # deeds done under another post than the step's
        self.wrong_id = False
        self.watched = False  # something is still to be seen of it after its end
        self.settling: list[Callable[[], None]] = []  # what a fault has come to is known at the end
        self._ease = allowed(defn.terms.promised)

    def plant(self, rule: str, episode: str, level: int) -> None:
        """Note a fault that has just been committed."""
        self.planted.append(Planted(rule, episode, level))

    def live(self, course: Callable[["Life"], None]) -> None:
        """Let the course run as far as the present allows, time after it, and settle what was planted."""
        with suppress(Present):
            course(self)
        self.passes(self.present)
        for settle in self.settling:
            settle()

    def do(self, type_: str, who: int | None, **data: Any) -> State:
        """As Tale.do; what is entered later is remembered with the step it finished."""
        state = super().do(type_, who, **data)
        recorded = self.deeds[-1].recorded
        if recorded is not None:
            at = self.deeds[-1].at
            tasks = tuple(structs.replace(t, recorded=recorded) if t.done == at else t for t in state.tasks)
            self.state = state = structs.replace(state, tasks=tasks)
        return state

    def same_hand(self, pick: float) -> None:
        """Have the steps done by the same people as other cases that were given this number."""
        self._pick = pick

    # pace

    def accept(self) -> None:
        """受理; what is done on the spot is begun early enough in the day to be finished on it."""
        if not self.defn.terms.instant:
            super().accept()
            return
        self.work(self.rng.uniform(2, 12))
        self.until_there_is_time()
        task = next(t for t in self.state.open_tasks if self.node(t).duty == "accept")
        self.do("accept", self.clerk(task.post))

    def until_there_is_time(self, minutes: int = ON_THE_SPOT) -> None:
        """Wait for the next morning where less than that is left of the office's day."""
        close = self.calendar.minutes[-1][1]
        begun = working(self.calendar, self.at, 0)
        if close - (begun.hour * 60 + begun.minute) < minutes:
            day = self.calendar.D(self.calendar.W(begun.date()) + 1)
            begun = datetime.combine(day, time(9, self.rng.randrange(3, 50)), begun.tzinfo)
        self.at = begun

    def rest(self, days: float) -> None:
        """Let working days pass; of long waits there is a remark now and then."""
        while days > QUIET_DAYS:
            super().rest(QUIET_DAYS - 0.5)
            days -= QUIET_DAYS - 0.5
            self.passes(self.at)
            if self.state.phase == "closed":
                break
            self._remark()
        super().rest(days)

    def planned(self, task: Task) -> datetime:
        """When the office will come to a task."""
        if task.no not in self._planned:
            self._planned[task.no] = self._when(task, None)
        return self._planned[task.no]

    def _go_on_until(self, then: datetime) -> None:
        """Time passes until `then`, never so long that nothing is heard of the case."""
        calendar, last = self.calendar, self.deeds[-1].at if self.deeds else self.at
        while calendar.W(then.date()) - calendar.W(max(last, self.at).date()) > QUIET_DAYS:
            day = calendar.D(calendar.W(max(last, self.at).date()) + QUIET_DAYS)
            self.at = datetime.combine(
                day, time(self.rng.choice((9, 10, 14, 15)), self.rng.randrange(60)), then.tzinfo
            )
            self._remark()
            last = self.at
        self.at = max(self.at, then)

    def _remark(self) -> None:
        tasks = self.waiting()
        post = tasks[0].post if tasks else self.first_post()
        self.do("note", self.clerk(post), text=words.one_of("notes", self.rng))

    def _when(self, task: Task, slow: float | None) -> datetime:
        limit = task.limit
        if slow is not None:
            return super()._when(task, slow)
        begun = max(task.opened, self.at)
        if self.defn.terms.instant or limit is None:
            return working(self.calendar, begun, self.rng.uniform(3, 16))
        days = limit.amount if limit.unit == "workday" else limit.amount * 5 / 7
        low, high = self.habit.pace
        share = self.rng.uniform(low, high)
        if self.rng.random() < self.habit.late and not self.calm:
            share = self.rng.uniform(1.2, 3.2)  # left lying
            self.meant.add("T04")
            return working(self.calendar, begun, days * 390 * share)
        if not limit.counted:
            return working(self.calendar, begun, min(days, 1.0) * 390 * min(share, 0.6))
        return working(self.calendar, begun, days * 390 * share * self._ease)


def allowed(promised: Limit | None) -> float:
    """The share of each step's limit that can be used up without the case coming near its promised limit."""
    if promised is None or promised.amount < 1:
        return 0.6
    whole = promised.amount * (30 if promised.unit == "month" else 1)
    day = min(-(-whole * 9 // 10), whole - 1)  # from the beginning of this day a warning is due
    if day <= 1:
        return 0.5
    return 0.92 * (day - 1) / whole
