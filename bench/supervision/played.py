"""A simulated year of a million cases, played without a database: what is found of what was planted, how fast, in how much memory.

Every case is told and carried out for itself (`tongban.simulator.playing`); nothing is copied.
"""

import os
import time

from bench.reporting.watch import resident

PROCESSES, PARTS = 2, 50


def run(cases: int = 1_000_000, processes: int = PROCESSES, first: int = 0) -> None:
    """Play the year, from its case `first` on, and score it; say at each fiftieth how much memory all processes hold, and in the end how long what took."""
    from bench.supervision.year import FIRST, LAST, SEED, tell_score
    from tongban.simulator.playing import Played, play
    from tongban.simulator.year import Plan

    begun, parts, total = time.perf_counter(), 0, Played()

    def progress(piece: Played) -> None:
        nonlocal parts
        total.add(piece)
        if total.cases * PARTS >= (cases - first) * (parts + 1):
            parts = total.cases * PARTS // (cases - first)
            due, right, false = (
                sum(c.values()) for c in (total.bulk.due, total.bulk.right, total.bulk.false)
            )
            print(
                f"  {first + total.cases:>9,} cases after {time.perf_counter() - begun:,.0f} s: {resident(os.getpid())} MB in all processes; "
                f"{right:,} of {due:,} found, {false} false"
                + "".join(f"; {line}" for line in total.bulk.examples),
                flush=True,
            )

    play(Plan("anlan", FIRST, LAST, cases, SEED), processes=processes, begin=first, progress=progress)
    took = time.perf_counter() - begun
    print(
        f"{total.cases:,} cases played in {took:,.0f} s by {processes} processes, {total.events:,} events, "
        f"{total.faults:,} faults, refused: {total.refused or 'none'}"
    )
    tell_score("on the way", total.live)
    tell_score("in bulk, at the end", total.bulk)
    each = 1e6 / total.cases
    print(
        f"µs of a core for each case: told {total.telling * each:,.0f}, carried out with the rules watching "
        f"{total.carrying * each:,.0f}, read back {total.reading * each:,.0f}, all rules asked {total.judging * each:,.0f}"
    )
    print(
        f"rules in bulk: {total.cases / total.judging:,.0f} cases a second of one core, "
        f"{total.cases / (total.judging + total.reading):,.0f} with reading them back",
        flush=True,
    )
