"""What the engine answers when it will not do a thing."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Instead:
    """A command that would be allowed now, offered beside a refusal."""

    type: str
    label: str


@dataclass(eq=False)
class Refused(Exception):
    """A command that was not carried out; nothing was written.

    `code` is stable and listed in docs/reference/refusals.md; `message` is for the person, in their words;
    `instead` names what is allowed; `detail` holds what a program may need (field errors, current version).
    """

    code: str
    message: str
    instead: tuple[Instead, ...] = ()
    detail: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
