"""The sections of an annual report with their tables as components, and a report as a download."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from tongban.base.ui import parts
from tongban.platforms.inquiry.annual.export import (
    FORMATS,
    export,
    lines_of_table4,
    tables,
    title_of,
)
from tongban.platforms.inquiry.annual.forms import COLUMNS, Block, form_of, sections
from tongban.platforms.inquiry.models import Report

Href = Callable[[str, str], str]
IN_TABLE_2 = "active"
"""Stands for the column in the address of a number of table 2, whose cell is named as a whole."""


def drawn(report: Report, href: Href | None = None) -> list[dict[str, Any]]:
    """The six sections: heading, words, tables. `href(row, column)` leads from a number of table 2 or 3 to what is behind it."""
    form, told = form_of(report.year), tables(report)
    grids: dict[str, list[parts.Table]] = {
        "active": [_second(block, told["table2"], href) for block in form.table2],
        "requests": [_third(report, told["table3"], href)],
        "disputes": [
            parts.table(
                tuple(str(c) or _("途径") for c in lines_of_table4(told["table4"])[0]),
                [tuple(_number(v) for v in line) for line in lines_of_table4(told["table4"])[1:]],
                _("行政复议、行政诉讼"), caption_hidden=True, dense=True, matrix=True,
            )
        ],
    }  # fmt: skip
    return [
        {"key": key, "name": name, "words": report.sections.get(key, ""), "grids": grids.get(key, [])}
        for key, name in sections().items()
    ]


def file_response(report: Report, ending: str) -> HttpResponse:
    """The report as a file to keep. Raises Http404 for what it cannot be had as."""
    if ending not in FORMATS:
        raise Http404(_("没有这种格式"))
    response = HttpResponse(export(report, ending), content_type=FORMATS[ending][0])
    name = quote(f"{title_of(report)}.{ending}", safe="")
    response["Content-Disposition"] = (
        f"attachment; filename=\"report-{report.pk}.{ending}\"; filename*=UTF-8''{name}"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _second(block: Block, cells: dict[str, str], href: Href | None) -> parts.Table:
    """A block of table 2; a number leads to what the house has of it."""
    rows: list[tuple[Any, ...]] = [
        (
            name,
            *(
                parts.Cell(
                    cells.get(f"{key}.{n}", "0"),
                    href=href(f"{key}.{n}", IN_TABLE_2) if href and f"{key}.{n}" in cells else "",
                    number=True,
                )
                for n in range(len(block.columns))
            ),
        )
        for key, name in block.rows
    ]
    heads: list[str | parts.Column] = [
        _("信息内容"),
        *(parts.Column(name, right=True) for name in block.columns),
    ]
    return parts.table(heads, rows, block.name, dense=True, matrix=True)


def _third(report: Report, table: dict[str, dict[str, int]], href: Href | None) -> parts.Table:
    form = form_of(report.year)
    rows: list[tuple[Any, ...]] = []
    for row in form.table3:
        name = "\u3000" * row.level + row.name
        if row.kind == "head":
            rows.append((name, *("" for _c in COLUMNS)))
            continue
        numbers = (
            parts.Cell(
                f"{table[row.code][c]:,}",
                "",
                href(row.code, c) if href and table[row.code][c] else "",
                number=True,
            )
            for c in COLUMNS
        )
        rows.append((name, *numbers))
    heads: list[str | parts.Column] = [
        _("办理情况"),
        *(parts.Column(name, right=True) for name in COLUMNS.values()),
    ]
    return parts.table(
        heads, rows, _("收到和处理政府信息公开申请情况"), caption_hidden=True, dense=True, matrix=True
    )


def _number(value: str | int) -> Any:
    return parts.Cell(f"{value:,}", number=True) if isinstance(value, int) else value
