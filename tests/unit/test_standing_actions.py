"""What law and office custom allow at any point of a case, and what they refuse."""

from dataclasses import replace as change
from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.permits import (
    APPLICANT,
    CLERK,
    FLOW,
    HEAD,
    NEIGHBOUR,
    OFFICIAL,
    PERMIT,
    REVIEWER,
    SECTION_HEAD,
    a_case,
    staff,
)
from tongban.engine.errors import Refused
from tongban.engine.flow import compile_flow
from tongban.engine.machine import allowed
from tongban.engine.state import SYSTEM


def refused(code: str, story: object) -> Refused:
    with pytest.raises(Refused) as caught:
        story()  # type: ignore[operator]
    assert caught.value.code == code, caught.value
    assert caught.value.message
    return caught.value


def test_a_case_goes_from_application_to_delivery() -> None:
    case = a_case().delivered()
    assert case.state.phase == "closed"
    assert case.state.result == "granted"
    assert case.state.certificate is not None
    assert case.state.certificate.number == "20260302000001-1"
    assert case.state.certificate.valid_until == "2031-03-01"
    assert not case.state.open_tasks


def test_the_web_refuses_an_application_with_necessary_materials_missing_and_names_them() -> None:
    r = refused(
        "materials_missing",
        lambda: a_case().do("submit", APPLICANT, channel="web", materials={"form": "supplied"}),
    )
    assert "平面图" in r.message


def test_the_counter_takes_in_what_is_incomplete_and_asks_for_the_rest_at_once() -> None:
    case = a_case().applied(form="supplied")
    r = refused("materials_missing", lambda: case.do("accept", CLERK))
    assert r.instead[0].type == "request_correction"
    case.do("request_correction", CLERK, items=["平面图"])
    assert case.state.phase == "correcting"
    refused("waiting_for_correction", lambda: case.do("accept", CLERK))
    case.workdays(2).do("supply", APPLICANT, materials={"plan": "supplied"})
    assert case.do("accept", CLERK).state.phase == "accepted"


def test_missing_materials_are_asked_for_once() -> None:
    case = a_case().applied(form="supplied").do("request_correction", CLERK, items=["平面图"])
    case.do("supply", APPLICANT)
    refused("already_asked", lambda: case.do("request_correction", CLERK, items=["平面图"]))
    case.do("request_correction", OFFICIAL, items=["平面图"], force=True, reason="首次告知遗漏")
    assert case.state.forced == ("second_correction",)


def test_missed_correction_notice_accepts_by_law() -> None:
    case = a_case().applied(form="supplied").workdays(5).wait(hours=8)
    assert case.state.phase == "applied"  # the fifth working day is not over
    case.wait(days=1)
    assert case.state.phase == "accepted"
    assert case.state.deemed_accepted
    assert case.state.accepted == case.state.applied  # 自收到申请之日起
    assert case.state.open_tasks[0].node == "review_a"


def test_a_correction_that_never_comes_ends_the_case() -> None:
    case = a_case().applied(form="supplied").do("request_correction", CLERK, items=["平面图"], days=10)
    case.workdays(10).wait(days=1)
    assert (case.state.phase, case.state.result) == ("closed", "lapsed")


def test_a_correction_asked_for_during_review_stops_the_clock() -> None:
    case = a_case().accepted()
    due = case.state.clock("promised").due
    case.workdays(1).do("request_correction", NEIGHBOUR, items=["店招效果图"])
    assert case.state.clock("promised").due is None
    case.workdays(3).do("supply", APPLICANT)
    calendar = PERMIT.calendar
    assert case.state.clock("promised").due.date() == calendar.D(
        calendar.W((due - timedelta(days=1)).date()) + 3
    ) + timedelta(days=1)


def test_the_clock_stands_still_during_an_inspection_and_the_other_department_may_go_on() -> None:
    case = a_case().accepted().workdays(1)
    case.do(
        "suspend",
        REVIEWER,
        procedure="visit",
        basis="办法第十条",
        document="告知2026年第1号",
        approver="分管领导",
        days=3,
    )
    assert case.state.paused
    case.do("complete", NEIGHBOUR, outcome="pass")
    case.workdays(2).do("resume", REVIEWER, outcome="符合要求")
    assert case.state.clock("promised").due is not None
    assert all(t.due for t in case.state.open_tasks)


def test_a_suspension_needs_its_basis_document_and_approval() -> None:
    case = a_case().accepted()
    refused("procedure_unknown", lambda: case.do("suspend", REVIEWER, procedure="随便", days=1))
    refused("missing_field", lambda: case.do("suspend", REVIEWER, procedure="visit", days=1))


def test_nothing_is_decided_while_the_case_is_suspended() -> None:
    case = a_case().accepted().reviewed()
    case.do(
        "suspend",
        HEAD,
        procedure="hearing",
        basis="许可法第四十六条",
        document="听证告知1号",
        approver="局长",
        days=5,
    )
    r = refused("suspended", lambda: case.do("complete", HEAD, outcome="granted"))
    assert r.instead[0].type == "resume"


def test_an_extension_is_granted_once_by_who_may_approve() -> None:
    case = a_case().accepted()
    refused("not_permitted", lambda: case.do("extend", REVIEWER, amount=5, reason="情况复杂"))
    case.do("extend", HEAD, amount=5, reason="情况复杂")
    refused("already_extended", lambda: case.do("extend", HEAD, amount=5, reason="再延"))
    refused("out_of_range", lambda: a_case().accepted().do("extend", HEAD, amount=30, reason="太久"))


def test_a_refusal_names_reason_and_remedy() -> None:
    refused("missing_field", lambda: a_case().applied().do("refuse", CLERK, reason="不属于本机关职权"))
    case = a_case().applied().do("refuse", CLERK, reason="不属于本机关职权", remedy="六十日内可申请行政复议")
    assert (case.state.phase, case.state.result) == ("closed", "refused")


def test_a_denial_names_reason_and_remedy_and_is_delivered_too() -> None:
    case = a_case().accepted().reviewed()
    refused("missing_field", lambda: case.do("complete", HEAD, outcome="denied"))
    case.do("complete", HEAD, outcome="denied", reason="场所不符合规定", remedy="六十日内可申请行政复议")
    assert case.state.certificate is None
    case.do("complete", CLERK, method="邮寄")
    assert case.state.result == "denied"


def test_who_accepted_may_not_decide() -> None:
    case = a_case().applied().do("accept", OFFICIAL).reviewed()
    refused("same_person", lambda: case.do("complete", OFFICIAL, outcome="granted"))


def test_sent_back_work_is_done_again_and_its_days_are_counted_on() -> None:
    case = a_case().accepted().workdays(1)
    case.do("complete", REVIEWER, outcome="pass").do("complete", NEIGHBOUR, outcome="pass")
    case.do("complete", SECTION_HEAD, outcome="agree")
    case.do("send_back", HEAD, to="check", reason="请补充审核意见")
    again = case.state.open_tasks[0]
    assert (again.node, again.generation, again.assignee) == ("check", 2, SECTION_HEAD.account)
    case.do("complete", SECTION_HEAD, outcome="agree").do("complete", HEAD, outcome="granted")
    assert case.state.result == "granted"


def test_delegated_work_comes_back_to_who_delegated_it() -> None:
    colleague = staff("SA", 22, "handle")
    case = a_case().accepted().do("delegate", REVIEWER, account=22)
    refused("claimed_by_other", lambda: case.do("complete", REVIEWER, outcome="pass"))
    case.do("complete", colleague, opinion="材料属实")
    task = case.state.open_tasks[0]
    assert (task.assignee, task.delegator) == (REVIEWER.account, None)
    case.do("complete", REVIEWER, outcome="pass")


def test_a_step_waits_for_whom_it_asked_to_cosign() -> None:
    case = a_case().accepted().do("add_signer", REVIEWER, post="KZ")
    refused("cosign_open", lambda: case.do("complete", REVIEWER, outcome="pass"))
    case.do("complete", SECTION_HEAD, opinion="同意").do("complete", REVIEWER, outcome="pass")


def test_work_is_passed_to_another_post_with_a_reason() -> None:
    case = a_case().accepted()
    refused("missing_field", lambda: case.do("reassign", REVIEWER, task=2, post="KZ"))
    case.do("reassign", REVIEWER, task=2, post="KZ", reason="出差")
    case.do("complete", SECTION_HEAD, task=2, outcome="pass")


def test_an_applicant_may_withdraw_until_the_decision() -> None:
    assert a_case().accepted().do("withdraw", APPLICANT, reason="不开了").state.result == "withdrawn"
    refused("too_late", lambda: a_case().granted().do("withdraw", APPLICANT))


def test_an_applicant_urges_once_a_day_and_not_while_it_is_their_turn() -> None:
    case = a_case().accepted().do("urge", APPLICANT, words="请快一点")
    refused("urged_lately", lambda: case.do("urge", APPLICANT, words="再快一点"))
    case.do("urge", HEAD, words="请抓紧").do("urge", HEAD, words="再请抓紧")
    case.wait(days=1).do("urge", APPLICANT, words="还没有好")
    waiting = a_case().applied(form="supplied").do("request_correction", CLERK, items=["平面图"])
    refused("your_turn", lambda: waiting.do("urge", APPLICANT, words="请快一点"))


def test_who_takes_an_application_back_for_somebody_says_how_they_asked() -> None:
    case = a_case().accepted()
    assert refused("missing_field", lambda: case.do("withdraw", CLERK)).detail["field"] == "reason"
    assert case.state.phase == "accepted"
    assert case.do("withdraw", CLERK, reason="书面撤回申请，存档 3 号").state.result == "withdrawn"


def test_a_case_is_terminated_with_basis_by_who_may_approve() -> None:
    case = a_case().accepted()
    refused("not_permitted", lambda: case.do("terminate", REVIEWER, reason="申请人死亡", basis="许可法"))
    assert (
        case.do("terminate", HEAD, reason="申请人死亡", basis="许可法第七十条").state.result == "terminated"
    )


def test_fees_follow_the_table() -> None:
    case = a_case().accepted()
    refused("fee_not_listed", lambda: case.do("charge", CLERK, name="服务费", amount="10"))
    refused("fee_above_standard", lambda: case.do("charge", CLERK, name="cost", amount="50"))
    refused("fee_reduction_basis", lambda: case.do("charge", CLERK, name="cost", amount="20"))
    case.do("charge", CLERK, name="cost", amount="0", reduced="低保户免收")
    case.do("charge", CLERK, name="cost")
    case.do("pay", CLERK, name="工本费", bill="0012")
    assert case.state.fees[0].paid


def test_late_entries_need_permission_and_a_reason() -> None:
    case = a_case().accepted().workdays(1)
    yesterday = case.now - timedelta(hours=20)
    refused("not_permitted", lambda: case.do("complete", REVIEWER, outcome="pass", at=yesterday))
    clerk = staff("SA", 2, "handle", "backdate")
    refused("missing_field", lambda: case.do("complete", clerk, outcome="pass", at=yesterday))
    case.do("complete", clerk, outcome="pass", at=yesterday, reason="停电期间纸质办理")
    done = case.state.tasks[1]
    assert (done.done, done.recorded) == (yesterday, case.now)


def test_a_finished_case_only_takes_notes() -> None:
    refused("closed", lambda: a_case().delivered().do("suspend", HEAD, procedure="visit", days=1))
    a_case().delivered().do("note", CLERK, text="电话回访")


def test_a_stale_page_is_told_so() -> None:
    from uuid import uuid4

    from tongban.engine.machine import decide
    from tongban.engine.state import Command

    case = a_case().accepted()
    command = Command(uuid4(), "complete", REVIEWER, case.now, {"outcome": "pass"}, expected_seq=1)
    assert (
        refused("stale", lambda: decide(PERMIT, case.state, command, case.facts, case.now)).detail["seq"]
        == case.state.seq
    )


@pytest.mark.parametrize("actor", [APPLICANT, CLERK, REVIEWER, NEIGHBOUR, SECTION_HEAD, HEAD, OFFICIAL])
def test_what_is_shown_as_locked_says_why(actor: object) -> None:
    case = a_case().accepted()
    actions = allowed(case.defn, case.state, actor, case.facts, case.now)  # type: ignore[arg-type]
    assert actions
    assert all(a.allowed or a.why for a in actions)


def test_only_the_system_lets_time_pass() -> None:
    refused("not_permitted", lambda: a_case().accepted().do("tick", HEAD))
    a_case().accepted().do("tick", SYSTEM)


def test_a_branch_for_everything_else_is_taken_only_when_no_other_is() -> None:
    nodes = [
        {"key": "start", "kind": "start"},
        {"key": "fork", "kind": "split"},
        {"key": "big", "kind": "human", "name": "大店", "post": "SA"},
        {"key": "usual", "kind": "human", "name": "一般", "post": "SB"},
        {"key": "join", "kind": "join", "split": "fork"},
        {"key": "end", "kind": "end"},
    ]
    edges = [
        {"from": "start", "to": "fork"},
        {"from": "fork", "to": "big", "when": "form.area > 100.0"},
        {"from": "fork", "to": "usual", "default": True},
        {"from": "big", "to": "join"},
        {"from": "usual", "to": "join"},
        {"from": "join", "to": "end"},
    ]
    flow = compile_flow({"key": "f", "nodes": nodes, "edges": edges})
    defn = change(PERMIT, flow=flow, terms=change(PERMIT.terms, form={"area": {"type": "number"}}))
    for area, step in (("120", "big"), ("20.5", "usual"), ("", "usual")):
        case = a_case(defn)
        case.facts = replace(case.facts, form={"area": area})
        assert [t.node for t in case.applied().state.open_tasks] == [step]


def test_the_counter_step_does_not_run_while_the_applicant_is_asked() -> None:
    case = a_case().applied(form="supplied").do("request_correction", CLERK, items=["平面图"])
    assert case.state.paused
    assert case.state.open_tasks[0].due is None
    case.workdays(6).do("supply", APPLICANT, materials={"plan": "supplied"})
    assert not case.state.paused
    assert case.state.open_tasks[0].due > case.now
    assert case.state.clock("acceptance").due > case.now


def test_who_owes_a_fee_cannot_say_it_is_paid() -> None:
    case = a_case().accepted().do("charge", CLERK, name="cost")
    refused("not_permitted", lambda: case.do("pay", APPLICANT, name="工本费", bill="1"))


@pytest.mark.parametrize(("votes", "result"), [("gg", "granted"), ("gdg", "granted"), ("dgd", "denied")])
def test_a_decision_by_several_is_made_by_the_vote_that_settles_it(votes: str, result: str) -> None:
    nodes = [dict(n) for n in FLOW["nodes"]]
    decide = next(n for n in nodes if n["key"] == "decide")
    decide["multi"] = {"posts": ["SA", "SB", "FG"], "policy": "n_of_m", "need": 2, "counts": ["granted"]}
    decide["apart_from"] = []
    case = a_case(change(PERMIT, flow=compile_flow({**FLOW, "nodes": nodes}))).accepted().reviewed()
    for vote in votes:
        task = case.state.open_tasks[0].no
        said = (
            {"outcome": "granted"}
            if vote == "g"
            else {"outcome": "denied", "reason": "不符合", "remedy": "可复议"}
        )
        case.do("complete", OFFICIAL, task=task, **said)
    assert case.state.decision["outcome"] == result
    assert case.state.phase == "decided"
    assert [t.node for t in case.state.open_tasks] == ["deliver"]
    assert (case.state.certificate is not None) == (result == "granted")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "十元", "", "1e40", "-1"])
def test_what_is_no_sum_of_money_is_no_charge(amount: str) -> None:
    case = a_case().accepted()
    with pytest.raises(Refused) as caught:
        case.do("charge", OFFICIAL, name="cost", amount=amount, force=True, reason="试")
    assert caught.value.code in ("missing_field", "out_of_range")


def test_a_sum_is_on_record_as_it_is_written_with_digits() -> None:
    case = a_case().accepted().do("charge", CLERK, name="cost", amount="2E1", reduced="减半")
    assert case.state.fees[-1].amount == "20"


def test_materials_are_those_of_the_list_in_a_state_that_means_something() -> None:
    case = a_case().applied()
    refused("material_unknown", lambda: case.do("accept", CLERK, materials={"x": "supplied"}))
    assert (
        "supplied"
        in refused("missing_field", lambda: case.do("accept", CLERK, materials={"plan": "好"})).message
    )
    refused("missing_field", lambda: case.do("accept", CLERK, materials={"plan": ["passed"]}))
    assert case.do("accept", CLERK, materials={"plan": "passed"}).state.materials["plan"] == "passed"


@pytest.mark.parametrize("items", [{"平面图": 1}, [1], [["平面图"]], 7])
def test_a_correction_notice_lists_texts(items: object) -> None:
    case = a_case().applied(form="supplied")
    assert (
        refused("missing_field", lambda: case.do("request_correction", CLERK, items=items)).detail["field"]
        == "items"
    )


def test_one_text_alone_is_a_list_of_one() -> None:
    case = a_case().applied(form="supplied").do("request_correction", CLERK, items="平面图")
    assert case.state.corrections[-1].items == ("平面图",)


def test_what_is_on_record_for_ever_has_a_longest_text() -> None:
    case = a_case().accepted()
    long = refused("text_too_long", lambda: case.do("note", APPLICANT, text="长" * 10_001))
    assert long.detail == {"field": "text"}
    case.do("note", APPLICANT, text="长" * 10_000)


def test_an_applicant_does_not_add_remarks_without_end() -> None:
    case = a_case().accepted()
    case.state = replace(case.state, seq=1_000)
    refused("too_many", lambda: case.do("note", APPLICANT, text="又一条"))
    case.do("note", CLERK, text="已电话答复")
