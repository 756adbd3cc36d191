"""The flow diagram: layers, branches, ways back, lanes; nothing overlaps and nothing leaves the canvas."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.base.ui.flow import Box, Wire, flow
from tongban.base.ui.flow.graph import graph_of


def chain(*names):
    return [Box(n, n) for n in names], [Wire(a, b) for a, b in pairwise(names)]


def boxes_of(drawing):
    """(x, y, width, height) of the boxes of a drawing."""
    return [
        tuple(float(dict(s.attrs)[k]) for k in ("x", "y", "width", "height"))
        for s in drawing.shapes
        if s.tag == "rect" and s.css.split()[:1] == ["box"]
    ]


def overlap(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def test_branches_share_a_layer_and_meet_after_it():
    boxes = [Box(k, k) for k in "abcd"]
    g = graph_of(boxes, [Wire("a", "b"), Wire("a", "c"), Wire("b", "d"), Wire("c", "d")])
    assert g.rows == [["a"], ["b", "c"], ["d"]]
    assert g.back == []


def test_a_step_stands_after_its_longest_way():
    boxes = [Box(k, k) for k in "abc"]
    assert graph_of(boxes, [Wire("a", "b"), Wire("b", "c"), Wire("a", "c")]).layer == {"a": 0, "b": 1, "c": 2}


def test_a_return_is_a_way_back_and_moves_nothing():
    boxes, wires = chain("受理", "审查", "决定")
    back = Wire("审查", "受理", "退回")
    g = graph_of(boxes, [*wires, back])
    assert g.back == [back]
    assert g.rows == [["受理"], ["审查"], ["决定"]]


def test_a_wire_into_nowhere_is_an_error():
    with pytest.raises(KeyError):
        flow([Box("a", "a")], [Wire("a", "b")])


def test_a_long_flow_wraps_into_bands():
    boxes, wires = chain(*(f"第{i}步" for i in range(12)))
    drawing = flow(boxes, wires, room=800).wide
    assert drawing.width <= 850
    assert len({y for _, y, _, _ in boxes_of(drawing)}) > 1


def test_with_lanes_a_side_trip_stands_over_the_step_it_belongs_to():
    boxes = [
        Box("apply", "申请", lane=0),
        Box("accept", "受理", lane=1),
        Box("supply", "补正", lane=0),
        Box("done", "办结", lane=1),
    ]
    wires = [
        Wire("apply", "accept"),
        Wire("accept", "done"),
        Wire("accept", "supply"),
        Wire("supply", "accept"),
    ]
    drawing = flow(boxes, wires, lanes=("您", "部门")).wide
    _, accept, supply, _ = boxes_of(drawing)
    assert accept[0] == supply[0]
    assert accept[1] > supply[1]


def test_done_now_and_risk_are_told_in_words_too():
    boxes = [
        Box("a", "受理", state="done"),
        Box("b", "审查", state="now", risk="风险点 高"),
        Box("c", "决定"),
    ]
    made = flow(boxes, [Wire("a", "b"), Wire("b", "c", "通过")], title="流程图")
    assert made.wide.label == "流程图。已完成：受理；正在办：审查；之后：决定；审查风险点 高"
    assert made.steps[1] == "审查（正在办，风险点 高），接着：通过→决定"


@given(
    st.integers(2, 14).flatmap(
        lambda n: st.tuples(
            st.just(n),
            st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24),
            st.booleans(),
        )
    )
)
def test_whatever_the_graph_no_two_boxes_overlap_and_all_are_on_the_canvas(drawn):
    n, pairs, lanes = drawn
    boxes = [
        Box(f"n{i}", f"步骤{i}", lane=i % 2 if lanes else 0, risk="风险点 中" if i % 5 == 0 else "")
        for i in range(n)
    ]
    wires = [Wire(f"n{a}", f"n{b}") for a, b in pairs if a != b]
    made = flow(boxes, wires, lanes=("您", "部门") if lanes else ())
    for drawing in (made.wide, made.tall):
        placed = boxes_of(drawing)
        assert len(placed) == n
        for i, box in enumerate(placed):
            assert box[0] >= 0
            assert box[1] >= 0
            assert box[0] + box[2] <= drawing.width + 0.1
            assert box[1] + box[3] <= drawing.height + 0.1
            assert not any(overlap(box, other) for other in placed[i + 1 :])


def test_a_long_name_stands_in_two_lines_and_only_a_longer_one_is_cut():
    boxes = [Box("a", "退回前面的环节重新办理"), Box("b", "国家秘密工作秘密和商业秘密个人隐私审查", "科长")]
    drawn = flow(boxes, [Wire("a", "b")]).wide
    said = [shape.text for shape in drawn.shapes if shape.tag == "text"]
    assert said[:2] == ["退回前面的环", "节重新办理"]
    assert said[2].startswith("国家秘密")
    assert said[3].endswith("…")
    assert said[4] == "科长"
