"""What must be public by itself: the nine key areas, the fifteen items of article 20, whom they bind and when they hold."""

from dataclasses import replace
from datetime import date

import pytest

from tongban.platforms.disclosure.columns import Decided, Item, column, schemes, suggested

TODAY = date(2026, 11, 22)


def test_there_are_nine_areas_and_fifteen_items_of_the_list():
    assert {s.key: len(s.columns) for s in schemes(TODAY)} == {"areas": 9, "article20": 15}
    assert all(c.items for s in schemes(TODAY) for c in s.columns)


def test_keys_are_unique_and_short_enough_for_a_record():
    keys = [item.key for s in schemes(TODAY) for item in s.items]
    assert len(keys) == len(set(keys))
    assert max(map(len, keys)) <= 40


def test_a_scheme_holds_from_its_day():
    assert [s.key for s in schemes(date(2018, 1, 1))] == ["areas"]
    assert column("a20-07", date(2018, 1, 1)) is None


@pytest.mark.parametrize(
    ("key", "unit", "nature", "owes"),
    [
        ("budget-budget", "安澜市财政局", "机关", True),
        ("budget-budget", "安澜市民政局", "机关", False),
        ("a20-02-organ", "安澜市民政局", "机关", True),
        ("a20-02-organ", "安澜市供水集团有限公司", "企业", False),
    ],
)
def test_an_item_binds_the_units_it_names(key, unit, nature, owes):
    item = next(i for s in schemes(TODAY) for i in s.items if i.key == key)
    assert item.owed_by(unit, nature) is owes


def test_what_was_decided_stands_in_place_of_what_came_with_the_programme():
    was = next(i for i in column("food", TODAY).items if i.key == "food-check")
    monthly = Decided("food", replace(was, months=1, units=("卫生健康",)))
    added = Decided("food", Item("food-n1", "食品安全示范", 12, ("*",), ("示范",)))
    ended = Decided("food", Item("food-alert", "", 0, ("*",), ()), holds=False)
    found = column("food", TODAY, (monthly, added, ended))
    assert [(i.key, i.months) for i in found.items] == [("food-check", 1), ("food-n1", 12)]
    assert "food-n1" in suggested("关于食品安全示范创建的通知", TODAY, (added,))
    assert len(column("budget", TODAY, (added,)).items) == len(column("budget", TODAY).items)


def test_a_title_suggests_columns():
    assert "land-notice" in suggested("关于征收土地的公告", TODAY)
    assert suggested("关于春节值班的通知", TODAY) == ()
