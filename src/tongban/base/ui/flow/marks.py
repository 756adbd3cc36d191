"""How a step and a way between two steps are drawn, whatever the layout."""

from tongban.base.ui.drawing import END, Shape, circle, group, line, number, path, rect, text
from tongban.base.ui.flow.graph import Box, Wire

HEIGHT = 52  # of a box, px


def draw_box(
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
    """A step at `x`, `y`, `w` by `h` px; `you`: the applicant's own; `flat`: a gate lies across instead of standing."""
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


def draw_wire(
    points: list[tuple[float, float]],
    wire: Wire,
    *,
    done: bool,
    back: bool = False,
    say: bool = True,
    now: bool = False,
) -> list[Shape]:
    """A way along `points` with its head; `say`: with its words; `now`: it leads to the step at work, and stops at its ring."""
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


def straight(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
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
