"""What an import answers: one verdict per entry, and how to mend what was refused."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["created", "updated", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. ``field`` is a path (``materials[2].key``); ``error`` refuses, ``warning`` does not."""

    field: str
    code: str
    why: str
    mend: str
    level: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one entry of a package."""

    subject: str
    key: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    id: int | None = None

    @property
    def word(self) -> Literal["clean", "warned", "refused"]:
        """The verdict in one word."""
        if self.outcome == "refused":
            return "refused"
        return "warned" if self.problems else "clean"


@dataclass(slots=True)
class Report:
    """The verdicts of one import, in the order of the package."""

    verdicts: list[Verdict] = field(default_factory=list)

    def add(
        self,
        subject: str,
        key: str,
        outcome: Outcome,
        problems: Iterable[Problem] = (),
        pk: int | None = None,
    ) -> Verdict:
        """Note one verdict and answer it."""
        verdict = Verdict(subject, key, outcome, tuple(problems), pk)
        self.verdicts.append(verdict)
        return verdict

    @property
    def counts(self) -> dict[str, int]:
        """How many of each outcome."""
        return dict(Counter(v.outcome for v in self.verdicts))

    @property
    def refused(self) -> list[Verdict]:
        """Those that did not go in."""
        return [v for v in self.verdicts if v.outcome == "refused"]

    @property
    def ok(self) -> bool:
        """Whether everything went in."""
        return not self.refused
