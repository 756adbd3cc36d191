"""A document as the rules see it: lines of text, with a folded twin of the same length for matching. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_BREAK = re.compile(r"\r\n|[\n\r\f\v\u0085\u2028\u2029]")
_LOOKALIKE = {"○": "〇", "О": "O", "∶": ":", "﹕": ":", "﹝": "〔", "﹞": "〕", "•": " ", "\u3000": " "}


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `folded` has narrow forms and plain blanks, character for character. `link` is only a link's text."""

    no: int
    text: str
    folded: str
    link: bool = False

    @property
    def bare(self) -> str:
        """The text without blanks at its ends."""
        return self.text.strip()


@dataclass(slots=True)
class Source:
    """What a format gave: lines, the page's own meta tags, and what had to be left out."""

    lines: list[Line] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    format: str = "txt"

    @classmethod
    def of_text(cls, text: str, form: str = "txt") -> Source:
        """Lines of plain text, blank ones dropped."""
        source = cls(format=form)
        for part in _BREAK.split(_INVISIBLE.sub("", text)):
            source.add(part)
        return source

    def add(self, text: str, *, link: bool = False) -> None:
        """One more line, unless it is blank."""
        text = _INVISIBLE.sub("", text).rstrip()
        if text.strip():
            self.lines.append(Line(len(self.lines) + 1, text, fold(text), link))


class _Narrow(dict[int, str]):
    """A translation table that fills itself."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _LOOKALIKE:
            narrow = _LOOKALIKE[char]
        elif char == "\t":
            narrow = char
        elif char.isspace():
            narrow = " "
        else:
            narrow = unicodedata.normalize("NFKC", char)
            narrow = narrow if len(narrow) == 1 else char
        self[code] = narrow
        return narrow


_NARROW = _Narrow()


def fold(text: str) -> str:
    """The text in narrow forms, with the same length, so that a place found in one is the place in the other."""
    return text if text.isascii() else text.translate(_NARROW)


def squeezed(text: str) -> str:
    """The text without any blanks, narrow: for comparing."""
    return "".join(fold(text).split())


def tidy(text: str) -> str:
    """A value for people: blanks at the ends and between Chinese characters gone, other runs of blanks one."""
    text = re.sub(r"[\s\u3000\xa0]+", " ", text).strip()
    return re.sub(
        r"(?<=[\u2e80-\u9fff\uff00-\uffef“”‘’《》〈〉、（）]) (?=[\u2e80-\u9fff\uff00-\uffef“”‘’《》〈〉、（）])",
        "",
        text,
    )
