"""The studies (研判) of a simulated year: asked of every day of it, and scored against what is counted anew."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from tongban.base.queries import current_calendar
from tongban.engine.history import opening_of
from tongban.platforms.supervision.models import Relation
from tongban.platforms.supervision.queries import midnight, rule_books
from tongban.platforms.supervision.rules import STUDIES
from tongban.platforms.supervision.studies import judge
from tongban.simulator import city, outside
from tongban.simulator.companies import COMPANIES, part
from tongban.simulator.recount import Expected, Told, recount
from tongban.simulator.scoring import Score
from tongban.simulator.year import Chronicle, Plan, as_told

#: Those that several cases of the year break together, and those broken outside its cases.
TOGETHER = tuple(sorted(c.rule for c in COMPANIES))
SCORED = (*TOGETHER, *outside.RULES)
RELATION = "申请人是本人的近亲属（模拟）"


def score_studies(plan: Plan, told: Sequence[Told] = ()) -> Score:
    """Ask the studies of every day of a written year, by the thresholds of those days, and score what they find.

    Who is to have a relation to an applicant declares it here first, for the days of the year only, and what goes wrong
    outside the cases is brought about. The year is told again where `told` are not its cases (`simulate`), which takes its
    time; it takes memory in any case: for years of up to some 100,000 cases.
    """
    town = city.read()
    chronicle = Chronicle(plan, town)
    told = told or [as_told(lived) for lived in chronicle.cases(0, plan.cases)]
    declared = _declare(plan, told)
    closing = current_calendar().minutes[-1][1] - 60
    due = recount(told, plan.last, closing, chronicle.several(), declared)
    due |= outside.report(plan, town) | outside.dead_laws(plan)
    made = _found(plan, [rule for rule in SCORED if rule != "N06"])
    with outside.altered(plan) as tampered:
        due |= tampered
        made |= _found(plan, ["N06"])
    score = Score()
    for rule in SCORED:
        score.planted[rule] += _planted(plan, rule, due)
        score.take(
            "the year",
            {(rule, f"{about} {ep}"): level for (r, about, ep), level in due.items() if r == rule},
            {(rule, f"{about} {ep}"): level for (r, about, ep), level in made.items() if r == rule},
        )
    return score


def _planted(plan: Plan, rule: str, due: Expected) -> int:
    """How many cases have a part in breaking the rule; of what is broken outside the cases, how many faults there are."""
    if rule in outside.RULES:
        return sum(1 for r, _, _ in due if r == rule)
    return sum((mine := part(n)) is not None and mine.company.rule == rule for n in range(plan.cases))


def _declare(plan: Plan, told: Sequence[Told]) -> list[tuple[int, str]]:
    pairs = []
    for n, case in enumerate(told):
        mine = part(n)
        if mine is not None and mine.company.rule == "R03" and case.state.accepted_by is not None:
            pairs.append((case.state.accepted_by, case.digest))
    for account, digest in pairs:
        Relation.objects.get_or_create(
            account_id=account, digest=digest, words=RELATION, valid=DateRange(plan.first, plan.last, "[]")
        )
    return pairs


def _found(plan: Plan, rules: Iterable[str]) -> Expected:
    """What the studies find, worst first, over all days; cases by the keys they were imported under, units by their ids."""
    found: dict[tuple[str, int | None, int, str], int] = {}
    book_of = rule_books()
    for rule in rules:
        study = STUDIES[rule]
        for day in _asked_on(plan, rule):
            for subject, finding in judge(study, day, book_of(midnight(day))):
                # one hand for one applicant: of the unit, as the latest of their cases changes with the day
                case = None if rule == "R02" else subject.case
                place = (rule, case, subject.org, finding["episode"])
                found[place] = max(finding["level"], found.get(place, 0))
    names = _keys(plan, {case for _, case, _, _ in found if case is not None})
    expected: Expected = {}
    for (rule, case, org, episode), level in found.items():
        if case is None:
            expected[rule, str(org), episode] = level
        elif case in names:
            expected[rule, names[case], episode] = level
    return expected


def _keys(plan: Plan, cases: set[int]) -> dict[int, str]:
    """The keys under which these cases were imported, of those that the plan has."""
    opened = {opening_of(plan.key(n)): plan.key(n) for n in range(plan.cases)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT case_id, id FROM engine_command WHERE case_id = ANY(%s)", [list(cases)])
        return {case: opened[command] for case, command in cursor.fetchall() if command in opened}


def _asked_on(plan: Plan, rule: str) -> Iterator[date]:
    """The days that a study is asked of: every day; the ends of months or quarters where it looks back on one.

    Guides, which change seldom, are looked through at the ends of quarters, the ledger on the last day.
    """
    if rule == "N06":
        return iter((plan.last,))
    ends = {"month": 1, "quarter": 3}.get(STUDIES[rule].window, 3 if rule == "N05" else 0)
    days = (plan.first + timedelta(days=i) for i in range((plan.last - plan.first).days + 1))
    return (day for day in days if not ends or day == plan.last or _ends(day, ends))


def _ends(day: date, months: int) -> bool:
    """Whether it is the last day of a month, or of so many together."""
    return (day + timedelta(days=1)).day == 1 and day.month % months == 0
