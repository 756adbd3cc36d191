"""What a guide is found by and what a question asks for: pure, both sides in the same vocabulary.

A guide is indexed under its words, the character pairs of its names (for words cut otherwise), the pinyin pairs of its
names (for homophones typed by mistake) and runs of pinyin initials (for abbreviations such as spjyxkz). A question is
turned into weighted terms of the same four sorts. Everyday words are led to official ones by ``data/search.json``.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain, count, pairwise
from typing import Any

from tongban.base.text import syllables, words


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for. Terms of one ``group`` stand for the same word of the question."""

    lexeme: str
    weight: float
    group: int
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that say nothing about which matter is meant, and everyday words with their official ones."""

    empty: frozenset[str]
    synonyms: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The vocabulary as shipped (``data/search.json``)."""
    data = json.loads(files("tongban.registry").joinpath("data/search.json").read_text(encoding="utf-8"))
    return Vocabulary(
        frozenset(data["empty"]), {key: tuple(value) for key, value in data["synonyms"].items()}
    )


#: How much a word says where it stands: name, synonyms and life events, conditions and materials, the rest.
WEIGHTS = {"A": 1.0, "B": 0.8, "C": 0.35, "D": 0.15}


def lexemes_of(content: Mapping[str, Any]) -> dict[str, float]:
    """What a package is found by, each with its weight where it stands highest (see `WEIGHTS`)."""
    entries: dict[str, float] = {}
    for place, texts in _texts(content):
        for text in texts:
            if not text:
                continue
            named = place in "AB"
            found = [*words(text), *(_pairs(text) if named else ())]
            found += [*_sounds(text), *_initials(text)] if named else []
            for lexeme in found:
                entries[lexeme[:200]] = max(WEIGHTS[place], entries.get(lexeme[:200], 0.0))
    return entries


def letter_of(name: str) -> str:
    """The letter a name is filed under (音序): the first of its pinyin, "#" where it begins with neither."""
    first = "".join(syllables(name[:1])).upper()[:1]  # in this order: one letter may be two in capitals (ß)
    return first if "A" <= first <= "Z" else "#"


def facets_of(content: Mapping[str, Any]) -> list[str]:
    """What a list of guides is narrowed by: topics, life events, for whom."""
    themes, objects = content.get("themes") or {}, set(content.get("service_objects") or ())
    facets = [f"person:{t}" for t in themes.get("natural_person") or ()]
    facets += [f"firm:{t}" for t in themes.get("legal_person") or ()]
    facets += [f"event:{e}" for e in content.get("life_events") or ()]
    facets += [f"object:{code}" for code in sorted(objects)]
    if content.get("initiated_by") == "application":
        facets += ["for:person"] * ("1" in objects) + ["for:firm"] * bool(objects - {"1"})
    return sorted({facet[:120] for facet in facets})


def body_of(content: Mapping[str, Any]) -> str:
    """The text snippets are taken from."""
    return "\n".join(text for weight, texts in _texts(content) for text in texts if text and weight in "ABC")


def terms_of(question: str, known: Vocabulary | None = None) -> list[Term]:
    """A question as weighted terms; words that say nothing are left out unless nothing else is there."""
    known = known or vocabulary()
    text = unicodedata.normalize("NFKC", question).lower()[:200]
    kept = _without_empty(text, known)
    terms: dict[str, Term] = {}
    groups = count(1)
    for asked in chain(
        _official(text, known, groups), _latin(kept, groups), _plain(kept, known, groups), _nearly(kept)
    ):
        if asked.lexeme not in terms or terms[asked.lexeme].weight < asked.weight:
            terms[asked.lexeme] = asked
    return list(terms.values())


def highlight(text: str, question: str) -> list[tuple[str, bool]]:
    """``text`` in pieces, each with whether it is one of the words asked for; the page marks those."""
    _, pattern = _marked(question)
    if pattern is None:
        return [(text, False)]
    return [(piece, n % 2 == 1) for n, piece in enumerate(pattern.split(text)) if piece]


def snippet(body: str, question: str, *, length: int = 60) -> list[tuple[str, bool]]:
    """The line of ``body`` that holds most of what was asked, cut to about ``length`` characters, in pieces."""
    asked, _ = _marked(question)
    best = max(body.split("\n"), key=lambda line: sum(word in line for word in asked), default="")
    first = min((best.find(word) for word in asked if word in best), default=0)
    start = max(0, first - length // 3)
    cut = ("…" if start else "") + best[start : start + length] + ("…" if start + length < len(best) else "")
    return highlight(cut, question)


@lru_cache(maxsize=64)
def _marked(question: str) -> tuple[tuple[str, ...], re.Pattern[str] | None]:
    """The words of a question that are marked, longest first, and what finds them: one page asks for them many times."""
    found = {word for word in words(question) if len(word) > 1 and word not in vocabulary().empty}
    asked = tuple(sorted(found, key=lambda word: (-len(word), word)))
    if not asked:
        return asked, None
    letters = any(
        char.isascii() for word in asked for char in word
    )  # Chinese has no case, and compiles quicker without
    return asked, re.compile("(" + "|".join(map(re.escape, asked)) + ")", re.IGNORECASE if letters else 0)


_RUN_WEIGHTS = {2: 0.2, 3: 0.8, 4: 1.6}
_HAN = re.compile(r"[\u3400-\u9fff]+")


def _without_empty(text: str, known: Vocabulary) -> str:
    kept = text
    for word in sorted(known.empty, key=len, reverse=True):
        if len(word) > 1:
            kept = kept.replace(word, " ")
    return kept if re.search(r"[^\W_]", kept) else text


def _official(text: str, known: Vocabulary, groups: Iterator[int]) -> Iterator[Term]:
    """What everyday phrases lead to."""
    for phrase, official in known.synonyms.items():
        if phrase in text:
            group = next(groups)
            for choice in official:
                yield from (Term(word, 0.8, group) for word in words(choice))
                yield from (Term(pair, 0.35, group) for pair in _pairs(choice))


def _latin(text: str, groups: Iterator[int]) -> Iterator[Term]:
    """Letters: pinyin in full, or its initials."""
    for piece in re.findall(r"[a-z]+", text):
        group = next(groups)
        yield Term(piece, 1.0, group)
        # Only runs as long as they come: two letters out of six are found everywhere and say nothing.
        longest = min(len(piece), max(_RUN_WEIGHTS))
        yield from (
            Term(run, _RUN_WEIGHTS[longest], group) for run in _runs(piece) if len(run) - 1 == longest
        )
        yield from (Term(f"^{one}{two}", 1.0, group) for one, two in pairwise(_syllables(piece)))


def _plain(text: str, known: Vocabulary, groups: Iterator[int]) -> Iterator[Term]:
    """The words themselves; all of those longer than one character are needed for a full hit."""
    for word in words(text):
        if word not in known.empty and not re.fullmatch(r"[a-z]+", word):
            yield Term(word, 1.0 if len(word) > 1 else 0.3, next(groups), needed=len(word) > 1)


def _nearly(text: str) -> Iterator[Term]:
    """The same characters cut otherwise, and the same sounds."""
    yield from (Term(pair, 0.45, 0) for pair in _pairs(text))
    yield from (Term(sound, 0.25, 0) for sound in _sounds(text))


def _texts(content: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[str]]]:
    def column(name: str, *keys: str) -> list[str]:
        return [str(row.get(key) or "") for row in content.get(name) or () for key in keys]

    themes = content.get("themes") or {}
    yield "A", [content["matter"]["name"]]
    yield (
        "B",
        [*(content.get("synonyms") or ()), *(content.get("life_events") or ()), *column("results", "name")],
    )
    yield "C", [*column("conditions", "text"), *column("materials", "name"), *column("faq", "question")]
    yield (
        "D",
        [
            *(theme for group in themes.values() for theme in group),
            *column("faq", "answer"),
            *column("legal_bases", "law"),
        ],
    )


def _pairs(text: str) -> list[str]:
    return [f"~{run[i : i + 2]}" for run in _HAN.findall(text) for i in range(len(run) - 1)]


def _sounds(text: str) -> list[str]:
    found = []
    for run in _HAN.findall(text):
        found += [f"^{one}{two}" for one, two in pairwise(syllables(run))]
    return found


def _initials(text: str) -> list[str]:
    found = []
    for run in _HAN.findall(text):
        found += _runs("".join(s[:1] for s in syllables(run)))
    return found


def _runs(letters: str) -> list[str]:
    if len(letters) <= 1:
        return []
    return [f"%{letters[i : i + size]}" for size in (2, 3, 4) for i in range(len(letters) - size + 1)]


@lru_cache(maxsize=1)
def _all_syllables() -> frozenset[str]:
    from pypinyin.constants import PINYIN_DICT

    plain: set[str] = set()
    for spelt in PINYIN_DICT.values():
        for syllable in spelt.split(","):
            bare = unicodedata.normalize("NFD", syllable)
            plain.add("".join(c for c in bare if "a" <= c <= "z"))
    return frozenset(plain - {""})


def _syllables(letters: str) -> list[str]:
    """The letters cut into pinyin syllables, or nothing when they are no pinyin (longest first, with retreat)."""
    known = _all_syllables()
    ways: dict[int, list[str]] = {len(letters): []}
    for start in range(len(letters) - 1, -1, -1):
        for end in range(min(len(letters), start + 6), start, -1):
            if end in ways and letters[start:end] in known and end - start > 1:
                ways[start] = [letters[start:end], *ways[end]]
                break
    return ways.get(0, [])
