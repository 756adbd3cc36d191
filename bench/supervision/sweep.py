"""Watches: very many that fall due at once, and a sweep in which nothing does."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import process_time
from typing import Any
from uuid import uuid4

import psycopg

from bench.reporting.watch import seconds

#: Accepted, and one step of one working day in hand.
FLOW: dict[str, Any] = {
    "key": "short",
    "name": "短流程",
    "nodes": [
        {"key": "start", "kind": "start"},
        {"key": "accept", "kind": "human", "name": "受理", "stage": "受理", "post": "CK", "duty": "accept",
         "limit": {"amount": 5, "counted": False}, "choices": [{"key": "accept"}, {"key": "refuse"}]},
        {"key": "review", "kind": "human", "name": "审查", "stage": "审查", "post": "SA", "duty": "review", "limit": {"amount": 1},
         "choices": [{"key": "pass", "name": "通过"}]},
        {"key": "decide", "kind": "human", "name": "决定", "stage": "决定", "post": "FG", "duty": "decide", "limit": {"amount": 3},
         "choices": [{"key": "granted", "name": "准予"}, {"key": "denied", "name": "不予", "needs": ["reason", "remedy"]}]},
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "accept"}, {"from": "accept", "to": "review"}, {"from": "review", "to": "decide"},
        {"from": "decide", "to": "end"},
    ],
}  # fmt: skip
OLD = 2_000_000_000
# Cases equal to one that is there, with the triggers off: row, state, tasks, events, and its watch where it has one.
GROW = """
SET session_replication_role = replica;
WITH model AS (SELECT c AS model FROM engine_case c WHERE id = %(model)s)
INSERT INTO engine_case SELECT new.* FROM model m, generate_series(%(from)s::bigint, %(to)s::bigint) n,
    LATERAL jsonb_populate_record(m.model, jsonb_build_object('id', n, 'uid', gen_random_uuid(), 'number', 'K' || n)) new;
INSERT INTO engine_case_state SELECT n, s.state FROM engine_case_state s, generate_series(%(from)s::bigint, %(to)s::bigint) n
 WHERE s.case_id = %(model)s;
WITH model AS (SELECT t AS model FROM engine_task t WHERE t.case_id = %(model)s)
INSERT INTO engine_task SELECT new.* FROM model m, generate_series(%(from)s::bigint, %(to)s::bigint) n,
    LATERAL jsonb_populate_record(m.model, jsonb_build_object('case_id', n)) new;
INSERT INTO engine_watch (case_id, fire_at, rules) SELECT n, w.fire_at, w.rules FROM engine_watch w,
    generate_series(%(from)s::bigint, %(to)s::bigint) n WHERE w.case_id = %(model)s;
SET session_replication_role = origin;
"""


def fire(cases: int = 100_000) -> None:
    """So many cases whose step fell due: one process ticks them all, and cards each. Then as many again, as the worker does."""
    from tongban.engine import watches

    model = _case_in_hand(days_back=1)
    _grow(model, OLD, cases - 1)
    with _told(cases):
        done, here, theirs = sweep()
        print(f"one process: {here:.1f} s of processor here, {theirs:.1f} s in PostgreSQL, {done:,} watches")
    model = _case_in_hand(days_back=1)
    _grow(model, OLD + cases, cases - 1)
    with _told(cases):
        print(f"as the worker does, on every core, their start included: {watches.run_all_due():,} watches")


def sweep() -> tuple[int, float, float]:
    """Fire what is due: how many watches, seconds of processor here and in the database's process."""
    from tongban.engine import watches

    server = _server()
    here, theirs, done = process_time(), seconds(server), 0
    while (ticked := watches.run_due(limit=500)) > 0:
        done += ticked
    return done, process_time() - here, seconds(server) - theirs


@contextmanager
def _told(cases: int) -> Iterator[None]:
    """Tell how long it took by the clock, and whether each watch gave its card."""
    from tongban.engine import watches
    from tongban.platforms.supervision.models import Card

    cards, begun = Card.objects.count(), time.perf_counter()
    yield
    took = time.perf_counter() - begun
    print(
        f"  {cases:,} due watches in {took:.1f} s by the clock, {Card.objects.count() - cards:,} cards given, "
        f"{watches.overdue_watches()} left due",
        flush=True,
    )


def rest(archived: int = 1_000_000) -> None:
    """A sweep with nothing due, with few cases and with very many: finished ones, and a tenth as many that wait."""
    model = _case_in_hand(days_back=0)
    finished = _finished()
    few = _idle()
    _grow(finished, OLD + 1_000_000_000, archived)
    _grow(model, OLD + 3_000_000_000, archived // 10)
    many = _idle()
    print(
        f"a sweep with nothing due: {few * 1000:.3f} ms of processor with a handful of cases, {many * 1000:.3f} ms with {archived:,} finished "
        f"and {archived // 10:,} waiting ones ({many / few:.2f}×)",
        flush=True,
    )


def _idle() -> float:
    """Seconds of processor, here and in the database, of a sweep with nothing due; the least of several rounds."""
    from tongban.engine import watches

    server, rounds = _server(), []
    for _ in range(ROUNDS):
        begun = process_time() + seconds(server)
        for _ in range(SWEEPS):
            assert watches.run_due() == 0, "something is due"
        rounds.append((process_time() + seconds(server) - begun) / SWEEPS)
    return min(rounds)


ROUNDS, SWEEPS = 5, 400


def _case_in_hand(days_back: int) -> int:
    """An accepted case whose step of one working day is over since midnight (1) or runs (0)."""
    from tongban.base.calendar import CHINA, load_calendar

    calendar, now = load_calendar(), datetime.now(CHINA)
    day = calendar.D(calendar.W(now.date() - timedelta(days=1)) - 1) if days_back else now.date()
    at = (
        datetime(day.year, day.month, day.day, 9, 30, tzinfo=CHINA)
        if days_back
        else now - timedelta(minutes=30)
    )
    return _imported(at, finished=False)


def _finished() -> int:
    from tongban.base.calendar import CHINA

    return _imported(datetime(2025, 3, 3, 9, 30, tzinfo=CHINA), finished=True)


def _imported(at: datetime, *, finished: bool) -> int:
    from bench.supervision import founding
    from tests.db.engine.city import CONTENT, FORM, build
    from tongban.engine.bulk import import_history
    from tongban.engine.history import HistoryRecord, HistoryStep
    from tongban.registry.models import Account, OfferingVersion

    founding.migrate()
    if not Account.objects.exists():
        build(
            FLOW, {**CONTENT, "limits": {**CONTENT["limits"], "promised": {"amount": 15, "unit": "workday"}}}
        )
    people = {a.username: a.pk for a in Account.objects.all()}
    minutes = timedelta(minutes=5)
    steps = [HistoryStep("accept", at + minutes, people["clerk"])]
    if finished:
        steps += [
            HistoryStep("complete", at + 2 * minutes, people["reviewer"], data={"task": 2, "outcome": "pass", "opinion": "同意"}),
            HistoryStep("complete", at + 3 * minutes, people["head"], data={"task": 3, "outcome": "granted", "opinion": "同意"}),
        ]  # fmt: skip
    record = HistoryRecord(
        key=f"bench {uuid4()}", offering_version=OfferingVersion.objects.get().pk, applied=at, applicant_name="兴旺小吃店",
        form=FORM, steps=tuple(steps), materials={"form": "supplied", "plan": "supplied", "training": "later"},
        applicant=people["applicant"],
    )  # fmt: skip
    (verdict,) = import_history([record])
    assert verdict.ok, verdict
    assert verdict.case_id is not None
    return verdict.case_id


def _grow(model: int, first: int, cases: int) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection)
        for begin in range(first, first + cases, 50_000):
            cursor.execute(
                GROW, {"model": model, "from": begin, "to": min(begin + 50_000, first + cases) - 1}
            )
        connection.execute("VACUUM ANALYZE engine_case, engine_case_state, engine_task, engine_watch")


def _server() -> int:
    """The process of the database that serves this one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
