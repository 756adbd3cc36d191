"""What stands on a document: facts of the case as the template asks for them. The words are the template's."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any

import segno

from tongban.base.calendar import CHINA
from tongban.engine import codec
from tongban.engine.kinds import kind, letters_of
from tongban.engine.machine.results import ENDINGS
from tongban.engine.models import Case, CaseData, EventRow
from tongban.engine.queries import case_definition
from tongban.engine.state import State
from tongban.engine.words import UNITS, last_day
from tongban.platforms.papers.agencies import agency_text
from tongban.registry.answers import TABLE, answer_rows, label_of
from tongban.registry.queries import organisation_name

#: 行政复议法第二十条、行政诉讼法第四十六条: said where the event itself names no remedy.
REMEDY = (
    "如不服本决定，可以自知道或者应当知道本决定之日起六十日内依法申请行政复议，"
    "也可以自知道或者应当知道本决定之日起六个月内依法向人民法院提起行政诉讼。"
)
POWERS = {"01": "行政许可", "05": "行政给付", "07": "行政确认", "08": "行政奖励"}
PERMANENT = "长期"

_FORMS: Mapping[str, str] = {
    "case.accepted": "acceptance", "case.deemed_accepted": "acceptance", "correction.requested": "correction",
    "case.refused": "refusal", "case.suspended": "special", "case.extended": "extension",
    "result.issued": "certificate", "case.delivered": "delivery", "result.revoked": "revocation",
}  # fmt: skip
EVENTS = (*_FORMS, "decision.made")


def form_of(case_kind: str, event_type: str, payload: Mapping[str, Any]) -> str:
    """Which kind of document tells of that event; "" where none does.

    Kinds bring their own, or ask for those of licensing; a penalty, a question or a call-back has none.
    """
    if (own := letters_of(case_kind)) is not None:
        return own.of(event_type, payload)
    if not kind(case_kind).papers:
        return ""
    if event_type == "decision.made":
        return "denial" if payload.get("outcome") == "denied" else "approval"
    return _FORMS.get(event_type, "")


def name_of(pattern: str, case: Case, payload: Mapping[str, Any]) -> str:
    """The document's name: 准予{权力}决定书 of a permit is 准予行政许可决定书; a certificate is named as the result."""
    if pattern == "证照":
        return str(payload.get("name") or pattern)
    power = POWERS.get(str(case.matter.kind), "")
    if pattern.startswith("准予") and payload.get("outcome") == "partial":
        pattern = "部分" + pattern
    return pattern.replace("{权力}", power).replace("{怎样}", ENDINGS.get(str(payload.get("how")), ""))


def facts(
    case: Case, event: EventRow, *, name: str, number: str, check: str, papers: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Everything a template may ask for, as JSON values; what does not apply is empty."""
    at = event.occurred_at.astimezone(CHINA)
    p, state = event.payload, codec.load(case.state)
    content = case.offering_version.content
    agency = agency_text(case.org_id, at.date())
    told: dict[str, Any] = {
        "name": name,
        "number": number,
        "office": agency.title or organisation_name(case.org_id, at.date()) or str(case.org),
        "address": agency.address,
        "to": case.applicant_name,
        "matter": case.offering_version.name,
        "case": case.number,
        "applied": _day(case.opened_at),
        "date": [at.year, at.month, at.day],
        "day": _day(at),
        "phone": str(content.get("phone") or ""),
        "supervise_phone": str(content.get("supervise_phone") or ""),
        "laws": [f"《{b['law'].strip('《》')}》{b.get('article', '')}" for b in content.get("legal_bases", ()) if b.get("law")][:3],
        "reason": str(p.get("reason") or ""),
        "basis": str(p.get("basis") or ""),
        "remedy": str(p.get("remedy") or agency.remedy or REMEDY),
        "items": [],
        "tables": _tables(case) if event.type in _WITH_TABLES else [],
        "until": "",
        "certificate": _certificate(state),
        "qr": _qr(check),
        "check": check,
    }  # fmt: skip
    more = _MORE.get(event.type)
    told |= (more(case, state, p, at) if more is not None else {}) | _listed(event.type, papers)
    own = letters_of(case.kind)
    return told if own is None else {**told, **own.facts(case.pk, event.seq, event.type, p)}


#: Documents that say what was granted show the tables of the application (the vehicles, the places, the people).
_WITH_TABLES = frozenset({"decision.made", "result.issued"})


def _tables(case: Case) -> list[dict[str, Any]]:
    """The tables of the application as last stated, but those that hold personal data."""
    groups = (case.offering_version.content.get("form") or {}).get("groups", ())
    fields = [
        f for g in groups for f in g.get("fields", ()) if f.get("type") == TABLE and not f.get("personal")
    ]
    if not fields:
        return []
    data = (
        CaseData.objects.filter(case_id=case.pk).order_by("-no").values_list("data", flat=True).first() or {}
    )
    told = [(label_of(f)[0], *answer_rows(f, data.get(f["name"]))) for f in fields]
    return [{"name": name, "columns": columns, "rows": rows} for name, columns, rows in told if rows]


def _qr(address: str) -> str:
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn, kind="svg", border=1, omitsize=True, xmldecl=False
    )
    return drawn.getvalue().decode()


def _listed(event_type: str, papers: tuple[str, ...]) -> dict[str, Any]:
    return {"items": list(papers)} if event_type == "case.delivered" else {}


def _acceptance(case: Case, state: State, p: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    materials = case_definition(case).terms.materials
    due = next((c.get("due") for c in p.get("clocks", ()) if c.get("purpose") == "promised"), None)
    how = {"shared": "（共享核验）", "later": "（容缺后补）"}
    return {
        "deemed": "as_of" in p,
        "until": last_day(due),
        "items": [
            f"{materials[k].name}{how.get(status, '')}"
            for k, status in state.materials.items()
            if k in materials
        ],
    }


def _correction(case: Case, state: State, p: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {"items": [str(i) for i in p.get("items", ())], "until": last_day(p.get("due"))}


def _special(case: Case, state: State, p: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    from tongban.engine.machine.may import LAWFUL_PAUSES

    code = str(p.get("reason", ""))
    special = case_definition(case).terms.special.get(code)
    name = special.name if special is not None else LAWFUL_PAUSES.get(code, code)
    return {"procedure": name, "until": last_day(p.get("expected")), "reason": ""}


def _extension(case: Case, state: State, p: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    dues = p.get("dues", {})
    return {
        "amount": f"{p.get('amount')}{UNITS.get(str(p.get('unit')), '')}",
        "until": last_day(dues.get("promised") or dues.get("statutory")),
    }


def _decision(case: Case, state: State, p: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {"partial": p.get("outcome") == "partial"}


def _delivery(case: Case, state: State, p: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "method": str(p.get("method", "")),
        "express": str(p.get("express", "")),
        "when": f"{_day(at)} {at:%H:%M}",
        "signed": bool(p.get("receiver_signed", True)),
    }


def _revocation(case: Case, state: State, p: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {"how": ENDINGS.get(str(p.get("how")), "撤销")}


_MORE: Mapping[str, Callable[[Case, State, Mapping[str, Any], datetime], dict[str, Any]]] = {
    "case.accepted": _acceptance, "case.deemed_accepted": _acceptance, "correction.requested": _correction,
    "case.suspended": _special, "case.extended": _extension, "decision.made": _decision,
    "case.delivered": _delivery, "result.revoked": _revocation,
}  # fmt: skip


def _certificate(state: State) -> dict[str, str]:
    c = state.certificate
    if c is None:
        return {"name": "", "number": "", "until": ""}
    until = c.valid_until or PERMANENT
    return {
        "name": c.name,
        "number": c.number,
        "until": until if until == PERMANENT else _date(date.fromisoformat(until)),
    }


def _day(at: datetime) -> str:
    return _date(at.astimezone(CHINA).date())


def _date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
