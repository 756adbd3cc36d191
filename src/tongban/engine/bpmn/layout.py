"""Where everything stands in the diagram of a flow: columns from left to right, rows in lanes, right-angled edges.

Shapes stand in cells of a grid; edges run only in the gutters between columns and the channels between rows, each on a
track of its own, so that no line crosses a shape and no two shapes overlap. Pure arithmetic in diagram points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tongban.engine.lint.graph import Graph

Point = tuple[int, int]

EVENT, GATEWAY, TASK = (36, 36), (50, 50), (100, 80)
SIZES: Mapping[str, tuple[int, int]] = {
    "start": EVENT, "end": EVENT, "wait": EVENT, "decision": GATEWAY, "split": GATEWAY, "join": GATEWAY,
}  # fmt: skip
APPLICANT = "@applicant"
HEAD = 30  # width of the pool's and of a lane's title
_TRACK = 12  # between parallel lines
_GUTTER = 36  # between columns, before tracks are added
_LABEL_GUTTER = 84  # between columns, where lines carry names
_CHANNEL = 14  # below a row, before tracks are added
_LABEL = 30  # below a gateway or event, for its name
_PAD = 16  # above the first row of a lane


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; x and y are its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share more than an edge."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Line:
    """An edge: its corners from source to target, and where its name stands."""

    points: tuple[Point, ...]
    label: Box


@dataclass(frozen=True, slots=True)
class Lane:
    """A band of the diagram: one post, several posts that sign together, or the applicant."""

    key: str  # code of the post; codes joined by "+" for 会签; APPLICANT
    box: Box
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole diagram. `lines` stand in the order of the document's edges; `lanes` is empty when nobody is named."""

    pool: Box
    lanes: tuple[Lane, ...]
    shapes: Mapping[str, Box]
    labels: Mapping[str, Box]
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Grid:
    """Cells of the nodes and the tracks that edges take between them."""

    columns: dict[str, int]
    rows: dict[str, int]
    gutters: dict[int, list[tuple[int, str]]]  # gutter after a column -> (edge, "out" | "in") in track order
    channels: dict[int, list[int]]  # channel below a row -> edges in track order
    named: set[int]  # gutters in which an edge carries a name
    under: dict[str, int]  # node -> the one edge that leaves or enters it from below


def lay_out(graph: Graph) -> Layout:
    """Place a flow that has the shape of one (see lint); it need not be free of other problems."""
    columns = _columns(graph)
    lanes = lanes_of(graph)
    rows, lane_rows = _rows(graph, columns, lanes)
    grid = _Grid(columns, rows, {}, {}, set(), {})
    ways = [_way(graph, grid, index, edge) for index, edge in enumerate(graph.edges)]
    has_lanes = any(lanes.values())
    lefts = _lefts(grid, HEAD + (HEAD if has_lanes else 0))
    tops, bands, bottom = _tops(grid, lane_rows)
    shapes = {
        key: _shape(graph.nodes[key]["kind"], lefts[columns[key]], tops[rows[key]]) for key in graph.nodes
    }
    lines = tuple(
        _line(grid, index, edge, way, shapes, lefts, tops)
        for index, (edge, way) in enumerate(zip(graph.edges, ways, strict=True))
    )
    right = lefts[-1]
    return Layout(
        pool=Box(0, 0, right, bottom),
        lanes=tuple(
            Lane(
                lane, Box(HEAD, top, right - HEAD, height), tuple(k for k in graph.nodes if lanes[k] == lane)
            )
            for lane, (top, height) in bands.items()
        )
        if has_lanes
        else (),
        shapes=shapes,
        labels={
            key: Box(
                box.x + box.width // 2 - 50,
                box.y - _LABEL + 2 if key in grid.under else box.bottom + 2,
                100,
                _LABEL - 4,
            )
            for key, box in shapes.items()
            if graph.nodes[key]["kind"] in SIZES and graph.nodes[key].get("name")
        },
        lines=lines,
    )


def lanes_of(graph: Graph) -> dict[str, str]:
    """The lane of every node: who acts there, or who acted before. All "" when nobody is named anywhere."""
    lanes: dict[str, str] = {}
    for key, node in graph.nodes.items():
        if node.get("multi", {}).get("posts"):
            lanes[key] = "+".join(node["multi"]["posts"])
        elif node.get("post"):
            lanes[key] = node["post"]
        elif node["kind"] in ("correction", "payment"):
            lanes[key] = APPLICANT
    office = {key: lane for key, lane in lanes.items() if lane != APPLICANT}
    for key in graph.order:  # nobody's own work stands with the office that worked before, else with the next
        before = [e["from"] for e in graph.forward if e["to"] == key and e["from"] in office]
        if before:
            office.setdefault(key, office[before[0]])
    for key in reversed(graph.order):
        after = [e["to"] for e in graph.forward if e["from"] == key and e["to"] in office]
        if after:
            office.setdefault(key, office[after[0]])
    first = next(iter(lanes.values()), "")
    return {key: lanes.get(key, office.get(key, first)) for key in graph.nodes}


def _columns(graph: Graph) -> dict[str, int]:
    columns = dict.fromkeys(graph.nodes, 0)
    for key in graph.order:
        for edge in graph.forward:
            if edge["from"] == key:
                columns[edge["to"]] = max(columns[edge["to"]], columns[key] + 1)
    return columns


def _tracks(graph: Graph) -> dict[str, int]:
    """Chains of nodes that share a row: a node hands its row to one successor, the others begin new ones."""
    tracks: dict[str, int] = {}
    begun = 0
    for first in graph.order:
        waiting: list[tuple[str, int]] = [(first, 0)]
        while waiting:
            key, given = waiting.pop()
            if key in tracks:
                continue
            begun += not given
            tracks[key] = given or begun
            targets = [e for e in graph.forward if e["from"] == key and e["to"] not in tracks]
            targets.sort(key=lambda e: not e.get("default", False))
            waiting += [(e["to"], 0) for e in reversed(targets[1:])]
            waiting += [(e["to"], tracks[key]) for e in targets[:1]]
    return tracks


def _rows(
    graph: Graph, columns: dict[str, int], lanes: dict[str, str]
) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """A row for each node, rows of a lane together; parallel branches never share one over their whole length."""
    tracks, sections = _tracks(graph), graph.sections[0]
    joins = {graph.nodes[k].get("split", ""): k for k in graph.of_kind("join")}
    spans: dict[tuple[str, int], tuple[int, int]] = {}
    for key in graph.nodes:
        low = high = columns[key]
        for split, _ in sections.get(key, ()):
            low = min(low, columns[split] + 1)
            high = max(high, columns[joins[split]] - 1 if split in joins else high)
        span = spans.get((lanes[key], tracks[key]), (low, high))
        spans[lanes[key], tracks[key]] = (min(low, span[0]), max(high, span[1]))
    order = list(dict.fromkeys(lanes[k] for k in graph.order))
    taken: dict[str, list[list[tuple[int, int]]]] = {lane: [] for lane in order}
    within: dict[tuple[str, int], int] = {}
    for (lane, track), span in sorted(spans.items(), key=lambda item: item[0][1]):
        free = (i for i, row in enumerate(taken[lane]) if all(span[1] < a or b < span[0] for a, b in row))
        index = next(free, len(taken[lane]))
        if index == len(taken[lane]):
            taken[lane].append([])
        taken[lane][index].append(span)
        within[lane, track] = index
    first, counts, so_far = {}, [], 0
    for lane in order:
        first[lane] = so_far
        counts.append((lane, len(taken[lane])))
        so_far += len(taken[lane])
    return {k: first[lanes[k]] + within[lanes[k], tracks[k]] for k in graph.nodes}, counts


def _way(graph: Graph, grid: _Grid, index: int, edge: Mapping[str, Any]) -> str:
    """How an edge goes: "straight", "step" (one gutter) or "channel" (below a row); takes its tracks.

    A way back leaves its source from below where that side is free, and enters it so when both stand on one row.
    """
    source, target = edge["from"], edge["to"]
    out, into = grid.columns[source], grid.columns[target] - 1
    named = {out} if edge.get("name") else set()
    between = {
        k for k in graph.nodes if grid.rows[k] == grid.rows[source] and out < grid.columns[k] < into + 1
    }
    if into >= out and grid.rows[source] == grid.rows[target] and not between:
        grid.named |= named
        return "straight"
    if into == out:
        grid.gutters.setdefault(out, []).append((index, "out"))
        grid.named |= named
        return "step"
    back = into < out
    if not (back and grid.under.setdefault(source, index) == index):
        grid.gutters.setdefault(out, []).append((index, "out"))
    level = back and grid.rows[source] == grid.rows[target] and graph.nodes[target]["kind"] not in SIZES
    if not (level and grid.under.setdefault(target, index) == index):
        grid.gutters.setdefault(into, []).append((index, "in"))
    grid.channels.setdefault(_channel(grid, source, target), []).append(index)
    return "channel"


def _channel(grid: _Grid, source: str, target: str) -> int:
    """The row below which a long edge runs: its source's when it leads back, else its target's."""
    back = grid.columns[target] <= grid.columns[source]
    return grid.rows[source] if back else grid.rows[target]


def _lefts(grid: _Grid, start: int) -> list[int]:
    """Left side of each column's cells, and the right side of the diagram at the end."""
    lefts = []
    x = start + _gutter(grid, -1)
    for column in range(max(grid.columns.values(), default=-1) + 1):
        lefts.append(x)
        x += TASK[0] + _gutter(grid, column)
    return [*lefts, x]


def _gutter(grid: _Grid, number: int) -> int:
    width = _GUTTER + _TRACK * len(grid.gutters.get(number, ()))
    return width + _LABEL_GUTTER - _GUTTER if number in grid.named else width


def _tops(grid: _Grid, lane_rows: list[tuple[str, int]]) -> tuple[list[int], dict[str, tuple[int, int]], int]:
    """Top of each row, (top, height) of each lane, and the lower side of the diagram."""
    tops: list[int] = []
    bands = {}
    y = row = 0
    for lane, count in lane_rows:
        top = y
        y += _PAD
        for _ in range(count):
            tops.append(y)
            y += TASK[1] + _LABEL + _CHANNEL + _TRACK * len(grid.channels.get(row, ()))
            row += 1
        bands[lane] = (top, y - top)
    return tops, bands, y


def _shape(kind: str, left: int, top: int) -> Box:
    width, height = SIZES.get(kind, TASK)
    return Box(left + (TASK[0] - width) // 2, top + (TASK[1] - height) // 2, width, height)


def _line(
    grid: _Grid, index: int, edge: Mapping[str, Any], way: str,
    shapes: Mapping[str, Box], lefts: list[int], tops: list[int],
) -> Line:  # fmt: skip
    source, target = shapes[edge["from"]], shapes[edge["to"]]
    start = (source.right, source.y + source.height // 2)
    end = (target.x, target.y + target.height // 2)
    if way == "straight":
        return Line((start, end), _over(start[0] + 6, start[1]))
    out = grid.columns[edge["from"]]
    if way == "step":
        x = _track_x(grid, lefts, out, (index, "out"))
        return Line((start, (x, start[1]), (x, end[1]), end), _over(x + 4, end[1]))
    row = _channel(grid, edge["from"], edge["to"])
    y = tops[row] + TASK[1] + _LABEL + _CHANNEL // 2 + _TRACK * grid.channels[row].index(index)
    if grid.under.get(edge["from"]) == index:
        x1 = source.x + source.width // 2
        leaving: tuple[Point, ...] = ((x1, source.bottom), (x1, y))
    else:
        x1 = _track_x(grid, lefts, out, (index, "out"))
        leaving = (start, (x1, start[1]), (x1, y))
    if grid.under.get(edge["to"]) == index:
        x2 = target.x + target.width // 2
        entering: tuple[Point, ...] = ((x2, y), (x2, target.bottom))
    else:
        x2 = _track_x(grid, lefts, grid.columns[edge["to"]] - 1, (index, "in"))
        entering = ((x2, y), (x2, end[1]), end)
    return Line((*leaving, *entering), _over(min(x1, x2) + 6, y))


def _over(x: int, y: int) -> Box:
    return Box(x, y - 17, 76, 14)


def _track_x(grid: _Grid, lefts: list[int], gutter: int, who: tuple[int, str]) -> int:
    left = lefts[gutter] + TASK[0] if gutter >= 0 else lefts[0] - _gutter(grid, -1)
    return left + _GUTTER // 2 + _TRACK * grid.gutters[gutter].index(who)
