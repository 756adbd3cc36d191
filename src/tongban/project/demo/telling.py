"""Telling a case as it might have gone: who did what when, tried on the pure machine, written down as deeds.

A plot (plots.py) moves a Tale forward; a Tale ends early where the present is reached, and the case is then still
running. Pure: no database, no clock but the one it is given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tongban.base.calendar import CHINA, Calendar
from tongban.engine import machine
from tongban.engine.definition import Definition
from tongban.engine.flow import Node
from tongban.engine.machine import Facts, carry_out
from tongban.engine.state import NEW, Actor, Command, State, Task
from tongban.project.demo import words

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done to the case. `who` is an account, None the system; `recorded` differs when entered later."""

    at: datetime
    who: int | None
    type: str
    data: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "web"
    recorded: datetime | None = None


class Present(Exception):
    """The tale has come to the present; what follows has not happened yet."""


Staff = Mapping[str, Sequence[tuple[int, str]]]


class Tale:
    """One case on its way. `at` is where its own time stands; `deeds` is what has been done so far."""

    def __init__(
        self, *, defn: Definition, form: Mapping[str, Any], materials: Mapping[str, str], applicant: int | None,
        applicant_kind: str, matter: str, unit: str, channel: str, kind: str, staff: Staff, rng: Random,
        start: datetime, present: datetime, posts: frozenset[str] | None = None,
    ) -> None:  # fmt: skip
        self.defn, self.form, self.materials = defn, form, materials
        self.applicant, self.matter, self.unit, self.channel, self.kind = (
            applicant,
            matter,
            unit,
            channel,
            kind,
        )
        self.staff, self.rng, self.at, self.present = staff, rng, start, present
        self.facts = Facts(form, applicant_kind, channel, 0, "0")
        self.state: State = NEW
        self.deeds: list[Deed] = []
        self.entered_late: timedelta | None = None
        self._planned: dict[int, datetime] = {}
        self._pick = rng.random()
        self._posts = frozenset(staff) if posts is None else posts

    # time

    @property
    def calendar(self) -> Calendar:
        """The official calendar."""
        return self.defn.calendar

    def rest(self, days: float) -> None:
        """Let working days pass, to a moment within working hours."""
        whole, part = int(days), days - int(days)
        if whole:
            day = self.calendar.D(self.calendar.W(self.at.date()) + whole)
            self.at = datetime.combine(day, self.at.timetz())
        self.work(part * 390 + self.rng.uniform(2, 25))

    def work(self, minutes: float) -> None:
        """Let working minutes pass."""
        self.at = working(self.calendar, self.at, minutes)

    # deeds

    def do(self, type_: str, who: int | None, **data: Any) -> State:
        """Do something at the tale's own time. Raises Present when that has not come yet."""
        self.passes(self.at)
        if self.at > self.present:
            raise Present
        reason = data.pop("reason_given", "")
        given = {**data, "reason": reason} if reason else data
        recorded = None
        if self.entered_late is not None and type_ != "submit":
            recorded = min(working(self.calendar, self.at + self.entered_late, 5), self.present)
            given = {**given, "reason": given.get("reason") or words.backdating()}
        self._carry(type_, who, given, self.at)
        channel = self.channel if type_ in ("submit", "supply", "withdraw") else "desk"
        self.deeds.append(Deed(self.at, who, type_, given, channel, recorded))
        self.at = recorded or self.at
        return self.state

    def passes(self, until: datetime) -> None:
        """What time itself does before `until` (deemed acceptance, lapse, silence)."""
        until = min(until, self.present)
        while self.state is not NEW:
            due = machine.wake(self.defn, self.state)
            if due is None or due > until:
                return
            self._carry("tick", None, {}, due)

    def _carry(self, type_: str, who: int | None, data: Mapping[str, Any], at: datetime) -> None:
        if type_ == "tick" or who is None:
            actor = Actor(kind="system", name="系统", verbs=frozenset({"*"}))
        elif who == self.applicant:
            actor = Actor(kind="resident", account=who, verbs=frozenset({"own"}))
        else:
            actor = Actor("staff", who, "", 0, self._posts, frozenset({"*"}))
        command = Command(NOBODY, type_, actor, at, data, self.channel)
        _, self.state = carry_out(self.defn, self.state, command, self.facts, at)

    # people

    def clerk(self, post: str, but: Sequence[int | None] = ()) -> int:
        """Who of a post does it: always the same person for one case, unless set apart."""
        holders = [account for account, _ in self.staff[post] if account not in but]
        return holders[int(self._pick * len(holders))]

    def post(self, suffix: str) -> str:
        """A post of the unit that handles the case."""
        return f"{self.unit}-{suffix}"

    def chief(self) -> tuple[int, str]:
        """The leader in charge, with the name."""
        post = next(p for p in (self.post("FG"), self.post("LD")) if p in self.staff)
        account = self.clerk(post)
        return account, next(n for a, n in self.staff[post] if a == account)

    # the usual steps

    def apply(self) -> None:
        """申请, or 立案 by the office."""
        who = self.applicant if self.channel == "web" else self.clerk(self.first_post())
        self.do("submit", who, materials=dict(self.materials), kind=self.kind)

    def show(self) -> None:
        """申请预受理: the papers are handed in to be looked at; nothing is applied for yet."""
        self.do("submit", self.applicant, materials=dict(self.materials), kind=self.kind, precheck=True)

    def answer(self, outcome: str) -> None:
        """预受理答复: ready (`passed`), or `incomplete` with all that is missing."""
        task = self.waiting()[0]
        missing = {} if outcome == "passed" else {"items": words.correction_items(self.matter, self.rng)}
        self.do("answer_precheck", self.clerk(task.post), outcome=outcome, **missing)

    def accept(self) -> None:
        """受理 within the day."""
        self.work(self.rng.uniform(10, 300) if not self.defn.terms.instant else self.rng.uniform(4, 20))
        task = next(t for t in self.state.open_tasks if self.node(t).duty == "accept")
        self.do("accept", self.clerk(task.post))

    def node(self, task: Task) -> Node:
        """The step a task stands on."""
        return self.defn.flow.nodes[task.node]

    def waiting(self) -> list[Task]:
        """Open work of people."""
        return [t for t in self.state.open_tasks if t.kind == "human"]

    def walk(
        self, until: str = "", outcomes: Mapping[str, str] | None = None, slow: Mapping[str, float] | None = None,
        without: str = "",
    ) -> Task | None:  # fmt: skip
        """Go on step by step to the end, or up to (not through) a step. `slow`: a step takes so many working days."""
        outcomes, slow = outcomes or {}, slow or {}
        while self.state.phase != "closed":
            self._pay()
            tasks = [t for t in self.waiting() if t.node != without]
            if not tasks:
                due = machine.wake(self.defn, self.state)
                if due is None:
                    return None
                self._go_on_until(due)
                self.passes(self.at)
                if self.at > self.present:
                    raise Present
                continue
            for t in tasks:
                if t.no not in self._planned:
                    self._planned[t.no] = self._when(t, slow.get(t.node))
            task = min(tasks, key=lambda t: self._planned[t.no])
            if task.node == until:
                return task
            self._go_on_until(self._planned[task.no])
            self.passes(self.at)
            if self._waits(task):
                self.finish(task, outcomes.get(task.node, ""))
        return None

    def _go_on_until(self, then: datetime) -> None:
        self.at = max(self.at, then)

    def walk_to(self, step: str, outcomes: Mapping[str, str] | None = None) -> Task:
        """Go on up to a step that the flow is sure to reach."""
        task = self.walk(until=step, outcomes=outcomes)
        if task is None:
            raise LookupError(f"{self.matter}: the tale never comes to {step}")
        return task

    def _waits(self, task: Task) -> bool:
        """Whether a step is still to be done: time itself may have ended it (silence, lapse)."""
        return any(t.no == task.no for t in self.state.open_tasks)

    def finish(self, task: Task, outcome: str = "") -> None:
        """Complete a step the way officials do; one that time ends while somebody has it in hand is left."""
        node = self.node(task)
        if node.duty == "accept":
            self.do("accept", self.clerk(task.post))
            return
        who = self._in_hand(task, node)
        if who is None:
            return
        outcome = outcome or self._usual(node)
        data: dict[str, Any] = {
            "task": task.no,
            "outcome": outcome,
            "opinion": words.opinion(outcome, self.rng),
        }
        if node.duty == "deliver":
            data = {"task": task.no, "outcome": outcome, "method": str(self.form.get("delivery", "直接送达"))}
            if data["method"] == "邮寄送达":
                data["express"] = f"EMS{self.rng.randint(10**9, 10**10 - 1)}CN"
        elif outcome in ("denied", "refuse"):
            data |= words.denial(self.matter)
        elif outcome == "object":
            data["reason"] = data["opinion"]
        elif outcome == "partial":
            data |= words.denial(self.matter) | {"reason": "有一个事项未办成，其余已全部办结。"}
        if node.duty == "decide" and outcome == "granted" and self.defn.terms.discretion:
            data |= self._band()
        self.do("complete", who, **data)

    def _in_hand(self, task: Task, node: Node) -> int | None:
        """Who completes a step, taken up before or not; None where time ended it meanwhile."""
        done_by = [t.by for t in self.state.tasks if t.node in node.apart_from]
        who = self.clerk(task.post, done_by)
        if task.assignee is not None:
            return task.assignee
        if self.rng.random() < 0.2 and self.waiting():
            self.do("claim", who, task=task.no)
            self.work(self.rng.uniform(2, 8))
            self.passes(self.at)
            return who if self._waits(task) else None
        return who

    # standing actions

    def ask(self, days: int = 0) -> None:
        """One-time notice of what is missing (补正告知), by who has the case now."""
        task = self.waiting()[0]
        who = task.assignee or self.clerk(task.post)
        data: dict[str, Any] = {"items": words.correction_items(self.matter, self.rng)}
        if days:
            data["days"] = days
        self.do("request_correction", who, **data)

    def supply(self) -> None:
        """The applicant brings what was asked for."""
        who = self.applicant if self.applicant is not None else self.clerk(self.first_post())
        self.do("supply", who, note="已按告知内容补齐，请查收。")

    def suspend(self, procedure: str = "") -> None:
        """A special procedure begins."""
        procedure = procedure or next(iter(self.defn.terms.special), "hearing")
        basis, days, _ = words.pause(procedure)
        task = self.waiting()[0]
        who = task.assignee or self.clerk(task.post)
        number = words.document(self.unit, "特告", self.at.year, self.rng)
        self.do(
            "suspend",
            who,
            procedure=procedure,
            basis=basis,
            document=number,
            approver=self.chief()[1],
            days=days,
        )

    def resume(self) -> None:
        """It is over."""
        procedure = self.state.pauses[-1].reason
        task = self.waiting()[0]
        self.do("resume", task.assignee or self.clerk(task.post), outcome=words.pause(procedure).outcome)

    def _band(self) -> dict[str, Any]:
        bands = self.defn.terms.discretion["bands"]
        band = bands[min(len(bands) - 1, self.rng.choice((1, 2, 2, 3)))]
        low, high = float(band["min"]), float(band["max"])
        amount = round(low + (high - low) * self.rng.choice((0.2, 0.5, 0.7)), 1)
        return {
            "band": band["level"],
            "amount": f"{amount:g}",
            "document": words.document(self.unit, "罚", self.at.year, self.rng),
        }

    def _pay(self) -> None:
        for task in self.state.open_tasks:
            if task.kind == "payment":
                fee = self.defn.terms.fees[self.node(task).text]
                self.work(self.rng.uniform(3, 30))
                self.do(
                    "pay", None, name=fee.name, bill=f"9901{self.at:%Y%m%d}{self.rng.randint(0, 999999):06d}"
                )

    def first_post(self) -> str:
        """The post that takes applications in."""
        edge = self.defn.flow.after(self.defn.flow.start)[0]
        return self.defn.flow.nodes[edge.target].post

    def _usual(self, node: Node) -> str:
        keys = [c.key for c in node.choices]
        if "visit" in keys:
            return "visit" if self.rng.random() < 0.8 else "pass"
        if "waived" in keys:
            return self.rng.choice(("waived", "waived", "heard"))
        if "clean" in keys:
            return self.rng.choice(("clean", "problems"))
        if "ordered" in keys:
            return "ordered" if self.state.outcomes.get("inspect") == "problems" else "none"
        if "extend" in keys:
            return "agree"
        return keys[0] if keys else ""

    def _when(self, task: Task, slow: float | None) -> datetime:
        if slow is not None:
            whole = int(slow)
            day = self.calendar.D(self.calendar.W(task.opened.date()) + whole)
            start = datetime.combine(day, task.opened.timetz()) if whole else task.opened
            return working(self.calendar, max(start, self.at), (slow - whole) * 390 + self.rng.uniform(5, 60))
        limit = task.limit
        if self.defn.terms.instant or limit is None:
            return working(self.calendar, max(task.opened, self.at), self.rng.uniform(3, 25))
        days = limit.amount if limit.unit == "workday" else max(1, limit.amount * 5 // 7)
        return working(self.calendar, max(task.opened, self.at), days * 390 * self.rng.uniform(0.12, 0.72))


def tell(tale: Tale, plot: Callable[[Tale], None]) -> Tale:
    """Let a plot run as far as the present allows, and time after it."""
    with suppress(Present):
        plot(tale)
    tale.passes(tale.present)
    return tale


def working(calendar: Calendar, at: datetime, minutes: float) -> datetime:
    """The moment after so many working minutes, within working hours."""
    day, start = at.date(), at.hour * 60 + at.minute + at.second / 60
    left = max(minutes, 0.0)
    for here in _days(calendar, day):
        for a, b in calendar.minutes:
            begin = max(a, start) if here == day else a
            if begin >= b:
                continue
            if left <= b - begin - 0.5:
                whole = begin + left
                seconds = int(whole * 60)
                return datetime.combine(
                    here, time(seconds // 3600, seconds % 3600 // 60, seconds % 60), CHINA
                )
            left -= b - begin
    raise AssertionError("the calendar has no end of days")


def _days(calendar: Calendar, day: date) -> Iterator[date]:
    if calendar.is_workday(day):
        yield day
    k = calendar.W(day)
    while True:
        k += 1
        yield calendar.D(k)
