"""One command carried out in memory: decided, applied, watched, chained.

No database: the live shell and the importer of history do the very same.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import zip_longest
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from tongban.engine import kinds
from tongban.engine.definition import Definition
from tongban.engine.errors import Refused
from tongban.engine.ledger.chain import (
    Author,
    Frame,
    Shared,
    frame,
    link_hash,
    payload_text,
    seal_payload,
    utc_text,
)
from tongban.engine.machine import Facts, apply, carry_out, issue, wake
from tongban.engine.state import Command, Event, State, Task


class Standing(Struct, frozen=True):
    """What of a case never moves: its identity and the versions it began with."""

    id: int
    uid: UUID
    number: str
    kind: str
    title: str
    matter: int
    offering: int
    org: int
    applicant: int | None
    applicant_kind: str
    parent: int | None
    secrecy: int
    channel: str


class Carried(Struct, frozen=True):
    """What a command did: its events (findings of the detectors last), the state after them, the next watch.

    `facts` are the case with all of that, for subscribers.
    """

    events: tuple[Event, ...]
    state: State
    fire_at: datetime | None
    rules: tuple[str, ...]
    facts: kinds.Facts


class Link(Struct, frozen=True):
    """One event in its chain: `payload` with personal values taken out, `text` the same in canonical form."""

    seq: int
    event: Event
    author: Author
    payload: dict[str, Any]
    text: bytes
    prev: bytes
    hash: bytes


class Chained(Struct, frozen=True):
    """Events as `rows` of the event table, `personal` what stands beside it, `last` the hash of the last one."""

    rows: list[Link]
    personal: list[dict[str, Any]]
    last: bytes


def carry(
    case: Standing,
    defn: Definition,
    before: State,
    command: Command,
    form: Mapping[str, Any],
    now: datetime,
    numberer: kinds.Numberer | None = None,
    watch: kinds.Watch | None = None,
) -> Carried:
    """Decide, apply, ask guards and detectors (of `watch`; all that are declared). Raises Refused.

    `numberer` gives the result its number if one is issued.
    """
    watch = watch or kinds.watch()
    numbered = None if numberer is None else partial(numberer, case.org, command.at)
    told = Facts(
        form, case.applicant_kind, case.channel, case.secrecy, case.number, numbered, kinds.reserved()
    )
    events, state = carry_out(defn, before, command, told, now)
    facts = _facts(case, defn, before, state, events, now, form)
    for guard in watch.guards(case.kind):
        guard(command, facts)
    return look(facts, watch=watch)


def look(facts: kinds.Facts, recorded: datetime | None = None, watch: kinds.Watch | None = None) -> Carried:
    """Ask the detectors, add what they find as events, and say when to look again.

    They are asked as of `facts.now`; what they find happens when it is `recorded`, where that is another instant.
    """
    watch = watch or kinds.watch()
    events, state, now = facts.events, facts.state, facts.now
    at = wake(facts.definition, state)
    times: list[tuple[datetime, str]] = [] if at is None else [(at, "tick")]
    findings: list[Any] = []
    for name, detector in watch.detectors.items():
        verdict = detector(facts)
        if verdict.findings:
            findings.extend(verdict.findings)
        if verdict.next_at is not None and verdict.next_at > now:
            times.append((verdict.next_at, name))
    if findings:
        found = issue(state, tuple(findings), recorded or now)
        for event in found:
            state = apply(state, event)
        events = (*events, *found)
        facts = replace(facts, events=events, state=state)
    if not times:
        return Carried(events, state, None, (), facts)
    fire_at = min(times)[0]
    return Carried(events, state, fire_at, tuple(name for at, name in times if at == fire_at), facts)


def chain(
    case: Standing, seq: int, last: bytes, command: Command, events: Iterable[Event], now: datetime
) -> Chained:
    """Number, seal and hash events that follow event `seq` with hash `last`."""
    rows: list[Link] = []
    personal: list[dict[str, Any]] = []
    actor = command.actor
    own = Author(actor.kind, actor.account, actor.org, actor.behalf)
    shared = Shared(case.uid, command.id, command.channel, utc_text(now))
    author, at = own, now
    around: Frame | None = None
    for seq_, event in enumerate(events, start=seq + 1):
        # as a rule all by one hand, at once
        if around is None or event.by != author.id or event.at is not at:
            author = own if event.by is not None and event.by == own.id else Author("system", event.by)
            at = event.at
            around = frame(shared, author, at)
        payload, sealed = seal_payload(event.payload)
        text = payload_text(payload)
        hash_ = link_hash(last, around, seq_, event.type, event.v, text)
        rows.append(Link(seq_, event, author, payload, text, last, hash_))
        if sealed:
            personal += [
                {"seq": seq_, "path": p.path, "salt": "\\x" + p.salt.hex(), "value": p.value} for p in sealed
            ]
        last = hash_
    return Chained(rows, personal, last)


def task_rows(defn: Definition, before: tuple[Task, ...], after: tuple[Task, ...]) -> list[dict[str, Any]]:
    """Rows of the tasks that a command opened or changed."""
    return [task_row(defn, task) for old, task in zip_longest(before, after) if task is not old]


def task_row(defn: Definition, task: Task) -> dict[str, Any]:
    """One task as its row. Raises Refused("post_missing") when it is open for a post that does not exist."""
    place = defn.posts.get(task.post)
    if place is None and task.post and task.status == "open":
        raise Refused("post_missing", f"流程所设的岗位“{task.post}”不存在或已撤销，请联系流程管理员。")
    post, org = place or (None, None)
    return {
        "no": task.no, "node": task.node, "name": defn.flow.nodes[task.node].name or task.node, "kind": task.kind,
        "post": post, "org": org, "assignee": task.assignee, "status": task.status, "opened": task.opened,
        "due": task.due, "done": task.done, "by": task.by, "outcome": task.outcome, "urged": task.urged,
    }  # fmt: skip


def due(state: State) -> datetime | None:
    """The limit that governs the case for lists: promised, else statutory; before acceptance the one for accepting."""
    for purpose in ("promised", "statutory"):
        clock = state.clock(purpose)
        if clock is not None:
            return clock.due
    for purpose in ("correction", "acceptance", "precheck"):
        clock = state.clock(purpose)
        if clock is not None and clock.stopped is None:
            return clock.due
    return None


def effects(case: Standing, rows: Iterable[Link]) -> list[dict[str, Any]]:
    """Outbox rows: one for each handler of each event's type.

    An event of a sub-case has a second topic, its type after "child:".
    """
    wanted = kinds.wanted(case.kind)
    found: list[dict[str, Any]] = []
    for row in rows:
        type_ = row.event.type
        for topic in (type_,) if case.parent is None else (type_, f"child:{type_}"):
            for name in wanted.get(topic, ()):
                told = {"seq": row.seq, "type": type_, "occurred_at": row.event.at, "payload": row.payload}
                found.append(
                    {"topic": topic, "key": f"{case.id}:{row.seq}", "handler": name, "payload": told}
                )
    return found


def _facts(
    case: Standing, defn: Definition, before: State, state: State, events: tuple[Event, ...], now: datetime,
    form: Mapping[str, Any],
) -> kinds.Facts:  # fmt: skip
    return kinds.Facts(
        case.id, case.number, case.kind, case.title, case.matter, case.offering, case.org, case.applicant,
        case.secrecy, case.channel, defn, before, state, events, now, form,
    )  # fmt: skip
