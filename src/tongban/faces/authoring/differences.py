"""The difference between two packages with their flows, field by field, as people read it (对照). Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tongban.faces.authoring import flowtable, formtable
from tongban.faces.authoring.entries import Entry, value_at
from tongban.faces.authoring.record import SECTIONS

Change = Literal["same", "changed", "added", "removed"]
_Row = tuple[str, str, str, str]  # section, path, label, what it says


@dataclass(frozen=True, slots=True)
class Line:
    """One field: what it said in the version in force, and what it says now."""

    section: str
    path: str
    label: str
    before: str
    after: str
    change: Change


def compare(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    flow_before: Mapping[str, Any] | None = None,
    flow_after: Mapping[str, Any] | None = None,
) -> list[Line]:
    """Every line of both, in reading order; what was taken out stands after what is left of its section."""
    new = list(_rows(after, flow_after))
    old = (
        {path: (section, label, said) for section, path, label, said in _rows(before, flow_before)}
        if before
        else {}
    )
    lines: list[Line] = []
    seen = set()
    for section, path, label, said in new:
        seen.add(path)
        there = old.get(path)
        was = there[2] if there else ""
        if before is None:
            change: Change = "same"
        elif there is None:
            change = "added"
        else:
            change = "same" if was == said else "changed"
        lines.append(Line(section, path, label, was, said, change))
    for path, (section, label, said) in old.items():
        if path not in seen:
            place = (
                max((i for i, line in enumerate(lines) if line.section == section), default=len(lines) - 1)
                + 1
            )
            lines.insert(place, Line(section, path, label, said, "", "removed"))
    return lines


def counts(lines: list[Line]) -> dict[Change, int]:
    """How many lines were changed, added, removed."""
    found: dict[Change, int] = {"changed": 0, "added": 0, "removed": 0, "same": 0}
    for line in lines:
        found[line.change] += 1
    return found


def _rows(content: Mapping[str, Any] | None, flow: Mapping[str, Any] | None) -> Iterator[_Row]:
    if content is None:
        return
    for section in SECTIONS:
        for entry in section.entries:
            if said := words(entry, content):
                yield section.title, entry.path, entry.label, said
        for rows in section.lists:
            for n, row in enumerate(value_at(content, rows.path) or []):
                key = str(row.get("key") or n)
                for entry in rows.entries:
                    if said := words(entry, row):
                        yield (
                            section.title,
                            f"{rows.path}[{key}].{entry.path}",
                            f"{rows.title}{n + 1} {entry.label}",
                            said,
                        )
    yield from _form_rows(content)
    if flow is not None:
        yield from _flow_rows(flow)


def _form_rows(content: Mapping[str, Any]) -> Iterator[_Row]:
    shown = formtable.spread(content)
    for g, group in enumerate(shown["form"]["groups"]):
        spec = formtable.questions(shown, g)
        for field in group["fields"]:
            said = "；".join(
                [
                    *(f"{e.label}：{w}" for e in spec.entries if (w := words(e, field))),
                    *_column_words(field),
                ]
            )
            yield (
                "申请表单",
                f"form.{field.get('name')}",
                f"{group.get('title')} · {field.get('label')}",
                said,
            )


def _column_words(field: Mapping[str, Any]) -> Iterator[str]:
    entries = formtable.columns("").entries
    for n, column in enumerate(field.get("columns") or (), 1):
        said = "，".join(f"{e.label} {w}" for e in entries[1:] if (w := words(e, column)))
        yield f"第 {n} 列：{column.get('label')}（{said}）"


def _flow_rows(flow: Mapping[str, Any]) -> Iterator[_Row]:
    table = flowtable.spread(flow)
    names = {n["key"]: flowtable.title_of(n) for n in flow.get("nodes", ())}
    for row in table["steps"]:
        said = "；".join(
            f"{e.label}：{w}" for e in (*flowtable.STEP, *flowtable.MORE) if (w := words(e, row))
        )
        yield "办理流程", f"flow.{row['key']}", flowtable.title_of(row), said
    for edge in table["ways"]:
        label = f"{names.get(edge['from'], edge['from'])} → {names.get(edge['to'], edge['to'])}"
        said = edge.get("when") or ("其他情况" if edge.get("default") else "直接走")
        yield "办理流程", f"flow.{edge['from']}>{edge['to']}", label, f"{edge.get('name', '')} {said}".strip()


def words(entry: Entry, data: Mapping[str, Any]) -> str:
    """What a field says, in words; "" for nothing."""
    value = value_at(data, entry.path)
    if value is None or value in ("", []):
        return ""
    if entry.kind == "flag":
        return "是" if value else "否"
    named = {o.value: o.label for o in entry.options}
    if isinstance(value, list):
        return "、".join(named.get(str(v), str(v)) for v in value)
    return named.get(str(value), str(value))
