"""Chinese text as search and sorting need it: words, what a tsvector is fed with, queries, pinyin keys.

Documents are cut finely when written and queries coarsely when asked, then joined by AND: the fine cut of a text
contains its coarse cut. Cutting loses about two hits in a thousand at word boundaries; a trigram index is the second
net where that matters. Not for display.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

NO_SYNONYMS: Mapping[str, Sequence[str]] = {}

# Particles and question words: a person types them, a document need not contain them.
_EMPTY_WORDS = (
    "的 了 吗 呢 啊 吧 和 与 及 或 在 是 我 我要 我想 想 要 怎么 怎么办 怎样 如何 什么 哪里 哪儿 去 请问"
)
_EMPTY = frozenset(_EMPTY_WORDS.split())
_TOKEN = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[0-9]{1,15}")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def words(text: str) -> list[str]:
    """The searchable words of `text` in order, long words also in parts (许可证 → 许可 许可证)."""
    return [token for word in _dictionary().cut_for_search(_folded(text)) for token in _TOKEN.findall(word)]


def search_vector_text(*texts: str) -> str:
    """Words separated by spaces, for `to_tsvector('simple', …)`."""
    return " ".join(word for text in texts for word in words(text))


def search_query(text: str, synonyms: Mapping[str, Sequence[str]] = NO_SYNONYMS) -> str:
    """The question as text for `to_tsquery('simple', …)`: AND of its words, each OR its synonyms; "" asks nothing.

    A key of `synonyms` found anywhere in the text stands for itself or any of its alternatives.
    """
    asked = _folded(text)
    table = {_folded(key): alternatives for key, alternatives in synonyms.items() if key.strip()}
    pieces = [asked]
    if table:
        pieces = re.split(
            "(" + "|".join(re.escape(key) for key in sorted(table, key=len, reverse=True)) + ")", asked
        )
    terms = []
    for piece in pieces:
        if piece in table:
            choices = [_all_of(_cut(choice)) for choice in (piece, *table[piece])]
            terms.append(_any_of(choice for choice in choices if choice))
        else:
            terms += [_quoted(word) for word in _cut(piece)]
    meant = [term for term in dict.fromkeys(terms) if term and term.strip("'") not in _EMPTY]
    return " & ".join(meant or dict.fromkeys(term for term in terms if term))


def asked_words(text: str) -> list[str]:
    """The words of a question, cut coarsely, without those that say nothing (unless there are no others)."""
    cut = list(dict.fromkeys(_cut(text)))
    return [word for word in cut if word not in _EMPTY] or cut


def sort_key(text: str) -> str:
    """A key that sorts names as a Chinese list does: by pinyin with tone, the text itself breaking ties.

    Compare keys by code point (a column with COLLATE "C").
    """
    from pypinyin import Style, lazy_pinyin

    folded = _folded(text).strip()
    return " ".join(lazy_pinyin(folded, style=Style.TONE3, neutral_tone_with_five=True)) + "\t" + folded


def syllables(text: str) -> list[str]:
    """The pinyin of each character, without tones; what is no Chinese stays in one piece.

    Its dictionary takes half a second to read, so it is loaded at the first use.
    """
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin(text, style=Style.NORMAL)


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can keep the text: it keeps neither U+0000 nor half of a surrogate pair."""
    return _UNSTORABLE.search(text) is None


def whole_number(text: str) -> int | None:
    """A whole number as addresses and forms carry it (a key, a place in a list); None for anything else.

    Plain digits only, and few enough that every integer column can be compared with it.
    """
    return int(text) if _DIGITS.fullmatch(text) else None


def day_asked(text: str) -> date | None:
    """A day as addresses carry it; None for anything else, and for days so far off that no other could be counted from them."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 1900 <= day.year <= 9000 else None


def _dictionary() -> Any:
    import rjieba  # a sixth of a second, which programs that cut nothing need not wait

    return rjieba


def _cut(text: str) -> list[str]:
    return [token for word in _dictionary().cut(_folded(text)) for token in _TOKEN.findall(word)]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _quoted(word: str) -> str:
    return f"'{word}'"


def _all_of(terms: Iterable[str]) -> str:
    quoted = [_quoted(term) for term in dict.fromkeys(terms)]
    return quoted[0] if len(quoted) == 1 else f"({' & '.join(quoted)})" if quoted else ""


def _any_of(choices: Iterable[str]) -> str:
    unique = list(dict.fromkeys(choices))
    return unique[0] if len(unique) == 1 else f"({' | '.join(unique)})" if unique else ""
