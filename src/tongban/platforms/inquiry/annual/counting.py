"""Counting the tables of a year from the register, and the requests behind each number."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from tongban.engine.models import Case
from tongban.engine.queries import decided_in, decisions_in
from tongban.platforms.inquiry.annual.forms import (
    TOTAL,
    Form,
    Table,
    added,
    disputes,
    filled,
    form_of,
)
from tongban.platforms.inquiry.models import Dispute, Inquiry, Report
from tongban.platforms.inquiry.rules import APPLICANTS
from tongban.registry.models import Account
from tongban.registry.queries import as_of, today

#: Rows of table 2 that cases of the house give: key → kind of matter (GB/T 39046 A.1).
_POWERS = {"licence": "01", "penalty": "02", "force": "03"}


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one organisation, or of all below it, for a year."""

    form: Form
    table3: Table
    table4: Table


def tables_of(org: int, year: int, *, whole: bool) -> Tables:
    """Tables 3 and 4 as the register has them; with `whole` of the organisation and all below it, as the tree ended the year.

    Units whose report states its own numbers (kept elsewhere) come in with these.
    """
    form = form_of(year)
    orgs = units(org, year, whole=whole)
    told = {r.org_id: r.stated for r in _stating(orgs, year)}
    counted = orgs - told.keys()
    third = [filled(form, _counts(form, counted, year)), *(s["table3"] for s in told.values())]
    fourth = [disputes(_disputed(counted, year)), *(s["table4"] for s in told.values() if "table4" in s)]
    return Tables(form, added(third), added(fourth))


def units(org: int, year: int, *, whole: bool) -> frozenset[int]:
    """Whose requests a report is about."""
    if not whole:
        return frozenset((org,))
    return as_of(min(date(year, 12, 31), today())).subtree(org) | {org}


def behind(orgs: Collection[int], year: int, row: str, column: str) -> QuerySet[Inquiry]:
    """The requests behind a number of table 3. Raises KeyError for a row or column that has none."""
    form = form_of(year)
    kind = next(r.kind for r in form.table3 if r.code == row and r.kind != "head")
    rows = _of(orgs, year, kind)
    if kind == "leaf":
        rows = rows.filter(outcome__in=[k for k, code in form.leaf.items() if code == row])
    if column == TOTAL:
        return rows
    return rows.filter(applicant_type={c: c for c in APPLICANTS}[column])


def decided(org: int, year: int, *, whole: bool) -> dict[str, int]:
    """Decisions of the year on permits, penalties and coercive measures, for table 2; cell → number."""
    orgs, form = units(org, year, whole=whole), form_of(year)
    found = decisions_in(orgs, date(year, 1, 1), date(year, 12, 31))
    cells = {}
    for block in form.table2:
        for key, _name in block.rows:
            place = next((n for n, c in enumerate(block.columns) if "处理决定" in c), None)
            if key in _POWERS and place is not None:
                cells[f"{key}.{place}"] = found.get(_POWERS[key], 0)
    return cells


def power_of(row: str, column: str) -> str:
    """The kind of matter whose decisions a cell of table 2 counts; "" for a cell that cases do not give."""
    return _POWERS.get(row, "") if "处理决定" in column else ""


def decided_cases(account: Account, orgs: Collection[int], year: int, power: str) -> QuerySet[Case]:
    """The cases behind a number of decisions, of those the account sees."""
    rows = decided_in(orgs, date(year, 1, 1), date(year, 12, 31)).filter(matter__kind=power)
    return Case.objects.visible_to(account).filter(pk__in=rows.values("pk"))


def last_year(org: int, year: int, *, whole: bool) -> Report | None:
    """The report about the year before, as it was published."""
    rows = Report.objects.filter(org_id=org, year=year - 1, whole=whole, status=Report.Status.PUBLISHED)
    return rows.first()


def _counts(form: Form, orgs: Collection[int], year: int) -> Iterator[tuple[str, str, int]]:
    if not orgs:
        return
    for kind in ("new", "carried", "next"):
        (row,) = form.rows(kind)
        grouped = _of(orgs, year, kind).order_by().values_list("applicant_type").annotate(n=Count("pk"))
        for column, number in grouped:
            yield row.code, column, number
    ended = (
        _of(orgs, year, "leaf").order_by().values_list("outcome", "applicant_type").annotate(n=Count("pk"))
    )
    for outcome, column, number in ended:
        yield form.leaf[outcome], column, number


def _of(orgs: Collection[int], year: int, kind: str) -> QuerySet[Inquiry]:
    """Requests of a kind of row. What was never received (not confirmed, or taken back before) is in none."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = Inquiry.objects.filter(org_id__in=orgs, received_on__lte=last)
    if kind == "new":
        return rows.filter(received_on__gte=first)
    if kind == "carried":
        return rows.filter(Q(concluded_on=None) | Q(concluded_on__gte=first), received_on__lt=first)
    if kind == "next":
        return rows.filter(Q(concluded_on=None) | Q(concluded_on__gt=last))
    return rows.filter(concluded_on__range=(first, last))


def _disputed(orgs: Collection[int], year: int) -> Iterator[tuple[str, str, int]]:
    """What ended in the year by its result, and what was pending at its end."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = Dispute.objects.filter(org_id__in=orgs, filed_on__lte=last).order_by()
    ended = rows.filter(ended_on__range=(first, last)).values_list("way", "result").annotate(n=Count("pk"))
    yield from ended
    pending = rows.filter(Q(ended_on=None) | Q(ended_on__gt=last)).values_list("way").annotate(n=Count("pk"))
    for way, number in pending:
        yield way, "pending", number


def _stating(orgs: Collection[int], year: int) -> list[Report]:
    """Reports in force (the latest of each unit) that state their own numbers."""
    rows = Report.objects.filter(org_id__in=orgs, year=year, whole=False, stated__has_key="table3")
    rows = rows.exclude(status=Report.Status.REPLACED).order_by("org_id", F("no").desc())
    return list(rows.distinct("org_id"))
