"""The door of the workbench and its record: only staff come in, and who took what out is written down."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import structlog
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from tongban.registry.models import AccessRecord, Account

log = structlog.get_logger("tongban.access")

View = Callable[..., HttpResponseBase]


class SignedOut(Exception):
    """What is asked for is kept for an account, and nobody is signed in: leads to the sign-in (`project.middleware.WayBack`)."""


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


def record_access(
    account: Account | None, act: str, subject: str, *, q: str | None = None, **detail: object
) -> None:
    """Write down that somebody takes data out, before it goes: what cannot be recorded is not given.

    Args:
        account: who; None for the public, who need not sign in for it.
        act: an `AccessRecord.Act`.
        subject: the number of the case, or the name of the list.
        q: what was searched for. People search by name and number of a person, so it is never kept, only that there was one.
        detail: what of it, as plain JSON: a paper's number, a file's id and digest. No personal values.
    """
    if q is not None:
        detail["searched"] = bool(q)
    AccessRecord.objects.create(account=account, act=AccessRecord.Act(act), subject=subject, detail=detail)
    log.info("data taken out", act=act, account=account and account.pk, subject=subject, **detail)


def accesses_to(subject: str, *, before: int | None = None) -> QuerySet[AccessRecord]:
    """Who took what of a case or a list, the newest first; `before`: older than that record, for the next page.

    Whoever asks has seen to it that the reader may supervise the case.
    """
    rows = AccessRecord.objects.filter(subject=subject).select_related("account").order_by("-id")
    return rows if before is None else rows.filter(pk__lt=before)
