"""预受理: papers are looked at before they are applied with, and nobody is kept from applying."""

from dataclasses import replace as change

import pytest
from msgspec.structs import replace

from tests.permits import APPLICANT, CLERK, OFFICIAL, PERMIT, REVIEWER, CaseUnderTest, a_case
from tongban.engine import codec
from tongban.engine.carry import due
from tongban.engine.errors import Refused
from tongban.engine.machine import allowed, fold
from tongban.engine.state import Limit

LOOKED_AT = change(PERMIT, terms=change(PERMIT.terms, precheck=Limit(2)))
WHOLE = {"form": "supplied", "plan": "supplied"}


def asked(channel: str = "web", **materials: str) -> CaseUnderTest:
    case = a_case(LOOKED_AT)
    case.facts = replace(case.facts, channel=channel)
    return case.do("submit", APPLICANT, channel=channel, materials=materials, precheck=True)


def refused(case: CaseUnderTest, *command: object, **data: object) -> Refused:
    with pytest.raises(Refused) as caught:
        case.do(*command, **data)  # type: ignore[arg-type]
    return caught.value


def test_the_window_has_the_promised_days_to_answer_and_no_clock_of_the_law_runs() -> None:
    case = asked(form="supplied")
    assert case.state.phase == "precheck"
    assert case.state.applied is None
    (task,) = case.state.open_tasks
    assert (task.post, task.limit.amount if task.limit else 0) == ("CK", 2)
    assert due(case.state) == task.due
    assert task.due is not None
    assert task.due.date().isoformat() == "2026-03-05"  # Monday's question: until the end of Wednesday
    assert [c.purpose for c in case.state.clocks] == ["precheck"]


def test_what_is_ready_becomes_the_application_with_everything_kept() -> None:
    case = asked(**WHOLE).workdays(1).do("answer_precheck", CLERK, outcome="passed")
    assert case.state.phase == "applied"
    assert case.state.applied == case.now
    assert case.state.materials == WHOLE
    acceptance = case.state.clock("acceptance")
    assert acceptance is not None
    assert acceptance.start == case.now
    case.do("accept", CLERK)
    assert case.state.phase == "accepted"
    assert codec.decode(codec.encode(case.state)) == case.state
    assert fold(case.events) == case.state


def test_what_is_missing_is_told_at_once_filled_in_and_looked_at_again() -> None:
    case = asked(form="supplied")
    assert refused(case, "answer_precheck", CLERK, outcome="passed").code == "materials_missing"
    assert refused(case, "answer_precheck", CLERK, outcome="incomplete").code == "missing_field"
    case.do("answer_precheck", CLERK, outcome="incomplete", items=["平面图"])
    assert case.state.looked_at is not None
    assert case.state.looked_at.items == ("平面图",)
    assert not case.state.open_tasks
    case.workdays(3).do("ask_precheck", APPLICANT, materials={"plan": "supplied"})
    assert case.state.materials == WHOLE
    assert len(case.state.open_tasks) == 1
    case.do("answer_precheck", CLERK, outcome="passed")
    assert case.state.phase == "applied"


def test_nobody_is_kept_from_applying() -> None:
    early = asked(**WHOLE).do("apply", APPLICANT)  # before any answer
    assert early.state.phase == "applied"
    assert [t.status for t in early.state.tasks] == ["cancelled", "open"]
    against = asked(**WHOLE).do("answer_precheck", CLERK, outcome="returned", words="不属于本机关")
    assert against.do("apply", APPLICANT).state.phase == "applied"
    assert refused(asked(form="supplied"), "apply", APPLICANT).code == "materials_missing"


def test_the_office_can_do_nothing_to_it_but_answer() -> None:
    case = asked(**WHOLE)
    assert refused(case, "accept", CLERK).code == "not_applied_yet"
    assert refused(case, "request_correction", CLERK, items=["x"]).code == "not_applied_yet"
    assert refused(case, "answer_precheck", REVIEWER, outcome="passed").code == "not_your_task"
    may = {a.type for a in allowed(LOOKED_AT, case.state, CLERK, case.facts, case.now) if a.allowed}
    assert "answer_precheck" in may
    assert not may & {"accept", "refuse", "complete", "suspend"}


def test_what_nobody_fills_in_ends_and_counts_as_no_case() -> None:
    case = asked(form="supplied").do("answer_precheck", CLERK, outcome="incomplete", items=["平面图"])
    case.wait(days=40)
    assert case.state.phase == "closed"
    assert [(e.type, e.payload.get("precheck")) for e in case.events[-2:]] == [
        ("precheck.lapsed", None), ("case.closed", True),
    ]  # fmt: skip


def test_matters_that_promise_no_answer_are_applied_for_at_once() -> None:
    refusal = refused(a_case(), "submit", APPLICANT, channel="web", materials=WHOLE, precheck=True)
    assert refusal.code == "no_precheck"


def test_another_systems_look_is_recorded_as_the_same_fact() -> None:
    case = a_case().applied()
    assert refused(case, "answer_precheck", CLERK, outcome="passed").code == "nothing_to_answer"
    case.do("answer_precheck", OFFICIAL, outcome="incomplete", words="缺平面图")
    assert case.state.phase == "applied"
    assert [(p.outcome, p.words) for p in case.state.prechecks] == [("incomplete", "缺平面图")]
