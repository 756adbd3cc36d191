"""Grouped by time, a stretch in which nothing happened stands there as nothing, and is not left out."""

from datetime import date

import pytest
from django.test import override_settings

from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Question, Span
from tongban.platforms.statistics.queries import answer

MEASURED = (MEASURES["accepted"], MEASURES["on_time"])
SPAN = Span(date(2025, 11, 1), date(2026, 3, 31))


@pytest.fixture(autouse=True)
def nothing_projected(tmp_path):
    with override_settings(TONGBAN_STATISTICS=tmp_path):
        yield


@pytest.mark.parametrize(
    ("by", "first", "last", "names"),
    [
        ("month", date(2025, 11, 1), date(2026, 2, 1), ["2025-11", "2025-12", "2026-01", "2026-02"]),
        ("week", date(2025, 12, 22), date(2026, 1, 5), ["12-22", "12-29", "01-05"]),
        (
            "day",
            date(2026, 2, 27),
            date(2026, 3, 2),
            ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02"],
        ),
    ],
)
def test_what_lies_between_is_there(by, first, last, names) -> None:
    rows = [(last, 5, 0, 4, 5, 0), (first, 3, 0, 3, 3, 1)]
    found = answer(Question(MEASURED, SPAN, "TRUE", GROUPINGS[by]), lambda _sql: rows)
    assert [line.name for line in found.lines] == names
    assert [line.figures[0].value for line in found.lines] == [3, *[0] * (len(names) - 2), 5]
    assert found.lines[1].figures[1].value is None, "of nothing there is no share"
    assert (found.total.figures[0].value, found.total.late) == (8, 1)


def test_other_groups_and_nothing_at_all_stay_as_they_are() -> None:
    asked = Question(MEASURED, SPAN, "TRUE", GROUPINGS["channel"])
    assert len(answer(asked, lambda _sql: [("online", 3, 0, 3, 3, 0)]).lines) == 1
    assert answer(Question(MEASURED, SPAN, "TRUE", GROUPINGS["month"]), lambda _sql: []).lines == ()
