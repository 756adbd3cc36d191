"""`tongban up` from nothing, and kill -9 of web, worker and database in the middle of a load: everything starts, what was
acknowledged is there once, nothing is half done; it leaves whole and comes back with its data.

One installation goes through all of it, as to make one takes longer than most that is done to it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.faults.clients import Office, Worker
from tests.faults.conftest import broken_ground, surroundings_on
from tests.faults.test_up import TONGBAN, children_of, free_port, ready, wait_until
from tongban.project.cluster import Cluster
from tongban.project.installation import Installation

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
MORE = 12  # acknowledgements between two blows
BACK = 120.0  # seconds, on a machine that does other things, until work goes on after a blow
FIRST = 300.0  # until the first start, which makes the database, is through


class Premises:
    """An installation of the test's own, run by `tongban up` as an operator would."""

    def __init__(self, env, ground):
        python_path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
        self.env = env | {"TONGBAN_API_RATE": "1000000", "PYTHONPATH": python_path}
        self.cluster = Cluster(Installation(ground, ground / "data"))
        self.ground, self.port, self.starts = ground, free_port(), 0
        self.up = None

    def run(self, module, *args):
        """A program beside it that prints JSON."""
        env = self.env | {"DJANGO_SETTINGS_MODULE": "tongban.project.settings"}
        done = subprocess.run(
            [sys.executable, "-m", module, *args],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return json.loads(done.stdout)

    def start(self):
        self.starts += 1
        with self.log.open("w") as out:
            command = [*TONGBAN, "up", "--no-demo", "--port", str(self.port)]
            self.up = subprocess.Popen(command, env=self.env, stdout=out, stderr=out)
        # Said once `up` has seen the web server answer: a blow before that is a start that failed, and is told as one.
        wait_until(lambda: "通办已启动" in self.log.read_text(), FIRST, "the words that it runs")
        wait_until(lambda: (s := ready(self.port)) and s["checks"]["database"], BACK, "the first answer")

    @property
    def log(self):
        return self.ground / f"up-{self.starts}.log"

    def wait_ready(self):
        """Until web, worker and database are all there."""

        def seen():
            assert self.up.poll() is None, self.log.read_text()
            return (state := ready(self.port)) and state["ready"]

        wait_until(seen, BACK, "ready")

    def kept(self):
        """What must be the same after every start: the secret key and how many cases there are."""
        with psycopg.connect(self.cluster.url) as connection:
            rows = connection.execute("SELECT count(*) FROM engine_case").fetchone()
        return (self.ground / "data" / "secret-key").read_text(), rows

    def part(self, name):
        """The process of that name under `up`, once there is one."""

        def seen():
            for pid in children_of(self.up.pid):
                with suppress(OSError):
                    if name in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                        return pid
            return None

        return wait_until(seen, BACK, f"{name} is running")

    def database(self):
        return wait_until(self.cluster.pid, BACK, "the database is running")

    def kill(self, *what):
        """kill -9, all at once, workers of the web server included."""
        groups = [self.part(name) for name in ("web", "worker") if name in what]
        singles = ([self.database()] if "database" in what else []) + ([self.up.pid] if "up" in what else [])
        for pid in singles:
            os.kill(pid, signal.SIGKILL)
        for pid in groups:
            os.killpg(pid, signal.SIGKILL)
        if "up" in what:
            self.up.wait()

    def stop(self):
        """Ask it to leave, if it came up at all; its exit code."""
        if self.up is None:
            return None
        if self.up.poll() is None:
            self.up.send_signal(signal.SIGTERM)
        return self.up.wait(60)


@pytest.fixture(scope="module")
def premises():
    with broken_ground() as ground:
        here = Premises(surroundings_on(ground), ground)
        try:
            here.start()
            yield here
        finally:
            here.stop()


def test_from_nothing_everything_starts_and_says_where_it_is(premises):
    premises.wait_ready()
    assert f"http://localhost:{premises.port}/" in premises.log.read_text()
    doctor = subprocess.run(
        [*TONGBAN, "doctor", "--json"], env=premises.env, capture_output=True, text=True, check=False
    )
    worker = next(f for f in json.loads(doctor.stdout)["findings"] if f["name"] == "worker")
    assert worker["grade"] == "ok"


def test_what_was_acknowledged_survives_every_kill_once_and_nothing_is_half_done(premises):
    tokens = premises.run("tests.faults.founding")
    with premises.cluster.using():  # keeps the server when `up` leaves; `up` revives it when it dies
        office = Office(premises.port, tokens, premises.ground / "journal")
        workers = [Worker(office, joint=i < 2) for i in range(5)]
        for worker in workers:
            worker.start()

        def goes_on(more=MORE):
            wanted = office.acknowledged + more

            def seen():
                failed = [w.failure for w in workers if w.failure]
                assert not failed, (failed, premises.log.read_text()[-3000:])
                return office.acknowledged >= wanted

            wait_until(seen, BACK, f"{more} more acknowledgements")

        goes_on()
        for blow in ("web", "worker", "database"):
            premises.kill(blow)
            goes_on()
        premises.kill("up", "web", "worker", "database")
        premises.start()
        goes_on()
        office.closing.set()
        for worker in workers:
            worker.join(BACK)
        assert not any(w.is_alive() for w in workers)
        assert not [w.failure for w in workers if w.failure]
        assert office.odd == []
        assert office.repeated > 0, "no blow fell while a command was under way"
        verdict = settled(premises, office)
    assert verdict["found"] == []
    assert verdict["verified"]
    assert all(w.stories for w in workers)
    assert verdict["commands"] > office.acknowledged / 2
    premises.wait_ready()  # the worker too


def test_it_leaves_whole_and_comes_back_with_its_data(premises):
    kept = premises.kept()
    assert premises.stop() == 0
    assert premises.cluster.pid() is None
    assert ready(premises.port) is None

    premises.start()
    premises.wait_ready()
    assert premises.kept() == kept

    premises.kill("up")  # web and worker go with it
    wait_until(lambda: ready(premises.port) is None, 60, "web gone with its killed program")
    premises.start()
    premises.wait_ready()
    assert premises.kept() == kept
    assert premises.stop() == 0
    assert premises.cluster.pid() is None


def settled(premises, office):
    """The inquest, once nothing waits to be delivered any more."""
    deadline = time.monotonic() + BACK
    while True:
        verdict = premises.run("tests.faults.inquest", str(office.journal))
        if time.monotonic() > deadline or not any(f.startswith("not delivered") for f in verdict["found"]):
            return verdict
