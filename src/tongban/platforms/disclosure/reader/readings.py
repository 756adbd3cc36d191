"""What reading a document gives: values with a confidence and the place they were read from. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FIELDS = ("title", "number", "index_number", "issuer", "publisher", "issued", "published", "theme")
"""The fields of a proposal, in the order in which they are printed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place that says something of a field. `confidence` is 0–1; `quote` is the text as it stands there."""

    value: str
    confidence: float
    place: str
    quote: str

    def as_json(self) -> dict[str, Any]:
        """For people and machines: dates are ISO already."""
        return {
            "value": self.value,
            "confidence": round(self.confidence, 2),
            "read_from": {"place": self.place, "quote": self.quote},
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best reading of a field, and the readings that contradict it."""

    best: Evidence
    conflicts: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The best reading; `conflicts` only where there are some."""
        told = self.best.as_json()
        if self.conflicts:
            told["conflicts"] = [other.as_json() for other in self.conflicts]
        return told


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything one file says of itself. A field that nothing was read for is absent from `fields`."""

    fields: dict[str, Proposal]
    genre: str = ""
    addressees: tuple[str, ...] = ()
    annexes: tuple[str, ...] = ()
    body: str = ""
    warnings: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """Those of the warnings that tell of something in the file that is not in `body`."""
    theme_scores: tuple[tuple[str, float], ...] = field(default=())

    def value(self, name: str) -> str | None:
        """The best value of a field, None where unknown."""
        proposal = self.fields.get(name)
        return proposal.best.value if proposal else None

    def as_json(self) -> dict[str, Any]:
        """Exactly the fields of FIELDS, null where unknown."""
        return {name: self.fields[name].as_json() if name in self.fields else None for name in FIELDS}

    def in_full(self) -> dict[str, Any]:
        """The fields and what else was seen."""
        return self.as_json() | {
            "genre": self.genre or None,
            "addressees": list(self.addressees),
            "annexes": list(self.annexes),
            "theme_scores": [{"theme": name, "score": round(score, 2)} for name, score in self.theme_scores],
            "warnings": list(self.warnings),
            "left_out": list(self.left_out),
        }
