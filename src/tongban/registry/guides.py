"""Keeping the search index of published guides (办事指南检索); derived from the versions, rebuilt at will."""

from collections.abc import Iterable

from django.db import connection, transaction

from tongban.registry.models import GuideIndex, OfferingVersion
from tongban.registry.search import tsvector_of


def index_guide(version: OfferingVersion) -> None:
    """Index one version; searching decides by its period whether it is shown."""
    _write([version])


@transaction.atomic
def rebuild_guide_index() -> int:
    """Index every version that is or will be in force anew; answers how many. Safe at any time."""
    GuideIndex.objects.all().delete()
    versions = OfferingVersion.objects.filter(status__in=["published", "retired"])
    count = 0
    for version in versions.iterator(chunk_size=200):
        _write([version])
        count += 1
    return count


def _write(versions: Iterable[OfferingVersion]) -> None:
    rows = [(v.pk, tsvector_of(v.content)) for v in versions]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO registry_guideindex (version_id, vector) VALUES (%s, %s::tsvector) "
            "ON CONFLICT (version_id) DO UPDATE SET vector = excluded.vector",
            rows,
        )
