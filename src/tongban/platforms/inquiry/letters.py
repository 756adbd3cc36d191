# ruff: noqa: RUF001, RUF002 -- the brackets of document numbers
"""The letters of disclosure on request: which event has one, what stands on it, how it is numbered, e.g. 安市监〔2024〕第12号-答."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import orjson

from tongban.engine.kinds import LetterForm, Letters
from tongban.platforms.inquiry.rules import MEDIA, OUTCOMES, WAYS, regime

_PLACE = files("tongban.platforms.inquiry").joinpath("forms")
_EVENTS: Mapping[str, str] = {
    "case.accepted": "gk_receipt", "case.deemed_accepted": "gk_receipt", "correction.requested": "gk_correction",
    "case.extended": "gk_extension", "case.delivered": "gk_delivery",
}  # fmt: skip
_PAUSES: Mapping[str, str] = {
    "third_party": "gk_third_party", "coauthor": "gk_coauthor", "often": "gk_delay", "payment": "gk_fee",
}  # fmt: skip


def form_of(event_type: str, payload: Mapping[str, Any]) -> str:
    """Which letter tells of the event; "" where none does. Which reply it is, `facts` says in its name."""
    if event_type == "case.suspended":
        return _PAUSES.get(str(payload.get("reason", "")), "")
    return "gk_reply" if event_type == "decision.made" else _EVENTS.get(event_type, "")


def facts(case_id: int, seq: int, event_type: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates ask for besides the case: the request, the reply and its article, who is asked, the fee."""
    from tongban.platforms.inquiry.models import Inquiry

    row = Inquiry.objects.get(pk=case_id)
    rules = regime(row.received_on or row.submitted_on)
    told: dict[str, Any] = {
        "subject": row.subject,
        "document": row.document,
        "way": WAYS.get(row.way, row.way),
        "medium": MEDIA.get(row.medium, row.medium),
        "submitted": _day(row.submitted_on),
        "received": _day(row.received_on or row.submitted_on),
        "law": rules.law,
        "articles": dict(rules.articles),
        "reply_days": rules.reply,
    }
    if event_type == "decision.made":
        outcome = OUTCOMES[row.outcome or "other"]
        told |= {
            "name": _REPLIES[outcome.letter], "outcome": outcome.name, "letter": outcome.letter, "article": outcome.article,
            "answer": row.answer, "reason": row.grounds,
        }  # fmt: skip
    if event_type == "case.suspended":
        told |= _suspended(row, str(payload.get("reason", "")))
    return told


def number(agency: str, word: str, year: int, serial: int) -> str:
    """How letters of disclosure are numbered."""
    return f"{agency}〔{year}〕第{serial}号-{word}"


def supplied() -> Iterator[LetterForm]:
    """The forms that come with the programme."""
    for row in orjson.loads(_PLACE.joinpath("forms.json").read_bytes()):
        yield LetterForm(**row, source=_PLACE.joinpath(f"{row['key']}.typ").read_text(encoding="utf-8"))


LETTERS = Letters("inquiry", supplied, form_of, facts, number)
_REPLIES = {
    "open": "政府信息公开申请答复书（公开）", "partial": "政府信息公开申请答复书（部分公开）",
    "withheld": "政府信息公开申请答复书（不予公开）", "unable": "政府信息公开申请答复书（无法提供）",
    "unhandled": "政府信息公开申请告知书", "": "政府信息公开申请告知书",
}  # fmt: skip


def _suspended(row: Any, reason: str) -> dict[str, Any]:
    if reason == "payment":
        order = row.case.state["fees"][-1] if row.case.state.get("fees") else {}
        return {
            "amount": str(order.get("amount", "")), "charged_by": row.get_charged_by_display(), "items_count": row.items,
            "pages_count": row.pages, "standard": str(order.get("standard", "")),
        }  # fmt: skip
    asked = row.opinions.filter(answered_at=None).order_by("id")
    names = [o.name for o in asked if reason in {"often", o.party}] or [o.name for o in asked]
    return {"to": "、".join(names)} if names and reason != "often" else {}


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
