"""An answer of an application form as people read it: its label with the unit, the words of a value, the rows of a table."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from tongban.base.codes import mask_citizen_id
from tongban.base.ui.format import cn_date

TABLE = "table"
_UNIT_IN_LABEL = re.compile(r"^(.+?)（([^（）]{1,6})）$")


def answer_words(field: Mapping[str, Any], value: Any) -> str:
    """One answer as people read it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field["type"] == TABLE:
        columns, rows = answer_rows(field, value)
        return "；".join(
            "、".join(f"{c} {w}" for c, w in zip(columns, row, strict=True) if w) for row in rows
        )
    if isinstance(value, list):
        return "、".join(str(v) for v in value)
    if field["type"] == "idcard":
        return mask_citizen_id(str(value))
    if field["type"] == "date":
        try:
            return cn_date(date.fromisoformat(str(value)))
        except ValueError:
            return str(value)
    if field["type"] in ("money", "number", "integer"):
        try:
            return f"{Decimal(str(value)):,} {label_of(field)[1]}".rstrip()
        except InvalidOperation:
            return str(value)
    return str(value)


def label_of(field: Mapping[str, Any]) -> tuple[str, str]:
    """Name and unit: “经营场所面积（平方米）” asks for an area in square metres."""
    label = str(field["label"])
    if field["type"] in ("number", "integer", "money") and (found := _UNIT_IN_LABEL.match(label)):
        return found[1], found[2]
    return label, ""


def range_of(said: str) -> tuple[int | None, int | None]:
    """The ends of “2-30” in a rule of the definition; an open end is None."""
    found = re.fullmatch(r"(\d*)\s*-\s*(\d*)", said)
    if found is None:
        return None, None
    return (int(found[1]) if found[1] else None), (int(found[2]) if found[2] else None)


def answer_rows(field: Mapping[str, Any], value: Any) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A table's answer: the names of its columns, and its rows in words."""
    columns = [c for c in field.get("columns") or () if isinstance(c, Mapping)]
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    told = tuple(
        tuple("" if row.get(c["name"]) is None else answer_words(c, row[c["name"]]) for c in columns)
        for row in rows
    )
    return tuple(label_of(c)[0] for c in columns), told
