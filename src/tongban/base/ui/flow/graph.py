"""The graph of a flow: what leads where, which ways go back, in which layer and column each step stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

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
    """A way from one step to another, by their keys."""

    source: str
    target: str
    label: str = ""
    alt: bool = False  # only in some cases: dashed


@dataclass(slots=True)
class Graph:
    """A flow put in order: ways forward and back, and of each box how many ways lead to it at the most."""

    boxes: dict[str, Box]
    forward: list[Wire]
    back: list[Wire]
    layer: dict[str, int]
    rows: list[list[str]] = field(default_factory=list)  # layer → keys, top to bottom


def graph_of(boxes: Sequence[Box], wires: Sequence[Wire]) -> Graph:
    """Order the boxes in layers along the ways forward. KeyError where a wire names a box that does not exist."""
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
    return Graph(by_key, forward, [w for w in wires if w in back], layer, rows)


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


def columns(g: Graph) -> dict[str, int]:
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


def is_done(g: Graph, wire: Wire) -> bool:
    """Whether the case went this way."""
    return g.boxes[wire.source].state == "done" and g.boxes[wire.target].state in ("done", "now")
