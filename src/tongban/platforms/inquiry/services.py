# ruff: noqa: RUF002 -- the brackets of document numbers
"""Asking for information and what an agency does about it besides the steps of the flow. The only code that writes here."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tongban.base.calendar import CHINA
from tongban.base.codes import CodeError, is_phone, parse_citizen_id, parse_uscc
from tongban.base.text import words
from tongban.base.traces import traces
from tongban.engine.errors import Instead, Refused
from tongban.engine.house import Earlier, establish, house_version
from tongban.engine.machine.steps import REMEDY
from tongban.engine.models import Case
from tongban.engine.queries import can_see
from tongban.engine.services import SYSTEM, Applicant, Outcome, open_case, perform
from tongban.platforms.inquiry.models import Digest, Dispute, Inquiry, Opinion
from tongban.platforms.inquiry.queries import items_in_month, works_for
from tongban.platforms.inquiry.rules import (
    APPLICANTS,
    CHANNELS,
    CITIZEN,
    COAUTHOR,
    MEDIA,
    OFTEN,
    OUTCOMES,
    THIRD_PARTY,
    USCC,
    WAYS,
    book,
    fees,
    received_on,
    regime,
    regimes,
    template,
)
from tongban.registry.identity import id_digest
from tongban.registry.models import Account, OfferingVersion, Organisation

LONGEST = 2000
FEE = "信息处理费"
_NEEDED = {
    "name": "姓名或者名称", "id_number": "身份证明的号码", "phone": "联系方式", "subject": "所需信息的名称",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the application form asks (条例第二十九条). Organisations give their credit code as `id_number`, and a contact."""

    applicant_type: str
    name: str
    id_number: str
    phone: str
    subject: str
    way: str
    medium: str
    document: str = ""
    features: str = ""
    contact: str = ""
    id_type: str = CITIZEN
    address: str = ""
    email: str = ""


# asking


def faults(asked: Asked, channel: str = "web") -> tuple[Refused, ...]:
    """What keeps an application from being taken (条例第二十九条): every fault, each once with its field, so that all are mended at once.

    A number that cannot be one of its type (GB 11643, GB 32100) is sent back to who types it on the web; a request that came on
    paper is registered with what stands on it. The codes: "missing_field", "choice_unknown", "id_number_wrong".
    """
    return tuple(_faults(asked, channel))


def apply(account: Account | None, org: Organisation, asked: Asked, *, command_id: UUID) -> Outcome:
    """Ask on the web, signed in or not; it counts as received once the agency has confirmed it. Sent twice it is one request.

    Raises Refused: the first of `faults`, "not_taken_here", and those of `open_case`.
    """
    today = datetime.now(CHINA).date()
    return _open(account or SYSTEM, account, org, asked, "web", {"submitted": today}, None, command_id)


def enter(
    account: Account,
    org: Organisation,
    asked: Asked,
    *,
    channel: str,
    submitted: date,
    arrived: date | None = None,
    confirmed: date | None = None,
    command_id: UUID,
) -> Outcome:
    """Type in a request on paper, by fax or by word of mouth, and register it as received on the day the law says.

    Raises Refused as `apply` does; "out_of_order" for days that cannot be, "in_the_future".
    """
    if channel not in CHANNELS or channel == "web":
        raise Refused("choice_unknown", "请选择提交渠道。", detail={"field": "channel"})
    received = received_on(channel, submitted=submitted, arrived=arrived, confirmed=confirmed)
    now = datetime.now(CHINA)
    if received > now.date():
        raise Refused("in_the_future", "收到申请的日期不能晚于今天。", detail={"field": "submitted"})
    at = None if received == now.date() else datetime.combine(received, time(9), CHINA)
    days = {"submitted": submitted, "arrived": arrived, "confirmed": confirmed}
    with transaction.atomic():
        outcome = _open(account, None, org, asked, channel, days, at, command_id)
        if not outcome.replayed:
            _register(account, outcome.case_id, at, uuid5(command_id, "register"))
    return outcome


def confirm(
    account: Account, inquiry: Inquiry, *, confirmed: date | None = None, items: int = 1, command_id: UUID
) -> Outcome:
    """登记: receipt confirmed with the applicant (双方确认); the reply is due from that day on.

    `items` is how many requests it holds by 一事一申请. Raises Refused: "out_of_range", "in_the_future", those of `perform`.
    """
    now = datetime.now(CHINA)
    day = confirmed or now.date()
    if day > now.date() or day < inquiry.submitted_on:
        raise Refused("out_of_range", "确认日期应在提交之后、今天以前。", detail={"field": "confirmed"})
    if not 1 <= items <= 999:
        raise Refused("out_of_range", "件数应在 1 到 999 之间。", detail={"field": "items"})
    opened = inquiry.case.opened_at.astimezone(CHINA)
    at = None if day == now.date() else max(opened, datetime.combine(day, time(9), CHINA))
    with transaction.atomic():
        outcome = _register(account, inquiry.pk, at, command_id)
        Inquiry.objects.filter(pk=inquiry.pk).update(confirmed_at=at or now, items=items)
    return outcome


# third parties and co-authors


def consult(
    account: Account,
    inquiry: Inquiry,
    asked: Iterable[tuple[str, str]],
    *,
    document: str,
    approver: str,
    command_id: UUID,
) -> tuple[Opinion, ...]:
    """征求意见: ask third parties and co-authors in writing; the clock stands still until all have answered or their time is up.

    `asked` are (party, name). Silence leaves it to the agency (third party) or is consent (co-author). Raises Refused:
    "missing_field", "choice_unknown", and those of `suspend`.
    """
    them = [(party, name.strip()) for party, name in asked if name.strip()]
    if not them:
        raise Refused("missing_field", "请填写向谁征求意见。", detail={"field": "name"})
    if any(party not in Opinion.Party.values for party, _ in them):
        raise Refused("choice_unknown", "征求对象是第三方或者共同制作机关。", detail={"field": "party"})
    procedure = THIRD_PARTY if any(party == THIRD_PARTY for party, _ in them) else COAUTHOR
    rules = regime(inquiry.received_on or inquiry.submitted_on)
    with transaction.atomic():
        rows = tuple(
            Opinion.objects.create(
                inquiry=inquiry,
                party=party,
                name=name,
                sent_at=datetime.now(CHINA),
                document=document.strip()[:60],
            )
            for party, name in them
        )
        perform(
            account, inquiry.pk, "suspend", command_id=command_id,
            data={
                "procedure": procedure, "days": book()["consult_days"], "basis": f"政府信息公开条例{rules.articles[procedure]}",
                "document": document, "approver": approver,
            },
        )  # fmt: skip
    return rows


def serve(account: Account, opinion: Opinion, *, received: date, command_id: UUID) -> None:
    """The letter has reached who is asked: their fifteen working days count from then. Raises Refused as `perform`."""
    with transaction.atomic():
        Opinion.objects.filter(pk=opinion.pk).update(received_on=received)
        days = Opinion.objects.filter(inquiry_id=opinion.inquiry_id, answered_at=None).values_list(
            "received_on", flat=True
        )
        last = max(d for d in (*days, received) if d is not None)
        perform(
            account, opinion.inquiry_id, "serve", command_id=command_id,
            data={"received": last.isoformat(), "days": book()["consult_days"]},
        )  # fmt: skip


def note_opinion(account: Account, opinion: Opinion, *, agrees: bool, said: str, command_id: UUID) -> None:
    """Who was asked has answered; when nobody is left to answer, the clock goes on. Raises Refused: "answered_already"."""
    with transaction.atomic():
        row = Opinion.objects.select_for_update().get(pk=opinion.pk)
        if row.answered_at is not None:
            raise Refused("answered_already", "这份征求意见已经有了结果。")
        _works_on(account, row.inquiry.case)
        row.answer = Opinion.Answer.AGREE if agrees else Opinion.Answer.DISAGREE
        row.words, row.answered_at = said.strip()[:LONGEST], datetime.now(CHINA)
        row.save(update_fields=["answer", "words", "answered_at"])
        every = Opinion.objects.filter(inquiry_id=row.inquiry_id)
        if every.filter(answered_at=None).exists():
            return
        outcome = "；".join(f"{o.name}：{o.get_answer_display()}" for o in every)
        perform(account, row.inquiry_id, "resume", command_id=command_id, data={"outcome": outcome})


# fees and frequency


def fee_of(inquiry: Inquiry, by: str, *, pages: int = 0) -> Decimal:
    """信息处理费 of a request by one of the two ladders (国办函〔2020〕109号), in yuan. Raises Refused("no_fee_yet", "choice_unknown")."""
    day = inquiry.received_on or inquiry.submitted_on
    held = fees(day)
    if held is None:
        raise Refused("no_fee_yet", "2021年1月1日以前收到的申请不收信息处理费。")
    if by == Inquiry.Charge.ITEMS:
        return held.by_items(
            items_in_month(inquiry.org_id, inquiry.applicant_key, day, but=inquiry.pk), inquiry.items
        )
    if by == Inquiry.Charge.PAGES and pages > 0:
        return held.by_pages(pages)
    raise Refused("choice_unknown", "请选择按件或者按量收费；按量的填写页数。", detail={"field": "by"})


def charge(account: Account, inquiry: Inquiry, *, by: str, pages: int = 0, command_id: UUID) -> Decimal:
    """收费通知: charge by items or by pages; the clock stands still until it is paid, twenty working days at most.

    Raises Refused: as `fee_of`; "nothing_to_charge" where the ladder asks for nothing; "charged_already", "fee_too_late".
    """
    amount = fee_of(inquiry, by, pages=pages)
    if not amount:
        raise Refused("nothing_to_charge", "没有超过免费的数量，不收费。")
    with transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(charged_by=by, pages=pages)
        perform(
            account, inquiry.pk, "charge", command_id=command_id, data={"name": FEE, "amount": str(amount)}
        )
    return amount


def ask_reasons(account: Account, inquiry: Inquiry, *, command_id: UUID) -> None:
    """要求说明理由: of who asks unusually much or often (条例第三十五条). It is on record in the case."""
    with transaction.atomic():
        Inquiry.objects.filter(pk=inquiry.pk).update(reasons_asked_at=datetime.now(CHINA))
        text = "申请数量、频次明显超过合理范围，要求申请人说明理由（条例第三十五条）"
        perform(account, inquiry.pk, "note", command_id=command_id, data={"text": text})


def note_reasons(account: Account, inquiry: Inquiry, said: str) -> None:
    """What the applicant gave as reasons. Raises Refused("missing_field")."""
    _works_on(account, inquiry.case)
    if not said.strip():
        raise Refused("missing_field", "请填写申请人说明的理由。", detail={"field": "reasons"})
    Inquiry.objects.filter(pk=inquiry.pk).update(reasons=said.strip()[:LONGEST])


def postpone(
    account: Account, inquiry: Inquiry, *, days: int, document: str, approver: str, command_id: UUID
) -> Outcome:
    """延迟答复: the reasons are sound but the requests too many; the clock stands still for the days told (条例第三十五条)."""
    said = {
        "procedure": OFTEN,
        "days": days,
        "basis": book()["often"]["basis"],
        "document": document,
        "approver": approver,
    }
    return perform(account, inquiry.pk, "suspend", command_id=command_id, data=said)


# the reply


def sign(account: Account, inquiry: Inquiry, *, command_id: UUID) -> Outcome:
    """签发: sign what was drafted and checked, with its reasons and remedy. Raises Refused("nothing_drafted"), those of `perform`."""
    drafted = OUTCOMES.get(str(inquiry.case.state.get("outcomes", {}).get("draft", "")))
    if drafted is None or not drafted.decision:
        raise Refused("nothing_drafted", "还没有拟办，不能签发。", (Instead("complete", "拟办"),))
    said: dict[str, Any] = {"outcome": drafted.decision}
    if drafted.decision != "granted":
        said |= {"reason": inquiry.grounds or drafted.name, "remedy": REMEDY}
    return perform(account, inquiry.pk, "complete", command_id=command_id, data=said)


# what the public reads of it


def propose(account: Account, inquiry: Inquiry, *, subject: str, answer: str) -> Digest:
    """Propose a digest for publication, in words without personal data. Proposing again replaces the words.

    Raises Refused: "not_permitted", "not_answered", "missing_field", "personal_data" (detail: traces), "already_public".
    """
    _works_on(account, inquiry.case)
    if inquiry.concluded_on is None:
        raise Refused("not_answered", "还没有答复，不能公开。")
    subject, answer = subject.strip()[:200], answer.strip()
    if not subject or not answer:
        raise Refused("missing_field", "申请内容和答复摘要都要写。", detail={"field": "answer"})
    _clean(inquiry, subject, answer)
    row = Digest.objects.filter(pk=inquiry.pk).first()
    if row is not None and row.released_at is not None and row.withdrawn_at is None:
        raise Refused("already_public", "摘要已经公开，要改先撤下。", (Instead("withdraw", "撤下"),))
    row, _created = Digest.objects.update_or_create(
        pk=inquiry.pk,
        defaults={
            "subject": subject, "answer": answer, "words": sorted(set(words(f"{subject} {answer}"))), "proposed_by": account,
            "proposed_at": datetime.now(CHINA), "released_by": None, "released_at": None, "withdrawn_at": None,
        },
    )  # fmt: skip
    return row


def release(account: Account, row: Digest, seen: str = "") -> None:
    """Release a proposed digest: the second pair of eyes, and only the words they looked at (`seen`: their `edition`).

    Raises Refused: "not_permitted", "same_person", "personal_data", "stale".
    """
    _works_on(account, row.inquiry.case)
    if row.proposed_by_id == account.pk:
        raise Refused("same_person", "提出公开的人不能自己审核，请另一位同事审核。")
    _clean(row.inquiry, row.subject, row.answer)
    same = {"released_at": None, "withdrawn_at": None, "proposed_at": row.proposed_at}
    if (seen and seen != row.edition) or not Digest.objects.filter(pk=row.pk, **same).update(
        released_by=account, released_at=datetime.now(CHINA)
    ):
        raise Refused("stale", "公开的内容刚刚改过，请看过最新的再审核。")


def withdraw(account: Account, row: Digest, why: str) -> None:
    """Take a digest down, with the reason. Raises Refused: "not_permitted", "missing_field"."""
    _works_on(account, row.inquiry.case)
    if not why.strip():
        raise Refused("missing_field", "请写明撤下的原因。", detail={"field": "why"})
    Digest.objects.filter(pk=row.pk).update(withdrawn_at=datetime.now(CHINA), withdrawn_why=why.strip()[:200])


# reconsideration and litigation


def enter_dispute(
    account: Account, org: Organisation, *, way: str, authority: str, number: str, filed_on: date, inquiry: Inquiry | None = None
) -> Dispute:  # fmt: skip
    """登记复议、诉讼. Raises Refused: "not_permitted", "missing_field", "choice_unknown", "in_the_future", "entered_already"."""
    _keeps_register(account, org.pk)
    if way not in Dispute.Way.values:
        raise Refused("choice_unknown", "请选择复议或者诉讼的途径。", detail={"field": "way"})
    for name, value, what in (("authority", authority, "复议机关或者法院"), ("number", number, "案号")):
        if not value.strip():
            raise Refused("missing_field", f"请填写{what}。", detail={"field": name})
    if filed_on > datetime.now(CHINA).date():
        raise Refused("in_the_future", "收到日期不能晚于今天。", detail={"field": "filed_on"})
    row, made = Dispute.objects.get_or_create(
        org=org, way=way, number=number.strip()[:80],
        defaults={"authority": authority.strip()[:100], "filed_on": filed_on, "inquiry": inquiry, "entered_by": account},
    )  # fmt: skip
    if not made:
        raise Refused("entered_already", "这个案号已经登记。", detail={"field": "number"})
    return row


def end_dispute(account: Account, row: Dispute, *, result: str, ended_on: date, note: str = "") -> None:
    """审结: what came of it. Raises Refused: "not_permitted", "choice_unknown", "out_of_range"."""
    _keeps_register(account, row.org_id)
    if result not in Dispute.Result.values or result == Dispute.Result.PENDING:
        raise Refused("choice_unknown", "请选择审结的结果。", detail={"field": "result"})
    if not row.filed_on <= ended_on <= datetime.now(CHINA).date():
        raise Refused("out_of_range", "审结日期应在收到之后、今天以前。", detail={"field": "ended_on"})
    Dispute.objects.filter(pk=row.pk).update(result=result, ended_on=ended_on, note=note.strip()[:300])


# what all of it stands on


def take_requests(org: Organisation, on: date | None = None) -> OfferingVersion:
    """The version under which an organisation takes requests on a day, brought about where there is none yet.

    Raises Refused("not_taken_here") for units that lack the posts for it, or for days before the law.
    """
    ways = template()
    old = [Earlier(r.since, content_under(r.key)) for r in regimes()[:-1]]
    newest = establish(
        "inquiry", org, content_under(regimes()[-1].key), ways["flow"], ways["roles"], ways["permits"],
        starts=regimes()[-1].since, earlier=old,
    )  # fmt: skip
    version = newest if on is None or newest is None else house_version("inquiry", org.pk, on)
    if version is None:
        raise Refused(
            "not_taken_here",
            "这个单位不在网上受理政府信息公开申请，请查看它的公开指南。",
            (Instead("call", "拨打热线"),),
        )
    return version


def row_of(case_id: int, number: str, org: int, data: Mapping[str, Any], key: str) -> Inquiry:
    """The row of the register for a case opened with that form; not saved. Importers of history use it, too."""
    submitted = date.fromisoformat(str(data["submitted"]))
    return Inquiry(
        case_id=case_id, number=number, org_id=org, regime=regime(submitted).key, applicant_type=data["applicant_type"],
        applicant_key=key, subject=str(data["subject"])[:200], document=str(data.get("document", ""))[:100], way=data["way"],
        medium=data["medium"], channel=data["channel"], submitted_on=submitted, items=int(data.get("items", 1)),
    )  # fmt: skip


def applicant_key(id_type: str, id_number: str, name: str, phone: str) -> str:
    """By which requests of the same applicant are known: keyed digest of the identity, else of name and telephone."""
    return id_digest(id_type, id_number) if id_number else id_digest("name", f"{name}{phone}")


def _open(
    by: Any, owner: Account | None, org: Organisation, asked: Asked, channel: str, days: Mapping[str, date | None],
    at: datetime | None, command_id: UUID,
) -> Outcome:  # fmt: skip
    for fault in faults(asked, channel):
        raise fault
    submitted = days["submitted"] or datetime.now(CHINA).date()
    version = take_requests(org, at.date() if at else None)
    person = asked.applicant_type == "person"
    id_type = asked.id_type if person else USCC
    data = {name: getattr(asked, name).strip()[:LONGEST] for name in _FORM}
    data = {k: v for k, v in data.items() if v} | {k: d.isoformat() for k, d in days.items() if d is not None}
    data |= {"channel": channel, "id_type": id_type} | ({} if person else {"unit": asked.name.strip()})
    name = asked.name.strip()[:60]
    with transaction.atomic():
        outcome = open_case(
            by, offering_version=version, data=data, kind="inquiry", command_id=command_id,
            channel="web" if channel == "web" else "counter", occurred_at=at, reason="纸质申请补录" if at else "",
            applicant=Applicant(
                name, kind="person" if person else "organisation", id_type=id_type, id_number=asked.id_number.strip(),
                phone=asked.phone.strip(), account=owner,
            ),
            title=f"信息公开申请：{asked.subject.strip()}"[:200],
        )  # fmt: skip
        if not outcome.replayed:
            key = applicant_key(id_type, asked.id_number.strip(), name, asked.phone.strip())
            row = row_of(
                outcome.case_id, outcome.number, org.pk, data | {"submitted": submitted.isoformat()}, key
            )
            if days.get("confirmed"):
                row.confirmed_at = datetime.combine(days["confirmed"] or submitted, time(9), CHINA)
            row.save(force_insert=True)
    return outcome


_FORM = (
    "applicant_type", "contact", "address", "email", "subject", "document", "features", "way", "medium",
)  # fmt: skip


def _faults(asked: Asked, channel: str) -> Iterator[Refused]:
    if asked.applicant_type not in APPLICANTS:
        yield Refused("choice_unknown", "请选择申请人类型。", detail={"field": "applicant_type"})
    for name, what in _NEEDED.items():
        if not getattr(asked, name).strip():
            yield Refused("missing_field", f"请填写{what}。", detail={"field": name})
    if channel == "web" and (wrong := _impossible_number(asked)):
        yield Refused("id_number_wrong", wrong, detail={"field": "id_number"})
    for name, known, what in (("way", WAYS, "获取信息的方式"), ("medium", MEDIA, "载体形式")):
        if getattr(asked, name) not in known:
            yield Refused("choice_unknown", f"请选择{what}。", detail={"field": name})
    yield from _unusable(asked, channel)
    if asked.way == "mail" and not asked.address.strip():
        yield Refused("missing_field", "选择邮寄的，请填写通信地址。", detail={"field": "address"})


def _unusable(asked: Asked, channel: str) -> Iterator[Refused]:
    """By which nobody could be reached; what somebody wrote on paper is entered as it stands, save for the way of answering."""
    if channel == "web" and asked.phone.strip() and not is_phone(asked.phone):
        yield Refused("contact_unusable", "这不像一个电话号码，请连同区号填写。", detail={"field": "phone"})
    if asked.way == "email" and not asked.email.strip():
        yield Refused("missing_field", "选择电子邮件的，请填写电子邮箱。", detail={"field": "email"})
    elif asked.email.strip() and not _is_email(asked.email.strip()):
        yield Refused(
            "contact_unusable",
            "这不像一个电子邮箱，请写成 name@example.cn 的样子。",
            detail={"field": "email"},
        )


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _impossible_number(asked: Asked) -> str:
    """Why the number cannot be one of its type; "" where it can, where there is none, or where the type is not known."""
    if not asked.id_number.strip() or asked.applicant_type not in APPLICANTS:
        return ""
    person = asked.applicant_type == "person"
    if person and asked.id_type != CITIZEN:
        return ""
    try:
        (parse_citizen_id if person else parse_uscc)(asked.id_number)
    except CodeError as error:
        return error.message
    return ""


def _register(account: Account, case_id: int, at: datetime | None, command_id: UUID) -> Outcome:
    return perform(
        account,
        case_id,
        "accept",
        command_id=command_id,
        occurred_at=at,
        reason="按收到申请之日登记" if at else "",
    )


def _works_on(account: Account, case: Case) -> None:
    if not can_see(account, case, "handle"):
        raise Refused("not_permitted", "只有办理单位的人可以这样做。")


def _keeps_register(account: Account, org: int) -> None:
    if not works_for(account, org):
        raise Refused("not_permitted", "复议、诉讼由本单位登记。")


def _clean(inquiry: Inquiry, *texts: str) -> None:
    found = [t for text in texts for t in traces(text, names=(inquiry.case.applicant_name,))]
    if found:
        raise Refused(
            "personal_data", f"公开前请去掉个人信息：{'、'.join(found)}。", detail={"traces": found}
        )


def content_under(key: str) -> dict[str, Any]:
    """The package under one regulation: its limits, and its fees where there are any."""
    rules = next(r for r in regimes() if r.key == key)
    content: dict[str, Any] = json.loads(json.dumps(template()["content"]))
    for name in ("statutory", "promised"):
        content["limits"][name]["amount"] = rules.reply
    content["limits"]["extension"]["amount"] = rules.extension
    if (
        rules.correction_within is None
    ):  # 2008: no fees of this kind, nor does a late correction end the request
        content |= {"fees": [], "is_fee": False}
        content["params"]["correction"] = {"restarts": True}
        for special in content["special_procedures"]:
            special["silence"] = {
                "outcome": "逾期没有答复，由本机关决定",
                "basis": "政府信息公开条例（2008年）第二十三条",
            }
    return content
