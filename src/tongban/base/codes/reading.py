"""What reading an identifier can give: a refusal with a stable code, or a value with doubts."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class CodeError(ValueError):
    """An identifier that is not one. `code` is stable ("uscc.check"); `message` is for the person who typed it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CodeError) and (self.code, self.message) == (other.code, other.message)

    def __hash__(self) -> int:
        return hash((self.code, self.message))


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """What came of reading foreign data: the text to keep, the value when there is one, and what is doubtful."""

    text: str
    value: T | None
    doubts: tuple[CodeError, ...] = ()


def tidy(text: str) -> str:
    """The text as a person meant it: full-width forms narrowed (NFKC), white space removed, letters upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def holds(parse: Callable[[str], object], text: str) -> bool:
    """Whether `parse` accepts the text."""
    try:
        parse(text)
    except CodeError:
        return False
    return True
