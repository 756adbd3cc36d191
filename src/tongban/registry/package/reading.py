"""What a package says, with what it leaves out filled in."""

from collections.abc import Iterator, Mapping
from typing import Any

from tongban.registry.package.words import DEFAULT_LIMITS


def limits_of(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The limits of a package with the lawful defaults filled in."""
    given = content.get("limits") or {}
    return {**{k: dict(v) for k, v in DEFAULT_LIMITS.items()}, **{k: dict(v) for k, v in given.items()}}


def form_fields(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every form field with its path, in order."""
    form = content.get("form")
    groups = form.get("groups") if isinstance(form, Mapping) else None
    for g, group in enumerate(groups if isinstance(groups, list) else ()):
        fields = group.get("fields") if isinstance(group, Mapping) else None
        for f, entry in enumerate(fields if isinstance(fields, list) else ()):
            if isinstance(entry, Mapping):
                yield f"form.groups[{g}].fields[{f}]", entry
