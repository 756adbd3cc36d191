"""Scoring supervision against a manifest: what was to be found, what was found, what was found and is not so."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from tongban.base.calendar import CHINA
from tongban.engine.history import opening_of
from tongban.engine.queries import opened_cases
from tongban.platforms.supervision.replay import judged
from tongban.platforms.supervision.rules import worst

if TYPE_CHECKING:
    from uuid import UUID

Findings = Mapping[tuple[str, str], int]  # (rule, episode) -> worst level
Finder = Callable[[list[str]], Mapping[str, Findings]]
PIECE = 5000
EXAMPLES = 5


@dataclass(slots=True)
class Score:
    """Per rule: how many findings had to be made, were made, were missed (or at another level), and were false."""

    due: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    planted: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def perfect(self) -> bool:
        """Everything found, nothing false."""
        return not self.missed and not self.false

    def add(self, other: "Score") -> None:
        """Take another score in."""
        for mine, theirs in (
            (self.due, other.due), (self.right, other.right), (self.missed, other.missed), (self.false, other.false),
            (self.planted, other.planted),
        ):  # fmt: skip
            mine.update(theirs)
        self.examples = [*self.examples, *other.examples][:EXAMPLES]

    def take(self, case: str, due: Findings, made: Findings) -> None:
        """Score one case."""
        for rule, episode in due.keys() | made.keys():
            want, got = due.get((rule, episode)), made.get((rule, episode))
            if want is not None:
                self.due[rule] += 1
            if want == got:
                self.right[rule] += 1
                continue
            (self.missed if want is not None else self.false)[rule] += 1
            if len(self.examples) < EXAMPLES:
                self.examples.append(f"{case}: {rule} {episode} should be {want}, is {got}")


def score(manifest: Path, keys: Iterable[str], found: Finder | None = None) -> Score:
    """Score what was found of the cases imported under `keys` against the manifest: the findings in their chains.

    With `found` (`rejudged`) other findings. The manifest and the keys are in the same order; both are read once, a piece
    at a time.
    """
    found = found or _issued
    result = Score()
    faults = _by_case(manifest, result)
    ahead = next(faults, None)
    for piece in _pieces(keys):
        due: dict[str, Findings] = {}
        wanted = set(piece)
        while ahead is not None and ahead[0] in wanted:
            due[ahead[0]] = ahead[1]
            ahead = next(faults, None)
        made = found(piece)
        for key in piece:
            result.take(key, due.get(key, {}), made.get(key, {}))
    if ahead is not None:
        raise ValueError(
            f"the manifest tells of a case that is not asked for, or in another order: {ahead[0]}"
        )
    return result


def rejudged(now: datetime) -> Finder:
    """What all case rules find again in bulk, as of `now`."""

    def found(keys: list[str]) -> dict[str, dict[tuple[str, str], int]]:
        ids: dict[UUID, str] = {opening_of(key): key for key in keys}
        with connection.cursor() as cursor:
            cursor.execute("SELECT case_id, id FROM engine_command WHERE id = ANY(%s)", [list(ids)])
            names = {case: ids[command] for case, command in cursor.fetchall()}
        cases = opened_cases(datetime.min.replace(tzinfo=CHINA), now).filter(pk__in=names)
        return {names[one.facts.case_id]: worst(one.findings) for one in judged(cases, now)}

    return found


def _issued(keys: list[str]) -> dict[str, dict[tuple[str, str], int]]:
    """The worst level of each finding in the chains of imported cases."""
    ids: dict[UUID, str] = {opening_of(key): key for key in keys}
    found: dict[str, dict[tuple[str, str], int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_ISSUED, [list(ids)])
        for command, rule, episode, level in cursor.fetchall():
            found.setdefault(ids[command], {})[rule, episode] = level
    return found


_ISSUED = """
SELECT c.id, e.payload ->> 'rule', e.payload ->> 'episode', max((e.payload ->> 'level')::int)
  FROM engine_command c JOIN engine_event e ON e.case_id = c.case_id AND e.type = 'finding.issued'
 WHERE c.id = ANY(%s) GROUP BY 1, 2, 3"""


def _by_case(manifest: Path, result: Score) -> Iterator[tuple[str, dict[tuple[str, str], int]]]:
    case, due = "", dict[tuple[str, str], int]()
    with manifest.open(encoding="utf-8") as lines:
        for line in lines:
            fault = json.loads(line)
            if fault["case"] != case:
                if due:
                    yield case, due
                case, due = fault["case"], {}
            place = (fault["rule"], fault["episode"])
            due[place] = max(fault["level"], due.get(place, 0))
            result.planted[fault["rule"]] += fault["planted"]
    if due:
        yield case, due


def _pieces(keys: Iterable[str]) -> Iterator[list[str]]:
    piece: list[str] = []
    for key in keys:
        piece.append(key)
        if len(piece) >= PIECE:
            yield piece
            piece = []
    if piece:
        yield piece
