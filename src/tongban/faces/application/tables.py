"""Questions answered with rows (表格): columns of the usual types, so many rows at least and at most.

The controls of a cell are named TABLE.ROW.COLUMN. `_do` = “add:TABLE” and “drop:TABLE:ROW” ask for a row more or less;
what was typed is kept. Rows left empty do not count.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from tongban.base.ui.rows import asked_for as button_pressed
from tongban.faces.application.typed import (
    LONGEST,
    MOST_ROWS,
    TABLE,
    Given,
    Row,
    form_fields,
    is_several,
    tidy,
)
from tongban.faces.application.values import Day, Wrong, asked_for, value_of

_FIRST_ROWS = 2  # shown before anything is typed, where the table takes as many


def columns_of(field: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The columns of a table, each a field of its own."""
    return [c for c in field.get("columns") or () if isinstance(c, Mapping)]


def rows_bounds(field: Mapping[str, Any]) -> tuple[int, int]:
    """How many rows at least and at most; what must be answered needs one."""
    said = field.get("rows") or {}
    least = max(int(said.get("min") or 0), 1 if field.get("required") else 0)
    return least, max(least, min(int(said.get("max") or MOST_ROWS), MOST_ROWS))


def cell_name(table: str, row: int, column: str) -> str:
    """The name of a cell's control, and the key of what is wrong with it."""
    return f"{table}.{row}.{column}"


def row_asked_for(content: Mapping[str, Any], post: QueryDict) -> str:
    """The table of which a pressed button asks for a row more or less; "" where none was pressed."""
    what, name, _n = button_pressed(post)
    tables = {f["name"] for f in form_fields(content) if f["type"] == TABLE}
    return name if what in ("add", "drop") and name in tables else ""


def rows_typed(value: Any) -> list[Row]:
    """The rows of a table as they were typed."""
    return [dict(row) for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def rows_asked(field: Mapping[str, Any], typed: Any) -> list[Row]:
    """The rows to be shown: those typed, else so many empty ones."""
    least, most = rows_bounds(field)
    rows = rows_typed(typed)
    begin = max(least, min(_FIRST_ROWS, most))
    return rows or [{} for _n in range(begin)]


def read_rows(field: Mapping[str, Any], post: QueryDict) -> tuple[list[Row] | None, set[str]]:
    """The rows that were sent, with the pressed button carried out, and the names of their controls.

    None where the table was not on the page.
    """
    name, columns = str(field["name"]), {str(c["name"]): c for c in columns_of(field)}
    pattern = re.compile(re.escape(name) + r"\.(\d{1,3})\.(\w+)")
    found = [(key, m) for key in post if (m := pattern.fullmatch(key))]
    known = {key for key, m in found if m[2] in columns}
    what, table, n = button_pressed(post)
    pressed = table == name and what in ("add", "drop")
    if not known and not pressed:
        return None, known
    at = sorted({int(m[1]) for key, m in found if key in known})[:MOST_ROWS]
    rows: list[Row] = [
        {c: _given(spec, post, cell_name(name, number, c)) for c, spec in columns.items()} for number in at
    ]
    if pressed and what == "drop" and n in at:
        rows.pop(at.index(n))
    if pressed and what == "add":
        most = rows_bounds(field)[1]
        rows = rows or rows_asked(field, None)
        if len(rows) < most:
            rows.append({})
    return rows, known


def judge_rows(field: Mapping[str, Any], typed: Any, day: Day) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rows as data, and what is wrong by the name of the cell; with the table itself under its own name."""
    name, rows = str(field["name"]), []
    errors: dict[str, str] = {}
    for n, row in enumerate(rows_typed(typed)):
        if any(row.values()):
            values, wrong = _judge_row(field, row, day)
            rows.append(values)
            errors |= {cell_name(name, n, column): words for column, words in wrong.items()}
    if typed not in (None, "", []) and len(rows_typed(typed)) != (
        len(typed) if isinstance(typed, list) else -1
    ):
        errors[name] = _("请按行填写")
    if odd := sorted(
        {c for row in rows_typed(typed) for c in row} - {str(c["name"]) for c in columns_of(field)}
    ):
        errors[name] = _("没有这一列：%(names)s") % {"names": "、".join(odd)}
    least, most = rows_bounds(field)
    if len(rows) < least:
        errors[name] = _("至少填 %(least)s 行，现在填了 %(now)s 行") % {"least": least, "now": len(rows)}
    elif len(rows) > most:
        errors[name] = _("最多填 %(most)s 行，现在填了 %(now)s 行") % {"most": most, "now": len(rows)}
    return rows, errors


def _judge_row(field: Mapping[str, Any], row: Row, day: Day) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for column in columns_of(field):
        try:
            value = value_of(column, row.get(column["name"], ""), values, day)
        except Wrong as said:
            wrong[column["name"]] = said.words
            continue
        if value is not None:
            values[column["name"]] = value
        elif column.get("required"):
            wrong[column["name"]] = asked_for(column)
    return values, wrong


def _given(column: Mapping[str, Any], post: QueryDict, name: str) -> Given:
    if is_several(column):
        return [v[:200] for v in post.getlist(name)[:100]]
    return tidy(post.get(name, ""))[:LONGEST]
