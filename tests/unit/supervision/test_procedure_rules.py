"""Rules about procedure, content and fees that came second: late entries, wrong posts, hearings, penalties, bills."""

from dataclasses import replace as change
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from tests.permits import CLERK, FLOW, OFFICIAL, PERMIT, TERMS, a_case
from tests.unit.supervision.test_rules import INSTANT, MOMENT, at, facts_of, levels, look
from tongban.engine.definition import FeeTerm, SpecialTerm
from tongban.engine.flow import compile_flow
from tongban.engine.kinds import Verdict
from tongban.engine.state import Fee, Pause, State
from tongban.platforms.supervision.rules import RULES


def entered(state: State, **delays: float) -> State:
    """The case as it would be had each step been entered that much later than it was done."""
    return replace(
        state,
        tasks=tuple(
            replace(t, recorded=t.done + timedelta(**delays) + timedelta(minutes=10 * t.no)) if t.done else t
            for t in state.tasks
        ),
    )


def test_p02_yellow_when_a_step_was_entered_more_than_a_working_day_later() -> None:
    case = a_case().delivered()
    assert levels(look("P02", entered(case.state, hours=1), case.now)) == []
    assert levels(look("P02", entered(case.state, days=1), case.now)) == []
    found = look("P02", entered(case.state, days=2), case.now).findings
    assert {(f.level, f.task) for f in found} == {(2, n) for n in range(1, 7)}
    assert "“受理”2026年3月2日办理，2个工作日之后才录入" in found[0].words


def test_p02_yellow_when_all_steps_were_entered_within_a_minute() -> None:
    case = a_case().delivered()  # everything at nine o'clock
    found = look("P02", case.state, case.now).findings
    assert [(f.level, f.episode) for f in found] == [(2, "burst")]
    assert levels(look("P02", case.state, case.now, INSTANT)) == []
    assert levels(look("P02", case.state, case.now, seconds=1, steps=7)) == []
    assert levels(look("P02", entered(case.state), case.now)) == []


def test_p02_leaves_what_other_systems_report_to_the_reporting() -> None:
    case = a_case().delivered()
    told = replace(facts_of(entered(case.state, days=9), case.now), channel="report")
    assert RULES["P02"].look(told, RULES["P02"].defaults, frozenset()) == Verdict()


def test_p04_red_when_a_decision_was_made_under_a_post_that_has_no_say() -> None:
    case = a_case().accepted().reviewed()
    wrong = replace(OFFICIAL, posts=frozenset({"CK"}))
    case.do("complete", wrong, task=5, outcome="granted")
    found = look("P04", case).findings
    assert [(f.level, f.episode, f.inputs["person"]) for f in found] == [(3, "task:5", 6)]
    assert "“决定”应由FG办理，实际由CK办理" in found[0].words
    assert levels(look("P04", a_case().delivered())) == []


def test_p04_is_about_checking_and_deciding_only() -> None:
    case = a_case().accepted()
    case.do("complete", replace(OFFICIAL, posts=frozenset({"CK"})), task=2, outcome="pass")
    assert case.state.tasks[1].acting == "CK"
    assert levels(look("P04", case)) == []


@pytest.mark.parametrize("lacking", ["basis", "document", "approver"])
def test_p08_yellow_when_a_suspension_lacks_its_ground(lacking: str) -> None:
    said = {"basis": "条例", "document": "通知书1号", "approver": "领导"}
    case = a_case().accepted().do("suspend", OFFICIAL, procedure="visit", days=3, **said)
    assert levels(look("P08", case)) == []
    pause = replace(case.state.pauses[0], **{lacking: " "})
    found = look("P08", replace(case.state, pauses=(pause,)), case.now).findings
    assert [(f.level, f.episode) for f in found] == [(2, "pause:1")]
    asked = replace(case.state, pauses=(replace(pause, reason="correction"),))
    assert levels(look("P08", asked, case.now)) == []


HEARD = change(
    PERMIT, terms=change(TERMS, special={"hearing": SpecialTerm("hearing", "听证", 20, required=True)})
)


def test_p09_red_when_decided_without_the_hearing_that_the_matter_demands() -> None:
    case = a_case(HEARD).granted()
    found = look("P09", case).findings
    assert [(f.level, f.episode) for f in found] == [(3, "hearing")]
    held = Pause(case.now - timedelta(days=3), case.now - timedelta(days=1), "hearing")
    assert levels(look("P09", replace(case.state, pauses=(held,)), case.now, HEARD)) == []
    afterwards = replace(held, end=case.now + timedelta(days=1))
    assert levels(look("P09", replace(case.state, pauses=(afterwards,)), case.now, HEARD)) == [3]
    assert levels(look("P09", a_case().granted())) == []


def test_p11_red_when_a_matter_out_of_use_is_accepted() -> None:
    out = change(PERMIT, terms=change(TERMS, active=False))
    case = a_case(out)
    case.do("submit", OFFICIAL, materials={"form": "supplied", "plan": "supplied"}, force=True, reason="旧案")
    assert case.state.forced == ("matter_inactive",)
    assert levels(look("P11", case)) == []  # nobody accepted it yet
    case.do("accept", CLERK)
    assert [(f.level, f.episode) for f in look("P11", case).findings] == [(3, "case")]
    assert levels(look("P11", a_case().accepted())) == []


def _penalty(*names: str) -> Any:
    """The permit's flow as that of a penalty, its steps named otherwise."""
    steps = dict(zip(("accept", "review_a", "review_b", "check", "decide", "deliver"), names, strict=True))
    nodes = [
        {**n, "name": steps.get(n["key"], ""), "stage": ""} if n["kind"] == "human" else n
        for n in FLOW["nodes"]
    ]
    flow = compile_flow({**FLOW, "key": "penalty", "nodes": nodes})
    return change(PERMIT, flow=flow, terms=change(TERMS, power="02"))


WHOLE = ("立案", "调查取证", "听取申辩", "处罚告知", "决定", "送达和执行")


def test_p12_red_when_a_penalty_skipped_a_stage() -> None:
    whole = _penalty(*WHOLE)
    assert levels(look("P12", a_case(whole).delivered())) == []
    untold = _penalty(*("审核" if name == "处罚告知" else name for name in WHOLE))
    found = look("P12", a_case(untold).delivered()).findings
    assert [(f.level, f.episode) for f in found] == [(3, "decision")]
    assert "告知" in found[0].words
    unserved = _penalty(*("立卷" if "送达" in name else name for name in WHOLE))
    found = look("P12", a_case(unserved).delivered()).findings
    assert [(f.episode, f.inputs["inputs"]["missing"]) for f in found] == [("end", ["送达", "执行"])]


def test_p12_is_silent_before_the_decision_on_the_spot_and_for_permits() -> None:
    other = _penalty(*["甲"] * 6)
    assert levels(look("P12", a_case(other).accepted())) == []
    at_once = change(other, terms=change(other.terms, instant=True))
    assert levels(look("P12", a_case(at_once).delivered())) == []
    assert levels(look("P12", a_case().delivered())) == []


def test_n04_warns_of_an_identity_number_that_cannot_be() -> None:
    case = a_case().accepted()
    assert levels(look("N04", case)) == []
    doubted = replace(case.state, doubts=("id_number",))
    assert [(f.level, f.episode) for f in look("N04", doubted, case.now).findings] == [(1, "applicant")]


@pytest.mark.parametrize(
    ("reducible", "amount", "reduced", "level"),
    [
        (False, "20", "领导同意", [2]),
        (True, "20", "低保户", []),
        (False, "40", "领导同意", []),
        (False, "20", "", []),
    ],
)
def test_f03_yellow_when_a_fee_that_may_not_be_reduced_was(
    reducible: bool, amount: str, reduced: str, level: list[int]
) -> None:
    fees = {"cost": FeeTerm("cost", "工本费", Decimal(40), "每证40元", reducible)}
    defn = change(PERMIT, terms=change(TERMS, fees=fees))
    case = a_case().accepted()
    charged = replace(case.state, fees=(Fee("工本费", amount, case.now, reduced=reduced),))
    assert levels(look("F03", charged, case.now, defn)) == level


def test_f04_yellow_when_no_bill_was_entered_a_working_day_after_the_payment() -> None:
    case = a_case().accepted()
    paid = replace(case.state, fees=(Fee("工本费", "40", case.now, paid=case.now),))
    due = at("2026-03-04")
    before = look("F04", paid, due - MOMENT)
    assert (levels(before), before.next_at) == ([], due)
    assert [(f.level, f.episode) for f in look("F04", paid, due).findings] == [(2, "fee:1")]
    billed = replace(paid, fees=(replace(paid.fees[0], bill="990126"),))
    assert look("F04", billed, due) == Verdict()


def test_f04_counts_from_the_delivery_where_nothing_was_paid_before_it() -> None:
    case = a_case().delivered()
    owing = replace(case.state, fees=(Fee("工本费", "40", case.now),))
    assert levels(look("F04", owing, at("2026-03-04"))) == [2]
    running = replace(a_case().accepted().state, fees=owing.fees)
    assert look("F04", running, at("2026-06-01")) == Verdict()
    nothing = replace(owing, fees=(Fee("工本费", "0", case.now, reduced="减免"),))
    assert look("F04", nothing, at("2026-06-01")) == Verdict()
