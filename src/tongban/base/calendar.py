"""The official calendar of working days (工作日), as the State Council announces it year by year.

Pure: two array look-ups, no database. Where nothing is announced it refuses rather than guesses.
"""

import json
from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from tongban.base.canonical import canonical, digest

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


class BeyondHorizon(ValueError):
    """A day the calendar does not know. Import the year's notice, then try again."""


class CalendarError(ValueError):
    """Calendar data that cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: "tuple[Problem, ...]") -> None:
        super().__init__("; ".join(f"{p.where}: {p.message}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in calendar data: a stable code, where it is, and the sentence for a person."""

    code: str
    where: str
    message: str
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days from `first` to `last`, both included. Days after `announced_until` are provisional (暂定).

    `minutes` are the working stretches of a day in minutes after midnight, e.g. ((540, 720), (810, 1020)).
    Every method takes a plain date in China time and raises BeyondHorizon outside [first, last].
    """

    code: str
    version: int
    first: date
    last: date
    basis: tuple[str, ...]
    announced_until: date
    minutes: tuple[tuple[int, int], ...]
    sha256: str  # of the content without its number: what a snapshot names an edition by
    _origin: int = field(repr=False, compare=False)
    _counts: "array[int]" = field(repr=False, compare=False)
    _days: tuple[date, ...] = field(repr=False, compare=False)

    def W(self, d: date) -> int:  # noqa: N802 -- the letters of due = D(W(start) + budget + ...)
        """How many working days there are from `first` up to and including `d`. O(1)."""
        index = d.toordinal() - self._origin
        if index < 0 or index >= len(self._counts) or isinstance(d, datetime):
            raise self._beyond(d)
        return self._counts[index]

    def D(self, k: int) -> date:  # noqa: N802
        """The date of the k-th working day, counted from 1. O(1). The inverse of W: W(D(k)) == k."""
        if not 0 < k <= len(self._days):
            raise BeyondHorizon(
                f"工作日历“{self.code}”第{self.version}版只有 {len(self._days)} 个工作日"
                f"（{self.first} 至 {self.last}），没有第 {k} 个；请先导入相应年份的放假安排。"
            )
        return self._days[k - 1]

    def is_workday(self, d: date) -> bool:
        """Whether offices work on `d`."""
        count = self.W(d)
        return count > 0 and self._days[count - 1] == d

    def is_provisional(self, d: date) -> bool:
        """Whether `d` lies in a year whose arrangement is not announced yet."""
        self.W(d)
        return d > self.announced_until

    def _beyond(self, d: date) -> Exception:
        if isinstance(d, datetime):
            return TypeError("the calendar takes dates; convert the datetime to China time first")
        return BeyondHorizon(
            f"工作日历“{self.code}”第{self.version}版只到 {self.first} 至 {self.last}，不含 {d}；"
            "请先导入相应年份的放假安排。"
        )


@lru_cache(maxsize=1)
def load_calendar() -> Calendar:
    """The calendar that ships with the programme (全国, 2012 on; the last year may be provisional)."""
    return build_calendar(shipped_content())


def shipped_content() -> dict[str, Any]:
    """The content of base/data/calendar-cn.json."""
    content: dict[str, Any] = json.loads(files("tongban.base").joinpath("data/calendar-cn.json").read_bytes())
    return content


def build_calendar(content: Mapping[str, Any]) -> Calendar:
    """The calendar of that content (shape: see check_content). Raises CalendarError with every fault found."""
    errors = tuple(p for p in check_content(content) if p.severity == "error")
    if errors:
        raise CalendarError(errors)
    years = sorted(content["years"], key=lambda y: y["year"])
    first, last = date(years[0]["year"], 1, 1), date(years[-1]["year"], 12, 31)
    announced = max(y["year"] for y in years if not y.get("provisional"))
    off: set[date] = set()
    work: set[date] = set()
    for year in years:
        for holiday in year["holidays"]:
            off.update(_stretch(holiday))
            work.update(date.fromisoformat(text) for text in holiday.get("work", ()))
    counts: array[int] = array("I")
    days: list[date] = []
    day = first
    while day <= last:
        if day in work or (day.weekday() < 5 and day not in off):
            days.append(day)
        counts.append(len(days))
        day += timedelta(days=1)
    return Calendar(
        code=content["code"],
        version=content["version"],
        first=first,
        last=last,
        basis=tuple(b for y in years for b in y.get("basis", ())),
        announced_until=date(announced, 12, 31),
        minutes=tuple((a, b) for a, b in content["minutes"]),
        sha256=fingerprint(content),
        _origin=first.toordinal(),
        _counts=counts,
        _days=tuple(days),
    )


def with_days(calendar: Calendar, off: Collection[date], work: Collection[date]) -> Calendar:
    """The calendar as it would be with these days off and these worked besides: for trials, published by nobody.

    Raises BeyondHorizon for a day that it does not reach.
    """
    for day in (*off, *work):
        calendar.W(day)
    counts: array[int] = array("I")
    days: list[date] = []
    day = calendar.first
    while day <= calendar.last:
        if day in work or (day not in off and calendar.is_workday(day)):
            days.append(day)
        counts.append(len(days))
        day += timedelta(days=1)
    said = {"of": calendar.sha256, "off": sorted(off), "work": sorted(work)}
    return replace(
        calendar, sha256=digest(canonical(said), "sha256").hex(), _counts=counts, _days=tuple(days)
    )


def fingerprint(content: Mapping[str, Any]) -> str:
    """The SHA-256 of calendar content, whatever number it carries."""
    return digest(
        canonical({key: value for key, value in content.items() if key != "version"}), "sha256"
    ).hex()


def check_content(content: Mapping[str, Any], today: date | None = None) -> tuple[Problem, ...]:
    """Everything wrong or doubtful in calendar data; no "error" among them means it can be used.

    Shape: {"code", "version", "minutes": [[from, to]…], "years": [{"year", "basis": [notice numbers],
    "provisional"?, "holidays": [{"name", "off": [first, last], "work": [make-up days]}]}]}; dates are ISO.
    The notice of a year may reach into the December before it. With `today`, also warns when the announced
    years end within 60 days.
    """
    found: list[Problem] = []
    if not isinstance(content.get("code"), str) or not content["code"]:
        found.append(Problem("code", "code", "缺少日历代码。"))
    if not isinstance(content.get("version"), int) or content["version"] < 1:
        found.append(Problem("version", "version", "版本号应为正整数。"))
    found += _check_minutes(content.get("minutes"))
    years = content.get("years")
    if not isinstance(years, list) or not years or not all(isinstance(y, Mapping) for y in years):
        return (*found, Problem("years", "years", "没有任何年份。"))
    return (*found, *_check_years(years, today))


def _check_years(years: list[Mapping[str, Any]], today: date | None) -> list[Problem]:
    numbers = [n for y in years if isinstance(n := y.get("year"), int) and 1949 < n < 2200]
    if len(numbers) < len(years):
        return [Problem("years", "years", "年份应为四位整数。")]
    found = [
        Problem("year_twice", str(number), "同一年份出现两次，请合并为一项。")
        for number in sorted(set(numbers))
        if numbers.count(number) > 1
    ]
    found += [
        Problem("year_missing", str(number), "缺少这一年的放假安排，前后年份之间不能有空缺。")
        for number in range(min(numbers), max(numbers))
        if number not in numbers
    ]
    announced = [y["year"] for y in years if not y.get("provisional")]
    if not announced:
        found.append(Problem("nothing_announced", "years", "全部年份都是暂定，至少要有一个已公布的年份。"))
    seen: dict[date, str] = {}
    for year in sorted(years, key=lambda y: y["year"]):
        found += _check_year(year, seen, max(announced, default=0))
    if today and announced and (date(max(announced), 12, 31) - today).days < 60:
        text = f"已公布的安排只到 {max(announced)} 年底，请留意国务院办公厅的下一年通知。"
        found.append(Problem("horizon_near", str(max(announced)), text, "warning"))
    return found


def _check_year(year: Mapping[str, Any], seen: dict[date, str], announced: int) -> list[Problem]:
    number, found = year["year"], []
    if year.get("provisional"):
        if number < announced:
            found.append(Problem("provisional_inside", str(number), "暂定年份后面还有已公布的年份。"))
        else:
            text = "这一年尚未公布，只扣除法定节假日，没有调休；期限落在这一年的按暂定显示。"
            found.append(Problem("provisional", str(number), text, "warning"))
    elif not year.get("basis"):
        found.append(Problem("basis_missing", str(number), "没有写明依据（国务院办公厅通知的文号）。"))
    holidays = year.get("holidays")
    if not isinstance(holidays, list) or not holidays:
        return [*found, Problem("holidays_missing", str(number), "这一年没有任何节假日。")]
    for holiday in holidays:
        found += _check_holiday(year, holiday, seen)
    return found


def _check_holiday(
    year: Mapping[str, Any], holiday: Mapping[str, Any], seen: dict[date, str]
) -> list[Problem]:
    number, found = year["year"], []
    where = f"{number} {holiday.get('name', '?')}"
    try:
        off = _stretch(holiday)
        work = [date.fromisoformat(text) for text in holiday.get("work", ())]
    except (KeyError, TypeError, ValueError):
        return [Problem("date", where, "日期应写成 ISO 格式，off 为[首日, 末日]，work 为补班日列表。")]
    if not off:
        found.append(Problem("range", where, "放假的末日早于首日。"))
    if work and year.get("provisional"):
        found.append(Problem("provisional_work", where, "暂定年份不能有补班日。"))
    found += [
        Problem("makeup_on_weekday", where, f"{day} 本来就是工作日，不能作补班日。")
        for day in work
        if day.weekday() < 5
    ]
    for day in (*off, *work):
        if not date(number - 1, 12, 1) <= day <= date(number, 12, 31):
            found.append(Problem("other_year", where, f"{day} 不属于这一年的安排。"))
        if day in seen:
            found.append(Problem("overlap", where, f"{day} 与“{seen[day]}”重复。"))
        seen.setdefault(day, where)
    return found


def _check_minutes(minutes: Any) -> list[Problem]:
    try:
        flat = [edge for a, b in minutes for edge in (a, b)]
        ascending = flat == sorted(set(flat))
        good = bool(flat) and ascending and min(flat) >= 0 and max(flat) <= 1440
    except (TypeError, ValueError):
        good = False
    text = "办公时间应为当日分钟数的升序区间，如 [[540, 720], [810, 1020]]。"
    return [] if good else [Problem("minutes", "minutes", text)]


def _stretch(holiday: Mapping[str, Any]) -> list[date]:
    first, last = (date.fromisoformat(text) for text in holiday["off"])
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
