"""How offices work: each unit has a habit, the same for a seed. Pure."""

from dataclasses import dataclass, field
from random import Random
from typing import Literal

Family = Literal["T", "P", "N", "F", "J", "R"]


@dataclass(frozen=True, slots=True)
class Habit:
    """`pace`: share of the time that can be used without a warning. `late`: how often a step takes longer than that.

    `faults`: how much more often than elsewhere a fault of a family is found here.
    """

    name: str
    pace: tuple[float, float]
    late: float = 0.0
    faults: dict[str, float] = field(default_factory=dict)


PROMPT = Habit("prompt", (0.1, 0.45), 0.0, {"T": 0.2, "P": 0.5, "N": 0.5})
ORDINARY = Habit("ordinary", (0.25, 0.85), 0.002)
LATE = Habit("late", (0.45, 0.95), 0.03, {"T": 6.0})
SLOPPY = Habit("sloppy", (0.3, 0.9), 0.006, {"N": 6.0, "P": 4.0})
CORRUPT = Habit("corrupt", (0.2, 0.9), 0.004, {"F": 8.0, "R": 8.0, "J": 6.0, "P": 3.0})
HABITS = (PROMPT, ORDINARY, LATE, SLOPPY, CORRUPT)
SHARES = (30, 46, 12, 8, 4)


def habit_of(seed: int, unit: str) -> Habit:
    """The habit of a unit in the town of that seed."""
    return Random(f"{seed} habit {unit}").choices(HABITS, SHARES)[0]  # noqa: S311 -- a story, not a secret
