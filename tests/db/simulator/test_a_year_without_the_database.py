"""A year played in memory is the year that is written to the database: event for event, finding for finding, line for line."""

from collections import defaultdict
from datetime import date

import pytest
from django.db import transaction

from tongban.engine import codec
from tongban.engine.history import Done, Past
from tongban.engine.ledger.chain import seal_payload, unsealed
from tongban.engine.models import Case, EventPersonal, EventRow
from tongban.platforms.supervision.queries import rule_books
from tongban.project.demo.tables import table
from tongban.registry.models import Account
from tongban.simulator import city
from tongban.simulator.playing import Stage, play
from tongban.simulator.writing import simulate
from tongban.simulator.year import Chronicle, Lived, Plan

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]
#: Few cases, spread over a year: thirteen planters and three look-alikes have their turn.
PLAN = Plan("anlan", date(2025, 1, 2), date(2025, 12, 31), 208, 20251122)


@pytest.fixture(scope="module")
def written(tmp_path_factory, city_of_anlan, django_db_blocker):
    """The manifest of the year, while the year is written in the database."""
    manifest = tmp_path_factory.mktemp("year") / "faults.jsonl"
    with django_db_blocker.unblock(), transaction.atomic():
        city.found(PLAN.city)
        told = simulate(PLAN, manifest)
        assert (told.written, told.refused) == (PLAN.cases, [])
        yield manifest
        transaction.set_rollback(True)


def test_it_has_the_same_events_findings_and_manifest(written):
    town, heard = city.read(), list[tuple[Past, list[Done]]]()
    stage = Stage(Chronicle(PLAN, town), town, rule_books())
    lived, played = stage.play(0, PLAN.cases, lambda _, past, done: heard.append((past, done)))
    assert played.perfect, (played.refused, played.live.examples, played.bulk.examples)
    assert sum(played.live.right.values()) == sum(played.bulk.right.values()) > 10
    assert "".join(f.line() for one in lived for f in one.faults) == written.read_text()
    rows = {case.number: case for case in Case.objects.filter(number__startswith=PLAN.mark)}
    for past, done in heard:
        row = rows[past.record.number]
        assert codec.load(row.state) == past.state
        assert _written_events(row) == _played_events(done)


def test_on_paper_it_is_the_same_city_and_the_same_year(written, tmp_path):
    paper, read = city.on_paper(), city.read()
    assert [(o.key, o.name, o.unit) for o in paper.offered] == [(o.key, o.name, o.unit) for o in read.offered]
    names = {a.pk: a.username for a in Account.objects.filter(pk__in=read.names)}
    on_paper = dict(
        enumerate(sorted({h["username"] for p in table("posts.json")["posts"] for h in p["holders"]}), 1)
    )
    assert _held(paper, on_paper) == _held(read, names)
    for n in (0, 7, 15, 31, 200):
        told, same = Chronicle(PLAN, paper).case(n), Chronicle(PLAN, read).case(n)
        assert _told(told, on_paper) == _told(same, names)
    manifest = tmp_path / "paper.jsonl"
    assert play(PLAN, manifest=manifest).perfect
    assert manifest.read_bytes() == written.read_bytes()


def _played_events(done):
    """What was done to a case, as its rows would tell it, personal values where they belong."""
    found = []
    for deed in done:
        for event in deed.carried.events:
            payload, personal = seal_payload(event.payload)
            found.append(
                (
                    event.type, event.at, event.by, deed.command.id, deed.now,
                    unsealed(payload, {p.path: p.value for p in personal}),
                )
            )  # fmt: skip
    return found


def _written_events(case):
    values = defaultdict(dict)
    for kept in EventPersonal.objects.filter(case=case):
        values[kept.seq][kept.path] = kept.value
    return [
        (e.type, e.occurred_at, e.actor_id, e.command_id, e.recorded_at, unsealed(e.payload, values[e.seq]))
        for e in EventRow.objects.filter(case=case).order_by("seq")
    ]


def _held(town, names):
    return {post: [(names[account], name) for account, name in those] for post, those in town.staff.items()}


def _told(lived: Lived, names):
    """A record without the numbers that a database gives."""
    record = lived.record
    steps = [
        (s.type, s.at, names.get(s.account), s.recorded, s.post, s.name, dict(s.data)) for s in record.steps
    ]
    return record.key, record.number, record.applied, names.get(record.by), record.form, steps, lived.faults
