"""What may be said: levels, steps and reasons, and for how long; read from `data/rating.json`. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from tongban.engine.state import Limit


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, and the levels it can go with."""

    key: str
    name: str
    levels: frozenset[int]


@dataclass(frozen=True, slots=True)
class Book:
    """The rules of rating. `shown_from`: fewer ratings than that are not shown as shares."""

    levels: Mapping[int, str]
    bad: frozenset[int]
    steps: Mapping[str, str]
    usual: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]
    reasons: Mapping[str, Reason]
    change_within: Limit
    open_for_days: int
    shown_from: int

    def steps_of(self, kind: str) -> tuple[str, ...]:
        """The steps of a kind of case that are rated."""
        return self.kinds.get(kind, self.usual)

    def step_name(self, step: str, no: int) -> str:
        """“受理”, “第 2 次补正”."""
        name = self.steps.get(step, step)
        return f"第 {no} 次{name}" if no > 1 else name


@lru_cache(maxsize=1)
def book() -> Book:
    """The rules as shipped."""
    said = json.loads(
        files("tongban.platforms.rating").joinpath("data/rating.json").read_text(encoding="utf-8")
    )
    return Book(
        levels={int(level): name for level, name in said["levels"].items()},
        bad=frozenset(said["bad"]),
        steps=said["steps"],
        usual=tuple(said["usual"]),
        kinds={kind: tuple(steps) for kind, steps in said["kinds"].items()},
        reasons={r["key"]: Reason(r["key"], r["name"], frozenset(r["levels"])) for r in said["reasons"]},
        change_within=Limit(**said["change_within"]),
        open_for_days=said["open_for_days"],
        shown_from=said["shown_from"],
    )
