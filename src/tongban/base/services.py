"""Writes of the base: taking in a new edition of the working calendar. (Files: see tongban.base.files.)"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from tongban.base.calendar import (
    Calendar,
    CalendarError,
    Problem,
    build_calendar,
    check_content,
    fingerprint,
    load_calendar,
)
from tongban.base.models import CalendarVersion


@dataclass(frozen=True)
class Imported:
    """The edition in force after an import, what a person should know about it, and whether it is new."""

    version: CalendarVersion
    warnings: tuple[Problem, ...]
    created: bool


@transaction.atomic
def import_calendar(content: Mapping[str, Any], *, now: datetime) -> Imported:
    """Publish a new edition of a calendar from its content (shape: calendar.check_content; the number is given here).

    The same content again changes nothing. Raises CalendarError with every fault, among them years the edition in
    force has and the new one lacks. Days that change are warnings: clocks of running cases should be reviewed.
    """
    problems = check_content({**content, "version": 1}, now.date())
    errors = tuple(p for p in problems if p.severity == "error")
    if errors:
        raise CalendarError(errors)
    latest = (
        CalendarVersion.objects.select_for_update()
        .filter(code=content["code"], published_at__isnull=False)
        .order_by("-no")
        .first()
    )
    sha256 = fingerprint(content)
    if latest and latest.sha256 == sha256:
        return Imported(latest, problems, created=False)
    no = _next_number(latest, content["code"], sha256)
    numbered = {**content, "version": no}
    if latest:
        problems += _changes(build_calendar(latest.content), build_calendar(numbered))
        lost = tuple(p for p in problems if p.severity == "error")
        if lost:
            raise CalendarError(lost)
    version = CalendarVersion.objects.create(
        code=content["code"],
        no=no,
        basis="、".join(build_calendar(numbered).basis),
        content=numbered,
        sha256=sha256,
        published_at=now,
    )
    return Imported(version, problems, created=True)


def _next_number(latest: CalendarVersion | None, code: str, sha256: str) -> int:
    """The number of a new edition; never that of the shipped one, unless it is the shipped one."""
    shipped = load_calendar()
    if code == shipped.code and sha256 == shipped.sha256 and latest is None:
        return shipped.version
    return max(latest.no if latest else 0, shipped.version if code == shipped.code else 0) + 1


def _changes(old: Calendar, new: Calendar) -> tuple[Problem, ...]:
    """What the new edition takes away (errors) or decides otherwise (warnings)."""
    found = []
    if new.first > old.first or new.last < old.last:
        text = f"现行版本覆盖 {old.first} 至 {old.last}，新版本只到 {new.first} 至 {new.last}。"
        found.append(Problem("years_lost", "years", text))
    day, end = max(old.first, new.first), min(old.last, new.last)
    while day <= end:
        was, will = old.is_workday(day), new.is_workday(day)
        if was != will:
            settled = "" if day > old.announced_until else "已公布的"
            text = f"{settled}{day} 由{WORDS[was]}改为{WORDS[will]}，在办件的期限会随之变动。"
            found.append(Problem("day_changed", str(day), text, "warning"))
        day += timedelta(days=1)
    return tuple(found)


WORDS = {True: "上班", False: "休息"}


def calendar_outlook(calendar: Calendar, today: date) -> tuple[Problem, ...]:
    """What a person should know about the calendar in force today: provisional years, a near or passed horizon."""
    found = []
    if calendar.last > calendar.announced_until:
        text = f"{calendar.announced_until.year + 1} 年起为暂定（未公布），期限显示为暂定。"
        found.append(Problem("provisional", str(calendar.announced_until.year + 1), text, "warning"))
    if today > calendar.last:
        found.append(
            Problem("past_horizon", str(today), "今天已超出日历范围，所有期限都无法计算，请立即导入。")
        )
    elif (calendar.announced_until - today).days < 60:
        text = f"已公布的安排只到 {calendar.announced_until}，请留意国务院办公厅的下一年通知。"
        found.append(Problem("horizon_near", str(calendar.announced_until), text, "warning"))
    return tuple(found)
