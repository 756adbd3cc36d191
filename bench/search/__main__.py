"""`python -m bench.search [guides]`: how long finding a guide takes when there are many (5,000 when not said).

The guides are the demo city's, offered under other names by other departments until there are enough. Runs on a
PostgreSQL of its own, started and removed here, unless DATABASE_URL names one that may be emptied.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random

from bench.engine.__main__ import durable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")

QUERIES = Path(__file__).resolve().parents[2] / "tests" / "data" / "everyday_queries.json"
ROUNDS = 5
PROMISED_MS = 30.0


def main(guides: int) -> int:
    """Build, ask, report; 1 when the promise is not kept."""
    with durable():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        _build(guides)
        from tongban.registry.finding import find_guides

        asked = [row["query"] for row in json.loads(QUERIES.read_text(encoding="utf-8"))]
        typed = [q[:n] for q in asked for n in range(2, min(len(q), 8), 2)]
        found = _told("search, 30 hits", asked * ROUNDS, lambda q: find_guides(q, 30))
        _told("suggestions, 8 hits", typed, lambda q: find_guides(q, 8))
        return int(found > PROMISED_MS)


def _told(what: str, questions: list[str], ask: Callable[[str], object]) -> float:
    for question in questions[:60]:
        ask(question)
    times = []
    for question in questions:
        began = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - began) * 1000)
    times.sort()
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    print(f"{what:22} {len(times):5} questions   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
    return p99


def _build(guides: int) -> None:
    """Publish the demo city's matters, then offer them by other departments under other names."""
    from django.db import connection

    from tongban.project.demo import city
    from tongban.registry.guides import rebuild_guide_index
    from tongban.registry.models import Matter, Offering, OfferingVersion, Organisation

    class Quiet:
        def advance(self, n: int = 1) -> None: ...

        def say(self, text: str) -> None: ...

    city.bring_in_organisations()
    published = list(city.bring_in_matters(Quiet()).values())
    orgs = list(Organisation.objects.order_by("pk"))
    rng = Random(1)
    others = [v.name for v in published]
    pairs = [(v, org) for org, v in product(orgs, published) if v.offering.organisation_id != org.pk]
    rows = []
    for n, (v, org) in enumerate(pairs[: guides - len(published)]):
        other = rng.choice(others)
        name = f"{v.name.split('（')[0]}（{other.split('（')[0]}）"[:100]
        matter = Matter.objects.create(code=f"98{n:010}", name=name, kind=v.kind, owner=org)
        offering = Offering.objects.create(
            matter=matter,
            organisation=org,
            region_id=org.region_id,
            implementation_code=f"{org.code}498{n:010}",
        )
        content = {**v.content, "matter": {**v.content["matter"], "name": name}}
        rows.append(
            OfferingVersion(
                offering=offering, no=1, status="published", valid=v.valid, content=content, name=name, kind=v.kind,
                content_sha256=v.content_sha256, project_type=v.project_type, initiated_by=v.initiated_by,
                online_depth=v.online_depth, published_at=v.published_at, flow_sha256=v.flow_sha256,
            )
        )  # fmt: skip
    with connection.cursor() as cursor:  # versions begin as drafts; here thousands are wanted at once
        cursor.execute("SET session_replication_role = replica")
        OfferingVersion.objects.bulk_create(rows, batch_size=500)
        cursor.execute("SET session_replication_role = origin")
    count = rebuild_guide_index()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(
            "SELECT count(*), pg_size_pretty(pg_total_relation_size('registry_guideterm')) FROM registry_guideterm"
        )
        terms, size = cursor.fetchone()
    print(f"{count} guides, {terms} words of theirs ({size})")


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000))
