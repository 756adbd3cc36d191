"""The clock bar (时钟条): one cell = one working day, one week where there are more than thirty.

Draws what it is given: which working days ran, were paused, are left, or lie between promise and statute. It computes
no limit; the engine's clock does that.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal

from tongban.base.ui.component import Component
from tongban.base.ui.parts import Chip, Tone

State = Literal["run", "pause", "todo", "ext", "late"]

WEEK = 5
MOST_DAYS = 30
_STATE_NAMES: dict[State, str] = {
    "run": "已用",
    "pause": "暂停（不算时间）",
    "todo": "还剩",
    "ext": "承诺之后至法定",
    "late": "已超期",
}
# Widths a label is laid out for, px: a case page on a desktop, and a phone. 12 px a Chinese character.
_DESKTOP, _PHONE, _CHAR = 720, 330, 12


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of working days in one state. A day that has no date yet (补齐后第 1 天) is None."""

    state: State
    days: tuple[date | None, ...]
    label: str = ""  # stands at the segment's first day: “11-10 受理”
    why: str = ""  # for the legend: what the pause is for


@dataclass(frozen=True, slots=True)
class Limit:
    """A post at the end of a day. `on` None = end of the bar."""

    on: date | None
    label: str


@dataclass(frozen=True, slots=True)
class _Cell:
    state: State
    today: bool = False
    post: bool = False
    label: str = ""
    place: Literal["left", "middle", "right"] = "left"
    phone: bool = True  # the label also fits on a phone

    @property
    def css(self) -> str:
        names: list[str] = [self.state]
        names += ["today"] if self.today else []
        names += ["end"] if self.post else []
        if self.label:
            names.append("key")
            names += {"left": ["left"], "middle": [], "right": ["back"]}[self.place]
            names += [] if self.phone else ["opt"]
        return " ".join(names)


@dataclass(frozen=True, slots=True)
class _Key:
    css: str
    text: str


@dataclass(frozen=True)
class Clock(Component):
    """Made by `clock()`."""

    cells: tuple[_Cell, ...]
    keys: tuple[_Key, ...]
    sentence: str
    used: int
    paused: int
    left: int
    late: int
    weeks: bool
    heading: bool = True
    expected: str = ""
    stopped: bool = False
    template: ClassVar[str] = "ui/clock.html"

    @property
    def taken(self) -> int:
        """The working days it took, the late ones with them."""
        return self.used + self.late


def clock(
    segments: Sequence[Segment],
    today: date | None = None,
    limits: Sequence[Limit] = (),
    *,
    heading: bool = True,
    expected: str = "",
    stopped: bool = False,
) -> Clock:
    """The clock bar of a case.

    Args:
        segments: the working days in order; together they are the whole bar.
        today: outlined where it is one of the days; a non-working today outlines the working day before it.
        limits: posts (承诺, 法定).
        heading: also the numbers above the bar (已用 2 个工作日 …).
        expected: 预计办结, shown with the numbers.
        stopped: it runs no more; the numbers then say what it took, and nothing is left. No days: it took none.
    """
    count: Counter[State] = Counter()
    for segment in segments:
        count[segment.state] += len(segment.days)
    days = [(d, s.state) for s in segments for d in s.days]
    at_today = _index_of(days, today)
    posts = {_index_of(days, m.on) if m.on else len(days) - 1: m.label for m in limits}
    labels = _labels(segments, posts, at_today)
    weeks = len(days) > MOST_DAYS
    step = WEEK if weeks else 1
    cells = []
    for start in range(0, len(days), step):
        inside = range(start, min(start + step, len(days)))
        state = Counter(days[i][1] for i in inside).most_common(1)[0][0]
        if at_today is not None and at_today in inside:
            state = days[at_today][1]
        said = sorted(labels[i] for i in inside if i in labels)
        cells.append(
            _Cell(
                state=state,
                today=at_today in inside,
                post=any(i in posts for i in inside),
                label=said[0][1] if said else "",
                place=said[0][2] if said else "left",
            )
        )
    return Clock(
        cells=tuple(_room_for_labels(cells)),
        keys=_legend(segments, count, today=at_today is not None, posts=bool(limits), weeks=weeks),
        sentence=_sentence(segments, today, limits, count, weeks=weeks),
        stopped=stopped,
        used=count["run"],
        paused=count["pause"],
        left=count["todo"],
        late=count["late"],
        weeks=weeks,
        heading=heading,
        expected=expected,
    )


@dataclass(frozen=True)
class Micro(Component):
    """The clock in a list row: share of the time used, 0 to 1. Says nothing by itself; stands under a chip."""

    share: float
    tone: Tone = "ok"
    template: ClassVar[str] = "ui/micro.html"

    @property
    def width(self) -> str:
        return f"{64 * min(max(self.share, 0), 1):.1f}"


@dataclass(frozen=True)
class Due(Component):
    """Due cell of a list row: chip with words, micro clock under it."""

    text: str
    share: float
    tone: Literal["ok", "warn", "over", "hold"] = "ok"
    template: ClassVar[str] = "ui/due.html"

    @property
    def chip(self) -> Chip:
        return Chip(self.tone, self.text, "clock-fill" if self.tone == "warn" else "")

    @property
    def micro(self) -> Micro:
        return Micro(self.share, "bad" if self.tone == "over" else self.tone)


@dataclass(frozen=True, slots=True)
class DueBar:
    """One day of the histogram and the address that filters the list to it."""

    label: str
    count: int
    href: str
    tone: Tone = ""
    current: bool = False


@dataclass(frozen=True)
class DueBars(Component):
    """什么时候到期: the coming days as a picture that filters the list. Twelve bars at most; phones show six."""

    bars: tuple[DueBar, ...]
    label: str = "按到期日"
    template: ClassVar[str] = "ui/due_bars.html"

    def drawn(self) -> list[tuple[DueBar, int, int]]:
        """(bar, y, height) on a 60 × 46 canvas; a count of zero has no bar, one is at least 4 high."""
        most = max((b.count for b in self.bars), default=0) or 1
        heights = [max(4, round(40 * b.count / most)) if b.count else 0 for b in self.bars]
        return [(b, 46 - h, h) for b, h in zip(self.bars, heights, strict=True)]


def day_text(d: date) -> str:
    """11月16日"""
    return f"{d.month}月{d.day}日"


def _index_of(days: list[tuple[date | None, State]], when: date | None) -> int | None:
    """The last day not after `when`; None where `when` is before the bar, after it, or not given."""
    if when is None:
        return None
    known = [i for i, (d, _) in enumerate(days) if d is not None and d <= when]
    if not known or (known[-1] == len(days) - 1 and days[-1][0] != when):
        return None
    return known[-1]


def _labels(
    segments: Sequence[Segment], posts: dict[int | None, str], at_today: int | None
) -> dict[int, tuple[int, str, Literal["left", "middle", "right"]]]:
    """Day index → (rank, text, place); the lower rank wins where two fall on one cell."""
    out: dict[int, tuple[int, str, Literal["left", "middle", "right"]]] = {}
    if at_today is not None:
        out[at_today] = (3, "今天", "middle")
    index = 0
    for nth, segment in enumerate(segments):
        if segment.label and segment.days:
            out[index] = (0 if nth == 0 else 2, segment.label, "left")
        index += len(segment.days)
    for at, text in posts.items():
        if at is not None and text and not (at in out and out[at][0] == 0):
            out[at] = (1, text, "right")
    return out


def _room_for_labels(cells: list[_Cell]) -> list[_Cell]:
    """Keep the labels that do not run into each other, first and posts before the others; mark those a phone drops."""
    order = sorted(
        (i for i, c in enumerate(cells) if c.label),
        key=lambda i: (i != 0, not cells[i].post, cells[i].place == "middle", i),
    )
    kept: dict[int, tuple[float, float]] = {}
    on_phone: dict[int, tuple[float, float]] = {}
    out = list(cells)
    for i in order:
        for width, taken in ((_DESKTOP, kept), (_PHONE, on_phone)):
            span = _span(cells[i], i, width / len(cells), width)
            if all(span[1] + 6 <= a or b + 6 <= span[0] for a, b in taken.values()):
                taken[i] = span
        if i not in kept:
            out[i] = replace(cells[i], label="")
        else:
            room_right = _span(cells[i], i, _PHONE / len(cells), _PHONE)[1] <= _PHONE + 2
            place = cells[i].place
            if place == "left" and _span(cells[i], i, _DESKTOP / len(cells), _DESKTOP)[1] > _DESKTOP:
                place = "right"
            out[i] = replace(cells[i], place=place, phone=i in on_phone and room_right)
    return out


def _span(cell: _Cell, i: int, w: float, width: float) -> tuple[float, float]:
    length = sum(_CHAR if ord(ch) > 255 else 0.6 * _CHAR for ch in cell.label)
    if cell.place == "left":
        return (i * w, i * w + length)
    if cell.place == "right":
        return ((i + 1) * w - length, (i + 1) * w)
    return ((i + 0.5) * w - length / 2, (i + 0.5) * w + length / 2)


def _legend(
    segments: Sequence[Segment], count: Counter[State], *, today: bool, posts: bool, weeks: bool
) -> tuple[_Key, ...]:
    keys = []
    for state, name in _STATE_NAMES.items():
        if not count[state]:
            continue
        why = "；".join(dict.fromkeys(s.why for s in segments if s.state == state and s.why))
        keys.append(
            _Key("" if state == "todo" else state, f"{name} {count[state]}" + (f"：{why}" if why else ""))
        )
    if today:
        keys.append(_Key("today", "今天"))
    if posts:
        keys.append(_Key("end", "期限"))
    if weeks:
        keys.append(_Key("none", "每格 5 个工作日"))
    return tuple(keys)


def _sentence(
    segments: Sequence[Segment],
    today: date | None,
    limits: Sequence[Limit],
    count: Counter[State],
    *,
    weeks: bool,
) -> str:
    said = [f"时间条，每格 {WEEK if weeks else 1} 个工作日"]
    for s in segments:
        if not s.days:
            continue
        first = f"{day_text(s.days[0])}起" if s.days[0] else ""
        why = f"（{s.why}）" if s.why else ""
        said.append(f"{first}{_STATE_NAMES[s.state].split('（')[0]} {len(s.days)} 个工作日{why}")
    if today:
        said.append(f"今天 {day_text(today)}")
    said += [f"{m.label}期限 {day_text(m.on)}" if m.on else m.label for m in limits]
    if count["pause"]:
        said.append(f"合计暂停 {count['pause']} 个工作日，不计入")
    return "；".join(said)
