"""Papers of a case in print: receipt, acceptance, correction, refusal, decision. From the ledger's events, never retyped.

One text a kind of paper; what the law asks to be in it (行政许可法第三十二条、第三十八条) comes from the event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.format import cn_date
from tongban.engine import kinds
from tongban.engine.queries import Entry
from tongban.faces.desk.due import last_day
from tongban.platforms.papers.queries import documents_of
from tongban.registry.queries import organisation_name

if TYPE_CHECKING:
    from tongban.faces.desk.case import View

#: 行政复议法第二十条、行政诉讼法第四十六条: said where the event itself says no remedy.
REMEDY = (
    "如不服本决定，可以自知道本决定之日起六十日内申请行政复议，也可以自知道或者应当知道本决定之日起六个月内"
    "依法向人民法院提起行政诉讼。"
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper that can be printed. `key` is its kind and the number of its event."""

    key: str
    name: str
    number: str
    on: datetime
    office: str
    to: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...] = ()
    remedy: str = ""
    terms: tuple[tuple[str, str], ...] = field(default=())


NAMES: Mapping[str, str] = {
    "case.applied": "收件凭证",
    "case.accepted": "受理通知书",
    "case.deemed_accepted": "受理通知书",
    "correction.requested": "补正告知书",
    "case.refused": "不予受理决定书",
    "case.suspended": "特别程序告知书",
    "case.extended": "延长办理期限告知书",
    "decision.made": "决定书",
    "case.delivered": "送达回证",
}


def notices_of(view: "View") -> list[tuple[str, str, str]]:
    """The papers of a case: (name, address, day), first issued first. The house tells itself nothing by letter."""
    if not kinds.kind(view.case.kind).public:
        return []
    documents = documents_of(view.account, view.case) if view.personal else ()
    issued = {d.seq for d in documents}
    found = []
    for d in documents:
        href = reverse("desk:notice", args=[view.case.number, d.seq])
        found.append((d.seq, f"{d.name} {d.number}".strip(), href, cn_date(d.on)))
    for e in view.entries:
        if (
            e.type in NAMES
            and e.seq not in issued
            and (view.case.kind != "office" or e.type not in ("case.applied", "case.accepted"))
        ):
            href = reverse("desk:notice", args=[view.case.number, e.seq])
            found.append((e.seq, _name(view, e), href, cn_date(e.occurred_at)))
    return [row[1:] for row in sorted(found)]


def paper(view: "View", seq: int) -> Paper | None:
    """The paper of one event; None where that event has none."""
    entry = next((e for e in view.entries if e.seq == seq and e.type in NAMES), None)
    if entry is None:
        return None
    case, p = view.case, entry.payload
    day = entry.occurred_at.date()
    office = organisation_name(case.org_id, day) or str(case.org)
    matter = case.offering_version.name
    said: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
        "case.applied": (
            (
                _("您（单位）提出的“%(m)s”申请及下列材料已收到。") % {"m": matter},
                _("我们将在五个工作日内告知是否受理；材料不齐的，一次告知需要补正的全部内容。"),
            ),
            handed_names(view),
            "",
        ),
        "case.accepted": (_accepted(view, matter), (), ""),
        "case.deemed_accepted": (
            (
                _("因逾期没有告知补正，您（单位）的“%(m)s”申请自收到之日起即为受理。") % {"m": matter},
                *_accepted(view, matter)[1:],
            ),
            (),
            "",
        ),
        "correction.requested": (_correcting(p, matter), tuple(p.get("items", ())), ""),
        "case.refused": (
            (
                _("您（单位）提出的“%(m)s”申请，经审查，决定不予受理。") % {"m": matter},
                _("理由：%(r)s") % {"r": p.get("reason") or "—"},
            ),
            (),
            p.get("remedy") or REMEDY,
        ),
        "case.suspended": (
            (
                _("办理“%(m)s”需要进行特别程序，所需时间不计入办理期限。") % {"m": matter},
                entry.words + "。",
                _basis(p),
            ),
            (),
            "",
        ),
        "case.extended": (
            (
                _("办理“%(m)s”不能在规定期限内作出决定，经本机关负责人批准，%(w)s。")
                % {"m": matter, "w": entry.words},
            ),
            (),
            "",
        ),
        "decision.made": _decided(p, matter),
        "case.delivered": (
            (
                _("“%(m)s”的办理结果已送达，方式：%(w)s。") % {"m": matter, "w": p.get("method", "")},
                _("收件人签收：　　　　　　　　　　　日期："),
            ),
            (),
            "",
        ),
    }
    paragraphs, items, remedy = said[entry.type]
    return Paper(
        f"{entry.type}-{seq}",
        _name(view, entry),
        f"{case.number}-{seq}",
        entry.occurred_at,
        office,
        view.applicant,
        tuple(t for t in paragraphs if t),
        items,
        remedy,
        _terms(view, entry),
    )


def _name(view: "View", entry: Entry) -> str:
    if entry.type != "decision.made":
        return _(NAMES[entry.type])
    what = (
        "行政处罚" if view.case.kind == "office" else "行政许可" if str(view.case.matter.kind) == "01" else ""
    )
    outcome = {"granted": "准予", "denied": "不予", "partial": "部分准予"}.get(
        entry.payload.get("outcome", ""), ""
    )
    return f"{what}决定书" if what == "行政处罚" else f"{outcome}{what}决定书"


def _accepted(view: "View", matter: str) -> tuple[str, ...]:
    lines = [_("您（单位）提出的“%(m)s”申请，材料齐全、符合法定形式，决定予以受理。") % {"m": matter}]
    due = view.state.clock("promised")
    if due is not None and due.due is not None:
        lines.append(
            _(
                "我们承诺在 %(d)s 前（含当日）作出决定；依法进行检验、检测、听证、专家评审等所需时间不计算在内。"
            )
            % {"d": cn_date(last_day(due.due))}
        )
    return tuple(lines)


def _correcting(p: Mapping[str, object], matter: str) -> tuple[str, ...]:
    due = p.get("due")
    until = cn_date(last_day(datetime.fromisoformat(str(due)))) if due else ""
    lines = [
        _("您（单位）提出的“%(m)s”申请，需要补正下列全部内容。这是一次性告知，补齐后不再要求别的材料：")
        % {"m": matter}
    ]
    if until:
        lines.append(
            _(
                "请在 %(d)s 前（含当日）补齐。补正期间不计算办理时间；逾期不补正的，视为撤回申请，可以重新申请。"
            )
            % {"d": until}
        )
    return tuple(lines)


def _decided(p: Mapping[str, str], matter: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    outcome = p.get("outcome")
    if outcome == "denied":
        lines = (
            _("您（单位）提出的“%(m)s”申请，经审查，不符合法定条件，决定不予批准。") % {"m": matter},
            _("理由：%(r)s") % {"r": p.get("reason") or "—"},
        )
        return lines, (), p.get("remedy") or REMEDY
    first = _("您（单位）提出的“%(m)s”申请，经审查，符合法定条件，决定%(w)s。") % {
        "m": matter,
        "w": _("准予") if outcome == "granted" else _("部分准予"),
    }
    return (first, p.get("reason", "")), (), p.get("remedy", "")


def _basis(p: Mapping[str, str]) -> str:
    said = [
        f"{name}：{p[key]}" for key, name in (("basis", _("依据")), ("document", _("文号"))) if p.get(key)
    ]
    return "；".join(said)


def handed_names(view: "View") -> tuple[str, ...]:
    """What was handed in, by name and how."""
    names = view.definition.terms.materials
    how = {"shared": _("（系统核验）"), "later": _("（后补）")}
    return tuple(f"{names[k].name}{how.get(s, '')}" for k, s in view.state.materials.items() if k in names)


def _terms(view: "View", entry: Entry) -> tuple[tuple[str, str], ...]:
    case = view.case
    rows = [
        (_("编号"), case.number),
        (_("事项"), case.offering_version.name),
        (_("申请人"), view.applicant),
    ]
    if entry.type == "case.applied":
        rows.append((_("收件时间"), f"{cn_date(entry.occurred_at)}"))
    return tuple(rows)
