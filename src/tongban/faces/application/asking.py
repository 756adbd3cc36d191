"""The questions of a form as kit components, with what was typed, what is wrong and what is known of the applicant."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tongban.base.ui.fields import KEPT, ErrorSummary, Field, FieldGroup, FieldType, Option, When
from tongban.base.ui.rows import TableField
from tongban.faces.application.tables import cell_name, columns_of, rows_asked, rows_bounds
from tongban.faces.application.typed import EMPTY, TABLE, Given, Typed, form_fields, is_several
from tongban.registry.answers import label_of, range_of

_KIT_TYPES: Mapping[str, FieldType] = {
    "textarea": "textarea", "number": "number", "integer": "number", "date": "date", "radio": "radio",
    "select": "select", "checkbox": "checkbox", "boolean": "checkbox", "idcard": "idcard", "uscc": "uscc",
    "mobile": "mobile", "email": "email", "money": "money",
}  # fmt: skip
_AUTOCOMPLETE = {"app_name": "name", "mobile": "tel", "email": "email", "addr": "street-address"}


@dataclass(frozen=True, slots=True)
class Filled:
    """A value known of the applicant. `shown` stands in the form; typed back unchanged, it means `value`.

    So an identity number can be filled in masked and never leaves the server. `said` tells where it came from. A
    locked value
    cannot be changed: whatever is sent, `value` counts.
    """

    shown: str
    value: str
    said: str = ""
    locked: bool = False


def application_form(
    content: Mapping[str, Any],
    typed: Typed = EMPTY,
    errors: Mapping[str, str] = EMPTY,
    filled: Mapping[str, Filled] = EMPTY,
    *,
    groups: Collection[int] | None = None,
) -> tuple[FieldGroup, ...]:
    """The question groups as kit components, with what was typed, what is wrong and what is known of the applicant.

    `groups` names some of them by place (0 is the first). Put `novalidate` on the <form>: conditional fields are shown
    to those without JavaScript, and the server is the judge.
    """
    labels = {f["name"]: str(f["label"]) for f in form_fields(content)}
    return tuple(
        FieldGroup(
            str(group.get("title", "")),
            tuple(
                _table(f, typed.get(f["name"]), errors, labels)
                if f["type"] == TABLE
                else _field(f, typed, errors, filled, labels)
                for f in group.get("fields", ())
                if f["type"] != "file"
            ),
            str(group.get("help") or ""),
        )
        for i, group in enumerate(content.get("form", {}).get("groups", ()))
        if groups is None or i in groups
    )


def error_summary(
    content: Mapping[str, Any], errors: Mapping[str, str], *, onward: bool = False
) -> ErrorSummary | None:
    """What has to be mended, in the order of the form; None where nothing is wrong."""
    lines = [("main", errors[""])] if "" in errors else []
    lines += [line for f in form_fields(content) for line in _told(f, errors)]
    return ErrorSummary(tuple(lines), KEPT, onward) if lines else None


def _told(field: Mapping[str, Any], errors: Mapping[str, str]) -> list[tuple[str, str]]:
    """What is wrong with a question, of a table cell by cell."""
    name, label = field["name"], label_of(field)[0]
    lines = [(f"f-{name}", f"{label}：{errors[name]}")] if name in errors else []
    if field["type"] != TABLE:
        return lines
    columns = {c["name"]: label_of(c)[0] for c in columns_of(field)}
    for key, words in errors.items():
        table, _dot, rest = key.partition(".")
        row, _dot, column = rest.partition(".")
        if table == name and column in columns:
            where = _("%(table)s第 %(row)s 行") % {"table": label, "row": int(row) + 1}
            lines.append((f"f-{key}", f"{where}{columns[column]}：{words}"))
    return lines


def _table(
    field: Mapping[str, Any], typed: Any, errors: Mapping[str, str], labels: Mapping[str, str]
) -> TableField:
    name, (least, most) = str(field["name"]), rows_bounds(field)
    rows = tuple(
        tuple(
            _field({**c, "name": cell_name(name, n, c["name"])}, _cells(name, n, row), errors, EMPTY, labels)
            for c in columns_of(field)
        )
        for n, row in enumerate(rows_asked(field, typed))
    )
    return TableField(
        name, label_of(field)[0], rows, hint=str(field.get("help") or ""), error=errors.get(name, ""),
        required=bool(field.get("required")), least=least, most=most, when=_when(field, labels),
    )  # fmt: skip


def _cells(name: str, n: int, row: Mapping[str, Given]) -> dict[str, Given]:
    return {cell_name(name, n, column): given for column, given in row.items()}


def _when(field: Mapping[str, Any], labels: Mapping[str, str]) -> When | None:
    when = field.get("when")
    if not when:
        return None
    said = _("只在“%(field)s”选“%(value)s”时填。") % {
        "field": labels.get(when["field"], when["field"]),
        "value": when.get("equals", when.get("contains")),
    }
    return When(when["field"], str(when.get("equals", "")), str(when.get("contains", "")), said)


def _field(
    field: Mapping[str, Any],
    typed: Typed,
    errors: Mapping[str, str],
    filled: Mapping[str, Filled],
    labels: Mapping[str, str],
) -> Field:
    name, label = field["name"], label_of(field)
    known = filled.get(name)
    given = typed.get(name)
    if known is not None and (known.locked or given is None):  # what was emptied stays empty
        given = known.shown
    kind: FieldType = _KIT_TYPES.get(field["type"], "text")
    if kind == "money" and label[1] not in ("", "元"):
        kind = "number"  # 万元: the unit says it, a ¥ before it would not
    longest = _longest(field)
    options = [str(o) for o in field.get("options") or ()]
    if known is not None and known.locked:
        options = [o for o in options if o == known.shown]
        kind = kind if options else "text"  # a masked number is not to be checked while typing
    return Field(
        name,
        label[0],
        kind,
        value=given if given is not None else ([] if is_several(field) else ""),
        hint="" if known is not None and known.locked else str(field.get("help") or _hint(field)),
        error=errors.get(name, ""),
        required=bool(field.get("required")),
        options=tuple(Option(o, o) for o in options),
        filled=known.said if known is not None and given == known.shown else "",
        unit=label[1] if kind in ("number", "money") else "",
        autocomplete=_AUTOCOMPLETE.get(name, "off"),
        maxlength=longest,
        readonly=known is not None and known.locked,
        when=_when(field, labels),
        wide=field["type"] in ("text", "address") and (longest is None or longest > 60),
    )


def _hint(field: Mapping[str, Any]) -> str:
    rule = field.get("validation") or {}
    said = str(rule.get("constraint", ""))
    if field["type"] == "datetime":
        return _("如 2026-11-21 09:30")
    if rule.get("rule") == "number" and (found := re.fullmatch(r"(\d+)-(\d+)", said)):
        return _("%(low)s 到 %(high)s 之间") % {"low": found[1], "high": found[2]}
    if rule.get("rule") == "date" and said and said != "YYYY-MM-DD":
        return said
    return ""


def _longest(field: Mapping[str, Any]) -> int | None:
    rule = field.get("validation") or {}
    if field["type"] in ("text", "textarea", "address") and rule.get("rule") == "length":
        return range_of(str(rule.get("constraint", "")))[1]
    return None
