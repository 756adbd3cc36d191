"""The worker has every open case looked at on the day on which a revised rule begins: once, and also after an outage."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db.backends.postgresql.psycopg_any import DateRange

from tests.db.engine.city import City, build
from tongban.base.calendar import CHINA
from tongban.platforms.supervision import services
from tongban.platforms.supervision.models import RuleVersion
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.tasks import reach_waiting_cases

pytestmark = pytest.mark.django_db
BEGINS = date(2026, 3, 4)
MIDNIGHT = datetime(2026, 3, 4, 0, 7, tzinfo=CHINA)


@pytest.fixture
def waiting(db: None) -> City:
    """One open case, and a rule that is revised on 4 March."""
    cache.clear()
    city = build()
    with time_machine.travel(datetime(2026, 3, 2, 9, tzinfo=CHINA), tick=False):
        city.apply()
    RuleVersion.objects.create(
        rule="T01", thresholds=dict(RULES["T01"].defaults), basis="试改", valid=DateRange(BEGINS, None),
        made_by=city.person("clerk"),
    )  # fmt: skip
    return city


@pytest.mark.parametrize(
    ("later", "asked"),
    [(timedelta(hours=-1), 0), (timedelta(), 1), (timedelta(days=3), 1), (timedelta(days=9), 0)],
)
def test_open_cases_are_looked_at_once_the_revision_has_begun(
    waiting: City, later: timedelta, asked: int
) -> None:
    with time_machine.travel(MIDNIGHT + later, tick=False):
        assert services.look_again_after_revisions() == asked


def test_the_next_hour_finds_it_done(waiting: City) -> None:
    with time_machine.travel(MIDNIGHT, tick=False):
        assert services.look_again_after_revisions() == 1
    with time_machine.travel(MIDNIGHT + timedelta(hours=1), tick=False):
        assert services.look_again_after_revisions() == 0


def test_what_broke_off_is_done_again(waiting: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> int:
        raise KeyboardInterrupt

    with time_machine.travel(MIDNIGHT, tick=False):
        with monkeypatch.context() as patched:
            patched.setattr(services, "look_again", broken)
            with pytest.raises(KeyboardInterrupt):
                services.look_again_after_revisions()
        assert services.look_again_after_revisions() == 1


def test_the_worker_is_told_to_every_hour() -> None:
    from procrastinate.contrib.django import app

    periodic = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    assert reach_waiting_cases.name in periodic
