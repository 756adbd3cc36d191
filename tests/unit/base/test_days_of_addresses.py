"""A day in an address is one that others can be counted from, or none."""

from datetime import date

import pytest

from tongban.base.text import day_asked
from tongban.faces.desk.views.todo import _moment


@pytest.mark.parametrize("text", ["", "x", "2026-13-45", "0001-01-01", "9999-12-31", "²"])
def test_what_is_no_day_to_count_from_is_none(text):
    assert day_asked(text) is None


def test_a_day_is_read():
    assert day_asked(" 2026-11-22 ") == date(2026, 11, 22)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "x"])
def test_an_instant_that_china_time_does_not_reach_is_none(text):
    assert _moment(text) is None
