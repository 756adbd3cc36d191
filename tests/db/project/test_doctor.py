import errno
import json
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from tests.db.engine.city import build
from tongban.base.console import Console, ExitCode
from tongban.engine.ledger.sealing import Standing
from tongban.platforms.reporting.clients import create_client, secret_of
from tongban.project import doctor
from tongban.project.doctor import Finding, Grade, examine, report
from tongban.project.installation import Installation
from tongban.registry.identity import set_identity
from tongban.registry.models import Account

TOP = Path(__file__).resolve().parents[3]


@pytest.fixture
def well(db, monkeypatch, tmp_path):
    """A machine on which everything is in order."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        monkeypatch.setenv("TONGBAN_PORT", str(probe.getsockname()[1]))
    monkeypatch.setenv("TONGBAN_SECRET_KEY", "k" * 60)
    monkeypatch.setattr(doctor, "installation", lambda: Installation(TOP, tmp_path))
    monkeypatch.delenv("TONGBAN_FILES", raising=False)
    (tmp_path / "files").mkdir()


def raising(error):
    """A function that does nothing but raise."""

    def fail(*_):
        raise error

    return fail


def found(name):
    return [f for f in examine() if f.name == name]


def test_every_question_of_an_operator_is_answered(well):
    assert {
        "python", "packages", "fonts", "hosts", "tls", "database", "extensions", "files", "migrations", "clock",
        "worker", "queue", "calendar", "ledger", "port",
    } <= {f.name for f in examine()}  # fmt: skip


def test_a_running_worker_is_seen(well):
    assert [f.grade for f in found("worker")] == [Grade.OK]


def test_a_silent_worker_is_a_failure(well):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'")

    assert [f.grade for f in found("worker")] == [Grade.FAIL]


def test_a_worker_that_took_leave_is_not_said_to_have_never_run(well):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        assert "从未运行" in found("worker")[0].message
        cursor.execute(
            "WITH job AS (INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('q', 't') RETURNING id) "
            "INSERT INTO procrastinate_events (job_id, type, at) SELECT id, 'succeeded', now() - interval '9 minutes' FROM job"
        )

    assert "上次做事在 9 分钟前" in found("worker")[0].message


@pytest.mark.parametrize(
    ("sealed", "waiting", "grade", "said"),
    [
        (None, None, Grade.OK, "还没有事件"),
        (100, None, Grade.OK, "全部封存"),  # nothing new came since
        (None, 1, Grade.OK, "首次封存"),
        (2, 2, Grade.OK, "2.0 小时前封存"),
        (30, 30, Grade.FAIL, "已 30 小时"),
        (None, 27, Grade.FAIL, "已 27 小时"),
    ],
)
def test_the_ledger_is_judged_by_what_waits(well, monkeypatch, sealed, waiting, grade, said):
    def ago(hours):
        return None if hours is None else datetime.now(UTC) - timedelta(hours=hours)

    monkeypatch.setattr("tongban.engine.ledger.sealing.standing", lambda: Standing(ago(sealed), ago(waiting)))
    (finding,) = found("ledger")

    assert finding.grade is grade
    assert said in finding.message


def test_a_weak_key_is_a_failure(well, monkeypatch):
    monkeypatch.setenv("TONGBAN_SECRET_KEY", "short")

    assert [f.grade for f in found("secret_key")] == [Grade.FAIL]


def test_a_site_for_others_without_tls_is_a_failure(well, settings):
    settings.ALLOWED_HOSTS = ["zwfw.example"]

    assert [f.grade for f in found("tls")] == [Grade.FAIL]


def test_any_host_is_a_failure(well, settings):
    settings.ALLOWED_HOSTS = ["*"]

    assert [f.grade for f in found("hosts")] == [Grade.FAIL]


def test_a_file_directory_that_cannot_be_written_is_a_failure(well, monkeypatch, tmp_path):
    monkeypatch.setenv("TONGBAN_FILES", str(tmp_path / "missing"))

    assert [f.grade for f in found("files")] == [Grade.FAIL]


def test_a_file_directory_without_room_is_a_failure(well, monkeypatch, tmp_path):
    monkeypatch.setenv("TONGBAN_FILES", str(tmp_path))
    monkeypatch.setattr(doctor.os, "fsync", raising(OSError(errno.ENOSPC, "No space left on device")))

    (finding,) = found("files")

    assert finding.grade is Grade.FAIL
    assert "No space" in finding.message


def test_the_volume_of_the_files_is_looked_at_beside_that_of_the_data(well, monkeypatch):
    monkeypatch.setenv("TONGBAN_FILES", "/proc")
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(
        shutil, "disk_usage", lambda folder: usage._replace(free=0 if str(folder) == "/proc" else 2**40)
    )

    assert [(f.grade, "/proc" in f.message) for f in found("disk")] == [
        (Grade.OK, False),
        (Grade.FAIL, True),
    ]


@pytest.mark.parametrize("required", [None, False])
def test_a_scanner_that_does_not_answer_is_a_failure(well, settings, required):
    settings.TONGBAN_SCANNER, settings.TONGBAN_SCANNER_REQUIRED = "/nope/clamdscan", required

    assert [f.grade for f in found("scanner")] == [Grade.FAIL]


def test_a_scanner_that_answers_is_told(well, settings):
    settings.TONGBAN_SCANNER = "true"

    assert [f.grade for f in found("scanner")] == [Grade.OK]


@pytest.mark.parametrize("variable", ["TONGBAN_PAYMENT_GATEWAY", "TONGBAN_SMS_GATEWAY"])
@pytest.mark.parametrize("path", ["city.pay.Gateway", "Gateway", "os.path.join"])
def test_a_gateway_that_cannot_be_made_is_a_failure(well, settings, variable, path):
    setattr(settings, variable, path)

    (finding,) = found("gateways")

    assert finding.grade is Grade.FAIL
    assert variable in finding.message
    assert path in finding.message


def test_a_gateway_that_can_be_made_is_told(well, settings):
    settings.TONGBAN_SMS_GATEWAY = "tongban.platforms.notices.channels.FileGateway"

    assert [f.grade for f in found("gateways")] == [Grade.OK]


def test_a_signing_key_that_is_none_is_a_failure_before_the_next_checkpoint(well, monkeypatch):
    monkeypatch.setenv("TONGBAN_LEDGER_KEY", "rubbish")

    (finding,) = found("ledger")

    assert finding.grade is Grade.FAIL
    assert "TONGBAN_LEDGER_KEY" in finding.message
    assert "rubbish" not in finding.message


def test_pending_migrations_are_a_failure_with_the_way_out(well, monkeypatch):
    monkeypatch.setattr("tongban.project.health.pending_migrations", lambda: ["engine.0009_next"])

    (finding,) = found("migrations")

    assert finding.grade is Grade.FAIL
    assert "tongban migrate" in finding.remedy


def test_a_taken_port_is_a_failure_unless_it_is_ours(well, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("TONGBAN_PORT", str(other.getsockname()[1]))

        assert next(doctor._port(running=False)).grade is Grade.FAIL
        assert next(doctor._port(running=True)).grade is Grade.OK


@pytest.mark.parametrize(
    ("grades", "code"),
    [
        ([Grade.OK, Grade.OK], ExitCode.OK),
        ([Grade.OK, Grade.WARN], ExitCode.OK),
        ([Grade.WARN, Grade.FAIL], ExitCode.FOUND),
    ],
)
def test_only_failures_change_the_exit_code(grades, code, capsys):
    findings = [Finding(f"n{i}", grade, "说明") for i, grade in enumerate(grades)]

    assert report(findings, Console(as_json=True)) == code
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (code == ExitCode.OK)
    assert [f["grade"] for f in told["findings"]] == [g.value for g in grades]


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(doctor, "locked_packages", lambda _: [("no-such-package", "1.0", "")])

    (finding,) = doctor._packages()

    assert finding.grade is Grade.FAIL
    assert "no-such-package" in finding.message


def test_nothing_is_left_behind_by_looking(well, tmp_path):
    examine()

    assert sorted(p.name for p in tmp_path.rglob("*")) == ["files"]


def test_keys_that_do_not_fit_the_data_are_a_failure(well, settings):
    build()
    person = Account(username="resident", kind="resident", display_name="王伟")
    set_identity(person, "111", "110101199003070935")
    person.save()
    client, secret = create_client("许可系统", "scjg")
    assert [f.grade for f in found("keys")] == [Grade.OK]

    before = settings.TONGBAN_IDENTITY_KEY or settings.SECRET_KEY
    settings.TONGBAN_IDENTITY_KEY = "n" * 60
    assert [f.grade for f in found("keys")] == [Grade.FAIL, Grade.FAIL]
    assert client.key_id in found("keys")[1].message

    settings.TONGBAN_REPORTING_KEY = before
    assert ["证件号码" in f.message for f in found("keys")] == [True], "clients have a key of their own"
    assert secret_of(client) == secret
    settings.TONGBAN_IDENTITY_KEY = before
    assert [f.grade for f in found("keys")] == [Grade.OK]
