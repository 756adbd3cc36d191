"""Cases in a stream: what rules read of very many, a page at a time, without ever holding more than one.

A page is taken by number (keyset), so that no snapshot stays open however long the stream runs; only the columns that
`Facts` has are read, the state as bytes, straight into its structs. Forms are read where a rule asks for one.
Whoever asks answers for who gets to see the answer: the cases come from a query of theirs.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson
import psycopg
from django.db import connection
from django.db.models import Max, Min, QuerySet

from tongban.engine import codec
from tongban.engine.definitions import definition, newest_calendar
from tongban.engine.kinds import Facts
from tongban.engine.models import Case
from tongban.engine.state import EMPTY, NEW
from tongban.registry.tree import generation

if TYPE_CHECKING:
    from tongban.engine.definition import Definition

PAGE = 1000


def facts_of(cases: QuerySet[Case], now: datetime, *, size: int = PAGE) -> Iterator[Facts]:
    """The facts of cases at `now`, about their whole lives (`Facts.whole`), in the order of their numbers."""
    after = 0
    rows = cases.order_by("pk").values_list("pk", flat=True)
    calendar, permissions = newest_calendar(), generation("permissions")
    under: dict[tuple[int, int], Definition] = {}
    while ids := list(rows.filter(pk__gt=after)[:size]):
        after = ids[-1]
        forms = _Forms()
        for (
            id_, number, kind, title, matter, offering, org, applicant, secrecy, channel, version, flow, asks, state,
        ) in _fetch(_CASES, ids):  # fmt: skip
            defn = under.get((version, flow))
            if defn is None:
                defn = under[version, flow] = definition(version, flow, calendar, permissions)
            yield Facts(
                id_, number, kind, title, matter, offering, org, applicant, secrecy, channel, defn, NEW,
                codec.decode(state), (), now, forms.of(id_) if asks else EMPTY, whole=True,
            )  # fmt: skip


def stretches(cases: QuerySet[Case], pieces: int) -> list[tuple[int, int]]:
    """The numbers from the first to the last of these cases in so many stretches (from, up to and with), for several hands."""
    ends = cases.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return []
    first, count = ends["first"], ends["last"] - ends["first"] + 1
    marks = [first + count * i // pieces for i in range(pieces + 1)]
    return [(a, b - 1) for a, b in pairwise(marks) if a < b]


class _Forms:
    """The forms of the cases of one page: none is read before one is asked for, then all are."""

    def __init__(self) -> None:
        self._ids: list[int] = []
        self._read: dict[int, bytes] = {}

    def of(self, case: int) -> "_Form":
        self._ids.append(case)
        return _Form(self, case)

    def read(self, case: int) -> Mapping[str, Any]:
        if self._ids:
            self._read.update(_fetch(_FORMS, self._ids))
            self._ids = []
        kept = self._read.get(case)
        data: Mapping[str, Any] = orjson.loads(kept) if kept is not None else {}
        return data


class _Form(Mapping[str, Any]):
    """One form, read when something in it is asked for."""

    __slots__ = ("_all", "_case", "_data")

    def __init__(self, all_: _Forms, case: int) -> None:
        self._all, self._case = all_, case
        self._data: Mapping[str, Any] | None = None

    def _here(self) -> Mapping[str, Any]:
        if self._data is None:
            self._data = self._all.read(self._case)
        return self._data

    def __getitem__(self, key: str) -> Any:
        return self._here()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._here())

    def __len__(self) -> int:
        return len(self._here())


_CASES = """
SELECT c.id, c.number, c.kind, c.title, c.matter_id, c.offering_id, c.org_id, c.applicant_id, c.secrecy, c.channel,
       c.offering_version_id, c.flow_id, c.asks_form, convert_to(s.state::text, 'UTF8')
  FROM engine_case c JOIN engine_case_state s ON s.case_id = c.id
 WHERE c.id = ANY(%s) ORDER BY c.id"""
_FORMS = """
SELECT DISTINCT ON (case_id) case_id, convert_to(data::text, 'UTF8') FROM engine_case_data
 WHERE case_id = ANY(%s) ORDER BY case_id, no DESC"""


def _fetch(sql: str, ids: list[int]) -> list[tuple[Any, ...]]:
    """Rows in the driver's binary form: half the time of the textual one for wide rows."""
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(sql, [ids], binary=True)
        return cursor.fetchall()
