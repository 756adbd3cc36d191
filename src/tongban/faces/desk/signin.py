"""How a person signs in: how often one may guess, and where one lands: residents at their own affairs, staff at the workbench."""

from hashlib import sha256
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import ratelimit
from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.urls import reverse

from tongban.registry.models import Account

BY_NAME = "login_failed_by_name"
PLACE_KEPT = 90 * 86_400  # seconds after which an address one signed in from is strange again


class SignIn(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """`settings.ACCOUNT_ADAPTER`.

    Wrong passwords count by address, and by address and name together (allauth's `login_failed`): who guesses at a name shuts
    out nobody but themselves. By the name alone they count too, with a much higher bound (`login_failed_by_name`), for those
    who guess from many addresses at once; an address this person has signed in from before is not held to that one.
    """

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(
            request, **credentials
        )  # first: who is refused there uses up nothing of the name's
        name = _name(credentials)
        if cache.get(_place(request, name)) is None and not ratelimit.consume(
            request, action=BY_NAME, key=name
        ):
            raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Account | None:
        account: Account | None = super().authenticate(request, **credentials)
        if account is not None:
            cache.set(_place(request, _name(credentials)), 1, PLACE_KEPT)
        return account

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """What `/key` of `login_failed` counts by: allauth's is the name alone, with which a stranger shuts anybody out."""
        return f"{get_ip(request)}:{_name(credentials)}"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if isinstance(request.user, Account) and request.user.kind == Account.Kind.STAFF:
            return reverse("desk:todo")
        return str(settings.LOGIN_REDIRECT_URL)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        if isinstance(request.user, Account) and request.user.kind == Account.Kind.STAFF:
            return reverse("desk:account")
        return str(settings.LOGIN_REDIRECT_URL)


def called(account: Account) -> str:
    """`settings.ACCOUNT_USER_DISPLAY`: how a person is greeted: by their name, else by the name they sign in with."""
    return account.display_name or account.username


def _name(credentials: dict[str, Any]) -> str:
    return str(credentials.get("username", "")).lower()


def _place(request: HttpRequest, name: str) -> str:
    return "signed-in-from:" + sha256(f"{get_ip(request)}:{name}".encode()).hexdigest()
