"""The floor: hand-written psycopg doing the least that is durable, one transaction a step.

BEGIN · read the case FOR UPDATE and its materials · four checks in Python · update the case · insert one event · COMMIT.
No authorisation, no to-do list, no hashes, no watches, no outbox, no idempotency.
"""

import os
import time
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.types.json import Jsonb

from bench.engine.workload import LIMITS, STEPS, WINDOW, Runner, Took, form_of

TABLES = """
CREATE SCHEMA IF NOT EXISTS floor;
DROP TABLE IF EXISTS floor.licence, floor.material, floor.event;
CREATE TABLE floor.licence(id bigint PRIMARY KEY, number text NOT NULL, step text NOT NULL, status text NOT NULL, form jsonb NOT NULL,
  opened timestamptz NOT NULL, due timestamptz, closed timestamptz);
CREATE TABLE floor.material(case_id bigint, key text, name text, size int, sha256 text, PRIMARY KEY (case_id, key));
CREATE TABLE floor.event(case_id bigint, seq smallint, step text, actor text, at timestamptz, due timestamptz, checks jsonb,
  PRIMARY KEY (case_id, seq));
"""


def prepare() -> None:
    """Empty tables."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(TABLES)


def checks(form: dict, materials: int, due: datetime | None, now: datetime) -> list:
    """Four rules a step."""
    return [
        ["fields", len(form) >= 10 and all(v not in (None, "") for v in form.values())],
        ["materials", materials == 3],
        ["capital", int(form["capital"]) >= 10_000 or form["area"] < 50],
        ["in_time", due is None or now <= due],
    ]


def runner() -> Runner:
    """Carries cases through the seven steps on a connection of its own."""
    connection = psycopg.connect(os.environ["DATABASE_URL"])
    cursor = connection.cursor()

    def run(first: int, cases: int) -> Took:
        took: Took = {step: [] for step in STEPS}
        for begin in range(first, first + cases, WINDOW):
            for seq, step in enumerate(STEPS):
                for n in range(begin, min(begin + WINDOW, first + cases)):
                    started = time.perf_counter()
                    now = datetime.now(UTC)
                    if seq == 0:
                        _submit(connection, cursor, n, now)
                    else:
                        _step(connection, cursor, n, seq, step, now)
                    took[step].append(time.perf_counter() - started)
        return took

    return run


def _submit(connection: psycopg.Connection, cursor: psycopg.Cursor, n: int, now: datetime) -> None:
    form, papers = form_of(n)
    told = checks(form, len(papers), None, now)
    with connection.transaction():
        cursor.execute(
            "INSERT INTO floor.licence VALUES (%s, %s, 'accept', 'open', %s, %s, %s, NULL)",
            (n, f"L{n:010d}", Jsonb(form), now, now + timedelta(days=LIMITS["accept"])),
        )
        cursor.executemany(
            "INSERT INTO floor.material VALUES (%s, %s, %s, %s, %s)",
            [(n, p["key"], p["name"], p["size"], p["sha256"]) for p in papers],
        )
        cursor.execute(
            "INSERT INTO floor.event VALUES (%s, 0, 'submit', 'applicant', %s, NULL, %s)",
            (n, now, Jsonb(told)),
        )


def _step(
    connection: psycopg.Connection, cursor: psycopg.Cursor, n: int, seq: int, step: str, now: datetime
) -> None:
    with connection.transaction():
        form, due = cursor.execute(
            "SELECT form, due FROM floor.licence WHERE id = %s FOR UPDATE", (n,)
        ).fetchone()
        count = len(cursor.execute("SELECT key FROM floor.material WHERE case_id = %s", (n,)).fetchall())
        told = checks(form, count, due, now)
        last = step == STEPS[-1]
        following = None if last else now + timedelta(days=LIMITS[STEPS[seq + 1]])
        cursor.execute(
            "UPDATE floor.licence SET step = %s, status = %s, due = %s, closed = %s WHERE id = %s",
            (
                "done" if last else STEPS[seq + 1],
                "done" if last else "open",
                following,
                now if last else None,
                n,
            ),
        )
        cursor.execute(
            "INSERT INTO floor.event VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (n, seq, step, f"clerk{n % 40}", now, due, Jsonb(told)),
        )
