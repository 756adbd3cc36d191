"""Which versions of matters somebody may take out, and the narrowing of the export form (部门、类型、状态)."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import QueryDict

from tongban.engine.people import scopes
from tongban.registry.models import Account, Matter, OfferingVersion, Organisation
from tongban.registry.queries import as_of, today

EDITING = ("draft_matter", "review_matter", "publish_matter")
#: What stands in the list of states; the first is what is taken out unless another is asked for.
STATES = {"now": "现行有效", "suspended": "暂停中", "draft": "编制中", "review": "审核中", "ended": "已停用"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was asked for; "" and None leave a question open. `org` includes the units below it."""

    words: str = ""
    org: int | None = None
    kind: str = ""
    state: str = "now"


def chosen_of(asked: QueryDict) -> Chosen:
    """The narrowing as it stands in an address; what is no choice is not narrowed by."""
    org, kind, state = asked.get("org", ""), asked.get("kind", ""), asked.get("state", "")
    return Chosen(
        asked.get("q", "").strip()[:60],
        int(org) if org.isascii() and org.isdecimal() and len(org) < 10 else None,
        kind if kind in Matter.Kind.values else "",
        state if state in STATES else "now",
    )


def matters_out(account: Account, chosen: Chosen) -> QuerySet[OfferingVersion]:
    """The versions on which the account drafts, reviews or publishes, narrowed; in the order of their codes."""
    rows = OfferingVersion.objects.filter(_reach(account), _stands(chosen.state))
    if chosen.words:
        named = Q(name__contains=chosen.words) | Q(offering__matter__code__startswith=chosen.words)
        rows = rows.filter(named)
    if chosen.org is not None:
        tree = as_of()
        within = tree.subtree(chosen.org) if chosen.org in tree else {chosen.org}
        rows = rows.filter(offering__organisation_id__in=within)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    return rows.order_by("offering__matter__code", "pk")


def units_out(account: Account) -> list[tuple[int, str]]:
    """The units that have matters the account may take out, by name."""
    tree = as_of()
    held = set(
        OfferingVersion.objects.filter(_reach(account)).values_list("offering__organisation_id", flat=True)
    )
    gone = dict(Organisation.objects.filter(pk__in=held - set(tree.nodes)).values_list("pk", "key"))
    named = [(pk, tree.nodes[pk].name if pk in tree.nodes else gone[pk]) for pk in held]
    return sorted(named, key=lambda row: row[1])


def _stands(state: str) -> Q:
    open_ = Q(status__in=["published", "retired"], valid__contains=today())
    match state:
        case "draft" | "review":
            return Q(status=state)
        case "suspended":
            return open_ & Q(offering__matter__status=Matter.Status.SUSPENDED)
        case "ended":
            return Q(status="retired") & ~Q(valid__contains=today())
        case _:
            return open_


def _reach(account: Account) -> Q:
    """The offerings on which the account drafts, reviews or publishes."""
    scope = scopes(account).of_any(*EDITING)
    return scope.q(org="offering__organisation_id", matter="offering__matter_id", secrecy=None)
