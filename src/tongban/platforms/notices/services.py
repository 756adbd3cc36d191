"""Leaving messages to be sent, sending them, and what people and administrators decide about it."""

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.crypto import constant_time_compare

from tongban.base.calendar import CHINA
from tongban.base.codes import CodeError, parse_phone
from tongban.engine.errors import Refused
from tongban.engine.outbox import PATIENCE
from tongban.platforms.notices.book import (
    CHANNELS,
    CODE,
    LONGEST_SMS,
    SENT,
    book,
    filled,
    kind_of,
    unknown_places,
)
from tongban.platforms.notices.channels import Undeliverable, available, send
from tongban.platforms.notices.models import Address, Choice, Message, TemplateVersion
from tongban.platforms.notices.queries import code_of, may_administer, reachable, wanted, words_of
from tongban.registry.models import Account

log = structlog.get_logger("tongban.notices")

CODE_LIVES = timedelta(minutes=30)
CODE_AGAIN = timedelta(seconds=60)
TRIES = 5
GIVE_UP = timedelta(days=2)
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def notify(account_id: int, event: str, *, key: str, number: str, values: Mapping[str, str]) -> int:
    """Leave messages for a person by the channels they chose; the same key twice leaves nothing. Returns how many.

    Called inside the transaction of an effect, after the commit of what is told. `values` fill the template and hold
    nothing personal: title, number, link, rate.
    """
    kind = kind_of(event)
    if not kind:
        return 0
    chosen = wanted(account_id, kind)
    now = datetime.now(CHINA)
    rows = [
        Message(
            key=key, channel=channel, account_id=account_id, number=number, event=event, values=dict(values),
            created_at=now, available_at=now,
        )
        for channel in reachable(account_id) if channel in chosen
    ]  # fmt: skip
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def send_waiting(limit: int = 100, now: datetime | None = None) -> int:
    """Send what waits, with patience after each failure; returns how many went out. Several workers may do this at once.

    A message leaves at least once: the row is marked in the transaction in which it was handed over, and carries a name
    by which the other side knows a second copy.
    """
    now, done = now or datetime.now(CHINA), 0
    tried: set[int] = set()
    while len(tried) < limit:
        with transaction.atomic():
            rows = Message.objects.select_for_update(skip_locked=True).filter(
                status="waiting", available_at__lte=now
            )
            row = rows.exclude(pk__in=tried).order_by("available_at", "id").first()
            if row is None:
                break
            tried.add(row.pk)
            done += _hand_over(row, now)
    return done


def retry(account: Account, message_id: int) -> None:
    """Try a message again that was given up. Raises Refused "not_permitted"."""
    _administers(account)
    now = datetime.now(CHINA)
    Message.objects.filter(pk=message_id, status="failed").update(
        status="waiting", available_at=now, created_at=now, ended_at=None, error=""
    )


def choose(account: Account, choices: Mapping[str, Iterable[str]]) -> None:
    """Keep by which channels a person wants each kind; legal notices stay on the site whatever is said."""
    for kind in book()["kinds"]:
        channels = [c for c in CHANNELS if c in set(choices.get(kind, ()))]
        Choice.objects.update_or_create(account=account, kind=kind, defaults={"channels": channels})


def state_address(account: Account, channel: str, text: str, now: datetime | None = None) -> Address:
    """Give an address and have a code sent there. An empty text takes the address away.

    Raises Refused: "channel_unavailable", "address_invalid", "asked_too_soon"; field `detail["field"]`.
    """
    now = now or datetime.now(CHINA)
    if channel not in SENT or channel not in available():
        raise Refused("channel_unavailable", "这个渠道还没有开通。", detail={"field": channel})
    value = _address(channel, text)
    known = Address.objects.filter(account=account, channel=channel).first()
    if known is not None and known.value == value and known.confirmed_at is not None:
        return known
    if known is not None and now - known.asked_at < CODE_AGAIN:
        raise Refused("asked_too_soon", "验证码刚发过，请 1 分钟后再试。", detail={"field": channel})
    with transaction.atomic():
        row, _made = Address.objects.update_or_create(
            account=account, channel=channel,
            defaults={"value": value, "nonce": secrets.token_hex(16), "asked_at": now, "tries": 0, "confirmed_at": None},
        )  # fmt: skip
        Message.objects.create(
            key=f"code:{row.pk}:{row.nonce}",
            channel=channel,
            account=account,
            event=CODE,
            created_at=now,
            available_at=now,
        )
    return row


def forget_address(account: Account, channel: str) -> None:
    """Take an address away; what still waits for it is dropped when its turn comes."""
    Address.objects.filter(account=account, channel=channel).delete()


def confirm(account: Account, channel: str, code: str, now: datetime | None = None) -> None:
    """Confirm an address with the code sent there.

    Raises Refused "code_wrong" (also for one that is too old or was tried too often).
    """
    now = now or datetime.now(CHINA)
    with transaction.atomic():
        row = (
            Address.objects.select_for_update()
            .filter(account=account, channel=channel, confirmed_at=None)
            .first()
        )
        if row is not None and row.tries < TRIES and now - row.asked_at <= CODE_LIVES:
            row.tries += 1
            if constant_time_compare(code.strip(), code_of(row)):
                row.confirmed_at = now
            row.save(update_fields=["tries", "confirmed_at"])
    if row is None or row.confirmed_at is None:
        raise Refused(
            "code_wrong", "验证码不对或者过期了，请核对，或者重新发送。", detail={"field": f"code-{channel}"}
        )


def edit_template(
    account: Account, event: str, channel: str, *, subject: str, body: str, valid_from: date, note: str
) -> TemplateVersion:
    """Add words that hold from a day on; earlier words stay as they were.

    Raises Refused: "not_permitted", "missing_field", "place_unknown", "too_long", "in_the_past".
    """
    _administers(account)
    subject, body, note = " ".join(subject.split())[:200], body.strip(), note.strip()[:200]
    for name, text in (
        ("body", body),
        ("note", note),
        *((("subject", subject),) if channel == "email" else ()),
    ):
        if not text:
            raise Refused("missing_field", "这一项要填。", detail={"field": name})
    for name, text in (("subject", subject), ("body", body)):
        if wrong := unknown_places(text, event):
            raise Refused("place_unknown", f"没有这样的占位：{'、'.join(wrong)}。", detail={"field": name})
    if channel == "sms" and len(body) > LONGEST_SMS:
        raise Refused("too_long", f"短信最多 {LONGEST_SMS} 个字。", detail={"field": "body"})
    if valid_from < datetime.now(CHINA).date():
        raise Refused(
            "in_the_past", "起用日期不能早于今天：发出去的已经发了。", detail={"field": "valid_from"}
        )
    with transaction.atomic():
        rows = TemplateVersion.objects.filter(event=event, channel=channel)
        list(rows.select_for_update().values_list("pk"))
        no = (rows.aggregate(top=Max("no"))["top"] or 0) + 1
        return TemplateVersion.objects.create(
            event=event, channel=channel, no=no, subject=subject if channel == "email" else "", body=body,
            valid_from=valid_from, note=note, by=account,
        )  # fmt: skip


def _hand_over(row: Message, now: datetime) -> bool:
    address = Address.objects.filter(account_id=row.account_id, channel=row.channel).first()
    if row.channel not in available() or address is None or not _still_meant(row, address, now):
        _end(row, "dropped", now)
        return False
    words = words_of(row.event, row.channel)
    values = {**row.values, "site": str(settings.TONGBAN_SITE.get("name", "通办")), "number": row.number}
    if row.event == CODE:
        values["code"] = code_of(address)
    subject, body = filled(words.subject, values), filled(words.body, values)
    row.template_no = words.no
    try:
        row.receipt = send(row.channel, address.value, subject, body, key=f"{row.key}:{row.channel}")
    except Undeliverable as refused:
        row.error = f"Undeliverable {refused}"[:80]
        _end(row, "failed", now)
    except Exception as error:  # noqa: BLE001 -- whatever a gateway raises is tried again; its words may hold an address
        row.error = type(error).__name__[:80]
        if now - row.created_at > GIVE_UP:
            _end(row, "failed", now)
        else:
            row.available_at = now + PATIENCE[min(row.attempts, len(PATIENCE) - 1)]
            row.attempts += 1
            row.save(update_fields=["available_at", "attempts", "error", "template_no"])
    else:
        row.error = ""
        _end(row, "sent", now)
        return True
    log.warning("notice_not_sent", message=row.pk, channel=row.channel, error=row.error)
    return False


def _still_meant(row: Message, address: Address, now: datetime) -> bool:
    if row.event == CODE:
        return row.key == f"code:{address.pk}:{address.nonce}" and now - address.asked_at <= CODE_LIVES
    return address.confirmed_at is not None


def _end(row: Message, status: str, now: datetime) -> None:
    row.status, row.ended_at = status, now
    row.attempts += 1
    row.save(update_fields=["status", "ended_at", "attempts", "error", "receipt", "template_no"])


def _address(channel: str, text: str) -> str:
    text = text.strip()
    if channel == "email":
        if not _EMAIL.fullmatch(text) or len(text) > 254:
            raise Refused("address_invalid", "这不像一个邮箱地址。", detail={"field": channel})
        return text
    try:
        number = parse_phone(text)
    except CodeError as error:
        raise Refused("address_invalid", error.message, detail={"field": channel}) from None
    if number.kind != "mobile":
        raise Refused("address_invalid", "请填写手机号码。", detail={"field": channel})
    return number.e164


def _administers(account: Account) -> None:
    if not may_administer(account):
        raise Refused("not_permitted", "只有系统管理员可以这样做。")
