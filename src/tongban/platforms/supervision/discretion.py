"""Discretion (裁量) in like cases: what was decided of the same matter and circumstances before, as numbers without names.

The benchmark itself (阶次、情节、幅度) stands in the matter's version; the rules that judge a decision in `rules/discretion.py`.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet

from tongban.base.calendar import CHINA
from tongban.engine import patterns
from tongban.engine.patterns import Penalty
from tongban.engine.people import scopes
from tongban.platforms.supervision.models import Card
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.queries import published_offerings

YEAR = timedelta(days=365)  # the window of J03


@dataclass(frozen=True, slots=True)
class Likes:
    """Decisions of one kind: how many, from what to what, on average, and how many left their band."""

    band: str
    circumstances: tuple[str, ...]
    count: int
    least: Decimal
    mean: Decimal
    most: Decimal
    left: int


def benchmarks(account: Account, q: str = "") -> QuerySet[OfferingVersion]:
    """The versions in force with a benchmark, of units where the account may look or supervise."""
    held = scopes(account).of_any("view", "supervise")
    reach = held.q("offering__organisation_id", "offering__matter_id", None)
    rows = published_offerings().filter(reach, content__discretion__has_key="bands")
    return rows.filter(name__icontains=q) if q else rows


def decided_alike(matter: int, now: datetime, *, until: datetime | None = None) -> list[Penalty]:
    """The decisions of a matter in the twelve months before, at all units, oldest first."""
    return patterns.penalties(now - YEAR, until or now, matter)


def likes(decisions: Collection[Penalty]) -> list[Likes]:
    """Decisions gathered by circumstances (by the band where none is said), as J03 compares them."""
    alike: dict[tuple[str, tuple[str, ...]], list[Mapping[str, Any]]] = defaultdict(list)
    for row in decisions:
        said = row.discretion
        alike[said.get("band", ""), tuple(sorted(said.get("circumstances") or ()))].append(said)
    found = []
    for (band, circumstances), rows in alike.items():
        amounts = [Decimal(str(r.get("amount", 0))) for r in rows]
        mean = (sum(amounts, Decimal()) / len(amounts)).quantize(Decimal("0.01"))
        left = sum(1 for r in rows if not r.get("inside", True))
        found.append(Likes(band, circumstances, len(rows), min(amounts), mean, max(amounts), left))
    return sorted(found, key=lambda like: (-like.count, like.band, like.circumstances))


def cards_of_discretion(account: Account, matters: Collection[int]) -> dict[int, int]:
    """Matter → how many cards of discretion the account may see of the twelve months up to now, revoked ones left out."""
    rows = Card.objects.visible_to(account).filter(
        rule__startswith="J", matter_id__in=matters, issued_at__gte=datetime.now(CHINA) - YEAR
    )
    rows = rows.exclude(status__in=(Card.Status.REVOKED, Card.Status.RISEN))
    return dict(rows.order_by().values_list("matter_id").annotate(n=Count("pk")))
