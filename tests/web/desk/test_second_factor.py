"""A second factor, for staff and residents alike: an authenticator app, recovery codes, passkeys; in the site's dress."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import City

PASSWORD = "a-long-password"
BOTH = pytest.mark.parametrize(("name", "lands"), [("clerk", "/desk/"), ("applicant", "/me/")])


@pytest.fixture(autouse=True)
def no_tries_counted() -> None:
    for cache in caches.all():
        cache.clear()


def code(secret: str, away: int = 0) -> str:
    """What the app shows now; `away`: for a moment so many half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + away))


def entered(city: City, name: str) -> Client:
    account = city.person(name)
    account.set_password(PASSWORD)
    account.save()
    client = Client()
    client.post(reverse("account_login"), {"login": name, "password": PASSWORD})
    client.post(
        reverse("account_reauthenticate"), {"password": PASSWORD}
    )  # asked for before every change of factors
    return client


def enrolled(city: City, name: str) -> tuple[Client, str]:
    client = entered(city, name)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert client.post(reverse("mfa_activate_totp"), {"code": code(secret)}).status_code == 302
    caches["default"].clear()  # a code is good once; the next sign-in is minutes later
    return client, secret


@BOTH
def test_an_app_is_enrolled_with_its_code_and_not_without(city: City, name: str, lands: str) -> None:
    client = entered(city, name)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    shown = page.content.decode()
    assert secret in shown
    assert "tb-foot" in shown
    assert "<style" not in shown
    client.post(reverse("mfa_activate_totp"), {"code": code(secret, away=50)})
    assert not Authenticator.objects.exists()
    client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    kinds = set(Authenticator.objects.filter(user=city.person(name)).values_list("type", flat=True))
    assert "totp" in kinds


@BOTH
def test_signing_in_then_asks_for_the_code(city: City, name: str, lands: str) -> None:
    _, secret = enrolled(city, name)
    client = Client()
    answer = client.post(reverse("account_login"), {"login": name, "password": PASSWORD})
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get(lands).status_code in (302, 403), "the password alone lets nobody in"
    assert "tb-foot" in client.get(reverse("mfa_authenticate")).content.decode()
    wrong = client.post(reverse("mfa_authenticate"), {"code": code(secret, away=50)})
    assert wrong.status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": code(secret)})["Location"] == lands
    assert client.get(lands).status_code == 200


def test_a_recovery_code_opens_once(city: City) -> None:
    client, _ = enrolled(city, "clerk")
    if not Authenticator.objects.filter(type="recovery_codes").exists():
        client.post(reverse("mfa_generate_recovery_codes"))
    page = client.get(reverse("mfa_view_recovery_codes"))
    assert "tb-foot" in page.content.decode()
    kept = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert kept in page.content.decode()
    for lands in (302, 200):
        again = Client()
        again.post(reverse("account_login"), {"login": "clerk", "password": PASSWORD})
        assert again.post(reverse("mfa_authenticate"), {"code": kept}).status_code == lands


def test_the_passkey_pages_stand_and_want_a_person(city: City) -> None:
    client = entered(city, "clerk")
    for page in ("mfa_index", "mfa_list_webauthn", "mfa_add_webauthn"):
        shown = client.get(reverse(page), follow=True)
        assert shown.status_code == 200, page
        assert "tb-foot" in shown.content.decode()
        assert Client().get(reverse(page)).status_code == 302
    answer = client.post(reverse("mfa_add_webauthn"), {"name": "x", "credential": "{}"})
    assert answer.status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()
