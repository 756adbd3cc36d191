"""A simulated half-year through the importer: every fault of the manifest is carded, and nothing else is."""

import os
from datetime import date

import pytest

from tongban.engine.models import Case
from tongban.simulator.faults import COUNTED, PLANTERS
from tongban.simulator.scoring import score
from tongban.simulator.writing import simulate
from tongban.simulator.year import Plan

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]
#: 20000 for the whole of it; fewer find the same kinds of mistake.
CASES = int(os.environ.get("TONGBAN_SIMULATED_CASES", "560"))
PLAN = Plan("anlan", date(2025, 2, 5), date(2025, 8, 29), CASES, 20251122)


def test_every_planted_fault_is_found_and_nothing_else(tmp_path):
    manifest = tmp_path / "faults.jsonl"
    before = Case.objects.count()
    told = simulate(PLAN, manifest)
    assert told.refused == []
    assert told.written == CASES == Case.objects.count() - before

    found = score(manifest, PLAN.keys())
    assert found.perfect, (found.missed, found.false, found.examples)
    for rule in PLANTERS.keys() | COUNTED:
        assert found.planted[rule] or rule in COUNTED, f"{rule} was never broken"
        assert found.right[rule] == found.due[rule] > 0

    # The same year again: the same manifest, and nothing is written twice.
    again = tmp_path / "again.jsonl"
    short = Plan(PLAN.city, PLAN.first, PLAN.last, PLAN.cases, PLAN.seed)
    told = simulate(short, again)
    assert (told.written, told.there) == (0, CASES)
    assert again.read_bytes() == manifest.read_bytes()
