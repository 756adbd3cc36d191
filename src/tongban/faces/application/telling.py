"""The filled form to read."""

from collections.abc import Mapping
from typing import Any

from tongban.base.ui import parts
from tongban.base.ui.component import Shown
from tongban.faces.application.typed import EMPTY, TABLE
from tongban.registry.answers import answer_rows, answer_words, label_of


def form_told(
    content: Mapping[str, Any],
    data: Mapping[str, Any],
    masks: Mapping[str, str] = EMPTY,
    answers: Mapping[str, Mapping[str, str]] = EMPTY,
) -> list[tuple[str, list[tuple[str, Shown]]]]:
    """The filled form to read: (group title, [(label, answer in words)]), only what was answered.

    `masks` says for some fields what to show instead of the answer; identity numbers are masked in any case.
    `answers` says for fields that hold a code what each code means.
    """
    told = []
    for group in content.get("form", {}).get("groups", ()):
        rows = [
            (
                label_of(f)[0],
                masks.get(f["name"]) or _shown(f, data[f["name"]], answers.get(f["name"], EMPTY)),
            )
            for f in group.get("fields", ())
            if data.get(f["name"]) not in (None, "", [])
        ]
        if rows:
            told.append((str(group.get("title", "")), rows))
    return told


def _shown(field: Mapping[str, Any], value: Any, meant: Mapping[str, str]) -> Shown:
    """An answer as people read it; a table as a table."""
    if isinstance(value, str) and value in meant:
        return meant[value]
    if field["type"] != TABLE:
        return answer_words(field, value)
    columns, rows = answer_rows(field, value)
    return parts.table(columns, rows, label_of(field)[0], caption_hidden=True, dense=True)
