"""The scene of the authorisation tests, for the modules that ask for it: built once a run, in a database of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches

from tests import databases
from tests.standing import kept_beside, once_a_run, what_is_in
from tests.web.scene import Scene, set_scene, undone

scene_database = once_a_run("scene", kept_beside(set_scene))


@pytest.fixture(scope="module")
def scene(scene_database: databases.Copy, django_db_blocker: Any) -> Iterator[Scene]:
    """The module's tests find the scene in their database; what they change is undone."""
    with django_db_blocker.unblock(), databases.inside(scene_database):
        yield what_is_in(scene_database)


@pytest.fixture
def nothing_stays(scene, db) -> Iterator[None]:
    with undone():
        for cache in caches.all():  # counters of tries, and pages kept
            cache.clear()
        yield
