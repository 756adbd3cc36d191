"""From what was typed to the engine's data, and what is wrong in the reader's words."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from tongban.faces.application.asking import Filled
from tongban.faces.application.tables import judge_rows, read_rows
from tongban.faces.application.typed import (
    EMPTY,
    LONGEST,
    PAGE_NAMES,
    TABLE,
    Typed,
    form_fields,
    holds,
    is_several,
    tidy,
)
from tongban.faces.application.values import Day, Wrong, asked_for, value_of
from tongban.registry.queries import today as china_today


class Read(NamedTuple):
    """A form that was sent: `data` for the engine (asked and right), errors by field name, and what was typed.

    The error "" is of the form as a whole.
    """

    data: dict[str, Any]
    errors: dict[str, str]
    typed: dict[str, str | list[str]]


def read_form(
    content: Mapping[str, Any],
    post: QueryDict,
    *,
    filled: Mapping[str, Filled] = EMPTY,
    before: Typed = EMPTY,
    groups: Collection[int] | None = None,
    beside: Collection[str] = (),
    on: date | None = None,
) -> Read:
    """Read and judge a form that was sent. A field that the form does not have refuses the whole (error "").

    `before` is what was typed in other groups (conditions may ask about it); `beside` are names of the page's own.
    """
    typed, unknown = typed_in(content, post, groups=groups, beside=beside)
    data, errors = judge(content, {**before, **typed}, filled=filled, groups=groups, on=on)
    if unknown:
        errors[""] = _("提交的内容里有这张表单没有的项，没有收下。请刷新页面再试。")
    return Read(data, errors, typed)


def typed_in(
    content: Mapping[str, Any],
    post: QueryDict,
    *,
    groups: Collection[int] | None = None,
    beside: Collection[str] = (),
) -> tuple[dict[str, Any], list[str]]:
    """What was typed into the form, right or wrong, and the names that do not belong to it. For drafts.

    What was not sent is not in it (a browser leaves out what is hidden), except boxes that were asked and not ticked.
    """
    fields = {f["name"]: f for f in form_fields(content, groups)}
    typed: dict[str, Any] = {}
    cells: set[str] = set()
    for name, field in fields.items():
        if field["type"] == TABLE:
            rows, own = read_rows(field, post)
            cells |= own
            if rows is not None:
                typed[name] = rows
        elif is_several(field):
            if name in post or holds(field.get("when"), typed):
                typed[name] = [v[:200] for v in post.getlist(name)[:100]]
        elif name in post:
            typed[name] = tidy(post.get(name, ""))[:LONGEST]
        elif field["type"] in ("checkbox", "boolean") and holds(field.get("when"), typed):
            typed[name] = ""
    known = PAGE_NAMES | set(beside) | cells | {n for n, f in fields.items() if f["type"] != TABLE}
    unknown = [n for n in post if n not in known and not n.startswith("_")]
    return typed, unknown


def judge(
    content: Mapping[str, Any],
    typed: Typed,
    *,
    filled: Mapping[str, Filled] = EMPTY,
    groups: Collection[int] | None = None,
    on: date | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """The engine's data of what was typed, and what is wrong by field name. With `groups`, only of these."""
    when = Day(on or china_today(), typed, content)
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    wanted = {f["name"] for f in form_fields(content, groups)}
    told: dict[str, Any] = {}
    for field in form_fields(content):
        name = field["name"]
        if not holds(field.get("when"), told) or field["type"] == "file":
            continue
        value, wrong = _answer(field, typed, filled.get(name), told, when)
        if value is not None:
            told[name] = value
        if name in wanted:
            errors |= wrong
            if value is not None:
                values[name] = value
    return values, errors


def _answer(
    field: Mapping[str, Any], typed: Typed, known: Filled | None, told: Mapping[str, Any], day: Day
) -> tuple[Any, dict[str, str]]:
    """One answer as data, None where there is none; and what is wrong with it, of a table cell by cell."""
    name = field["name"]
    if field["type"] == TABLE:
        rows, wrong = judge_rows(field, typed.get(name), day)
        return (None if wrong else rows or None), wrong
    given: Any = typed.get(name, "")
    if known is not None and (known.locked or given == known.shown):
        given = known.value
    try:
        value = value_of(field, given, told, day)
    except Wrong as wrong_one:
        return None, {name: wrong_one.words}
    return value, ({name: asked_for(field)} if value is None and field.get("required") else {})
