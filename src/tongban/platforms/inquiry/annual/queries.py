"""Reads of annual reports: which one may see, which are public, when each is due."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from tongban.base.calendar import CHINA
from tongban.engine.people import scopes
from tongban.platforms.inquiry.models import Inquiry, Report
from tongban.platforms.inquiry.rules import book
from tongban.registry.models import Account
from tongban.registry.queries import as_of, organisation_name, today

#: How many days before its end a deadline is spoken of.
WARN_FROM = 30


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is to be published by a day. `left` are days until then, negative once it has passed."""

    org: int
    name: str
    year: int
    on: date
    left: int
    report: Report | None

    @property
    def late(self) -> bool:
        """The day has passed and nothing is published."""
        return self.left < 0


def reports_for(account: Account) -> QuerySet[Report]:
    """Reports of the units whose register the account sees, drafts too."""
    reach = scopes(account).of("view").q(org="org_id", matter=None, secrecy=None)
    return Report.objects.filter(reach).select_related("org").order_by("-year", "org_id", "-no")


def published() -> QuerySet[Report]:
    """Reports that the public reads."""
    rows = Report.objects.filter(status=Report.Status.PUBLISHED).select_related("org")
    return rows.order_by("-year", "org_id")


def due_on(org: int, year: int) -> date:
    """By when the report about a year is to be out: departments at the end of January, governments of March (第四十九条)."""
    rules = book()["report_due"]["2019" if year >= 2019 else "2008"]
    month, day = rules["government" if organisation_name(org).endswith("人民政府") else "department"].split(
        "-"
    )
    return date(year + 1, int(month), int(day))


def reports_missing(first: date, last: date) -> list[dict[str, Any]]:
    """Reports that were due before the `last` day, about the year before it, and not published by then (第四十九条).

    Of units that kept their register of requests here in that year or before; what others publish elsewhere is not known.
    """
    year = last.year - 1
    out = set(
        Report.objects.exclude(status=Report.Status.DRAFT)
        .filter(year=year, published_at__lt=datetime.combine(last + timedelta(days=1), time(), CHINA))
        .values_list("org_id", flat=True)
    )
    kept = Inquiry.objects.filter(submitted_on__lte=date(year, 12, 31)).order_by("org_id")
    owing = [org for org in kept.values_list("org_id", flat=True).distinct() if org not in out]
    return [{"org": org, "year": year, "due": due} for org in owing if (due := due_on(org, year)) < last]


def due_reports(account: Account, year: int) -> list[Due]:
    """Of the units the account answers for or watches: whose report about the year is not out, the earliest deadline first."""
    held, now = scopes(account), today()
    tree = as_of()
    out = set(Report.objects.filter(year=year, status="published").values_list("org_id", flat=True))
    drafts = {r.org_id: r for r in Report.objects.filter(Q(status="draft"), year=year)}
    told = []
    for node in tree.nodes.values():
        if node.abolished or node.id in out or not held.of("view").admits(node.id):
            continue
        on = due_on(node.id, year)
        told.append(Due(node.id, node.name, year, on, (on - now).days, drafts.get(node.id)))
    return sorted(told, key=lambda d: (d.on, d.name))
