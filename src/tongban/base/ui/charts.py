"""Charts as inline SVG, each with its numbers as a table: bars, lines, shares, meters, beads, a heat table.

One blue ramp; amber and red only for breach; a goal is a dashed line and is named; an axis that does not begin at zero
says so in the note. A chart wider than a phone is drawn twice, the second time for the phone: words keep their size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal

from tongban.base.ui.component import Component
from tongban.base.ui.drawing import Drawing, Shape, circle, line, path, rect, text

PHONE = 320  # what a phone has between its margins, px
MOST_LYING = 31  # bars one under the other
_FIGURE = 7.0  # px of one digit
Ramp = Literal["b1", "b2", "b3", "b4", "bx", "bok", "bwarn", "bbad", "bnone"]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers. None = no number for that place."""

    name: str
    values: tuple[float | None, ...]
    css: Ramp = "b1"


@dataclass(frozen=True)
class Chart(Component):
    """A drawing, its legend, its note and its data table (closed until asked for)."""

    drawing: Drawing
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str
    legend: tuple[tuple[str, str], ...] = ()  # (css, name)
    note: str = ""
    small: bool = False
    narrow: Drawing | None = None  # the same for a phone
    template: ClassVar[str] = "ui/chart.html"


def bars(
    caption: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str = "",
    note: str = "",
    width: int = 640,
    height: int = 200,
    values: bool = True,
    small: bool = False,
    behind: Series | None = None,
) -> Chart:
    """Vertical bars side by side from zero.

    `values` writes the number over each bar of the first series; `behind`
    is a wide pale bar behind them (last week, last year). A small chart has no legend: its note names the colours.
    On a phone the bars lie where their numbers would not fit above them.
    """
    top, floor = (22 if values else 8), height - 24
    shown = (*series, behind) if behind else tuple(series)
    most = max((v for s in shown for v in s.values if v is not None), default=0) or 1
    slot = (width - 8) / max(len(labels), 1)
    each = min(slot * (0.52 if behind else 0.76) / max(len(series), 1), 34)
    aside = (
        min(slot * 0.16, 12) if behind else 0
    )  # by how much the bar behind is seen on either side of a higher one
    every = max(1, -(-len(labels) * (len(labels[0]) if labels else 1) * 13 // width))
    shapes = [path(f"M0 {floor + 0.5:.1f}H{width}", "ax")]
    for i, label in enumerate(labels):
        middle = 4 + slot * (i + 0.5)
        start = middle - each * len(series) / 2
        if behind and (v := behind.values[i]) is not None:
            h = (floor - top) * v / most
            shapes.append(rect(start - aside, floor - h, each * len(series) - 1 + 2 * aside, h, behind.css))
        for n, s in enumerate(series):
            v = s.values[i]
            if v is None:
                continue
            h = (floor - top) * v / most
            shapes.append(rect(start + n * each, floor - h, each - 1, h, s.css))
            if values and n == 0:
                shapes.append(text(start + each / 2, floor - h - 5, _said(v), "ink", "middle"))
        if i % every == 0:
            half = 6 * _wide(label)
            shapes.append(text(min(max(middle, half), width - half), height - 8, label, "", "middle"))
    made = _chart(caption, labels, shown, shapes, width, height, unit, note, small=small)

    def again() -> Drawing:
        widest = max((len(_said(v)) for v in series[0].values), default=0) if values and series else 0
        fits = widest * _FIGURE <= (PHONE - 8) / max(len(labels), 1)
        if not fits and len(labels) <= MOST_LYING:
            return _lying(labels, series, behind, most)
        return bars(
            caption, labels, series, width=PHONE, height=height, values=values and fits, behind=behind
        ).drawing

    return _for_phone(made, again)


def line_chart(
    caption: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    low: float,
    high: float,
    goal: float | None = None,
    unit: str = "",
    note: str = "",
    width: int = 640,
    height: int = 180,
    ticks: Sequence[float] = (),
    small: bool = False,
) -> Chart:
    """Lines between `low` and `high`. Where `low` is not zero the note should say so."""
    left = 44 if ticks else 4
    top, floor = 14 if small else 26, height - 24  # room for the last value above its dot

    def y(v: float) -> float:
        return floor - (floor - top) * (v - low) / ((high - low) or 1)

    def spread(room: float) -> list[float]:
        """Where the values stand, with so much room left free at the right."""
        return [
            left + 8 + (width - left - 24 - room) * i / max(len(labels) - 1, 1) for i in range(len(labels))
        ]

    def drawn() -> list[list[tuple[float, float]]]:
        return [[(xs[i], y(v)) for i, v in enumerate(s.values) if v is not None] for s in series]

    def foot(value_y: float) -> float:
        """Where the last value stands: above its dot, or beneath it where the goal would strike it through."""
        struck = goal is not None and value_y - 21 < y(goal) < value_y - 7
        return value_y + 18 if struck and value_y + 20 < floor else value_y - 9

    xs = spread(0)
    words = "" if goal is None else f"目标 {_said(goal)}{unit}"
    room = 12 * _wide(words) + 4
    lasts = [
        "" if small else _said(next((v for v in reversed(s.values) if v is not None), None)) + unit
        for s in series
    ]
    ends = [
        (points[-1][0], foot(points[-1][1]), said)
        for points, said in zip(drawn(), lasts, strict=True)
        if points
    ]
    boxes = [(x - 7 * len(said), at - 10, x, at) for x, at, said in ends]
    said_at = None if goal is None else _clear_of(drawn(), boxes, y(goal), left + 8, width, room)
    if goal is not None and said_at is None:  # a line would go through it everywhere: it stands beside them
        xs, said_at = spread(room), width - room

    shapes: list[Shape] = []
    for tick in ticks:
        shapes += [
            path(f"M{left} {y(tick):.1f}H{width}", "grid"),
            text(left - 6, y(tick) + 4, _said(tick) + unit, "", "end"),
        ]
    shapes.append(path(f"M{left} {floor + 0.5:.1f}H{width}", "ax"))
    for n, (s, points) in enumerate(zip(series, drawn(), strict=True)):
        places = [None if v is None else (xs[i], y(v)) for i, v in enumerate(s.values)]
        shapes += _one_line(places, "l1" if n == 0 else "l2", floor if small and n == 0 else None)
        if points and not small:
            shapes.append(text(points[-1][0], foot(points[-1][1]), lasts[n], "strong", "end"))
    if goal is not None and said_at is not None:
        shapes += [
            path(f"M{left} {y(goal):.1f}H{width}", "goal"),
            text(said_at, y(goal) + 14, words, "ink", "start"),
        ]
    shapes += _under_axis(labels, xs.__getitem__, width, height, width - left, small=small)
    made = _chart(caption, labels, series, shapes, width, height, unit, note, small=small)
    return _for_phone(
        made,
        lambda: line_chart(
            caption, labels, series, low=low, high=high, goal=goal, unit=unit, width=PHONE, height=height, ticks=ticks
        ).drawing,
    )  # fmt: skip


def stacked(
    caption: str,
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str = "",
    note: str = "",
    width: int = 440,
) -> Chart:
    """Horizontal bars of parts that add up, the numbers written beside them."""
    row, lead = 33, 14 * max((len(label) for label in labels), default=2) + 10
    alone = len(series) == 1  # then the caption names it
    words = [
        " · ".join(_said(s.values[i]) if alone else f"{s.name} {_said(s.values[i])}" for s in series)
        for i in range(len(labels))
    ]
    room = width - lead - 8 * max((len(w) for w in words), default=0) - 12
    most = max((sum(s.values[i] or 0 for s in series) for i in range(len(labels))), default=0) or 1
    shapes: list[Shape] = []
    for i, label in enumerate(labels):
        y = 6 + i * row
        shapes.append(text(0, y + 14, label, "ink"))
        x = float(lead)
        for s in series:
            w = max(room, 60) * (s.values[i] or 0) / most
            if w:
                shapes.append(rect(x, y, max(w - 1, 1), 19, s.css))
                x += w
        shapes.append(text(x + 7, y + 14, words[i]))
    made = _chart(
        caption,
        labels,
        series,
        shapes,
        width,
        6 + row * len(labels),
        unit,
        note,
        small=False,
        legend=not alone,
    )
    return _for_phone(made, lambda: _under_names(labels, series, words, most))


def share(
    caption: str,
    parts: Sequence[tuple[str, float, Ramp]],
    *,
    note: str = "",
    width: int = 250,
    small: bool = True,
) -> Chart:
    """A hundred squares, one per cent each (parts in per cent; the largest remainder fills up to 100)."""
    counts = _hundred([p for _, p, _ in parts])
    fills = [css for (_, _, css), n in zip(parts, counts, strict=True) for _ in range(n)]
    cell = width / 25
    shapes = [
        rect((i // 4) * cell, 4 + (i % 4) * cell, cell - 1.6, cell - 1.6, css, 1)
        for i, css in enumerate(fills)
    ]
    y = 4 + 4 * cell + 16
    for i, (name, value, css) in enumerate(parts):
        x = (i % 2) * (width / 2 + 3)
        shapes += [
            rect(x, y + (i // 2) * 19 - 9, 10, 10, css, 1),
            text(x + 15, y + (i // 2) * 19, f"{name} {_said(value)}%"),
        ]
    label = f"{caption}：" + "，".join(f"{name} {_said(value)}%" for name, value, _ in parts)
    drawing = Drawing(width, y + ((len(parts) + 1) // 2) * 19 - 10, tuple(shapes), label)
    return Chart(
        drawing,
        ("", "占比"),
        tuple((n, f"{_said(v)}%") for n, v, _ in parts),
        caption,
        note=note,
        small=small,
    )


def meters(
    caption: str,
    rows: Sequence[tuple[str, float, float | None]],
    *,
    low: float = 0,
    note: str = "",
    width: int = 250,
) -> Chart:
    """Horizontal meters in per cent: (name, value, goal). `low` is where the bars begin; say so in the note."""
    shapes: list[Shape] = []
    room = width - 34 - 50
    for i, (name, value, goal) in enumerate(rows):
        y = 8 + i * 20
        shapes += [text(0, y + 9, name), rect(34, y, room, 10, "bnone", 2)]
        shapes.append(rect(34, y, room * max(value - low, 0) / (100 - low), 10, "b1", 2))
        if goal is not None:
            x = 34 + room * (goal - low) / (100 - low)
            shapes.append(path(f"M{x:.1f} {y - 3}v16", "goal"))
        shapes.append(text(width, y + 9, f"{_said(value)}%", "strong", "end"))
    label = f"{caption}：" + "，".join(
        f"{n} {_said(v)}%" + (f"（目标 {_said(g)}%）" if g is not None else "") for n, v, g in rows
    )
    table = tuple((n, f"{_said(v)}%", "" if g is None else f"{_said(g)}%") for n, v, g in rows)
    return Chart(
        Drawing(width, 12 + 20 * len(rows), tuple(shapes), label),
        ("", "现值", "目标"),
        table,
        caption,
        note=note,
        small=True,
    )


def meter(value: float, *, goal: float | None = None, low: float = 0, css: Ramp = "bok") -> Drawing:
    """One bar of a board table; the number stands in its own cell, so the bar is decoration."""
    shapes = [rect(0, 0, 200, 8, "bnone"), rect(0, 0, 200 * max(value - low, 0) / (100 - low), 8, css)]
    if goal is not None:
        shapes.append(rect(200 * (goal - low) / (100 - low), 0, 1.6, 8, "goalr"))
    return Drawing(200, 8, tuple(shapes), stretch=True)


def beads(on: int, of: int = 12) -> Drawing:
    """People waiting, one bead each; the number stands beside it."""
    shapes = tuple(rect(0.8 + 10 * i, 0, 8.4, 10, "on" if i < on else "", 2) for i in range(of))
    return Drawing(10 * of, 10, shapes, css="tb-beads", stretch=True)


def heat(
    caption: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[int]]], *, unit: str = "件"
) -> Chart:
    """Counts by two things; the darker the more, the number in every cell. A long name of a column takes two lines."""
    most = max((v for _, vs in rows for v in vs), default=0) or 1
    heads = [_in_two(c) for c in columns]
    widest = max((len(part) for head in heads for part in head), default=4)
    lead, w, h = 16 + 12 * max((len(n) for n, _ in rows), default=4), max(54, 11 * widest + 8), 26
    top = 13 * (max(map(len, heads), default=1) - 1)
    middle = (w - 4) / 2
    shapes: list[Shape] = [
        text(lead + middle + i * w, 12 + top - 13 * (len(head) - 1 - n), part, "", "middle")
        for i, head in enumerate(heads)
        for n, part in enumerate(head)
    ]
    for r, (name, values) in enumerate(rows):
        shapes.append(text(lead - 10, 38 + top + r * h, name, "ink", "end"))
        for i, v in enumerate(values):
            level = 0 if not v else min(4, 1 + round(3 * v / most))
            shapes.append(rect(lead + i * w, 21 + top + r * h, w - 3, h - 3, f"h{level}", 2))
            shapes.append(
                text(
                    lead + middle + i * w,
                    37 + top + r * h,
                    str(v) if v else "·",
                    ("on-dark" if level == 4 else "ink") if v else "",
                    "middle",
                )
            )
    worst = sorted(((v, n, columns[i]) for n, vs in rows for i, v in enumerate(vs) if v), reverse=True)[:3]
    label = (
        f"{caption}，最多为" + "、".join(f"{n}{c} {v} {unit}" for v, n, c in worst)
        if worst
        else f"{caption}，没有"
    )
    drawing = Drawing(
        lead + len(columns) * w, 24 + top + len(rows) * h, tuple(shapes), label, natural=True
    )  # a phone shows it as large as it is, to be moved sideways: its numbers stand in it
    return Chart(drawing, ("", *columns), tuple((n, *(str(v) for v in vs)) for n, vs in rows), caption)


def _for_phone(made: Chart, again: Callable[[], Drawing]) -> Chart:
    """The chart with a second drawing, where the first is too wide for a phone."""
    if made.small or made.drawing.width <= PHONE:
        return made
    return replace(
        made,
        drawing=replace(made.drawing, css="ch only-wide"),
        narrow=replace(again(), label=made.drawing.label, css="ch only-narrow"),
    )


def _lying(labels: Sequence[str], series: Sequence[Series], behind: Series | None, most: float) -> Drawing:
    """Bars from left to right, one label under the other, every number at the end of its bar."""
    lead = 13 * max((_wide(label) for label in labels), default=2) + 8
    room = PHONE - lead - _FIGURE * max(len(_said(v)) for s in series for v in s.values) - 8
    each = 16 if len(series) == 1 else 13
    row = each * len(series) + 10
    shapes: list[Shape] = []
    for i, label in enumerate(labels):
        y = 4.0 + i * row
        shapes.append(text(0, y + 12, label, "ink"))
        if behind and (v := behind.values[i]) is not None:
            shapes.append(rect(lead, y - 2, room * v / most, row - 7, behind.css))
        for n, s in enumerate(series):
            if (v := s.values[i]) is not None:
                shapes.append(rect(lead, y + n * each, room * v / most, each - 1, s.css))
                shapes.append(text(lead + room * v / most + 5, y + n * each + 12, _said(v), "ink"))
    return Drawing(PHONE, 4 + row * len(labels), tuple(shapes))


def _under_names(
    labels: Sequence[str], series: Sequence[Series], words: Sequence[str], most: float
) -> Drawing:
    """Bars of parts, each under its name; their numbers beside the names, where they have no room under the bars."""
    beside = all(13 * (_wide(a) + _wide(b) + 1) <= PHONE for a, b in zip(labels, words, strict=True))
    row = 46 if beside else 62
    shapes: list[Shape] = []
    for i, label in enumerate(labels):
        y, x = float(i * row), 0.0
        shapes.append(text(0, y + 14, label, "ink"))
        for s in series:
            if w := PHONE * (s.values[i] or 0) / most:
                shapes.append(rect(x, y + 20, max(w - 1, 1), 14, s.css))
                x += w
        shapes.append(text(PHONE, y + 14, words[i], "", "end") if beside else text(0, y + 49, words[i]))
    return Drawing(PHONE, row * len(labels), tuple(shapes))


def _wide(said: str) -> float:
    """How wide words are, a Chinese character being 1."""
    return sum(0.56 if c.isascii() else 1 for c in said)


def _in_two(name: str) -> tuple[str, ...]:
    """A name over at most two lines, broken after a pause 、 where that leaves no long line; the end of a very long one goes."""
    if len(name) <= 4:
        return (name,)
    pause = name.find("、") + 1
    cut = pause if 0 < pause <= 5 and len(name) - pause <= 6 else min(-(-len(name) // 2), 6)
    rest = name[cut:]
    return name[:cut], rest if len(rest) <= 6 else rest[:5] + "…"


def _chart(
    caption: str,
    labels: Sequence[str],
    series: Sequence[Series],
    shapes: Sequence[Shape],
    width: float,
    height: float,
    unit: str,
    note: str,
    *,
    small: bool,
    legend: bool | None = None,
) -> Chart:
    rows = tuple(
        (label, *(_said(v) + unit if (v := s.values[i]) is not None else "–" for s in series))
        for i, label in enumerate(labels)
    )
    said = "；".join(
        f"{s.name}由 {_ends(s, 0)}{unit} 至 {_ends(s, -1)}{unit}"
        for s in series
        if any(v is not None for v in s.values)
    )
    label = f"{caption}，{labels[0]}至{labels[-1]}：{said}" if labels else caption
    keys = (
        tuple((s.css, s.name) for s in series)
        if (len(series) > 1 and not small if legend is None else legend)
        else ()
    )
    return Chart(
        Drawing(width, height, tuple(shapes), label),
        ("", *(s.name for s in series)),
        rows,
        caption,
        keys,
        note,
        small,
    )


def _clear_of(
    drawn: list[list[tuple[float, float]]],
    boxes: list[tuple[float, float, float, float]],
    y: float,
    left: float,
    right: float,
    room: float,
) -> float | None:
    """Where words of that width stand under the height `y` with no line through them and upon no box; None: nowhere."""

    def crossed(at: float) -> bool:
        if any(
            x0 < at + room + 4 and at - 4 < x1 and top < y + 16 and y + 2 < end for x0, top, x1, end in boxes
        ):
            return True
        for points in drawn:
            for (ax, ay), (bx, by) in pairwise(points):
                first, last = max(ax, at - 4), min(bx, at + room + 4)
                if first > last:
                    continue
                ends = [ay + (by - ay) * (x - ax) / ((bx - ax) or 1) for x in (first, last)]
                if max(ends) > y and min(ends) < y + 18:
                    return True
        return False

    places = (right - room, left, (left + right - room) / 2, left + (right - room) / 4)
    return next((at for at in places if not crossed(at)), None)


def _one_line(places: Sequence[tuple[float, float] | None], css: str, floor: float | None) -> list[Shape]:
    """A line with a dot at its end, broken where a value is missing; filled down to `floor` where one is given."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is not None:
            runs[-1].append(place)
        elif runs[-1]:
            runs.append([])
    runs = [run for run in runs if run]
    shapes: list[Shape] = []
    if floor is not None:
        shapes += [line([*run, (run[-1][0], floor), (run[0][0], floor)], "area", closed=True) for run in runs]
    shapes += [line(run, css) if len(run) > 1 else circle(*run[0], 2, "dot") for run in runs]
    return [*shapes, circle(*runs[-1][-1], 4, "dot")] if runs else shapes


def _under_axis(
    labels: Sequence[str], x: Callable[[int], float], width: int, height: int, room: int, *, small: bool
) -> list[Shape]:
    """Labels under a line chart, as many as have room; a small chart names its ends only."""
    every = max(1, -(-len(labels) * (len(labels[0]) if labels else 1) * 13 // room))
    last = len(labels) - 1
    shown = (0, last) if small else range(0, len(labels), every)
    out = []
    for i in dict.fromkeys(shown):
        if i == last and i:
            out.append(text(width - 4, height - 8, labels[i], "", "end"))
        elif labels:
            out.append(text(x(i), height - 8, labels[i], "", "start" if i == 0 else "middle"))
    return out


def _ends(s: Series, at: Literal[0, -1]) -> str:
    return _said([v for v in s.values if v is not None][at])


def _said(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _hundred(parts: Sequence[float]) -> list[int]:
    """Whole numbers that add up to 100, nearest to the parts (largest remainder)."""
    total = sum(parts) or 1
    exact = [100 * p / total for p in parts]
    whole = [int(e) for e in exact]
    for i in sorted(range(len(parts)), key=lambda i: whole[i] - exact[i])[: 100 - sum(whole)]:
        whole[i] += 1
    return whole
