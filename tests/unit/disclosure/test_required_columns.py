"""What must be public by itself: the nine key areas, the fifteen items of article 20, whom they bind and when they hold."""

from datetime import date

import pytest

from tongban.platforms.disclosure.columns import column, schemes, suggested

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


def test_a_title_suggests_columns():
    assert "land-notice" in suggested("关于征收土地的公告", TODAY)
    assert suggested("关于春节值班的通知", TODAY) == ()
