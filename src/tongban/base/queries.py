"""Reads of the base that more than one room needs."""

from functools import lru_cache

from tongban.base.calendar import Calendar, build_calendar, load_calendar
from tongban.base.models import CalendarVersion


def current_calendar(code: str = "cn") -> Calendar:
    """The latest published edition of that calendar; the shipped one while none was imported. One small query."""
    no = (
        CalendarVersion.objects.filter(code=code, published_at__isnull=False)
        .order_by("-no")
        .values_list("no", flat=True)
        .first()
    )
    if no is None and code == "cn":
        return load_calendar()
    if no is None:
        raise LookupError(f"没有已发布的工作日历“{code}”。")
    return calendar_edition(code, no)


@lru_cache(maxsize=32)
def calendar_edition(code: str, no: int) -> Calendar:
    """That published edition, built once per process (it cannot change)."""
    content = CalendarVersion.objects.values_list("content", flat=True).get(
        code=code, no=no, published_at__isnull=False
    )
    return build_calendar(content)


def calendar_of(sha256: str) -> Calendar:
    """The calendar with that fingerprint, shipped or imported: what an old computation is proved again with.

    Raises CalendarVersion.DoesNotExist.
    """
    shipped = load_calendar()
    if shipped.sha256 == sha256:
        return shipped
    edition = CalendarVersion.objects.only("code", "no").filter(published_at__isnull=False).order_by("no")
    found = edition.filter(sha256=sha256).first()
    if found is None:
        raise CalendarVersion.DoesNotExist(f"no calendar with content {sha256}")
    return calendar_edition(found.code, found.no)
