"""The diagram can be read: nothing overlaps, lines are right-angled and go round shapes, branches have own rows."""

from typing import Any

from hypothesis import given, settings

from tests.drawn_flows import JOINT, STRAIGHT, flows
from tongban.engine.bpmn.layout import Box, Layout, lanes_of, lay_out
from tongban.engine.lint import Graph


def graph_of(document: dict[str, Any]) -> Graph:
    return Graph({n["key"]: n for n in document["nodes"]}, document["edges"])


def inside(inner: Box, outer: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )


def stretches(layout: Layout) -> list[tuple[int, Box]]:
    found = []
    for index, line in enumerate(layout.lines):
        for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
            assert x1 == x2 or y1 == y2, "an edge is not right-angled"
            found.append((index, Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))))
    return found


def check(document: dict[str, Any]) -> Layout:
    graph = graph_of(document)
    layout = lay_out(graph)
    boxes = list(layout.shapes.items())
    for position, (key, box) in enumerate(boxes):
        assert inside(box, layout.pool)
        for other, other_box in boxes[position + 1 :]:
            assert not box.overlaps(other_box), (key, other)
    for index, stretch in stretches(layout):
        thick = Box(stretch.x, stretch.y, stretch.width or 1, stretch.height or 1)
        for key, box in boxes:
            assert not thick.overlaps(Box(box.x + 1, box.y + 1, box.width - 2, box.height - 2)), (index, key)
        assert inside(stretch, layout.pool)
    for lane in layout.lanes:
        assert all(inside(layout.shapes[key], lane.box) for key in lane.nodes)
        assert not any(lane.box.overlaps(other.box) for other in layout.lanes if other is not lane)
    if layout.lanes:
        assert sorted(k for lane in layout.lanes for k in lane.nodes) == sorted(graph.nodes)
    for line, edge in zip(layout.lines, graph.edges, strict=True):
        for point, key in ((line.points[0], edge["from"]), (line.points[-1], edge["to"])):
            box = layout.shapes[key]
            assert box.x <= point[0] <= box.right
            assert box.y <= point[1] <= box.bottom
    return layout


def test_the_joint_flow_reads_from_left_to_right() -> None:
    layout = check(JOINT)
    graph = graph_of(JOINT)
    for edge in graph.forward:
        assert layout.shapes[edge["from"]].right < layout.shapes[edge["to"]].x
    assert len({layout.shapes[k].y for k in ("plan", "fire", "sub")}) == 3
    assert [lane.key for lane in layout.lanes] == [
        "window", "@applicant", "planning", "fire", "planning+fire+chief", "chief",
    ]  # fmt: skip
    assert lanes_of(graph)["issue"] == "chief"  # what nobody does stands with the office that acted before


def test_a_flow_without_posts_has_no_lanes() -> None:
    document = {**STRAIGHT, "nodes": [{k: v for k, v in n.items() if k != "post"} for n in STRAIGHT["nodes"]]}
    assert check(document).lanes == ()


@settings(max_examples=80, deadline=None)
@given(flows())
def test_no_flow_is_drawn_over_itself(document: dict[str, Any]) -> None:
    layout, graph = check(document), graph_of(document)
    sections = graph.sections[0]
    for key, inside_of in sections.items():
        for other, other_inside in sections.items():
            for (split, branch), (other_split, other_branch) in zip(inside_of, other_inside, strict=False):
                if split != other_split:
                    break
                if branch != other_branch:  # parallel branches stand on rows of their own
                    one, two = layout.shapes[key], layout.shapes[other]
                    assert one.y + one.height // 2 != two.y + two.height // 2, (key, other)
                    break


@settings(max_examples=40, deadline=None)
@given(flows())
def test_every_line_has_a_track_of_its_own(document: dict[str, Any]) -> None:
    """Lines of different steps may cross but never run on top of each other, save where they leave or enter a shape."""
    layout = lay_out(graph_of(document))
    vertical = [(i, b) for i, b in stretches(layout) if b.width == 0 and b.height > 0]
    for position, (index, box) in enumerate(vertical):
        for other, other_box in vertical[position + 1 :]:
            if index != other and box.x == other_box.x:
                assert box.bottom <= other_box.y or other_box.bottom <= box.y, (index, other)
