"""One licence case of seven recorded steps, the same for every engine measured here.

submit (a form of ten fields, three materials) → accept → two reviews in parallel → decide → deliver → file.
"""

import hashlib
import json
import multiprocessing as mp
import random
import statistics
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STEPS = ("submit", "accept", "review_a", "review_b", "decide", "deliver", "file")
LIMITS = {"submit": 0, "accept": 5, "review_a": 10, "review_b": 10, "decide": 5, "deliver": 3, "file": 1}
WINDOW = (
    50  # cases under way at the same time, step by step: nobody finishes one case before the next comes in
)


def form_of(n: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The form and the materials of the n-th case; the same n gives the same."""
    chance = random.Random(n)
    form = {
        "name": f"第{n}小吃店", "owner": chance.choice("王李张刘陈") + chance.choice("伟芳娜敏静"), "area": chance.randrange(20, 400),
        "capital": str(chance.randrange(1, 500) * 10_000), "address": f"东门大街{chance.randrange(1, 999)}号",
        "phone": f"139{chance.randrange(10**8):08d}", "kind": chance.choice(("餐饮", "食堂", "外卖")), "staff": chance.randrange(1, 40),
        "opens": "2026-12-01", "promise": "所填内容真实",
    }  # fmt: skip
    papers = [
        {"key": key, "name": name, "size": chance.randrange(10_000, 900_000), "sha256": hashlib.sha256(f"{n}{key}".encode()).hexdigest()}
        for key, name in (("form", "申请书.pdf"), ("plan", "平面图.pdf"), ("training", "培训.pdf"))
    ]  # fmt: skip
    return form, papers


@dataclass(frozen=True, slots=True)
class Figure:
    """What one configuration reached: cases a second (median, least, most) and milliseconds a step."""

    engine: str
    workers: int
    cases: int
    per_second: float
    least: float
    most: float
    step_ms_p50: float
    step_ms_p99: float
    own_ms: (
        float  # processor time of the worker itself for a step; the rest is the database and waiting for it
    )
    mean_ms: dict[str, float]  # by step


Took = dict[str, list[float]]  # seconds of each step, by its name
Runner = Callable[[int, int], Took]  # (first case, how many)


def measure(
    engine: str, make: Callable[[], Runner], cases: int, *, workers: int, repeats: int, first: int
) -> Figure:
    """Run `cases` cases in each of `workers` processes, `repeats` times; processes start together."""
    rates, p50, p99, own, means = [], [], [], [], []
    for _ in range(repeats):
        context = mp.get_context("spawn")
        barrier, answers = context.Barrier(workers), context.Queue()
        processes = [
            context.Process(target=_work, args=(make, first + i * cases, cases, barrier, answers))
            for i in range(workers)
        ]
        first += workers * cases
        for process in processes:
            process.start()
        told = [answers.get() for _ in processes]
        for process in processes:
            process.join(60)
        for work in told:
            if work.error:
                sys.exit(work.error)
        begin, end = min(w.begin for w in told), max(w.end for w in told)
        steps = sorted(s for w in told for each in w.took.values() for s in each)
        rates.append(workers * cases / (end - begin))
        p50.append(steps[len(steps) // 2] * 1000)
        p99.append(steps[int(len(steps) * 0.99)] * 1000)
        own.append(sum(w.own for w in told) / len(steps) * 1000)
        means.append({step: statistics.fmean(s for w in told for s in w.took[step]) * 1000 for step in STEPS})
    return Figure(
        engine, workers, workers * cases, *(round(f(rates), 1) for f in (statistics.median, min, max)),
        *(round(statistics.median(told), 3) for told in (p50, p99, own)),
        {step: round(statistics.median(m[step] for m in means), 3) for step in STEPS},
    )  # fmt: skip


@dataclass(slots=True)
class Work:
    """What one process did: from when to when, its own processor time, and how long each step took, in seconds."""

    begin: float = 0
    end: float = 0
    own: float = 0
    took: Took = field(default_factory=dict)
    error: str = ""


def _work(make: Callable[[], Runner], first: int, cases: int, barrier: Any, answers: Any) -> None:
    try:
        run = make()
        run(first + 900_000_000, 10)  # warm
        barrier.wait()
        begin, own = time.perf_counter(), time.process_time()
        took = run(first, cases)
        answers.put(Work(begin, time.perf_counter(), time.process_time() - own, took))
    except BaseException:  # noqa: BLE001 -- told to the parent, which ends the run
        answers.put(Work(error=traceback.format_exc()))


def show(figure: Figure) -> None:
    """One line of JSON."""
    print(json.dumps({k: getattr(figure, k) for k in figure.__slots__}, ensure_ascii=False), flush=True)
