"""The theme class 主题分类 by counting terms: every score can be shown and checked by hand. Pure.

A term in the title counts six, in the first two thousand characters of the text one (each term three at most). There is no model and nothing learnt; the terms are
data (`data/themes.json`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

IN_TITLE, IN_TEXT, TEXT_LIMIT, MOST = 6, 1, 2000, 3


@dataclass(frozen=True, slots=True)
class ThemeScore:
    """One class and what speaks for it."""

    code: str
    name: str
    score: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    names: dict[str, str]
    classes_of: dict[str, tuple[str, ...]]
    pattern: re.Pattern[str]


def score_themes(title: str, text: str) -> list[ThemeScore]:
    """Every class that any term speaks for, best first."""
    table = _table()
    scores: dict[str, float] = {}
    terms: dict[str, dict[str, None]] = {}
    for part, weight, most in ((title, IN_TITLE, 1), (text[:TEXT_LIMIT], IN_TEXT, MOST)):
        counts: dict[str, int] = {}
        for found in table.pattern.finditer(part):
            counts[found[1]] = counts.get(found[1], 0) + 1
        for term, count in counts.items():
            for code in table.classes_of[term]:
                scores[code] = scores.get(code, 0) + weight * min(count, most)
                terms.setdefault(code, {})[term] = None
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [ThemeScore(code, table.names[code], score, tuple(terms[code])) for code, score in ranked]


def theme_names() -> dict[str, str]:
    """Code and name of the 22 classes."""
    return dict(_table().names)


def code_of(name: str) -> str:
    """The code of a class by its printed name, perhaps with its second level (综合政务/电子政务); "" where it is none of the 22."""
    top = re.split(r"[/\\>—-]", name.strip())[0].strip()
    return next(
        (
            code
            for code, known in _table().names.items()
            if known == top or (len(top) >= 4 and known.startswith(top))
        ),
        "",
    )


@cache
def _table() -> _Table:
    content = json.loads(files("tongban.platforms.disclosure").joinpath("data/themes.json").read_bytes())
    classes_of: dict[str, list[str]] = {}
    for entry in content["classes"]:
        for term in entry["terms"]:
            classes_of.setdefault(term, []).append(entry["code"])
    longest = sorted(classes_of, key=len, reverse=True)
    return _Table(
        {entry["code"]: entry["name"] for entry in content["classes"]},
        {term: tuple(codes) for term, codes in classes_of.items()},
        re.compile("(" + "|".join(map(_alone, longest)) + ")"),
    )


def _alone(term: str) -> str:
    """民政 is not in 人民政府, nor 市政 in 市政府."""
    return re.escape(term) + ("(?![府务协策法])" if term.endswith("政") else "")
