"""A permit to run cases of in tests: a flow with parallel review, its terms, and the people of its posts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from tongban.base.calendar import CHINA, load_calendar
from tongban.engine.definition import Definition, FeeTerm, MaterialTerm, ResultTerm, SpecialTerm, Terms
from tongban.engine.flow import compile_flow
from tongban.engine.machine import Facts, decide, fold
from tongban.engine.state import NEW, SYSTEM, Actor, Command, Event, Limit, State

FLOW: dict[str, Any] = {
    "key": "permit",
    "name": "许可",
    "nodes": [
        {"key": "start", "kind": "start"},
        {
            "key": "accept", "kind": "human", "name": "受理", "stage": "受理", "post": "CK", "duty": "accept",
            "limit": {"amount": 1, "counted": False}, "choices": [{"key": "accept"}, {"key": "refuse"}],
        },
        {"key": "fork", "kind": "split"},
        {
            "key": "review_a", "kind": "human", "name": "书面审查", "stage": "审查", "post": "SA", "duty": "review",
            "limit": {"amount": 2}, "choices": [{"key": "pass", "name": "通过"}, {"key": "fail", "name": "不通过"}],
        },
        {
            "key": "review_b", "kind": "human", "name": "城管审查", "stage": "审查", "post": "SB", "duty": "review",
            "limit": {"amount": 2}, "choices": [{"key": "pass", "name": "通过"}, {"key": "fail", "name": "不通过"}],
        },
        {"key": "join", "kind": "join", "split": "fork"},
        {
            "key": "check", "kind": "human", "name": "审核", "stage": "审查", "post": "KZ", "duty": "check",
            "limit": {"amount": 1}, "choices": [{"key": "agree", "name": "同意"}],
        },
        {
            "key": "decide", "kind": "human", "name": "决定", "stage": "决定", "post": "FG", "duty": "decide",
            "limit": {"amount": 1}, "choices": [{"key": "granted", "name": "准予"}, {"key": "denied", "name": "不予"}],
            "apart_from": ["accept"],
        },
        {
            "key": "deliver", "kind": "human", "name": "送达", "stage": "送达", "post": "CK", "duty": "deliver",
            "limit": {"amount": 1, "counted": False},
        },
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "accept"}, {"from": "accept", "to": "fork"},
        {"from": "fork", "to": "review_a"}, {"from": "fork", "to": "review_b"},
        {"from": "review_a", "to": "join"}, {"from": "review_b", "to": "join"},
        {"from": "join", "to": "check"}, {"from": "check", "to": "decide"},
        {"from": "decide", "to": "deliver"}, {"from": "deliver", "to": "end"},
    ],
}  # fmt: skip

TERMS = Terms(
    offering_version=1,
    name="食品经营许可",
    statutory=Limit(10),
    promised=Limit(5),
    materials={
        "form": MaterialTerm("form", "申请书", "required"),
        "plan": MaterialTerm("plan", "平面图", "required"),
        "training": MaterialTerm("training", "培训材料", "later"),
    },
    fees={"cost": FeeTerm("cost", "工本费", Decimal(40), "每证40元", True)},
    results=(ResultTerm("食品经营许可证", "license", 60),),
    special={"visit": SpecialTerm("visit", "现场核查", 10)},
)
POSTS = {
    code: (i, 1 if code != "SB" else 2) for i, code in enumerate(("CK", "SA", "SB", "KZ", "FG"), start=1)
}
PERMIT = Definition(compile_flow(FLOW), TERMS, load_calendar(), POSTS)
START = datetime(2026, 3, 2, 9, tzinfo=CHINA)  # a Monday


def staff(post: str, account: int, *verbs: str) -> Actor:
    """Somebody on a post, with what the post's role gives."""
    return Actor("staff", account, post, 1, frozenset({post}), frozenset(verbs or {"accept", "handle"}))


APPLICANT = Actor("resident", 99, "申请人", verbs=frozenset({"own"}))
CLERK = staff("CK", 1, "accept", "handle")
REVIEWER = staff("SA", 2, "handle")
NEIGHBOUR = staff("SB", 3, "handle")
SECTION_HEAD = staff("KZ", 4, "handle", "assign")
HEAD = staff("FG", 5, "decide", "approve", "handle")
OFFICIAL = replace(HEAD, account=6, name="全权", posts=frozenset(POSTS), verbs=frozenset({"*"}))
PEOPLE = (APPLICANT, CLERK, REVIEWER, NEIGHBOUR, SECTION_HEAD, HEAD, OFFICIAL, SYSTEM)


@dataclass
class CaseUnderTest:
    """A case one can tell a story about: `a_case().accepted().then(...)`; times move only when told to."""

    defn: Definition = PERMIT
    state: State = NEW
    now: datetime = START
    events: list[Event] = field(default_factory=list)
    facts: Facts = field(default_factory=lambda: Facts(number="20260302000001"))

    def do(self, type_: str, actor: Actor, **data: Any) -> "CaseUnderTest":
        """Carry out a command now; raises Refused and changes nothing when it is refused."""
        at = data.pop("at", self.now)
        channel = data.pop("channel", "counter")
        events = decide(
            self.defn, self.state, Command(uuid4(), type_, actor, at, data, channel), self.facts, self.now
        )
        self.state = fold(events, self.state)
        self.events.extend(events)
        return self

    def wait(self, **delta: float) -> "CaseUnderTest":
        """Let time pass, with everything that time brings."""
        self.now += timedelta(**delta)
        return self.do("tick", SYSTEM)

    def workdays(self, count: int) -> "CaseUnderTest":
        """Move to the same hour `count` working days on, without time acting on the case."""
        calendar = self.defn.calendar
        day = calendar.D(calendar.W(self.now.date()) + count)
        self.now = self.now.replace(year=day.year, month=day.month, day=day.day)
        return self

    def applied(self, **materials: str) -> "CaseUnderTest":
        return self.do("submit", APPLICANT, materials=materials or {"form": "supplied", "plan": "supplied"})

    def accepted(self) -> "CaseUnderTest":
        if self.state.phase == "new":
            self.applied()
        return self.do("accept", CLERK)

    def reviewed(self) -> "CaseUnderTest":
        self.do("complete", REVIEWER, outcome="pass")
        return self.do("complete", NEIGHBOUR, outcome="pass").do("complete", SECTION_HEAD, outcome="agree")

    def granted(self) -> "CaseUnderTest":
        return self.accepted().reviewed().do("complete", HEAD, outcome="granted")

    def delivered(self) -> "CaseUnderTest":
        return self.granted().do("complete", CLERK, method="窗口领取")

    @property
    def types(self) -> list[str]:
        return [e.type for e in self.events]


def a_case(defn: Definition = PERMIT) -> CaseUnderTest:
    """A case of the permit that nobody has applied for yet."""
    return CaseUnderTest(defn)
