"""A town that stands for a whole module: building one takes longer than most of what is done in it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction


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
