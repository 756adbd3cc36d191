"""Requests of the past, from a register kept elsewhere or a made-up city: through the very machine that carries live ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tongban.engine import codec
from tongban.engine.bulk import HistoryVerdict, import_history
from tongban.engine.history import HistoryRecord, HistoryStep
from tongban.engine.models import Case
from tongban.engine.queries import case_row
from tongban.platforms.inquiry.models import Inquiry
from tongban.platforms.inquiry.rules import OUTCOMES
from tongban.platforms.inquiry.services import applicant_key, row_of, take_requests
from tongban.platforms.inquiry.standing import come_to
from tongban.registry.models import Account, Organisation


@dataclass(frozen=True, slots=True)
class Past:
    """One request of the past. `key` names it for good; `steps` follow the submission, by whom and when they were done."""

    key: str
    org: Organisation
    applicant_type: str
    name: str
    subject: str
    submitted: datetime
    steps: Sequence[HistoryStep]
    channel: str = "post"
    id_number: str = ""
    phone: str = ""
    way: str = "mail"
    medium: str = "paper"
    items: int = 1
    applicant: Account | None = None


def import_past(records: Iterable[Past]) -> list[HistoryVerdict]:
    """Import requests with their register rows; a key imported before changes nothing. Answers with a verdict for each."""
    records = list(records)
    versions: dict[tuple[int, date], int] = {}
    told: list[HistoryRecord] = []
    for past in records:
        day = past.submitted.date()
        place = (past.org.pk, day)
        if place not in versions:
            versions[place] = take_requests(past.org, day).pk
        told.append(_record(past, versions[place]))
    verdicts = list(import_history(told))
    made = {v.key: v.case_id for v in verdicts if v.code == "imported" and v.case_id is not None}
    cases = {pk: case_row(pk) for pk in made.values()}
    rows = []
    for past in records:
        case = cases.get(made.get(past.key) or 0)
        if case is not None:
            rows.append(_row(past, case))
    Inquiry.objects.bulk_create(rows)
    return verdicts


def _record(past: Past, version: int) -> HistoryRecord:
    person = past.applicant_type == "person"
    return HistoryRecord(
        key=past.key, offering_version=version, applied=past.submitted, applicant_name=past.name, form=_form(past),
        steps=tuple(past.steps), applicant=past.applicant.pk if past.applicant else None,
        applicant_kind="person" if person else "organisation", id_type="111" if person else "uscc", id_number=past.id_number,
        kind="inquiry", title=f"信息公开申请：{past.subject}"[:200], channel="web" if past.channel == "web" else "counter",
    )  # fmt: skip


def _form(past: Past) -> dict[str, Any]:
    said = {
        "applicant_type": past.applicant_type, "subject": past.subject, "way": past.way, "medium": past.medium,
        "channel": past.channel, "submitted": past.submitted.date().isoformat(),
    }  # fmt: skip
    return said if past.applicant_type == "person" else said | {"unit": past.name}


def _row(past: Past, case: Case) -> Inquiry:
    key = applicant_key(
        "111" if past.applicant_type == "person" else "uscc", past.id_number, past.name, past.phone
    )
    row = row_of(case.pk, case.number, past.org.pk, _form(past) | {"items": past.items}, key)
    come = come_to(codec.load(case.state))
    row.received_on, row.outcome, row.concluded_on = come.received, come.outcome, come.concluded
    for step in past.steps:
        chosen = OUTCOMES.get(str(step.data.get("outcome", "")))
        if step.type == "complete" and chosen is not None and chosen.key == come.outcome:
            row.answer = str(step.data.get("opinion", ""))
            row.grounds, row.article = str(step.data.get("reason", "")), chosen.article
    return row
