"""How a manuscript is shown: its head with tabs and terms, the sections of its record as components, its completeness."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui import charts, parts, work
from tongban.base.ui.fields import Field
from tongban.base.ui.rail import workbench
from tongban.base.ui.rows import Completeness, EditRow, EditRows, Suggestions
from tongban.faces.authoring import queries
from tongban.faces.authoring.entries import Entry, Rows, control_of, field_for, value_at
from tongban.faces.authoring.models import Manuscript
from tongban.faces.authoring.record import LISTS, SECTIONS, Meter, Section
from tongban.registry.models import Post
from tongban.registry.queries import as_of

STATES: Mapping[str, tuple[parts.ChipKind, str]] = {
    "writing": ("info", "编制中"),
    "review": ("warn", "审核中"),
    "passed": ("ok", "待发布"),
    "published": ("ok", "已发布"),
    "dropped": ("", "已作废"),
}


def state_chip(manuscript: Manuscript) -> parts.Chip:
    """编制中, 审核中, 待发布, 已发布, 已作废."""
    kind, text = STATES[manuscript.state]
    if manuscript.state == "writing" and manuscript.rounds:
        return parts.Chip("warn", _("退回修改"))
    return parts.Chip(kind, text)


def term_chip(term: queries.Term) -> parts.Chip:
    """“申请变更 12/20 个工作日”, red when it is over."""
    kind: parts.ChipKind = (
        "over" if term.left < 0 else "ok" if term.ended else "warn" if term.left <= 3 else ""
    )
    said = _("%(name)s：%(used)s / %(allowed)s 个工作日") % {
        "name": term.name,
        "used": term.used,
        "allowed": term.allowed,
    }
    return parts.Chip(kind, said)


def head(request: HttpRequest, manuscript: Manuscript, here: str) -> dict[str, Any]:
    """What every page of a manuscript begins with."""
    node = as_of().nodes.get(manuscript.organisation_id)
    tabs = (
        ("record", _("事项信息")),
        ("flow", _("办理流程")),
        ("form", _("申请表单")),
        ("check", _("检查与提交")),
        ("review", _("对照与审核")),
    )
    return {
        "page": workbench(request, manuscript.name, "manuscripts", bare=True),
        "head": work.CaseHead(
            manuscript.name,
            state_chip(manuscript),
            (
                (_("单位"), node.name if node else ""),
                (_("基本编码"), manuscript.code),
                (_("编制原因"), manuscript.get_cause_display()),
                *((t.name, term_chip(t).render()) for t in queries.terms_of(manuscript)),
            ),
            tabs=parts.TabBar(
                _("编制稿"),
                tuple(
                    parts.Tab(name, reverse(f"authoring:{key}", args=[manuscript.pk]), key == here)
                    for key, name in tabs
                ),
            ),
        ),
        "m": manuscript,
        "writable": manuscript.state == "writing",
    }


def completeness(meter: Meter) -> Completeness:
    """The meter beside the record."""
    sections = []
    for section in SECTIONS:
        wrong = [p for p in meter.of(section) if p.level == "error"]
        warned = [p for p in meter.of(section) if p.level == "warning"]
        chip = (
            parts.Chip("bad", _("%(n)s 处") % {"n": len(wrong)}, "dash-circle")
            if wrong
            else parts.Chip("warn", _("%(n)s 处可改进") % {"n": len(warned)})
            if warned
            else parts.Chip("ok", _("齐了"))
        )
        sections.append((section.title, f"#s-{section.key}", chip))
    return Completeness(
        meter.percent,
        _("必填 %(needed)s 项，已填 %(filled)s 项") % {"needed": meter.needed, "filled": meter.filled},
        charts.meter(meter.percent, css="bok" if not meter.errors else "bwarn"),
        tuple(sections),
        tuple((f"{label_of(p.field)}：{p.why}", f"#f-{_first_control(p.field)}") for p in meter.errors),
    )


def section_parts(
    section: Section, content: Mapping[str, Any], meter: Meter, *, strict: bool, look: str
) -> tuple[list[Field], list[EditRows]]:
    """The questions and the lists of a section. `strict`: also what is merely missing is told at its field."""
    entries = [field_for(e, content, error=_told(meter, e.path, strict=strict)) for e in section.entries]
    return entries, [edit_rows(rows, content, meter, strict=strict, look=look) for rows in section.lists]


def edit_rows(
    rows: Rows, content: Mapping[str, Any], meter: Meter, *, strict: bool, look: str = ""
) -> EditRows:
    """A list of the record as a component."""
    listed = value_at(content, rows.path) or []
    found = []
    for n, row in enumerate(listed):
        at = f"{rows.path}.{n}"
        problems = [
            p
            for p in meter.problems
            if (control_of(p.field) + ".").startswith(f"{at}.")
            and p.level == "error"
            and (strict or p.code != "shape.missing")
        ]
        fields = tuple(
            field_for(e, row, at, error=_told(meter, f"{at}.{e.path}", strict=strict)) for e in rows.entries
        )
        title = str(value_at(row, rows.named) or "")
        found.append(
            EditRow(
                title[:60],
                fields,
                hidden=((f"{at}.key", str(row.get("key", ""))),) if rows.prefix else (),
                open=look == f"r-{at}" or not title,
                wrong=tuple(p.why for p in problems),
            )
        )
    whole = [
        p.why
        for p in meter.problems
        if p.field == rows.path and p.level == "error" and (strict or p.code != "law.missing")
    ]
    return EditRows(rows.path, rows.title, rows.one, tuple(found), rows.hint, _("还没有。"), tuple(whole))


def posts_offered(manuscript: Manuscript) -> Suggestions:
    """Every post there is, those of the manuscript's own unit first."""
    nodes = as_of().nodes
    rows = Post.objects.filter(abolished_on=None).values_list("code", "name", "organisation_id")
    own = manuscript.organisation_id
    listed = sorted(rows, key=lambda r: (r[2] != own, r[0]))
    return Suggestions(
        "posts",
        tuple((code, f"{nodes[org].short_name if org in nodes else ''}{name}") for code, name, org in listed),
    )


def label_of(path: str) -> str:
    """What a path of the package is called: “申请材料 第 2 份材料 材料名称”."""
    control = control_of(path)
    for section in SECTIONS:
        for entry in section.entries:
            if control in (entry.path, entry.path.removesuffix(".amount")):
                return entry.label
    for stem, rows in LISTS.items():
        if control == stem:
            return rows.title
        if control.startswith(f"{stem}."):
            number, _dot, rest = control.removeprefix(f"{stem}.").partition(".")
            label = next((e.label for e in rows.entries if e.path == rest), "")
            row = _("第 %(n)s %(one)s") % {
                "n": int(number) + 1 if number.isdecimal() else number,
                "one": rows.one,
            }
            return f"{row} {label}".rstrip()
    return _PARTS.get(control.split(".")[0], control)


_PARTS = {
    "form": "申请表单",
    "steps": "办理环节",
    "flow": "办理流程",
    "discretion": "裁量基准",
    "offering": "实施信息",
    "matter": "事项",
}


def _first_control(path: str) -> str:
    control = control_of(path)
    return f"{control}.amount" if control.startswith("limits.") and control.count(".") == 1 else control


def _told(meter: Meter, control: str, *, strict: bool) -> str:
    problems = [p for p in meter.at(control) if p.level == "error" and (strict or p.code != "shape.missing")]
    return "；".join(f"{p.why}。{p.mend}" for p in problems)


def entry_fields(
    entries: tuple[Entry, ...], row: Mapping[str, Any], at: str, errors: Mapping[str, str]
) -> tuple[Field, ...]:
    """The questions of a row that is not of the record (a step, a way, a question of the form)."""
    return tuple(field_for(e, row, at, error=errors.get(f"{at}.{e.path}", "")) for e in entries)
