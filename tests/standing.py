"""A town that stands for a whole module, or a whole run: building one takes longer than most of what is done in it."""

import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from tests import databases
from tongban.project.testbed import OURS


def standing(build: Callable[[], Any]) -> Any:
    """A fixture of module scope: what `build` made, undone with the module. Tests work on copies of it, in `db`.

    Not for modules with `django_db(transaction=True)`: their tests empty the tables under it.
    """

    @pytest.fixture(scope="module")
    def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
        with django_db_blocker.unblock(), transaction.atomic():
            yield build()
            transaction.set_rollback(True)

    return built


def once_a_run(what: str, build: Callable[[databases.Copy], None]) -> Any:
    """A fixture of session scope: this worker's copy of a database that `build` was carried out in, once for the whole run."""

    @pytest.fixture(scope="session")
    def database(django_db_setup: None, django_db_blocker: Any, run_folder: Path) -> Iterator[databases.Copy]:
        with django_db_blocker.unblock():
            copy = databases.made_once(what, run_folder, build, shared=bool(os.environ.get(OURS)))
        yield copy
        with django_db_blocker.unblock():
            databases.drop(copy)

    return database


def kept_beside(build: Callable[[], Any]) -> Callable[[databases.Copy], None]:
    """A `build` for `once_a_run` whose result lies beside the database, for `what_is_in`."""

    def kept(copy: databases.Copy) -> None:
        (copy.folder / _KEPT).write_bytes(pickle.dumps(build()))

    return kept


def what_is_in(copy: databases.Copy) -> Any:
    """What was built in that database."""
    return pickle.loads((copy.folder / _KEPT).read_bytes())


_KEPT = "built"
