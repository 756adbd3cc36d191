"""Handing a step up or down, and sending a case back into a parallel section that is through."""

from dataclasses import replace

import pytest

from tests.permits import HEAD, NEIGHBOUR, PERMIT, REVIEWER, SECTION_HEAD, CaseUnderTest, a_case, staff
from tests.unit.test_standing_actions import refused
from tongban.engine.flow import compile_flow

TOWN = replace(PERMIT, posts={**PERMIT.posts, "XZ": (9, 3), "CUN": (10, 4)})
TOWNSHIP = staff("XZ", 50, "handle")
VILLAGE = staff("CUN", 51, "handle")


def at_the_check() -> CaseUnderTest:
    """A case whose reviews are through and that waits for the section head."""
    case = a_case(TOWN).accepted()
    return case.do("complete", REVIEWER, outcome="pass").do("complete", NEIGHBOUR, outcome="pass")


def test_a_step_handed_down_has_a_limit_of_its_own_and_comes_back_with_an_opinion() -> None:
    case = a_case(TOWN).accepted()
    case.do("hand_over", REVIEWER, post="XZ", days=2, reason="请核实店面现状", direction="down")
    handed = case.state.open_tasks[-1]
    assert (handed.post, handed.sent_by, handed.limit.amount) == ("XZ", "down", 2)
    assert handed.due.date().isoformat() == "2026-03-05", "Wednesday 4 March is the last day"
    assert refused("cosign_open", lambda: case.do("complete", REVIEWER, outcome="pass")).detail["posts"] == [
        "XZ"
    ]
    case.do("complete", TOWNSHIP, task=handed.no, opinion="店面属实")
    case.do("complete", REVIEWER, outcome="pass")


def test_it_can_be_handed_on_and_each_waits_for_the_next() -> None:
    case = a_case(TOWN).accepted()
    case.do("hand_over", REVIEWER, post="XZ", days=3, reason="请核实", direction="down")
    town = case.state.open_tasks[-1]
    case.do("hand_over", TOWNSHIP, task=town.no, post="CUN", days=2, reason="请上门看", direction="down")
    village = case.state.open_tasks[-1]
    refused("cosign_open", lambda: case.do("complete", TOWNSHIP, task=town.no, opinion="属实"))
    case.do("complete", VILLAGE, task=village.no, opinion="看过了").do(
        "complete", TOWNSHIP, task=town.no, opinion="属实"
    )
    case.do("complete", REVIEWER, outcome="pass")


def test_what_is_handed_over_may_not_outlast_the_case_nor_stay_in_the_house() -> None:
    case = a_case(TOWN).accepted()
    r = refused(
        "limit_outlasts_case", lambda: case.do("hand_over", REVIEWER, post="XZ", days=20, reason="慢慢来")
    )
    assert r.detail["field"] == "days"
    refused("same_unit", lambda: case.do("hand_over", REVIEWER, post="KZ", days=1, reason="看一下"))


def test_a_case_is_sent_back_into_a_branch_that_is_through_and_the_others_stand() -> None:
    case = at_the_check().do("send_back", SECTION_HEAD, to="review_b", reason="缺现场照片")
    again = case.state.open_tasks
    assert [(t.node, t.generation, t.branch) for t in again] == [("review_b", 2, "review_b")]
    section = case.state.splits[again[0].split - 1]
    assert (section.node, section.expected, section.generation) == ("fork", 1, 2)
    case.do("complete", NEIGHBOUR, outcome="pass")
    assert [t.node for t in case.state.open_tasks] == ["check"]
    assert [t.generation for t in case.state.tasks if t.node == "review_a"] == [1]
    case.do("complete", SECTION_HEAD, outcome="agree").do("complete", HEAD, outcome="granted")
    assert case.state.result == "granted"


def test_a_branch_that_is_through_is_not_entered_while_its_section_runs() -> None:
    case = a_case(TOWN).accepted().do("complete", REVIEWER, outcome="pass")
    r = refused("cannot_send_back", lambda: case.do("send_back", NEIGHBOUR, to="review_a", reason="重看"))
    assert r.detail["steps"] == []


def test_sections_within_sections_are_opened_again_from_the_outside_in() -> None:
    step = {"kind": "human", "post": "SA", "choices": [{"key": "pass"}]}
    nodes = [
        {"key": "start", "kind": "start"},
        {"key": "outer", "kind": "split"}, {"key": "inner", "kind": "split"},
        {"key": "a", **step}, {"key": "b", **step}, {"key": "c", **step},
        {"key": "in", "kind": "join", "split": "inner"}, {"key": "out", "kind": "join", "split": "outer"},
        {"key": "last", **step, "post": "KZ"}, {"key": "end", "kind": "end"},
    ]  # fmt: skip
    ways = [("start", "outer"), ("outer", "inner"), ("outer", "c"), ("inner", "a"), ("inner", "b"), ("a", "in"), ("b", "in"),
            ("in", "out"), ("c", "out"), ("out", "last"), ("last", "end")]  # fmt: skip
    flow = compile_flow({"key": "nested", "nodes": nodes, "edges": [{"from": a, "to": b} for a, b in ways]})
    case = a_case(replace(PERMIT, flow=flow)).applied()
    while [t.node for t in case.state.open_tasks] != ["last"]:
        case.do("complete", REVIEWER, task=case.state.open_tasks[0].no, outcome="pass")
    case.do("send_back", SECTION_HEAD, to="b", reason="重看")
    assert [t.node for t in case.state.open_tasks] == ["b"]
    assert [s.node for s in case.state.splits[-2:]] == ["outer", "inner"]
    case.do("complete", REVIEWER, outcome="pass")
    assert [t.node for t in case.state.open_tasks] == ["last"]


@pytest.mark.parametrize("node", ["accept", "decide"])
def test_neither_acceptance_nor_what_is_to_come_can_be_gone_back_to(node: str) -> None:
    refused("cannot_send_back", lambda: at_the_check().do("send_back", SECTION_HEAD, to=node, reason="重来"))
