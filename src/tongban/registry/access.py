"""The door of the workbench and its record: only staff come in, and who took what out is written down."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tongban.registry.models import Account

log = structlog.get_logger("tongban.access")

View = Callable[..., HttpResponseBase]


def staff_only(view: View) -> View:
    """Ask strangers to sign in and refuse residents (403); the view decides everything else by grants."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if account_of(request).kind != Account.Kind.STAFF:
            raise PermissionDenied
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded


def account_of(request: HttpRequest) -> Account:
    """The account that is signed in; for views behind a door."""
    if not isinstance(request.user, Account):
        raise PermissionDenied
    return request.user


def record_access(account: Account, act: str, subject: str, **detail: object) -> None:
    """Write down that somebody took data out: `act` is download, export, proof, print; `subject` a number or a list."""
    log.info("data taken out", act=act, account=account.pk, subject=subject, **detail)
