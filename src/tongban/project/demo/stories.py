"""Which cases the demo city has (data/cases.json): of which matter, by which plot, begun how long ago. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random

from tongban.base.calendar import CHINA, Calendar
from tongban.engine.definition import Definition
from tongban.project.demo.plots import PLOTS, Plot
from tongban.project.demo.tables import table
from tongban.project.demo.telling import working

#: Matters whose stories are told elsewhere (joint.py), or that take no cases any more.
NOT_BY_NUMBER = frozenset({"zszy", "canguan"})


@dataclass(frozen=True, slots=True)
class Story:
    """One case to tell: the matter, the plot, when it begins and by which channel."""

    matter: str
    plot: str
    start: datetime
    channel: str
    owner: str = ""


def plan(
    definitions: Mapping[str, Definition], rng: Random, present: datetime, *, ordinary: bool = True
) -> Iterator[Story]:
    """Every story, in no particular order; without the ordinary ones, only those told by hand."""
    courses = table("cases.json")
    for told in courses["told"]:
        matter, owner = told["matter"], told.get("owner", "")
        story = _story(matter, told["plot"], definitions[matter], rng, present, web=bool(owner))
        yield replace(story, owner=owner)
    for matter, definition in definitions.items():
        if matter in NOT_BY_NUMBER or not ordinary:
            continue
        for _ in range(courses["ordinary"].get(matter, courses["ordinary_elsewhere"])):
            plot = "by_office" if definition.terms.by_office else "smooth"
            yield _story(matter, plot, definition, rng, present)


def looked_at_first(definitions: Mapping[str, Definition], rng: Random, present: datetime) -> Iterator[Story]:
    """Cases that begin with 预受理, where the matter promises it."""
    for told in table("cases.json")["looked_at_first"]:
        yield _story(told["matter"], told["plot"], definitions[told["matter"]], rng, present, web=True)


def _story(
    matter: str, name: str, definition: Definition, rng: Random, present: datetime, *, web: bool = False
) -> Story:
    plot = PLOTS[name]
    age = _age(name, plot, definition, rng)
    calendar = definition.calendar
    channel = plot.channel or (
        "office" if definition.terms.by_office else rng.choices(("web", "counter", "mobile"), (55, 30, 15))[0]
    )
    channel = "web" if web else {"office": "counter", "mobile": "web"}.get(channel, channel)
    return Story(matter, name, begin(calendar, present, age, rng, office_hours=channel != "web"), channel)


def _age(name: str, plot: Plot, definition: Definition, rng: Random) -> float:
    promised, statutory = definition.terms.promised, definition.terms.statutory
    days = _workdays(promised.amount, promised.unit) if promised else 3
    law = _workdays(statutory.amount, statutory.unit) if statutory else 20
    if name == "near_limit":
        return days + 0.1
    if name == "overdue":
        return days + rng.uniform(1.6, 2.4)
    if name == "past_law":
        return law + rng.uniform(1.6, 3)
    if name == "stalled":
        return days * 0.7
    if name == "smooth" and not definition.terms.instant:
        return 0.2 + 36.0 * float(rng.random() ** 1.8)
    low, high = plot.age
    return rng.triangular(low, high, low + (high - low) * 0.35)


def begin(calendar: Calendar, present: datetime, age: float, rng: Random, *, office_hours: bool) -> datetime:
    """A moment so many working days ago; from the web also in the evening or at the weekend before."""
    whole, part = int(age), age - int(age)
    base = calendar.W(present.date())
    day = calendar.D(max(1, base - whole))
    at = working(
        calendar, datetime.combine(day, time(9), CHINA), rng.triangular(4, 370, 110 + 160 * (1 - part))
    )
    if not office_hours and rng.random() < 0.25 and whole > 1:
        evening = datetime.combine(
            day, time(rng.randint(18, 21), rng.randint(0, 59), rng.randint(0, 59)), CHINA
        )
        at = evening - timedelta(days=1)
    return min(at, present - timedelta(minutes=rng.randint(6, 50))) if at > present else at


def _workdays(amount: int, unit: str) -> int:
    return {"workday": amount, "day": max(1, amount * 5 // 7), "month": amount * 21}.get(unit, amount)
