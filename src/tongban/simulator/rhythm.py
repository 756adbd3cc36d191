"""When people apply: seasons, weekdays, holidays, and the hours of the day. Pure."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from tongban.base.calendar import CHINA, Calendar

#: January to December: quiet around the Spring Festival, busy in spring and before the end of the year.
SEASON = (0.9, 0.7, 1.25, 1.15, 1.05, 1.1, 1.0, 0.95, 1.15, 0.95, 1.1, 0.9)
#: A day without offices still has the web.
CLOSED = 0.12
MONDAY, AFTER_A_HOLIDAY = 1.25, 1.35
#: Share of the applications of a working day by the hour at which they come, in office hours and outside.
OFFICE_HOURS = ((9, 24), (10, 26), (11, 14), (13, 6), (14, 17), (15, 9), (16, 4))
WEB_HOURS = (
    (7, 3),
    (8, 6),
    (9, 16),
    (10, 16),
    (11, 9),
    (12, 6),
    (14, 11),
    (15, 9),
    (16, 6),
    (19, 6),
    (20, 7),
    (21, 5),
)


class Year:
    """How many applications each day of a stretch has; case `n` always comes on the same day."""

    def __init__(self, calendar: Calendar, first: date, last: date, cases: int) -> None:
        days = [first + timedelta(days=i) for i in range((last - first).days + 1)]
        weights = [_weight(calendar, day) for day in days]
        self.calendar, self.days, self.cases = calendar, days, cases
        self._ends = list(_shares(weights, cases))

    def day(self, n: int) -> date:
        """The day on which case `n` (from 0) is applied for."""
        return self.days[bisect_right(self._ends, n)]

    def moment(self, n: int, rng: Random, *, web: bool) -> datetime:
        """When case `n` is applied for: at the counter within office hours, on the web at any hour.

        A counter that is closed on the day takes it in on the next working day, or, where the stretch ends before that, on
        the last one in it.
        """
        day = self.day(n)
        if not web and not self.calendar.is_workday(day):
            worked = self.calendar.W(day)
            following = self.calendar.D(worked + 1)
            day = following if following <= self.days[-1] else self.calendar.D(worked)
        hours = WEB_HOURS if web else OFFICE_HOURS
        hour = rng.choices([h for h, _ in hours], [w for _, w in hours])[0]
        at = time(hour, rng.randrange(60), rng.randrange(60))
        return datetime.combine(day, at, CHINA)


def _weight(calendar: Calendar, day: date) -> float:
    season = SEASON[day.month - 1]
    if not calendar.is_workday(day):
        return season * CLOSED
    closed_before = not calendar.is_workday(day - timedelta(days=1)) if day > calendar.first else False
    long_before = closed_before and not any(
        calendar.is_workday(day - timedelta(days=i))
        for i in range(1, 4)
        if day - timedelta(days=i) >= calendar.first
    )
    if long_before:
        return season * AFTER_A_HOLIDAY
    return season * (MONDAY if closed_before else 1.0)


def _shares(weights: Sequence[float], cases: int) -> Sequence[int]:
    """Running totals of whole numbers in proportion to the weights, which add up to `cases`."""
    total = sum(weights)
    return [round(cases * part / total) for part in accumulate(weights)]
