"""What must always hold of a case, whatever people do to it in whatever order."""

from dataclasses import replace as change
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from tests.permits import APPLICANT, FLOW, HEAD, OFFICIAL, PEOPLE, PERMIT, POSTS, a_case
from tests.unit.supervision.test_rules import facts_of
from tongban.engine import clock, codec
from tongban.engine.errors import Refused
from tongban.engine.flow import compile_flow
from tongban.engine.kinds import SILENT
from tongban.engine.machine import allowed, decide, fold, issue, wake
from tongban.engine.state import NEW, SYSTEM, Actor, Command, Event, Finding, State
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.rules.traits import needed, traits


def _node(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "name": key, **more}


def _edges(*pairs: str) -> list[dict[str, str]]:
    return [{"from": a, "to": b} for a, b in (p.split(">") for p in pairs)]


PASS = [{"key": "pass"}, {"key": "fail"}]
# Everything the permit lacks: 会签 by several posts, nested sections, silence, waiting, a decision that loops, sub-cases.
WINDING = {
    "key": "winding",
    "nodes": [
        _node("start", "start"),
        _node("accept", "human", post="CK", duty="accept", stage="受理", choices=[{"key": "accept"}, {"key": "refuse"}]),
        _node("outer", "split", policy="n_of_m", need=2),
        _node("inner", "split", policy="any"),
        _node("a", "human", post="SA", choices=PASS, limit={"amount": 2}),
        _node("b", "human", post="SB", choices=PASS, limit={"amount": 2}, silence={"outcome": "pass", "basis": "联办规定"}),
        _node("inner_join", "join", split="inner"),
        _node("sign", "human", choices=PASS, limit={"amount": 3},
              multi={"posts": ["SA", "SB", "KZ"], "policy": "n_of_m", "need": 2, "counts": ["pass"]}),
        _node("children", "subcase", members=["m1", "m2"], limit={"amount": 4}, silence={"outcome": "deemed", "basis": "规定"}),
        _node("outer_join", "join", split="outer"),
        _node("notice", "notice", limit={"amount": 3, "unit": "day"}),
        _node("again", "decision"),
        _node("decide", "human", post="FG", duty="decide", choices=[{"key": "granted"}, {"key": "denied"}, {"key": "redo"}]),
        _node("branch", "decision"),
        _node("deliver", "human", post="CK", duty="deliver"),
        _node("end", "end"),
    ],
    "edges": [
        *_edges("start>accept", "accept>outer", "outer>inner", "outer>sign", "outer>children", "inner>a", "inner>b",
                "a>inner_join", "b>inner_join", "inner_join>outer_join", "sign>outer_join", "children>outer_join",
                "outer_join>notice", "notice>again"),
        {"from": "again", "to": "decide", "default": True},
        {"from": "again", "to": "outer", "when": "'sign' in votes && 'fail' in votes['sign'] && votes['sign']['fail'] >= 5"},
        {"from": "decide", "to": "branch"},
        {"from": "branch", "to": "outer", "when": "outcome['decide'] == 'redo'"},
        {"from": "branch", "to": "deliver", "default": True},
        {"from": "deliver", "to": "end"},
    ],
}  # fmt: skip
DEFINITIONS = (PERMIT, change(PERMIT, flow=compile_flow(WINDING)))

GUARDS = {
    "not_permitted",
    "not_your_task",
    "same_person",
    "claimed_by_other",
    "suspended",
    "not_suspended",
    "closed",
}
VALUES: dict[str, Any] = {
    "opinion": "同意", "reason": "理由", "remedy": "可申请复议", "basis": "依据", "document": "告知1号", "approver": "局长",
    "procedure": "hearing", "days": 3, "amount": 2, "items": ["平面图"], "method": "邮寄", "words": "请抓紧", "text": "备注",
    "account": 77, "post": "KZ", "name": "工本费", "note": "已补",
}  # fmt: skip


class RandomCase(RuleBasedStateMachine):
    """A case in the hands of everybody at once."""

    def __init__(self) -> None:
        super().__init__()
        self.case = a_case()
        self.events: list[Event] = []
        self.dues: dict[str, Any] = {}

    @initialize(defn=st.sampled_from(DEFINITIONS), complete=st.booleans())
    def begin(self, defn: Any, complete: bool) -> None:
        self.case = a_case(defn).applied(
            **({"form": "supplied"} | ({"plan": "supplied"} if complete else {}))
        )

    @rule(actor=st.sampled_from(PEOPLE), data=st.data())
    def act(self, actor: Actor, data: st.DataObject) -> None:
        """Do something that is offered, and see that the offer was honest."""
        case = self.case
        actions = allowed(case.defn, case.state, actor, case.facts, case.now)
        if not actions:
            return
        action = data.draw(st.sampled_from(actions))
        payload = {f.name: VALUES[f.name] for f in action.fields if f.name in VALUES}
        if action.task:
            payload["task"] = action.task
        elif "task" in {f.name for f in action.fields} or action.type in (
            "delegate",
            "add_signer",
            "send_back",
        ):
            tasks = [t.no for t in case.state.open_tasks]
            if tasks and action.type == "reassign":
                payload["task"] = data.draw(st.sampled_from(tasks))
        if action.outcomes:
            payload["outcome"] = data.draw(st.sampled_from(action.outcomes))[0]
        before = case.state
        refusal: Refused | None = None
        try:
            case.do(action.type, actor, **payload)
        except Refused as said:
            refusal = said
        if refusal is None:
            assert action.allowed or action.type == "reassign", f"not offered, but done: {action}"
            return
        assert refusal.message
        assert case.state is before
        if action.allowed and action.task:
            assert refusal.code not in GUARDS, f"offered {action} but refused: {refusal}"

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        paused, state, now = self.case.state.paused, self.case.state, self.case.now
        left = self._left(state, now)
        self.case.wait(hours=hours)
        if paused and self.case.state.paused:
            assert self._left(self.case.state, self.case.now) == left

    @rule(child=st.sampled_from(["m1", "m2"]), result=st.sampled_from(["granted", "denied"]))
    def child_ends(self, child: str, result: str) -> None:
        if self.case.state.phase != "new":
            self.case.do("child_concluded", SYSTEM, member=child, result=result, child=5)

    def _left(self, state: State, now: Any) -> list[int]:
        calendar = self.case.defn.calendar
        return [
            clock.left(calendar, c.limit, c.start, state.pauses, now, c.extra)
            for c in state.clocks
            if c.stopped is None and c.purpose in ("statutory", "promised")
        ]

    @invariant()
    def the_state_is_what_its_events_say(self) -> None:
        assert fold(self.case.events) == self.case.state
        assert self.case.state.seq == len(self.case.events)

    @invariant()
    def the_state_survives_being_stored(self) -> None:
        assert codec.decode(codec.encode(self.case.state)) == self.case.state
        assert codec.load(codec.dump(self.case.state)) == self.case.state

    @invariant()
    def open_work_exists_exactly_while_the_case_is_open(self) -> None:
        state = self.case.state
        if state.phase == "closed":
            assert not state.open_tasks
            assert all(c.stopped for c in state.clocks)
            assert not state.paused
            assert wake(self.case.defn, state) is None
        elif state.phase != "new":
            assert state.open_tasks

    @invariant()
    def one_open_task_for_each_step_branch_and_section(self) -> None:
        keys = [(t.node, t.split, t.branch) for t in self.case.state.open_tasks]
        assert len(keys) == len(set(keys))

    @invariant()
    def sections_close_once_and_never_hold_more_than_expected(self) -> None:
        for s in self.case.state.splits:
            assert s.arrived <= s.expected
            if s.policy == "all" and s.closed_seq:
                assert s.arrived == s.expected

    @invariant()
    def dues_are_what_the_arithmetic_says(self) -> None:
        state, calendar = self.case.state, self.case.defn.calendar
        for c in state.clocks:
            if c.stopped is None and c.purpose in ("statutory", "promised"):
                assert c.due == clock.due(calendar, c.limit, c.start, state.pauses, c.extra)

    @invariant()
    def pauses_do_not_overlap(self) -> None:
        pauses = self.case.state.pauses
        assert all(a.end is not None and a.end <= b.start for a, b in pairwise(pauses))

    @invariant()
    def rules_that_need_not_be_asked_would_have_said_nothing(self) -> None:
        if self.case.state.phase == "new":
            return
        facts = facts_of(self.case)
        seen = traits(facts)
        for each in RULES.values():
            if each.needs and not needed(each.needs) & seen:
                assert each.look(facts, each.defaults, frozenset()) == SILENT, each.id


RandomCase.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestRandomCase = RandomCase.TestCase


def test_the_same_command_decided_twice_gives_the_same_events() -> None:
    case = a_case().accepted()
    command = Command(uuid4(), "complete", OFFICIAL, case.now, {"task": 2, "outcome": "pass"})
    first = decide(case.defn, case.state, command, case.facts, case.now)
    assert decide(case.defn, case.state, command, case.facts, case.now) == first


def test_a_finding_is_issued_once() -> None:
    case = a_case().accepted()
    finding = Finding("T01", 1, "case", "将到期", case.now)
    events = issue(case.state, (finding,), case.now)
    state = fold(events, case.state)
    assert (len(events), state.level) == (1, 1)
    assert issue(state, (finding,), case.now) == ()


def test_silence_past_the_limit_agrees_by_rule() -> None:
    case = a_case(DEFINITIONS[1]).applied().do("accept", OFFICIAL)
    case.workdays(4).wait(days=1)
    assert "opinion.deemed_agreed" in case.types
    assert any(t.deemed and t.node == "b" for t in case.state.tasks)
    assert all(t.deemed for t in case.state.tasks if t.kind == "subcase" and t.status == "done")


def test_the_last_of_a_section_to_agree_opens_the_next_step_and_ends_the_others_work() -> None:
    case = a_case(DEFINITIONS[1]).applied().do("accept", OFFICIAL)
    for post in ("SA", "SB"):
        task = next(t.no for t in case.state.open_tasks if t.node == "sign" and t.post == post)
        case.do("complete", OFFICIAL, task=task, outcome="pass")
    assert case.state.votes["sign"] == {"pass": 2}
    assert [t.status for t in case.state.tasks if t.node == "sign"].count("cancelled") == 1


def test_a_decision_may_send_the_case_through_the_section_again() -> None:
    case = a_case(DEFINITIONS[1]).applied().do("accept", OFFICIAL)
    first = [t.no for t in case.state.open_tasks if t.kind == "human"]
    for no in first:
        if case.state.task(no).status == "open":
            case.do("complete", OFFICIAL, task=no, outcome="pass")
    case.wait(days=4)
    decide_task = next(t.no for t in case.state.open_tasks if t.node == "decide")
    case.do("complete", replace(HEAD, posts=frozenset(POSTS)), task=decide_task, outcome="redo")
    assert {t.generation for t in case.state.open_tasks if t.node == "a"} == {2}


def test_an_applicant_is_offered_only_what_is_theirs() -> None:
    case = a_case().accepted()
    actions = {a.type for a in allowed(case.defn, case.state, APPLICANT, case.facts, case.now)}
    assert actions == {"supply", "urge", "withdraw", "name_party"}


def test_nothing_can_be_done_before_the_case_is_there() -> None:
    assert fold((), NEW) is NEW
    assert wake(PERMIT, NEW) is None
    assert len(FLOW["nodes"]) == len(PERMIT.flow.nodes)
    assert timedelta(0) == a_case().now - a_case().now
