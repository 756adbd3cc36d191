"""What is withheld is looked at again, once a year as a rule (条例第十八条): a case of its own kind for each, when it is due."""

import logging
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.db.models import Exists, OuterRef

from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.house import establish
from tongban.engine.services import SYSTEM, Applicant, open_case
from tongban.platforms.disclosure.models import Record, RecordCase
from tongban.platforms.disclosure.rules import months_later, next_review, template
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.services.releasing import open_again
from tongban.registry.models import OfferingVersion, Organisation
from tongban.registry.queries import organisation_name, today

log = logging.getLogger(__name__)

OPEN, KEEP = "open", "keep"
TOGETHER = 200  # cases opened in one run


def open_due(on: date | None = None) -> int:
    """Open the case of every withheld record whose day has come; how many. For the worker, every morning."""
    running = RecordCase.objects.filter(record=OuterRef("pk"), ended_at=None)
    due = Record.objects.filter(~Exists(running), state=Record.State.CLOSED, review_on__lte=on or today())
    opened = 0
    for record in due.select_related("publisher").order_by("review_on", "pk")[:TOGETHER]:
        try:
            opened += _open(record)
        except Refused as refusal:
            log.warning("the re-review of record %s was not opened: %s", record.pk, refusal)
    return opened


@transaction.atomic
def conclude(row: RecordCase, *, agreed: bool, at: datetime) -> None:
    """In the transaction that ends a re-review: the record stays withheld until the next one, or becomes a draft to release.

    A case that ended without a conclusion (terminated) is put off by a month.
    """
    record = Record.objects.select_for_update(of=("self",)).select_related("publisher").get(pk=row.record_id)
    day = at.astimezone(CHINA).date()
    RecordCase.objects.filter(pk=row.pk).update(ended_at=at)
    if record.state != Record.State.CLOSED:
        return
    if not agreed:
        record.review_on = months_later(day, 1)
    elif row.outcome == OPEN:
        record.state, record.review_on = Record.State.DRAFT, None
        record.attribute, record.attribute_reason = Record.Attribute.PROACTIVE, ""
    else:
        if row.outcome == "on_request":
            record.attribute = Record.Attribute.ON_REQUEST
        record.attribute_reason = row.reason or record.attribute_reason
        record.review_on = next_review(str(record.publisher.region_id), day)
    record.updated_at = at
    record.save(update_fields=["state", "attribute", "attribute_reason", "review_on", "updated_at"])
    if agreed:
        tell(record, "rereviewed", None, outcome=row.outcome, reason=row.reason)


def release_opened(case_id: int, key: str) -> None:
    """After a re-review found that something may be published: its release begins, signed on that day. Once by `key`."""
    row = (
        RecordCase.objects.select_related("record__publisher")
        .filter(pk=case_id, kind=RecordCase.Kind.REREVIEW)
        .first()
    )
    if row is None or row.outcome != OPEN or row.ended_at is None or row.record.state != Record.State.DRAFT:
        return
    if row.record.cases.filter(ended_at=None).exists():
        return
    open_again(
        SYSTEM, row.record, signed_on=row.ended_at.astimezone(CHINA).date(),
        why=f"定期评估审查（{row.number}）认为可以公开：{row.reason}", command_id=uuid5(NAMESPACE_URL, f"disclosure:opened:{key}"),
    )  # fmt: skip


def _open(record: Record) -> bool:
    command = uuid5(NAMESPACE_URL, f"disclosure:rereview:{record.pk}:{record.review_on}")
    with transaction.atomic():
        outcome = open_case(
            SYSTEM, offering_version=_reviewed_by(record.publisher), kind="rereview", channel="system", command_id=command,
            data={}, applicant=Applicant(organisation_name(record.publisher_id), "organisation"),
            title=f"定期评估审查：{record.title}"[:200],
        )  # fmt: skip
        if outcome.replayed:
            return False
        RecordCase.objects.create(
            case_id=outcome.case_id, record=record, kind=RecordCase.Kind.REREVIEW, number=outcome.number,
            opened_at=datetime.now(CHINA),
        )  # fmt: skip
    return True


def _reviewed_by(org: Organisation) -> OfferingVersion:
    kind = template("rereview")
    version = establish(
        "rereview", org, kind["content"], kind["flow"], kind["roles"], kind["permits"], upwards=True
    )
    if version is None:
        raise Refused("not_taken_here", "这个单位和上级单位都没有评估审查的岗位。")
    return version
