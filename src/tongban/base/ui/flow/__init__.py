"""The flow diagram (流程图): a graph laid out in layers and drawn as SVG on the server.

Two drawings of one graph: `wide` for screens from 721 px, `tall` for phones. Boxes of one layer that stand for parallel
branches are stacked (wide) or stand side by side (tall); a long flow wraps into bands; a way back (退回、补正) is
dashed and runs outside the boxes. With lanes (public pages: 您 / 部门) the row of a box is its lane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from tongban.base.ui.component import Component
from tongban.base.ui.drawing import Drawing
from tongban.base.ui.flow.graph import Box, Graph, State, Wire, graph_of
from tongban.base.ui.flow.tall import downward
from tongban.base.ui.flow.wide import in_bands, in_lanes

__all__ = ["Box", "Flow", "State", "Wire", "flow"]


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
    graph = graph_of(boxes, wires)
    label = _sentence(title, boxes)
    wide = in_lanes(graph, lanes, label) if lanes else in_bands(graph, room, label)
    return Flow(wide, downward(graph, lanes, label), tuple(_told(graph)), note, with_text)


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


def _told(g: Graph) -> list[str]:
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
