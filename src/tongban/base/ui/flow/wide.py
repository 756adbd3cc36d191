"""A flow for screens from 721 px: from left to right, in bands of one lane or in lanes."""

from collections.abc import Mapping, Sequence

from tongban.base.ui.drawing import Drawing, Shape, rect, text
from tongban.base.ui.flow.graph import Box, Graph, Wire, columns, is_done
from tongban.base.ui.flow.marks import HEIGHT, draw_box, draw_wire, straight

_W, _GATE = 104, 10
_GAP_X, _GAP_Y = 40, 40
_TOP, _SIDE = 34, 22
_BEND = 14  # where a wire with words on it turns


def in_bands(g: Graph, room: int, label: str) -> Drawing:
    """One lane, cut into bands under each other where it would be wider than `room` px."""
    widths = [_GATE if all(g.boxes[k].kind == "gate" for k in row) else _W for row in g.rows]
    gaps = _gaps(g)
    at: dict[str, tuple[float, float]] = {}
    band_of: dict[str, int] = {}
    floors: list[float] = []
    y, across = float(_TOP), 0.0
    for nth, band in enumerate(_bands(g, widths, gaps, room)):
        most = max(len(g.rows[i]) for i in band)
        height = most * HEIGHT + (most - 1) * _GAP_Y
        x = float(_SIDE)
        for i in band:
            row = g.rows[i]
            top = y + (height - (len(row) * HEIGHT + (len(row) - 1) * _GAP_Y)) / 2
            for n, key in enumerate(row):
                at[key] = (x + (widths[i] - _width(g.boxes[key])) / 2, top + n * (HEIGHT + _GAP_Y))
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
    for wire in sorted(g.forward, key=lambda w: is_done(g, w)):
        a, b = at[wire.source], at[wire.target]
        x0, y0 = a[0] + _width(g.boxes[wire.source]), a[1] + HEIGHT / 2
        x1, y1 = b[0], b[1] + HEIGHT / 2
        if band_of[wire.source] != band_of[wire.target]:
            floor = floors[band_of[wire.source]] + 10
            points = [(x0, y0), (x0 + 12, y0), (x0 + 12, floor), (x1 - 16, floor), (x1 - 16, y1), (x1, y1)]
            across = max(across, x0 + 16)
        else:
            points = _across(g, at, wire)
        shapes += draw_wire(points, wire, done=is_done(g, wire), now=g.boxes[wire.target].state == "now")
    for wire in g.back:
        nth = band_of[wire.source]
        used[nth] = used.get(nth, 0) + 1
        shapes += draw_wire(
            _under(g, at, wire, floors[nth] - 16 * (used[nth] - 1) - 4), wire, done=False, back=True
        )
    for key, box in g.boxes.items():
        shapes += draw_box(box, *at[key], _width(box), HEIGHT)
    return Drawing(across, y, tuple(shapes), label, css="tb-flow only-wide", natural=True)


def _gaps(g: Graph) -> list[int]:
    """Room after each column: more where a wire to the next one forks off and has words to carry."""
    gaps = [_GAP_X] * len(g.rows)
    for wire in g.forward:
        here = g.layer[wire.source]
        forks = sum(1 for w in g.forward if w.source == wire.source) > 1
        if wire.label and forks and g.layer[wire.target] == here + 1:
            gaps[here] = max(gaps[here], _BEND + 12 * len(wire.label) + 14)
    return gaps


def _bands(g: Graph, widths: Sequence[int], gaps: Sequence[int], room: int) -> list[list[int]]:
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


def _across(g: Graph, at: Mapping[str, tuple[float, float]], wire: Wire) -> list[tuple[float, float]]:
    """From the right of one box to the left of a later one; over the boxes between where there are any."""
    a, b = at[wire.source], at[wire.target]
    ya, yb = a[1] + HEIGHT / 2, b[1] + HEIGHT / 2
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
    free = [y for y in (ya, yb) if all(not (t - 6 < y < t + HEIGHT + 6) for t in between)]
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
    return straight([(x0, ya), (out, ya), (out, run), (into, run), (into, yb), (x1, yb)])


def _under(
    g: Graph, at: Mapping[str, tuple[float, float]], wire: Wire, floor: float
) -> list[tuple[float, float]]:
    """A way back: out below, along the floor, up the gap before the target's column, in from the left."""
    a, b = at[wire.source], at[wire.target]
    x0 = a[0] + _width(g.boxes[wire.source]) / 2 + (44 if g.boxes[wire.source].risk else 30)
    x1 = b[0] - _GAP_X * 0.25
    return [
        (x0, a[1] + HEIGHT),
        (x0, floor),
        (x1, floor),
        (x1, b[1] + HEIGHT - 12),
        (b[0], b[1] + HEIGHT - 12),
    ]


def _width(box: Box) -> int:
    return _GATE if box.kind == "gate" else _W


def in_lanes(g: Graph, lanes: Sequence[str], label: str) -> Drawing:
    """A row for each lane; a box stands in the row of who does it."""
    left, w, gap, between = 84, 112, 32, 24
    col = columns(g)
    depth = max(col.values(), default=0) + 1
    stack: dict[tuple[int, int], list[str]] = {}
    for row in g.rows:
        for key in row:
            stack.setdefault((g.boxes[key].lane, col[key]), []).append(key)
    most = [
        max((len(v) for (n, _), v in stack.items() if n == lane), default=1) for lane in range(len(lanes))
    ]
    tall = [n * HEIGHT + (n - 1) * between + 2 * between for n in most]
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
            at[key] = (left + column * (w + gap), tops[lane] + between + i * (HEIGHT + between))
    for wire in g.forward + g.back:
        points = _between_lanes(g, at, col, wire, w, gap)
        shapes += draw_wire(
            points, wire, done=is_done(g, wire), back=wire in g.back, now=g.boxes[wire.target].state == "now"
        )
    for key, box in g.boxes.items():
        shapes += draw_box(box, *at[key], w, HEIGHT, you=box.lane == 0)
    height = tops[-1] + tall[-1]
    return Drawing(width, height, tuple(shapes), label, css="tb-flow only-wide", natural=True)


def _between_lanes(
    g: Graph, at: Mapping[str, tuple[float, float]], col: Mapping[str, int], wire: Wire, w: float, gap: float
) -> list[tuple[float, float]]:
    a, b = at[wire.source], at[wire.target]
    ya, yb = a[1] + HEIGHT / 2, b[1] + HEIGHT / 2
    step = col[wire.target] - col[wire.source]
    down = yb > ya
    leave, enter = (a[1] + HEIGHT, b[1]) if down else (a[1], b[1] + HEIGHT)
    if step == 0:
        both = any(o.source == wire.target and o.target == wire.source for o in g.forward + g.back)
        x = a[0] + w / 2 + ((26 if wire in g.back else -26) if both else 0)
        return [(x, leave), (x, enter)]
    if wire in g.back:
        if ya == yb:
            floor = a[1] + HEIGHT + 12
            return [
                (a[0] + 30, a[1] + HEIGHT),
                (a[0] + 30, floor),
                (b[0] + w - 30, floor),
                (b[0] + w - 30, b[1] + HEIGHT),
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
    return straight([(a[0] + w, ya), (out, ya), (out, channel), (into, channel), (into, yb), (b[0], yb)])
