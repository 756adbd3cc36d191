"""How often an address may guess: counted exactly, for the whole stretch, and for each address by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import RequestFactory

from tongban.faces.rate import within

STORED = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "rate_test_cache"},
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}


@pytest.fixture
def attempt(db: None, settings: Any) -> Callable[..., bool]:
    settings.CACHES = STORED
    call_command("createcachetable", verbosity=0)
    return lambda address="192.0.2.1": within(
        RequestFactory().get("/", REMOTE_ADDR=address), "track", 3, 3600
    )


def test_an_address_has_its_tries_and_no_more(attempt: Callable[..., bool]) -> None:
    assert [attempt() for _ in range(5)] == [True, True, True, False, False]
    assert attempt("192.0.2.2")
