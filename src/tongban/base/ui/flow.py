"""The flow diagram (流程图): a graph laid out in layers and drawn as SVG on the server.

Two drawings of one graph: `wide` for screens from 721 px, `tall` for phones. Boxes of one layer that stand for parallel
branches are stacked (wide) or stand side by side (tall); a long flow wraps into bands; a way back (退回、补正) is
dashed and runs outside the boxes. With lanes (public pages: 您 / 部门) the row of a box is its lane.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from tongban.base.ui.component import Component
from tongban.base.ui.drawing import END, Drawing, Shape, circle, group, line, number, path, rect, text

State = Literal["done", "now", "todo", "skip"]


@dataclass(frozen=True, slots=True)
class Box:
    """One step. `kind`: step; gate = split or join (drawn as a bar); edge = start or end (rounded)."""

    key: str
    name: str
    sub: str = ""
    state: State = "todo"
    kind: Literal["step", "gate", "edge"] = "step"
    lane: int = 0
    special: bool = False  # special procedure: dashed
    risk: str = ""  # “风险点 高”


@dataclass(frozen=True, slots=True)
class Wire:
    source: str
    target: str
    label: str = ""
    alt: bool = False  # only in some cases: dashed


@dataclass(frozen=True)
class Flow(Component):
    """Made by `flow()`."""

    wide: Drawing
    tall: Drawing
    steps: tuple[str, ...]
    note: str = ""
    with_text: bool = True
    template: ClassVar[str] = "ui/flow.html"


def flow(
    boxes: Sequence[Box],
    wires: Sequence[Wire],
    *,
    lanes: Sequence[str] = (),
    title: str = "流程图",
    note: str = "",
    with_text: bool = True,
    room: int = 800,
) -> Flow:
    """Lay out and draw a flow.

    Args:
        boxes: the steps, in the order a person would tell them; the order decides what is a way back.
        wires: the ways between them.
        lanes: names of the lanes; empty = one lane that wraps where it would be wider than `room`.
        title: what the diagram is of, begins the text alternative.
        note: caption under the diagram.
        with_text: also offer the flow as a list.
        room: px at natural size.

    Raises:
        KeyError: a wire names a box that does not exist.
    """
    graph = _graph(boxes, wires)
    label = _sentence(title, boxes)
    wide = _wide_lanes(graph, lanes, label) if lanes else _wide_bands(graph, room, label)
    return Flow(wide, _tall(graph, lanes, label), tuple(_told(graph)), note, with_text)


# ---- the graph ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Graph:
    boxes: dict[str, Box]
    forward: list[Wire]
    back: list[Wire]
    layer: dict[str, int]
    rows: list[list[str]] = field(default_factory=list)  # layer → keys, top to bottom


def _graph(boxes: Sequence[Box], wires: Sequence[Wire]) -> _Graph:
    by_key = {b.key: b for b in boxes}
    ways: dict[str, list[Wire]] = {b.key: [] for b in boxes}
    for wire in wires:
        ways[wire.source].append(wire)
        by_key[wire.target]  # a wire into nowhere is a KeyError here, not a hole in the picture
    back = _ways_back(by_key, ways)
    forward = [w for w in wires if w not in back]
    layer = _layers(by_key, forward)
    depth = max(layer.values(), default=-1) + 1
    rows: list[list[str]] = [[] for _ in range(depth)]
    for key in by_key:
        rows[layer[key]].append(key)
    _untangle(rows, forward)
    return _Graph(by_key, forward, [w for w in wires if w in back], layer, rows)


def _ways_back(boxes: Mapping[str, Box], ways: Mapping[str, list[Wire]]) -> set[Wire]:
    """The wires that close a circle, found depth first in the order the boxes were given."""
    back: set[Wire] = set()
    seen: dict[str, int] = {}  # 1 = on the way, 2 = left
    for root in boxes:
        stack: list[tuple[str, int]] = [(root, 0)] if root not in seen else []
        while stack:
            key, nth = stack.pop()
            seen[key] = 1
            if nth == len(ways[key]):
                seen[key] = 2
                continue
            stack.append((key, nth + 1))
            wire = ways[key][nth]
            if seen.get(wire.target) == 1:
                back.add(wire)
            elif wire.target not in seen:
                stack.append((wire.target, 0))
    return back


def _layers(boxes: Mapping[str, Box], forward: Sequence[Wire]) -> dict[str, int]:
    """Longest way from a beginning."""
    layer = dict.fromkeys(boxes, 0)
    for _ in boxes:
        changed = False
        for wire in forward:
            if layer[wire.target] < layer[wire.source] + 1:
                layer[wire.target] = layer[wire.source] + 1
                changed = True
        if not changed:
            break
    return layer


def _untangle(rows: list[list[str]], forward: Sequence[Wire]) -> None:
    """Order every layer by the mean place of what leads to it, so that branches do not cross needlessly."""
    for nth in range(1, len(rows)):
        place = {key: i for row in rows[:nth] for i, key in enumerate(row)}
        mean: dict[str, float] = {}
        for i, key in enumerate(rows[nth]):
            before = [place[w.source] for w in forward if w.target == key and w.source in place]
            mean[key] = sum(before) / len(before) if before else float(i)
        rows[nth].sort(key=lambda k: mean[k])  # stable: equals keep the order they were told in


# ---- wide, one lane, in bands ------------------------------------------------------------------

_W, _H, _GATE = 104, 52, 10
_GAP_X, _GAP_Y = 40, 40
_TOP, _SIDE = 34, 22
_BEND = 14  # where a wire with words on it turns


def _wide_bands(g: _Graph, room: int, label: str) -> Drawing:
    widths = [_GATE if all(g.boxes[k].kind == "gate" for k in row) else _W for row in g.rows]
    gaps = _gaps(g)
    at: dict[str, tuple[float, float]] = {}
    band_of: dict[str, int] = {}
    floors: list[float] = []
    y, across = float(_TOP), 0.0
    for nth, band in enumerate(_bands(g, widths, gaps, room)):
        most = max(len(g.rows[i]) for i in band)
        height = most * _H + (most - 1) * _GAP_Y
        x = float(_SIDE)
        for i in band:
            row = g.rows[i]
            top = y + (height - (len(row) * _H + (len(row) - 1) * _GAP_Y)) / 2
            for n, key in enumerate(row):
                at[key] = (x + (widths[i] - _width(g.boxes[key])) / 2, top + n * (_H + _GAP_Y))
                band_of[key] = nth
            x += widths[i] + gaps[i]
        across = max(across, x - gaps[band[-1]] + _SIDE)
        under = max((34 for i in band if g.boxes[g.rows[i][-1]].risk), default=8)
        returns = sum(1 for w in g.back if band_of.get(w.source) == nth)
        onward = any(g.layer[w.source] in band and g.layer[w.target] not in band for w in g.forward)
        floors.append(y + height + under + 16 * returns)
        y = floors[-1] + (44 if onward else 8)
    shapes: list[Shape] = []
    used: dict[int, int] = {}
    for wire in sorted(g.forward, key=lambda w: _is_done(g, w)):
        a, b = at[wire.source], at[wire.target]
        x0, y0 = a[0] + _width(g.boxes[wire.source]), a[1] + _H / 2
        x1, y1 = b[0], b[1] + _H / 2
        if band_of[wire.source] != band_of[wire.target]:
            floor = floors[band_of[wire.source]] + 10
            points = [(x0, y0), (x0 + 12, y0), (x0 + 12, floor), (x1 - 16, floor), (x1 - 16, y1), (x1, y1)]
            across = max(across, x0 + 16)
        else:
            points = _across(g, at, wire)
        shapes += _wire(points, wire, done=_is_done(g, wire), now=g.boxes[wire.target].state == "now")
    for wire in g.back:
        nth = band_of[wire.source]
        used[nth] = used.get(nth, 0) + 1
        shapes += _wire(
            _under(g, at, wire, floors[nth] - 16 * (used[nth] - 1) - 4), wire, done=False, back=True
        )
    for key, box in g.boxes.items():
        shapes += _box(box, *at[key], _width(box), _H)
    return Drawing(across, y, tuple(shapes), label, css="tb-flow only-wide", natural=True)


def _gaps(g: _Graph) -> list[int]:
    """Room after each column: more where a wire to the next one forks off and has words to carry."""
    gaps = [_GAP_X] * len(g.rows)
    for wire in g.forward:
        here = g.layer[wire.source]
        forks = sum(1 for w in g.forward if w.source == wire.source) > 1
        if wire.label and forks and g.layer[wire.target] == here + 1:
            gaps[here] = max(gaps[here], _BEND + 12 * len(wire.label) + 14)
    return gaps


def _bands(g: _Graph, widths: Sequence[int], gaps: Sequence[int], room: int) -> list[list[int]]:
    """Cut the layers into bands that fit `room`, where the fewest wires cross and not too early."""
    bands: list[list[int]] = []
    start = 0
    while start < len(widths):
        ends, x = [], 0
        for i in range(start, len(widths)):
            x += widths[i] + (gaps[i - 1] if i > start else 0)
            if x > room and i > start:
                break
            crossing = sum(1 for w in g.forward if g.layer[w.source] <= i < g.layer[w.target])
            if x > room * 0.4 or i + 1 == len(widths):
                ends.append((0 if i + 1 == len(widths) else crossing, -i))
        end = -min(ends)[1] if ends else start
        bands.append(list(range(start, end + 1)))
        start = end + 1
    return bands


def _across(g: _Graph, at: Mapping[str, tuple[float, float]], wire: Wire) -> list[tuple[float, float]]:
    """From the right of one box to the left of a later one; over the boxes between where there are any."""
    a, b = at[wire.source], at[wire.target]
    ya, yb = a[1] + _H / 2, b[1] + _H / 2
    x0, x1 = a[0] + _width(g.boxes[wire.source]), b[0]
    if g.layer[wire.target] - g.layer[wire.source] == 1:
        if abs(ya - yb) < 1:
            return [(x0, ya), (x1, yb)]
        middle = x0 + _GAP_X / 2 if g.boxes[wire.source].kind == "gate" else x1 - _GAP_X / 2
        if wire.label and x1 - x0 > _GAP_X:
            middle = x0 + _BEND
        return [(x0, ya), (middle, ya), (middle, yb), (x1, yb)]
    between = [
        at[k][1] for row in g.rows[g.layer[wire.source] + 1 : g.layer[wire.target]] for k in row if k in at
    ]
    free = [y for y in (ya, yb) if all(not (t - 6 < y < t + _H + 6) for t in between)]
    out, into = x0 + _GAP_X / 2, x1 - _GAP_X / 2
    if (
        not free
    ):  # over the roofs, from the top of one box to the top of the other, clear of the straight wires
        run = min([*between, a[1], b[1]]) - 14
        up, down = (
            x0 - min(22, _width(g.boxes[wire.source]) / 2),
            x1 + min(22, _width(g.boxes[wire.target]) / 2),
        )
        return [(up, a[1]), (up, run), (down, run), (down, b[1])]
    run = free[0]
    return _straight([(x0, ya), (out, ya), (out, run), (into, run), (into, yb), (x1, yb)])


def _under(
    g: _Graph, at: Mapping[str, tuple[float, float]], wire: Wire, floor: float
) -> list[tuple[float, float]]:
    """A way back: out below, along the floor, up the gap before the target's column, in from the left."""
    a, b = at[wire.source], at[wire.target]
    x0 = a[0] + _width(g.boxes[wire.source]) / 2 + (44 if g.boxes[wire.source].risk else 30)
    x1 = b[0] - _GAP_X * 0.25
    return [(x0, a[1] + _H), (x0, floor), (x1, floor), (x1, b[1] + _H - 12), (b[0], b[1] + _H - 12)]


def _width(box: Box) -> int:
    return _GATE if box.kind == "gate" else _W


# ---- wide, in lanes ----------------------------------------------------------------------------


def _wide_lanes(g: _Graph, lanes: Sequence[str], label: str) -> Drawing:
    left, w, gap, between = 84, 112, 32, 24
    col = _columns(g)
    depth = max(col.values(), default=0) + 1
    stack: dict[tuple[int, int], list[str]] = {}
    for row in g.rows:
        for key in row:
            stack.setdefault((g.boxes[key].lane, col[key]), []).append(key)
    most = [
        max((len(v) for (n, _), v in stack.items() if n == lane), default=1) for lane in range(len(lanes))
    ]
    tall = [n * _H + (n - 1) * between + 2 * between for n in most]
    tops = [sum(tall[:lane]) + 8 * lane for lane in range(len(lanes))]
    width = left + depth * w + (depth - 1) * gap + 14
    at: dict[str, tuple[float, float]] = {}
    shapes: list[Shape] = []
    for lane, name in enumerate(lanes):
        shapes.append(rect(0, tops[lane], width, tall[lane], "lane", 6))
        size = -(-len(name) // -(-len(name) // 4))
        said = [name[i : i + size] for i in range(0, len(name), size)]
        for i, part in enumerate(said):
            y = tops[lane] + tall[lane] / 2 + 5 + (i - (len(said) - 1) / 2) * 18
            shapes.append(text(14, y, part, "lane-t"))
    for (lane, column), keys in stack.items():
        for i, key in enumerate(keys):
            at[key] = (left + column * (w + gap), tops[lane] + between + i * (_H + between))
    for wire in g.forward + g.back:
        points = _between_lanes(g, at, col, wire, w, gap)
        shapes += _wire(
            points, wire, done=_is_done(g, wire), back=wire in g.back, now=g.boxes[wire.target].state == "now"
        )
    for key, box in g.boxes.items():
        shapes += _box(box, *at[key], w, _H, you=box.lane == 0)
    height = tops[-1] + tall[-1]
    return Drawing(width, height, tuple(shapes), label, css="tb-flow only-wide", natural=True)


def _columns(g: _Graph) -> dict[str, int]:
    """Layers as columns; a side trip (one way in from another lane, no way on) stands over or under where it starts."""
    col: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    for row in g.rows:
        for key in row:
            box = g.boxes[key]
            ins = [w for w in g.forward if w.target == key]
            onward = any(w.source == key for w in g.forward)
            start = ins[0].source if len(ins) == 1 else ""
            beside = (
                start
                and not onward
                and g.boxes[start].lane != box.lane
                and (box.lane, col[start]) not in taken
            )
            col[key] = col[start] if beside else max((col[w.source] + 1 for w in ins), default=0)
            taken.add((box.lane, col[key]))
    return col


def _between_lanes(
    g: _Graph, at: Mapping[str, tuple[float, float]], col: Mapping[str, int], wire: Wire, w: float, gap: float
) -> list[tuple[float, float]]:
    a, b = at[wire.source], at[wire.target]
    ya, yb = a[1] + _H / 2, b[1] + _H / 2
    step = col[wire.target] - col[wire.source]
    down = yb > ya
    leave, enter = (a[1] + _H, b[1]) if down else (a[1], b[1] + _H)
    if step == 0:
        both = any(o.source == wire.target and o.target == wire.source for o in g.forward + g.back)
        x = a[0] + w / 2 + ((26 if wire in g.back else -26) if both else 0)
        return [(x, leave), (x, enter)]
    if wire in g.back:
        if ya == yb:
            floor = a[1] + _H + 12
            return [
                (a[0] + 30, a[1] + _H),
                (a[0] + 30, floor),
                (b[0] + w - 30, floor),
                (b[0] + w - 30, b[1] + _H),
            ]
        middle = (leave + enter) / 2
        return [(a[0] + 24, leave), (a[0] + 24, middle), (b[0] + w - 24, middle), (b[0] + w - 24, enter)]
    lane = g.boxes[wire.source].lane
    crowded = any(
        o.lane == lane and col[wire.source] < col[o.key] < col[wire.target] for o in g.boxes.values()
    )
    if ya == yb and not crowded:
        return [(a[0] + w, ya), (b[0], yb)]
    if ya == yb:
        roof = a[1] - 12
        return [(a[0] + w - 22, a[1]), (a[0] + w - 22, roof), (b[0] + 22, roof), (b[0] + 22, b[1])]
    out, into = a[0] + w + gap / 2, b[0] - gap / 2
    channel = (leave + enter) / 2
    return _straight([(a[0] + w, ya), (out, ya), (out, channel), (into, channel), (into, yb), (b[0], yb)])


# ---- tall --------------------------------------------------------------------------------------


def _tall(g: _Graph, lanes: Sequence[str], label: str) -> Drawing:
    width, gap, across = 348.0, 26, 3
    far = [w for w in g.forward if g.layer[w.target] - g.layer[w.source] > 1]
    right, left = 10 * len(far[:3]), 10 * len(g.back[:3])
    inner = width - 12 - right - left
    at: dict[str, tuple[float, float, float, float]] = {}  # x, y, width, height
    y = 12.0
    for row in g.rows:
        high = 24 if all(g.boxes[k].kind == "gate" for k in row) else _H
        deep = high + (26 if any(g.boxes[k].risk for k in row) else 0)
        n = min(len(row), across)
        room = (inner - 8 * (n - 1)) / n
        for i, key in enumerate(row):
            at[key] = (6 + left + (i % n) * (room + 8), y + (i // n) * (deep + 10), room, high)
        y += -(-len(row) // n) * (deep + 10) - 10 + gap
    shapes: list[Shape] = []
    for wire in sorted(g.forward, key=lambda w: _is_done(g, w)):
        ax, ay, aw, ah = at[wire.source]
        bx, by, bw, bh = at[wire.target]
        if wire in far:
            lane = width - 3 - 10 * (far.index(wire) % 3)
            points = [
                (ax + aw, ay + ah / 2),
                (lane, ay + ah / 2),
                (lane, by + bh / 2),
                (bx + bw, by + bh / 2),
            ]
        else:
            x0, x1 = ax + aw / 2, bx + bw / 2
            points = _straight([(x0, ay + ah), (x0, by - 14), (x1, by - 14), (x1, by)])
        shapes += _wire(
            points, wire, done=_is_done(g, wire), say=False, now=g.boxes[wire.target].state == "now"
        )
    for nth, wire in enumerate(g.back[:3]):
        ax, ay, _, ah = at[wire.source]
        bx, by, _, bh = at[wire.target]
        lane = 5 + 10 * nth
        points = [
            (ax, ay + ah / 2 + 6),
            (lane, ay + ah / 2 + 6),
            (lane, by + bh / 2 + 6),
            (bx, by + bh / 2 + 6),
        ]
        shapes += _wire(points, wire, done=False, back=True, say=False)
    for key, box in g.boxes.items():
        x, y0, w, h = at[key]
        sub = " · ".join(p for p in (lanes[box.lane] if lanes else "", box.sub) if p)
        shapes += _box(box, x, y0, w, h, you=bool(lanes) and box.lane == 0, sub=sub, flat=True)
    return Drawing(width, y - gap + 8, tuple(shapes), label, css="tb-flow only-narrow", natural=True)


# ---- what both draw ----------------------------------------------------------------------------


def _box(
    box: Box,
    x: float,
    y: float,
    w: float,
    h: float,
    *,
    you: bool = False,
    sub: str | None = None,
    flat: bool = False,
) -> list[Shape]:
    middle = x + w / 2
    names = [box.state] if box.state != "skip" else ["todo", "skip"]
    names += ["you"] if you else []
    names += ["special"] if box.special else []
    shapes = [group(" ".join(names))]
    if box.kind == "gate" and flat:
        return [*shapes, rect(x, y, w, h, "box", 12), text(middle, y + 16, box.name, "sub in", "middle"), END]
    if box.kind == "gate":
        shapes += [
            rect(x, y - 6, w, h + 12, "box bar", 5),
            text(middle, y - 13, box.name, "sub out", "middle"),
        ]
        return [*shapes, END]
    if box.state == "now":
        shapes.append(rect(x - 5, y - 5, w + 10, h + 10, "ring", 10))
    shapes.append(rect(x, y, w, h, "box", 26 if box.kind != "step" else 6))
    small = box.sub if sub is None else sub
    lines = _lines(box.name, w, 14)
    first, below = (22, 41) if small else (31, 0)
    if len(lines) > 1:
        first, below = (15, 46) if small else (23, 0)
    shapes += [text(middle, y + first + 15 * n, line, "", "middle") for n, line in enumerate(lines)]
    if small:
        shapes.append(text(middle, y + below, _fit(small, w, 12), "sub", "middle"))
    if box.state == "done":
        cx, cy = x + w - 2, y + 2
        shapes += [circle(cx, cy, 9, "tick-o"), path(f"M{number(cx - 4)} {number(cy)}l3 3 5-6", "tick")]
    if box.risk:
        shapes += [
            rect(middle - 34, y + h + 7, 68, 18, "risk", 4),
            text(middle, y + h + 20, box.risk, "risk-t", "middle"),
        ]
    return [*shapes, END]


def _wire(
    points: list[tuple[float, float]],
    wire: Wire,
    *,
    done: bool,
    back: bool = False,
    say: bool = True,
    now: bool = False,
) -> list[Shape]:
    alt = wire.alt or back
    mark = " done" if done and not alt else ""
    if now:  # stop at the ring
        (x0, y0), (x1, y1) = points[-2], points[-1]
        points = [*points[:-1], (x1 - 6 * ((x1 > x0) - (x1 < x0)), y1 - 6 * ((y1 > y0) - (y1 < y0)))]
    shapes = [line(points, f"wire{mark}{' alt' if alt else ''}")]
    (x0, y0), (x1, y1) = points[-2], points[-1]
    ux, uy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    if abs(x1 - x0) < 0.5:
        ux = 0
    if abs(y1 - y0) < 0.5:
        uy = 0
    head = [
        (x1, y1),
        (x1 - 7 * ux + 3.5 * uy, y1 - 7 * uy + 3.5 * ux),
        (x1 - 7 * ux - 3.5 * uy, y1 - 7 * uy - 3.5 * ux),
    ]
    shapes.append(line(head, f"head{mark}", closed=True))
    if wire.label and say:
        longest = max(
            range(len(points) - 1),
            key=lambda i: abs(points[i][0] - points[i + 1][0]) + abs(points[i][1] - points[i + 1][1]),
        )
        last = len(points) - 2
        if last >= 2 and abs(points[last][1] - points[-1][1]) < 0.5:
            longest = last if points[-1][0] - points[last][0] >= 12 * len(wire.label) else longest
        (ax, ay), (bx, by) = points[longest], points[longest + 1]
        if abs(ax - bx) < 0.5:
            left = len(points) == 2 and not back and wire.alt
            shapes.append(
                text(
                    ax - 6 if left else ax + 6,
                    (ay + by) / 2 + 4,
                    wire.label,
                    "sub out",
                    "end" if left else "start",
                )
            )
        else:
            shapes.append(text((ax + bx) / 2, ay - 5, wire.label, "sub out", "middle"))
    return shapes


def _straight(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that stand on the line between their neighbours."""
    out = points[:1]
    for i in range(1, len(points) - 1):
        (ax, ay), (bx, by), (cx, cy) = out[-1], points[i], points[i + 1]
        if not ((abs(ax - bx) < 0.5 and abs(bx - cx) < 0.5) or (abs(ay - by) < 0.5 and abs(by - cy) < 0.5)):
            out.append(points[i])
    return [*out, points[-1]]


def _lines(said: str, width: float, size: int) -> list[str]:
    """A text in the lines that it needs, two at the most; what the second cannot hold is in the text alternative."""
    first = _room(said, width, size)
    if first == len(said):
        return [said]
    half = (len(said) + 1) // 2
    at = half if _room(said[half:], width, size) == len(said) - half and half <= first else first
    return [said[:at], _fit(said[at:], width, size)]


def _fit(said: str, width: float, size: int) -> str:
    """Cut a text that would stand out of its box; the whole of it is in the text alternative."""
    held = _room(said, width, size)
    return said if held == len(said) else said[: max(held - 1, 1)] + "…"


def _room(said: str, width: float, size: int) -> int:
    """How many characters of a text stand in a box."""
    room = (width - 8) / size
    length = 0.0
    for i, ch in enumerate(said):
        length += 1 if ord(ch) > 255 else 0.58
        if length > room:
            return i
    return len(said)


def _is_done(g: _Graph, wire: Wire) -> bool:
    return g.boxes[wire.source].state == "done" and g.boxes[wire.target].state in ("done", "now")


def _sentence(title: str, boxes: Sequence[Box]) -> str:
    steps = [b for b in boxes if b.kind == "step"] or list(boxes)
    said = []
    for state, words in (("done", "已完成"), ("now", "正在办"), ("todo", "之后")):
        names = [b.name for b in steps if b.state == state]
        if names:
            said.append(f"{words}：{'、'.join(names)}")
    if all(b.state == "todo" for b in steps):
        said = ["、".join(b.name + (f"（{b.sub}）" if b.sub else "") for b in steps)]
    risks = [f"{b.name}{b.risk}" for b in boxes if b.risk]
    if risks:
        said.append("、".join(risks))
    return f"{title}。" + "；".join(said)


def _told(g: _Graph) -> list[str]:
    """The flow as lines of text: every step, its state, where it leads."""
    words = {"done": "已完成", "now": "正在办", "todo": "", "skip": "不经过"}
    lines = []
    for row in g.rows:
        for key in row:
            box = g.boxes[key]
            leads = [
                f"{w.label}→{g.boxes[w.target].name}" if w.label else g.boxes[w.target].name
                for w in [*g.forward, *g.back]
                if w.source == key
            ]
            said = "，".join(p for p in (box.sub, words[box.state], box.risk) if p)
            lines.append(
                f"{box.name}"
                + (f"（{said}）" if said else "")
                + (f"，接着：{'、'.join(leads)}" if leads else "")
            )
    return lines
