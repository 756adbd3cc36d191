"""What a record is found by: words of its title and text, and tokens of its classes, all in one array with one index."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from tongban.base.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tongban.platforms.disclosure.models import Record

MOST_TEXT = 20_000
"""Characters of a text that are made findable."""
LONGEST = 40


def words_of(record: Record, annexes: Iterable[str] = ()) -> list[str]:
    """The tokens of a record; `annexes` are the texts read from its files.

    `t:` words of the title, plain words of title, text and annexes, `y:` year and `m:` month of publication, `i:` the tail
    of the index number, `c:` theme, `g:` genre, `o:` publisher.
    """
    titled = _kept(record.title)
    found = dict.fromkeys(titled)
    found |= dict.fromkeys(_kept(f"{record.issuer} {record.description} {' '.join(record.annexes)}"))
    for text in (record.body, *annexes):
        found |= dict.fromkeys(_kept(text[:MOST_TEXT]))
    tokens = [f"t:{word}" for word in dict.fromkeys(titled)]
    if record.published_on:
        tokens += [f"y:{record.published_on:%Y}", f"m:{record.published_on:%Y%m}"]
    tokens += [
        f"g:{record.genre}",
        f"o:{record.publisher_id}",
        *([f"c:{record.theme}"] if record.theme else []),
    ]
    if record.index_number:
        tokens.append(f"i:{record.index_number.rpartition('/')[2]}")
    return [*tokens, *found]


def digest_of(title: str, body: str) -> bytes:
    """What two copies of one document have in common: title and text without blanks and marks."""
    plain = re.sub(r"[\W_]+", "", title) + "|" + re.sub(r"[\W_]+", "", body)
    return hashlib.blake2b(plain.encode(), digest_size=16).digest()


def _kept(text: str) -> list[str]:
    return [word for word in words(text) if len(word) <= LONGEST]
