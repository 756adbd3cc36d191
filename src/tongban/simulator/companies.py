"""Several cases that are a fault only together (研判): one applicant again and again, one hand for one applicant, a crowded hour.

A company stands at fixed places of the year, so that case `n` knows its part without asking the others. Its people are
nobody else's, its days lie early in the year. What must be found of it is counted for the whole year by `recount`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from tongban.base.calendar import CHINA, Calendar
from tongban.engine.definition import Definition
from tongban.project.demo.plots import PLOTS
from tongban.project.demo.telling import Staff
from tongban.simulator.life import Life

#: Places of the first company in the year, and after how many cases all come again.
FIRST, EVERY = 536, 4096
PEOPLE = 1_000_000  # their numbers begin here, beyond the town's


@dataclass(frozen=True, slots=True)
class Company:
    """Cases that belong together: how many, in which matters, when each begins, and its course by its place among them."""

    rule: str
    size: int
    fits: Callable[[Definition, Staff], bool]
    begins: Callable[[int], timedelta]  # after the first, at nine
    tell: Callable[[Life, int], None]
    one_person: bool = True
    web: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One case's part in a company. `turn` counts the companies of that kind, `place` the cases in it."""

    company: Company
    turn: int
    place: int

    def rng(self, seed: int) -> Random:
        """Chance that all of the company share."""
        return Random(f"{seed} company {self.company.rule} {self.turn}")  # noqa: S311 -- a story, not a secret

    def person(self) -> int:
        """The number of the applicant."""
        own = 0 if self.company.one_person else self.place
        return PEOPLE + (self.turn * len(COMPANIES) + COMPANIES.index(self.company)) * 100 + own

    def start(self, calendar: Calendar, first: date, last: date) -> datetime:
        """When the case is applied for."""
        room = max(1, (last - first).days - 130)
        day = first + timedelta(days=3 + self.turn * 11 % room) + self.company.begins(self.place)
        if not calendar.is_workday(day):
            day = calendar.D(calendar.W(day) + 1)
        return datetime.combine(day, time(9, 5 + self.place), CHINA)


def part(n: int) -> Part | None:
    """The part of case `n`, if it has one."""
    turn, place = divmod(n - FIRST, EVERY)
    if turn < 0:
        return None
    for company in COMPANIES:
        if place < company.size:
            return Part(company, turn, place)
        place -= company.size
    return None


# the courses


def _tries(t: Life, place: int) -> None:
    """R04: refused twice, granted the third time."""
    PLOTS["refused" if place < 2 else "smooth"].tell(t)


def _smooth(t: Life, _: int) -> None:
    PLOTS["smooth"].tell(t)


def _crowd(t: Life, _: int) -> None:
    """S01: what came during the day is all done in its last hour."""
    t.apply()
    t.at = datetime.combine(t.at.date(), time(16, t.rng.randrange(3, 9)), t.at.tzinfo)
    task = next(x for x in t.state.open_tasks if t.node(x).duty == "accept")
    t.do("accept", t.clerk(task.post))
    t.walk()


def _alike(t: Life, place: int) -> None:
    """J03: twelve fined much the same, and the last, for the same, as much as can be."""
    t.apply()
    task = t.walk_to("decide")
    t.at = max(t.at, t.planned(task))
    band = t.defn.terms.discretion["bands"][2]
    low, high = Decimal(str(band["min"])), Decimal(str(band["max"]))
    amount = high if place == JUDGED - 1 else low + (high - low) * (place % 3 + 1) / 100
    who = t.clerk(task.post, [x.by for x in t.state.tasks if x.node in t.node(task).apart_from])
    t.do(
        "complete", who, task=task.no, outcome="granted", opinion="同意。", band=band["level"], amount=f"{amount:f}",
        circumstances=[band["circumstances"][0]],
    )  # fmt: skip
    t.walk()


JUDGED = 13


def _short(defn: Definition, staff: Staff) -> bool:
    """Soon done, and on every post there are several to choose from."""
    promised, nodes = defn.terms.promised, defn.flow.nodes
    posts = [node.post for node in nodes.values() if node.kind == "human" and node.post]
    soon = promised is not None and promised.unit == "workday" and 5 <= promised.amount <= 7
    licensed = not defn.terms.by_office and not defn.terms.instant and "review" in nodes and "accept" in nodes
    return soon and licensed and all(len(staff.get(post, ())) > 1 for post in posts[:2])


def _on_the_spot(defn: Definition, _: Staff) -> bool:
    return defn.terms.instant and not defn.terms.by_office and "accept" in defn.flow.nodes


def _banded(defn: Definition, _: Staff) -> bool:
    bands = defn.terms.discretion.get("bands", ())
    return "investigate" in defn.flow.nodes and len(bands) > 2 and bool(bands[2].get("circumstances"))


def _together(_: int) -> timedelta:
    return timedelta()


COMPANIES = (
    Company("R04", 3, _short, lambda place: timedelta(days=4 * place), _tries),
    Company("R02", 6, _short, lambda place: timedelta(days=place), _smooth),
    Company("R03", 1, _short, _together, _smooth),
    Company("S01", 24, _on_the_spot, _together, _crowd, one_person=False, web=False),
    Company(
        "J03", JUDGED, _banded, lambda place: timedelta(days=75 if place == JUDGED - 1 else place), _alike,
        one_person=False, web=False,
    ),
)  # fmt: skip
