"""A document as the rules see it: lines of text, with a folded twin of the same length for matching. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Control characters, marks that turn the direction of writing, halves of characters and what is no character: not text."""
_HEAPED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{2})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""Marks heaped upon a letter until they lie over the lines around it."""
MOST_TEXT = 2_000_000
"""Characters of a document that are read."""
MOST_LINES = 200_000
"""Lines of a document that are looked at, blank ones among them."""
LONGEST_LINE = 20_000
"""Characters of a line; what is longer becomes several."""
_GAP = re.compile(
    r"(?<=[0-9]) (?=[年月日号〕])|(?<=[〔第]) (?=[0-9])|(?<=[0-9 ][年月]) (?=[0-9])|(?<=〕) (?=第?[0-9])"
)
_GAP_IN_SENTENCE = re.compile(
    _GAP.pattern + r"|(?<=[0-9%]) (?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff〕]) (?=[0-9〔])"
)
_SENTENCE = re.compile("[，。；]")
_BREAK = re.compile(r"\r\n|[\n\r\f\v\u0085\u2028\u2029]")
_RADICALS = str.maketrans(
    {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
    | dict(
        zip(
            "⺁⺟⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
            "厂母民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
            strict=True,
        )
    )
)
"""Radicals 部首 that fonts of PDF files name in the place of the characters that look like them."""
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
    size: int = 0
    given: int = 0
    full: bool = False

    @classmethod
    def of_text(cls, text: str, form: str = "txt") -> Source:
        """Lines of plain text, blank ones dropped."""
        source = cls(format=form)
        source.put_text(text)
        return source

    def put_text(self, text: str) -> None:
        """The lines of plain text, as many as are read."""
        start = 0
        for found in _BREAK.finditer(text):
            self.add(text[start : found.start()])
            start = found.end()
            if self.full:
                return
        self.add(text[start:])

    def add(self, text: str, *, link: bool = False) -> None:
        """One more line, unless it is blank, or the document is too long already (told as a warning)."""
        self.given += 1
        text = _HEAPED.sub(r"\1", _INVISIBLE.sub("", text[: MOST_TEXT + 1])).rstrip() if text else ""
        text = text.translate(_RADICALS)
        if self.full:
            return
        if self.size + len(text) > MOST_TEXT or self.given > MOST_LINES:
            self.full = True
            self.warnings.append(
                f"文字过长，只读了前 {max(1, min(self.size + len(text), MOST_TEXT) // 10_000)} 万字。"
            )
            text = text[: MOST_TEXT - self.size]
        if not text.strip():
            return
        self.size += len(text)
        for start in range(0, len(text), LONGEST_LINE):
            part = text[start : start + LONGEST_LINE]
            self.lines.append(Line(len(self.lines) + 1, part, fold(part), link))


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


def closed(text: str) -> str:
    """A line without the blanks that a printer's spacing left around figures: 〔 2026 〕 32 号, 2026 年 11 月 17 日.

    In a sentence, between any figure and Chinese character; elsewhere a blank may part the cells of a table.
    """
    text = text.translate(_RADICALS)
    return (_GAP_IN_SENTENCE if _SENTENCE.search(text) else _GAP).sub("", text)


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
