"""What was typed into a form, right or wrong: read from what was sent, made of data, carried to another version."""

import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

Given = str | list[str]  # one answer as it was typed; several choices are a list
Row = dict[str, Given]  # of a table, by column
Typed = Mapping[str, str | list[str] | list[Row]]
LONGEST = 4000  # characters of one answer
MOST_ROWS = 100  # of one table
TABLE = "table"
# Names that belong to the page and not to the form; so does every name beginning with "_".
PAGE_NAMES = frozenset({"csrfmiddlewaretoken", "command_id", "later"})
EMPTY: Mapping[str, Any] = {}


def form_fields(content: Mapping[str, Any], groups: Collection[int] | None = None) -> list[Mapping[str, Any]]:
    """The fields of the form definition in order, of all groups or of some."""
    return [
        f
        for i, g in enumerate(content.get("form", {}).get("groups", ()))
        if groups is None or i in groups
        for f in g.get("fields", ())
    ]


def typed_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The engine's data as it would have been typed, to be shown and changed (补正, 代填)."""
    typed: dict[str, Any] = {}
    for name, value in data.items():
        if isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
            typed[name] = [typed_of(row) for row in value]
        elif isinstance(value, bool):
            typed[name] = "1" if value else ""
        elif isinstance(value, list):
            typed[name] = [str(v) for v in value]
        else:
            typed[name] = "" if value is None else str(value)
    return typed


def as_typed(field: Mapping[str, Any], given: Any) -> Any:
    """An answer so that two that say the same are equal: no blanks around, no empty rows, choices in any order."""
    if field["type"] == TABLE:
        rows = [row for row in given or () if isinstance(row, Mapping)]
        return [told for row in rows if (told := {c: _plain(v) for c, v in row.items() if v})]
    return _plain(given) if given else ""


def kept_of(content: Mapping[str, Any], typed: Typed) -> tuple[dict[str, Any], list[str]]:
    """Of what was typed under another version, what fits this one, and the names that do not."""
    fields = {f["name"]: f for f in form_fields(content)}
    kept: dict[str, Any] = {}
    lost: list[str] = []
    for name, value in typed.items():
        field = fields.get(name)
        options = [] if field is None else list(field.get("options") or ())
        several = field is not None and (is_several(field) or field["type"] == TABLE)
        if field is None or several != isinstance(value, list):
            fits = not value
        elif isinstance(value, list):
            fitting = (
                _rows_kept(field, value) if field["type"] == TABLE else [v for v in value if v in options]
            )
            kept[name] = fitting
            fits = fitting == value
        else:
            fits = not options or value in ("", *options)
            if fits:
                kept[name] = value
        if not fits:
            lost.append(name)
    return kept, lost


def _plain(given: Any) -> Any:
    return sorted(given) if isinstance(given, list) else tidy(str(given))


def _rows_kept(field: Mapping[str, Any], rows: list[Any]) -> list[Row]:
    """Of the rows of a table, the columns that there still are."""
    columns = {c["name"] for c in field.get("columns") or ()}
    return [{c: v for c, v in row.items() if c in columns} for row in rows if isinstance(row, Mapping)]


def is_several(field: Mapping[str, Any]) -> bool:
    """Whether a field is answered with several choices."""
    return field["type"] == "checkbox" and bool(field.get("options"))


def holds(when: Mapping[str, Any] | None, told: Mapping[str, Any]) -> bool:
    """Whether the field is asked, by the answers so far. A field whose question was not asked has no answer."""
    if not when:
        return True
    given = told.get(when["field"])
    if "contains" in when:
        return when["contains"] in given if isinstance(given, list | str) else False
    wanted = when.get("equals")
    return wanted in given if isinstance(given, list) else given == wanted


def tidy(text: str) -> str:
    """Full-width letters and digits as they are meant, no control characters, no blanks around."""
    narrow = "".join(
        unicodedata.normalize("NFKC", c) if "\uff10" <= c <= "\uff5a" and c.isalnum() else c for c in text
    ).replace("\u3000", " ")
    return "".join(c for c in narrow if c in "\n\t" or unicodedata.category(c) != "Cc").strip()
