"""Lists as XLSX and CSV files. Every value is written as what it is; a text never becomes a formula."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 100_000

Value = str | int | float | Decimal | date | datetime | None


def sheet(name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]]) -> bytes:
    """A workbook of one sheet. `columns` are (name, width in characters); times are written in China time.

    At most MOST_ROWS rows; what is left off is said in the last row.
    """
    book = Workbook(write_only=True)
    page = book.create_sheet(name[:31])
    page.freeze_panes = "A2"
    for n, (_, width) in enumerate(columns, 1):
        page.column_dimensions[get_column_letter(n)].width = width

    page.append([_cell(page, title, head=True) for title, _ in columns])
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            page.append([_cell(page, f"只导出前 {MOST_ROWS:,} 行，请缩小范围后再导出。")])
            break
        page.append([_cell(page, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_response(
    filename: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]]
) -> HttpResponse:
    """The workbook as a download that no cache keeps."""
    return _download(sheet(filename, columns, rows), filename, "xlsx", XLSX)


def csv_response(filename: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> HttpResponse:
    """The list as CSV (UTF-8 with a mark, so that office programmes read the Chinese), that no cache keeps.

    A text that an office programme would take for a formula gets an apostrophe before it.
    """
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if v is None else _said(v) for v in row])
    return _download(out.getvalue().encode("utf-8-sig"), filename, "csv", "text/csv; charset=utf-8")


def csv_line(values: Sequence[Value]) -> str:
    """One line of a CSV that is streamed, values written as in `csv_response`."""
    out = StringIO()
    csv.writer(out).writerow(["" if v is None else _said(v) for v in values])
    return out.getvalue()


def _download(data: bytes, filename: str, suffix: str, media_type: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    stamp = f"{timezone.localtime():%Y%m%d-%H%M}"
    named = quote(f"{filename}-{stamp}.{suffix}", safe="")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"export-{stamp}.{suffix}\"; filename*=UTF-8''{named}"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _said(value: Value) -> str:
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
        return f"{value:%Y-%m-%d %H:%M}"
    said = str(value)
    return f"'{said}" if isinstance(value, str) and said[:1] in "=+-@\t\r" and said else said


def _cell(page: Any, value: Value, *, head: bool = False) -> Cell:
    if isinstance(value, datetime):
        value = timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    try:
        made = WriteOnlyCell(page, value)  # type: ignore[arg-type]  # the stubs know neither Decimal nor date
    except IllegalCharacterError:
        made = WriteOnlyCell(page, "".join(c for c in str(value) if c.isprintable()))
    if isinstance(value, str):
        made.data_type = "s"  # "=1+1" typed by an applicant stays a text
    if isinstance(value, datetime):
        made.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        made.number_format = "yyyy-mm-dd"
    if head:
        made.font, made.alignment = Font(bold=True), Alignment(vertical="center")
    return made
