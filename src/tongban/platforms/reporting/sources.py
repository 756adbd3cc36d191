"""What the reporting can tell the studies of supervision: what comparisons found, and how often fields came empty."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Q

from tongban.engine.kinds import Erasure, on_erasure, register_source
from tongban.engine.queries import WHO
from tongban.platforms.reporting.models import Comparison, ReportedObject

#: How an object is refused whose mandatory field is not there or is empty (`objects.read`).
EMPTY = Q(status="refused", code="object_invalid") & (
    Q(message__contains="Field required") | Q(message__contains="at least 1 ")
)


def comparisons(first: date, last: date) -> Iterator[Mapping[str, Any]]:
    """Comparisons made for these days: unit, day, type, how many agree and differ, how many are not here at all."""
    rows = Comparison.objects.filter(day__gte=first, day__lte=last).select_related("client")
    for row in rows.order_by("pk"):
        yield {
            "org": row.client.organisation_id, "day": row.day.isoformat(), "type": row.type, "same": row.same,
            "differing": row.differing, "missing": sum(1 for d in row.differences if d.get("here") is None),
        }  # fmt: skip


def emptiness(first: date, last: date) -> Iterator[Mapping[str, Any]]:
    """For each unit how many objects it reported in these days, and how many were refused for an empty field."""
    rows = (
        ReportedObject.objects.filter(day__gte=first, day__lte=last)
        .values("client__organisation_id")
        .order_by()
    )
    for row in rows.annotate(objects_=Count("key"), empty=Count("key", filter=EMPTY)):
        yield {"org": row["client__organisation_id"], "objects": row["objects_"], "empty": row["empty"]}


def declare() -> None:
    """Called once, when the programme starts."""
    on_erasure(forget)
    register_source("reporting.comparisons", comparisons)
    register_source("reporting.emptiness", emptiness)


def forget(erasure: Erasure) -> None:
    """With who applied go the values that corrections of reported objects still hold; their digests stay."""
    if erasure.path == WHO:
        ReportedObject.objects.filter(case_id=erasure.case_id, content__isnull=False).exclude(
            status="parked"
        ).update(content=None)
