"""Rules about integrity (廉政) that one case tells: it passed a step of high risk and was drawn to be checked."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from tongban.engine.flow import Flow
from tongban.engine.kinds import Facts
from tongban.platforms.supervision.rules.rule import ContentRule, Level, Reading, Threshold, Thresholds


def _risky(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    flow = facts.definition.flow
    risky = _risky_steps(flow)
    if not risky:
        return
    seen: set[str] = set()
    for task in facts.state.tasks:
        if task.node in risky and task.status == "done" and not task.deemed and task.node not in seen:
            seen.add(task.node)
            if _draw(facts.number, task.node) % thresholds["one_in"]:
                continue  # as `_drawn` would say
            words = {"step": flow.nodes[task.node].name or task.node, "one_in": thresholds["one_in"]}
            inputs = {"number": facts.number, "step": task.node, "risk": "high"}
            yield Reading(f"risk:{task.node}", inputs, words, task.no, task.by)


def _drawn(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    """Whether the draw fell on this case: by the digest of its number and step, which nobody chooses."""
    return 0 if _draw(inputs["number"], inputs["step"]) % thresholds["one_in"] else 1


def _draw(number: str, step: str) -> int:
    return int.from_bytes(sha256(f"{number}|{step}".encode()).digest()[:8])


def _risky_steps(flow: Flow) -> frozenset[str]:
    found = _by_flow.get(flow.sha256)
    if found is None:
        if len(_by_flow) > 4096:
            _by_flow.clear()
        found = frozenset(
            key for key, node in flow.nodes.items() if node.risk == "high" and node.kind == "human"
        )
        _by_flow[flow.sha256] = found
    return found


_by_flow: dict[str, frozenset[str]] = {}

R01 = ContentRule(
    id="R01",
    concerns=lambda defn: bool(_risky_steps(defn.flow)),
    name="高风险点抽查",
    basis="廉政风险防控规定（高等级风险点逐件留痕、抽查）",
    inputs=("廉政风险点", "风险等级", "已完成的环节", "抽取比例"),
    words="“{step}”是高等级廉政风险点，本件被抽中（每{one_in}件抽1件），请核查。",
    judged="高等级廉政风险点的环节按规定的比例抽取，抽中的预警，请核查；抽取由办件编号算出，任何人都不能挑选。",
    thresholds={"one_in": Threshold("每多少件抽查一件", "件", 10, 1, 1000)},
    read=_risky,
    judge=_drawn,
)
