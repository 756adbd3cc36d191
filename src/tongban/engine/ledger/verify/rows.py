"""Rows as they lie in the tables, read through server-side cursors: memory does not grow with the archive."""

from collections.abc import Generator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection


class CaseFacts(NamedTuple):
    """The columns of a case row that its chain must agree with."""

    id: int
    uid: UUID
    number: str
    seq: int
    last_hash: bytes
    state: str


class EventFacts(NamedTuple):
    """An event as it lies in the table."""

    case_id: int
    seq: int
    id: int
    type: str
    v: int
    occurred_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_id: int | None
    actor_org_id: int | None
    on_behalf_of: int | None
    channel: str
    command_id: UUID
    payload: Any
    prev_hash: bytes
    hash: bytes
    marked: bool  # the payload's text names a seal: worth looking for personal values


class LeafFacts(NamedTuple):
    case_id: int
    seq: int
    place: int  # index in the tree
    event_id: int
    hash: bytes


class PersonalFacts(NamedTuple):
    case_id: int
    seq: int
    path: str
    salt: bytes
    value: str | None
    erased: bool


class Groups:
    """Rows of a server-side cursor by their first column; `here` is the group that comes next, None at the end."""

    def __init__(self, sql: str, params: list[Any]) -> None:
        self._rows = rows(sql, params)
        self._next = next(self._rows, None)

    @property
    def here(self) -> int | None:
        return self._next[0] if self._next is not None else None

    def take(self, key: int) -> list[tuple[Any, ...]]:
        taken = []
        while self._next is not None and self._next[0] == key:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken

    def close(self) -> None:
        self._rows.close()


def rows(sql: str, params: list[Any], size: int = 5000) -> Generator[tuple[Any, ...], None, None]:
    """Rows of a server-side cursor, `size` a round trip."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while page := cursor.fetchmany(size):
            yield from page
