"""One run of the machine: the events of a command as they arise, and the moving of tokens through the flow."""

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tongban.base.calendar import CHINA
from tongban.engine import clock
from tongban.engine.conditions import form_facts
from tongban.engine.definition import Definition
from tongban.engine.errors import Instead, Refused
from tongban.engine.flow import Node
from tongban.engine.machine.apply import apply, limit_out
from tongban.engine.state import EMPTY, Actor, Command, Event, Limit, Sealed, Split, State, Task

LASTING = "长期"
MOST_MONEY = Decimal(10) ** 12  # yuan; no single charge or fine comes near it
MOST_NODES = 200  # entered by one command; a published flow never comes near it


class Facts(Struct, frozen=True):
    """What the core is told about the world: the form as filled in, and what the case row knows.

    `number` is the case number, from which its result is numbered.
    """

    form: Mapping[str, Any] = EMPTY
    applicant_kind: str = "person"
    channel: str = "web"
    secrecy: int = 0
    number: str = ""
    numbered: Callable[[], str] | None = None  # gives the result's number; None: from the case number
    reserved: Callable[[str], bool] | None = None  # numbers of results that are never written by hand


class Run:
    """Collects the events of one command; `state` is always the state after the last of them."""

    __slots__ = ("actor", "at", "command", "data", "defn", "entered", "events", "facts", "now", "state")

    def __init__(self, defn: Definition, state: State, command: Command, facts: Facts, now: datetime) -> None:
        self.defn, self.state, self.command, self.facts, self.now = defn, state, command, facts, now
        self.at: datetime = command.at
        self.actor: Actor = command.actor
        self.data: Mapping[str, Any] = command.data
        self.events: list[Event] = []
        self.entered = 0  # nodes

    def emit(self, type_: str, payload: Mapping[str, Any] = EMPTY, *, at: datetime | None = None) -> None:
        """Record that something happened, and go on from there."""
        event = Event(type_, at or self.at, self.now, self.actor.account, payload)
        self.events.append(event)
        self.state = apply(self.state, event)

    def refuse(self, code: str, message: str, *instead: Instead, **detail: object) -> Refused:
        """A refusal to raise."""
        return Refused(code, message, instead, detail)

    def text(self, name: str, what: str) -> str:
        """A text the command must carry. Raises Refused("missing_field") when it does not."""
        value = str(self.data.get(name, "")).strip()
        if not value:
            raise self.refuse("missing_field", f"请填写{what}。", field=name)
        return value

    def texts(self, name: str, what: str) -> list[str]:
        """Texts that the command lists, without empty ones; one alone may stand for itself. Raises Refused("missing_field")."""
        said = self.data.get(name) or ()
        if isinstance(said, str):
            said = (said,)
        if not isinstance(said, (list, tuple)) or not all(isinstance(text, str) for text in said):
            raise self.refuse("missing_field", f"{what}请逐条填写文字。", field=name)
        return [text for item in said if (text := item.strip())]

    def whole(self, value: Any, what: str, least: int, most: int) -> int:
        """A whole number the command must carry. Raises Refused: "missing_field", "out_of_range"."""
        try:
            number = int(str(value))
        except ValueError:
            raise self.refuse("missing_field", f"请填写{what}（整数）。") from None
        if not least <= number <= most:
            raise self.refuse("out_of_range", f"{what}应在 {least} 到 {most} 之间。", least=least, most=most)
        return number

    def amount(self, what: str, usual: Decimal | None = None) -> Decimal:
        """The amount in yuan that the command names, else the usual one. Raises Refused: "missing_field", "out_of_range"."""
        try:
            value = Decimal(str(self.data.get("amount", "" if usual is None else usual)))
        except InvalidOperation:
            raise self.refuse("missing_field", f"请填写{what}。", field="amount") from None
        if not value.is_finite():
            raise self.refuse("missing_field", f"请填写{what}（数字）。", field="amount")
        if value < 0:
            raise self.refuse("out_of_range", "金额不能为负。", field="amount")
        if value >= MOST_MONEY:
            raise self.refuse("out_of_range", f"{what}过大，请核对。", field="amount")
        return value

    def own_words(self, name: str) -> Sealed | str:
        """What the applicant wrote, to stand beside the chain like their other personal values; "" where nothing was.

        Also where the system passes it on; the words of staff are official record and stay in the clear (ADR 7).
        """
        value = str(self.data.get(name, "")).strip()
        return Sealed(value) if value and self.actor.kind != "staff" else value

    def forcing(self) -> bool:
        """Whether a guard may be overridden: the command says so, the grants allow it, and a reason goes on record.

        Raises Refused("missing_field") where force is asked for by somebody who may, without saying why.
        """
        if not self.data.get("force") or self.actor.verbs.isdisjoint({"force", "*"}):
            return False
        if "*" not in self.actor.verbs:  # importers of what was done elsewhere: it is recorded as it was
            self.text("reason", "强制执行的理由")
        return True

    # clocks

    def due(self, limit: Limit, start: datetime, extra: int = 0) -> str | None:
        """When the limit ends, as text, given the case's pauses; None while paused."""
        end = clock.due(self.defn.calendar, limit, start, self.state.pauses, extra)
        return None if end is None else end.isoformat()

    def arm(self, purpose: str, limit: Limit | None, start: datetime) -> list[dict[str, Any]]:
        """A clock for an event's payload; nothing where the terms have no such limit."""
        if limit is None:
            return []
        armed: dict[str, Any] = {"purpose": purpose, "limit": limit_out(limit), "start": start.isoformat()}
        end = self.due(limit, start)
        if end is not None:
            armed["due"] = end
        return [armed]

    def arm_afresh(self, purpose: str, limit: Limit, start: datetime) -> list[dict[str, Any]]:
        """A clock that begins as the open pause ends."""
        end = clock.due(self.defn.calendar, limit, start)
        said = {"purpose": purpose, "limit": limit_out(limit), "start": start.isoformat()}
        return [said | ({} if end is None else {"due": end.isoformat()})]

    def clocks_afresh(self, start: datetime) -> list[dict[str, Any]]:
        """The statutory and the promised clock beginning anew as the open pause ends (期限重新计算)."""
        terms = self.defn.terms
        limits = (("statutory", terms.statutory), ("promised", terms.promised))
        return [
            c
            for purpose, limit in limits
            if limit is not None
            for c in self.arm_afresh(purpose, limit, start)
        ]

    def moment(self, name: str) -> datetime | None:
        """An instant that the command says under a name, in China time; None where it says none.

        Raises Refused: "missing_field" for text that is no instant, "out_of_range" for one further off than a year.
        """
        said = str(self.data.get(name) or "").strip()
        if not said:
            return None
        try:
            at = datetime.fromisoformat(said)
            at = at.replace(tzinfo=CHINA) if at.tzinfo is None else at.astimezone(CHINA)
        except (ValueError, OverflowError):  # overflowing: the first or the last day of all, in another zone
            raise self.refuse("missing_field", "时间请写成 2026-11-25 09:00 这样。", field=name) from None
        if at > self.at + timedelta(days=366):
            raise self.refuse("out_of_range", "时间应在一年以内。", field=name)
        return at

    def case_clocks(self, start: datetime) -> list[dict[str, Any]]:
        """The statutory and the promised clock of the case, for the event that begins them."""
        terms = self.defn.terms
        return self.arm("statutory", terms.statutory, start) + self.arm("promised", terms.promised, start)

    def dues_on_resuming(self, at: datetime) -> dict[str, str]:
        """New ends of every clock that stood still, once the open pause ends at `at`."""
        pauses = (*self.state.pauses[:-1], replace(self.state.pauses[-1], end=at))
        dues: dict[str, str] = {}
        for c in self.state.clocks:
            if c.stopped is None and c.purpose in ("statutory", "promised"):
                end = clock.due(self.defn.calendar, c.limit, c.start, pauses, c.extra)
                if end is not None:
                    dues[c.purpose] = end.isoformat()
        for t in self.state.open_tasks:
            if t.limit is not None:
                end = clock.due(self.defn.calendar, t.limit, t.opened, pauses, -t.credit)
                if end is not None:
                    dues[f"task:{t.no}"] = end.isoformat()
        return dues

    # beginning

    def begin(self, payload: dict[str, Any]) -> None:
        """The application stands: acceptance begins to count, and the flow to run."""
        flow, terms = self.defn.flow, self.defn.terms
        accepting = any(n.duty == "accept" for n in flow.nodes.values())
        if accepting and not terms.by_office:
            payload["clocks"] = self.arm("acceptance", terms.acceptance, self.at)
        self.emit("case.applied", payload)
        self.leave(flow.nodes[flow.start], 0, "")
        if not accepting and self.state.phase == "applied":
            self.emit("case.accepted", {"clocks": self.case_clocks(self.at)})

    # tokens

    def facts_for_conditions(self) -> dict[str, Any]:
        """What a condition in the flow may ask about."""
        state = self.state
        return {
            "form": form_facts(self.defn.terms.form, self.facts.form),
            "outcome": state.outcomes,
            "votes": state.votes,
            "materials": state.materials,
            "case": {
                "channel": self.facts.channel,
                "kind": state.kind,
                "secrecy": self.facts.secrecy,
                "applicant_kind": self.facts.applicant_kind,
                "result": state.result,
            },
        }

    def leave(self, node: Node, split: int, branch: str) -> None:
        """Follow the edge out of a node (`Flow.way_out`)."""
        chosen = self.defn.flow.way_out(node.key, self.facts_for_conditions)
        if chosen is None:
            raise self.refuse(
                "flow_stuck", f"流程在“{node.name or node.key}”之后没有可走的路，请联系流程管理员。"
            )
        self.enter(self.defn.flow.nodes[chosen.target], split, branch)

    def enter(self, node: Node, split: int, branch: str) -> None:
        """A token arrives at a node."""
        self.entered += 1
        if self.entered > MOST_NODES:
            raise self.refuse("flow_loops", "流程陷入了没有人参与的循环，请联系流程管理员。")
        getattr(self, f"_enter_{node.kind}")(node, split, branch)

    def _enter_human(self, node: Node, split: int, branch: str) -> None:
        if node.multi is None:
            self.open_task(node, split, branch)
            return
        posts = node.multi.posts
        need = {"all": len(posts), "any": 1, "n_of_m": node.multi.need}[node.multi.policy]
        inner = self.open_split(node, node.multi.policy, need, len(posts), split, branch)
        for post in posts:
            self.open_task(node, inner, post, post=post)

    def _enter_wait(self, node: Node, split: int, branch: str) -> None:
        if not node.until:
            self.open_task(node, split, branch)
            return
        moment = self.moment(node.until)
        if moment is None or moment <= self.at:  # nothing is waited for
            self.leave(node, split, branch)
        else:
            self.open_task(node, split, branch, due=moment.isoformat())

    _enter_notice = _enter_wait
    _enter_correction = _enter_wait

    def _enter_payment(self, node: Node, split: int, branch: str) -> None:
        fee = self.defn.terms.fees.get(node.text)
        if fee is None or fee.amount is None:
            self.open_task(node, split, branch)  # charged by hand: the standard is a formula
            return
        self.open_task(node, split, branch)
        self.emit("fee.charged", {"name": fee.name, "amount": str(fee.amount), "standard": fee.standard})

    def _enter_auto(self, node: Node, split: int, branch: str) -> None:
        if node.action == "issue_result":
            self.issue_result({})
        self.leave(node, split, branch)

    def _enter_decision(self, node: Node, split: int, branch: str) -> None:
        self.leave(node, split, branch)

    _enter_start = _enter_decision

    def _enter_split(self, node: Node, split: int, branch: str) -> None:
        edges = self.defn.flow.after(node.key)
        facts = self.facts_for_conditions() if any(e.when for e in edges) else EMPTY
        conditions = self.defn.flow.conditions
        taken = [e for e in edges if (conditions[e.when].test(facts) if e.when else not e.default)]
        if not taken:
            taken = [e for e in edges if e.default]
        if not taken:
            raise self.refuse(
                "flow_stuck", f"“{node.name or node.key}”没有一个分支符合条件，请联系流程管理员。"
            )
        need = {"all": len(taken), "any": 1, "n_of_m": min(node.need, len(taken))}[node.policy]
        inner = self.open_split(node, node.policy, need, len(taken), split, branch)
        for edge in taken:
            if self.state.splits[inner - 1].closed_seq == 0:
                self.enter(self.defn.flow.nodes[edge.target], inner, edge.target)

    def _enter_join(self, node: Node, split: int, branch: str) -> None:
        self.arrive(split, node, counts=True)

    def _enter_subcase(self, node: Node, split: int, branch: str) -> None:
        need = {"all": len(node.members), "any": 1, "n_of_m": node.need}[node.policy]
        inner = self.open_split(node, node.policy, need, len(node.members), split, branch)
        for member in node.members:
            no = self.open_task(node, inner, member)
            self.emit("child.opened", {"task": no, "member": member})

    def _enter_end(self, node: Node, split: int, branch: str) -> None:
        self.close(self.state.result or "done")

    def open_split(
        self, node: Node, policy: str, need: int, expected: int, outer: int, outer_branch: str
    ) -> int:
        """Begin a parallel section and return its number."""
        generation = 1 + sum(1 for s in self.state.splits if s.node == node.key)
        payload: dict[str, Any] = {"node": node.key, "policy": policy, "need": need, "expected": expected}
        if generation > 1:
            payload["generation"] = generation
        if outer:
            payload |= {"outer": outer, "outer_branch": outer_branch}
        self.emit("split.opened", payload)
        return len(self.state.splits)

    def reopen_split(self, no: int, branch: str, outer: int, outer_branch: str) -> int:
        """Open one branch of a parallel section that is through once more; returns the new section's number."""
        old = self.state.splits[no - 1]
        generation = 1 + sum(1 for s in self.state.splits if s.node == old.node)
        payload: dict[str, Any] = {
            "node": old.node, "policy": "all", "need": 1, "expected": 1, "generation": generation, "reopens": no,
            "inside": branch,
        }  # fmt: skip
        if outer:
            payload |= {"outer": outer, "outer_branch": outer_branch}
        self.emit("split.opened", payload)
        return len(self.state.splits)

    def open_task(self, node: Node, split: int, branch: str, *, post: str = "", **more: Any) -> int:
        """Put work before somebody (or begin to wait) and return the task's number."""
        earlier = [
            t
            for t in self.state.tasks
            if t.node == node.key and t.branch == branch and not t.parent and t.sent_by != "precheck"
        ]
        payload: dict[str, Any] = {"node": node.key, **more}
        if node.kind != "human":
            payload["kind"] = node.kind
        if whose := post or self.state.posts.get(node.named) or node.post:
            payload["post"] = whose
        if node.stage and node.stage != self.state.stage:
            payload["stage"] = node.stage
        if split:
            payload |= {"split": split, "branch": branch}
        if earlier:
            payload["generation"] = len(earlier) + 1
        if node.limit is not None and "limit" not in more:
            payload["limit"] = limit_out(node.limit)
            credit = self._credit(node, earlier)
            if credit:
                payload["credit"] = credit
            end = clock.due(self.defn.calendar, node.limit, self.at, self.state.pauses, -credit)
            if end is not None:
                payload["due"] = end.isoformat()
        self.emit("task.opened", payload)
        return len(self.state.tasks)

    def _credit(self, node: Node, earlier: list[Task]) -> int:
        """Days of the step already used when it is done again and the count goes on (退回后继续计时)."""
        if node.repeat != "continue" or not earlier or node.limit is None:
            return 0
        spent = sum(
            clock.used(self.defn.calendar, node.limit, t.opened, self.state.pauses, t.done or self.at)
            for t in earlier
        )
        return min(spent, node.limit.amount)

    def arrive(self, no: int, node: Node, *, counts: bool) -> None:
        """A branch of a split is through. Goes on from `node` once the split's policy holds."""
        split: Split = self.state.splits[no - 1]
        if self.count(no, node, counts=counts):
            self.leave(node, split.outer, split.outer_branch)

    def count(self, no: int, node: Node, *, counts: bool) -> bool:
        """Count a branch that is through; whether that closed the split, and with it the work still open inside."""
        split: Split = self.state.splits[no - 1]
        if split.closed_seq:
            return False
        agreed = split.agreed + counts
        closed = split.arrived + 1 >= split.expected or (split.policy != "all" and agreed >= split.need)
        payload: dict[str, Any] = {"split": no}
        if not counts:
            payload["against"] = True
        if closed:
            payload["closed"] = True
        self.emit("split.arrived", payload)
        if closed:
            inside = self._inside(no)
            for task in self.state.open_tasks:
                if task.split in inside:
                    self.emit("task.cancelled", {"task": task.no, "why": "split_closed"})
        return closed

    def _inside(self, no: int) -> set[int]:
        """The split and every split opened within it."""
        inside = {no}
        for i, s in enumerate(self.state.splits, start=1):
            if s.outer in inside:
                inside.add(i)
        return inside

    # endings

    def close(self, result: str) -> None:
        """The case is over: nothing is open any more, and the members of a joint case end with it."""
        for task in self.state.open_tasks:
            if task.kind == "subcase":
                self.emit("child.ended", {"member": task.branch, "result": result})
            self.emit("task.cancelled", {"task": task.no})
        self.emit("case.closed", {"result": result} | self.never_applied())

    def never_applied(self) -> dict[str, bool]:
        """For the payload of an ending: that nothing was applied for (预受理 only), so that no figure counts it."""
        return {"precheck": True} if self.state.applied is None else {}

    def _next_number(self) -> str:
        return self.facts.numbered() if self.facts.numbered is not None else f"{self.facts.number}-1"

    def issue_result(self, given: Mapping[str, Any]) -> None:
        """Number and date the result document. `given` may name its number and validity (paper certificates)."""
        results = self.defn.terms.results
        if not results or self.state.certificate is not None or self.state.result == "denied":
            return
        if not isinstance(given, Mapping):
            raise self.refuse("missing_field", "请填写证照的编号和有效期。", field="certificate")
        if len(str(given.get("number") or "")) > 100 or len(str(given.get("name") or "")) > 200:
            raise self.refuse("missing_field", "证照的编号或名称过长。", field="certificate")
        written = str(given.get("number") or "").strip()
        if written and self.facts.reserved is not None and self.facts.reserved(written):
            raise self.refuse(
                "number_reserved",
                f"编号“{written}”是本平台自动编号的样式，不能手工填写。请空着由系统编号，或者填证照上原有的编号。",
                field="certificate",
            )
        first = results[0]
        until = given.get("valid_until") or (
            _months_on(self.at.date(), first.validity_months).isoformat()
            if first.validity_months
            else LASTING
        )
        if not _is_validity(until):
            raise self.refuse(
                "missing_field", "有效期请写成年-月-日，例如 2031-03-01，或者写“长期”。", field="valid_until"
            )
        self.emit(
            "result.issued",
            {
                "name": str(given.get("name") or first.name),
                "number": written or self._next_number(),
                "valid_until": until,
            },
        )


def _is_validity(until: object) -> bool:
    """Whether it is a date as ISO text, or 长期."""
    if until == LASTING:
        return True
    try:
        return isinstance(until, str) and date.fromisoformat(until).isoformat() == until
    except ValueError:
        return False


def done(run: Run, task: Task, outcome: str, **more: Any) -> None:
    """Record that a task is done, with what was said about it."""
    payload: dict[str, Any] = {"task": task.no, **more}
    if outcome:
        payload["outcome"] = outcome
    if opinion := str(run.data.get("opinion", "")).strip():
        payload["opinion"] = opinion
    if reason := str(run.data.get("reason", "")).strip():
        payload["reason"] = reason
    if outcome and (checked := ticked(run, run.defn.flow.nodes[task.node])):
        payload["checked"] = checked
    if run.defn.flow.nodes[task.node].multi is not None:
        payload["vote"] = True
    if acting := _acting(run, task):
        payload["acting"] = acting
    run.emit("task.done", payload)


def ticked(run: Run, node: Node) -> list[str]:
    """The points of the step's checklist (审查要点) that the command ticks, by their numbers from 1, in their words."""
    if not node.checklist:
        return []
    said = run.data.get("checklist") or ()
    numbers = {str(n) for n in said} if isinstance(said, (list, tuple)) else {str(said)}
    return [point for n, point in enumerate(node.checklist, start=1) if str(n) in numbers]


def _acting(run: Run, task: Task) -> str:
    """The post under which it was done, where that is not the step's: only what other systems report gets so far."""
    actor = run.actor
    if actor.kind != "staff" or not task.post or task.post in actor.posts or task.assignee == actor.account:
        return ""
    return min(actor.posts, default="?")


def _months_on(day: date, months: int) -> date:
    """The last day of a validity of `months` from `day`: the day before the same day number."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1])) - timedelta(days=1)
