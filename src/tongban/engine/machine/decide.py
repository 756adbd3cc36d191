"""decide(definition, state, command, facts, now) → events: what a command does, or a typed refusal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tongban.engine.definition import Definition
from tongban.engine.errors import Instead
from tongban.engine.machine import may, precheck
from tongban.engine.machine.course import (
    charge,
    child_concluded,
    note,
    pay,
    submit,
    terminate,
    tick,
    wake,
    withdraw,
)
from tongban.engine.machine.joint import gather, take_back, take_notice
from tongban.engine.machine.notice import request_correction, supply
from tongban.engine.machine.results import issue_paper, replace_result, revoke_result
from tongban.engine.machine.run import Facts, Run
from tongban.engine.machine.skipping import skip_to
from tongban.engine.machine.standing import (
    add_signer,
    answer_party,
    delegate,
    end_party,
    extend,
    hand_over,
    name_party,
    reassign,
    reschedule,
    resume,
    send_back,
    serve,
    suspend,
    urge,
)
from tongban.engine.machine.steps import accept, claim, complete, refuse, release
from tongban.engine.machine.watching import anchor, find, handle_finding
from tongban.engine.state import Command, Event, Finding, State

__all__ = ["COMMANDS", "Facts", "carry_out", "decide", "issue", "wake"]

LATE_ENTRY = timedelta(minutes=5)  # an occurrence further back than this is a back-dated entry (补录)
AHEAD = timedelta(minutes=5)  # how far the clock of another system may run before ours
MOST_TEXT = 10_000  # characters of one text: what a command says is on record for ever
OPENING = frozenset({"submit"})


def decide(
    defn: Definition, state: State, command: Command, facts: Facts, now: datetime
) -> tuple[Event, ...]:
    """The events that carry out a command on a case. Pure: the same arguments give the same answer.

    Raises Refused, with a stable code and what is allowed instead, and then nothing has happened.
    """
    return carry_out(defn, state, command, facts, now)[0]


def carry_out(
    defn: Definition, state: State, command: Command, facts: Facts, now: datetime
) -> tuple[tuple[Event, ...], State]:
    """`decide`, and the state after its events, which is their fold: it was needed on the way."""
    handler = COMMANDS.get(command.type)
    run = Run(defn, state, command, facts, now)
    if handler is None:
        raise run.refuse("unknown_command", f"没有“{command.type}”这个操作。")
    if command.expected_seq is not None and not state.seq - state.quiet <= command.expected_seq <= state.seq:
        raise run.refuse("stale", "这个办件刚刚有人处理过，请看过最新情况再办。", seq=state.seq)
    for name, said in command.data.items():
        if said.__class__ is str and len(said) > MOST_TEXT:
            raise run.refuse("text_too_long", f"每项文字最多 {MOST_TEXT} 字，更长的请作为附件。", field=name)
    _in_order(run)
    handler(run)
    return tuple(run.events), run.state


def issue(state: State, findings: tuple[Finding, ...], now: datetime) -> tuple[Event, ...]:
    """Events for findings of supervision that the case does not carry yet; the same finding is issued once."""
    events = []
    for f in findings:
        if f"{f.rule}|{f.episode}|{f.level}" in state.findings:
            continue
        payload: dict[str, Any] = {"rule": f.rule, "level": f.level, "episode": f.episode, "words": f.words}
        if f.task:
            payload["task"] = f.task
        payload["inputs"] = dict(f.inputs)
        events.append(Event("finding.issued", now, now, None, payload))
    return tuple(events)


def _in_order(run: Run) -> None:
    """Refuse what happened in the future, before the case began, or long ago without the right to enter it late."""
    at, now, state = run.at, run.now, run.state
    if at > now + (AHEAD if "*" in run.actor.verbs else timedelta(seconds=5)):
        raise run.refuse("in_the_future", "发生时间不能晚于现在。")
    if now - at > LATE_ENTRY and run.actor.kind != "system":
        may.has(run, "backdate", "补录以前发生的事项需要补录权限。")
        run.text("reason", "补录原因")
    if state.applied is not None and at < state.applied:
        raise run.refuse("before_the_case", "发生时间不能早于申请时间。")
    if run.command.type in OPENING:
        if state.phase != "new":
            raise run.refuse("already_open", "这个办件已经建立。")
        return
    if state.phase == "new":
        raise run.refuse("not_open", "办件还没有建立。")
    if state.phase == "precheck" and run.command.type not in precheck.COMMANDS:
        raise run.refuse(
            "not_applied_yet",
            "这件还在预受理，没有正式申请，不能这样处理。",
            Instead("answer_precheck", "预受理答复"),
        )
    if state.phase == "closed" and run.command.type not in AFTER_CLOSING:
        raise run.refuse("closed", "办件已经办结，不能再这样处理。", *_after_closing())


def _after_closing() -> tuple[Instead, ...]:
    return (Instead("note", "备注"),)


COMMANDS: dict[str, Callable[[Run], None]] = {
    "submit": submit,
    "ask_precheck": precheck.ask,
    "answer_precheck": precheck.answer,
    "apply": precheck.apply_now,
    "claim": claim,
    "release": release,
    "complete": complete,
    "accept": accept,
    "refuse": refuse,
    "request_correction": request_correction,
    "supply": supply,
    "suspend": suspend,
    "serve": serve,
    "resume": resume,
    "extend": extend,
    "send_back": send_back,
    "skip_to": skip_to,
    "reassign": reassign,
    "delegate": delegate,
    "add_signer": add_signer,
    "hand_over": hand_over,
    "reschedule": reschedule,
    "name_party": name_party,
    "answer_party": answer_party,
    "end_party": end_party,
    "urge": urge,
    "withdraw": withdraw,
    "terminate": terminate,
    "charge": charge,
    "pay": pay,
    "note": note,
    "issue_paper": issue_paper,
    "revoke_result": revoke_result,
    "replace_result": replace_result,
    "child_concluded": child_concluded,
    "gather_correction": gather,
    "take_notice": take_notice,
    "take_back": take_back,
    "find": find,
    "handle_finding": handle_finding,
    "anchor": anchor,
    "tick": tick,
}
AFTER_CLOSING = frozenset(
    {
        "answer_precheck",
        "reschedule",
        "note",
        "child_concluded",
        "gather_correction",
        "pay",
        "tick",
        "issue_paper",
        "revoke_result",
        "replace_result",
        "find",
        "handle_finding",
        "anchor",
    }
)
