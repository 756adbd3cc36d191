"""Rules about fees (收费): charged without a standard, or beyond it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from tongban.engine.definition import FeeTerm
from tongban.engine.kinds import Facts
from tongban.engine.state import Fee
from tongban.platforms.supervision.rules.flow import NONE
from tongban.platforms.supervision.rules.rule import ContentRule, Level, Reading, Thresholds


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
    thresholds=NONE,
    read=_unlisted,
    judge=_free_but_charged,
)
F02 = ContentRule(
    id="F02",
    needs="fees",
    name="不按标准收费",
    basis="《行政许可法》第五十九条、第七十五条",
    inputs=("收费记录", "收费标准", "减免依据"),
    words="收取“{name}”{amount}元，标准为{standard}元，{fault}。",
    thresholds=NONE,
    read=_listed_fees,
    judge=_beside_standard,
)
