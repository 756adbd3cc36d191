"""A department's load over the reporting API with a kill -9 in the middle: nothing is lost, nothing is there twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import databases

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from bench.reporting.load import Plan, run
print(json.dumps(run(Plan(cases=800, batch=400, window=200))))
"""


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    """Migrated already. It is the web server that is killed, and it may find its database ready."""
    with django_db_blocker.unblock(), databases.another("reporting") as url:
        yield url


def test_counts_and_digests_agree_after_disorder_repetition_faults_and_a_kill(surroundings, database):
    env = surroundings | {
        "DATABASE_URL": database,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT))),
        "DJANGO_SETTINGS_MODULE": "tongban.project.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["differences"] == []
    assert report["unexpected"] == []
    assert report["waiting"] == 0
    assert report["broken_not_refused"] == 0
    assert report["broken"] == report["refused"] > 50
    assert report["objects"] == 8_000
    assert report["sent"] > report["objects"] * 1.02
    assert report["batches_sent_again"] > 0
    assert report["down"] > 0
