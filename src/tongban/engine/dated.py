"""Data that hold from a day on (按日期生效的数据): how a new version takes its place among those of its scope.

A change begins tomorrow at the earliest, so that nobody is judged by what was not known before. What has begun stays, and only
gets an end; the trigger `registry_dated_stays` holds tables to that.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from tongban.engine.errors import Refused
from tongban.registry.queries import today


@dataclass(frozen=True, slots=True)
class Room:
    """The period of the version that is to be written, those that end for it, and the keys of planned ones that were removed."""

    valid: DateRange
    ended: tuple[Any, ...]
    removed: tuple[int, ...]


def make_room(rows: QuerySet[Any], begins: date, until: date | None = None) -> Room:
    """Make room among the versions of one scope for one that holds from a day on, up to and with `until`.

    What holds on that day ends there; what was planned from that very day is removed. `rows` have a date range `valid`; call
    it inside a transaction. Raises Refused: "begins_too_early", "ends_before_beginning", "later_version_planned".
    """
    if begins <= today():
        raise Refused("begins_too_early", "调整最早从明天起生效。", detail={"field": "begins"})
    if until is not None and until < begins:
        raise Refused("ends_before_beginning", "结束日期不能早于生效日期。", detail={"field": "until"})
    rows = rows.select_for_update(of=("self",))
    removed = tuple(rows.filter(valid__startswith=begins).values_list("pk", flat=True))
    rows.filter(pk__in=removed).delete()
    if rows.filter(valid__startswith__gt=begins).exists():
        raise Refused(
            "later_version_planned",
            "在更晚的日期已有计划中的调整，请先调整那一版。",
            detail={"field": "begins"},
        )
    ended = tuple(rows.filter(valid__contains=begins))
    for version in ended:
        version.valid = DateRange(version.valid.lower, begins)
        version.save(update_fields=["valid"])
    return Room(DateRange(begins, None if until is None else until + timedelta(days=1)), ended, removed)
