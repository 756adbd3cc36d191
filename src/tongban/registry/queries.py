"""Reading the registry: organisations as they stood, the public's guides, who holds what. Finding: see `finding`."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Prefetch, QuerySet

from tongban.base.calendar import CHINA
from tongban.registry import tree
from tongban.registry.models import HOUSE_FLOWS, Account, Holding, OfferingVersion, Organisation, Post
from tongban.registry.tree import Node, Tree

IN_FORCE = (OfferingVersion.Status.PUBLISHED, OfferingVersion.Status.RETIRED)


def today() -> date:
    """The day in China, by which everything here goes when no day is said."""
    return datetime.now(CHINA).date()


def as_of(on: date | None = None) -> Tree:
    """The organisation tree of a day."""
    return tree.as_of(on or today())


def organisation(key_or_code: str, on: date | None = None) -> Node | None:
    """One organisation by its key or credit code, as it stood on a day."""
    return next((n for n in as_of(on).nodes.values() if key_or_code in (n.key, n.code)), None)


def organisation_name(org_id: int, on: date | None = None) -> str:
    """The full name an organisation bore on a day; "" when it did not exist yet."""
    node = as_of(on).nodes.get(org_id)
    return "" if node is None else node.name


def published_offerings(
    on: date | None = None,
    *,
    region: str | None = None,
    org_ids: Collection[int] | None = None,
    kind: str | None = None,
) -> QuerySet[OfferingVersion]:
    """The versions in force on a day that the public may look up. Region takes in what lies below it (same leading digits)."""
    versions = (
        OfferingVersion.objects.filter(status__in=IN_FORCE, valid__contains=on or today())
        .exclude(flow_key__startswith=HOUSE_FLOWS)
        .select_related("offering__matter", "offering__organisation", "offering__region")
        .order_by("offering__matter__code", "offering_id")
    )
    if region is not None:
        versions = versions.filter(offering__region_id__startswith=region_stem(region))
    if org_ids is not None:
        versions = versions.filter(offering__organisation_id__in=org_ids)
    if kind is not None:
        versions = versions.filter(kind=kind)
    return versions


def guide(which: int | str, on: date | None = None) -> OfferingVersion | None:
    """The version in force of an offering, by its id or its implementation code (matter code where it has none)."""
    versions = published_offerings(on).prefetch_related(
        "conditions",
        "materials",
        "steps",
        "limits",
        "fees",
        "results",
        "legal_bases",
        "risk_points",
        "errata",
    )
    if isinstance(which, int):
        return versions.filter(offering_id=which).first()
    return (
        versions.filter(offering__implementation_code=which).first()
        or versions.filter(offering__matter__code=which).first()
    )


def region_stem(region: str) -> str:
    """The leading digits shared by a region and everything below it (990100 → 9901)."""
    stem = region.rstrip("0")
    return stem + "0" * (len(stem) % 2) if len(stem) <= 6 else stem + "0" * (-len(stem) % 3)


def holders_of(post: Post, on: date | None = None) -> QuerySet[Account]:
    """Who holds a post on a day."""
    return Account.objects.filter(holdings__post=post, holdings__valid__contains=on or today()).distinct()


def posts_of(account: Account, on: date | None = None) -> list[Post]:
    """The posts an account holds on a day."""
    holdings = Holding.objects.filter(account=account, valid__contains=on or today())
    return [h.post for h in holdings.select_related("post__organisation").order_by("post__code")]


def directory(on: date | None = None) -> list[tuple[Node, Organisation]]:
    """Every organisation of a day with its duties, its three named posts and their holders, parents first."""
    day = on or today()
    then = as_of(day)
    current = Prefetch(
        "holdings",
        queryset=Holding.objects.filter(valid__contains=day).select_related("account"),
        to_attr="current",
    )
    posts = Prefetch("posts", queryset=Post.objects.prefetch_related(current))
    rows = {
        o.pk: o
        for o in Organisation.objects.select_related(
            "region", "responsible_leader", "administrator", "document_clerk"
        ).prefetch_related(posts)
    }
    ordered: list[tuple[Node, Organisation]] = []
    waiting = list(reversed(then.roots()))
    while waiting:
        node = waiting.pop()
        if not node.abolished:
            ordered.append((node, rows[node.id]))
        waiting.extend(reversed(then.children(node.id)))
    return ordered
