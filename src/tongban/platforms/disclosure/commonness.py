"""How common words are in the catalogue: a guess from what the database counts for itself, to choose the cheaper way of looking.

PostgreSQL samples the words of the records whenever it analyses the table (`pg_stats`). A process reads that every ten
minutes; a wrong guess costs milliseconds and never changes what is found.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from django.db import connection

from tongban.platforms.disclosure.public import public_sql

KEPT_FOR = 600.0
"""Seconds after which the counts are read again."""

TOGETHER = 0.75
"""1: words come independently of each other; 0: the rarest says all."""


RANGE = (
    f"SELECT (SELECT max(published_on) FROM disclosure_record WHERE {public_sql()}), "  # noqa: S608 -- our own words
    f"(SELECT min(published_on) FROM disclosure_record WHERE {public_sql()})"
)
"""Asks for the days of the newest and of the oldest publication."""


@dataclass(frozen=True, slots=True)
class Commonness:
    """How many records there are, which share of them has each of the commoner words, and between which days they were published."""

    records: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    newest: date | None = None
    oldest: date | None = None

    def likely(self, words: Sequence[str]) -> float:
        """How many records have all the words, roughly; 0 where one of them is rare.

        Words of one question belong together, so each further one says less than the one before it (`TOGETHER`).
        """
        found, weight = self.records, 1.0
        for share in sorted(self.shares.get(word, 0.0) for word in words):
            found *= share**weight
            weight *= TOGETHER
        return found


_known = (float("-inf"), Commonness())
_lock = Lock()


def commonness() -> Commonness:
    """The counts as this process knows them."""
    global _known  # noqa: PLW0603 -- one value for the process
    read_at, known = _known
    if time.monotonic() - read_at > KEPT_FOR and _lock.acquire(blocking=False):
        try:
            known = _read()
            _known = (time.monotonic(), known)
        finally:
            _lock.release()
    return known


def forget() -> None:
    """Read the counts anew at the next question."""
    global _known  # noqa: PLW0603 -- one value for the process
    _known = (float("-inf"), Commonness())


def _read() -> Commonness:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.reltuples, s.most_common_elems::text::text[], s.most_common_elem_freqs FROM pg_class c "
            "JOIN pg_stats s ON s.tablename = c.relname AND s.schemaname = 'public' "
            "WHERE c.oid = 'disclosure_record'::regclass AND s.attname = 'words' AND s.most_common_elems IS NOT NULL"
        )
        row = cursor.fetchone() or (0.0, (), ())
        cursor.execute(RANGE)
        newest, oldest = cursor.fetchone()
    return Commonness(max(0.0, row[0]), dict(zip(row[1], row[2], strict=False)), newest, oldest)
