import pytest
from django.db import OperationalError, connection

from tongban.project import health


@pytest.fixture
def beating_worker(db):
    """A background worker that has just given a sign of life."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


def test_alive_asks_nothing_of_the_database(client):
    assert client.get("/healthz").content == b"ok\n"


def test_ready_with_database_migrations_and_worker(client, beating_worker):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"database": True, "migrations": True, "worker": True}}


def test_not_ready_without_a_worker(client, db):
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": True, "migrations": True, "worker": False}


def test_not_ready_when_the_worker_fell_silent(client, beating_worker):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '2 minutes'")

    assert client.get("/readyz").json()["checks"]["worker"] is False


def test_not_ready_with_migrations_pending(client, beating_worker, monkeypatch):
    monkeypatch.setattr(health, "pending_migrations", lambda: ["engine.0009_next"])

    assert client.get("/readyz").json()["checks"]["migrations"] is False


def test_metrics_count_requests_by_route(client, db):
    client.get("/healthz")

    text = client.get("/metrics").content.decode()

    assert 'tongban_http_requests_total{method="GET",route="healthz",status="200"}' in text
    assert "tongban_http_request_seconds_bucket" in text
    assert "tongban_database_up 1.0" in text


def test_metrics_tell_how_long_ago_the_worker_reported(client, beating_worker):
    assert "tongban_worker_heartbeat_age_seconds 0" in client.get("/metrics").content.decode()


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("203.0.113.9", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("203.0.113.9", {"Authorization": "Bearer watch-me"}, 200),
        ("203.0.113.9", {"Authorization": "Bearer watch-you"}, 403),
    ],
)
def test_metrics_are_for_this_machine_or_a_token(client, db, settings, address, headers, status):
    settings.TONGBAN_METRICS_TOKEN = "watch-me"

    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


def test_without_a_token_set_no_token_opens_the_metrics(client, db):
    answer = client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": "Bearer "})

    assert answer.status_code == 403


@pytest.fixture
def away(client, db, monkeypatch):
    """The database is away: whatever asks for it fails."""

    def fail(*_):
        raise OperationalError("connection refused")

    client.raise_request_exception = False
    with monkeypatch.context() as cut:
        cut.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", fail)
        yield client


def test_while_the_database_is_away_a_page_says_so_and_when_to_come_back(away, caplog):
    answer = away.get("/search/?q=身份证")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "系统暂时用不了" in answer.content.decode()
    assert [r.levelname for r in caplog.records if r.name == "tongban.fault"] == ["WARNING"]


def test_while_the_database_is_away_the_api_says_so_in_its_own_shape(away):
    answer = away.get("/api/v1/cases", headers={"Authorization": "Bearer x"})

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_while_the_database_is_away_the_process_is_alive_and_not_ready(away):
    assert away.get("/healthz").status_code == 200
    assert away.get("/readyz").status_code == 503


def test_a_fault_of_ours_stays_a_500(client, db, monkeypatch, caplog):
    monkeypatch.setattr("tongban.project.health.readiness", lambda: 1 / 0)
    client.raise_request_exception = False

    assert client.get("/readyz").status_code == 500
    assert [r.levelname for r in caplog.records if r.name == "tongban.fault"] == ["ERROR"]
