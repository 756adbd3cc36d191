"""The flow diagram (流程图): a graph laid out in layers and drawn as SVG on the server.

Two drawings of one graph: `wide` for screens from 721 px, `tall` for phones. Boxes of one layer that stand for parallel
branches are stacked (wide) or stand side by side (tall); a long flow wraps into bands; a way back (退回、补正) is dashed and
runs outside the boxes. With lanes (public pages: 您 / 部门) the row of a box is its lane.
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
    columns: int = 6,
) -> Flow:
    """Lay out and draw a flow.

    Args:
        boxes: the steps, in the order a person would tell them; the order decides what is a way back.
        wires: the ways between them.
        lanes: names of the lanes; empty = one lane that wraps after `columns` layers.
        title: what the diagram is of, begins the text alternative.
        note: caption under the diagram.
        with_text: also offer the flow as a list.

    Raises:
        KeyError: a wire names a box that does not exist.
    """
    graph = _graph(boxes, wires)
    label = _sentence(title, boxes)
    wide = _wide_lanes(graph, lanes, label) if lanes else _wide_bands(graph, columns, label)
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
        by_key[wire.target]  # noqa: B018 - a wire into nowhere is a KeyError here, not a hole in the picture
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

_W, _H = 104, 52
_GAP_X, _GAP_Y = 32, 40
_TOP, _SIDE = 20, 10


def _wide_bands(g: _Graph, columns: int, label: str) -> Drawing:
    bands = [g.rows[i : i + columns] for i in range(0, len(g.rows), columns)] or [[]]
    across = max(len(b) for b in bands)
    width = 2 * _SIDE + across * _W + max(across - 1, 0) * _GAP_X
    at: dict[str, tuple[float, float]] = {}
    band_of: dict[str, int] = {}
    bottoms: list[float] = []
    y = float(_TOP)
    for nth, band in enumerate(bands):
        most = max((len(row) for row in band), default=1)
        height = most * _H + (most - 1) * _GAP_Y
        for col, row in enumerate(band):
            top = y + (height - (len(row) * _H + (len(row) - 1) * _GAP_Y)) / 2
            for i, key in enumerate(row):
                at[key] = (_SIDE + col * (_W + _GAP_X), top + i * (_H + _GAP_Y))
                band_of[key] = nth
        returns = sum(1 for w in g.back if band_of.get(w.source) == nth)
        y += height + 36 + 14 * returns
        bottoms.append(y)
        y += 20 if nth + 1 < len(bands) else 0
    shapes: list[Shape] = []
    lanes_used: dict[int, int] = {}
    for wire in g.forward:
        a, b = at[wire.source], at[wire.target]
        done = _is_done(g, wire)
        if band_of[wire.source] != band_of[wire.target]:
            floor = bottoms[band_of[wire.source]] - 2
            x0, x1 = a[0] + _W, b[0]
            points = [(x0, a[1] + _H / 2), (x0 + 10, a[1] + _H / 2), (x0 + 10, floor)]
            points += [(x1 - 10, floor), (x1 - 10, b[1] + _H / 2), (x1, b[1] + _H / 2)]
        else:
            points = _across(g, at, wire, a, b)
        shapes += _wire(points, wire, done)
    for wire in g.back:
        band = band_of[wire.source]
        lanes_used[band] = lanes_used.get(band, 0) + 1
        shapes += _wire(_under(at, wire, bottoms[band] - 14 * lanes_used[band] - 4, g), wire, done=False)
    for key, box in g.boxes.items():
        shapes += _box(box, *at[key], _W, _H)
    return Drawing(width, max(bottoms[-1], y), tuple(shapes), label, css="tb-flow only-wide")


def _across(
    g: _Graph, at: Mapping[str, tuple[float, float]], wire: Wire, a: tuple[float, float], b: tuple[float, float]
) -> list[tuple[float, float]]:
    """From the right of one box to the left of a later one; over the boxes between where there are any."""
    ya, yb = a[1] + _H / 2, b[1] + _H / 2
    x0, x1 = _right(g.boxes[wire.source], a), _left(g.boxes[wire.target], b)
    if g.layer[wire.target] - g.layer[wire.source] == 1:
        if abs(ya - yb) < 1:
            return [(x0, ya), (x1, yb)]
        middle = b[0] - _GAP_X / 2
        return [(x0, ya), (middle, ya), (middle, yb), (x1, yb)]
    between = [at[k][1] for row in g.rows[g.layer[wire.source] + 1 : g.layer[wire.target]] for k in row if k in at]
    free = [y for y in (ya, yb) if all(not (t - 6 < y < t + _H + 6) for t in between)]
    run = free[0] if free else min([*between, a[1], b[1]]) - 12
    out, into = a[0] + _W + _GAP_X / 2, b[0] - _GAP_X / 2
    return _straight([(x0, ya), (out, ya), (out, run), (into, run), (into, yb), (x1, yb)])


def _under(
    at: Mapping[str, tuple[float, float]], wire: Wire, floor: float, g: _Graph
) -> list[tuple[float, float]]:
    a, b = at[wire.source], at[wire.target]
    risk_a = 34 if g.boxes[wire.source].risk else 0
    x0 = a[0] + _W / 2 + (24 if not risk_a else 42)
    x1 = b[0] + _W / 2 - 24 - (18 if g.boxes[wire.target].risk else 0)
    return [(x0, a[1] + _H), (x0, floor), (x1, floor), (x1, b[1] + _H)]


# ---- wide, in lanes ----------------------------------------------------------------------------


def _wide_lanes(g: _Graph, lanes: Sequence[str], label: str) -> Drawing:
    left, w, gap = 84, 112, 30
    depth = len(g.rows)
    # Boxes of different lanes may share a column where nothing else is in that lane; a lane's own stack.
    stack: dict[tuple[int, int], list[str]] = {}
    for col, row in enumerate(g.rows):
        for key in row:
            stack.setdefault((g.boxes[key].lane, col), []).append(key)
    most = [max((len(v) for (n, _), v in stack.items() if n == lane), default=1) for lane in range(len(lanes))]
    tops: list[float] = []
    y = 0.0
    for lane in range(len(lanes)):
        tops.append(y)
        y += most[lane] * _H + (most[lane] - 1) * 24 + 48 + 8
    height = y - 8
    width = left + depth * w + (depth - 1) * gap + 14
    at: dict[str, tuple[float, float]] = {}
    shapes: list[Shape] = []
    for lane, name in enumerate(lanes):
        tall = most[lane] * _H + (most[lane] - 1) * 24 + 48
        shapes.append(rect(0, tops[lane], width, tall, "lane", 6))
        parts = [name[i : i + 4] for i in range(0, len(name), 4)]
        for i, part in enumerate(parts):
            shapes.append(text(14, tops[lane] + tall / 2 + 5 + (i - (len(parts) - 1) / 2) * 18, part, "lane-t"))
    for (lane, col), keys in stack.items():
        for i, key in enumerate(keys):
            at[key] = (left + col * (w + gap), tops[lane] + 24 + i * (_H + 24))
    for wire in g.forward + g.back:
        shapes += _wire(_between_lanes(g, at, wire, w, gap), wire, _is_done(g, wire), back=wire in g.back)
    for key, box in g.boxes.items():
        shapes += _box(box, *at[key], w, _H, you=box.lane == 0)
    return Drawing(width, height, tuple(shapes), label, css="tb-flow only-wide")


def _between_lanes(
    g: _Graph, at: Mapping[str, tuple[float, float]], wire: Wire, w: float, gap: float
) -> list[tuple[float, float]]:
    a, b = at[wire.source], at[wire.target]
    ya, yb = a[1] + _H / 2, b[1] + _H / 2
    step = g.layer[wire.target] - g.layer[wire.source]
    if wire in g.back:
        if ya == yb:
            floor = a[1] + _H + 12
            return [(a[0] + 30, a[1] + _H), (a[0] + 30, floor), (b[0] + w - 30, floor), (b[0] + w - 30, b[1] + _H)]
        near = a[1] if yb < ya else a[1] + _H
        if step == 0:
            return [(a[0] + w / 2, near), (b[0] + w / 2, b[1] + _H if yb < ya else b[1])]
        mid = (near + (b[1] + _H if yb < ya else b[1])) / 2
        x1 = b[0] + w - 24
        return [(a[0] + 24, near), (a[0] + 24, mid), (x1, mid), (x1, b[1] + _H if yb < ya else b[1])]
    if ya == yb and step == 1:
        return [(a[0] + w, ya), (b[0], yb)]
    taken = any(g.boxes[k].lane == g.boxes[wire.source].lane for row in g.rows[g.layer[wire.source] + 1 : g.layer[wire.target]] for k in row)  # fmt: skip
    if ya == yb and not taken:
        return [(a[0] + w, ya), (b[0], yb)]
    if ya == yb:
        roof = a[1] - 12
        return [(a[0] + w - 20, a[1]), (a[0] + w - 20, roof), (b[0] + 20, roof), (b[0] + 20, b[1])]
    out = a[0] + w + gap / 2
    into = b[0] - gap / 2
    if step == 1:
        return [(a[0] + w, ya), (out, ya), (out, yb), (b[0], yb)]
    channel = (a[1] + _H + b[1]) / 2 if yb > ya else (a[1] + b[1] + _H) / 2
    return _straight([(a[0] + w, ya), (out, ya), (out, channel), (into, channel), (into, yb), (b[0], yb)])


# ---- tall --------------------------------------------------------------------------------------


def _tall(g: _Graph, lanes: Sequence[str], label: str) -> Drawing:
    width, gap, h = 348.0, 26, 52
    far = [w for w in g.forward if g.layer[w.target] - g.layer[w.source] > 1]
    right = 10 * len(far[:3])
    left = 10 * len(g.back[:3])
    inner = width - 8 - right - left
    at: dict[str, tuple[float, float, float]] = {}
    y = 6.0
    for row in g.rows:
        risky = any(g.boxes[k].risk for k in row)
        across = min(len(row), 2)
        for i, key in enumerate(row):
            w = (inner - 8 * (across - 1)) / across
            at[key] = (4 + left + (i % across) * (w + 8), y + (i // across) * (h + 10), w)
        y += ((len(row) + across - 1) // across) * (h + 10) - 10 + gap + (16 if risky else 0)
    shapes: list[Shape] = []
    for wire in g.forward:
        ax, ay, aw = at[wire.source]
        bx, by, bw = at[wire.target]
        if wire in far:
            lane = width - 3 - 10 * (far.index(wire) % 3)
            points = [(ax + aw, ay + h / 2), (lane, ay + h / 2), (lane, by + h / 2), (bx + bw, by + h / 2)]
        else:
            x0, x1 = ax + aw / 2, bx + bw / 2
            points = _straight([(x0, ay + h), (x0, by - 14), (x1, by - 14), (x1, by)])
        shapes += _wire(points, wire, _is_done(g, wire), say=False)
    for nth, wire in enumerate(g.back[:3]):
        ax, ay, _ = at[wire.source]
        bx, by, _ = at[wire.target]
        lane = 3 + 10 * nth
        shapes += _wire(
            [(ax, ay + h / 2), (lane, ay + h / 2), (lane, by + h / 2), (bx, by + h / 2)], wire, False, back=True, say=False
        )
    for key, box in g.boxes.items():
        x, y0, w = at[key]
        sub = " · ".join(p for p in (lanes[box.lane] if lanes else "", box.sub) if p)
        shapes += _box(box, x, y0, w, h, you=bool(lanes) and box.lane == 0, sub=sub, flat=True)
    return Drawing(width, y - gap + 10, tuple(shapes), label, css="tb-flow only-narrow")


# ---- what both draw ----------------------------------------------------------------------------


def _box(
    box: Box, x: float, y: float, w: float, h: float, *, you: bool = False, sub: str | None = None, flat: bool = False
) -> list[Shape]:
    middle = x + w / 2
    names = [box.state] if box.state != "skip" else ["todo", "skip"]
    names += ["you"] if you else []
    names += ["special"] if box.special else []
    shapes = [group(" ".join(names))]
    if box.kind == "gate" and not flat:
        shapes += [rect(middle - 6, y - 4, 12, h + 8, "box bar", 6), text(middle, y - 10, box.name, "sub out", "middle")]
        return [*shapes, END]
    if box.state == "now":
        shapes.append(rect(x - 5, y - 5, w + 10, h + 10, "ring", 10))
    shapes.append(rect(x, y, w, h, "box", 26 if box.kind != "step" else 6))
    small = box.sub if sub is None else sub
    shapes.append(text(middle, y + (22 if small else 31), _fit(box.name, w, 14), "", "middle"))
    if small:
        shapes.append(text(middle, y + 41, _fit(small, w, 12), "sub", "middle"))
    if box.state == "done":
        cx, cy = x + w - 2, y + 2
        shapes += [circle(cx, cy, 9, "tick-o"), path(f"M{number(cx - 4)} {number(cy)}l3 3 5-6", "tick")]
    if box.risk:
        shapes += [rect(middle - 34, y + h + 7, 68, 18, "risk", 4), text(middle, y + h + 20, box.risk, "risk-t", "middle")]
    return [*shapes, END]


def _wire(
    points: list[tuple[float, float]], wire: Wire, done: bool, *, back: bool = False, say: bool = True
) -> list[Shape]:
    alt = wire.alt or back
    mark = " done" if done and not alt else ""
    shapes = [line(points, f"wire{mark}{' alt' if alt else ''}")]
    (x0, y0), (x1, y1) = points[-2], points[-1]
    ux, uy = (x1 > x0) - (x1 < x0), (y1 > y0) - (y1 < y0)
    if abs(x1 - x0) < 0.5:
        ux = 0
    if abs(y1 - y0) < 0.5:
        uy = 0
    head = [(x1, y1), (x1 - 7 * ux + 3.5 * uy, y1 - 7 * uy + 3.5 * ux), (x1 - 7 * ux - 3.5 * uy, y1 - 7 * uy - 3.5 * ux)]
    shapes.append(line(head, f"head{mark}", closed=True))
    if wire.label and say:
        longest = max(range(len(points) - 1), key=lambda i: abs(points[i][0] - points[i + 1][0]) + abs(points[i][1] - points[i + 1][1]))  # fmt: skip
        (ax, ay), (bx, by) = points[longest], points[longest + 1]
        if abs(ax - bx) < 0.5:
            shapes.append(text(ax + 6, (ay + by) / 2 + 4, wire.label, "sub out"))
        else:
            shapes.append(text((ax + bx) / 2, ay - 5, wire.label, "sub out", "middle"))
    return shapes


def _left(box: Box, at: tuple[float, float]) -> float:
    return at[0] + _W / 2 - 6 if box.kind == "gate" else at[0]


def _right(box: Box, at: tuple[float, float]) -> float:
    return at[0] + _W / 2 + 6 if box.kind == "gate" else at[0] + _W


def _straight(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without points that stand on the line between their neighbours."""
    out = points[:1]
    for i in range(1, len(points) - 1):
        (ax, ay), (bx, by), (cx, cy) = out[-1], points[i], points[i + 1]
        if not ((abs(ax - bx) < 0.5 and abs(bx - cx) < 0.5) or (abs(ay - by) < 0.5 and abs(by - cy) < 0.5)):
            out.append(points[i])
    return [*out, points[-1]]


def _fit(said: str, width: float, size: int) -> str:
    """Cut a text that would stand out of its box; the whole of it is in the text alternative."""
    room = (width - 8) / size
    length = 0.0
    for i, ch in enumerate(said):
        length += 1 if ord(ch) > 255 else 0.58
        if length > room:
            return said[: max(i - 1, 1)] + "…"
    return said


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
                f"{box.name}" + (f"（{said}）" if said else "") + (f"，接着：{'、'.join(leads)}" if leads else "")
            )
    return lines
