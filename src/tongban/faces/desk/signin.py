"""Where a person lands after signing in: residents at their own affairs, staff at the workbench."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tongban.registry.models import Account


class SignIn(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """`settings.ACCOUNT_ADAPTER`."""

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
