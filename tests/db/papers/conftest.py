import pytest

from tests.db.engine.city import City, build
from tongban.engine import outbox
from tongban.engine.models import EventRow
from tongban.platforms.papers.models import Paper


@pytest.fixture
def city(db: None) -> City:
    """Two departments and a permit, with documents plugged in as in a running installation."""
    return build()


@pytest.fixture
def delivered():
    """Let the worker do what waits."""

    def run() -> None:
        while outbox.deliver():
            pass

    return run


@pytest.fixture
def papers():
    """The documents of a case by kind, in order."""

    def of(case) -> dict[str, Paper]:
        return {p.key: p for p in Paper.objects.filter(case_id=case.case_id).order_by("seq")}

    return of


@pytest.fixture
def events():
    def of(case, type_=None) -> list[EventRow]:
        rows = EventRow.objects.filter(case_id=case.case_id).order_by("seq")
        return list(rows.filter(type=type_) if type_ else rows)

    return of
