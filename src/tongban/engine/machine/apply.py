"""apply(state, event) → state: what each kind of event means for a case."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from tongban.engine.state import (
    NEW,
    Certificate,
    Clock,
    Correction,
    Event,
    Extension,
    Fee,
    Limit,
    Pause,
    Precheck,
    Proposal,
    Split,
    State,
    Task,
)

Payload = Mapping[str, Any]
Change = dict[str, Any]


def apply(state: State, event: Event) -> State:
    """The state after the event. Total over the event types listed in `EVENTS`; raises KeyError for any other."""
    change = _APPLY[event.type](state, event, event.payload)
    quiet = state.quiet + 1 if event.type == "paper.issued" else 0
    return replace(state, seq=state.seq + 1, quiet=quiet, **change)


def fold(events: Iterable[Event], state: State = NEW) -> State:
    """The state after all events, in order of their sequence."""
    for event in events:
        state = apply(state, event)
    return state


def clock_in(raw: Payload, start: datetime) -> Clock:
    """A clock as an event announces it."""
    return Clock(
        purpose=raw["purpose"],
        limit=limit_in(raw["limit"]),
        start=_time(raw["start"]) if "start" in raw else start,
        due=_maybe(raw.get("due")),
    )


def limit_in(raw: list[Any]) -> Limit:
    """A limit as events carry it: [amount, unit, counted]."""
    return Limit(raw[0], raw[1], raw[2])


def limit_out(limit: Limit) -> list[Any]:
    """The inverse of `limit_in`."""
    return [limit.amount, limit.unit, limit.counted]


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _maybe(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _applied(state: State, e: Event, p: Payload) -> Change:
    return {
        "kind": p["kind"],
        "phase": "applied",
        "applied": e.at,
        "applied_recorded": e.recorded,
        "parent": p.get("parent"),
        "posts": _posts(state, p),
        "materials": _materials(state, p),
        "clocks": _stopped(state, e.at, "precheck") + tuple(clock_in(c, e.at) for c in p.get("clocks", ())),
        "doubts": (*state.doubts, *p.get("doubts", ())),
        "forced": tuple(p.get("forced", ())),
    }


def _posts(state: State, p: Payload) -> dict[str, str]:
    said: dict[str, str] = p.get("posts", state.posts)
    return dict(said)


def _precheck_asked(state: State, e: Event, p: Payload) -> Change:
    clocks = tuple(clock_in(c, e.at) for c in p.get("clocks", ()))
    return {
        "kind": p.get("kind", state.kind),
        "posts": _posts(state, p),
        "phase": "precheck",
        "materials": _materials(state, p),
        "clocks": state.clocks + clocks,
        "prechecks": (*state.prechecks, Precheck(e.at, clocks[0].due if clocks else None)),
        "doubts": (*state.doubts, *p.get("doubts", ())),
    }


def _precheck_answered(state: State, e: Event, p: Payload) -> Change:
    said: Change = {
        "answered": e.at,
        "by": e.by,
        "outcome": p["outcome"],
        "items": tuple(p.get("items", ())),
        "words": p.get("words", ""),
        "until": _maybe(p.get("until")),
    }
    if state.phase == "precheck":
        looks = (*state.prechecks[:-1], replace(state.prechecks[-1], **said))
    else:  # told by another system of what was applied for there
        looks = (*state.prechecks, Precheck(state.applied or e.at, **said))
    return {"prechecks": looks, "clocks": _stopped(state, e.at, "precheck")}


def _accepted(state: State, e: Event, p: Payload) -> Change:
    at = _maybe(p.get("as_of")) or e.at
    return {
        "phase": "accepted",
        "accepted": at,
        "accepted_by": e.by,
        "deemed_accepted": e.type == "case.deemed_accepted",
        "clocks": _stopped(state, e.at, "acceptance", "correction") + tuple(clock_in(c, at) for c in p.get("clocks", ())),
        "materials": _materials(state, p),
        "forced": state.forced + tuple(p.get("forced", ())),
        "taken_on": dict(p.get("way", state.taken_on)),
    }  # fmt: skip


def _refused(state: State, e: Event, p: Payload) -> Change:
    return {
        "refusal": dict(p),
        "clocks": _stopped(state, e.at, "acceptance", "correction"),
    }


def _correction_requested(state: State, e: Event, p: Payload) -> Change:
    before = p["before"]
    notice = Correction(
        requested=e.at,
        by=e.by,
        items=tuple(p["items"]),
        due=_maybe(p.get("due")),
        before_acceptance=before,
        task=p.get("task", 0),
        members=tuple(p.get("members", ())),
    )
    clocks = state.clocks
    if "limit" in p:
        running = Clock("correction", limit_in(p["limit"]), e.at, due=notice.due)
        clocks = (_stopped(state, e.at, "acceptance") if before else state.clocks) + (running,)
    change: Change = {
        "corrections": (*state.corrections, notice),
        "forced": state.forced + tuple(p.get("forced", ())),
        "clocks": clocks,
        "proposals": _settled(state, "sent"),
    }
    if p.get("via"):
        change["noticed"] = e.at
    paused = _pause(replace(state, clocks=clocks), Pause(e.at, None, "correction", expected=notice.due))
    return change | paused | ({"phase": "correcting"} if before else {})


def _settled(state: State, status: Literal["sent", "returned"], member: str = "") -> tuple[Proposal, ...]:
    return tuple(
        replace(q, status=status) if q.status == "open" and member in ("", q.member) else q
        for q in state.proposals
    )


def _proposed(state: State, e: Event, p: Payload) -> Change:
    made = Proposal(
        at=e.at,
        items=tuple(p["items"]),
        by=e.by,
        member=p.get("member", ""),
        case=p.get("case"),
        late=p.get("late", False),
    )
    return {"proposals": (*state.proposals, made), "forced": state.forced + tuple(p.get("forced", ()))}


def _returned(state: State, e: Event, p: Payload) -> Change:
    return {"proposals": _settled(state, "returned", p.get("member", ""))}


def _noticed(state: State, e: Event, p: Payload) -> Change:
    return {"noticed": e.at}


def _correction_supplied(state: State, e: Event, p: Payload) -> Change:
    return _correction_over(state, e, p, replace(state.corrections[-1], supplied=e.at))


def _correction_lapsed(state: State, e: Event, p: Payload) -> Change:
    return _correction_over(state, e, p, replace(state.corrections[-1], lapsed=e.at))


def _correction_over(state: State, e: Event, p: Payload, notice: Correction) -> Change:
    change: Change = {
        "corrections": (*state.corrections[:-1], notice),
        "materials": _materials(state, p),
    }
    resumed = _unpause(replace(state, clocks=_stopped(state, e.at, "correction")), e.at, p)
    return change | resumed | ({"phase": "applied"} if notice.before_acceptance else {})


def _suspended(state: State, e: Event, p: Payload) -> Change:
    pause = Pause(
        start=e.at,
        end=None,
        reason=p["reason"],
        expected=_maybe(p.get("expected")),
        basis=p.get("basis", ""),
        document=p.get("document", ""),
        approver=p.get("approver", ""),
    )
    return _pause(state, pause)


def _served(state: State, e: Event, p: Payload) -> Change:
    return {"pauses": (*state.pauses[:-1], replace(state.pauses[-1], expected=_maybe(p.get("expected"))))}


def _resumed(state: State, e: Event, p: Payload) -> Change:
    return _unpause(state, e.at, p)


def _extended(state: State, e: Event, p: Payload) -> Change:
    extension = Extension(e.at, p["amount"], p["unit"], p["reason"], p.get("approver", ""), e.by)
    dues = p.get("dues", {})
    clocks = tuple(
        replace(c, extra=c.extra + p["amount"], due=_maybe(dues.get(c.purpose)))
        if c.purpose in ("statutory", "promised") and c.stopped is None
        else c
        for c in state.clocks
    )
    return {"extensions": (*state.extensions, extension), "clocks": clocks}


def _task_opened(state: State, e: Event, p: Payload) -> Change:
    task = Task(
        no=len(state.tasks) + 1,
        node=p["node"],
        kind=p.get("kind", "human"),
        post=p.get("post", ""),
        opened=e.at,
        opened_seq=state.seq + 1,
        generation=p.get("generation", 1),
        split=p.get("split", 0),
        branch=p.get("branch", ""),
        limit=limit_in(p["limit"]) if "limit" in p else None,
        credit=p.get("credit", 0),
        due=_maybe(p.get("due")),
        assignee=p.get("assignee"),
        sent_by=p.get("sent_by", ""),
        parent=p.get("parent", 0),
        child=p.get("child"),
    )
    stage = p.get("stage") or state.stage
    return {"tasks": (*state.tasks, task), "stage": stage}


def _task(state: State, no: int, **change: Any) -> tuple[Task, ...]:
    i = no - 1
    return (*state.tasks[:i], replace(state.tasks[i], **change), *state.tasks[i + 1 :])


def _task_claimed(state: State, e: Event, p: Payload) -> Change:
    return {"tasks": _task(state, p["task"], assignee=p.get("account", e.by))}


def _task_released(state: State, e: Event, p: Payload) -> Change:
    return {"tasks": _task(state, p["task"], assignee=None)}


def _task_done(state: State, e: Event, p: Payload) -> Change:
    no, outcome = p["task"], p.get("outcome", "")
    task = state.tasks[no - 1]
    change: Change = {
        "tasks": _task(
            state, no, status="done", done=e.at, recorded=e.recorded, by=e.by, outcome=outcome,
            deemed=p.get("deemed", False), due=task.due, child=p.get("child", task.child), acting=p.get("acting", ""),
        )
    }  # fmt: skip
    if outcome and not task.parent:
        change["outcomes"] = {**state.outcomes, task.node: outcome}
        if p.get("vote"):
            seen = dict(state.votes.get(task.node, {}))
            seen[outcome] = seen.get(outcome, 0) + 1
            change["votes"] = {**state.votes, task.node: seen}
    return change


def _task_cancelled(state: State, e: Event, p: Payload) -> Change:
    return {"tasks": _task(state, p["task"], status="cancelled", done=e.at, recorded=e.recorded)}


def _task_reassigned(state: State, e: Event, p: Payload) -> Change:
    change: Change = {"assignee": p.get("account")}
    if "post" in p:
        change["post"] = p["post"]
    return {"tasks": _task(state, p["task"], **change)}


def _task_delegated(state: State, e: Event, p: Payload) -> Change:
    return {"tasks": _task(state, p["task"], assignee=p["account"], delegator=p["delegator"])}


def _task_handed_back(state: State, e: Event, p: Payload) -> Change:
    return {"tasks": _task(state, p["task"], assignee=p["account"], delegator=None)}


def _task_rescheduled(state: State, e: Event, p: Payload) -> Change:
    return {"tasks": _task(state, p["task"], due=_time(p["due"]))}


def _task_urged(state: State, e: Event, p: Payload) -> Change:
    tasks = _task(state, p["task"], urged=state.tasks[p["task"] - 1].urged + 1)
    return {"tasks": tasks, "urged": e.at} if p.get("own") else {"tasks": tasks}


def _split_opened(state: State, e: Event, p: Payload) -> Change:
    split = Split(
        no=len(state.splits) + 1,
        node=p["node"],
        generation=p.get("generation", 1),
        policy=p["policy"],
        need=p["need"],
        expected=p["expected"],
        outer=p.get("outer", 0),
        outer_branch=p.get("outer_branch", ""),
    )
    return {"splits": (*state.splits, split)}


def _split_arrived(state: State, e: Event, p: Payload) -> Change:
    i = p["split"] - 1
    split = state.splits[i]
    split = replace(
        split,
        arrived=split.arrived + 1,
        agreed=split.agreed + (not p.get("against", False)),
        closed_seq=state.seq + 1 if p.get("closed") else split.closed_seq,
    )
    return {"splits": (*state.splits[:i], split, *state.splits[i + 1 :])}


def _decision(state: State, e: Event, p: Payload) -> Change:
    return {
        "phase": "decided",
        "decided": e.at,
        "decided_by": e.by,
        "decision": {k: v for k, v in p.items() if k != "clocks"},
        "result": p["outcome"],
        "clocks": _stopped(state, e.at, "statutory", "promised")
        + tuple(clock_in(c, e.at) for c in p.get("clocks", ())),
    }


def _result(state: State, e: Event, p: Payload) -> Change:
    return {"certificate": Certificate(p["name"], p["number"], e.at, p.get("valid_until", ""))}


def _result_ended(state: State, e: Event, p: Payload) -> Change:
    if state.certificate is None:
        return {}
    how = p.get("how", "replaced")
    ended = replace(
        state.certificate, ended=e.at, how=how, reason=p.get("reason", ""), replaced_by=p.get("by", "")
    )
    return {"certificate": ended}


def _delivered(state: State, e: Event, p: Payload) -> Change:
    return {
        "delivered": e.at,
        "delivery": dict(p),
        "clocks": _stopped(state, e.at, "delivery"),
    }


def _ended(state: State, e: Event, p: Payload) -> Change:
    """Withdrawn or terminated: nothing runs any more, `case.closed` follows."""
    said = {
        k: v for k, v in p.items() if isinstance(v, str)
    }  # what the applicant wrote is sealed and stays out
    return {"decision": {**state.decision, "ended": said}}


def _closed(state: State, e: Event, p: Payload) -> Change:
    return {
        "phase": "closed",
        "result": p["result"],
        "closed": e.at,
        "clocks": tuple(c if c.stopped else replace(c, stopped=e.at) for c in state.clocks),
        "pauses": tuple(q if q.end else replace(q, end=e.at) for q in state.pauses),
    }


def _charged(state: State, e: Event, p: Payload) -> Change:
    fee = Fee(
        p["name"], p["amount"], e.at, p.get("standard", ""), p.get("bill", ""), None, p.get("reduced", "")
    )
    return {"fees": (*state.fees, fee), "forced": state.forced + tuple(p.get("forced", ()))}


def _paid(state: State, e: Event, p: Payload) -> Change:
    fees = tuple(
        replace(f, paid=e.at, bill=p.get("bill") or f.bill) if f.name == p["name"] and f.paid is None else f
        for f in state.fees
    )
    return {"fees": fees}


def _finding(state: State, e: Event, p: Payload) -> Change:
    return {
        "findings": state.findings | {f"{p['rule']}|{p['episode']}|{p['level']}"},
        "level": max(state.level, p["level"]),
    }


def _handled(state: State, e: Event, p: Payload) -> Change:
    if p["after"] != "revoked":
        return {}
    revoked = state.revoked | {f"{p['rule']}|{p['episode']}|{p['level']}"}
    standing = (int(key.rpartition("|")[2]) for key in state.findings - revoked)
    return {"revoked": revoked, "level": max(standing, default=0)}


def _nothing(state: State, e: Event, p: Payload) -> Change:
    return {}


def _pause(state: State, pause: Pause) -> Change:
    """Clocks of the case and of its open steps stand still: their due is unknown until they resume.

    What was late before stays late: its due stands.
    """

    def in_time(due: datetime | None) -> bool:
        return due is not None and pause.start < due

    return {
        "phase": "suspended",
        "pauses": (*state.pauses, pause),
        "clocks": tuple(
            replace(c, due=None)
            if c.stopped is None and c.purpose in ("statutory", "promised") and in_time(c.due)
            else c
            for c in state.clocks
        ),
        "tasks": tuple(
            replace(t, due=None) if t.status == "open" and in_time(t.due) else t for t in state.tasks
        ),
    }


def _unpause(state: State, at: datetime, p: Payload) -> Change:
    """The clocks go on, with their new ends; those that `p` announces begin anew instead."""
    dues = p.get("dues", {})
    fresh = tuple(clock_in(c, at) for c in p.get("clocks", ()))
    going = tuple(
        replace(c, due=_time(dues[c.purpose])) if c.purpose in dues and c.stopped is None else c
        for c in state.clocks
    )
    return {
        "phase": "accepted",
        "pauses": (*state.pauses[:-1], replace(state.pauses[-1], end=at)),
        "clocks": _stopped(replace(state, clocks=going), at, *(c.purpose for c in fresh)) + fresh,
        "tasks": tuple(
            replace(t, due=_time(dues[f"task:{t.no}"])) if f"task:{t.no}" in dues and t.status == "open" else t
            for t in state.tasks
        ),
    }  # fmt: skip


def _stopped(state: State, at: datetime, *purposes: str) -> tuple[Clock, ...]:
    return tuple(
        replace(c, stopped=at) if c.purpose in purposes and c.stopped is None else c for c in state.clocks
    )


def _materials(state: State, p: Payload) -> Mapping[str, str]:
    more = p.get("materials")
    return {**state.materials, **more} if more else state.materials


_APPLY: dict[str, Callable[[State, Event, Payload], Change]] = {
    "precheck.asked": _precheck_asked,
    "precheck.answered": _precheck_answered,
    "precheck.lapsed": _nothing,
    "case.applied": _applied,
    "case.accepted": _accepted,
    "case.deemed_accepted": _accepted,
    "case.refused": _refused,
    "correction.requested": _correction_requested,
    "correction.supplied": _correction_supplied,
    "correction.lapsed": _correction_lapsed,
    "correction.proposed": _proposed,
    "correction.gathered": _proposed,
    "correction.returned": _returned,
    "correction.noticed": _noticed,
    "correction.passed": _nothing,
    "correction.shared": _nothing,
    "case.suspended": _suspended,
    "suspension.served": _served,
    "case.resumed": _resumed,
    "case.extended": _extended,
    "task.opened": _task_opened,
    "task.claimed": _task_claimed,
    "task.released": _task_released,
    "task.done": _task_done,
    "task.cancelled": _task_cancelled,
    "task.reassigned": _task_reassigned,
    "task.delegated": _task_delegated,
    "task.handed_back": _task_handed_back,
    "task.rescheduled": _task_rescheduled,
    "task.urged": _task_urged,
    "split.opened": _split_opened,
    "split.arrived": _split_arrived,
    "child.opened": _nothing,
    "child.concluded": _nothing,
    "child.ended": _nothing,
    "opinion.deemed_agreed": _nothing,
    "decision.made": _decision,
    "result.issued": _result,
    "result.revoked": _result_ended,
    "result.replaced": _result_ended,
    "paper.issued": _nothing,
    "case.delivered": _delivered,
    "case.withdrawn": _ended,
    "case.terminated": _ended,
    "case.closed": _closed,
    "fee.charged": _charged,
    "fee.paid": _paid,
    "fee.lapsed": _nothing,
    "finding.issued": _finding,
    "finding.handled": _handled,
    "record.anchored": _nothing,
    "party.invited": _nothing,
    "party.named": _nothing,
    "party.declined": _nothing,
    "party.ended": _nothing,
    "note.added": _nothing,
    "personal.erased": _nothing,
}
EVENTS = frozenset(_APPLY)
