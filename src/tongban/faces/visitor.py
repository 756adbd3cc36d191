"""Who is at the other end of a request: the signed-in account, or the browser that began a draft."""

import secrets

from django.http import HttpRequest

from tongban.registry.models import Account

_KEY = "hall_visitor"


def account_of(request: HttpRequest) -> Account | None:
    """The signed-in account, or None."""
    return request.user if isinstance(request.user, Account) and request.user.is_authenticated else None


def visitor_of(request: HttpRequest, *, make: bool = False) -> str:
    """The token of this browser's session for drafts begun without signing in; it outlives the sign-in."""
    token = str(request.session.get(_KEY, ""))
    if not token and make:
        token = request.session[_KEY] = secrets.token_hex(16)
    return token
