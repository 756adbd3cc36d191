"""Clients of departments' systems: made, revoked, recognised by their signature, and what they may report for."""

import secrets
import time as clock
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.platforms.reporting import signing
from tongban.platforms.reporting.models import Client, Nonce
from tongban.registry.actors import INSTALLATION
from tongban.registry.changelog import record_change
from tongban.registry.grants import Clause, Scope
from tongban.registry.models import Matter, Organisation
from tongban.registry.tree import as_of

MOST_SECRET = 32767  # a client reports for its unit whatever the secrecy of the case


@transaction.atomic
def create_client(
    name: str, organisation: str, *, subtree: bool = True, matters: Iterable[str] = ()
) -> tuple[Client, str]:
    """Make a client for an organisation (key or credit code); gives its row and the secret, shown this once.

    Raises Refused: organisation_unknown, matter_unknown.
    """
    org = (
        Organisation.objects.filter(key=organisation).first()
        or Organisation.objects.filter(code=organisation).first()
    )
    if org is None:
        raise Refused("organisation_unknown", f"没有机构 {organisation}。")
    wanted = list(matters)
    found = dict(Matter.objects.filter(code__in=wanted).values_list("code", "pk"))
    if unknown := [code for code in wanted if code not in found]:
        raise Refused("matter_unknown", f"没有事项 {'、'.join(unknown)}。")
    client = Client.objects.create(
        key_id=f"rp-{secrets.token_hex(6)}", name=name, organisation=org, subtree=subtree,
        matters=sorted(found.values()), salt=secrets.token_hex(16), key_mark=signing.mark_of(_master()),
    )  # fmt: skip
    record_change(
        INSTALLATION, "client.created", "client", client.key_id,
        after={"name": name, "organisation": org.key, "subtree": subtree, "matters": wanted},
    )  # fmt: skip
    return client, secret_of(client)


@transaction.atomic
def revoke_client(key_id: str) -> Client:
    """End a client now. Raises Refused client_unknown (also one that was revoked before)."""
    client = Client.objects.select_for_update().filter(key_id=key_id, revoked_at=None).first()
    if client is None:
        raise Refused("client_unknown", f"没有在用的客户端 {key_id}。")
    client.revoked_at = datetime.now(CHINA)
    client.save(update_fields=["revoked_at"])
    record_change(INSTALLATION, "client.revoked", "client", key_id)
    return client


def secret_of(client: Client) -> str:
    """The secret of a client, computed anew."""
    return signing.secret_of(_master(), client.key_id, client.salt)


def strangers() -> list[Client]:
    """Clients in use whose secrets were made with another key than the one at hand: nothing they sign is recognised."""
    rows = Client.objects.filter(revoked_at=None).exclude(key_mark=signing.mark_of(_master()))
    return list(rows.order_by("key_id"))


def recognised(
    key_id: str, time: str, nonce: str, given: str, *, method: str, path: str, body: bytes
) -> Client:
    """The client that signed a request, which is let in this once.

    Raises Refused: signature_missing, signature_invalid (unknown or revoked client, too), signature_stale, replayed.
    """
    if not (key_id and time and nonce and given):
        raise Refused("signature_missing", "请求没有签名，请按接口说明带上四个签名请求头。")
    client = Client.objects.filter(key_id=key_id, revoked_at=None).select_related("organisation").first()
    if client is None or not signing.fits(secret_of(client), given, method, path, time, nonce, body):
        raise Refused("signature_invalid", "签名不正确，或者客户端不存在、已撤销。")
    if not time.isascii() or not time.isdigit() or abs(int(time[:12]) - clock.time()) > signing.WINDOW:
        raise Refused(
            "signature_stale",
            f"请求时间与服务器相差超过 {signing.WINDOW} 秒，请校准时钟后重新签名。",
            detail={"now": int(clock.time())},
        )
    if len(nonce) > 64 or not _first_time(client.pk, nonce):
        raise Refused("replayed", "这个请求已经收到过；重发时请用新的随机数重新签名。")
    return client


def scope_of(client: Client) -> Scope:
    """What the client may report for, as the scope that grants are compiled to."""
    org = client.organisation_id
    orgs = as_of(datetime.now(CHINA).date()).subtree(org) if client.subtree else frozenset([org])
    matters = frozenset(client.matters) or None
    return Scope((Clause(orgs, matters, MOST_SECRET),))


def forget_nonces() -> int:
    """Drop what no request can repeat any more, as its time is past the window."""
    before = datetime.now(CHINA) - timedelta(seconds=3 * signing.WINDOW)
    return Nonce.objects.filter(at__lt=before).delete()[0]


def _master() -> str:
    """The key that secrets of clients are derived from; where none is said, the one of identity numbers, as before."""
    own = getattr(settings, "TONGBAN_REPORTING_KEY", "")
    return own or getattr(settings, "TONGBAN_IDENTITY_KEY", "") or settings.SECRET_KEY


def _first_time(client_id: int, nonce: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reporting_nonce (client_id, nonce, at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [client_id, nonce.replace("\0", ""), datetime.now(CHINA)],
        )
        first = bool(cursor.rowcount == 1)
    if first and nonce[-1:] == "0":
        forget_nonces()
    return first
