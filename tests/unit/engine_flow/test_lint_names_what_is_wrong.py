"""Each way to spoil a flow is told by its own code, at its own place."""

# ruff: noqa: E501 -- one spoiled flow a line

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

from tests.drawn_flows import FORM, JOINT, POSTS, STRAIGHT, edge, flows, joint, node, straight
from tongban.engine.lint import lint
from tongban.engine.state import Limit

Spoil = Callable[[dict[str, Any]], Any]


def codes(document: Any, **more: Any) -> set[str]:
    return {p.code for p in lint(document, **{"posts": POSTS, "form_fields": FORM, **more})}


def test_a_sound_flow_has_no_problems() -> None:
    assert lint(JOINT, posts=POSTS, form_fields=FORM, promised=Limit(18)) == []
    assert lint(STRAIGHT) == []


def drop(document: dict[str, Any], source: str, target: str) -> None:
    document["edges"].remove(edge(document, source, target))


def add(document: dict[str, Any], source: str, target: str, **more: Any) -> None:
    document["edges"].append({"from": source, "to": target, **more})


def step(document: dict[str, Any], key: str, kind: str = "human", **more: Any) -> None:
    document["nodes"].append(
        {"key": key, "kind": kind, **({"post": "fire"} if kind == "human" else {}), **more}
    )


SPOILED: list[tuple[str, str, Spoil]] = [
    ("key_unknown", "nodes.plan.colour", lambda d: node(d, "plan").update(colour="red")),
    ("key_unknown", "flow.version", lambda d: d.update(version=2)),
    ("key_misplaced", "nodes.fork.post", lambda d: node(d, "fork").update(post="fire")),
    ("kind_unknown", "nodes.pay.kind", lambda d: node(d, "pay").update(kind="script")),
    ("schema_unknown", "flow.schema", lambda d: d.update(schema=9)),
    ("wrong_type", "", lambda d: d.update(nodes="none")),
    ("wrong_type", "", lambda d: node(d, "plan").update(limit={"amount": 1.5})),
    ("wrong_type", "", lambda d: node(d, "plan").update(name="a\x00")),
    ("key_missing", "", lambda d: d.pop("edges")),
    ("value_unknown", "", lambda d: node(d, "plan").update(duty="watch")),
    ("limit_out_of_range", "nodes.plan.limit", lambda d: node(d, "plan").update(limit={"amount": 0})),
    ("duplicate_key", "nodes.fire", lambda d: node(d, "plan").update(key="fire")),
    ("duplicate_key", "nodes.fire.choices", lambda d: node(d, "fire").update(choices=[{"key": "pass"}] * 2)),
    ("key_malformed", "nodes.规划", lambda d: node(d, "plan").update(key="规划")),
    ("edge_end_unknown", "edges.0.to", lambda d: d["edges"][0].update(to="nowhere")),
    ("edge_twice", "edges.20", lambda d: add(d, "tell", "end")),
    ("one_start", "nodes", lambda d: step(d, "start2", "start")),
    ("no_end", "nodes", lambda d: [d["nodes"].remove(node(d, k)) for k in ("end", "denied")] and [drop(d, "tell", "end"), drop(d, "granted", "denied")]),
    ("unreachable", "nodes.island", lambda d: (step(d, "island"), add(d, "island", "end"))),
    ("dead_end", "nodes.island", lambda d: (step(d, "island"), add(d, "granted", "island", when="form.area > 3"))),
    ("no_way_out", "nodes.tell", lambda d: edge(d, "tell", "end").update(to="cool")),
    ("into_start", "nodes.start", lambda d: edge(d, "tell", "end").update(to="start")),
    ("out_of_end", "nodes.denied", lambda d: add(d, "denied", "end")),
    ("no_default", "nodes.granted", lambda d: edge(d, "granted", "denied").pop("default")),
    ("no_condition", "nodes.planned", lambda d: edge(d, "planned", "plan").pop("when")),
    ("default_twice", "nodes.planned", lambda d: edge(d, "planned", "plan").update(default=True)),
    ("default_with_condition", "nodes.planned", lambda d: edge(d, "planned", "plan").update(default=True)),
    ("default_without_condition", "nodes.fork", lambda d: (edge(d, "fork", "sub").pop("when"), edge(d, "fork", "sub").update(default=True))),
    ("no_default", "nodes.fork", lambda d: [e.update(when="form.drains") for e in d["edges"] if e["from"] == "fork"]),
    ("fork_outside_decision", "nodes.tell", lambda d: add(d, "tell", "denied")),
    ("condition_outside_decision", "nodes.tell", lambda d: edge(d, "tell", "end").update(when="form.drains")),
    ("split_of_one", "nodes.fork", lambda d: (drop(d, "fork", "sub"), drop(d, "fork", "fire"))),
    ("decision_of_one", "nodes.planned", lambda d: drop(d, "planned", "plan")),
    ("join_without_split", "nodes.late", lambda d: (step(d, "late", "join", split="fork"), edge(d, "tell", "end").update(to="late"), add(d, "late", "end"))),
    ("join_without_split", "nodes.late", lambda d: (step(d, "late", "join"), edge(d, "tell", "end").update(to="late"), add(d, "late", "end"))),
    ("split_without_join", "nodes.fork", lambda d: node(d, "meet").update(split="other")),
    ("join_wrong_split", "nodes.meet", lambda d: node(d, "meet").update(split="other")),
    ("split_without_join", "nodes.denied", lambda d: edge(d, "fire", "meet").update(to="denied")),
    ("split_joined_twice", "nodes.fork", lambda d: (step(d, "meet2", "join", split="fork"), edge(d, "fire", "meet").update(to="meet2"), add(d, "meet2", "cosign"))),
    ("branches_cross", "nodes.sub", lambda d: edge(d, "fire", "meet").update(to="sub")),
    ("branches_cross", "nodes.accept", lambda d: edge(d, "planned", "plan").update(to="accept")),
    ("need_out_of_range", "nodes.fork.need", lambda d: node(d, "fork").update(policy="n_of_m", need=4)),
    ("need_out_of_range", "nodes.cosign.multi.need", lambda d: node(d, "cosign")["multi"].update(need=0)),
    ("need_without_policy", "nodes.fork.need", lambda d: node(d, "fork").update(need=1)),
    ("multi_without_posts", "nodes.cosign.multi.posts", lambda d: node(d, "cosign")["multi"].update(posts=[])),
    ("post_and_multi", "nodes.cosign.post", lambda d: node(d, "cosign").update(post="fire")),
    ("choice_unknown", "nodes.cosign.multi.counts", lambda d: node(d, "cosign")["multi"].update(counts=["yes"])),
    ("choice_unknown", "nodes.fire.silence.outcome", lambda d: node(d, "fire")["silence"].update(outcome="agree")),
    ("silence_without_basis", "nodes.fire.silence.basis", lambda d: node(d, "fire")["silence"].pop("basis")),
    ("silence_without_limit", "nodes.fire.limit", lambda d: node(d, "fire").pop("limit")),
    ("step_unknown", "nodes.decide.apart_from", lambda d: node(d, "decide").update(apart_from=["meet"])),
    ("no_post", "nodes.plan.post", lambda d: node(d, "plan").pop("post")),
    ("post_unknown", "nodes.plan.post", lambda d: node(d, "plan").update(post="ghost")),
    ("post_unknown", "nodes.cosign.post", lambda d: node(d, "cosign")["multi"]["posts"].append("ghost")),
    ("no_members", "nodes.sub.members", lambda d: node(d, "sub").pop("members")),
    ("no_limit", "nodes.cool.limit", lambda d: node(d, "cool").pop("limit")),
    ("no_fee", "nodes.pay.text", lambda d: node(d, "pay").pop("text")),
    ("condition_unknown_field", "edges.14.when", lambda d: edge(d, "granted", "pay").update(when="form.aera > 1")),
    ("condition_unknown_choice", "edges.14.when", lambda d: edge(d, "granted", "pay").update(when="outcome.decide == 'yes'")),
    ("condition_type", "edges.14.when", lambda d: edge(d, "granted", "pay").update(when="form.area > 'many'")),
    ("condition_not_bool", "edges.14.when", lambda d: edge(d, "granted", "pay").update(when="form.area")),
    ("condition_syntax", "edges.14.when", lambda d: edge(d, "granted", "pay").update(when="form.area >")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "where", "spoil"), SPOILED, ids=[f"{i}-{c}" for i, (c, _, _) in enumerate(SPOILED)]
)
def test_what_is_spoiled_is_named(code: str, where: str, spoil: Spoil) -> None:
    document = joint()
    spoil(document)
    problems = lint(document, posts=POSTS, form_fields=FORM)
    assert code in {p.code for p in problems}
    found = next(p for p in problems if p.code == code)
    assert found.message
    assert not where or where in {p.where for p in problems if p.code == code}


def test_a_loop_in_which_nobody_acts_is_refused() -> None:
    document = straight()
    document["nodes"] += [{"key": "a", "kind": "auto"}, {"key": "b", "kind": "decision"}]
    edge(document, "do", "end").update(to="a")
    document["edges"] += [
        {"from": "a", "to": "b"},
        {"from": "b", "to": "a", "when": "form.again"},
        {"from": "b", "to": "end", "default": True},
    ]
    assert codes(document, form_fields={"again": "bool"}, posts=None) == {"endless_loop"}
    assert next(p for p in lint(document) if p.code == "endless_loop").where == "nodes.a"
    node(document, "a").update(kind="human", post="window")
    assert codes(document, form_fields={"again": "bool"}, posts=None) == set()


def test_step_limits_must_fit_into_the_promise() -> None:
    # 8 (消防, the longer branch) + 2 会签 + 3 决定; 受理, 公示 and 补正 are not counted.
    assert codes(JOINT, promised=Limit(13)) == set()
    assert codes(JOINT, promised=Limit(12)) == {"limits_exceed_promise"}
    assert codes(JOINT, promised=Limit(1, "month")) == set()


def test_without_a_form_the_rest_of_a_condition_is_still_checked() -> None:
    document = joint()
    edge(document, "granted", "pay").update(when="form.anything > 3 && outcome.decide == 'maybe'")
    assert codes(document, form_fields=None) == {"condition_unknown_choice"}


@pytest.mark.parametrize("value", [None, 3, [], {}, {"key": "a", "nodes": [3], "edges": [None]}, {"key": []}])
def test_what_is_no_flow_at_all_is_told_not_raised(value: Any) -> None:
    assert lint(value)


@settings(max_examples=60, deadline=None)
@given(flows())
def test_well_built_flows_pass(document: dict[str, Any]) -> None:
    fields = {"n": "number", "again": "bool", "wide": "bool"}
    assert lint(document, form_fields=fields) == []
