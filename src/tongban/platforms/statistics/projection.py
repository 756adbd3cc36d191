"""Bringing events into the columnar files: what was added since last time, in order, once; or everything anew.

Read from a PostgreSQL that goes on writing: only ids below which nothing can appear any more are taken. The engine's own
rows of a case give what an event does not say: its unit and matter, and, of what has ended, the limits as they stood.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from tongban.base.calendar import CHINA, Calendar
from tongban.base.queries import current_calendar
from tongban.engine.facts import event_facts_sql, extra_facts, extra_facts_sql
from tongban.engine.ledger.sealing import settled_horizon
from tongban.platforms.statistics import store
from tongban.platforms.statistics.store import COLUMNS, Files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PIECE = 200_000  # ids at a time
SMALL, MANY = 200_000, 8  # so many parts of fewer rows are joined into one
_LOCK = 0x746F6E67_73746174  # "tongstat": one projection at a time


@dataclass(frozen=True, slots=True)
class Projected:
    """What a projection did. `settled` is False where somebody else was at it, or writers did not end in time."""

    rows: int
    watermark: int
    settled: bool = True


def project(*, rebuild: bool = False, patience: float = 5.0, most: int | None = None) -> Projected:
    """Bring in what was added since the last time (at most `most` ids; None: all), or everything anew.

    Safe to be killed at any moment, and to be run by several machines that share the folder.
    """
    place = store.folder()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone() as alone:
        if not alone:
            return Projected(0, store.files().watermark, settled=False)
        calendar, had = current_calendar(), store.files()
        anew = rebuild or had.calendar not in ("", calendar.sha256) or had.made_at is None
        kept = Files(generation=had.generation + 1) if anew else had
        horizon = settled_horizon(patience)
        if horizon is None:
            return Projected(0, had.watermark, settled=False)
        end = horizon if most is None else min(horizon, kept.watermark + most)
        parts, rows = list(kept.parts), 0
        for first in range(kept.watermark, end, PIECE):
            last = min(first + PIECE, end)
            name = f"facts-{kept.generation}-{first + 1}-{last}.parquet"
            count = _write_events(first, last, name, calendar)
            if count:
                parts.append((name, count))
                rows += count
            if not anew:
                store.publish(
                    replace(
                        kept, watermark=last, parts=tuple(parts), made_at=_now(), calendar=calendar.sha256
                    )
                )
        extra = tuple(_write_extra(kept.generation))
        joined = _join_small(parts, kept.generation)
        store.publish(
            Files(max(end, kept.watermark), tuple(joined), extra, _now(), calendar.sha256, kept.generation)
        )
        return Projected(rows, max(end, kept.watermark))


def _write_events(first: int, last: int, name: str, calendar: Calendar) -> int:
    return _write(event_facts_sql(first, last), name, calendar)


def _write_extra(generation: int) -> Iterator[str]:
    for source in extra_facts():
        name = f"{source.name}-{generation}-{time.time_ns()}.parquet"
        if _write(extra_facts_sql(source), name, None):
            yield name


def _write(sql: str, name: str, calendar: Calendar | None) -> int:
    """Rows of PostgreSQL into one file; nothing where there are none. Gives their number."""
    rough, part = store.folder() / f"{name}.csv", store.folder() / f"{name}.part"
    try:
        with (
            connection.cursor() as cursor,
            rough.open("wb") as out,
            cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as rows,
        ):
            for block in rows:
                out.write(block)
        if not rough.stat().st_size:
            return 0
        with store.cursor() as duck:
            _days(duck, calendar)
            columns = ", ".join(f"'{c}': '{t}'" for c, t in _READ.items())
            quoted = str(rough).replace("'", "''")
            source = f"read_csv('{quoted}', header = false, columns = {{{columns}}}, nullstr = '', quote = '\"', escape = '\"')"
            target = str(part).replace("'", "''")
            duck.execute(f"COPY ({_FINISH.format(source=source)}) TO '{target}' {store.WRITTEN}")
            ((count,),) = duck.execute(f"SELECT COUNT(*) FROM read_parquet('{target}')").fetchall()
        store.settle(part, name)
        return int(count)
    finally:
        rough.unlink(missing_ok=True)
        part.unlink(missing_ok=True)


def _days(duck: "DuckDBPyConnection", calendar: Calendar | None) -> None:
    """The working days up to each day of the calendar, as a table."""
    rows = [] if calendar is None else _working_days(calendar)
    duck.execute("CREATE OR REPLACE TEMP TABLE days (day DATE, w INTEGER)")
    if rows:
        listed = ", ".join(f"(DATE '{day}', {w})" for day, w in rows)
        duck.execute(f"INSERT INTO days VALUES {listed}")


def _working_days(calendar: Calendar) -> list[tuple[str, int]]:
    count = (calendar.last - calendar.first).days + 1
    days = (calendar.first + timedelta(days=n) for n in range(count))
    return [(day.isoformat(), calendar.W(day)) for day in days]


def _join_small(parts: list[tuple[str, int]], generation: int) -> list[tuple[str, int]]:
    small = [p for p in parts if p[1] < SMALL]
    if len(small) < MANY:
        return parts
    names, rows = [name for name, _ in small], sum(rows for _, rows in small)
    name = f"facts-{generation}-joined-{time.time_ns()}.parquet"
    part = store.folder() / f"{name}.part"
    target = str(part).replace("'", "''")
    with store.cursor() as duck:
        duck.execute(
            f"COPY (SELECT * FROM {store.facts_of(names)} ORDER BY type, happened, id) TO '{target}' {store.WRITTEN}"
        )
    store.settle(part, name)
    return [*(p for p in parts if p[1] >= SMALL), (name, rows)]


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else projects, in the whole database, for as long as this lasts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        yield bool(cursor.fetchone()[0])


def _now() -> datetime:
    return datetime.now(CHINA).replace(microsecond=0)


#: What PostgreSQL gives, in order; the last four become `days`, `elapsed` and `law`.
_READ = {
    **{c: t for c, t in COLUMNS.items() if c not in ("days", "elapsed", "law")},
    "begun": "TIMESTAMP", "ends": "TIMESTAMP", "law_due": "TIMESTAMP", "pauses": "VARCHAR",
}  # fmt: skip

# Working days by the table of the calendar: W(end) - W(begin), less those that stood still between the two.
_FINISH = """
WITH raw AS (SELECT * FROM {source}),
paused AS (
    SELECT r.id, SUM(GREATEST(we.w - ws.w, 0)) AS w
      FROM (SELECT id, begun, ends, unnest(string_split(pauses, ' ')) AS p FROM raw WHERE pauses <> '' AND begun IS NOT NULL) r
      JOIN days ws ON ws.day = GREATEST(CAST(split_part(r.p, '/', 1) AS DATE), CAST(r.begun AS DATE))
      JOIN days we ON we.day = LEAST(CAST(split_part(r.p, '/', 2) AS DATE), CAST(r.ends AS DATE))
     GROUP BY r.id)
SELECT r.id, r.case_id, r.seq, r.type, r.happened, r.recorded, r.org_id, r.matter_id, r.offering_id, r.region, r.person_id, r.channel,
       r.kind, r.secrecy, r.step, r.outcome, r.rule, r.level, r.amount, r.ended, r.kept,
       CAST(we.w - wb.w - COALESCE(p.w, 0) AS INTEGER) AS days, CAST(we.w - wb.w AS INTEGER) AS elapsed,
       CAST(wl.w - wb.w AS INTEGER) AS law
  FROM raw r
  LEFT JOIN days wb ON wb.day = CAST(r.begun AS DATE)
  LEFT JOIN days we ON we.day = CAST(r.ends AS DATE)
  LEFT JOIN days wl ON wl.day = CAST(r.law_due AS DATE)
  LEFT JOIN paused p ON p.id = r.id
 ORDER BY r.type, r.happened, r.id"""
