"""While the database is away, one request asks for it now and then, and all others are refused at once."""

import pytest
from django.db import IntegrityError, OperationalError
from procrastinate.exceptions import ConnectorException
from psycopg import errors

from tongban.project.postgres import PAUSE, WAIT, base, is_away
from tongban.project.postgres.base import Outage


@pytest.fixture
def clock(monkeypatch):
    """Seconds that a test moves on by itself."""
    now = [1000.0]
    monkeypatch.setattr(base, "monotonic", lambda: now[0])
    return now


def test_while_the_database_answers_everybody_may_ask(clock):
    assert [Outage().may_ask() for _ in range(3)] == [True] * 3


def test_after_a_failure_one_asks_and_the_others_do_not_wait_for_it(clock):
    outage = Outage()
    outage.failed()
    assert not outage.may_ask()

    clock[0] += PAUSE
    assert [outage.may_ask() for _ in range(3)] == [True, False, False]


def test_one_that_never_came_back_is_followed_by_another(clock):
    outage = Outage()
    outage.failed()
    clock[0] += PAUSE
    assert outage.may_ask()

    clock[0] += WAIT + PAUSE
    assert outage.may_ask()


def test_the_first_success_lets_everybody_in(clock):
    outage = Outage()
    outage.failed()
    outage.answered()

    assert outage.may_ask()


def caused(driver, error):
    error.__cause__ = driver
    return error


def django_error(driver):
    return caused(driver, OperationalError("said"))


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (django_error(errors.OperationalError("connection refused")), True),
        (django_error(errors.AdminShutdown("terminating connection")), True),
        (django_error(errors.CannotConnectNow("starting up")), True),
        (errors.OperationalError("the store speaks to the driver itself"), True),
        (OperationalError("said by Django itself"), True),
        (caused(errors.OperationalError("refused"), ConnectorException()), True),  # of the worker
        (caused(errors.LockNotAvailable("busy"), ConnectorException()), False),
        (django_error(errors.LockNotAvailable("busy")), False),
        (django_error(errors.QueryCanceled("too slow")), False),
        (django_error(errors.DiskFull("full")), False),
        (IntegrityError("twice"), False),
        (None, False),
    ],
)
def test_a_refused_statement_is_no_outage(error, away):
    assert is_away(error) is away
