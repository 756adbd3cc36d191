"""`python -m bench.statistics [events]`: the twelve main statistics, three ways in one run.

Over so many facts (8,000,000 when not said) in the columns and proportions of a simulated year: our path (the question as
the page asks it, `queries.answer`), the bare DuckDB query on the same Parquet, and the same SQL on PostgreSQL over the same
rows with the indexes that a careful administrator would make. All three must answer alike. Where pyspark is, Spark must too,
on a cluster of two workers; its time is told and promises nothing. On a durable PostgreSQL of its own (bench.engine), unless
DATABASE_URL names another.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from bench.engine.__main__ import durable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")
FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
ROUNDS = 5
TWELVE = (  # measures, grouping
    (("accepted", "ended"), "month"), (("on_time", "late"), "unit"), (("days", "elapsed"), "matter"), (("shortened",), "unit"),
    (("warnings", "yellow", "red"), "unit"), (("warnings", "yellow", "red"), "rule"), (("corrections", "correction_rate"), "matter"),
    (("refused", "denied", "withdrawn"), "unit"), (("steps", "steps_on_time", "step_days"), "step"), (("steps", "step_days"), "person"),
    (("applied", "online"), "channel"), (("accepted", "ended", "on_time", "days", "yellow", "red"), "unit"),
)  # fmt: skip

MAKE = """
COPY (
  SELECT i AS id, i // 8 AS case_id, CAST(i % 8 + 1 AS INTEGER) AS seq,
         CASE i % 8 WHEN 0 THEN 'case.applied' WHEN 1 THEN 'case.accepted' WHEN 6 THEN 'decision.made'
              WHEN 7 THEN CASE WHEN hash(i) % 100 < 12 THEN 'finding.issued' WHEN hash(i) % 100 < 18 THEN 'correction.requested'
                               WHEN hash(i) % 100 < 20 THEN 'case.refused' WHEN hash(i) % 100 < 22 THEN 'case.withdrawn' ELSE 'case.delivered' END
              ELSE 'task.done' END AS type,
         TIMESTAMP '2025-01-01 00:00:00' + INTERVAL 1 SECOND * CAST((i // 8) * 31536000.0 / {cases} + (i % 8) * 3600 AS BIGINT) AS happened,
         TIMESTAMP '2025-01-01 00:00:00' + INTERVAL 1 SECOND * CAST((i // 8) * 31536000.0 / {cases} + (i % 8) * 3600 AS BIGINT) AS recorded,
         CAST(hash(i // 8) % 71 + 1 AS BIGINT) AS org_id, CAST(hash(i // 8) % 71 * 2 + hash(i // 8) % 2 + 1 AS BIGINT) AS matter_id,
         CAST(hash(i // 8) % 142 + 1 AS BIGINT) AS offering_id, CAST(990100 + hash(i // 8) % 17 AS VARCHAR) AS region,
         CAST(hash(i) % 996 + 1 AS BIGINT) AS person_id, CASE WHEN hash(i // 8) % 10 < 6 THEN 'web' ELSE 'counter' END AS channel,
         'licence' AS kind, CAST(0 AS SMALLINT) AS secrecy,
         CASE WHEN i % 8 BETWEEN 2 AND 5 THEN ['书面审查', '现场核查', '审核复核', '送达'][CAST(i % 8 - 1 AS INTEGER)] END AS step,
         CASE WHEN i % 8 = 6 THEN CASE WHEN hash(i) % 50 = 0 THEN 'denied' ELSE 'granted' END END AS outcome,
         CASE WHEN i % 8 = 7 AND hash(i) % 100 < 12 THEN 'T0' || CAST(hash(i) % 8 + 1 AS VARCHAR) END AS rule,
         CASE WHEN i % 8 = 7 AND hash(i) % 100 < 12 THEN CAST(hash(i) % 3 + 1 AS SMALLINT) END AS level,
         CAST(NULL AS DECIMAL(14,2)) AS amount, i % 8 = 6 AS ended,
         CASE WHEN i % 8 BETWEEN 2 AND 6 THEN hash(i) % 50 > 0 END AS kept,
         CASE WHEN i % 8 BETWEEN 2 AND 6 THEN CAST(hash(i) % 12 AS INTEGER) END AS days,
         CASE WHEN i % 8 BETWEEN 2 AND 6 THEN CAST(hash(i) % 12 + hash(i) % 3 AS INTEGER) END AS elapsed,
         CASE WHEN i % 8 = 6 THEN 20 END AS law
    FROM range({first}, {last}) t(i) ORDER BY type, happened
) TO '{target}' {written}"""
TABLE = """
DROP TABLE IF EXISTS bench_facts;
CREATE UNLOGGED TABLE bench_facts (id bigint, case_id bigint, seq int, type text, happened timestamp, recorded timestamp, org_id bigint,
  matter_id bigint, offering_id bigint, region text, person_id bigint, channel text, kind text, secrecy smallint, step text, outcome text,
  rule text, level smallint, amount numeric(14,2), ended boolean, kept boolean, days int, elapsed int, law int)"""


def main(events: int) -> None:
    """Make the facts, ask the twelve in turn three ways, print each and the ratios."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    from bench.reporting.watch import parent, seconds
    from tongban.platforms.statistics import store
    from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Question, Span, figures_sql
    from tongban.platforms.statistics.queries import answer
    from tongban.registry.grants import Clause, Scope

    call_command("migrate", verbosity=0)
    place = Path(tempfile.mkdtemp(prefix="tongban-bench-"))
    settings.TONGBAN_STATISTICS = place
    try:
        names = _make(store, place, events)
        began = time.perf_counter()
        _load(connection, store, place, names)
        print(f"{events:,} facts, {sum((place / n).stat().st_size for n, _r in names) / 1e6:.0f} MB of Parquet; "
              f"into PostgreSQL {time.perf_counter() - began:.0f} s", flush=True)  # fmt: skip
        scope = Scope((Clause(None, None, 0),)).sql()
        bare_duck = store.connect()
        facts = f"{store.facts_of(store.files().names)} AS facts"
        ours, bares, pgs = [], [], []
        here, there = 0.0, 0.0  # processor seconds of one answer each
        cluster = parent(_backend(connection))
        for keys, by in TWELVE:
            question = Question(tuple(MEASURES[k] for k in keys), Span(FIRST, LAST), scope, GROUPINGS[by])
            bare_sql = figures_sql(question, facts)
            pg_sql = figures_sql(question, "bench_facts")
            our, bare = [], []
            for _round in range(ROUNDS):
                our.append(_took(lambda q=question: answer(q)))
                bare.append(_took(lambda s=bare_sql: bare_duck.execute(s).fetchall()))
            here += min(_spent(lambda q=question: answer(q), time.process_time) for _round in range(2))
            pg = [_took(lambda s=pg_sql: _pg(connection, s)) for _round in range(2)]
            there += min(
                _spent(lambda s=pg_sql: _pg(connection, s), lambda: seconds(cluster)) for _round in range(2)
            )
            same = _plain(bare_duck.execute(bare_sql).fetchall()) == _plain(_pg(connection, pg_sql))
            a, b, c = statistics.median(our), statistics.median(bare), min(pg)
            ours.append(a), bares.append(b), pgs.append(c)
            print(f"{'+'.join(keys)} by {by}: ours {a * 1000:.0f} ms · bare DuckDB {b * 1000:.0f} ms ({a / b:.2f}x) · "
                  f"PostgreSQL {c * 1000:.0f} ms ({c / a:.1f}x slower) · {'equal' if same else 'DIFFERENT'}", flush=True)  # fmt: skip
        _on_spark(place, scope)
        print(
            f"all twelve: ours / bare DuckDB {sum(ours) / sum(bares):.2f}x (promised <= 1.5), "
            f"PostgreSQL / ours {sum(pgs) / sum(ours):.1f}x (promised >= 5); in processor time {there / here:.1f}x "
            f"({there:.1f} s and {here:.1f} s)"
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_facts")


def _on_spark(place: Path, scope: str) -> None:
    import importlib.util

    from tongban.platforms.statistics import spark, store
    from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Question, Span, figures_sql

    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        print("Spark: not here (make spark)")
        return
    with spark.small_cluster(place) as session:
        ask, same, began = spark.ask_on(session), 0, time.perf_counter()
        for keys, by in TWELVE:
            question = Question(tuple(MEASURES[k] for k in keys), Span(FIRST, LAST), scope, GROUPINGS[by])
            sql = figures_sql(question, "{facts} AS facts")
            same += _plain(ask(sql)) == _plain(store.ask(sql))
        print(f"Spark: {same} of {len(TWELVE)} equal, {time.perf_counter() - began:.0f} s", flush=True)


def _make(store, place: Path, events: int) -> list[tuple[str, int]]:
    from dataclasses import replace
    from datetime import datetime

    from tongban.base.calendar import CHINA

    names, piece = [], 1_000_000
    with store.cursor() as duck:
        for first in range(0, events, piece):
            last = min(first + piece, events)
            name = f"facts-1-{first + 1}-{last}.parquet"
            target = place / name
            duck.execute(
                MAKE.format(first=first, last=last, cases=events // 8, target=target, written=store.WRITTEN)
            )
            names.append((name, last - first))
    store.publish(replace(store.Files(), watermark=events, parts=tuple(names), made_at=datetime.now(CHINA)))
    return names


def _load(connection, store, place: Path, names) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        with store.cursor() as duck:
            for name, _rows in names:
                rough = place / "rows.csv"
                duck.execute(
                    f"COPY (SELECT * FROM read_parquet('{place / name}')) TO '{rough}' (FORMAT csv, HEADER false)"
                )
                with (
                    rough.open("rb") as rows,
                    cursor.copy("COPY bench_facts FROM STDIN (FORMAT csv)") as into,
                ):
                    while block := rows.read(1 << 20):
                        into.write(block)
                rough.unlink()
        cursor.execute(
            "CREATE INDEX ON bench_facts (happened, type); CREATE INDEX ON bench_facts (org_id, happened); ANALYZE bench_facts"
        )


def _pg(connection, sql: str):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def _took(do) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def _spent(do, of) -> float:
    """Seconds of processor that it took, by the clock of whoever did it."""
    began = of()
    do()
    return of() - began


def _backend(connection) -> int:
    ((pid,),) = _pg(connection, "SELECT pg_backend_pid()")
    return pid


def _plain(rows):
    return sorted((str(r[0]), *(int(v or 0) for v in r[1:])) for r in rows)


if __name__ == "__main__":
    with durable():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 8_000_000)
