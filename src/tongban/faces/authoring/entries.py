"""One question of a document edited as a form: shown as a kit field, read back into the document. Pure of the database.

What cannot be read as its type is kept in the document as it was typed, so that nothing is lost and the check of the
document (not the form) says what is wrong. Names of controls are paths: ``materials.2.name``.
"""

import re
import unicodedata
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.http import QueryDict

from tongban.base.ui.fields import Field, FieldType, Option

Kind = Literal["text", "long", "count", "flag", "choice", "number_choice", "lines", "codes", "money"]
_CONTROLS: Mapping[str, FieldType] = {
    "text": "text",
    "long": "textarea",
    "count": "number",
    "flag": "checkbox",
    "choice": "select",
    "number_choice": "select",
    "lines": "textarea",
    "codes": "checkbox",
    "money": "money",
}
LONGEST = 5000
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One question. ``path`` is inside the document or, in a list, inside the row; ``needed`` counts for the meter.

    An empty ``count`` or ``money`` is None; with ``unset`` (the name of a parent) that parent is taken out instead.
    """

    path: str
    label: str
    kind: Kind = "text"
    options: tuple[Option, ...] = ()
    hint: str = ""
    needed: bool = False
    wide: bool = False
    unset: str = ""
    rows: int = 2
    unit: str = ""
    suggest: str = ""
    absent: Any = None  # what an absent value means


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of the document: its rows are added, taken out and moved with buttons."""

    path: str
    title: str
    one: str  # what one row is called
    entries: tuple[Entry, ...]
    prefix: str = ""  # of the keys of new rows; "": rows have no key
    named: str = "name"  # the entry a row is called by
    hint: str = ""
    needed: bool = False
    new: Mapping[str, Any] | None = None


def value_at(data: Any, path: str) -> Any:
    """What stands at a path, None where nothing does."""
    for part in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and part.isdecimal() and int(part) < len(data):
            data = data[int(part)]
        else:
            return None
    return data


def field_for(
    entry: Entry, data: Any, at: str = "", *, error: str = "", hint: str = "", required: bool | None = None
) -> Field:
    """The entry as a kit field, with what the document (or row ``at`` a path of it) holds."""
    value = value_at(data, entry.path)
    if value is None:
        value = entry.absent
    control = _CONTROLS[entry.kind]
    shown: Any = "" if value is None else value
    if entry.kind == "lines":
        shown = "\n".join(str(v) for v in value) if isinstance(value, list) else shown
    elif entry.kind == "codes":
        shown = [str(v) for v in value] if isinstance(value, list) else []
    elif entry.kind != "flag":
        shown = str(shown)
    return Field(
        f"{at}.{entry.path}" if at else entry.path,
        entry.label,
        control,
        shown,
        hint=hint or entry.hint,
        error=error,
        required=entry.needed if required is None else required,
        options=entry.options,
        rows=4 if entry.kind == "lines" else entry.rows,
        unit=entry.unit,
        wide=entry.wide,
        suggest=entry.suggest,
    )


def read_entry(entry: Entry, post: QueryDict, into: MutableMapping[str, Any], at: str = "") -> None:
    """Put what was typed into the document; what was not sent is left as it is."""
    name = f"{at}.{entry.path}" if at else entry.path
    if entry.kind == "flag":
        _put(into, entry.path, name in post)
        return
    if entry.kind == "codes":
        allowed = {o.value for o in entry.options}
        _put(into, entry.path, [v for v in post.getlist(name) if v in allowed])
        return
    if name not in post:
        return
    text = tidy(post.get(name, ""))[:LONGEST]
    if not text and entry.unset:
        into.pop(entry.unset, None)
        return
    if entry.kind == "lines":
        _put(into, entry.path, [line for line in (tidy(part) for part in text.splitlines()) if line])
    elif entry.kind in ("count", "number_choice"):
        _put(into, entry.path, None if not text else int(text) if re.fullmatch(r"\d{1,9}", text) else text)
    elif entry.kind == "money":
        _put(into, entry.path, re.sub(r"[,，¥\s]", "", text) or None)
    else:
        _put(into, entry.path, text)


def read_rows(rows: Rows, post: QueryDict, into: MutableMapping[str, Any]) -> None:
    """Read a list whose section was on the page; a row keeps whatever else it holds, found again by its key."""
    stem = rows.path
    before = value_at(into, stem)
    before = [r for r in before if isinstance(r, dict)] if isinstance(before, list) else []
    pattern = re.compile(re.escape(stem) + r"\.(\d{1,4})\.")
    numbers = sorted({int(found[1]) for name in post if (found := pattern.match(name))})[:MOST_ROWS]
    held = {str(r.get("key")): r for r in before if r.get("key")}
    out: list[dict[str, Any]] = []
    for n in numbers:
        at = f"{stem}.{n}"
        key = tidy(post.get(f"{at}.key", ""))
        row = dict(held.get(key) or (before[n] if not key and n < len(before) else {}))
        if rows.prefix:
            row["key"] = key or free_key(rows.prefix, [*before, *out])
        for entry in rows.entries:
            read_entry(entry, post, row, at)
        out.append(row)
    _put(into, stem, out)


def act_on_rows(rows: Rows, into: MutableMapping[str, Any], deed: str, n: int) -> str:
    """Add, take out or move a row; answers the id of what to look at next."""
    listed = value_at(into, rows.path)
    listed = list(listed) if isinstance(listed, list) else []
    if deed == "add" and len(listed) < MOST_ROWS:
        row: dict[str, Any] = {**(rows.new or {})}
        if rows.prefix:
            row["key"] = free_key(rows.prefix, listed)
        listed.append(row)
        n = len(listed) - 1
    elif deed == "drop" and 0 <= n < len(listed):
        listed.pop(n)
        n = min(n, len(listed) - 1)
    elif deed in ("up", "down") and 0 <= n < len(listed):
        other = n - 1 if deed == "up" else n + 1
        if 0 <= other < len(listed):
            listed[n], listed[other] = listed[other], listed[n]
            n = other
    _put(into, rows.path, listed)
    return f"r-{rows.path}.{n}" if listed and n >= 0 else f"s-{rows.path}"


def free_key(prefix: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A key no row bears."""
    taken = {str(r.get("key")) for r in rows}
    return next(key for n in range(1, 10_000) if (key := f"{prefix}{n}") not in taken)


def tidy(text: str) -> str:
    """No control characters, no blanks around."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in plain if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def control_of(path: str) -> str:
    """The name of a control for the path of a problem: ``materials[2].name`` is ``materials.2.name``."""
    return re.sub(r"\[(\d+)\]", r".\1", path)


def _put(into: MutableMapping[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    here: Any = into
    for part in way:
        if isinstance(here, list):
            here = here[int(part)]
            continue
        if not isinstance(here.get(part), dict | list):
            here[part] = {}
        here = here[part]
    here[last] = value
