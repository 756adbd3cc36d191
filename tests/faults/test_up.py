"""`tongban up` as a person runs it: what it says when it cannot, and that it keeps itself and the data together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tongban.project.cluster import Cluster
from tongban.project.installation import Installation

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


class Running:
    """One `tongban up` of the test's own."""

    def __init__(self, env, log):
        self.port = free_port()
        self.log = log
        self.began = time.monotonic()
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [*TONGBAN, "up", "--no-demo", "--port", str(self.port)], env=env, stdout=out, stderr=out
            )

    def wait_ready(self):
        def seen():
            assert self.process.poll() is None, self.log.read_text()
            state = ready(self.port)
            return state and state["ready"]

        wait_until(seen, 90, "ready")
        return time.monotonic() - self.began

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def start(surroundings, ground):
    running = []

    def begin():
        running.append(Running(surroundings, ground / f"up-{len(running)}.log"))
        return running[-1]

    yield begin
    for one in running:
        if one.process.poll() is None:
            one.stop()


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


def test_a_command_before_the_first_migration_says_what_to_run(surroundings):
    done = subprocess.run(
        [*TONGBAN, "calendar", "check"], env=surroundings, capture_output=True, text=True, check=False
    )

    assert done.returncode == 3, done.stderr
    assert "tongban migrate" in done.stderr


def test_everything_starts_survives_every_kill_and_starts_again_with_its_data(start, surroundings, ground):
    place = Installation(ground, ground / "data")
    first = start()
    first.wait_ready()
    wait_until(lambda: f"http://localhost:{first.port}/" in first.log.read_text(), 30, "the address is told")
    doctor = subprocess.run(
        [*TONGBAN, "doctor", "--json"], env=surroundings, capture_output=True, text=True, check=False
    )
    worker = next(f for f in json.loads(doctor.stdout)["findings"] if f["name"] == "worker")
    assert worker["grade"] == "ok"

    os.kill(Cluster(place).pid(), signal.SIGKILL)
    wait_until(lambda: Cluster(place).pid(), 30, "database back")
    wait_until(
        lambda: (s := ready(first.port)) and s["checks"]["database"], 60, "pages back after the database"
    )

    for child in children_of(first.process.pid):
        os.kill(child, signal.SIGKILL)
    wait_until(lambda: len(children_of(first.process.pid)) == 2, 30, "web and worker back")
    wait_until(lambda: (s := ready(first.port)) and s["ready"], 90, "ready after kill -9 of web and worker")

    assert first.stop() == 0
    assert Cluster(place).pid() is None
    assert ready(first.port) is None

    key = (place.data / "secret-key").read_text()
    second = start()
    second.wait_ready()
    assert (place.data / "secret-key").read_text() == key

    second.process.kill()
    second.process.wait()
    wait_until(lambda: ready(second.port) is None, 60, "web gone with its killed program")
    third = start()
    third.wait_ready()
    assert third.stop() == 0
    assert Cluster(place).pid() is None
