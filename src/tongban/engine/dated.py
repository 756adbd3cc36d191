"""Data that hold from a day on (按日期生效的数据): how a new version takes its place among those of its scope.

A change begins tomorrow at the earliest, so that nobody is judged by what was not known before. What has begun stays, and only
gets an end; the trigger `registry_dated_stays` holds tables to that.
"""

from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from tongban.engine.errors import Refused
from tongban.registry.queries import today

FURTHEST = 10  # years ahead: beyond that a date is a slip of the hand


@dataclass(frozen=True, slots=True)
class Room:
    """The period of the version that is to be written, and what made room for it.

    `changed` are those that end for it, and those that go on after it where it ends itself; `removed` the keys of planned
    ones that were taken away.
    """

    valid: DateRange
    changed: tuple[Any, ...]
    removed: tuple[int, ...]


def make_room(rows: QuerySet[Any], begins: date, until: date | None = None) -> Room:
    """Make room among the versions of one scope for one that holds from a day on, up to and with `until`.

    What holds on that day ends there, and goes on after `until` if it would have held then; what was planned from that very
    day is removed. `rows` have a date range `valid`; call it inside a transaction. Raises Refused: "begins_too_early",
    "too_far_ahead", "ends_before_beginning", "later_version_planned".
    """
    _within_reason(begins, until)
    rows = rows.select_for_update(of=("self",))
    removed = tuple(rows.filter(valid__startswith=begins).values_list("pk", flat=True))
    rows.filter(pk__in=removed).delete()
    end = None if until is None else until + timedelta(days=1)
    later = rows.filter(valid__startswith__gt=begins).order_by("valid").first()
    if later is not None and (end is None or later.valid.lower < end):
        raise Refused(
            "later_version_planned",
            f"{later.valid.lower:%Y-%m-%d} 起已有计划中的调整：请先撤回那一版，或者让这一版在那之前结束。",
            detail={"field": "begins" if end is None else "until"},
        )
    changed: list[Any] = []
    for version in rows.filter(valid__contains=begins):
        upper = version.valid.upper
        version.valid = DateRange(version.valid.lower, begins)
        version.save(update_fields=["valid"])
        changed.append(version)
        if end is not None and (upper is None or upper > end):
            changed.append(_again(version, DateRange(end, upper)))
    return Room(DateRange(begins, end), tuple(changed), removed)


def withdraw(rows: QuerySet[Any], key: int) -> Room:
    """Take a planned version away: what holds until it begins goes on as long as it would have held, or what follows it.

    Call it inside a transaction. `valid` of the answer is the period that was taken away. Raises Refused: "not_found",
    "begun_already".
    """
    rows = rows.select_for_update(of=("self",))
    planned = rows.filter(pk=key).first()
    if planned is None:
        raise Refused("not_found", "没有这一版，或者已经撤回。")
    if planned.valid.lower <= today():
        raise Refused("begun_already", "这一版已经生效，不能撤回；可以定一版新的。")
    begins, end = planned.valid.lower, planned.valid.upper
    planned.delete()
    changed = tuple(rows.filter(valid__endswith=begins))
    for version in changed:
        version.valid = DateRange(version.valid.lower, end)
        version.save(update_fields=["valid"])
    return Room(DateRange(begins, end), changed, (key,))


def _within_reason(begins: date, until: date | None) -> None:
    if begins <= today():
        raise Refused("begins_too_early", "调整最早从明天起生效。", detail={"field": "begins"})
    furthest = today() + timedelta(days=FURTHEST * 365)
    for field, day in (("begins", begins), ("until", until)):
        if day is not None and day > furthest:
            raise Refused(
                "too_far_ahead",
                f"日期最晚可以定到 {furthest:%Y-%m-%d}，请核对年份。",
                detail={"field": field},
            )
    if until is not None and until < begins:
        raise Refused("ends_before_beginning", "结束日期不能早于生效日期。", detail={"field": "until"})


def _again(version: Any, valid: DateRange) -> Any:
    """The same version once more, for another period."""
    more = copy(version)
    more.pk, more.valid = None, valid
    more._state.adding = True  # noqa: SLF001 -- as Django documents the copying of rows
    more.save(force_insert=True)
    return more
