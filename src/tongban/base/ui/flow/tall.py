"""A flow for phones: from top to bottom, branches side by side."""

from collections.abc import Sequence

from tongban.base.ui.drawing import Drawing, Shape
from tongban.base.ui.flow.graph import Graph, is_done
from tongban.base.ui.flow.marks import HEIGHT, draw_box, draw_wire, straight


def downward(g: Graph, lanes: Sequence[str], label: str) -> Drawing:
    """A box under the other; ways past a box run on the right, ways back on the left."""
    width, gap, across = 348.0, 26, 3
    far = [w for w in g.forward if g.layer[w.target] - g.layer[w.source] > 1]
    right, left = 10 * len(far[:3]), 10 * len(g.back[:3])
    inner = width - 12 - right - left
    at: dict[str, tuple[float, float, float, float]] = {}  # x, y, width, height
    y = 12.0
    for row in g.rows:
        high = 24 if all(g.boxes[k].kind == "gate" for k in row) else HEIGHT
        deep = high + (26 if any(g.boxes[k].risk for k in row) else 0)
        n = min(len(row), across)
        room = (inner - 8 * (n - 1)) / n
        for i, key in enumerate(row):
            at[key] = (6 + left + (i % n) * (room + 8), y + (i // n) * (deep + 10), room, high)
        y += -(-len(row) // n) * (deep + 10) - 10 + gap
    shapes: list[Shape] = []
    for wire in sorted(g.forward, key=lambda w: is_done(g, w)):
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
            points = straight([(x0, ay + ah), (x0, by - 14), (x1, by - 14), (x1, by)])
        shapes += draw_wire(
            points, wire, done=is_done(g, wire), say=False, now=g.boxes[wire.target].state == "now"
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
        shapes += draw_wire(points, wire, done=False, back=True, say=False)
    for key, box in g.boxes.items():
        x, y0, w, h = at[key]
        sub = " · ".join(p for p in (lanes[box.lane] if lanes else "", box.sub) if p)
        shapes += draw_box(box, x, y0, w, h, you=bool(lanes) and box.lane == 0, sub=sub, flat=True)
    return Drawing(width, y - gap + 8, tuple(shapes), label, css="tb-flow only-narrow", natural=True)
