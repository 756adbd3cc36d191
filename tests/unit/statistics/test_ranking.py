"""榜单: the score and every reason of it."""

import re

from tongban.platforms.statistics.queries import Figure
from tongban.platforms.statistics.ranking import SCORED, rank


def unit(key, ended, *, late=0, yellow=0, red=0, warnings=0, shortened=None, ratings=0, bad=0):
    share = 100 * (ended - late) / ended if ended else None
    figures = {
        "ended": Figure(ended, ended, 0), "on_time": Figure(share, ended - late, ended), "days": Figure(2.0, 2, 1),
        "shortened": Figure(shortened, 0, 0), "warnings": Figure(warnings, warnings, 0),
        "yellow": Figure(yellow, yellow, 0), "red": Figure(red, red, 0),
        "satisfied": Figure(100 * (ratings - bad) / ratings if ratings else None, ratings - bad, ratings),
        "bad": Figure(bad, bad, 0),
    }  # fmt: skip
    return key, f"单位{key}", [figures[k] for k in SCORED]


def points(reason):
    """What a reason says it added or took."""
    said = re.search(r"，(加|扣) ([0-9.]+) 分$", reason)
    return 0 if said is None else float(said[2]) * (1 if said[1] == "加" else -1)


def test_points_are_taken_per_hundred_finished_cases_and_say_why():
    (one,) = rank([unit(1, 200, late=4, yellow=2, red=1)]).ranked
    assert one.score == 100 - 2 - 5 - 5
    assert one.reasons(good=False) == (
        "红牌 1 张，扣 5.0 分",
        "黄牌 2 张，扣 5.0 分",
        "200 件有期限的办结件超期 4 件，扣 2.0 分",
    )


def test_the_reasons_told_come_to_the_score_whichever_board_it_stands_on():
    for unit_ in (
        unit(1, 200, late=4, yellow=2, red=1, warnings=7, shortened=52.0, ratings=10, bad=2),
        unit(2, 40, shortened=71.3, warnings=1),
        unit(3, 30, late=3),
    ):
        (one,) = rank([unit_]).ranked
        for good in (True, False):
            assert one.score == round(100 + sum(points(r) for r in one.reasons(good=good)), 1)
    assert one.reasons(good=False) == ("30 件有期限的办结件超期 3 件，扣 10.0 分",)
    assert one.reasons(good=True) == ("没有红牌、黄牌", "30 件有期限的办结件超期 3 件，扣 10.0 分")


def test_where_more_is_lost_than_there_was_the_reasons_say_so():
    (one,) = rank([unit(1, 10, late=9, yellow=9, red=9, warnings=30)]).ranked
    assert one.score == 0
    assert one.reasons(good=False)[-1] == "扣完为止，最低 0 分"


def test_shortening_adds_and_bad_ratings_take():
    (one,) = rank([unit(1, 50, shortened=71.3, ratings=10, bad=2)]).ranked
    assert one.score == 100 + 7 - 2
    assert one.reasons(good=True)[0] == "实际用时比法定期限压缩 71.3%，加 7.0 分"
    assert one.reasons(good=False)[0] == "10 次评价满意率 80.0%（差评 2 次），扣 2.0 分"


def test_no_part_takes_more_than_thirty_and_few_cases_are_not_ranked():
    found = rank([unit(1, 10, red=5), unit(2, 9), unit(3, 0)])
    assert [s.score for s in found.ranked] == [70.0]
    assert found.few == (("单位2", 9),)


def test_best_and_worst_share_nobody_and_the_worst_have_lost_points():
    found = rank([unit(n, 100, late=n) for n in range(8)])
    assert [s.key for s in found.best()] == [0, 1, 2, 3]
    assert [s.key for s in found.worst()] == [7, 6, 5, 4]
    assert rank([unit(n, 100) for n in range(4)]).worst() == ()


def test_a_tie_goes_to_who_finished_more():
    assert [s.key for s in rank([unit(1, 20), unit(2, 30)]).ranked] == [2, 1]
