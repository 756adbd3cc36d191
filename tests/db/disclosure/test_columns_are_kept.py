"""Required columns measured from the catalogue: what is missing, what is no longer fresh, unit by unit."""

from datetime import date

import pytest

from tongban.engine.errors import Refused
from tongban.platforms.disclosure import coverage, services
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.services.records import put
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db

DAY = date(2026, 11, 22)


def published(town, day, *columns):
    record = Record(publisher=Organisation.objects.get(key="scjg"))
    put(record, {"title": f"食品抽检{day}", "columns": list(columns)})
    return services.release(None, record, published_on=day)


def standing_of(key, day=DAY):
    org = Organisation.objects.get(key="scjg").pk
    row = next(r for r in coverage.owed(day, [org]) if r.item.key == key)
    return row.state(day)


def test_an_item_is_missing_then_fresh_then_stale(town):
    assert standing_of("food-check") == "missing"
    published(town, date(2026, 8, 22), "food-check")
    assert (standing_of("food-check", date(2026, 11, 21)), standing_of("food-check")) == ("fresh", "stale")
    published(town, date(2026, 11, 20), "food-check")
    assert standing_of("food-check") == "fresh"


def test_units_are_scored_the_worst_first_and_withdrawn_records_do_not_count(town):
    record = published(town, date(2026, 11, 20), "food-check", "food-alert")
    rows = coverage.owed(DAY)
    scored = {s.unit: s for s in coverage.scores(rows, DAY)}
    unit = scored["安澜市市场监督管理局"]
    assert (unit.there, unit.fresh) == (2, 2)
    assert 0 < unit.complete < 100
    assert [s.current for s in coverage.scores(rows, DAY)] == sorted(s.current for s in scored.values())
    services.withdraw(town.people["leader"], record, why="内容有误")
    assert standing_of("food-check") == "missing"


def test_a_clerk_puts_a_record_into_columns_and_keeps_those_of_the_site(town):
    record = published(town, date(2026, 11, 20), "政府文件")
    services.put_into(town.people["clerk"], record, ["food-check"])
    record.refresh_from_db()
    assert record.columns == ["政府文件", "food-check"]
    with pytest.raises(Refused, match="unknown_field"):
        services.put_into(town.people["clerk"], record, ["nowhere"])
