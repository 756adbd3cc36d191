"""Reads of notices: who wants what, the words in force, and how sending goes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from tongban.base.calendar import CHINA
from tongban.engine.people import scopes
from tongban.platforms.notices.book import CHANNELS, is_legal, shipped
from tongban.platforms.notices.channels import available
from tongban.platforms.notices.models import Address, Choice, Message, TemplateVersion
from tongban.registry.models import Account

LATE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a notice in force; `no` 0: as shipped."""

    no: int
    subject: str
    body: str


def wanted(account_id: int, kind: str) -> frozenset[str]:
    """The channels by which a person wants a kind of notice. Nothing chosen: messages on the site only."""
    row = Choice.objects.filter(account_id=account_id, kind=kind).first()
    chosen = set(row.channels) & set(CHANNELS) if row is not None else {"site"}
    return frozenset(chosen | {"site"} if is_legal(kind) else chosen)


def reachable(account_id: int) -> dict[str, Address]:
    """The confirmed addresses of a person, by channel."""
    rows = Address.objects.filter(account_id=account_id, confirmed_at__isnull=False)
    return {row.channel: row for row in rows if row.channel in available()}


def words_of(event: str, channel: str, on: date | None = None) -> Words:
    """The words in force on a day (today when not said)."""
    on = on or datetime.now(CHINA).date()
    rows = TemplateVersion.objects.filter(event=event, channel=channel, valid_from__lte=on)
    row = rows.order_by("-valid_from", "-no").first()
    return Words(row.no, row.subject, row.body) if row is not None else Words(0, *shipped(event, channel))


def code_of(address: Address) -> str:
    """The six digits that confirm an address; derived, never stored."""
    digest = salted_hmac("tongban.notices.code", f"{address.pk}:{address.value}:{address.nonce}").digest()
    return f"{int.from_bytes(digest[:8], 'big') % 1_000_000:06d}"


def may_administer(account: Account) -> bool:
    """The one predicate over deliveries and templates: who administers the whole installation."""
    return scopes(account).of("administer").admits(None)


def deliveries(account: Account, *, q: str = "", status: str = "", channel: str = "") -> QuerySet[Message]:
    """Messages on their way out, newest first, for who may see them; by their number or a case's."""
    rows = Message.objects.all() if may_administer(account) else Message.objects.none()
    if q:
        plain = q.strip().upper()
        rows = rows.filter(
            Q(number=plain)
            | Q(pk=int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else 0)
        )
    if status in Message.Status.values:
        rows = rows.filter(status=status)
    return rows.filter(channel=channel) if channel else rows


def outlook(now: datetime | None = None) -> dict[str, int]:
    """How sending goes: waiting for longer than ten minutes, and given up in the last day."""
    now = now or datetime.now(CHINA)
    return {
        "late": Message.objects.filter(status="waiting", created_at__lt=now - LATE).count(),
        "failed": Message.objects.filter(status="failed", ended_at__gte=now - timedelta(days=1)).count(),
    }
