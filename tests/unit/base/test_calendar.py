"""The official calendar: what a deadline in working days stands on."""

import copy
from datetime import date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.base.calendar import (
    CHINA,
    BeyondHorizon,
    CalendarError,
    build_calendar,
    check_content,
    load_calendar,
    shipped_content,
)

CALENDAR = load_calendar()
DAYS = st.dates(CALENDAR.first, CALENDAR.last)


@pytest.mark.parametrize("year", range(2012, 2027))
def test_every_day_agrees_with_an_independent_calendar(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "amount", "deadline"),
    [
        ("2013-04-22", 5, "2013-04-27"),  # a Saturday, worked
        ("2013-04-22", 15, "2013-05-14"),
        ("2013-04-22", 20, "2013-05-21"),
        ("2013-04-03", 5, "2013-04-11"),
        ("2024-09-23", 7, "2024-10-08"),
        ("2024-09-23", 20, "2024-10-24"),
        ("2024-09-23", 40, "2024-11-21"),
        ("2024-09-30", 1, "2024-10-08"),
    ],
)
def test_deadlines_of_the_field_come_out(start: str, amount: int, deadline: str) -> None:
    day = date.fromisoformat(start)
    assert CALENDAR.D(CALENDAR.W(day) + amount) == date.fromisoformat(deadline)


@given(st.integers(1, CALENDAR.W(CALENDAR.last)))
def test_counting_and_finding_are_inverse(k: int) -> None:
    day = CALENDAR.D(k)
    assert CALENDAR.W(day) == k
    assert CALENDAR.is_workday(day)


@given(DAYS)
def test_the_count_grows_by_one_exactly_on_working_days(day: date) -> None:
    before = CALENDAR.W(day - timedelta(days=1)) if day > CALENDAR.first else 0
    assert CALENDAR.W(day) - before == CALENDAR.is_workday(day)


@pytest.mark.parametrize("day", [date(2011, 12, 31), date(2028, 1, 1), date(1, 1, 1), date.max])
def test_a_day_beyond_the_horizon_is_refused_aloud(day: date) -> None:
    for ask in (CALENDAR.W, CALENDAR.is_workday, CALENDAR.is_provisional):
        with pytest.raises(BeyondHorizon, match="请先导入"):
            ask(day)


@pytest.mark.parametrize("k", [0, -1, CALENDAR.W(CALENDAR.last) + 1])
def test_a_working_day_beyond_the_horizon_is_refused_aloud(k: int) -> None:
    with pytest.raises(BeyondHorizon, match="请先导入"):
        CALENDAR.D(k)


def test_a_datetime_is_not_taken_for_a_day() -> None:
    with pytest.raises(TypeError, match="China time"):
        CALENDAR.W(datetime(2024, 1, 1, tzinfo=CHINA))


def test_the_year_not_yet_announced_is_provisional() -> None:
    assert CALENDAR.announced_until == date(2026, 12, 31)
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2027, 1, 4))
    assert not CALENDAR.is_workday(date(2027, 2, 8))  # 春节初三
    assert CALENDAR.is_workday(date(2027, 2, 9))
    assert [(p.code, p.where) for p in check_content(shipped_content())] == [("provisional", "2027")]


def test_checking_near_the_horizon_reminds_of_the_next_notice() -> None:
    assert "horizon_near" in {p.code for p in check_content(shipped_content(), date(2026, 11, 15))}


def _spoiled(spoil: str) -> dict:  # noqa: C901, PLR0912 -- one fault after the other
    content = copy.deepcopy(shipped_content())
    years = {y["year"]: y for y in content["years"]}
    match spoil:
        case "year_missing":
            content["years"].remove(years[2015])
        case "year_twice":
            content["years"].append(copy.deepcopy(years[2015]))
        case "makeup_on_weekday":
            years[2024]["holidays"][0]["work"] = ["2024-01-03"]
        case "overlap":
            years[2024]["holidays"].append({"name": "又一个", "off": ["2024-10-07", "2024-10-08"]})
        case "range":
            years[2024]["holidays"][0]["off"] = ["2024-01-02", "2024-01-01"]
        case "date":
            years[2024]["holidays"][0]["off"] = ["2024-01-01"]
        case "other_year":
            years[2024]["holidays"][0]["off"] = ["2025-03-03", "2025-03-03"]
        case "basis_missing":
            years[2024]["basis"] = []
        case "provisional_inside":
            years[2020]["provisional"] = True
        case "provisional_work":
            years[2027]["holidays"][0]["work"] = ["2027-01-02"]
        case "holidays_missing":
            years[2024]["holidays"] = []
        case "nothing_announced":
            for year in content["years"]:
                year["provisional"] = True
        case "minutes":
            content["minutes"] = [[720, 540]]
        case "code":
            content["code"] = ""
        case "version":
            content["version"] = 0
        case "years":
            content["years"] = []
    return content


@pytest.mark.parametrize(
    "fault",
    [
        "year_missing", "year_twice", "makeup_on_weekday", "overlap", "range", "date", "other_year", "basis_missing",
        "provisional_inside", "provisional_work", "holidays_missing", "nothing_announced", "minutes", "code",
        "version", "years",
    ],
)  # fmt: skip
def test_each_fault_of_calendar_data_is_named(fault: str) -> None:
    with pytest.raises(CalendarError) as caught:
        build_calendar(_spoiled(fault))
    assert fault in {p.code for p in caught.value.problems}
    assert all(p.message.endswith("。") for p in caught.value.problems)
