"""Periods of days as packages and the change log spell them: from a day, up to and not including another."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange


def period(entry: Mapping[str, Any]) -> DateRange:
    """The period of an entry's ``from`` and ``to``. Raises KeyError or ValueError where they make none."""
    starts, ends = day(entry["from"]), entry.get("to")
    until = None if ends in (None, "") else day(ends)
    if until is not None and until <= starts:
        raise ValueError("截止日期须晚于起始日期")
    return DateRange(starts, until)


def day(text: object) -> date:
    """A day written YYYY-MM-DD, or a date as it is."""
    if isinstance(text, date):
        return text
    if not isinstance(text, str):
        raise ValueError(f"不是日期：{text!r}")  # noqa: TRY004 -- callers treat every bad date alike
    return date.fromisoformat(text)


def spell(valid: DateRange | None) -> dict[str, str | None] | None:
    """A period as the change log writes it."""
    if valid is None:
        return None
    return {
        "from": None if valid.lower is None else valid.lower.isoformat(),
        "to": None if valid.upper is None else valid.upper.isoformat(),
    }
