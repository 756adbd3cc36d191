"""Dates as official documents write them: 2013-04-26, 2013年4月26日, 二〇一三年四月二十六日. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DIGITS = {
    c: n
    for n, chars in enumerate(
        ("〇○零0oO", "一壹", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
    )
    for c in chars
}
_DATE = re.compile(
    r"(?<![0-9])(?P<y>(?:19|20)[0-9]\s?[0-9])\s*年\s*(?P<m>[01]?[0-9])\s*月\s*(?P<d>[0-3]?[0-9])\s*日"
    r"|(?<![0-9./-])(?P<y2>(?:19|20)[0-9]{2})(?P<s>[-/.])(?P<m2>[01]?[0-9])(?P=s)(?P<d2>[0-3]?[0-9])(?![0-9-])"
    r"|(?P<y3>[一二][九〇零0oO][一二三四五六七八九〇零0oO]{2})\s*年\s*(?P<m3>[一二三四五六七八九十元]{1,3})\s*月\s*"
    r"(?P<d3>[一二三四五六七八九十廿卅]{1,4})\s*日"
)
_COMPACT = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])(?![0-9])")


@dataclass(frozen=True, slots=True)
class DateFound:
    """A date at a place of a folded text; `value` is None for a date that no calendar has (2013-02-30)."""

    value: date | None
    start: int
    end: int


def find_dates(folded: str) -> Iterator[DateFound]:
    """Every date of the text, in order."""
    for found in _DATE.finditer(folded):
        if found["y"]:
            value = _real(found["y"].replace(" ", ""), found["m"], found["d"])
        elif found["y2"]:
            value = _real(found["y2"], found["m2"], found["d2"])
        else:
            year = "".join(str(_DIGITS[c]) for c in found["y3"])
            value = _real(year, str(_chinese(found["m3"])), str(_chinese(found["d3"])))
        yield DateFound(value, found.start(), found.end())


def read_date(folded: str) -> DateFound | None:
    """The date with which a value begins, as a labelled cell has it; eight digits alone count too."""
    lead = len(folded) - len(folded.lstrip())
    first = next(find_dates(folded), None)
    if first and first.start == lead:
        return first
    found = _COMPACT.match(folded, lead)
    return DateFound(_real(*found.groups()), found.start(), found.end()) if found else None


def _real(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _chinese(text: str) -> int:
    """A number up to thirty-nine: 二十六, 廿六, 元 (first month)."""
    text = text.replace("元", "一").replace("廿", "二十").replace("卅", "三十")
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (_DIGITS.get(tens, 0) if tens else 1) + (_DIGITS.get(ones, 99) if ones else 0)
    return _DIGITS.get(text, 99)
