"""History that comes in for good: a batch is written on another connection while the next is carried out."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from tests.db.engine.city import City, build, row
from tests.db.engine.test_bulk import story
from tongban.base import present
from tongban.base.calendar import CHINA
from tongban.engine import kinds
from tongban.engine.bulk import import_history
from tongban.engine.errors import Refused
from tongban.engine.history import HistoryRecord
from tongban.engine.ledger.verify import verify
from tongban.engine.models import Case, CommandRow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city(transactional_db: None, plugins: None) -> City:
    return build()


def test_each_batch_is_durable_when_its_verdicts_are_told(city: City) -> None:
    taken: list[str] = []
    done: list[int] = []

    def records() -> Iterator[HistoryRecord]:
        for n in range(5):
            taken.append(f"A{n}")
            yield story(city, f"A{n}")

    verdicts = import_history(records(), done.append, batch=2)
    first = next(verdicts)
    assert (first.key, first.code, row(first.case_id or 0).result) == ("A0", "imported", "granted")
    assert taken == ["A0", "A1", "A2", "A3"], "the next was carried out meanwhile"
    assert [v.key for v in verdicts] == ["A1", "A2", "A3", "A4"]
    assert done == [2, 2, 1]
    assert verify().ok


def test_a_batch_waits_for_what_it_hangs_on(city: City) -> None:
    records = [
        story(city, "L"),
        story(city, "L-1", parent="L"),
        story(city, "L-1", parent="L"),
        story(city, "L"),
    ]
    verdicts = list(import_history(records, batch=1))
    assert [v.code for v in verdicts] == ["imported", "imported", "there_already", "there_already"]
    assert row(verdicts[1].case_id or 0).parent_id == verdicts[0].case_id


def test_what_is_told_meanwhile_is_told_of_the_importers_own_present(city: City) -> None:
    moment, heard = datetime(2025, 4, 1, 9, tzinfo=CHINA), []
    kinds.subscribe("case.accepted", lambda _change: heard.append(present.now()))
    with present.telling(moment):
        list(import_history([story(city, "A"), story(city, "B")], batch=1))
    assert heard == [moment, moment]


def test_one_record_that_is_refused_when_it_is_written_costs_no_other(city: City) -> None:
    heard: list[int] = []

    def listener(change: kinds.Change) -> None:
        assert connection.in_atomic_block
        if change.facts.title == "不收":
            raise Refused("not_wanted", "这一件不收。")
        heard.append(change.facts.case_id)

    kinds.subscribe("case.accepted", listener)
    said: dict[str, dict[str, Any]] = {
        "A": {"number": "旧-1"}, "B": {}, "C": {"title": "不收"}, "D": {"number": "旧-1"}, "E": {"applicant_kind": "x" * 99}, "F": {},
    }  # fmt: skip
    told = {
        v.key: v for v in import_history([story(city, key, **more) for key, more in said.items()], batch=3)
    }
    assert {key: v.code for key, v in told.items()} == {
        "A": "imported", "B": "imported", "C": "not_wanted", "D": "number_taken", "E": "not_importable", "F": "imported",
    }  # fmt: skip
    assert "“旧-1”" in told["D"].message
    assert "数据库不接受" in told["E"].message
    there = {told[key].case_id for key in "ABF"}
    assert there == set(Case.objects.values_list("pk", flat=True))
    assert there <= set(heard)
    assert verify().ok


def test_an_error_of_the_programs_own_is_raised_and_what_went_before_is_kept(city: City) -> None:
    def listener(change: kinds.Change) -> None:
        if change.facts.title == "坏":
            raise ZeroDivisionError

    kinds.subscribe("case.accepted", listener)
    records = [
        story(city, "A"),
        story(city, "B"),
        story(city, "C"),
        story(city, "D", title="坏"),
        story(city, "E"),
    ]
    with pytest.raises(ZeroDivisionError):
        list(import_history(records, batch=2))
    there = CommandRow.objects.filter(pk__in=[r.opening for r in records]).count()
    assert there == 3, "A, B, and C, which is in the batch of the bad one"
    assert [v.code for v in import_history([r for r in records if r.key != "D"], batch=2)] == [
        "there_already", "there_already", "there_already", "imported",
    ]  # fmt: skip
