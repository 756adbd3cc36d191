"""The scene of the authorisation tests, for the modules that ask for it: built once a run, in a database of its own."""

import os
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches

from tests import databases
from tests.web.scene import Scene, set_scene, undone
from tongban.project.testbed import OURS


@pytest.fixture(scope="session")
def scene_database(django_db_setup, django_db_blocker, run_folder) -> Iterator[databases.Copy]:
    """This worker's copy of the database that the scene was built in; what is where in it lies beside its uploads."""

    def build(copy: databases.Copy) -> None:
        (copy.folder / "scene").write_bytes(pickle.dumps(set_scene()))

    with django_db_blocker.unblock():
        copy = databases.made_once("scene", run_folder, build, shared=bool(os.environ.get(OURS)))
    yield copy
    with django_db_blocker.unblock():
        databases.drop(copy)


@pytest.fixture(scope="module")
def scene(scene_database: databases.Copy, django_db_blocker: Any) -> Iterator[Scene]:
    """The module's tests find the scene in their database; what they change is undone."""
    with django_db_blocker.unblock(), databases.inside(scene_database):
        yield pickle.loads((scene_database.folder / "scene").read_bytes())


@pytest.fixture
def nothing_stays(scene, db) -> Iterator[None]:
    with undone():
        for cache in caches.all():  # counters of tries, and pages kept
            cache.clear()
        yield
