"""Discretion and integrity in one case: bands, circumstances, leniency, steps of high risk."""

from dataclasses import replace as change
from typing import Any

import pytest
from msgspec.structs import replace

from tests.permits import FLOW, HEAD, PERMIT, TERMS, a_case
from tests.unit.supervision.test_rules import facts_of, levels, look
from tongban.engine.errors import Refused
from tongban.engine.flow import compile_flow
from tongban.engine.state import State
from tongban.platforms.supervision.rules import RULES

BENCH = {
    "unit": "元",
    "statutory_max": "20000",
    "bands": [
        {"level": "轻微不罚", "circumstances": ["首次违法"], "min": "0", "max": "0"},
        {"level": "较轻", "circumstances": ["占用较小"], "min": "50", "max": "500"},
        {"level": "一般", "circumstances": ["占用一般"], "min": "500", "max": "5000"},
        {"level": "较重", "circumstances": ["阻碍消防"], "min": "5000", "max": "20000"},
    ],
}
PENALTY = change(PERMIT, terms=change(TERMS, power="02", discretion=BENCH))
SAID = {"reason": "已经主动消除后果", "discussion": "集体讨论记录3号"}


def decided(**discretion: Any) -> State:
    state = a_case().granted().state
    return replace(state, decision={"outcome": "granted", "reason": "", "discretion": discretion})


def asked(rule: str, state: State) -> list[int]:
    return levels(look(rule, state, a_case().now, PENALTY))


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ({"amount": "500"}, []),
        ({"amount": "5000"}, []),
        ({"amount": "5000.01"}, [3]),
        ({"amount": "499"}, [3]),
        ({"amount": "499", "reason": "从宽"}, [3]),
        ({"amount": "499", **SAID}, []),
        ({"amount": "20001", **SAID}, [3]),
    ],
)
def test_j01_red_outside_the_band_without_reason_and_discussion_or_above_the_law(
    said: dict[str, str], level: list[int]
) -> None:
    assert asked("J01", decided(band="一般", **said)) == level


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ({"band": "一般", "circumstances": ["占用一般"]}, []),
        ({"band": "较轻", "circumstances": ["阻碍消防"]}, [2]),
        ({"band": "较轻", "circumstances": ["阻碍消防"], "discussion": "记录3号"}, []),
        ({"band": "较轻", "circumstances": []}, []),
        ({"band": "较轻", "circumstances": ["没有列明的情节"]}, []),
    ],
)
def test_j02_yellow_when_the_band_does_not_fit_the_circumstances(
    said: dict[str, Any], level: list[int]
) -> None:
    assert asked("J02", decided(amount="500", **said)) == level


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ({"band": "轻微不罚", "amount": "0"}, [2]),
        ({"band": "轻微不罚", "amount": "0", "reason": "首次违法并及时改正"}, []),
        ({"band": "一般", "amount": "400"}, [2]),
        ({"band": "一般", "amount": "400", "reason": "主动消除后果"}, []),
        ({"band": "较轻", "amount": "100", "circumstances": ["阻碍消防"]}, [2]),
        ({"band": "较轻", "amount": "100", "circumstances": ["占用较小"]}, []),
        ({"band": "较重", "amount": "9000", "circumstances": ["占用较小"]}, []),
    ],
)
def test_j04_yellow_when_leniency_has_no_reason(said: dict[str, Any], level: list[int]) -> None:
    assert asked("J04", decided(**said)) == level


def test_j04_asks_a_reason_of_no_penalty_and_nothing_of_a_permit() -> None:
    denied = replace(decided(), decision={"outcome": "denied", "reason": "", "remedy": "可以复议"})
    assert asked("J04", denied) == [2]
    assert asked("J04", replace(denied, decision={**denied.decision, "reason": "证据不足"})) == []
    assert levels(look("J04", denied, a_case().now, PERMIT)) == []


def test_the_decision_form_lets_the_band_be_left_only_with_reason_and_discussion() -> None:
    case = a_case(PENALTY).accepted().reviewed()
    given: dict[str, Any] = {"outcome": "granted", "band": "一般", "amount": "400"}
    with pytest.raises(Refused) as refused:
        case.do("complete", HEAD, **given)
    assert refused.value.detail["field"] == "discretion_reason"
    with pytest.raises(Refused) as refused:
        case.do("complete", HEAD, **given, discretion_reason="主动消除后果")
    assert refused.value.detail["field"] == "discussion"
    case.do(
        "complete",
        HEAD,
        **given,
        circumstances=["占用一般"],
        discretion_reason="主动消除后果",
        discussion="记录3号",
    )
    assert case.state.decision["discretion"] == {
        "band": "一般", "amount": "400", "inside": False, "reason": "主动消除后果", "discussion": "记录3号",
        "circumstances": ["占用一般"],
    }  # fmt: skip
    for rule in ("J01", "J02", "J04"):
        assert levels(look(rule, case)) == []


RISKY = change(
    PERMIT,
    flow=compile_flow(
        {
            **FLOW,
            "key": "risky",
            "nodes": [{**n, "risk": "high"} if n["key"] == "check" else n for n in FLOW["nodes"]],
        }
    ),
)


def test_r01_draws_one_case_in_so_many_that_passed_a_step_of_high_risk() -> None:
    case = a_case(RISKY).accepted()
    assert levels(look("R01", case, one_in=1)) == []  # not there yet
    case.reviewed()
    found = look("R01", case, one_in=1).findings
    assert [(f.level, f.episode, f.inputs["person"]) for f in found] == [(1, "risk:check", 4)]
    assert levels(look("R01", a_case().delivered(), one_in=1)) == []


def test_r01_draws_about_as_many_as_it_says() -> None:
    case = a_case(RISKY).accepted().reviewed()
    facts = facts_of(case)
    drawn = [
        n
        for n in range(2000)
        if RULES["R01"].look(replace(facts, number=f"2026{n:06d}"), {"one_in": 10}, frozenset()).findings
    ]
    assert 150 < len(drawn) < 250
