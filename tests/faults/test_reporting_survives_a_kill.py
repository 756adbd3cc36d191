"""A department's load over the reporting API with a kill -9 in the middle: nothing is lost, nothing is there twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tongban.project.cluster import Cluster
from tongban.project.installation import Installation

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys
from bench.reporting.load import Plan, run
print(json.dumps(run(Plan(cases=2000, batch=1000, window=400))))
"""


def test_counts_and_digests_agree_after_disorder_repetition_faults_and_a_kill(surroundings, ground):
    cluster = Cluster(Installation(ground, ground / "data"))
    with cluster.using():
        env = surroundings | {
            "DATABASE_URL": cluster.url,
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
    assert report["objects"] == 20_000
    assert report["sent"] > report["objects"] * 1.02
    assert report["batches_sent_again"] > 0
    assert report["down"] > 0
