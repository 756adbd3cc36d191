"""Access tokens: made, revoked, recognised. The token itself is shown once and never stored.

A token is 32 random bytes; that cannot be guessed, so a plain SHA-256 of it is kept and no slow hash is needed.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Q

from tongban.base.calendar import CHINA
from tongban.project.api.models import AccessToken
from tongban.registry.actors import INSTALLATION
from tongban.registry.changelog import record_change
from tongban.registry.models import Account

PREFIX = "tb_"  # lets a scanner of leaked secrets recognise one
LONGEST = timedelta(days=366)
NOTED_EVERY = timedelta(hours=1)  # how exact "last used" is


class TokenRefused(Exception):
    """A token that was not made or not revoked; `code` is stable, `message` is for the operator."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@transaction.atomic
def create_token(username: str, name: str, lasts: timedelta) -> tuple[AccessToken, str]:
    """Make a token for an account that is in use; gives its row and the token, which nobody can read again.

    Raises TokenRefused: account_unknown, token_period.
    """
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise TokenRefused("account_unknown", f"没有在用的账号 {username}。")
    if not timedelta(0) < lasts <= LONGEST:
        raise TokenRefused("token_period", f"有效期应为 1 至 {LONGEST.days} 天。")
    token = PREFIX + secrets.token_urlsafe(32)
    row = AccessToken.objects.create(
        account=account, name=name, digest=_digest(token), expires_at=datetime.now(CHINA) + lasts
    )
    after = {"account": account.pk, "name": name, "expires_at": row.expires_at.isoformat()}
    record_change(INSTALLATION, "token.created", "token", str(row.pk), after=after)
    return row, token


@transaction.atomic
def revoke_token(token_id: int) -> AccessToken:
    """End a token now. Raises TokenRefused: token_unknown (also one that was revoked before)."""
    row = AccessToken.objects.select_for_update().filter(pk=token_id, revoked_at=None).first()
    if row is None:
        raise TokenRefused("token_unknown", f"没有编号为 {token_id} 的有效令牌。")
    row.revoked_at = datetime.now(CHINA)
    row.save(update_fields=["revoked_at"])
    record_change(INSTALLATION, "token.revoked", "token", str(row.pk))
    return row


def account_of_token(token: str) -> Account | None:
    """Whose token this is; None when it is unknown, expired or revoked, or the account was switched off."""
    now = datetime.now(CHINA)
    row = (
        AccessToken.objects.select_related("account")
        .filter(digest=_digest(token), revoked_at=None, expires_at__gt=now, account__is_active=True)
        .first()
    )
    if row is None:
        return None
    if row.last_used_at is None or row.last_used_at < now - NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        AccessToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)
    return row.account


def _digest(token: str) -> str:
    return sha256(token.encode(errors="surrogatepass")).hexdigest()
