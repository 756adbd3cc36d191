"""Many commands of many cases in one transaction: what other systems report, carried by the very machine of hand-work.

A `Sitting` holds the cases it is to touch, in the order of their ids; each becomes a `Course` on which commands are
carried out in memory, one refused leaving no trace. Once nothing more is told of it, it is finished: chained and spelt
out as rows while it is still at hand, and let go; `write` puts all rows down at once. Guards are asked of every command.
Detectors are asked once for each case, of where it stands when it is finished, as of the last thing it was told of: a
limit that was missed meanwhile is seen by where its clock stopped. A single command goes by `store.py`. Time passing
(`watches.py`) goes this way too, many cases a transaction.

Two instants: a command's `at` is when the other system says it happened, `now` when it was told here. The ledger has both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson
from django.db import connection
from msgspec.structs import replace

from tongban.base.canonical import canonical, digest
from tongban.engine import codec, kinds, machine
from tongban.engine.carry import Standing, chain, due, effects, look, task_rows
from tongban.engine.copying import Begun, Reached, Tables
from tongban.engine.definition import Definition
from tongban.engine.definitions import asks_form, definition, flow_of, newest_calendar
from tongban.engine.ledger.chain import GENESIS
from tongban.engine.numbering import case_number, untold
from tongban.engine.state import EMPTY, NEW, SYSTEM, Command, Event, Sealed, State
from tongban.registry.identity import find_resident, id_digest, identity_doubts
from tongban.registry.models import OfferingVersion
from tongban.registry.tree import generation

FRESH = timedelta(days=1)
"""What happened longer ago sends no notices any more when it is told late."""
GRACE = timedelta(days=1)
"""How long the other system has to tell what happened next, before time acts on a case that it told of late."""
MOST_TICKS = 50  # between two commands of one case


@dataclass(frozen=True, slots=True)
class Beginning:
    """What begins a case: the offering version it runs under, who applies, the form, the materials."""

    version: OfferingVersion
    kind: str
    applicant_name: str
    applicant_kind: str
    id_type: str
    id_number: str
    phone: str
    form: Mapping[str, Any]
    materials: Mapping[str, str]
    title: str = ""
    reason: str = ""


class _Told(NamedTuple):
    """What subscribers are to be told of one command, once everything stands."""

    seq: int
    command: Command
    facts: kinds.Facts


class _Mark(NamedTuple):
    state: State
    last: bytes
    deeds: int


class _Deed(NamedTuple):
    command: Command
    events: tuple[Event, ...]
    before: State
    after: State
    now: datetime


class Course:
    """One case under way in a sitting. `state` is where it stands after what was carried out so far."""

    __slots__ = (
        "_at",
        "_deeds",
        "_guards",
        "_origin",
        "_world",
        "begun",
        "case",
        "definition",
        "form",
        "last",
        "state",
    )

    def __init__(
        self, case: Standing, defn: Definition, state: State, last: bytes, form: Mapping[str, Any],
        begun: Begun | None = None,
    ) -> None:  # fmt: skip
        self.case, self.definition, self.form, self.begun = case, defn, form, begun
        self.state, self.last = state, last
        self._origin, self._at = state, last
        self._deeds: list[_Deed] = []
        self._guards = kinds.guards(case.kind)
        self._world = machine.Facts(
            form, case.applicant_kind, case.channel, case.secrecy, case.number, None, kinds.reserved()
        )

    def mark(self) -> _Mark:
        """A point to come back to when a later command of the same report is refused."""
        return _Mark(self.state, self.last, len(self._deeds))

    def back_to(self, mark: _Mark) -> None:
        """Undo what was carried out since."""
        self.state, self.last = mark.state, mark.last
        del self._deeds[mark.deeds :]

    def do(self, command: Command, now: datetime) -> tuple[Event, ...]:
        """Carry out one command, told at `now`; time acts first on what it would have acted on before `command.at`.

        Raises Refused, and then only time has passed.
        """
        self._pass_time(command.at, now)
        return self._one(command, now)

    def tick(self, command: Command, now: datetime) -> None:
        """Let time itself act as of now, and look again; as a live tick does. Raises Refused."""
        numberer, world = kinds.numberer(), self._world
        if numberer is not None:
            world = replace(world, numbered=partial(numberer, self.case.org, command.at))
        self._one(command, now, world)

    def _pass_time(self, until: datetime, now: datetime) -> None:
        for _ in range(MOST_TICKS):
            end = machine.wake(self.definition, self.state)
            if end is None or end > until:
                return
            tick = Command(
                uuid5(self.case.uid, f"tick:{self.state.seq}"), "tick", SYSTEM, end, EMPTY, "system"
            )
            if not self._one(tick, now):
                return

    def _one(self, command: Command, now: datetime, world: machine.Facts | None = None) -> tuple[Event, ...]:
        before = self.state
        events, state = machine.carry_out(self.definition, before, command, world or self._world, now)
        if self._guards:
            facts = self._facts(before, state, events, now)
            for guard in self._guards:
                guard(command, facts)
        self.state = state
        self._deeds.append(_Deed(command, events, before, state, now))
        return events

    def _facts(self, before: State, state: State, events: tuple[Event, ...], now: datetime) -> kinds.Facts:
        c = self.case
        return kinds.Facts(
            c.id, c.number, c.kind, c.title, c.matter, c.offering, c.org, c.applicant, c.secrecy, c.channel,
            self.definition, before, state, events, now, self.form,
        )  # fmt: skip

    def changed_tasks(self) -> list[dict[str, Any]]:
        """Rows of the tasks that were opened or changed. Raises Refused("post_missing")."""
        return [] if self.begun else task_rows(self.definition, self._origin.tasks, self.state.tasks)

    def put_down(self, tables: Tables, told: list[_Told], outbox: list[tuple[Any, ...]]) -> "Moved | None":
        """Ask the detectors, chain everything, add the rows; a case that was there already gives what it came to."""
        if not self._deeds:
            return None
        whole = self._deeds[-1]
        as_of = max([d.command.at for d in self._deeds])
        events = tuple([e for d in self._deeds for e in d.events])
        asked = look(self._facts(self._origin, self.state, events, as_of), whole.now)
        found = asked.events[len(events) :]
        if found:
            self._deeds[-1] = _Deed(
                whole.command, (*whole.events, *found), whole.before, asked.state, whole.now
            )
            self.state = asked.state
        listening = kinds.subscribers(self.case.kind).keys()
        waiting, fresh = kinds.wanted(self.case.kind), datetime.now(whole.now.tzinfo) - FRESH
        for deed in self._deeds:
            seq = deed.before.seq
            chained = chain(self.case, seq, self.last, deed.command, deed.events, deed.now)
            tables.events(self.case.id, deed.command, chained.rows, chained.personal, deed.now)
            tables.command(self.case, deed.command, deed.events, deed.after.seq, deed.now)
            self.last = chained.last
            if not listening.isdisjoint([e.type for e in deed.events]):
                told.append(
                    _Told(seq, deed.command, self._facts(deed.before, deed.after, deed.events, deed.now))
                )
            if waiting and deed.command.at > fresh:
                outbox += [
                    (o["topic"], o["key"], o["handler"], self.case.id, o["payload"], deed.now)
                    for o in effects(self.case, chained.rows)
                ]
        wake = asked.fire_at
        if wake is not None and wake <= whole.now:
            wake = whole.now + GRACE
        reached = Reached(self.state, self.last, wake, asked.rules)
        if self.begun is not None:
            tables.case(self.case, self.begun, reached)
            return None
        return Moved(self.case.id, self.definition, self._origin, reached)


@dataclass(frozen=True, slots=True)
class Moved:
    """A case that was there before the sitting, and what it came to."""

    id: int
    definition: Definition
    before: State
    reached: Reached


class Sitting:
    """Begin inside a transaction; nobody else may touch the cases held until it ends."""

    def __init__(self) -> None:
        self._permissions, self._calendar = generation("permissions"), newest_calendar()
        self._held: dict[int, tuple[Any, ...]] = {}
        self._forms: dict[int, Any] = {}
        self._tables = Tables()
        self._told: list[_Told] = []
        self._outbox: list[tuple[Any, ...]] = []
        self._moved: list[dict[str, Any]] = []
        self._tasks: list[dict[str, Any]] = []

    def hold(self, case_ids: Iterable[int]) -> None:
        """Lock the cases in the order of their ids and read them. Raises OperationalError after three seconds' waiting."""
        ids = sorted(set(case_ids))
        if not ids:
            return
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [ids])
            cursor.execute(
                _READ, [ids]
            )  # after the lock, so that what stands beside the row is as new as the row
            rows = cursor.fetchall()
            asking = [r[0] for r in rows if r[16]]
            if asking:
                cursor.execute(_FORMS, [asking])
                self._forms |= {id_: orjson.loads(data) for id_, data in cursor.fetchall()}
        self._held |= {row[0]: row for row in rows}

    def course(self, case_id: int) -> Course | None:
        """A case that is held, once; None where there is no such case."""
        row = self._held.pop(case_id, None)
        if row is None:
            return None
        (id_, uid, number, kind, title, matter, offering, version, flow, org, applicant, applicant_kind, parent,
         secrecy, channel, last, _asks, state) = row  # fmt: skip
        case = Standing(
            id_, uid, number, kind, title, matter, offering, org, applicant, applicant_kind, parent, secrecy, channel,
        )  # fmt: skip
        defn = definition(version, flow, self._calendar, self._permissions)
        return Course(case, defn, codec.decode(state), bytes(last), self._forms.get(id_, EMPTY))

    def numbers(self, count: int) -> list[int]:
        """That many ids for cases to begin."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('engine_case_number') FROM generate_series(1, %s)", [count])
            return [n for (n,) in cursor.fetchall()]

    def begin(self, no: int, beginning: Beginning, command: Command, now: datetime) -> Course:
        """Begin a case by a submit command, whose `data` is made here. Raises Refused; then the case is not there.

        Raises CanonicalError for a form with fractions.
        """
        version = beginning.version
        offering = version.offering
        flow = flow_of(version)
        defn = definition(version.pk, flow, self._calendar, self._permissions)
        about = kinds.kind(beginning.kind)
        number = case_number(about.number_prefix, no, command.at)
        resident = find_resident(beginning.id_type, beginning.id_number)
        case = Standing(
            id=no, uid=uuid5(command.id, "case"), number=number, kind=beginning.kind, title=beginning.title or version.name,
            matter=offering.matter_id, offering=offering.pk, org=offering.organisation_id,
            applicant=None if resident is None else resident.pk, applicant_kind=beginning.applicant_kind, parent=None,
            secrecy=about.secrecy, channel=command.channel,
        )  # fmt: skip
        form_sha = digest(canonical(beginning.form))
        whose = id_digest(beginning.id_type, beginning.id_number) if beginning.id_number else ""
        begun = Begun(
            version.pk, flow, defn, asks_form(defn), command.at, beginning.applicant_name, whose,
            untold(), beginning.form, form_sha, command.id.hex,
        )  # fmt: skip
        who = {
            "name": beginning.applicant_name,
            "phone": beginning.phone,
            "id": whose,
            "form": form_sha.hex(),
        }
        data: dict[str, Any] = {
            "kind": beginning.kind,
            "materials": dict(beginning.materials),
            "application": {"files": [], "who": Sealed(who)},
            "doubts": identity_doubts(beginning.id_type, beginning.id_number) or None,
            **command.data,
        }
        if beginning.reason:
            data["reason"] = beginning.reason
        course = Course(case, defn, NEW, GENESIS, beginning.form, begun)
        submit = Command(command.id, "submit", command.actor, command.at, data, command.channel)
        course.do(submit, now)
        return course

    def finish(self, course: Course) -> None:
        """Nothing more is told of the case: ask the detectors, chain and spell out what came to be.

        Raises Refused("post_missing"), or BeyondHorizon of a detector; then the case is as it was.
        """
        tasks = course.changed_tasks()
        moved = course.put_down(self._tables, self._told, self._outbox)
        if moved is not None:
            self._moved.append(_row(moved))
            self._tasks += [{"case_id": moved.id, **t} for t in tasks]

    def write(self) -> None:
        """Put down what was finished, inside the caller's transaction; subscribers are told here."""
        _move(self._moved, self._tasks)
        self._tables.copy()
        _hand_over(self._outbox)
        kinds.tell(
            kinds.Change(event, no, one.command, one.facts)
            for one in self._told
            for no, event in enumerate(one.facts.events, start=one.seq + 1)
        )


_LOCK = "SELECT 1 FROM engine_case WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_READ = """
SELECT c.id, c.uid, c.number, c.kind, c.title, c.matter_id, c.offering_id, c.offering_version_id, c.flow_id, c.org_id,
       c.applicant_id, c.applicant_kind, c.parent_id, c.secrecy, c.channel, c.last_hash, c.asks_form, s.state::text
  FROM engine_case c JOIN engine_case_state s ON s.case_id = c.id WHERE c.id = ANY(%s) ORDER BY c.id"""
_FORMS = """
SELECT DISTINCT ON (d.case_id) d.case_id, d.data::text FROM engine_case_data d WHERE d.case_id = ANY(%s)
 ORDER BY d.case_id, d.no DESC"""
_MOVE = """
WITH n AS (SELECT * FROM json_to_recordset(%s::json) AS n(
       id bigint, seq int, last bytea, state json, phase text, stage text, result text, accepted timestamptz,
       decided timestamptz, closed timestamptz, due timestamptz, statutory timestamptz, paused boolean, level smallint,
       wake timestamptz, rules text)),
     kept AS (UPDATE engine_case_state s SET state = n.state FROM n WHERE s.case_id = n.id)
UPDATE engine_case c SET seq = n.seq, last_hash = n.last, phase = n.phase, stage = n.stage,
       result = n.result, accepted_at = n.accepted, decided_at = n.decided, concluded_at = n.closed, due_at = n.due,
       statutory_due_at = n.statutory, paused = n.paused, level = n.level, wake_at = n.wake, wake_rules = n.rules
  FROM n WHERE c.id = n.id"""
_TASKS = """
INSERT INTO engine_task (case_id, no, node, name, kind, post_id, org_id, assignee_id, status, opened_at, due_at, done_at,
       done_by_id, outcome, urged)
SELECT t.case_id, t.no, t.node, t.name, t.kind, t.post, t.org, t.assignee, t.status, t.opened, t.due, t.done, t.by,
       t.outcome, t.urged
  FROM json_to_recordset(%s::json) AS t(
       case_id bigint, no int, node text, name text, kind text, post bigint, org bigint, assignee bigint, status text,
       opened timestamptz, due timestamptz, done timestamptz, by bigint, outcome text, urged smallint)
ON CONFLICT (case_id, no) DO UPDATE SET assignee_id = excluded.assignee_id, status = excluded.status,
       due_at = excluded.due_at, done_at = excluded.done_at, done_by_id = excluded.done_by_id,
       outcome = excluded.outcome, urged = excluded.urged, post_id = excluded.post_id, org_id = excluded.org_id"""
_WATCH = """
INSERT INTO engine_watch (case_id, fire_at, rules)
SELECT w.id, w.wake, string_to_array(w.rules, ' ')
  FROM json_to_recordset(%s::json) AS w(id bigint, wake timestamptz, rules text)
ON CONFLICT (case_id) DO UPDATE SET fire_at = excluded.fire_at, rules = excluded.rules"""
_OUTBOX = """
INSERT INTO engine_outbox (topic, key, handler, case_id, payload, attempts, created_at, available_at)
SELECT o.topic, o.key, o.handler, o.case_id, o.payload, 0, o.at, o.at
  FROM jsonb_to_recordset(%s::jsonb) AS o(topic text, key text, handler text, case_id bigint, payload jsonb, at timestamptz)"""


def _move(rows: list[dict[str, Any]], tasks: list[dict[str, Any]]) -> None:
    """Bring the rows of cases that were there to where they stand; the case first, as its tasks ask for its phase."""
    if not rows:
        return
    watched = [{"id": r["id"], "wake": r["wake"], "rules": r["rules"]} for r in rows if r["wake"] is not None]
    idle = [r["id"] for r in rows if r["wake"] is None]
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [orjson.dumps(rows).decode()])
        if tasks:
            cursor.execute(_TASKS, [orjson.dumps(tasks).decode()])
        if watched:
            cursor.execute(_WATCH, [orjson.dumps(watched).decode()])
        if idle:
            cursor.execute("DELETE FROM engine_watch WHERE case_id = ANY(%s)", [idle])


def _row(m: Moved) -> dict[str, Any]:
    state, statutory = m.reached.state, m.reached.state.clock("statutory")
    return {
        "id": m.id, "seq": state.seq, "last": "\\x" + m.reached.last.hex(), "state": orjson.Fragment(codec.encode(state)),
        "phase": state.phase, "stage": state.stage, "result": state.result, "accepted": state.accepted,
        "decided": state.decided, "closed": state.closed, "due": due(state),
        "statutory": None if statutory is None else statutory.due, "paused": state.paused, "level": state.level,
        "wake": m.reached.fire_at, "rules": " ".join(m.reached.rules),
    }  # fmt: skip


def _hand_over(outbox: list[tuple[Any, ...]]) -> None:
    if not outbox:
        return
    names = ("topic", "key", "handler", "case_id", "payload", "at")
    rows = orjson.dumps([dict(zip(names, row, strict=True)) for row in outbox]).decode()
    with connection.cursor() as cursor:
        cursor.execute(_OUTBOX, [rows])


def command_id(space: bytes, at: datetime, *parts: object) -> UUID:
    """The id of a command that follows from what was reported, so that the same report is the same command.

    Begins with the instant, in milliseconds, as version 7 of RFC 9562 does (this is version 8, its rest no chance but a
    digest): what happened in the same days lies on the same pages of the index, not all over it.
    """
    made = int.from_bytes(sha256(b"%b:%b" % (space, ":".join(map(str, parts)).encode())).digest()[:10])
    when = int(at.timestamp() * 1000) & _48_BITS
    return UUID(int=when << 80 | made & ~_VERSION | 0x8 << 76 | 0x2 << 62)


_48_BITS = (1 << 48) - 1
_VERSION = 0xF << 76 | 0x3 << 62
