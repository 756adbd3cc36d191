"""The quality of public records 公开质量: judged by the criteria of `data/quality.json`, from what the records say. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tongban.base.calendar import BeyondHorizon, Calendar
from tongban.base.codes.doc_number import import_doc_number
from tongban.platforms.disclosure.rules import Local, regime


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is judged; `said` is its definition, as the page shows it."""

    key: str
    name: str
    weight: int
    said: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a public record. `filled` are the needed fields that say something; `ended_by` whether another ended it."""

    filled: frozenset[str]
    number: str
    title: str
    genre: str
    region: str
    signed_on: date | None
    issued_on: date | None
    published_on: date
    ends_on: date | None
    validity: str
    size: int
    lines: int
    garbled: bool
    interpreted: bool
    ended_by: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """How one record does: criterion → share from 0 to 1, None where it does not apply."""

    shares: Mapping[str, float | None]

    @property
    def score(self) -> int:
        """0 to 100."""
        held = [(c.weight, share) for c in criteria() if (share := self.shares[c.key]) is not None]
        return round(100 * sum(w * s for w, s in held) / sum(w for w, _ in held))

    @property
    def lacking(self) -> list[Criterion]:
        """What it does not meet in full."""
        return [c for c in criteria() if (share := self.shares[c.key]) is not None and share < 1]


@dataclass(frozen=True, slots=True)
class Average:
    """How several records do together: how many, their mean score, and of each criterion the mean share of those it applies to."""

    n: int
    score: int
    shares: Mapping[str, float | None]


def judge(facts: Facts, calendar: Calendar, on: date, decided: tuple[Local, ...] = ()) -> Mark:
    """The mark of a record on a day; `decided` are the local limits that were decided at the desk."""
    return Mark(
        {
            "complete": len(facts.filled) / len(_book()["needed"]),
            "prompt": _prompt(facts, calendar, decided),
            "readable": _readable(facts),
            "interpreted": float(facts.interpreted) if is_policy(facts) else None,
            "corrected": float(not contradictions(facts, on)),
        }
    )


def average(marks: Sequence[Mark]) -> Average:
    """Several records together; 0 for none."""
    shares = {c.key: _mean(m.shares[c.key] for m in marks) for c in criteria()}
    return Average(len(marks), round(_mean(m.score for m in marks) or 0), shares)


def is_policy(facts: Facts) -> bool:
    """Whether a record is a policy document 政策文件, which is to be interpreted."""
    policy = _book()["policy"]
    return (
        bool(facts.number)
        and facts.genre in policy["genres"]
        and not any(word in facts.title for word in policy["exempt"])
    )


def contradictions(facts: Facts, on: date) -> list[str]:
    """What in a record contradicts itself, in words."""
    found = []
    if facts.issued_on and facts.published_on < facts.issued_on:
        found.append("公开早于成文")
    said = import_doc_number(facts.number).value if facts.number else None
    if said and facts.issued_on and said.year != facts.issued_on.year:
        found.append("文号年份与成文年份不同")
    if facts.validity in {"valid", "unknown"}:
        if facts.ends_on and facts.ends_on < on:
            found.append("过了失效日期仍标为有效")
        if facts.ended_by:
            found.append("已被替代或废止仍标为有效")
    return found


@lru_cache(maxsize=1)
def criteria() -> tuple[Criterion, ...]:
    """All criteria, in their order."""
    return tuple(Criterion(**row) for row in _book()["criteria"])


def needed() -> tuple[str, ...]:
    """The fields of a record that must say something."""
    return tuple(_book()["needed"])


def _prompt(facts: Facts, calendar: Calendar, decided: tuple[Local, ...]) -> float | None:
    begun = facts.signed_on or facts.issued_on
    held = regime(facts.region, begun, decided) if begun else None
    if begun is None or held is None or facts.published_on < begun:
        return None
    try:
        return float(calendar.W(facts.published_on) - calendar.W(begun) <= held.local)
    except BeyondHorizon:
        return None


def _readable(facts: Facts) -> float:
    text = _book()["text"]
    there: bool = facts.size >= text["least"]
    apart: bool = facts.size <= text["longest"] * max(1, facts.lines)
    return (there + (there and not facts.garbled) + (there and apart)) / 3


def _mean(values: Iterable[float | None]) -> float | None:
    held = [value for value in values if value is not None]
    return sum(held) / len(held) if held else None


@lru_cache(maxsize=1)
def _book() -> dict[str, Any]:
    text = files("tongban.platforms.disclosure").joinpath("data/quality.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text)
    return read
