"""The rules together: which hold with which thresholds on a day, asked of a case at once, proved again from a card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from tongban.base.calendar import Calendar
from tongban.engine.definition import Definition
from tongban.engine.kinds import SILENT, Facts, Verdict
from tongban.engine.state import Finding
from tongban.platforms.supervision.rules.content import N01, N03, N04
from tongban.platforms.supervision.rules.discretion import J01, J02, J04
from tongban.platforms.supervision.rules.fees import F01, F02, F03, F04
from tongban.platforms.supervision.rules.flow import P01, P03, P05, P06, P07
from tongban.platforms.supervision.rules.integrity import R01
from tongban.platforms.supervision.rules.openness import D01, D02, D03
from tongban.platforms.supervision.rules.procedure import P02, P04, P08, P09, P11, P12
from tongban.platforms.supervision.rules.rule import Level, Rule, Study
from tongban.platforms.supervision.rules.standstill import T11, T12, T13
from tongban.platforms.supervision.rules.study import D04, J03, N02, N05, N06, P10, R02, R03, R04, S01
from tongban.platforms.supervision.rules.time import T01, T02, T03, T04, T05, T06, T07, T08, T09, T10, T14
from tongban.platforms.supervision.rules.traits import needed, traits

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.id: rule
        for rule in (
            T01, T02, T03, T04, T05, T06, T07, T08, T09, T10, T11, T12, T13, T14,
            P01, P02, P03, P04, P05, P06, P07, P08, P09, P10, P11, P12, N01, N02, N03, N04, N05, N06, F01, F02, F03, F04,
            J01, J02, J03, J04, R01, R02, R03, R04, S01, D01, D02, D03, D04,
        )
    }
)  # fmt: skip
#: The rules over many cases; the others are asked of each case.
STUDIES: Mapping[str, Study] = MappingProxyType({r.id: r for r in RULES.values() if isinstance(r, Study)})
_ASKED = tuple((rule, needed(rule.needs), rule.defaults) for rule in RULES.values() if rule.id not in STUDIES)
_KEPT = 4096  # definitions
_concerned: dict[int, tuple[Definition, dict[tuple[str, int], tuple[Any, ...]]]] = {}  # by kind and traits


@dataclass(frozen=True, slots=True)
class Entry:
    """How one rule stands: its thresholds, whether it is asked, and the version that says so (None: defaults)."""

    thresholds: Mapping[str, int]
    enabled: bool = True
    version: int | None = None


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules as they stand on a day. A rule without entry stands as declared.

    `narrow` are the rules that stand otherwise for a unit, a matter, or a matter at a unit: (unit or 0, matter or 0).
    `changes_at` is when the next known change begins: cases are looked at again then.
    """

    entries: Mapping[str, Entry] = field(default_factory=dict)
    changes_at: datetime | None = None
    narrow: Mapping[str, Mapping[tuple[int, int], Entry]] = field(default_factory=dict)

    def entry(self, rule: Rule, org: int = 0, matter: int = 0) -> Entry:
        """How that rule stands, for a unit and a matter or for everybody."""
        return self.standing(rule.id, org, matter) or Entry(rule.defaults)

    def standing(self, rule: str, org: int, matter: int) -> Entry | None:
        """The narrowest entry: a matter at a unit before a matter, a matter before a unit, all before everybody's."""
        scoped = self.narrow.get(rule)
        if scoped:
            for scope in ((org, matter), (0, matter), (org, 0)):
                if scope in scoped:
                    return scoped[scope]
        return self.entries.get(rule)


EMPTY_BOOK = RuleBook()


def examine(facts: Facts, book: RuleBook = EMPTY_BOOK, known: frozenset[str] | None = None) -> Verdict:
    """What all enabled rules find in a case now, and the earliest instant at which they could newly find something.

    `known` are findings not to be repeated, as "rule|episode|level"; the case's own when not said. For what-if over
    history pass another book and an empty set.
    """
    known = facts.state.findings if known is None else known
    findings: list[Finding] = []
    now = facts.now
    next_at = book.changes_at if facts.state.closed is None else None
    if next_at is not None and next_at <= now:
        next_at = None
    changed = bool(book.entries or book.narrow)
    for rule, defaults in _asked_of(facts.definition, facts.kind, traits(facts)):
        entry = book.standing(rule.id, facts.org, facts.matter) if changed else None
        if entry is not None and not entry.enabled:
            continue
        verdict = rule.look(facts, defaults if entry is None else entry.thresholds, known)
        if verdict is SILENT:
            continue
        if verdict.findings:
            said = {"rule_version": None if entry is None else entry.version}
            findings.extend(replace(f, inputs={**f.inputs, **said}) for f in verdict.findings)
        at = verdict.next_at
        if at is not None and at > now and (next_at is None or at < next_at):
            next_at = at
    return Verdict(tuple(findings), next_at) if findings or next_at is not None else SILENT


def worst(findings: Iterable[Finding]) -> dict[tuple[str, str], int]:
    """The highest level of each fault, by rule and episode: one fault is one card, which rises."""
    found: dict[tuple[str, str], int] = {}
    for finding in findings:
        place = (finding.rule, finding.episode)
        found[place] = max(finding.level, found.get(place, 0))
    return found


def _asked_of(defn: Definition, kind: str, there: int) -> tuple[Any, ...]:
    """The rules that a case of the kind under that definition with those traits could break, worked out once for each."""
    kept = _concerned.get(id(defn))
    if kept is None or kept[0] is not defn:
        if len(_concerned) >= _KEPT:
            _concerned.clear()
        kept = _concerned[id(defn)] = (defn, {})
    asked = kept[1].get((kind, there))
    if asked is None:
        asked = kept[1][kind, there] = tuple(
            (rule, defaults)
            for rule, needs, defaults in _ASKED
            if (not needs or needs & there)
            and rule.speaks_of(kind)
            and (rule.concerns is None or rule.concerns(defn))
        )
    return asked


def reprove(rule_id: str, snapshot: Mapping[str, Any], calendar: Calendar) -> Level:
    """The level that follows from the snapshot of a card, with the edition of the calendar it names (a study names none).

    Raises KeyError for a rule that no longer exists and ValueError for another edition of the calendar.
    """
    named = snapshot["calendar"]
    if named is not None and named["sha256"] != calendar.sha256:
        raise ValueError(f"the snapshot was taken with calendar {named['code']} version {named['version']}")
    return RULES[rule_id].reprove(snapshot["inputs"], snapshot["thresholds"], calendar)


def thresholds_problem(rule: Rule, thresholds: Mapping[str, object]) -> str:
    """Why these thresholds cannot stand, in a sentence; "" when they can."""
    for key in thresholds:
        if key not in rule.thresholds:
            return f"规则 {rule.id} 没有“{key}”这个参数。"
    for key, declared in rule.thresholds.items():
        value = thresholds.get(key)
        if not isinstance(value, int) or isinstance(value, bool):
            return f"请填写“{declared.name}”（整数，{declared.unit}）。"
        if not declared.least <= value <= declared.most:
            return f"“{declared.name}”应在 {declared.least} 到 {declared.most} {declared.unit}之间。"
    for key, declared in rule.thresholds.items():
        if declared.above and thresholds[key] <= thresholds[declared.above]:  # type: ignore[operator]  # both are numbers by now
            return f"“{declared.name}”应大于“{rule.thresholds[declared.above].name}”，否则牌的级别自相矛盾。"
    return ""
