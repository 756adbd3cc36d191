"""Records marked by hand: each criterion alone, what does not apply, the sum, several together."""

from dataclasses import replace
from datetime import date

import pytest

from tongban.base.calendar import load_calendar
from tongban.platforms.disclosure.quality import (
    Facts,
    average,
    contradictions,
    criteria,
    is_policy,
    judge,
    needed,
)

ON = date(2026, 11, 22)
GOOD = Facts(
    frozenset(needed()), "临政发〔2024〕3号", "关于扶持小店的意见", "11", "360000", None, date(2024, 9, 2), date(2024, 9, 6), None,
    "valid", 3000, 20, garbled=False, interpreted=True, ended_by=False,
)  # fmt: skip


def share(key: str, **changes: object) -> float | None:
    return judge(replace(GOOD, **changes), load_calendar(), ON).shares[key]


def test_weights_come_to_a_hundred_and_every_criterion_is_defined() -> None:
    assert sum(c.weight for c in criteria()) == 100
    assert all(len(c.said) > 10 for c in criteria())
    assert judge(GOOD, load_calendar(), ON).score == 100


def test_what_is_not_filled_in_counts_by_its_number() -> None:
    assert share("complete", filled=frozenset(needed()) - {"description", "theme"}) == 6 / 8


@pytest.mark.parametrize(
    ("signed", "published", "told"),
    [
        (date(2024, 9, 2), date(2024, 9, 30), 1),  # twenty working days: 3–14, 18–20, 23–27, 29, 30 September
        (date(2024, 9, 2), date(2024, 10, 8), 0),
        (None, date(2024, 9, 30), 1),  # from the day of the document
        (date(2024, 9, 2), date(2024, 9, 1), None),  # before the signing: a contradiction, not a delay
        (date(1999, 9, 2), date(1999, 9, 3), None),  # before any law
    ],
)
def test_prompt_is_counted_in_working_days_from_the_signing(signed, published, told) -> None:
    assert share("prompt", signed_on=signed, published_on=published) == told


def test_the_local_limit_binds_where_there_is_one() -> None:
    # 3 4 5 6 9 September: five working days in the region 99
    assert share("prompt", region="990100", published_on=date(2024, 9, 9)) == 1
    assert share("prompt", region="990100", published_on=date(2024, 9, 10)) == 0


def test_readable_is_text_without_garbage_in_paragraphs() -> None:
    assert share("readable", size=0, lines=1) == 0
    assert share("readable", garbled=True) == pytest.approx(2 / 3)
    assert share("readable", size=3000, lines=1) == pytest.approx(2 / 3)


def test_only_policies_are_to_be_interpreted() -> None:
    assert share("interpreted", interpreted=False) == 0
    for no_policy in ({"number": ""}, {"genre": "12"}, {"title": "关于王某任职的通知"}):
        assert not is_policy(replace(GOOD, **no_policy))
        assert share("interpreted", interpreted=False, **no_policy) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"published_on": date(2024, 9, 1)}, "公开早于成文"),
        ({"number": "临政发〔2023〕3号"}, "文号年份"),
        ({"ends_on": date(2025, 1, 1)}, "失效日期"),
        ({"ended_by": True}, "替代或废止"),
    ],
)
def test_a_record_that_contradicts_itself_is_not_in_order_until_it_is_mended(changes, words) -> None:
    assert share("corrected", **changes) == 0
    assert words in contradictions(replace(GOOD, **changes), ON)[0]


def test_what_was_marked_as_repealed_is_in_order() -> None:
    assert share("corrected", ended_by=True, validity="repealed") == 1


def test_the_sum_leaves_out_what_does_not_apply() -> None:
    no_policy = judge(replace(GOOD, number="", size=0, lines=1), load_calendar(), ON)
    # complete 30, prompt 30, readable 0 of 20, corrected 10: 70 of 90
    assert no_policy.score == 78
    assert [c.key for c in no_policy.lacking] == ["readable"]
    both = average([judge(GOOD, load_calendar(), ON), no_policy])
    assert (both.n, both.score, both.shares["readable"], both.shares["interpreted"]) == (2, 89, 0.5, 1)
    assert average([]).shares["prompt"] is None
