"""Rules about discretion (裁量): bands that were left, bands that do not fit the circumstances, leniency without reasons."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tongban.engine.kinds import Facts
from tongban.platforms.supervision.rules.flow import NONE
from tongban.platforms.supervision.rules.procedure import PENALTY
from tongban.platforms.supervision.rules.rule import ContentRule, Level, Reading, Thresholds


def _chosen(facts: Facts) -> Mapping[str, Any] | None:
    """What was chosen, with what the benchmark (裁量基准) says of it."""
    said, terms = facts.state.decision.get("discretion"), facts.definition.terms.discretion
    if not said or not terms:
        return None
    bands = terms.get("bands", ())
    band = next((b for b in bands if b["level"] == said.get("band")), None)
    if band is None:
        return None
    circumstances = list(said.get("circumstances", ()))
    fitting = [b["level"] for b in bands if set(circumstances) & set(b.get("circumstances", ()))]
    return {
        "band": band["level"],
        "amount": str(said.get("amount", "0")),
        "least": str(band["min"]),
        "most": str(band["max"]),
        "statutory_most": str(terms.get("statutory_max", "")),
        "circumstances": circumstances,
        "fitting": fitting,
        "order": [b["level"] for b in bands],
        "reason": str(said.get("reason", "")).strip(),
        "discussion": str(said.get("discussion", "")).strip(),
    }


def _banded(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    inputs = _chosen(facts)
    if inputs is not None:
        unit = facts.definition.terms.discretion.get("unit", "元")
        words = {
            "unit": unit,
            "fitting": "、".join(inputs["fitting"]),
            "listed": "、".join(inputs["circumstances"]),
        }
        yield Reading("decision", inputs, words, person=facts.state.decided_by)


def _outside(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    """Outside its band only with reasons and a collective discussion on record; above the law's own maximum never."""
    amount = Decimal(inputs["amount"])
    if inputs["statutory_most"] and amount > Decimal(inputs["statutory_most"]):
        return 3
    inside = Decimal(inputs["least"]) <= amount <= Decimal(inputs["most"])
    return 0 if inside or (inputs["reason"] and inputs["discussion"]) else 3


def _unfitting(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    fits = not inputs["fitting"] or inputs["band"] in inputs["fitting"]
    return 0 if fits or inputs["discussion"] else 2


def _lenient(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    """不予处罚: decided against, or a band of nothing; 减轻: below the band; 从轻: a milder band than the circumstances'."""
    state = facts.state
    if facts.definition.terms.power != PENALTY or state.decided is None:
        return
    reason = str(state.decision.get("reason", "")).strip()
    if state.decision.get("outcome") == "denied":
        yield Reading("decision", {"kind": "不予处罚", "reason": reason}, person=state.decided_by)
        return
    inputs = _chosen(facts)
    if inputs is None:
        return
    amount, order = Decimal(inputs["amount"]), inputs["order"]
    milder = inputs["fitting"] and order.index(inputs["band"]) < min(
        order.index(f) for f in inputs["fitting"]
    )
    kind = (
        "不予处罚" if Decimal(inputs["most"]) == 0 and amount == 0
        else "减轻处罚" if amount < Decimal(inputs["least"])
        else "从轻处罚" if milder
        else ""
    )  # fmt: skip
    if kind:
        yield Reading(
            "decision", {"kind": kind, "reason": inputs["reason"] or reason}, person=state.decided_by
        )


def _no_reason(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 0 if inputs["reason"] else 2


J01 = ContentRule(
    id="J01",
    needs="decided",
    concerns=lambda defn: bool(defn.terms.discretion),
    name="超裁量幅度",
    basis="《行政处罚法》第三十四条；行政裁量权基准",
    inputs=("裁量基准", "所选阶次", "处罚数额", "偏离理由", "集体讨论记录"),
    words="处罚{amount}{unit}，“{band}”阶次为{least}至{most}{unit}，超出幅度而没有理由和集体讨论记录，或者超过法定上限。",
    judged="处罚数额超过法定上限的，或者在所选阶次的幅度以外而没有理由和集体讨论记录的，发红牌。",
    thresholds=NONE,
    read=_banded,
    judge=_outside,
)
J02 = ContentRule(
    id="J02",
    needs="decided",
    concerns=lambda defn: bool(defn.terms.discretion),
    name="阶次与情节不符",
    basis="《行政处罚法》第五条、第三十四条；行政裁量权基准",
    inputs=("适用情节", "情节对应的阶次", "所选阶次", "集体讨论记录"),
    words="情节为{listed}，对应“{fitting}”阶次，选择了“{band}”，没有集体讨论记录。",
    judged="所选阶次与适用情节对应的阶次不符，又没有集体讨论记录的，发黄牌。",
    thresholds=NONE,
    read=_banded,
    judge=_unfitting,
)
J04 = ContentRule(
    id="J04",
    needs="decided",
    concerns=lambda defn: defn.terms.power == PENALTY,
    name="从轻减轻或不予处罚未附理由",
    basis="《行政处罚法》第三十二条、第三十三条、第五十九条",
    inputs=("决定", "所选阶次", "处罚数额", "理由"),
    words="{kind}没有写明理由。",
    judged="从轻、减轻或者不予处罚，没有写明理由的，发黄牌。",
    thresholds=NONE,
    read=_lenient,
    judge=_no_reason,
)
