"""A simulated half-year through the importer: every fault of the manifest is carded, and nothing else is."""

import os
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import pytest
from django.db.models import Max

from tongban.base.calendar import CHINA
from tongban.engine.models import Case
from tongban.platforms.supervision.figures import Period
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.replay import judged, replay
from tongban.platforms.supervision.rules import RULES, STUDIES, worst
from tongban.simulator import city
from tongban.simulator.faults import COUNTED, PLANTERS
from tongban.simulator.scoring import score
from tongban.simulator.studying import SCORED, score_studies
from tongban.simulator.writing import simulate
from tongban.simulator.year import Plan, as_told

if TYPE_CHECKING:
    from tongban.simulator.recount import Told

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]
#: 20000 for the whole of it; fewer find the same kinds of mistake.
CASES = int(os.environ.get("TONGBAN_SIMULATED_CASES", "640"))
PLAN = Plan("anlan", date(2025, 2, 5), date(2025, 8, 29), CASES, 20251122)


def test_every_planted_fault_is_found_and_nothing_else(tmp_path):
    manifest = tmp_path / "faults.jsonl"
    city.found(PLAN.city)
    before = Case.objects.count()
    newest = Case.objects.aggregate(last=Max("pk"))["last"] or 0
    heard: list[Told] = []
    told = simulate(PLAN, manifest, hear=lambda lived: heard.append(as_told(lived)))
    assert told.refused == []
    assert told.written == CASES == Case.objects.count() - before

    found = score(manifest, PLAN.keys())
    assert found.perfect, (found.missed, found.false, found.examples)
    for rule in PLANTERS.keys() | COUNTED:
        assert found.planted[rule] or rule in COUNTED, f"{rule} was never broken"
        assert found.right[rule] == found.due[rule] > 0

    # All rules again, in bulk, once for each case: card for card what was given on the way.
    present = datetime.combine(PLAN.last, time(23, 59), CHINA)
    ids = Case.objects.filter(pk__gt=newest)
    cards: dict[tuple[int, str, str], int] = {}
    for card in Card.objects.filter(case__in=ids).exclude(rule__in=STUDIES):
        place = (card.case_id, card.rule, card.episode)
        cards[place] = max(card.level, cards.get(place, 0))
    again = {}
    for facts, findings in judged(ids, present):
        again |= {(facts.case_id, *place): level for place, level in worst(findings).items()}
        # what is passed over for want of its traits would have found nothing
        asked_all = [
            rule.look(facts, rule.defaults, frozenset()).findings
            for key, rule in RULES.items()
            if key not in STUDIES and rule.speaks_of(facts.kind)
        ]
        assert worst(f for found in asked_all for f in found) == worst(findings), facts.number
    assert again == cards
    tally = replay(Period(PLAN.first, PLAN.last), present)
    assert (tally.cases, tally.missing, tally.more) == (CASES, {}, {})

    # The studies, asked of every day, against a count of their own.
    studied = score_studies(PLAN, heard)
    assert studied.perfect, (studied.missed, studied.false, studied.examples)
    assert all(studied.due[rule] > 0 for rule in SCORED), studied.due

    # The same year again: the same manifest, and nothing is written twice.
    again = tmp_path / "again.jsonl"
    short = Plan(PLAN.city, PLAN.first, PLAN.last, PLAN.cases, PLAN.seed)
    told = simulate(short, again)
    assert (told.written, told.there) == (0, CASES)
    assert again.read_bytes() == manifest.read_bytes()
