"""How dates, times, money and numbers read. Dates are Chinese local dates; money is yuan."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone

_WEEKDAYS = "一二三四五六日"


def cn_date(value: date | datetime | None) -> str:
    """2026年11月21日"""
    d = _day(value)
    return f"{d.year}年{d.month}月{d.day}日" if d else ""


def cn_day(value: date | datetime | None) -> str:
    """11月21日, with the year where it is not this year."""
    d = _day(value)
    if d is None:
        return ""
    return f"{d.month}月{d.day}日" if d.year == timezone.localdate().year else cn_date(d)


def cn_time(value: datetime | None) -> str:
    """11月21日 09:05"""
    if value is None:
        return ""
    return f"{cn_day(value)} {timezone.localtime(value):%H:%M}"


def cn_weekday(value: date | datetime | None) -> str:
    """星期一"""
    d = _day(value)
    return f"星期{_WEEKDAYS[d.weekday()]}" if d else ""


def money(value: Decimal | int | None) -> str:
    """¥1,234.00"""
    return "" if value is None else f"¥{Decimal(value):,.2f}"


def thousands(value: int | Decimal | None) -> str:
    """1,234"""
    return "" if value is None else f"{value:,}"


def _day(value: date | datetime | None) -> date | None:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
