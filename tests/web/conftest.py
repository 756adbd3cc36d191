"""The scene of the authorisation tests, for the modules that ask for it: built once a module, and undone."""

from collections.abc import Iterator

import pytest
from django.core.cache import caches

from tests.web.scene import Scene, set_scene, undone


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker, own_files) -> Iterator[Scene]:
    with django_db_blocker.unblock(), set_scene() as built:
        yield built


@pytest.fixture
def nothing_stays(scene, db) -> Iterator[None]:
    with undone():
        for cache in caches.all():  # counters of tries, and pages kept
            cache.clear()
        yield
