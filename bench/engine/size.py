"""Whether the to-do list and a step cost the same with a million cases as with ten thousand."""

import os
import statistics
import time

import psycopg

from bench.engine.live import runner

# Finished cases of the past: the row, four closed tasks and four events each. Copied from one real finished case with
# the triggers off; what the live path reads and writes has real indexes of real size around it.
GROW = """
SET session_replication_role = replica;
WITH model AS (SELECT c AS model FROM engine_case c WHERE phase = 'closed' ORDER BY id LIMIT 1)
INSERT INTO engine_case SELECT old.* FROM model m, generate_series(%(from)s::bigint, %(to)s::bigint) n,
    LATERAL jsonb_populate_record(m.model, jsonb_build_object('id', n, 'uid', gen_random_uuid(), 'number', 'OLD' || n)) old;
WITH model AS (SELECT s.state FROM engine_case_state s JOIN engine_case c ON c.id = s.case_id WHERE c.phase = 'closed' LIMIT 1)
INSERT INTO engine_case_state SELECT n, m.state FROM model m, generate_series(%(from)s::bigint, %(to)s::bigint) n;
WITH model AS (SELECT t AS model FROM engine_task t WHERE t.case_id = (SELECT min(id) FROM engine_case WHERE phase = 'closed') AND t.no <= 4)
INSERT INTO engine_task SELECT old.* FROM model m, generate_series(%(from)s::bigint, %(to)s::bigint) n,
    LATERAL jsonb_populate_record(m.model, jsonb_build_object('case_id', n)) old;
INSERT INTO engine_event (case_id, seq, type, v, occurred_at, recorded_at, actor_kind, actor_id, channel, command_id, payload, prev_hash, hash)
SELECT n, e.seq, e.type, e.v, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_id, e.channel, e.command_id, e.payload, e.prev_hash, e.hash
  FROM engine_event e, generate_series(%(from)s::bigint, %(to)s::bigint) n
 WHERE e.case_id = (SELECT min(id) FROM engine_case WHERE phase = 'closed') AND e.seq <= 4;
SET session_replication_role = origin;
"""
OLD = 2_000_000_000


def grow(start: int, stop: int) -> None:
    """Add finished cases OLD+start … OLD+stop-1."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection)
        for begin in range(start, stop, 50_000):
            cursor.execute(GROW, {"from": OLD + begin, "to": OLD + min(begin + 50_000, stop) - 1})
        connection.execute("VACUUM ANALYZE engine_case, engine_case_state, engine_task, engine_event")
        connection.execute("CHECKPOINT")  # or it is written while we measure


def costs(first: int) -> tuple[float, float]:
    """(ms of the first page of the to-do list, ms of a step), medians, with some hundred open cases about."""
    from tongban.engine.queries import inbox
    from tongban.registry.models import Account

    run = runner()
    run(first, 50)
    steps = [s for each in run(first + 1000, 200).values() for s in each]
    clerk = Account.objects.get(username="reviewer")
    lists = []
    for _ in range(200):
        begin = time.perf_counter()
        inbox(clerk)
        lists.append(time.perf_counter() - begin)
    return statistics.median(lists) * 1000, statistics.median(steps) * 1000


def compare() -> None:
    """Measure at 10,000, at 1,000,000, and say the ratios."""
    costs(10_000_000)
    grow(0, 10_000)
    small = costs(20_000_000)
    grow(10_000, 1_000_000)
    large = costs(30_000_000)
    print(f"10,000 cases: inbox {small[0]:.2f} ms, step {small[1]:.2f} ms", flush=True)
    print(f"1,000,000 cases: inbox {large[0]:.2f} ms, step {large[1]:.2f} ms", flush=True)
    print(
        f"1,000,000 / 10,000: inbox {large[0] / small[0]:.2f}x, step {large[1] / small[1]:.2f}x", flush=True
    )
