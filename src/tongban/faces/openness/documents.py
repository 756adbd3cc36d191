# ruff: noqa: RUF001, RUF002 -- the brackets of document numbers
"""What the public catalogue gives for table 2 of the annual report (第二十条第（一）项): 规章 and 行政规范性文件.

A regulation 规章 is a released record of the genre 政府令. A normative document 规范性文件 is one whose 文号 bears the word 规
(as 江政规〔2026〕1号), or that stands in a column of that name. What was withdrawn counts nowhere.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.public import public_q
from tongban.platforms.inquiry.annual.forms import Form

NORMATIVE = "rules"
"""The required column 规范性文件 of article 20."""
_REGULATION = Q(genre="01")
_NORM = Q(number__regex="规[^〔]{0,6}〔") | Q(columns__contains=[NORMATIVE])
ROWS: dict[str, Q] = {
    "rule": _REGULATION,
    "norm": _NORM & ~_REGULATION,
    "normdocs": _NORM & ~_REGULATION,
    "published": Q(),
    "digital": ~Q(body=""),
}
"""Rows of table 2 that the catalogue gives, in the formats of all years: key → which records."""


def counted(form: Form, orgs: Collection[int], year: int) -> dict[str, int]:
    """The numbers of table 2 that the catalogue gives for these units and a year: cell ("row.column number") → number."""
    return {
        f"{key}.{n}": behind(orgs, year, key, column).count()
        for block in form.table2
        for key, _name in block.rows
        if key in ROWS
        for n, column in enumerate(block.columns)
        if _of_year(column, key)
    }


def gives(row: str, column: str) -> bool:
    """Whether the catalogue gives the number of a cell of table 2."""
    return row in ROWS and bool(_of_year(column, row))


def behind(orgs: Collection[int], year: int, row: str, column: str) -> QuerySet[Record]:
    """The records behind a number of table 2."""
    rows = Record.objects.public().filter(ROWS[row], publisher_id__in=orgs)
    first, last = date(year, 1, 1), date(year, 12, 31)
    kind = _of_year(column, row)
    if kind == "issued":
        return rows.filter(issued_on__range=(first, last))
    if kind == "published":
        return rows.filter(published_on__range=(first, last))
    ended = _ended(rows, last)
    if kind == "repealed":
        return rows.filter(pk__in=ended).exclude(pk__in=_ended(rows, date(year - 1, 12, 31)))
    return rows.filter(Q(issued_on__lte=last) | Q(issued_on=None, published_on__lte=last)).exclude(
        pk__in=ended
    )


def _of_year(column: str, row: str) -> str:
    """What a column asks: documents issued, published or repealed in the year, or in force at its end; "" for none of these."""
    if row in {"published", "digital"}:
        return "published"
    if "废止" in column:
        return "repealed"
    if "现行有效" in column or "对外公开总数" in column:
        return "valid"
    if "新公开" in column:
        return "published"
    return "issued" if "制发" in column or "新制作" in column or row == "normdocs" else ""


def _ended(rows: QuerySet[Record], on: date) -> QuerySet[Record, Any]:
    """Those that were no longer in force on a day: replaced or repealed by then by something public, or past their last day.

    What is marked as repealed without a document that did it counts from its last change.
    """
    ends = Link.objects.standing().filter(kind__in=(Link.Kind.REPLACES, Link.Kind.REPEALS))
    by = ends.filter(public_q("source"), target=OuterRef("pk"))
    then = by.filter(Q(source__issued_on__lte=on) | Q(source__issued_on=None, source__published_on__lte=on))
    marked = Q(validity__in=(Record.Validity.REPEALED, Record.Validity.EXPIRED), updated_at__date__lte=on)
    gone = Q(Exists(then)) | Q(ends_on__lte=on) | (marked & ~Exists(by) & Q(ends_on=None))
    return rows.filter(gone).values("pk")
