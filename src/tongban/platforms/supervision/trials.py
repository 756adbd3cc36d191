"""Trying a change on cases of the past before it is decided (试算, 假设推演): nothing is carded, everything is counted.

The very rule functions are asked twice of every case: by the thresholds that hold and by the ones proposed, or, of another
limit or calendar, of the case as it stood and as it would have stood (`whatif`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from procrastinate.contrib.django import app

from tongban.base import present
from tongban.base.calendar import CHINA, BeyondHorizon, with_days
from tongban.base.queries import current_calendar
from tongban.engine import kinds
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.streams import facts_of
from tongban.platforms.supervision.figures import Period
from tongban.platforms.supervision.models import Trial
from tongban.platforms.supervision.queries import rule_book, rule_books
from tongban.platforms.supervision.replay import NONE
from tongban.platforms.supervision.rules import (
    RULES,
    STUDIES,
    Rule,
    RuleBook,
    examine,
    thresholds_problem,
    worst,
)
from tongban.platforms.supervision.studies import judge_with
from tongban.platforms.supervision.whatif import (
    PURPOSES,
    UNITS,
    CalendarChange,
    LimitChange,
    change_from,
    under,
)
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account

AT_ONCE = 300  # cases that are looked at while the page waits; more go to the worker
EACH = 200  # cases after which progress is written down
SHOWN = 200  # differing cases that are kept by name
LONGEST = 400  # days
MOST_AMOUNT, MOST_PERCENT, MOST_DAYS = 365, 300, 60


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that is tried: a rule, its thresholds, and for whom."""

    rule: str
    thresholds: Mapping[str, int]
    enabled: bool = True
    org: int | None = None
    matter: int | None = None


@dataclass(frozen=True, slots=True)
class Supposition:
    """Another limit or calendar that is tried, and for whom."""

    change: LimitChange | CalendarChange
    org: int | None = None
    matter: int | None = None
    note: str = ""


def suppose(account: Account, supposition: Supposition, first: date, last: date) -> Trial:
    """Try another limit or calendar on the cases applied for in these days, by all case rules.

    Raises Refused: not_permitted, change_invalid, period_invalid.
    """
    _may_try(account, first, last)
    change = supposition.change
    if problem := _change_problem(change, supposition.matter):
        raise Refused("change_invalid", problem)
    return _begun(
        Trial.objects.create(
            what=Trial.What.LIMIT if isinstance(change, LimitChange) else Trial.What.CALENDAR, change=change.told(),
            note=supposition.note[:200], thresholds={}, org_id=supposition.org, matter_id=supposition.matter,
            first=first, last=last, asked_by=account,
        )
    )  # fmt: skip


def propose(account: Account, proposal: Proposal, first: date, last: date) -> Trial:
    """Try a change of thresholds on the cases applied for in these days. Short ones are done on return, long ones by the worker.

    Raises Refused: not_permitted, rule_unknown, thresholds_invalid, period_invalid.
    """
    _may_try(account, first, last)
    rule = RULES.get(proposal.rule)
    if rule is None:
        raise Refused("rule_unknown", f"没有规则 {proposal.rule}。")
    if problem := thresholds_problem(rule, proposal.thresholds):
        raise Refused("thresholds_invalid", problem)
    return _begun(
        Trial.objects.create(
            rule=rule.id, thresholds=dict(proposal.thresholds), enabled=proposal.enabled, org_id=proposal.org,
            matter_id=proposal.matter, first=first, last=last, asked_by=account,
        )
    )  # fmt: skip


def _may_try(account: Account, first: date, last: date) -> None:
    if not scopes_for(account).of("supervise").admits(None):
        raise Refused("not_permitted", "只有对全部单位有监察权限的人员可以试算。")
    if last > present.now().date():
        raise Refused("period_invalid", "试算用已经申请的办件，时间最晚到今天。", detail={"field": "last"})
    if not 0 <= (last - first).days <= LONGEST:
        raise Refused("period_invalid", f"试算的时间应在一天到{LONGEST}天之间。", detail={"field": "first"})


def _change_problem(change: LimitChange | CalendarChange, matter: int | None) -> str:
    """Why this cannot be tried, in a sentence; "" when it can."""
    if isinstance(change, LimitChange):
        if change.purpose not in PURPOSES or change.unit not in UNITS:
            return "没有这种期限。"
        if bool(change.amount) == bool(change.percent):
            return "请填新的期限，或者填原来期限的百分之几，只填一项。"
        if not 0 <= change.amount <= MOST_AMOUNT or not 0 <= change.percent <= MOST_PERCENT:
            return f"期限最多 {MOST_AMOUNT}，百分比最多 {MOST_PERCENT}。"
        if change.amount and matter is None:
            return "各事项的期限不同：定一个新的期限，请指明事项；对全部事项，请填百分比。"
        return ""
    if not (change.off or change.work):
        return "请至少填一个改为放假或者改为上班的日子。"
    if change.off & change.work:
        return "同一天不能既放假又上班。"
    if len(change.off) + len(change.work) > MOST_DAYS:
        return f"一次最多改 {MOST_DAYS} 天。"
    try:
        with_days(current_calendar(), change.off, change.work)
    except BeyondHorizon as beyond:
        return str(beyond)
    return ""


def _begun(trial: Trial) -> Trial:
    trial.cases = _cases(trial).count()
    trial.save(update_fields=["cases"])
    if trial.cases <= AT_ONCE:
        carry_out(trial.pk)
        trial.refresh_from_db()
    else:
        transaction.on_commit(lambda: try_out.defer(trial_id=trial.pk))
    return trial


# the alias: as it is called in queues from before it stood here
@app.task(aliases=["tongban.platforms.supervision.tasks.try_out"])
def try_out(trial_id: int) -> None:
    """As a job in the background: a change tried on many cases."""
    carry_out(trial_id)


def carry_out(trial_id: int) -> None:
    """Do it: memory does not grow with the number of cases; progress is written down on the way."""
    trial = Trial.objects.get(pk=trial_id)
    if trial.status in (Trial.Status.DONE, Trial.Status.FAILED):
        return
    Trial.objects.filter(pk=trial_id).update(status=Trial.Status.RUNNING)
    try:
        outcome = _outcome(trial)
    except BaseException:
        Trial.objects.filter(pk=trial_id).update(status=Trial.Status.FAILED)
        raise
    Trial.objects.filter(pk=trial_id).update(
        status=Trial.Status.DONE, looked=trial.cases, outcome=outcome.told()
    )


def _outcome(trial: Trial) -> "_Count":
    if trial.what != Trial.What.RULE:
        return _cases_otherwise(trial)
    return _study(trial) if trial.rule in STUDIES else _cases_again(trial)


class _Count:
    """What both ways of judging came to."""

    def __init__(self) -> None:
        self.before: Counter[int] = Counter()
        self.after: Counter[int] = Counter()
        self.units: dict[int, list[int]] = {}
        self.rules: dict[str, list[int]] = {}
        self.moves: Counter[tuple[int, int]] = (
            Counter()
        )  # (level now, level by what is tried) of what differs; 0: none
        self.differing: list[dict[str, Any]] = []
        self.more = 0

    def take(
        self, org: int, number: str, was: Mapping[str, int], would: Mapping[str, int], words: str
    ) -> None:
        """One case (or unit): the level of each episode by the thresholds in force and by the proposed ones."""
        for level in was.values():
            self.before[level] += 1
        for level in would.values():
            self.after[level] += 1
        if was or would:
            unit = self.units.setdefault(org, [0, 0])
            unit[0] += len(was)
            unit[1] += len(would)
        for place in was.keys() | would.keys():
            if (move := (was.get(place, 0), would.get(place, 0)))[0] != move[1]:
                self.moves[move] += 1
        if was != would:
            if len(self.differing) < SHOWN:
                now, then = max(was.values(), default=0), max(would.values(), default=0)
                self.differing.append(
                    {"number": number, "org": org, "was": now, "would": then, "words": words}
                )
            else:
                self.more += 1

    def told(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "before": [self.before[n] for n in (1, 2, 3)],
            "after": [self.after[n] for n in (1, 2, 3)],
            "moves": sorted([now, then, n] for (now, then), n in self.moves.items()),
            "units": sorted(
                ([org, *both] for org, both in self.units.items()), key=lambda u: -abs(u[2] - u[1])
            ),
            "rules": sorted([rule, *both] for rule, both in self.rules.items()),
            "differing": self.differing,
            "more": self.more,
        }


def _cases(trial: Trial) -> Any:
    """Cases applied for in the period, of the proposal's scope, that who asked supervises."""
    period = Period(trial.first, trial.last)
    rows = (
        Case.objects.visible_to(trial.asked_by, "supervise")
        .filter(opened_at__gte=period.begin, opened_at__lt=period.end)
        .exclude(kind="register")
    )
    if trial.org_id is not None:
        rows = rows.filter(org_id=trial.org_id)
    if trial.matter_id is not None:
        rows = rows.filter(matter_id=trial.matter_id)
    return rows


def _cases_again(trial: Trial) -> _Count:
    rule, count, now = RULES[trial.rule], _Count(), datetime.now(CHINA)
    book_of = rule_books()
    for n, facts in enumerate(facts_of(_cases(trial), now), start=1):
        entry = book_of(facts.state.closed or now).entry(rule, facts.org, facts.matter)
        was, said = _levels(rule, facts, entry.thresholds) if entry.enabled else ({}, "")
        would, words = _levels(rule, facts, trial.thresholds) if trial.enabled else ({}, "")
        count.take(facts.org, facts.number, was, would, words or said)
        if n % EACH == 0:
            Trial.objects.filter(pk=trial.pk).update(looked=n)
    return count


def _cases_otherwise(trial: Trial) -> _Count:
    """All case rules asked of every case as it stood, and as it would have stood."""
    count, now, book_of = _Count(), datetime.now(CHINA), rule_books()
    changed = under(change_from(trial.what, trial.change))
    for n, facts in enumerate(facts_of(_cases(trial), now), start=1):
        book = book_of(facts.state.closed or now)
        was, said = _found(facts, book)
        try:
            would, words = _found(changed(facts), book)
        except BeyondHorizon:
            would, words = was, said
        for which, found in enumerate((was, would)):
            for place in found:
                count.rules.setdefault(place.partition("|")[0], [0, 0])[which] += 1
        other = next((p for p in (*would, *was) if would.get(p) != was.get(p)), "")
        count.take(facts.org, facts.number, was, would, words.get(other) or said.get(other, ""))
        if n % EACH == 0:
            Trial.objects.filter(pk=trial.pk).update(looked=n)
    return count


def _found(facts: kinds.Facts, book: RuleBook) -> tuple[dict[str, int], dict[str, str]]:
    """The level of each fault by "rule|episode", and its words."""
    try:
        findings = examine(facts, book, NONE).findings
    except BeyondHorizon:
        return {}, {}
    levels = {f"{rule}|{episode}": level for (rule, episode), level in worst(findings).items()}
    return levels, {f"{f.rule}|{f.episode}": f.words for f in findings}


def _levels(rule: Rule, facts: kinds.Facts, thresholds: Mapping[str, int]) -> tuple[dict[str, int], str]:
    if not rule.speaks_of(facts.kind):
        return {}, ""
    try:
        found = rule.look(facts, thresholds, frozenset()).findings
    except BeyondHorizon:
        return {}, ""
    levels = {episode: level for (_, episode), level in worst(found).items()}
    return levels, found[-1].words if found else ""


def _study(trial: Trial) -> _Count:
    """A study of each day of the period; a finding that several days repeat counts once, at its worst."""
    study, count = STUDIES[trial.rule], _Count()
    was: dict[tuple[int, str], int] = {}
    would: dict[tuple[int, str], int] = {}
    words: dict[tuple[int, str], str] = {}
    for day in _days(trial.first, trial.last):
        entry = rule_book(day).entry(study, trial.org_id or 0)
        for found, thresholds, enabled in (
            (was, entry.thresholds, entry.enabled),
            (would, trial.thresholds, trial.enabled),
        ):
            for subject, level, said in judge_with(study, day, thresholds) if enabled else ():
                if trial.org_id in (None, subject.org):
                    key = (subject.org, f"{subject.case or ''}{subject.episode}")
                    found[key] = max(found.get(key, 0), level)
                    words[key] = said
    for key in sorted(was.keys() | would.keys()):
        episode = {key[1]: was[key]} if key in was else {}
        count.take(key[0], "", episode, {key[1]: would[key]} if key in would else {}, words[key])
    return count


def _days(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))
