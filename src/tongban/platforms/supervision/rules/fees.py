"""Rules about fees (收费): charged without a standard, or beyond it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from tongban.base.calendar import Calendar
from tongban.engine.definition import FeeTerm
from tongban.engine.kinds import Facts
from tongban.engine.state import Fee, Limit
from tongban.platforms.supervision.rules.flow import NONE
from tongban.platforms.supervision.rules.rule import (
    ContentRule,
    Level,
    Reading,
    Span,
    Threshold,
    Thresholds,
    TimeRule,
    due_or_none,
)


def _unlisted(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    for n, fee, term in _fees(facts):
        if term is None:
            inputs = {"name": fee.name, "amount": fee.amount, "listed": _listed(facts)}
            yield Reading(f"fee:{n}", inputs, person=_charger(facts))


def _free_but_charged(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["name"] not in inputs["listed"] and Decimal(inputs["amount"]) > 0 else 0


def _listed_fees(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    for n, fee, term in _fees(facts):
        if term is not None and term.amount is not None:
            inputs = {
                "name": fee.name, "amount": fee.amount, "standard": str(term.amount), "reduced": fee.reduced.strip(),
            }  # fmt: skip
            fault = "高于标准" if Decimal(fee.amount) > term.amount else "低于标准又没有写明减免依据"
            yield Reading(f"fee:{n}", inputs, {"fault": fault}, person=_charger(facts))


def _beside_standard(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    amount, standard = Decimal(inputs["amount"]), Decimal(inputs["standard"])
    if amount > standard:
        return 3
    return 2 if amount < standard and not inputs["reduced"] else 0


def _reduced(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    for n, fee, term in _fees(facts):
        if term is not None and term.amount is not None and fee.reduced.strip():
            inputs = {
                "name": fee.name, "amount": fee.amount, "standard": str(term.amount), "reduced": fee.reduced.strip(),
                "reducible": term.reducible,
            }  # fmt: skip
            yield Reading(f"fee:{n}", inputs, person=_charger(facts))


def _not_reducible(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    less = Decimal(inputs["amount"]) < Decimal(inputs["standard"])
    return 2 if less and not inputs["reducible"] else 0


# F04


def _unbilled(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    """Money that came in, or should have before the result was handed over, and for which no bill was entered."""
    state = facts.state
    handed = state.delivered or (state.closed if state.result in ("granted", "partial", "done") else None)
    for n, fee in enumerate(state.fees, start=1):
        since = fee.paid or handed
        if fee.bill or since is None or Decimal(fee.amount) <= 0:
            continue
        limit = Limit(thresholds["days"])
        due = due_or_none(facts.definition.calendar, limit, since, ())
        if due is not None:
            reading = Reading(f"fee:{n}", {"name": fee.name, "amount": fee.amount}, {"name": fee.name})
            yield Span(reading, limit, since, due, facts.now, running=True)


def _over_is_yellow(
    span: Span, thresholds: Thresholds, calendar: Calendar
) -> Iterable[tuple[Level, datetime]]:
    yield 2, span.due


def _fees(facts: Facts) -> Iterable[tuple[int, Fee, FeeTerm | None]]:
    if not facts.state.fees:
        return
    terms = facts.definition.terms.fees
    by_name = {term.name: term for term in terms.values()}
    for n, fee in enumerate(facts.state.fees, start=1):
        yield n, fee, by_name.get(fee.name) or terms.get(fee.name)


def _listed(facts: Facts) -> list[str]:
    return sorted(term.name for term in facts.definition.terms.fees.values())


def _charger(facts: Facts) -> int | None:
    """Who charged, where the charge is among the new events."""
    return next((e.by for e in reversed(facts.events) if e.type == "fee.charged"), None)


F01 = ContentRule(
    id="F01",
    needs="fees",
    name="不收费事项收费",
    basis="《行政许可法》第五十八条、第七十五条",
    inputs=("收费记录", "事项收费清单"),
    words="收取“{name}”{amount}元，事项收费清单中没有这一项。",
    judged="收取了事项收费清单里没有的费用的，发红牌。",
    thresholds=NONE,
    read=_unlisted,
    judge=_free_but_charged,
)
F02 = ContentRule(
    id="F02",
    needs="fees",
    concerns=lambda defn: bool(defn.terms.fees),
    name="不按标准收费",
    basis="《行政许可法》第五十九条、第七十五条",
    inputs=("收费记录", "收费标准", "减免依据"),
    words="收取“{name}”{amount}元，标准为{standard}元，{fault}。",
    judged="收费高于标准的，发红牌；低于标准而没有写明减免依据的，发黄牌。",
    thresholds=NONE,
    read=_listed_fees,
    judge=_beside_standard,
)
F03 = ContentRule(
    id="F03",
    needs="fees",
    concerns=lambda defn: bool(defn.terms.fees),
    name="减免无依据",
    basis="《行政许可法》第五十九条；行政事业性收费管理规定（减免须有法定依据）",
    inputs=("收费记录", "事项是否可以减免", "减免依据"),
    words="“{name}”按规定不得减免，收取{amount}元，低于标准{standard}元，所写依据为“{reduced}”。",
    judged="按规定不得减免的费用，收得低于标准的，发黄牌。",
    thresholds=NONE,
    read=_reduced,
    judge=_not_reducible,
)
F04 = TimeRule(
    id="F04",
    needs="fees",
    name="收费未开票或未入非税系统",
    basis="政府非税收入管理办法（收缴分离、票款同步）",
    inputs=("收费记录", "缴款时间", "送达时间", "缴款单号"),
    words="“{name}”{start}已经缴纳或者已送达结果，应于{due}前登记缴款单号，{over}。",
    judged="费用已经缴纳，或者结果已经送达，过了规定的天数还没有登记缴款单号的，发黄牌。",
    thresholds={"days": Threshold("登记缴款单号的时限", "个工作日", 1, 0, 30)},
    spans=_unbilled,
    ladder=_over_is_yellow,
)
