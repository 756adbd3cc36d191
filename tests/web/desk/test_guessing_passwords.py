"""Who guesses at passwords is stopped, and stops nobody else: tries count by address, by address and name, and loosely by name."""

from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import City
from tongban.project import settings as installed

PASSWORD = "a-long-password"


@pytest.fixture(autouse=True)
def limits(city: City, settings: Any) -> None:
    """The limits of a real installation, nothing counted yet, and a clerk with a password."""
    settings.ACCOUNT_RATE_LIMITS = dict(installed.ACCOUNT_RATE_LIMITS)
    caches["default"].clear()
    account = city.person("clerk")
    account.set_password(PASSWORD)
    account.save()


def enters(password: str, address: str, name: str = "clerk") -> bool:
    answer = Client(REMOTE_ADDR=address).post(reverse("account_login"), {"login": name, "password": password})
    return answer.status_code == 302


def test_six_wrong_passwords_shut_out_the_guesser_and_not_the_clerk() -> None:
    for _ in range(6):
        assert not enters("wrong", "192.0.2.1")
    assert not enters(PASSWORD, "192.0.2.1"), "not even with the right one, for five minutes"
    assert not enters(PASSWORD, "192.0.2.1", "CLERK"), "and not by writing the name otherwise"
    assert enters(PASSWORD, "192.0.2.2")


def test_an_address_tries_twenty_passwords_a_minute_whatever_the_names() -> None:
    for n in range(20):
        assert not enters("wrong", "192.0.2.1", f"name-{n:02}")
    assert not enters(PASSWORD, "192.0.2.1")
    assert enters(PASSWORD, "192.0.2.2")


def test_many_addresses_on_one_ipv6_network_are_one() -> None:
    for n in range(1, 6):
        assert not enters("wrong", f"2001:db8:1:1::{n}")
    assert not enters(PASSWORD, "2001:db8:1:1::9")
    assert enters(PASSWORD, "2001:db8:1:2::1")


def test_guessing_from_everywhere_is_bounded_and_leaves_the_clerk_their_own_place(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login_failed_by_name": "30/h/key"}
    assert enters(PASSWORD, "192.0.2.1")
    for n in range(29):  # with the clerk's own entrance the thirty
        assert not enters("wrong", f"198.51.100.{n}")
    assert not enters(PASSWORD, "203.0.113.1"), "a strange place guesses no more"
    assert enters(PASSWORD, "192.0.2.1"), "where the clerk has signed in before"
