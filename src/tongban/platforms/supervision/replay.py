"""All case rules asked again of every case of a period, in bulk: the very functions that watch live cases, and nothing written.

A case is looked at once, as it stands, about its whole life (`Facts.whole`); what a look at every step found is found again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import process_time
from typing import NamedTuple

from django.db.models import QuerySet

from tongban.base.calendar import CHINA, BeyondHorizon
from tongban.base.processes import pool
from tongban.engine.kinds import Facts
from tongban.engine.models import Case
from tongban.engine.queries import opened_cases
from tongban.engine.state import Finding
from tongban.engine.streams import facts_of, stretches
from tongban.platforms.supervision.figures import Period
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.queries import rule_books
from tongban.platforms.supervision.rules import STUDIES, RuleBook, examine, worst

#: Stretches of cases that each process takes in turn, so that all end at about the same time.
PIECES_EACH = 16
EXAMPLES = 20
TOLD_EACH = 500  # cases after which progress is told
NONE: frozenset[str] = frozenset()
Findings = dict[tuple[str, str], int]  # (rule, episode) -> worst level


class Judged(NamedTuple):
    """One case, and what the rules find of its whole life."""

    facts: Facts
    findings: tuple[Finding, ...]


def judged(cases: QuerySet[Case], now: datetime) -> Iterator[Judged]:
    """What all case rules find in these cases as of `now`, each by the rules of its last day (of today while it is open).

    Memory does not grow with the number of cases. A case that the calendar does not reach has no findings.
    """
    book_of = rule_books()
    for facts in facts_of(cases, now):
        yield Judged(facts, judge(facts, book_of(facts.state.closed or now)))


def judge(facts: Facts, book: RuleBook) -> tuple[Finding, ...]:
    """What all case rules find in one case's whole life by that book; nothing in a case that the calendar does not reach."""
    try:
        return examine(facts, book, NONE).findings
    except BeyondHorizon:
        return ()


def carded(facts: Facts, without: frozenset[str] = NONE) -> Findings:
    """The findings of case rules that stand in the chain of a case already, `without` some, each at its worst."""
    found: Findings = {}
    for key in facts.state.findings - without:
        rule, _, rest = key.partition("|")
        episode, _, level = rest.rpartition("|")
        if rule not in STUDIES:
            found[rule, episode] = max(int(level), found.get((rule, episode), 0))
    return found


def raised_by_orders(cases: QuerySet[Case]) -> Mapping[int, frozenset[str]]:
    """The findings that no rule made but an order that was not answered in time (督办逾期升牌), by case."""
    cards = Card.objects.filter(
        orders__raised_at__isnull=False, snapshot__has_key="raised", case__in=cases.order_by()
    )
    found: dict[int, frozenset[str]] = {}
    for case, rule, episode, level in cards.values_list("case_id", "rule", "episode", "level"):
        found[case] = found.get(case, NONE) | {f"{rule}|{episode}|{level}"}
    return found


@dataclass(slots=True)
class Tally:
    """What came of many cases: findings by (rule, level), and where they differ from those in the chains.

    `missing` stand in a chain and are not found again, `more` are found and do not stand there (or at another level).
    `raised` are no difference: an order that was not answered in time made them graver than the rule finds them.
    `seconds` are of one processor.
    """

    cases: int = 0
    found: Counter[tuple[str, int]] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    more: Counter[str] = field(default_factory=Counter)
    raised: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def take(self, one: Judged, raised: frozenset[str] = NONE) -> None:
        """Count one case, of whose findings some were `raised` by orders and not found by a rule."""
        self.cases += 1
        if not one.findings and not one.facts.state.findings:
            return
        again, before = worst(one.findings), carded(one.facts)
        for (rule, _), level in again.items():
            self.found[rule, level] += 1
        if again == before:
            return
        own = carded(one.facts, raised) if raised else before
        for place in again.keys() | before.keys():
            now, then = again.get(place), own.get(place)
            if now == before.get(place):
                continue
            if then != before.get(place):
                self.raised[place[0]] += 1
            if now == then:
                continue
            (self.missing if now is None else self.more)[place[0]] += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(f"{one.facts.number} {place[0]} {place[1]}: {then} -> {now}")

    def add(self, other: "Tally") -> None:
        """Take another tally in."""
        self.cases += other.cases
        self.seconds += other.seconds
        for mine, theirs in (
            (self.missing, other.missing),
            (self.more, other.more),
            (self.raised, other.raised),
        ):
            mine.update(theirs)
        self.found.update(other.found)
        self.examples = [*self.examples, *other.examples][:EXAMPLES]


def replay(
    period: Period,
    now: datetime | None = None,
    *,
    processes: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Tally:
    """Judge every case applied for in a period, by so many processes. For the operator, who answers for the whole house."""
    now = now or datetime.now(CHINA)
    cases, total = opened_cases(period.begin, period.end), Tally()
    if processes <= 1:
        _judge_all(cases, now, total, progress)
        return total
    with pool(processes) as hands:
        pieces = [(period, now, stretch) for stretch in stretches(cases, processes * PIECES_EACH)]
        for piece in hands.map(_piece, pieces):
            total.add(piece)
            if progress is not None:
                progress(piece.cases)
    return total


def _judge_all(
    cases: QuerySet[Case], now: datetime, total: Tally, progress: Callable[[int], None] | None = None
) -> None:
    begun, told = process_time(), 0
    raised = raised_by_orders(cases)
    for one in judged(cases, now):
        total.take(one, raised.get(one.facts.case_id, NONE))
        if progress is not None and total.cases - told >= TOLD_EACH:
            progress(total.cases - told)
            told = total.cases
    total.seconds += process_time() - begun
    if progress is not None:
        progress(total.cases - told)


def _piece(asked: tuple[Period, datetime, tuple[int, int]]) -> Tally:
    period, now, (first, last) = asked
    total = Tally()
    cases = opened_cases(period.begin, period.end).filter(pk__gte=first, pk__lte=last)
    _judge_all(cases, now, total)
    return total
