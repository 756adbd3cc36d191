"""The cases of a year, one by one: which matter, who, when, how it goes, and what is wrong with it.

Case `n` of a seed is the same whoever asks and in whatever order, so that several processes share a year.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import Any, TypeVar

from tongban.base.calendar import CHINA, load_calendar
from tongban.engine.definition import Definition
from tongban.engine.flow import GATHER
from tongban.engine.history import HistoryRecord, HistoryStep
from tongban.engine.numbering import case_number
from tongban.engine.state import State
from tongban.project.demo import forms
from tongban.project.demo.people import Firm, Person
from tongban.project.demo.plots import PLOTS
from tongban.project.demo.telling import Staff
from tongban.registry.identity import id_digest
from tongban.simulator.city import City, Offered
from tongban.simulator.companies import COMPANIES, Part, part
from tongban.simulator.faults import LOOKALIKES, PLANTERS, Planter
from tongban.simulator.habits import habit_of
from tongban.simulator.life import Life
from tongban.simulator.people import Passers, Town
from tongban.simulator.reckoning import drawn, levels, reckon
from tongban.simulator.recount import Told
from tongban.simulator.rhythm import Year

T = TypeVar("T")

#: Every so many cases one has a fault planted in it.
A_FAULT_EVERY = 16
#: Every so many times as many, one that looks like a fault and is none.
A_LOOKALIKE_EVERY = 4
#: Ordinary courses that break no rule, and how often each is taken by a case that could.
COURSES = {
    "smooth": 86.0, "corrected": 4.0, "corrected_in_review": 2.0, "inspected": 1.5, "heard": 0.8, "sent_back": 1.2,
    "cosigned": 1.2, "denied": 1.6, "refused": 1.2, "withdrawn": 1.2, "terminated": 0.3, "lapsed": 0.8,
}  # fmt: skip
#: Of these, those in which the clock stands still on the way.
STOPPING = frozenset({"corrected_in_review", "inspected", "heard"})
OFFICE_COURSES = {"by_office": 80.0, "weighty": 10.0, "unpunished": 10.0}
CALM_LIMIT = 5  # working days of promise from which an ordinary case can take a detour in time


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the manifest: a finding that the case must carry. `planted`: put in on purpose, not come of its pace."""

    case: str
    matter: str
    unit: str
    rule: str
    episode: str
    level: int
    planted: bool

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")) + "\n"


@dataclass(frozen=True, slots=True)
class Lived:
    """One case of the year: what is imported, and what must be found in it."""

    record: HistoryRecord
    faults: tuple[Fault, ...]
    intended: str  # rule that a planter or a company set out to break; "" for none
    offered: Offered
    state: State


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: a city from a first to a last day, so many cases, a seed."""

    city: str
    first: date
    last: date
    cases: int
    seed: int

    def key(self, n: int) -> str:
        """The key under which case `n`, from 0, is imported."""
        return f"simulated {self.city} {self.seed} {self.first}:{self.last} {n}"

    def number(self, n: int, at: datetime) -> str:
        """The number of case `n`: of a form of its own, so that it is the same in every database."""
        return case_number(self.mark, n, at)

    @property
    def mark(self) -> str:
        """What the numbers of this plan's cases begin with."""
        return f"M{sha256(self.key(-1).encode()).hexdigest()[:4].upper()}"

    @property
    def present(self) -> datetime:
        """The instant at which the story ends."""
        return datetime.combine(self.last, time(23, 59), CHINA)

    def keys(self) -> Iterator[str]:
        """The keys of all cases, in order."""
        return (self.key(n) for n in range(self.cases))


class Chronicle:
    """Tells the cases of a plan."""

    def __init__(self, plan: Plan, city: City) -> None:
        self.plan, self._city = plan, city
        self._year = Year(load_calendar(), plan.first, plan.last, plan.cases)
        self._town = Town(plan.seed, plan.cases)
        self._present, self._posts = plan.present, frozenset(city.staff)
        self._habits = {o.unit: habit_of(plan.seed, o.unit) for o in city.offered}
        self._weights = [_popularity(plan.seed, o) for o in city.offered]
        self._fitting = {
            p: [
                (o, w)
                for o, w in zip(city.offered, self._weights, strict=True)
                if o.apart == p.apart and p.fits(o.definition)
            ]
            for p in (*PLANTERS.values(), *LOOKALIKES)
        }
        self._lookalikes = [p for p in LOOKALIKES if self._fitting[p]]
        self._companies = {
            c: [o for o in city.offered if not o.apart and c.fits(o.definition, city.staff)]
            for c in COMPANIES
        }
        self._ordinary = _lot(
            [(o, w) for o, w in zip(city.offered, self._weights, strict=True) if not o.apart]
        )
        self._planters = [p for p in PLANTERS.values() if self._fitting[p]]
        self._lots = {p: self._lot_of(p) for p in self._fitting if self._fitting[p]}
        self._courses: dict[str, tuple[list[str], list[float]]] = {}

    def cases(self, first: int, last: int) -> Iterator[Lived]:
        """Cases `first` up to, not including, `last`."""
        for n in range(first, last):
            yield self.case(n)

    def case(self, n: int) -> Lived:
        """Case `n`, from 0."""
        mine = part(n)
        if mine is not None and self._companies.get(mine.company):
            return self._in_company(n, mine)
        rng = Random(f"{self.plan.seed} case {n}")  # noqa: S311 -- a story, not a secret
        planter = self._planter(n)
        offered = self._matter(rng, planter)
        channel = self._channel(rng, offered, planter)
        start = self._year.moment(n, rng, web=channel == "web")
        who, firm = self._applicant(rng, offered)
        life = self._life(n, offered, who, firm, channel, start, rng)
        if planter is not None:
            life.calm = not planter.rule
            life.live(planter.tell)
        else:
            course = self._course(rng, offered)
            life.calm = course in STOPPING
            life.live(PLOTS[course].tell)
        return self._lived(n, offered, life, who, firm, planter.rule if planter is not None else "")

    def several(self) -> frozenset[str]:
        """The posts that more than one person holds."""
        return frozenset(post for post, holders in self._city.staff.items() if len(holders) > 1)

    def _in_company(self, n: int, mine: Part) -> Lived:
        """A case that is a fault only together with others."""
        company, shared = mine.company, mine.rng(self.plan.seed)
        offered = shared.choice(self._companies[company])
        pick = shared.random()
        rng = Random(f"{self.plan.seed} case {n}")  # noqa: S311 -- a story, not a secret
        k = mine.person()
        by_firm = offered.definition.terms.by_office or "1" not in offered.content["service_objects"]
        firm = self._town.firm(k, sole=offered.definition.terms.by_office) if by_firm else None
        who = firm.legal if firm is not None else self._town.person(k)
        start = mine.start(offered.definition.calendar, self.plan.first, self.plan.last)
        life = self._life(n, offered, who, firm, "web" if company.web else "counter", start, rng)
        life.calm = True
        life.same_hand(pick)
        life.live(lambda t: company.tell(t, mine.place))
        return self._lived(n, offered, life, who, firm, company.rule)

    def _life(
        self,
        n: int,
        offered: Offered,
        who: Person,
        firm: Firm | None,
        channel: str,
        start: datetime,
        rng: Random,
    ) -> Life:
        passers = Passers(self.plan.seed, f"case {n}", n)
        form = forms.fill(offered.content, who, firm, passers, rng, start.date())
        return Life(
            defn=offered.definition, form=form, materials=_handed(offered, form, rng),
            applicant_kind="organisation" if firm else "person", matter=offered.key, unit=offered.unit,
            channel=channel, kind=_kind(offered.definition),
            staff=self._city.staff, rng=rng, start=start, present=self._present, habit=self._habits[offered.unit],
            posts=self._posts,
        )  # fmt: skip

    def _lived(
        self, n: int, offered: Offered, life: Life, who: Person, firm: Firm | None, intended: str
    ) -> Lived:
        record, faults = self._record(n, offered, life, who, firm), self._faults(n, offered, life)
        return Lived(record, faults, intended, offered, life.state)

    def _planter(self, n: int) -> Planter | None:
        turn, place = divmod(n, A_FAULT_EVERY)
        if place == A_FAULT_EVERY - 1 and self._planters:
            return self._planters[turn % len(self._planters)]
        if place == A_FAULT_EVERY // 2 and turn % A_LOOKALIKE_EVERY == 0 and self._lookalikes:
            return self._lookalikes[turn // A_LOOKALIKE_EVERY % len(self._lookalikes)]
        return None

    def _matter(self, rng: Random, planter: Planter | None) -> Offered:
        those, running = self._ordinary if planter is None else self._lots[planter]
        return rng.choices(those, cum_weights=running)[0]

    def _lot_of(self, planter: Planter) -> tuple[list[Offered], list[float]]:
        """The matters in which it can happen, rather those of units with that habit."""
        family = planter.rule[:1]
        return _lot(
            [(o, w * self._habits[o.unit].faults.get(family, 1.0)) for o, w in self._fitting[planter]]
        )

    def _channel(self, rng: Random, offered: Offered, planter: Planter | None) -> str:
        if planter is not None and planter.channel:
            return planter.channel
        if offered.definition.terms.by_office:
            return "counter"
        return rng.choices(("web", "counter"), (62, 38))[0]

    def _applicant(self, rng: Random, offered: Offered) -> tuple[Person, Firm | None]:
        objects = set(offered.content["service_objects"])
        office = offered.definition.terms.by_office
        by_firm = office or (bool(objects & {"2", "6"}) and ("1" not in objects or rng.random() < 0.35))
        k = int(self._town.size * rng.random() ** 1.6)  # some come often
        if not by_firm:
            return self._town.person(k), None
        firm = self._town.firm(k, sole=office)
        return firm.legal, firm

    def _course(self, rng: Random, offered: Offered) -> str:
        if offered.key not in self._courses:
            self._courses[offered.key] = _lot(list(self._likely(offered).items()))
        those, running = self._courses[offered.key]
        return rng.choices(those, cum_weights=running)[0]

    def _likely(self, offered: Offered) -> dict[str, float]:
        """The ordinary courses that a case of the matter can take, and how likely each is."""
        terms, nodes = offered.definition.terms, offered.definition.flow.nodes
        if terms.by_office:
            return dict(OFFICE_COURSES) if "investigate" in nodes else {"by_office": 1.0}
        if terms.instant or terms.promised is None or terms.promised.amount < CALM_LIMIT:
            return {"smooth": 90.0, "corrected": 4.0, "refused": 2.0}
        return {name: weight for name, weight in COURSES.items() if _can(name, offered, self._city.staff)}

    def _record(self, n: int, offered: Offered, life: Life, who: Person, firm: Firm | None) -> HistoryRecord:
        opening, *deeds = life.deeds
        number = firm.code if firm else who.id_number
        names = self._city.names
        steps = [
            HistoryStep(
                d.type, d.at, d.who, data=d.data, recorded=d.recorded, name=names.get(d.who or 0, ""),
                post=life.posts.get(i, ""),
            )
            for i, d in enumerate(deeds, 1)
        ]  # fmt: skip
        if life.state.phase != "closed" or life.watched:
            steps.append(HistoryStep("tick", self._present))
        return HistoryRecord(
            key=self.plan.key(n), offering_version=offered.version, applied=opening.at,
            applicant_name=firm.name if firm else who.name, form=life.form, steps=tuple(steps),
            materials=life.materials, applicant_kind="organisation" if firm else "person",
            id_type="uscc" if firm else "111", id_number=_misread(number) if life.wrong_id else number, by=opening.who,
            kind=life.kind, channel=life.channel, number=self.plan.number(n, opening.at),
            said={k: v for k, v in opening.data.items() if k not in ("materials", "kind")},
        )  # fmt: skip

    def _faults(self, n: int, offered: Offered, life: Life) -> tuple[Fault, ...]:
        def fault(rule: str, episode: str, level: int, *, planted: bool) -> Fault:
            return Fault(self.plan.key(n), offered.key, offered.unit, rule, episode, level, planted)

        number = self.plan.number(n, life.deeds[0].at)
        counted = levels(
            {
                **reckon(offered.definition, life.state, self._present),
                **drawn(offered.definition, life.state, number),
            }
        )
        return (
            *(fault(p.rule, p.episode, p.level, planted=True) for p in life.planted),
            *(fault(rule, ep, level, planted=rule in life.meant) for rule, ep, level in counted),
        )


def as_told(lived: Lived) -> Told:
    """A case as the recount of the studies takes it."""
    record = lived.record
    digest = id_digest(record.id_type, record.id_number)
    return Told(record.key, lived.offered.org, lived.offered.key, digest, lived.state)


def _kind(defn: Definition) -> str:
    if defn.terms.by_office:
        return "office"
    return "joint" if GATHER in defn.flow.nodes else "licence"


def _misread(number: str) -> str:
    """The number with its check character typed wrongly."""
    return number[:-1] + ("1" if number[-1] != "1" else "2")


def _lot(weighted: list[tuple[T, float]]) -> tuple[list[T], list[float]]:
    """What can be drawn, and the running totals of the weights, as `Random.choices` takes them."""
    return [one for one, _ in weighted], list(accumulate(weight for _, weight in weighted))


def _popularity(seed: int, offered: Offered) -> float:
    """How often a matter is applied for, against the others."""
    terms = offered.definition.terms
    often = 0.3 + Random(f"{seed} popularity {offered.key}").paretovariate(1.4)  # noqa: S311 -- a story
    if terms.instant:
        return min(often, 12.0) * 2.2
    if terms.by_office:
        return min(often, 6.0) * 0.4
    heavy = terms.promised is not None and terms.promised.amount >= 30
    return min(often, 12.0) * (0.15 if heavy else 1.0)


def _can(course: str, offered: Offered, staff: Staff) -> bool:
    nodes, special = offered.definition.flow.nodes, offered.definition.terms.special
    if course == "inspected":
        return "site" in nodes and bool(special)
    if course == "heard":
        return bool(special) and "check" in nodes
    if course == "cosigned" and f"{offered.unit}-FZ" not in staff:
        return False
    if course in ("sent_back", "cosigned", "withdrawn", "terminated", "denied"):
        return "check" in nodes
    return "review" in nodes


def _handed(offered: Offered, form: Any, rng: Random) -> dict[str, str]:
    """What comes with the application: everything necessary, some of it shared by other departments."""
    handed: dict[str, str] = {}
    sources = {m["key"]: m["source"] for m in offered.content["materials"]}
    for key, material in offered.definition.terms.materials.items():
        needed = material.necessity == "required" or (
            material.when is not None and material.when.test({"form": form})
        )
        if needed:
            handed[key] = "shared" if sources[key] == "政府部门核发" and rng.random() < 0.4 else "supplied"
        elif material.necessity == "later":
            handed[key] = "later"
    return handed
