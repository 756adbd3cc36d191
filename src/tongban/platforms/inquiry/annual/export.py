"""The annual report as a file: DOCX and PDF to read, XLSX and JSON for machines. All from one telling of it."""

from collections.abc import Sequence
from importlib.resources import files
from io import BytesIO
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font

from tongban.base.calendar import CHINA
from tongban.base.sheets import XLSX
from tongban.base.typeset import typeset
from tongban.base.wordfile import DOCX, Grid, Heading, Paragraph, Part, word_file
from tongban.platforms.inquiry.annual import counting
from tongban.platforms.inquiry.annual.forms import COLUMNS, RESULTS, WAYS, Form, Table, form_of, sections
from tongban.platforms.inquiry.models import Report
from tongban.registry.queries import organisation_name

#: How it can be had: ending → (media type, what it is called).
FORMATS = {
    "docx": (DOCX, "Word 文档"), "pdf": ("application/pdf", "PDF"), "xlsx": (XLSX, "表格（XLSX）"),
    "json": ("application/json", "数据（JSON）"),
}  # fmt: skip
Line = list[str | int]


def title_of(report: Report) -> str:
    """What stands above the report."""
    return f"{organisation_name(report.org_id)}{report.year}年政府信息公开工作年度报告"


def tables(report: Report) -> dict[str, Any]:
    """The three tables: as published, or as they stand today."""
    if report.tables:
        return dict(report.tables)
    counted = counting.tables_of(report.org_id, report.year, whole=report.whole)
    return {
        "table2": dict(report.stated.get("table2", {})),
        "table3": counted.table3,
        "table4": counted.table4,
    }


def lines_of_table2(form: Form, cells: dict[str, str]) -> list[tuple[str, list[Line]]]:
    """Table 2 as blocks of lines, each with its heading line."""
    told = []
    for block in form.table2:
        lines: list[Line] = [["信息内容", *block.columns]]
        lines += [
            [name, *[cells.get(f"{key}.{n}", "0") for n in range(len(block.columns))]]
            for key, name in block.rows
        ]
        told.append((block.name, lines))
    return told


def lines_of_table3(form: Form, table: Table) -> list[Line]:
    """Table 3 as lines under its head; headings have no numbers."""
    lines: list[Line] = [
        ["（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", *COLUMNS.values()]
    ]
    for row in form.table3:
        numbers: Line = [""] * len(COLUMNS) if row.kind == "head" else [table[row.code][c] for c in COLUMNS]
        lines.append([row.name, *numbers])
    return lines


def lines_of_table4(table: Table) -> list[Line]:
    """Table 4 as lines under its head."""
    lines: list[Line] = [["", *RESULTS.values()]]
    lines.extend([name, *[table[way][r] for r in RESULTS]] for way, name in WAYS.items())
    return lines


def export(report: Report, ending: str) -> bytes:
    """The file. Raises KeyError for an ending that is not in FORMATS."""
    return {"docx": _docx, "pdf": _pdf, "xlsx": _xlsx, "json": _json}[ending](report)


def _docx(report: Report) -> bytes:
    parts: list[Part] = [Heading(title_of(report), 0)]
    for key, name, words, grids in _told(report):
        del key
        parts.append(Heading(name))
        if words:
            parts.append(Paragraph(words))
        for heading, lines in grids:
            if heading:
                parts.append(Paragraph(heading))
            parts.append(Grid(lines, (5, *(1 for _ in lines[0][1:]))))
    return word_file(title_of(report), parts)


def _pdf(report: Report) -> bytes:
    source = files("tongban.platforms.inquiry").joinpath("forms/report.typ").read_text(encoding="utf-8")
    told = [
        {"name": name, "words": [w for w in words.splitlines() if w.strip()], "grids": [{"name": h, "rows": _texts(g)} for h, g in grids]}
        for _, name, words, grids in _told(report)
    ]  # fmt: skip
    on = report.published_at.astimezone(CHINA).date() if report.published_at else None
    day = [on.year, on.month, on.day] if on else [report.year + 1, 1, 1]
    data = {
        "title": title_of(report), "office": organisation_name(report.org_id), "year": report.year, "sections": told,
        "date": day, "published": f"{on.year}年{on.month}月{on.day}日" if on else "（未公布的草稿）",
    }  # fmt: skip
    return typeset(source, data)


def _xlsx(report: Report) -> bytes:
    book, form, told = Workbook(), form_of(report.year), tables(report)
    book.remove(book.worksheets[0])
    second: list[Line] = []
    for heading, lines in lines_of_table2(form, told["table2"]):
        second += [[heading], *lines, []]
    for name, lines in (
        ("主动公开", second), ("收到和处理申请", lines_of_table3(form, told["table3"])), ("复议诉讼", lines_of_table4(told["table4"])),
    ):  # fmt: skip
        page = book.create_sheet(name)
        for line in lines:
            page.append(line)
        page.column_dimensions["A"].width = 60
        for cell in page[1]:
            cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True)
    words = book.create_sheet("文字")
    for key, name in sections().items():
        words.append([name, report.sections.get(key, "")])
        words.cell(words.max_row, 2).data_type = "s"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _json(report: Report) -> bytes:
    form = form_of(report.year)
    said = {
        "schema": 1, "title": title_of(report), "organisation": {"code": report.org.code, "name": organisation_name(report.org_id)},
        "year": report.year, "edition": report.no, "whole": report.whole, "format": {"key": form.key, "basis": form.basis},
        "status": report.status, "published_at": report.published_at.astimezone(CHINA).isoformat() if report.published_at else None,
        "sha256": report.sha256 or None, "sections": report.sections, **tables(report),
        "rows": [{"code": r.code, "name": r.name, "kind": r.kind} for r in form.table3],
        "columns": dict(COLUMNS), "results": dict(RESULTS), "ways": dict(WAYS),
    }  # fmt: skip
    return orjson.dumps(said, option=orjson.OPT_INDENT_2)


def _told(report: Report) -> list[tuple[str, str, str, list[tuple[str, list[Line]]]]]:
    """The sections in order: key, heading, words, tables."""
    form, told = form_of(report.year), tables(report)
    grids: dict[str, list[tuple[str, list[Line]]]] = {
        "active": lines_of_table2(form, told["table2"]),
        "requests": [("", lines_of_table3(form, told["table3"]))],
        "disputes": [("", lines_of_table4(told["table4"]))],
    }
    return [(key, name, report.sections.get(key, ""), grids.get(key, [])) for key, name in sections().items()]


def _texts(lines: Sequence[Line]) -> list[list[str]]:
    return [[str(value) for value in line] for line in lines]
