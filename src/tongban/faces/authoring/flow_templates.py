"""Flows to begin with (流程模板): the usual courses of a matter, with the posts left for the department to name."""

from collections.abc import Callable, Mapping
from typing import Any

Document = dict[str, Any]
_ACCEPT: list[dict[str, Any]] = [
    {"key": "accept", "name": "受理"},
    {"key": "refuse", "name": "不予受理", "needs": ["reason", "remedy"]},
]
_DECIDE: list[dict[str, Any]] = [
    {"key": "granted", "name": "准予"},
    {"key": "denied", "name": "不予", "needs": ["reason", "remedy"]},
]


def simple() -> Document:
    """受理 → 决定 → 送达."""
    return _document(
        [_accept(), _decide(), _deliver()],
        [("start", "accept"), ("accept", "decide"), ("decide", "deliver"), ("deliver", "end")],
    )


def full() -> Document:
    """受理 → 审查 → 审核 → 决定 → 送达; the reviewer may be overruled, the check may send back."""
    return _document(
        [
            _accept(),
            _review(),
            _check(),
            {"key": "checked", "kind": "decision", "name": "审核结论"},
            _decide(),
            _deliver(),
        ],
        [
            ("start", "accept"),
            ("accept", "review"),
            ("review", "check"),
            ("check", "checked"),
            ("checked", "review", "outcome.check == 'back'", "退回重审"),
            ("checked", "decide", "", "同意"),
            ("decide", "deliver"),
            ("deliver", "end"),
        ],
    )


def instant() -> Document:
    """即办: accepted and decided on the spot by one post (行政许可法第三十四条)."""
    step = _accept()
    return _document(
        [
            {**step, "name": "当场受理"},
            {**_decide(), "name": "当场决定", "limit": {"amount": 1, "counted": False}, "apart_from": []},
            _deliver(),
        ],
        [("start", "accept"), ("accept", "decide"), ("decide", "deliver"), ("deliver", "end")],
    )


def inspected() -> Document:
    """With an on-site inspection (现场核查) where the review asks for one."""
    review = _review()
    review["choices"] = [
        {"key": "visit", "name": "需要现场核查"},
        {"key": "pass", "name": "材料即可认定", "needs": ["opinion"]},
        {"key": "fail", "name": "不符合条件", "needs": ["opinion"]},
    ]
    site = {
        "key": "site",
        "kind": "human",
        "name": "现场核查",
        "stage": "审查",
        "post": "",
        "duty": "review",
        "limit": {"amount": 2},
        "standard": "两人以上到场，形成核查记录",
        "choices": [
            {"key": "pass", "name": "现场合格"},
            {"key": "fail", "name": "现场不合格", "needs": ["opinion"]},
        ],
    }
    return _document(
        [
            _accept(),
            review,
            {"key": "visit_needed", "kind": "decision", "name": "是否现场核查"},
            site,
            _check(),
            _decide(),
            _deliver(),
        ],
        [
            ("start", "accept"),
            ("accept", "review"),
            ("review", "visit_needed"),
            ("visit_needed", "site", "outcome.review == 'visit'", "需要"),
            ("visit_needed", "check", "", "不需要"),
            ("site", "check"),
            ("check", "decide"),
            ("decide", "deliver"),
            ("deliver", "end"),
        ],
    )


TEMPLATES: Mapping[str, tuple[str, str, Callable[[], Document]]] = {
    "full": ("受理—审查—审核—决定—送达", "一般许可的完整过程，审核可以退回重审", full),
    "simple": ("简单审批", "受理以后直接决定，适合不用审查的事项", simple),
    "instant": ("即办", "窗口当场受理、当场决定", instant),
    "inspected": ("带现场核查", "审查时判断是否上门，核查以后再审核决定", inspected),
}


def _document(nodes: list[dict[str, Any]], ways: list[tuple[str, ...]]) -> Document:
    decisions = {n["key"] for n in nodes if n["kind"] == "decision"}
    edges = []
    for source, target, *more in ways:
        edge: dict[str, Any] = {"from": source, "to": target}
        if more and more[0]:
            edge["when"] = more[0]
        elif source in decisions:
            edge["default"] = True
        if len(more) > 1:
            edge["name"] = more[1]
        edges.append(edge)
    return {
        "key": "",
        "name": "",
        "nodes": [
            {"key": "start", "kind": "start", "name": "申请"},
            *nodes,
            {"key": "end", "kind": "end", "name": "办结"},
        ],
        "edges": edges,
    }


def _accept() -> dict[str, Any]:
    return {
        "key": "accept",
        "kind": "human",
        "name": "收件受理",
        "stage": "受理",
        "post": "",
        "duty": "accept",
        "limit": {"amount": 1, "counted": False},
        "choices": [dict(c) for c in _ACCEPT],
        "standard": "材料与清单逐项对上，形式合法，事项归本机关管",
        "risk": "low",
    }


def _review() -> dict[str, Any]:
    return {
        "key": "review",
        "kind": "human",
        "name": "审查",
        "stage": "审查",
        "post": "",
        "duty": "review",
        "limit": {"amount": 2},
        "choices": [{"key": "pass", "name": "通过"}, {"key": "fail", "name": "不通过", "needs": ["opinion"]}],
        "standard": "材料真实完整、前后一致，符合法定条件",
        "risk": "high",
    }


def _check() -> dict[str, Any]:
    return {
        "key": "check",
        "kind": "human",
        "name": "审核",
        "stage": "审查",
        "post": "",
        "duty": "check",
        "limit": {"amount": 1},
        "choices": [{"key": "agree", "name": "同意"}, {"key": "back", "name": "退回", "needs": ["opinion"]}],
        "standard": "审查结论清楚，依据充分",
    }


def _decide() -> dict[str, Any]:
    return {
        "key": "decide",
        "kind": "human",
        "name": "决定",
        "stage": "决定",
        "post": "",
        "duty": "decide",
        "limit": {"amount": 1},
        "choices": [dict(c) for c in _DECIDE],
        "apart_from": ["accept"],
        "standard": "权限和程序合法",
        "risk": "mid",
    }


def _deliver() -> dict[str, Any]:
    return {
        "key": "deliver",
        "kind": "human",
        "name": "送达",
        "stage": "送达",
        "post": "",
        "duty": "deliver",
        "limit": {"amount": 1, "counted": False},
        "choices": [{"key": "delivered", "name": "已送达"}],
    }
