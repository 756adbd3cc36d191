# ruff: noqa: RUF002 -- the brackets of document numbers
"""Fees against the tables of 国办函〔2020〕109号, the day of receipt, the 21 outcomes, the regulation by date."""

from datetime import date
from decimal import Decimal

import pytest

from tongban.engine.errors import Refused
from tongban.platforms.inquiry.rules import BY_TIME, OUTCOMES, fees, received_on, regime

ITEMS = {10: 0, 11: 100, 30: 2000, 31: 2200, 35: 3000, 40: 4000, 41: 4300, 45: 5500, 60: 11000}
PAGES = {30: 0, 31: 10, 100: 700, 101: 720, 200: 2700, 201: 2740, 250: 4700}


@pytest.mark.parametrize(("items", "yuan"), ITEMS.items())
def test_fee_by_items(items: int, yuan: int) -> None:
    held = fees(date(2024, 1, 1))
    assert held is not None
    assert held.items.total(items) == yuan
    assert held.by_items(0, items) == yuan


@pytest.mark.parametrize(("pages", "yuan"), PAGES.items())
def test_fee_by_pages(pages: int, yuan: int) -> None:
    held = fees(date(2024, 1, 1))
    assert held is not None
    assert held.by_pages(pages) == yuan


def test_what_an_applicant_asked_before_in_the_month_counts() -> None:
    held = fees(date(2024, 1, 1))
    assert held is not None
    one_by_one = sum((held.by_items(n, 1) for n in range(60)), Decimal(0))
    assert one_by_one == held.by_items(0, 60) == 11000
    assert held.by_items(30, 1) == 200


def test_there_were_no_such_fees_before_2021() -> None:
    assert fees(date(2020, 12, 31)) is None
    assert fees(date(2021, 1, 1)) is not None


@pytest.mark.parametrize(
    ("channel", "day"),
    [
        ("in_person", date(2024, 9, 2)),
        ("post", date(2024, 9, 4)),
        ("letter", date(2024, 9, 5)),
        ("web", date(2024, 9, 5)),
        ("fax", date(2024, 9, 5)),
    ],
)
def test_the_day_of_receipt_depends_on_how_it_came(channel: str, day: date) -> None:
    days = {"submitted": date(2024, 9, 2), "arrived": date(2024, 9, 4), "confirmed": date(2024, 9, 5)}
    assert received_on(channel, **days) == day


def test_an_unconfirmed_fax_is_not_received_and_no_day_lies_before_its_submission() -> None:
    with pytest.raises(Refused, match="missing_field"):
        received_on("fax", submitted=date(2024, 9, 2))
    with pytest.raises(Refused, match="out_of_order"):
        received_on("post", submitted=date(2024, 9, 2), arrived=date(2024, 9, 1))


def test_there_are_twenty_one_outcomes_and_two_of_them_only_time_brings() -> None:
    assert len(OUTCOMES) == 21
    assert len({o.row for o in OUTCOMES.values()}) == 21
    assert {k for k, o in OUTCOMES.items() if not o.decision} == BY_TIME
    assert all(o.article for k, o in OUTCOMES.items() if k != "other")


def test_the_regulation_goes_by_the_day() -> None:
    assert [regime(d).key for d in (date(2019, 5, 14), date(2019, 5, 15))] == ["2008", "2019"]
    with pytest.raises(Refused, match="before_the_law"):
        regime(date(2008, 4, 30))
