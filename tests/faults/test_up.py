"""`tongban up` as a person runs it: what it says when it cannot. That it keeps itself and the data together: `test_kill`."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.faults
TONGBAN = [sys.executable, "-m", "tongban.project.cli"]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def ready(port):
    """What `/readyz` says, or None while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)
    except OSError:
        return None


def wait_until(seen, seconds, what):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := seen():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")


def children_of(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_taken_port_is_told_in_words_before_anything_starts(surroundings, ground):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = subprocess.run(
            [*TONGBAN, "up", "--port", str(port)],
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 3
    assert f"端口 {port} 已被占用" in done.stderr
    assert f"TONGBAN_PORT={port + 1}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (ground / "data" / "cluster").exists()


def test_a_database_that_cannot_be_reached_is_told_in_words(surroundings):
    env = surroundings | {"DATABASE_URL": f"postgres://nobody@127.0.0.1:{free_port()}/none"}

    done = subprocess.run([*TONGBAN, "migrate"], env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 3
    assert "连不上数据库" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_a_database_that_cannot_be_read_is_told_without_its_password(surroundings):
    env = surroundings | {"DATABASE_URL": "postgres//somebody:Secret1@127.0.0.1/none"}

    done = subprocess.run([*TONGBAN, "doctor"], env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 1, "a finding of doctor like any other"
    assert "✗ settings     环境变量 DATABASE_URL 应为 postgres://" in done.stdout
    assert "Traceback" not in done.stderr
    assert "Secret1" not in done.stderr + done.stdout


def test_started_without_its_settings_nothing_is_made_beside_the_data_of_another_database(
    surroundings, ground
):
    (ground / "data").mkdir(exist_ok=True)
    (ground / "data" / "database").write_text("tongban @ db.internal\n")

    for command in ("up", "migrate", "worker"):
        done = subprocess.run(
            [*TONGBAN, command], env=surroundings, capture_output=True, text=True, check=False
        )

        assert done.returncode == 3
        assert "database_not_named" in done.stderr
        assert "tongban @ db.internal" in done.stderr
    assert not (ground / "data" / "cluster").exists()


def test_a_command_before_the_first_migration_says_what_to_run(surroundings):
    done = subprocess.run(
        [*TONGBAN, "calendar", "check"], env=surroundings, capture_output=True, text=True, check=False
    )

    assert done.returncode == 3, done.stderr
    assert "tongban migrate" in done.stderr
