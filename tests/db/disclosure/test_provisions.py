"""Local limits and items of columns are decided from a day on: who may, what stays, what it would change, what follows."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.town import CITY
from tongban.engine.errors import Refused
from tongban.platforms.disclosure import coverage, preview, provisions, services
from tongban.platforms.disclosure.models import Provision, Record
from tongban.platforms.disclosure.services import deciding
from tongban.platforms.disclosure.services.deciding import About
from tongban.platforms.disclosure.services.records import put
from tongban.platforms.disclosure.services.releasing import takes_releases
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import today

pytestmark = pytest.mark.django_db
LIMIT, CHECK = About("limit", CITY), About("item", "food-check")
SAID = {
    "column": "food",
    "name": "食品抽检信息",
    "months": "1",
    "units": "市场监督管理局、卫生健康",
    "words": "",
}


@pytest.fixture
def monitor(town):
    return town.people["monitor"]


def tomorrow():
    return today() + timedelta(days=1)


def begun(kind, about, content, since):
    """A provision that has begun, as time would have brought it about."""
    return Provision.objects.create(
        kind=kind,
        about=about,
        content=content,
        basis="旧规定",
        valid=(since, None),
        made_by=Account.objects.first(),
    )


@pytest.mark.parametrize(
    ("about", "content", "begins", "basis", "code"),
    [
        (LIMIT, {"days": 3}, 0, "规定", "begins_too_early"),
        (LIMIT, {"days": 21}, 1, "规定", "out_of_range"),
        (LIMIT, {"days": 2}, 1, "规定", "out_of_range"),
        (LIMIT, {"days": "三"}, 1, "规定", "missing_field"),
        (LIMIT, {"days": 3}, 1, " ", "missing_field"),
        (About("limit", "000000"), {"days": 3}, 1, "规定", "unknown_field"),
        (CHECK, {**SAID, "units": " "}, 1, "规定", "missing_field"),
        (CHECK, {**SAID, "months": 99}, 1, "规定", "out_of_range"),
        (CHECK, {**SAID, "column": "land"}, 1, "规定", "unknown_field"),
    ],
)
def test_what_makes_no_sense_is_refused(monitor, about, content, begins, basis, code):
    with pytest.raises(Refused, match=code):
        deciding.decide(monitor, about, content, begins=today() + timedelta(days=begins), basis=basis)


def test_only_who_supervises_every_unit_decides(town):
    for who in ("supervisor", "chief", "publisher"):
        with pytest.raises(Refused, match="not_permitted"):
            deciding.decide(town.people[who], LIMIT, {"days": 3}, begins=tomorrow(), basis="规定")


def test_a_draft_changes_nothing_and_is_done_with_when_it_is_decided(monitor):
    deciding.save_draft(monitor, LIMIT, {"days": "4"})
    deciding.save_draft(monitor, LIMIT, {"days": "3"}, "规定第三条")
    assert [row.content for row in Provision.objects.all()] == [{"days": 3}]
    assert provisions.limits() == ()
    deciding.decide(monitor, LIMIT, {"days": 3}, begins=tomorrow(), basis="规定第三条")
    assert not Provision.objects.filter(valid=None).exists()
    assert [r.local for r in provisions.regimes(CITY)][-2:] == [5, 3]


def test_what_has_begun_stays_and_what_is_planned_is_replaced(monitor):
    was = begun("limit", CITY, {"days": 4}, date(2026, 1, 1))
    deciding.decide(monitor, LIMIT, {"days": 3}, begins=tomorrow(), basis="一")
    deciding.decide(monitor, LIMIT, {"days": 5}, begins=tomorrow(), basis="二")
    deciding.decide(monitor, LIMIT, {"days": 9}, begins=tomorrow() + timedelta(days=5), basis="三")
    with pytest.raises(Refused, match="later_version_planned"):
        deciding.decide(monitor, LIMIT, {"days": 6}, begins=tomorrow() + timedelta(days=1), basis="四")
    was.refresh_from_db()
    assert (was.content, was.valid.upper) == ({"days": 4}, tomorrow())
    with pytest.raises(IntegrityError), transaction.atomic():
        Provision.objects.filter(pk=was.pk).update(content={"days": 20})
    with pytest.raises(IntegrityError), transaction.atomic():
        was.delete()


def test_releases_run_under_the_limit_that_holds_and_not_under_one_that_is_planned(monitor):
    unit = Organisation.objects.get(key="scjg")
    assert takes_releases(unit).content["limits"]["promised"]["amount"] == 5
    deciding.decide(monitor, LIMIT, {"days": 3}, begins=tomorrow(), basis="新规定")
    assert takes_releases(unit).content["limits"]["promised"]["amount"] == 5
    Provision.objects.all().delete()
    begun("limit", CITY, {"days": 3}, today())
    promised = takes_releases(unit).content["limits"]["promised"]
    assert (promised["amount"], promised["note"]) == (3, "旧规定")


def published(title, signed, day, *columns):
    record = Record(publisher=Organisation.objects.get(key="scjg"), signed_on=signed)
    put(record, {"title": title, "columns": list(columns)})
    return services.release(None, record, published_on=day)


def test_a_limit_is_looked_at_before_it_is_decided(town):
    published("三个工作日公开的", date(2026, 11, 16), date(2026, 11, 19))
    slow = published("五个工作日公开的", date(2026, 11, 12), date(2026, 11, 19))
    published("早就超期的", date(2026, 10, 12), date(2026, 11, 19))
    seen = preview.of_limit(CITY, 4, date(2026, 11, 1), date(2026, 11, 30))
    assert (seen.looked, seen.now, seen.then) == (3, 1, 2)
    assert [(late.record.pk, late.days, late.was_late) for late in seen.differing] == [(slow.pk, 5, False)]
    assert preview.of_limit("330000", 4, date(2026, 11, 1), date(2026, 11, 30)).looked == 0


def test_an_item_is_looked_at_and_then_asked_of_other_units(monitor):
    day = date(2026, 11, 22)
    published("抽检", None, date(2026, 10, 1), "food-check")
    said = deciding.checked(monitor, CHECK, {**SAID, "units": "市场监督管理局、城市管理局"})
    seen = preview.of_item(provisions.decided("food-check", said), day)
    assert (seen.owed, seen.short) == ((1, 2), (0, 2))
    assert [(row.unit[3:], row.now, row.then) for row in seen.differing] == [
        ("城市管理局", "", "missing"), ("市场监督管理局", "fresh", "stale"),
    ]  # fmt: skip
    deciding.decide(monitor, CHECK, said, begins=tomorrow(), basis="规定")
    later = tomorrow() + timedelta(days=1)
    owing = [row.unit for row in coverage.owed(later) if row.item.key == "food-check"]
    assert len(owing) == 2
    assert len([row for row in coverage.owed(today()) if row.item.key == "food-check"]) == 1


def test_an_item_is_added_and_ended(monitor):
    added = About("item", "food-n1")
    deciding.decide(monitor, added, {**SAID, "units": "*"}, begins=tomorrow(), basis="规定")
    deciding.decide(monitor, CHECK, {**SAID, "holds": False}, begins=tomorrow(), basis="规定")
    keys = [i.key for i in provisions.column("food", tomorrow()).items]
    assert "food-n1" in keys
    assert "food-check" not in keys
    assert "food-check" in [i.key for i in provisions.column("food", today()).items]
