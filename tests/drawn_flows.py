"""Flows that the tests of flows, of their checks and of their diagrams draw upon."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

STRAIGHT: dict[str, Any] = {
    "key": "straight",
    "name": "即办",
    "nodes": [
        {"key": "start", "kind": "start"},
        {"key": "do", "kind": "human", "name": "办理", "post": "window"},
        {"key": "end", "kind": "end"},
    ],
    "edges": [{"from": "start", "to": "do"}, {"from": "do", "to": "end"}],
}

# Everything at once: a loop back, a joint section of two departments with a hearing inside, 会签, payment, notice.
JOINT: dict[str, Any] = {
    "schema": 1,
    "key": "construction/joint-1",
    "name": "建设工程并联审批",
    "nodes": [
        {"key": "start", "kind": "start", "name": "申请"},
        {
            "key": "accept", "kind": "human", "name": "受理", "stage": "受理", "post": "window", "duty": "accept",
            "limit": {"amount": 5, "unit": "workday", "counted": False}, "risk": "low",
            "choices": [{"key": "accept", "name": "受理"}, {"key": "refuse", "name": "不予受理", "needs": ["reason", "remedy"]}],
        },
        {"key": "mend", "kind": "correction", "name": "补正材料", "stage": "受理", "limit": {"amount": 15}},
        {"key": "fork", "kind": "split", "name": "并联", "stage": "审查", "policy": "all"},
        {
            "key": "plan", "kind": "human", "name": "规划审查", "stage": "审查", "post": "planning", "duty": "review",
            "limit": {"amount": 5}, "choices": [{"key": "pass"}, {"key": "back", "name": "退回", "needs": []}],
            "repeat": "restart", "standard": "对照控规逐项核对\n不得缺项", "risk": "high",
        },
        {"key": "planned", "kind": "decision"},
        {
            "key": "fire", "kind": "human", "name": "消防审查", "stage": "审查", "post": "fire", "limit": {"amount": 8},
            "choices": [{"key": "pass", "name": "通过"}, {"key": "fail", "name": "不通过"}],
            "silence": {"outcome": "pass", "basis": "工程建设项目审批制度改革实施意见"},
        },
        {"key": "sub", "kind": "subcase", "name": "排水许可", "stage": "审查", "members": ["11-drain", "11 water"], "policy": "any"},
        {"key": "meet", "kind": "join", "split": "fork"},
        {
            "key": "cosign", "kind": "human", "name": "会签", "stage": "决定", "limit": {"amount": 2},
            "multi": {"posts": ["planning", "fire", "chief"], "policy": "n_of_m", "need": 2, "counts": ["agree"]},
            "choices": [{"key": "agree", "name": "同意"}, {"key": "object", "name": "不同意", "needs": ["opinion"]}],
        },
        {
            "key": "decide", "kind": "human", "name": "决定", "stage": "决定", "post": "chief", "duty": "decide",
            "limit": {"amount": 3}, "choices": [{"key": "granted", "name": "准予"}, {"key": "denied", "name": "不予"}],
            "apart_from": ["accept"],
        },
        {"key": "granted", "kind": "decision", "name": "准予吗"},
        {"key": "pay", "kind": "payment", "name": "缴费", "stage": "送达", "text": "site_fee"},
        {"key": "cool", "kind": "wait", "name": "公示期", "limit": {"amount": 7, "unit": "day", "counted": False}},
        {"key": "issue", "kind": "auto", "name": "生成结果", "action": "issue_result"},
        {"key": "tell", "kind": "notice", "name": "通知领取", "text": "ready"},
        {"key": "end", "kind": "end", "name": "办结"},
        {"key": "denied", "kind": "end", "name": "不予许可"},
    ],
    "edges": [
        {"from": "start", "to": "mend"},
        {"from": "mend", "to": "accept"},
        {"from": "accept", "to": "fork"},
        {"from": "fork", "to": "plan"},
        {"from": "fork", "to": "fire"},
        {"from": "fork", "to": "sub", "name": "排水", "when": "form.drains == true && case.channel != 'x'"},
        {"from": "plan", "to": "planned"},
        {"from": "planned", "to": "plan", "when": "outcome.plan == 'back'", "name": "退回重审"},
        {"from": "planned", "to": "meet", "default": True, "name": ""},
        {"from": "fire", "to": "meet"},
        {"from": "sub", "to": "meet"},
        {"from": "meet", "to": "cosign"},
        {"from": "cosign", "to": "decide"},
        {"from": "decide", "to": "granted"},
        {"from": "granted", "to": "pay", "when": "outcome.decide == 'granted' && form.area > 100\n || votes.cosign.agree >= 3"},
        {"from": "granted", "to": "denied", "default": True, "when": ""},
        {"from": "pay", "to": "cool"},
        {"from": "cool", "to": "issue"},
        {"from": "issue", "to": "tell"},
        {"from": "tell", "to": "end"},
    ],
}  # fmt: skip

FORM = {"area": "number", "drains": "bool", "use": {"type": "select", "options": ["home", "shop"]}}
POSTS = {"window", "planning", "fire", "chief"}


def joint() -> dict[str, Any]:
    """A copy of JOINT to spoil."""
    return deepcopy(JOINT)


def straight() -> dict[str, Any]:
    """A copy of STRAIGHT to spoil."""
    return deepcopy(STRAIGHT)


def node(document: dict[str, Any], key: str) -> dict[str, Any]:
    """The node of that key, to spoil."""
    return next(n for n in document["nodes"] if n["key"] == key)


def edge(document: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    """The edge between two nodes, to spoil."""
    return next(e for e in document["edges"] if (e["from"], e["to"]) == (source, target))


_names = st.text(st.sampled_from("审查受理 ab<>&\"'\n\t—𠮷"), max_size=12)


@st.composite
def flows(draw: st.DrawFn) -> dict[str, Any]:  # noqa: C901 -- one case for each shape of flow
    """A flow that passes lint: nested sequences, decisions, loops back and parallel sections over random steps."""
    nodes: list[dict[str, Any]] = [{"key": "start", "kind": "start"}]
    edges: list[dict[str, Any]] = []

    def fresh(kind: str, **more: Any) -> str:
        key = f"{kind}-{len(nodes)}"
        nodes.append(
            {"key": key, "kind": kind, **({"name": draw(_names)} if draw(st.booleans()) else {}), **more}
        )
        return key

    def link(source: str, target: str, **more: Any) -> None:
        if draw(st.integers(0, 4)) == 0:
            more["name"] = draw(_names)
        edges.append({"from": source, "to": target, **more})

    def step() -> str:
        kind = draw(
            st.sampled_from(
                (
                    "human",
                    "human",
                    "human",
                    "multi",
                    "auto",
                    "wait",
                    "correction",
                    "notice",
                    "payment",
                    "subcase",
                )
            )
        )
        limit = {
            "limit": {
                "amount": draw(st.integers(1, 9)),
                **draw(
                    st.sampled_from(
                        ({}, {"unit": "day"}, {"counted": True}, {"unit": "hour", "counted": False})
                    )
                ),
            }
        }
        if kind == "human":
            more: dict[str, Any] = draw(
                st.sampled_from(
                    (
                        {},
                        limit,
                        {"stage": "审查"},
                        {"risk": "", "standard": "甲\n乙"},
                        {"duty": "review", "choices": []},
                    )
                )
            )
            return fresh("human", post=draw(st.sampled_from(("a", "b 1", "丙"))), **more)
        if kind == "multi":
            policy = draw(
                st.sampled_from(({}, {"policy": "all"}, {"policy": "any"}, {"policy": "n_of_m", "need": 2}))
            )
            return fresh(
                "human",
                multi={"posts": ["a", "b 1", "c"], **policy},
                choices=[{"key": "yes"}, {"key": "no", "needs": ["reason"]}],
            )
        if kind == "wait":
            return fresh("wait", **limit)
        if kind == "subcase":
            return fresh(
                "subcase",
                members=["x/1", "y 2"],
                **draw(st.sampled_from(({}, {"policy": "any"}, {"policy": "n_of_m", "need": 1}))),
            )
        if kind == "payment":
            return fresh("payment", text="fee")
        return fresh(kind)

    def block(source: str, depth: int) -> str:
        """Draw a piece after `source` and return its last node."""
        shape = (
            draw(st.sampled_from(("step", "step", "choice", "loop", "parallel", "sequence")))
            if depth
            else "step"
        )
        if shape == "sequence":
            return block(block(source, depth - 1), depth - 1)
        if shape == "choice":
            decision = fresh("decision")
            link(source, decision)
            ends = [block(decision, depth - 1) for _ in range(draw(st.integers(2, 3)))]
            for index, e in enumerate(e for e in edges if e["from"] == decision):
                e.update(
                    {"default": True}
                    if index == 0
                    else {"when": f"form.n > {index} && case.channel != '<&>'"}
                )
            last = step()
            for end in ends:
                link(end, last)
            return last
        if shape == "loop":
            first = fresh("human", post="a")  # somebody acts in every loop
            link(source, first)
            last = block(first, depth - 1)
            decision = fresh("decision")
            link(last, decision)
            after = step()
            link(decision, first, when="form.again")
            link(decision, after, default=True)
            return after
        if shape == "parallel":
            count = draw(st.integers(2, 3))
            policy = draw(st.sampled_from(({}, {"policy": "any"}, {"policy": "n_of_m", "need": count})))
            split = fresh("split", **policy)
            link(source, split)
            ends = [block(split, depth - 1) for _ in range(count)]
            if draw(st.booleans()):
                next(e for e in edges if e["from"] == split)["when"] = "form.wide"
            join = fresh("join", split=split)
            for end in ends:
                link(end, join)
            return join
        last = step()
        link(source, last)
        return last

    last = block("start", draw(st.integers(0, 3)))
    end = fresh("end")
    link(last, end)
    return {
        "key": "drawn",
        **({"name": draw(_names)} if draw(st.booleans()) else {}),
        "nodes": nodes,
        "edges": edges,
    }
