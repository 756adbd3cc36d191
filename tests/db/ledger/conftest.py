"""A ledger directory of its own for each test, the hash asked anew; and ledgers that stand for a module."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from tongban.engine.ledger.origin import installed_hash


@contextmanager
def kept_in(place: Path) -> Iterator[None]:
    """The ledger has its key and its checkpoints there."""
    with override_settings(TONGBAN_LEDGER_DIR=place), pytest.MonkeyPatch.context() as patch:
        patch.delenv("TONGBAN_LEDGER_KEY", raising=False)
        patch.setenv("TONGBAN_LEDGER_NAME", "anlan.example/tongban")
        installed_hash.cache_clear()
        yield
        installed_hash.cache_clear()


@pytest.fixture(autouse=True)
def ledger_dir(tmp_path: Path) -> Iterator[Path]:
    with kept_in(tmp_path / "ledger"):
        yield tmp_path / "ledger"


def sealed(build: Callable[[], Any]) -> tuple[Any, Any]:
    """Two fixtures: the ledger that `build` made, undone with the module; and what it gave, for one test.

    The test finds the rows in its database and a copy of key and checkpoints in its own directory.
    """

    @pytest.fixture(scope="module")
    def sealed_once(
        django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[tuple[Any, Path]]:
        place = tmp_path_factory.mktemp("sealed")
        with django_db_blocker.unblock(), transaction.atomic():
            with kept_in(place):
                made = build()
            yield made, place
            transaction.set_rollback(True)

    @pytest.fixture
    def for_one(sealed_once: tuple[Any, Path], db: None, ledger_dir: Path) -> Any:
        made, place = sealed_once
        shutil.copytree(place, ledger_dir)
        return made

    return sealed_once, for_one
