"""A simulated year: what is found of what was planted, live and in bulk, how fast, in how much memory."""

import os
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import psycopg

from bench.reporting.watch import resident

if TYPE_CHECKING:
    from tongban.simulator.scoring import Score

FIRST, LAST, SEED = date(2025, 1, 2), date(2025, 12, 31), 20251122
COPIES = 3_000_000_000  # numbers of copies begin here
AT_ONCE = 20_000
COPY = """
SET session_replication_role = replica;
INSERT INTO engine_case SELECT new.* FROM engine_case c,
    LATERAL jsonb_populate_record(c, jsonb_build_object('id', c.id + %(by)s, 'uid', gen_random_uuid(), 'number', 'K' || (c.id + %(by)s))) new
 WHERE c.id BETWEEN %(first)s AND %(last)s;
INSERT INTO engine_case_state SELECT s.case_id + %(by)s, s.state FROM engine_case_state s
    WHERE s.case_id BETWEEN %(first)s AND %(last)s;
SET session_replication_role = origin;
"""


def run(cases: int = 20_000, copied: int = 200_000) -> None:
    """Simulate, score the chains and the bulk evaluation, then time the bulk evaluation over copies."""
    from bench.supervision import founding
    from tongban.simulator import city
    from tongban.simulator.scoring import rejudged, score
    from tongban.simulator.writing import simulate
    from tongban.simulator.year import Plan

    founding.migrate()
    plan = Plan("anlan", FIRST, LAST, cases, SEED)
    city.found("anlan")
    manifest = Path(tempfile.mkdtemp(prefix="tongban-bench-")) / "faults.jsonl"
    begun = time.perf_counter()
    told = simulate(plan, manifest, processes=2)
    took = time.perf_counter() - begun
    print(
        f"{told.written:,} cases simulated in {took:.0f} s, {told.faults:,} faults, refused: {told.refused or 'none'}"
    )
    tell_score("live, on the way", score(manifest, plan.keys()))
    tell_score("in bulk, at the end", score(manifest, plan.keys(), rejudged(plan.present)))
    _rate(copied)


def tell_score(name: str, scored: "Score") -> None:
    """Say what was found of what was to be found, what is false, and which rule was broken least often."""
    due, right, false = (sum(c.values()) for c in (scored.due, scored.right, scored.false))
    print(f"{name}: {right:,} of {due:,} found ({100 * right / due:.2f} %), {false} false")
    for line in scored.examples:
        print(f"  {line}")
    print(f"  {len(scored.due)} rules with faults, each as found of due (planted):")
    rows = [
        f"{rule} {scored.right[rule]:,} of {count:,} ({scored.planted[rule]:,})"
        for rule, count in sorted(scored.due.items())
    ]
    for n in range(0, len(rows), 4):
        print("    " + "; ".join(rows[n : n + 4]), flush=True)


def _rate(wanted: int) -> None:
    from tongban.base.calendar import CHINA
    from tongban.platforms.supervision.figures import Period
    from tongban.platforms.supervision.replay import replay

    there = _copy(wanted)
    pid, heard = os.getpid(), [0]
    memory: list[int] = []

    def progress(n: int) -> None:
        heard[0] += n
        if heard[0] * 10 >= there * (len(memory) + 1):
            memory.append(resident(pid))

    now = datetime(LAST.year, LAST.month, LAST.day, 23, 59, tzinfo=CHINA)
    begun, cpu = time.perf_counter(), process_time()
    tally = replay(Period(FIRST, LAST), now, progress=progress)
    took, cpu = time.perf_counter() - begun, process_time() - cpu
    print(
        f"{tally.cases:,} cases judged: {tally.cases / cpu:,.0f} a second of one core "
        f"({1e6 * cpu / tally.cases:.0f} µs each; {took:.0f} s by the clock)"
    )
    print(f"memory at each tenth, MB: {' '.join(map(str, memory))}")
    begun = time.perf_counter()
    both = replay(Period(FIRST, LAST), now, processes=2)
    print(
        f"two processes: {both.cases / (time.perf_counter() - begun):,.0f} a second by the clock, "
        f"{both.cases / both.seconds:,.0f} a second of one core",
        flush=True,
    )


def _copy(wanted: int) -> int:
    """Copy the year's cases until there are as many; gives how many there are."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        first, last, count = connection.execute(
            "SELECT min(id), max(id), count(*) FROM engine_case WHERE kind <> 'register'"
        ).fetchone()
        cursor, there, turn = psycopg.ClientCursor(connection), count, 0
        while there < wanted:
            for begin in range(first, last + 1, AT_ONCE):
                end = min(begin + AT_ONCE - 1, last)
                cursor.execute(
                    COPY, {"first": begin, "last": end, "by": COPIES + turn * (last - first + 1) - first}
                )
            turn, there = turn + 1, there + count
        connection.execute("VACUUM ANALYZE engine_case, engine_case_state")
    return int(there)
