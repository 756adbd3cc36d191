"""What is measured against what, and the ratios that are promised."""

import importlib.util

from bench.engine import bulk as history
from bench.engine import floor, spiff
from bench.engine import live as ours
from bench.engine import size as growth
from bench.engine.workload import Figure, measure, show

ROUNDS = 5


def live() -> None:
    """One durable transaction a step: our full path against hand-written psycopg, and against SpiffWorkflow."""
    ours.prepare()
    floor.prepare()
    compared = [("psycopg by hand", floor.runner, 400), ("tongban", ours.runner, 400)]
    if importlib.util.find_spec("SpiffWorkflow"):
        spiff.prepare()
        compared.append(("SpiffWorkflow", spiff.runner, 60))
    first, rounds = 0, []
    for _ in range(ROUNDS):  # in turn, so that a drifting machine drifts for all
        told: dict[str, Figure] = {}
        for name, runner, cases in compared:
            told[name] = measure(name, runner, cases, workers=1, repeats=1, first=first)
            first += 2 * cases
            show(told[name])
        rounds.append(told)
    for other in [name for name, _runner, _cases in compared if name != "tongban"]:
        ratios = sorted(r["tongban"].per_second / r[other].per_second for r in rounds)
        print(
            f"tongban / {other}: {ratios[len(ratios) // 2]:.2f}× ({ratios[0]:.2f}–{ratios[-1]:.2f})",
            flush=True,
        )
    for name, runner, cases in compared[:2]:
        show(measure(name, runner, cases, workers=2, repeats=3, first=first))
        first += 8 * cases


def bulk() -> None:
    """History through `decide` against a bare COPY of the same rows."""
    ours.prepare()
    history.compare()


def size() -> None:
    """The to-do list and a step at 10,000 and at 1,000,000 cases."""
    ours.prepare()
    growth.compare()
