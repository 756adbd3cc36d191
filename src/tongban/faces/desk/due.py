"""How close a limit is, in the desk's words: 剩 n 天, 超 n 天, 计时暂停. Working days; the engine says when a limit ends."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.base.ui.clock import Due
from tongban.base.ui.parts import Chip, ChipKind

MOMENT = timedelta(microseconds=1)
DUE_ICONS = {
    "ok": "check-circle-fill",
    "warn": "clock-fill",
    "over": "exclamation-octagon-fill",
    "hold": "pause-circle-fill",
}


@dataclass(frozen=True, slots=True)
class Nearness:
    """What is said of a limit, its tone, and the share of it that is used (0–1)."""

    kind: ChipKind
    words: str
    share: float = 0.0

    def chip(self) -> Chip:
        """As a chip."""
        return Chip(self.kind, self.words, DUE_ICONS.get(self.kind, ""))

    def cell(self) -> Due | None:
        """As the first cell of a list row."""
        if self.kind not in ("ok", "warn", "over", "hold"):
            return None
        return Due(self.words, self.share, self.kind)


def nearness(
    calendar: Calendar, due: datetime | None, start: datetime, now: datetime, *, paused: bool = False
) -> Nearness:
    """How near `due` (the first instant that is too late) is, for a limit that began at `start`."""
    if paused:
        return Nearness("hold", "计时暂停", 0.3)
    if due is None:
        return Nearness("", "不限时")
    end, today, begun = last_day(due), now.astimezone(CHINA).date(), start.astimezone(CHINA).date()
    try:
        left = calendar.W(end) - calendar.W(today)
        whole = max(calendar.W(end) - calendar.W(begun), 1)
    except BeyondHorizon:
        return Nearness("ok", f"{end.month}月{end.day}日 到期")
    if now >= due:
        return Nearness("over", _over(now, due, -left), 1.0)
    share = min(max(1 - left / whole, 0.05), 0.98)
    if left <= 0:
        hours = max(1, round((due - now).total_seconds() / 3600))
        return Nearness("warn", "今天到期" if end == today or hours > 12 else f"剩 {hours} 小时", 0.95)
    return Nearness("warn" if left <= 1 else "ok", f"剩 {left} 天", share)


def last_day(due: datetime) -> date:
    """The last day on which one is in time."""
    return (due - MOMENT).astimezone(CHINA).date()


def _over(now: datetime, due: datetime, days: int) -> str:
    if days >= 1:
        return f"超 {days} 天"
    hours = int((now - due).total_seconds() // 3600)
    return f"超 {hours} 小时" if 1 <= hours < 24 else "已超期"
