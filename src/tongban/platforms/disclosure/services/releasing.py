"""From a draft to the catalogue, carried by a case: source checked, secrecy reviewed by another person, signed, released.

先审查、后公开，一事一审 (条例第十七条). The case says what happens; a record only follows it.
"""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.utils import timezone

from tongban.base.calendar import CHINA
from tongban.engine import codec
from tongban.engine.errors import Instead, Refused
from tongban.engine.house import Earlier, establish, house_version
from tongban.engine.people import scopes
from tongban.engine.queries import case_row
from tongban.engine.services import Applicant, open_case, perform
from tongban.engine.state import Actor
from tongban.platforms.disclosure.metadata import plausible
from tongban.platforms.disclosure.models import Record, RecordCase
from tongban.platforms.disclosure.provisions import regimes
from tongban.platforms.disclosure.rules import UNEXPLAINED, content_under, next_review, template
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.services.permitting import permitted
from tongban.platforms.disclosure.services.records import release
from tongban.platforms.disclosure.standing import CLOSED, RELEASED, Stand, stand_of
from tongban.registry.models import Account, OfferingVersion, Organisation
from tongban.registry.queries import organisation_name, today


def submit(
    account: Account,
    record: Record,
    *,
    source: str,
    signed_on: date | None = None,
    signer: str = "",
    explained: bool = True,
    command_id: UUID | None = None,
) -> Record:
    """Hand a draft on to be released: opens its case, and does of it what this person may do at once.

    `source` is how it was checked against the original. `signed_on` is when it was signed 签发, where it was signed before:
    the publication limit runs from that day, and the record's attribute and reason are those of the signing; `signer` is
    who signed it, as the paper says, and stands in the case as the word of who registers it; `explained` false says that
    it was kept back then without a reason. Otherwise it is signed in the course of the case.
    Raises Refused: "not_permitted", "missing_field", "stale", "out_of_range", "not_taken_here", and those of `open_case`.
    """
    permitted(account, record.publisher_id, "handle")
    _sound(source, signed_on)
    command_id = command_id or uuid4()
    with transaction.atomic():
        held = _draft(record)
        case_id = _open(account, held, source.strip(), signed_on, command_id)
        named = {"opinion": f"签发人：{signer.strip()[:40]}"} if signer.strip() else {}
        outcome = held.attribute if explained or held.attribute == Record.Attribute.PROACTIVE else UNEXPLAINED
        for node, said in (
            ("register", {"outcome": outcome, "reason": held.attribute_reason if explained else "", **named}),
            ("check", {"opinion": source.strip()}),
        ):
            _do_own(account, case_id, node, said, uuid5(command_id, node))
        return follow(case_id)


def open_again(actor: Actor, record: Record, *, signed_on: date, why: str, command_id: UUID) -> int:
    """Open the release of what was withheld and may be published now; signed by who decided that. The case's number.

    Sent twice it is one case. Raises Refused: "not_taken_here", and those of `open_case`.
    """
    with transaction.atomic():
        case_id = _open(actor, record, why, signed_on, command_id)
        _do_own(actor, case_id, "register", {"outcome": str(record.attribute)}, uuid5(command_id, "register"))
        follow(case_id)
    return case_id


def follow(case_id: int) -> Record:
    """Let the record stand as its case does. Called where the case was opened before it was known which record it carries."""
    row = RecordCase.objects.select_related("record__publisher").get(pk=case_id)
    place(row, stand_of(codec.load(case_row(case_id).state)))
    return Record.objects.get(pk=row.record_id)


def place(row: RecordCase, stand: Stand) -> None:
    """Put the record where its case stands; released with it, in its transaction. Raises Refused as `records.release`."""
    record = Record.objects.select_for_update(of=("self",)).select_related("publisher").get(pk=row.record_id)
    if stand.at is not None:
        RecordCase.objects.filter(pk=row.pk).update(
            ended_at=stand.at, outcome=stand.attribute, reason=stand.reason[:300]
        )
    if record.state in (Record.State.RELEASED, Record.State.WITHDRAWN):
        return
    if stand.attribute:
        record.attribute, record.attribute_reason = stand.attribute, stand.reason[:300]
    record.signed_on = None if stand.since is None else stand.since.astimezone(CHINA).date()
    record.reviewed_by_id, record.release_at = stand.reviewer, stand.release_at
    record.updated_at = timezone.now()
    if stand.state == RELEASED and stand.at is not None:
        signer = Account.objects.filter(pk=stand.signer or 0).first()
        release(signer, record, published_on=stand.at.astimezone(CHINA).date(), at=stand.at)
        return
    record.state = Record.State(stand.state)
    record.review_on = None
    if stand.state == CLOSED and stand.at is not None:
        day = stand.at.astimezone(CHINA).date()
        record.review_on = next_review(str(record.publisher.region_id), day) if stand.explained else day
    record.save()


def takes_releases(org: Organisation, on: date | None = None) -> OfferingVersion:
    """The version under which a unit releases what was signed on a day, brought about where there is none yet.

    A unit without the posts for it has them at the nearest unit above. Raises Refused("not_taken_here") where nobody has.
    """
    kinds = template("release")
    held = [
        r for r in regimes(str(org.region_id)) if r.since <= today()
    ]  # a planned limit is published when it begins
    version = establish(
        "release", org, content_under(held[-1]), kinds["flow"], kinds["roles"], kinds["permits"], starts=held[-1].since,
        earlier=[Earlier(r.since, content_under(r)) for r in held[:-1]], upwards=True,
    )  # fmt: skip
    if version is not None and on is not None:
        version = house_version("release", org.pk, on) or version
    if version is None:
        raise Refused(
            "not_taken_here",
            "这个单位和上级单位都没有保密审查或者签发的岗位，不能发布文件。",
            (Instead("call", "联系系统管理员"),),
        )
    return version


def _sound(source: str, signed_on: date | None) -> None:
    if not source.strip():
        raise Refused("missing_field", "请写明与原件核对的情况。", detail={"field": "source"})
    if signed_on is not None and signed_on > today():
        raise Refused("out_of_range", "签发日期不能晚于今天。", detail={"field": "signed_on"})
    if signed_on is not None:
        plausible(signed_on, "signed_on", "签发日期", today())


def _draft(record: Record) -> Record:
    held = Record.objects.select_for_update(of=("self",)).select_related("publisher").get(pk=record.pk)
    if held.state != Record.State.DRAFT or held.cases.filter(ended_at=None).exists():
        raise Refused("stale", "这份文件刚刚有人处理过，请刷新后再看。")
    return held


def _open(by: Account | Actor, record: Record, source: str, signed_on: date | None, command_id: UUID) -> int:
    """Open the case of a record and note which it is; the same command opens it once."""
    org = record.publisher
    said = {
        "title": record.title, "document": record.number, "source": source[:2000],
        "signed": "是" if signed_on else "否", "signed_on": signed_on.isoformat() if signed_on else "",
        "attribute": str(record.get_attribute_display()), "reason": record.attribute_reason,
    }  # fmt: skip
    outcome = open_case(
        by, offering_version=takes_releases(org), kind="release", channel="counter", command_id=command_id,
        data={name: value for name, value in said.items() if value},
        applicant=Applicant(organisation_name(org.pk), "organisation"), title=f"主动公开：{record.title}"[:200],
    )  # fmt: skip
    if not outcome.replayed:
        RecordCase.objects.create(
            case_id=outcome.case_id, record=record, kind=RecordCase.Kind.RELEASE, number=outcome.number,
            opened_at=datetime.now(CHINA),
        )  # fmt: skip
        Record.objects.filter(pk=record.pk).update(case_id=outcome.case_id)
        tell(record, "submitted", by if isinstance(by, Account) else None, source=source[:300])
    return outcome.case_id


def _do_own(by: Account | Actor, case_id: int, node: str, said: dict[str, str], command_id: UUID) -> None:
    """Do a step that lies open, where it is this person's; else it waits in the to-do list of its post."""
    for no in _lying(case_id, node, None if isinstance(by, Actor) else frozenset(scopes(by).posts)):
        perform(by, case_id, "complete", command_id=command_id, data={"task": no, **said}, channel="desk")


def _lying(case_id: int, node: str, posts: frozenset[str] | None) -> Iterator[int]:
    for task in codec.load(case_row(case_id).state).open_tasks:
        if task.node == node and (posts is None or task.post in posts):
            yield task.no
