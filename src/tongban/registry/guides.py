"""Keeping the search index of published guides (办事指南检索); derived from the versions, rebuilt at will."""

from collections.abc import Iterable

from django.db import transaction

from tongban.base.text import sort_key
from tongban.registry.models import HOUSE_FLOWS, GuideIndex, GuideTerm, OfferingVersion
from tongban.registry.search import body_of, facets_of, letter_of, lexemes_of


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
    for version in versions:
        if version.flow_key.startswith(HOUSE_FLOWS):
            continue
        content = version.content
        GuideIndex.objects.update_or_create(
            version=version,
            defaults={
                "sort_key": sort_key(version.name),
                "letter": letter_of(version.name),
                "facets": facets_of(content),
                "body": body_of(content),
            },
        )
        GuideTerm.objects.filter(version=version).delete()
        GuideTerm.objects.bulk_create(
            [GuideTerm(version=version, lexeme=word, weight=w) for word, w in lexemes_of(content).items()]
        )
