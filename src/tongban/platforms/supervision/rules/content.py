"""Rules about content (内容): what a case lacked when it was accepted or concluded."""

from collections.abc import Iterable, Mapping
from typing import Any

from tongban.engine.kinds import Facts
from tongban.platforms.supervision.rules.flow import NONE
from tongban.platforms.supervision.rules.rule import ContentRule, Level, Reading, Thresholds


def _accepted_without(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    """Materials that were necessary and neither handed in, shared nor allowed later; acceptance by law aside."""
    state = facts.state
    if state.accepted is None or state.deemed_accepted:
        return
    missing: dict[str, str] = {}
    asked: dict[str, Any] | None = None
    for material in facts.definition.terms.materials.values():
        if material.key in state.materials or material.necessity in ("optional", "later"):
            continue
        if material.necessity == "conditional":
            if material.when is None:
                continue
            asked = asked or _asked(facts)
            if not material.when.test(asked):
                continue
        missing[material.key] = material.name
    if missing:
        inputs = {"missing": sorted(missing), "materials": dict(state.materials)}
        yield Reading("case", inputs, {"names": "、".join(missing.values())}, person=state.accepted_by)


def _asked(facts: Facts) -> dict[str, Any]:
    """The facts that the condition of a material may ask about, as the engine gives them."""
    state = facts.state
    return {
        "form": facts.form,
        "outcome": state.outcomes,
        "votes": state.votes,
        "materials": state.materials,
        "case": {
            "channel": facts.channel, "kind": state.kind, "secrecy": facts.secrecy, "applicant_kind": "",
            "result": state.result,
        },
    }  # fmt: skip


def _still_missing(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 2 if any(key not in inputs["materials"] for key in inputs["missing"]) else 0


def _result(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    """A result that was handed over, with what must stand on it."""
    state, results = facts.state, facts.definition.terms.results
    handed = state.delivered is not None or state.closed is not None
    if not handed or not results or state.result not in ("granted", "partial"):
        return
    paper = state.certificate
    if paper is not None and paper.number.strip() and paper.valid_until.strip():
        return
    kept = {
        "number": paper.number.strip() if paper else "",
        "valid_until": paper.valid_until.strip() if paper else "",
    }
    named = {"number": "证照编号", "valid_until": "有效期"}
    lacking = "、".join(named[key] for key, text in kept.items() if not text)
    yield Reading("result", kept, {"name": results[0].name, "lacking": lacking}, person=state.decided_by)


def _incomplete(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 0 if inputs["number"] and inputs["valid_until"] else 2


def _doubted(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    if facts.state.doubts:
        yield Reading("applicant", {"doubts": list(facts.state.doubts)})


def _impossible(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 1 if "id_number" in inputs["doubts"] else 0


N01 = ContentRule(
    id="N01",
    needs="forced at_once",
    name="必备材料缺失",
    basis="《行政许可法》第三十二条第一款第五项（材料齐全、符合法定形式方可受理）",
    inputs=("材料清单", "已收材料", "容缺后补"),
    words="受理时缺少必备材料：{names}。",
    judged="受理时缺少必备材料，又没有容缺后补的，发黄牌。",
    thresholds=NONE,
    read=_accepted_without,
    judge=_still_missing,
)
N03 = ContentRule(
    id="N03",
    needs="bare",
    concerns=lambda defn: bool(defn.terms.results),
    name="结果要素缺失",
    basis="电子监察规则；《行政许可法》第三十九条",
    inputs=("结果名称", "证照编号", "有效期"),
    words="已送达的“{name}”缺少{lacking}。",
    judged="已送达的结果缺少编号或者有效期的，发黄牌。",
    thresholds=NONE,
    read=_result,
    judge=_incomplete,
)
N04 = ContentRule(
    id="N04",
    needs="doubts",
    name="证件号码校验不符",
    basis="GB 11643—1999《公民身份号码》；GB 32100—2015《法人和其他组织统一社会信用代码编码规则》",
    inputs=("申请人证件类型和号码的校验结果",),
    words="申请人的证件号码或者统一社会信用代码校验位不符，请核对。",
    judged="申请人的证件号码或者统一社会信用代码校验位不符的，预警。",
    thresholds=NONE,
    read=_doubted,
    judge=_impossible,
)
