"""What the desk shows of reports: whose, how much came, what hangs and for how long, day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from tongban.base.calendar import CHINA
from tongban.engine.people import scopes
from tongban.platforms.reporting.models import Client, Comparison, ReportedObject
from tongban.platforms.reporting.queries import Day, day
from tongban.registry.grants import Scope
from tongban.registry.models import Account

DAYS = 30
TROUBLED = (ReportedObject.Status.PARKED, ReportedObject.Status.REFUSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """How reporting of one client stands: figures of the last DAYS days, what hangs now, since when."""

    client: Client
    last: datetime | None = None
    batches: int = 0
    accepted: int = 0
    late: int = 0
    taken: int = 0  # accepted or parked, of which `late`
    parked: int = 0
    refused: int = 0
    oldest: datetime | None = None  # of what is parked

    @property
    def late_share(self) -> int | None:
        """Of a hundred objects, how many were told later than 24 h; None while nothing was told."""
        return round(100 * self.late / self.taken) if self.taken else None


def may_look(account: Account) -> bool:
    """Whether there could be clients for this account to see at all."""
    held = scopes(account)
    return bool(held.of("view") or held.of("administer"))


def clients_for(account: Account, verb: str = "view") -> QuerySet[Client]:
    """The clients whose organisation is in the account's scope; those who administer it see them, too.

    This is the one predicate: every list, count and export of reports begins here.
    """
    held = scopes(account)
    clauses = held.of(verb).clauses + (held.of("administer").clauses if verb == "view" else ())
    inside = Scope(clauses).q("organisation_id", None, None)
    return (
        Client.objects.filter(inside).select_related("organisation").order_by("revoked_at", "name", "key_id")
    )


def standings(clients: QuerySet[Client]) -> list[Standing]:
    """How they all stand, in their order."""
    found = list(clients)
    ids = [c.pk for c in found]
    since = datetime.now(CHINA) - timedelta(days=DAYS)
    recent = Q(batches__received_at__gte=since)
    sums: Mapping[int, Any] = {
        r["pk"]: r
        for r in Client.objects.filter(pk__in=ids)
        .values("pk")
        .annotate(
            last=Max("batches__received_at"),
            n=Count("batches", filter=recent),
            accepted=Sum("batches__accepted", filter=recent, default=0),
            parked=Sum("batches__parked", filter=recent, default=0),
            late=Sum("batches__late", filter=recent, default=0),
        )
    }
    hanging = {
        (r["client_id"], r["status"]): r
        for r in ReportedObject.objects.filter(client_id__in=ids, status__in=TROUBLED)
        .values("client_id", "status")
        .annotate(n=Count("key"), oldest=Min("received_at"))
    }
    told = []
    for c in found:
        s, parked, refused = sums[c.pk], hanging.get((c.pk, "parked")), hanging.get((c.pk, "refused"))
        told.append(
            Standing(
                c, s["last"], s["n"], s["accepted"], s["late"], s["accepted"] + s["parked"],
                parked["n"] if parked else 0, refused["n"] if refused else 0, parked["oldest"] if parked else None,
            )
        )  # fmt: skip
    return told


def objects_wanted(client: Client, asked: Mapping[str, str]) -> QuerySet[ReportedObject]:
    """A client's objects: `status` ("" for those that hang), `type`, `day` of occurrence, `q`: key or case begins so."""
    rows = (
        ReportedObject.objects.filter(client=client)
        .defer("content", "digest")
        .select_related("reported_case")
    )
    status = asked.get("status", "")
    rows = (
        rows.filter(status=status)
        if status in ReportedObject.Status.values
        else rows.filter(status__in=TROUBLED)
    )
    if asked.get("type"):
        rows = rows.filter(type=asked["type"])
    if on := day_of(asked.get("day", "")):
        rows = rows.filter(day=on)
    if q := asked.get("q"):
        rows = rows.filter(Q(key__startswith=q) | Q(reported_case__key=q) | Q(code=q))
    return rows.order_by("-received_at", "key", "version")


def day_of(text: str) -> date | None:
    """A day as an address gives it; None for anything else."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def days_of(
    client: Client, until: date, count: int
) -> list[tuple[date, dict[str, Day], dict[str, Comparison]]]:
    """Day by day back from `until`: what is held of each type, and the last comparison with the department."""
    since = until - timedelta(days=count - 1)
    compared: dict[tuple[date, str], Comparison] = {
        (c.day, c.type): c
        for c in Comparison.objects.filter(client=client, day__range=(since, until)).defer("differences")
    }
    found = []
    for back in range(count):
        on = until - timedelta(days=back)
        held = {d.type: d for d in day(client.pk, on)}
        those = {type_: c for (day_, type_), c in compared.items() if day_ == on}
        if held or those:
            found.append((on, held, those))
    return found
