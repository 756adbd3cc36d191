"""`python -m bench.disclosure [records] [files]`: how fast documents are read and taken in, found among many, and served.

200,000 records when not said, made up from words of the themes. Runs on a PostgreSQL of its own, started and removed
here, unless DATABASE_URL names one that may be emptied. Times are told twice: by the clock, and as processor time of this
process and of its database session, which tells what the work costs on a machine that others use too.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench.engine.__main__ import durable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")

PROMISED_SEARCH_MS, PROMISED_FACET_MS, PROMISED_FILES = 25.0, 50.0, 300.0
CHUNK = 1000


def main(records: int, files: int) -> int:
    """Build, ask, report; 1 when a promise is not kept."""
    with durable():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from bench.disclosure import pages

        kept = _files(files)
        _build(records)
        kept &= _search()
        return int(not (kept & pages.told()))


def _files(count: int) -> bool:
    """From bytes to rows of a batch: packing, keeping, reading, comparing. What a clerk confirms afterwards is not in it."""
    from tests.unit.disclosure.samples import SAMPLES
    from tongban.platforms.disclosure.models import Batch
    from tongban.platforms.disclosure.reader.batches import BatchFile
    from tongban.platforms.disclosure.services import begin_batch, read_batch

    org = _orgs(1)[0]
    texts = [sample[1] for sample in SAMPLES]
    files = [BatchFile(f"{n}.txt", f"{texts[n % len(texts)]}\n第{n}份。".encode()) for n in range(count)]
    began, worked = time.perf_counter(), time.process_time()
    batch = begin_batch(None, org, files, name="bench")
    done = read_batch(batch.pk)
    rate, own = count / (time.perf_counter() - began), count / (time.process_time() - worked)
    assert done.state == Batch.State.READ
    print(
        f"files read into a batch {count:8}   {rate:8.0f}/s   {own:8.0f} a second of this processor   (promised {PROMISED_FILES:.0f})"
    )
    return rate >= PROMISED_FILES


def _orgs(count: int) -> list[Any]:
    from tongban.project.demo import city
    from tongban.registry.models import Organisation

    if not Organisation.objects.exists():
        city.bring_in_organisations()
    return list(Organisation.objects.order_by("pk")[:count])


def _build(records: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Record
    from tongban.platforms.disclosure.reader import theme
    from tongban.platforms.disclosure.words import words_of

    rng = Random(3)
    orgs = _orgs(60)
    table = json.loads((Path(theme.__file__).parents[1] / "data/themes.json").read_bytes())
    terms = {entry["code"]: entry["terms"] or ["其他"] for entry in table["classes"]}
    everything = [term for rows in terms.values() for term in rows]
    genres, codes = list(GENRE_CODES), list(THEMES)
    first, days, now = date(2010, 1, 1), 6000, timezone.now()
    began, worked = time.perf_counter(), time.process_time()
    there = Record.objects.count()  # of an earlier run, where DATABASE_URL names its database
    for start in range(there, records, CHUNK):
        rows: list[Any] = []
        for n in range(start, min(start + CHUNK, records)):
            code, genre, org = rng.choice(codes), rng.choice(genres), rng.choice(orgs)
            about = "".join(rng.sample(terms[code], min(2, len(terms[code]))))
            day = first + timedelta(days=rng.randrange(days))
            body = "".join(
                f"{rng.choice(('要加强', '认真做好', '统筹推进', '切实落实'))}{rng.choice(everything)}和{rng.choice(everything)}工作，"
                f"由{rng.choice(('市政府', '各县区', '有关部门', '牵头单位'))}负责。"
                for _ in range(rng.randrange(10, 40))
            )
            row = Record(
                index_number=f"{org.code[8:17]}/{day.year}-B{n:06d}", title=f"安澜市关于{about}工作的{GENRE_CODES[genre]}",
                number=f"安政办〔{day.year}〕{n % 900 + 1}号", publisher=org, issued_on=day, published_on=day, body=body, theme=code, genre=genre,
                validity=rng.choice(("valid", "valid", "valid", "repealed")), state="released", released_at=now,
            )  # fmt: skip
            row.words = words_of(row)
            rows.append(row)
        Record.objects.bulk_create(rows)
    took = time.perf_counter() - began
    own = time.process_time() - worked
    print(
        f"records written         {records - there:8}   {(records - there) / took:8.0f}/s   {(records - there) / own:8.0f} a second of this processor"
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE disclosure_record")
        cursor.execute("VACUUM ANALYZE disclosure_tally")


def _search() -> bool:
    from tongban.base.processes import settle
    from tongban.platforms.disclosure.models import GENRE_CODES, THEMES
    from tongban.platforms.disclosure.search import Chosen, counts, find

    settle()  # as the server does
    rng = Random(5)
    words = [
        "财政",
        "预算",
        "教育",
        "学校",
        "医疗",
        "就业",
        "住房",
        "环境保护",
        "安全生产",
        "食品安全",
        "政务公开",
        "电子政务",
        "养老服务",
        "防汛",
        "土地",
        "公路",
        "旅游",
        "统计",
        "审计",
        "消防",
    ]
    asked = [" ".join(rng.sample(words, 2)) for _ in range(400)]
    search = _told("two words, ranked", asked, lambda q: find(str(q), Chosen()))
    narrow = [(rng.choice(asked), Chosen(theme=rng.choice(list(THEMES)))) for _ in range(100)]
    _told("two words in a class", narrow, lambda a: find(a[0], a[1]))
    _told(
        "a number alone",
        [f"安政办〔{rng.randrange(2011, 2026)}〕{rng.randrange(1, 900)}号" for _ in range(100)],
        lambda q: find(str(q), Chosen()),
    )
    choices = [Chosen(theme=rng.choice(list(THEMES))) for _ in range(40)] + [
        Chosen(genre=rng.choice(list(GENRE_CODES))) for _ in range(40)
    ]
    choices += [Chosen(year=rng.randrange(2011, 2026)) for _ in range(40)] + [Chosen()] * 20
    facets = _told("first page of a class, with counts", choices, lambda c: (find("", c), counts(c)))
    return search <= PROMISED_SEARCH_MS and facets <= PROMISED_FACET_MS


def _told(what: str, questions: list[Any], ask: Callable[[Any], object]) -> float:
    """Ask all, print both times; the 99th percentile of the processor's, or of the clock's where that is less, in ms."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        session = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    for question in questions[:40]:
        ask(question)
    clock, worked = [], []
    for question in questions:
        before, busy = time.perf_counter(), _processor(session)
        ask(question)
        clock.append((time.perf_counter() - before) * 1000)
        worked.append((_processor(session) - busy) * 1000)
    (p50, p99), (c50, c99) = _percentiles(clock), _percentiles(worked)
    print(
        f"{what:36} {len(questions):5} questions   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   "
        f"(processor: p50 {c50:6.1f}   p99 {c99:6.1f})"
    )
    return min(p99, c99)


def _processor(session: Path) -> float:
    """Processor seconds of this process and of its database session."""
    return time.process_time() + int(session.read_text().split()[0]) / 1e9


def _percentiles(times: list[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]


if __name__ == "__main__":
    said = [int(arg) for arg in sys.argv[1:]]
    sys.exit(main(*(said + [200_000, 2000][len(said) :])))
