"""History imported through the same `decide`, against a bare COPY of the very rows it wrote."""

import multiprocessing as mp
import os
import statistics
import time
from datetime import datetime, timedelta
from typing import Any

import psycopg

from bench.engine.live import DATA, WHO
from bench.engine.workload import STEPS, form_of

TABLES = (
    "engine_case", "engine_case_state", "engine_case_data", "engine_command", "engine_event", "engine_event_personal", "engine_task",
)  # fmt: skip
KEY = {"engine_case": "id"}


def records(first: int, cases: int) -> list[Any]:
    """Cases of the past, told as another system would."""
    from tongban.base.calendar import CHINA
    from tongban.engine.history import HistoryRecord, HistoryStep
    from tongban.registry.models import Account, OfferingVersion

    people = {a.username: a.pk for a in Account.objects.all()}
    version = OfferingVersion.objects.get().pk
    begun = datetime(2025, 3, 3, 9, 0, tzinfo=CHINA)
    told = []
    for n in range(first, first + cases):
        form, papers = form_of(n)
        at = begun + timedelta(minutes=n % 400)
        steps = tuple(
            HistoryStep(
                "accept" if s == "accept" else "complete", at + timedelta(hours=i), people[WHO[s]],
                data={**DATA[s], **({"task": TASK[s]} if s in TASK else {})},
            )
            for i, s in enumerate(STEPS[1:], start=1)
        )  # fmt: skip
        told.append(
            HistoryRecord(
                key=f"bench {n}", offering_version=version, applied=at, applicant_name=form["owner"], form=form, steps=steps,
                materials={p["key"]: "supplied" for p in papers}, applicant=people["applicant"],
            )
        )  # fmt: skip
    return told


TASK = {"review_a": 2, "review_b": 3}


def imported(first: int, cases: int, barrier: Any, answers: Any) -> None:
    """One process of an import; tells when it began and ended."""
    import django

    from tongban.base.processes import make_room

    make_room()  # as every program of the house
    django.setup()
    from tongban.engine.bulk import import_history

    told = records(first, cases)
    list(import_history(records(first + 500_000_000, 20)))
    barrier.wait()
    begin = time.perf_counter()
    wrong = [v for v in import_history(told) if not v.ok]
    answers.put((begin, time.perf_counter(), wrong[:1]))


def import_rate(first: int, cases: int, workers: int) -> float:
    """Cases a second of an import in that many processes."""
    context = mp.get_context("spawn")
    barrier, answers = context.Barrier(workers), context.Queue()
    processes = [
        context.Process(target=imported, args=(first + i * cases, cases, barrier, answers))
        for i in range(workers)
    ]
    for process in processes:
        process.start()
    told = [answers.get(timeout=600) for _ in processes]
    for process in processes:
        process.join(60)
    for _begin, _end, wrong in told:
        if wrong:
            raise SystemExit(f"refused: {wrong[0]}")
    return workers * cases / (max(t[1] for t in told) - min(t[0] for t in told))


def copy_rate(cases: int) -> float:
    """Cases a second of COPYing the same rows, made ready beforehand, into equal tables with equal indexes."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS bare CASCADE; CREATE SCHEMA bare")
        chosen = [
            r[0] for r in connection.execute("SELECT id FROM engine_case ORDER BY id DESC LIMIT %s", [cases])
        ]
        rows: dict[str, list[bytes]] = {}
        for table in TABLES:
            connection.execute(f"CREATE TABLE bare.{table} (LIKE {table} INCLUDING ALL EXCLUDING IDENTITY)")
            ids = ",".join(map(str, chosen))
            query = f"COPY (SELECT * FROM {table} WHERE {KEY.get(table, 'case_id')} IN ({ids})) TO STDOUT"
            with connection.cursor().copy(query) as out:
                rows[table] = [bytes(block) for block in out]
        begin = time.perf_counter()
        with connection.transaction():
            for table in TABLES:
                with connection.cursor().copy(f"COPY bare.{table} FROM STDIN") as into:
                    for block in rows[table]:
                        into.write(block)
        return cases / (time.perf_counter() - begin)


def compare(rounds: int = 3, cases: int = 3000) -> None:
    """Print the rates in turn and their ratios."""
    ones, twos, first = [], [], 0
    for _ in range(rounds):
        one = import_rate(first, cases, 1)
        two = import_rate(first + cases, cases, 2)
        first += 3 * cases
        bare = copy_rate(cases)
        print(f"import 1 process {one:.0f}/s · 2 processes {two:.0f}/s · bare COPY {bare:.0f}/s", flush=True)
        ones.append(one / bare)
        twos.append(two / bare)
    print(
        f"bulk / COPY: {statistics.median(ones):.2f}x with one process, {statistics.median(twos):.2f}x with two",
        flush=True,
    )
