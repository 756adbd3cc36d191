"""Which cases the demo city has: how many of each matter, by which plot, begun how long ago. Pure and the same every time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random

from tongban.base.calendar import CHINA, Calendar
from tongban.engine.definition import Definition
from tongban.project.demo.plots import PLOTS, Plot
from tongban.project.demo.telling import working

#: How many ordinary cases the busiest matters have in these weeks; every other matter has FEW.
BUSY: Mapping[str, int] = {
    "gtdj": 24, "spjy": 28, "gjjzf": 18, "gsdj": 16, "bdczy": 20, "ybyd": 16, "jzz": 18, "hkcs": 10, "sbzy": 12, "psxk": 10,
    "gjjgf": 10, "gzf": 8, "sbk": 8, "qtba": 6, "jhdj": 8, "ybcb": 5, "sfzb": 8, "sbcb": 4, "fply": 4, "qsns": 6,
    "cfcy": 4, "jcsp": 6, "jcaq": 3, "xfjc": 6, "dlhy": 4, "syjj": 6, "ldzy": 5, "jfgl": 5, "yszc": 4,
}  # fmt: skip
FEW = 2
#: Matters whose story is told by hand below, or that take no cases any more.
NOT_BY_NUMBER = frozenset({"zszy", "canguan"})

#: One of each course a case can take, and the matter it befalls.
TOLD: Sequence[tuple[str, str]] = (
    ("spjy", "waiting_for_correction"), ("spjy", "corrected"), ("spjy", "corrected"), ("spjy", "corrected_in_review"),
    ("spjy", "inspecting"), ("spjy", "inspecting"), ("spjy", "inspected"), ("spjy", "inspected"), ("spjy", "denied"),
    ("spjy", "withdrawn"), ("spjy", "sent_back"), ("spjy", "extended"), ("spjy", "late_step"), ("spjy", "silent"),
    ("spjy", "missed_notice"), ("spjy", "never_answered"), ("spjy", "refused"), ("spjy", "lapsed"), ("spjy", "near_limit"),
    ("spjy", "overdue"), ("spjy", "overdue"), ("spjy", "past_law"), ("spjy", "handed_on"), ("spjy", "cosigned"),
    ("spjy", "entered_late"), ("spjy", "late_delivery"), ("spjy", "disputed"),
    ("psxk", "inspecting"), ("psxk", "inspected"), ("psxk", "waiting_for_correction"), ("psxk", "overdue"),
    ("ypls", "inspecting"), ("ylzy", "inspected"), ("lmcf", "inspected"), ("ylcs", "heard"), ("mbxx", "smooth"), ("mbxx", "stalled"),
    ("gcgh", "heard"), ("gcgh", "corrected_in_review"), ("hpbg", "heard"), ("hpbg", "extended"), ("sgxk", "past_law"), ("sgxk", "late"),
    ("bdczy", "corrected"), ("bdczy", "near_limit"), ("bdczy", "overdue"), ("bdczy", "late"), ("bdcdy", "late"),
    ("jzz", "waiting_for_correction"), ("jzz", "corrected"), ("jzz", "near_limit"), ("jzz", "late_step"),
    ("gzf", "denied"), ("gzf", "corrected_in_review"), ("gzf", "stalled"), ("gzf", "late_step"),
    ("sbzy", "sent_back"), ("sbzy", "refused"), ("sbzy", "extended"), ("jfdb", "denied"), ("jfdb", "corrected"), ("jfls", "silent"),
    ("gsrd", "heard"), ("gsrd", "terminated"), ("hwgg", "denied"), ("ldzy", "silent"), ("ldzy", "withdrawn"), ("dlhy", "overdue"),
    ("yszc", "never_answered"), ("syjj", "missed_notice"), ("ysbz", "late_step"), ("yqbz", "inspecting"), ("ydbz", "overdue"),
    ("rlzy", "late_delivery"), ("stdj", "corrected_in_review"), ("cydk", "entered_late"), ("flyzs", "refused"), ("crzm", "handed_on"),
    ("gtdj", "delayed_instant"), ("gjjzf", "delayed_instant"), ("gtdj", "refused"), ("ybyd", "refused"),
    ("cfcy", "weighty"), ("cfcy", "unpunished"), ("cfzd", "by_office"), ("cfzd", "by_office"), ("cfsg", "by_office"),
    ("cfpw", "by_office"), ("cfcx", "by_office"), ("cfcx", "weighty"), ("qzcf", "by_office"), ("qzcf", "by_office"), ("qzzk", "by_office"),
)  # fmt: skip
#: Cases of the two demo residents, so that signing in shows something of every state.
OWNED: Sequence[tuple[str, str, str]] = (
    ("zhangyuan", "jzz", "waiting_for_correction"), ("zhangyuan", "gtdj", "smooth"), ("zhangyuan", "gjjzf", "smooth"),
    ("zhangyuan", "hkcs", "smooth"), ("zhangyuan", "bdczy", "corrected"), ("zhangyuan", "gzf", "denied"),
    ("shiwei", "spjy", "inspecting"), ("shiwei", "psxk", "near_limit"), ("shiwei", "hwgg", "denied"), ("shiwei", "gsdj", "smooth"),
    ("shiwei", "sbcb", "smooth"), ("shiwei", "spjy", "withdrawn"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Story:
    """One case to tell: the matter, the plot, when it begins and by which channel."""

    matter: str
    plot: str
    start: datetime
    channel: str
    owner: str = ""


def plan(definitions: Mapping[str, Definition], rng: Random, present: datetime) -> Iterator[Story]:
    """Every story, in no particular order."""
    for matter, plot in TOLD:
        yield _story(matter, plot, definitions[matter], rng, present)
    for owner, matter, plot in OWNED:
        yield replace(_story(matter, plot, definitions[matter], rng, present, web=True), owner=owner)
    for matter, definition in definitions.items():
        if matter in NOT_BY_NUMBER:
            continue
        for _ in range(BUSY.get(matter, FEW)):
            plot = "by_office" if definition.terms.by_office else "smooth"
            yield _story(matter, plot, definition, rng, present)


def _story(
    matter: str, name: str, definition: Definition, rng: Random, present: datetime, *, web: bool = False
) -> Story:
    plot = PLOTS[name]
    age = _age(name, plot, definition, rng)
    calendar = definition.calendar
    channel = plot.channel or ("office" if definition.terms.by_office else rng.choices(("web", "counter", "mobile"), (55, 30, 15))[0])
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
        return 0.2 + 36 * rng.random() ** 1.8
    low, high = plot.age
    return rng.triangular(low, high, low + (high - low) * 0.35)


def begin(calendar: Calendar, present: datetime, age: float, rng: Random, *, office_hours: bool) -> datetime:
    """A moment so many working days ago; from the web also in the evening or at the weekend before."""
    whole, part = int(age), age - int(age)
    base = calendar.W(present.date())
    day = calendar.D(max(1, base - whole))
    at = working(calendar, datetime.combine(day, time(9), CHINA), rng.triangular(4, 370, 110 + 160 * (1 - part)))
    if not office_hours and rng.random() < 0.25 and whole > 1:
        evening = datetime.combine(day, time(rng.randint(18, 21), rng.randint(0, 59), rng.randint(0, 59)), CHINA)
        at = evening - timedelta(days=1)
    return min(at, present - timedelta(minutes=rng.randint(6, 50))) if at > present else at


def _workdays(amount: int, unit: str) -> int:
    return {"workday": amount, "day": max(1, amount * 5 // 7), "month": amount * 21}.get(unit, amount)
