"""The shell of the engine: one case locked, one command carried out, everything it did written, in two round trips.

Not for reading lists (`queries.py`) nor for deciding (`machine/`). Nobody else writes the engine's tables of cases,
except the importer of finished history (`bulk.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import chain as one_after_another
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from msgspec import Struct
from psycopg import errors

from tongban.engine import codec, kinds
from tongban.engine.carry import Carried, Link, Standing, carry, chain, due, effects, task_rows
from tongban.engine.definition import Definition
from tongban.engine.definitions import definition
from tongban.engine.errors import Refused
from tongban.engine.ledger.chain import GENESIS
from tongban.engine.state import EMPTY, NEW, Command, State
from tongban.engine.wire import Message, Step, statement

# What the registry and the calendar say now, so that what is remembered in memory is known to be current.
_NOW = """
    (SELECT g.token::text || coalesce('+' || nullif(current_setting('tongban.touched_permissions', true), ''), '')
       FROM registry_generation g WHERE g.topic = 'permissions'),
    (SELECT max(v.no) FROM base_calendarversion v WHERE v.code = 'cn' AND v.published_at IS NOT NULL)"""

# Until this transaction ends, the triggers that look whether events continue their chain and tasks have their case leave it
# to the statements below, which write only onto the very row that was locked.
_TRUSTED = "set_config('tongban.store', 'on', true)"
TRUSTED = f"SELECT {_TRUSTED}"
UNTRUSTED = "SELECT set_config('tongban.store', 'off', true)"
DISTRUST = statement(UNTRUSTED)

# A case, locked, with the answer of an equal command if there is one. The row is the one that was waited for, all else is
# as of the beginning of the statement: the number of events that the state knows of tells whether somebody came between.
HOLD = statement(f"""
SELECT encode(k.request_sha, 'hex'), k.outcome, c.uid, c.number, c.kind, c.title, c.matter_id, c.offering_id,
    c.offering_version_id, c.flow_id, c.org_id, c.applicant_id, c.applicant_kind, c.parent_id, c.secrecy, c.channel,
    c.seq, encode(c.last_hash, 'hex'), s.state, c.wake_at, c.wake_rules,
    CASE WHEN c.asks_form THEN
        (SELECT d.data FROM engine_case_data d WHERE d.case_id = c.id ORDER BY d.no DESC LIMIT 1) END, {_NOW}, {_TRUSTED}
  FROM engine_case c JOIN engine_case_state s ON s.case_id = c.id
  LEFT JOIN engine_command k ON k.id = $2 WHERE c.id = $1 FOR NO KEY UPDATE OF c""")  # noqa: S608 -- of two constants
NEXT = statement(f"""
SELECT encode(k.request_sha, 'hex'), k.outcome, CASE WHEN k.id IS NULL THEN nextval('engine_case_number') END, {_NOW}, {_TRUSTED}
  FROM (SELECT 1) AS one LEFT JOIN engine_command k ON k.id = $1""")  # noqa: S608 -- of two constants
ANSWER = statement("SELECT encode(request_sha, 'hex'), outcome FROM engine_command WHERE id = $1")

MOST = 6  # events that one statement writes; a command with more takes another
MOST_OPENING = 3  # the same of a command that opens a case
_EACH = 10  # parameters of one event


def _events(count: int, first: int, shared: Sequence[str], prev: str) -> str:
    """An INSERT of events whose own parameters begin at `first`; `shared` are command, case, recorded and channel.

    `prev` is the hash that the first of them follows; every other follows the one before it.
    """
    command, case, recorded, channel = shared
    rows = []
    for n in range(count):
        seq, type_, v, at, kind, actor, org, behalf, payload, hash_ = (
            f"${first + n * _EACH + i}" for i in range(_EACH)
        )
        rows.append(
            f"({case}, {seq}, {type_}, {v}, {at}, {recorded}, {kind}, {actor}, {org}, {behalf}, {channel}, {command},"
            f" {payload}, {prev}, {hash_})"
        )
        prev = hash_
    return f"""INSERT INTO engine_event (case_id, seq, type, v, occurred_at, recorded_at, actor_kind, actor_id,
        actor_org_id, on_behalf_of, channel, command_id, payload, prev_hash, hash) VALUES {", ".join(rows)}"""  # noqa: S608 -- places only


_TOLD = """INSERT INTO engine_command (id, case_id, type, account_id, request_sha, outcome, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)"""
_KEPT = "UPDATE engine_case_state SET state = $10 WHERE case_id = $2"
_MOVED = """UPDATE engine_case SET seq = $8, last_hash = $9, phase = $11, stage = $12, result = $13,
    accepted_at = $14, decided_at = $15, concluded_at = $16, due_at = $17, statutory_due_at = $18, paused = $19,
    level = $20, wake_at = $21, wake_rules = $22 WHERE id = $2"""

# What every command writes, in one statement. The events follow the hash that the case row has as it is moved: were it not
# the one we locked, the subquery would be empty, `prev_hash` null, and nothing written at all.
STEP = tuple(
    statement(f"""
WITH told AS ({_TOLD}), kept AS ({_KEPT}), moved AS ({_MOVED} AND last_hash = $24 RETURNING $24::bytea AS prev)
{_events(n, 25, ("$1", "$2", "$7", "$23"), "(SELECT prev FROM moved)")}""")  # noqa: S608 -- of constants
    for n in range(1, MOST + 1)
)
STILL = statement(f"WITH told AS ({_TOLD}), kept AS ({_KEPT}) {_MOVED}")  # a command without events
EVENTS = tuple(statement(_events(n, 6, ("$1", "$2", "$3", "$4"), "$5")) for n in range(1, MOST + 1))
_FIXED = 19  # parameters of what never moves in the row of a case
_BEGUN = f"""INSERT INTO engine_case (
    id, seq, last_hash, phase, stage, result, accepted_at, decided_at, concluded_at, due_at, statutory_due_at,
    paused, level, wake_at, wake_rules, uid, number, kind, title, matter_id, offering_id, offering_version_id, flow_id,
    org_id, applicant_id, applicant_name, applicant_kind, applicant_digest, secret_hash, parent_id, secrecy, channel,
    opened_at, asks_form)
    VALUES ($2, $8, $9, {", ".join(f"${n}" for n in (*range(11, 23), *range(25, 25 + _FIXED)))})"""  # noqa: S608 -- places only
OPEN = tuple(
    statement(f"""
WITH told AS ({_TOLD}), begun AS ({_BEGUN}), kept AS (INSERT INTO engine_case_state (case_id, state) VALUES ($2, $10))
{_events(n, 25 + _FIXED, ("$1", "$2", "$7", "$23"), "$24")}""")  # noqa: S608 -- of constants
    for n in range(1, MOST_OPENING + 1)
)
PERSONAL = statement("""
INSERT INTO engine_event_personal (case_id, seq, path, salt, value)
SELECT $1, s.seq, s.path, s.salt, s.value FROM jsonb_to_recordset($2) AS s(seq int, path text, salt bytea, value jsonb)""")
MOST_BEGUN = 2  # tasks that one statement opens


def _tasks(moved: int, opened: int) -> str:
    """A task that moves on, tasks that are opened, or both: all of the case $1."""
    at, parts = 2, []
    if moved:
        parts.append("""UPDATE engine_task SET assignee_id = $3, status = $4, due_at = $5, done_at = $6, done_by_id = $7,
            outcome = $8, urged = $9, post_id = $10, org_id = $11 WHERE case_id = $1 AND no = $2""")
        at = 12
    if opened:
        rows = [", ".join(f"${at + n * 14 + i}" for i in range(14)) for n in range(opened)]
        parts.append(
            "INSERT INTO engine_task (case_id, no, assignee_id, status, due_at, done_at, done_by_id, outcome, urged, post_id,"  # noqa: S608 -- places only
            f" org_id, node, name, kind, opened_at) VALUES {', '.join(f'($1, {row})' for row in rows)}"
        )
    return f"WITH moved AS ({parts[0]}) {parts[1]}" if moved and opened else parts[0]


TASKS = {
    (moved, opened): statement(_tasks(moved, opened))
    for moved in (0, 1)
    for opened in range(MOST_BEGUN + 1)
    if moved or opened
}
WATCH = statement("""
INSERT INTO engine_watch (case_id, fire_at, rules) VALUES ($1, $2, string_to_array($3, ' '))
ON CONFLICT (case_id) DO UPDATE SET fire_at = excluded.fire_at, rules = excluded.rules""")
UNWATCH = statement("DELETE FROM engine_watch WHERE case_id = $1")
OUTBOX = statement("""
INSERT INTO engine_outbox (topic, key, handler, case_id, payload, attempts, created_at, available_at)
SELECT o.topic, o.key, o.handler, $1, o.payload, 0, $2, $2
  FROM jsonb_to_recordset($3) AS o(topic text, key text, handler text, payload jsonb)""")
FORM = statement("""
INSERT INTO engine_case_data (case_id, no, data, sha256, command_id)
SELECT $1, coalesce(max(d.no), 0) + 1, $2, $3, $4 FROM engine_case_data d WHERE d.case_id = $1""")
FILES = statement("""
INSERT INTO engine_attachment (id, case_id, material, name, file_id, added_by_id, added_at)
SELECT f.id, $1, f.material, f.name, f.sha256, $2, $3
  FROM jsonb_to_recordset($4) AS f(id uuid, material text, name text, sha256 text)""")


class Held(Struct, frozen=True):
    """A case, locked: what never moves, its state, the definition it runs under, and what is known besides."""

    case: Standing
    seq: int
    last_hash: bytes
    state: State
    form: Mapping[str, Any]
    definition: Definition
    permissions: str
    watch: tuple[datetime | None, tuple[str, ...]]


class Request(NamedTuple):
    """A command as it was asked for: its id, type, who asks, and the digest that tells equal requests apart."""

    id: UUID
    type: str
    account: int | None
    sha: bytes


class Opening(Struct, frozen=True):
    """What begins a case: the fixed part of its row, its form, its files."""

    case: Standing
    definition: Definition
    version: int
    flow: int
    applicant_name: str
    applicant_digest: str
    secret_hash: str
    opened_at: datetime
    asks_form: bool
    form: Mapping[str, Any]
    form_sha: bytes
    files: tuple[Mapping[str, Any], ...] = ()


class Answer(NamedTuple):
    """What the store answers: the outcome to give, and whether it is that of an earlier, equal command."""

    outcome: Mapping[str, Any]
    replayed: bool


class NewForm(NamedTuple):
    """A new revision of the form, with its digest."""

    data: Mapping[str, Any]
    sha: bytes


Plan = Callable[[Held], tuple[Command, datetime, NewForm | None]]


def carry_out(case_id: int, request: Request, plan: Plan, *, dry_run: bool = False) -> Answer:
    """Carry out one command on one case; `plan` makes the command once the case is held, and may raise Refused.

    Raises Refused: "not_found", "busy" (somebody else has the case for more than three seconds),
    "command_reused" (the id was used for another request), or what the machine and the guards say.
    """
    with Step() as step:
        held = _hold(step, case_id, request)
        if isinstance(held, Answer):
            return held
        command, now, form = plan(held)
        carried = carry(held.case, held.definition, held.state, command, held.form, now, kinds.numberer())
        if dry_run:
            return Answer(_outcome(held.case, carried), replayed=False)
        along = _tell(held.seq, command, carried)
        return _write(
            step, request, command, now, held.case, held.seq, held.last_hash, held.state, held.watch, carried, along, form
        )  # fmt: skip


def open_new(
    request: Request,
    plan: Callable[[int, str, int | None], tuple[Opening, Command, datetime]],
    *,
    dry_run: bool = False,
) -> Answer:
    """Begin a case; `plan(number, permissions, calendar)` makes it once its number is known, and may raise Refused."""
    try:
        with Step() as step:
            sha, stored, next_, permissions, calendar, _ = (
                step.read((NEXT, (request.id.hex.encode(),))) or _NOTHING
            )
            if sha is not None:
                return _replay(request, sha, stored)
            opening, command, now = plan(int(_text(next_)), _token(permissions), _int(calendar))
            carried = carry(
                opening.case, opening.definition, NEW, command, opening.form, now, kinds.numberer()
            )
            if dry_run:
                return Answer(_outcome(opening.case, carried), replayed=False)
            along = _tell(0, command, carried)
            form = NewForm(opening.form, opening.form_sha)
            return _write(
                step, request, command, now, opening.case, 0, GENESIS, NEW, (None, ()), carried, along, form, opening
            )  # fmt: skip
    except errors.UniqueViolation as error:
        if error.diag.constraint_name not in ("engine_command_pkey", "case_uid_once"):
            raise
    return open_new(request, plan, dry_run=dry_run)  # an equal command was quicker: its answer is there now


def _hold(step: Step, case_id: int, request: Request) -> Held | Answer:
    message = (HOLD, (b"%d" % case_id, request.id.hex.encode()))
    try:
        held = _read(case_id, request, step.read(message))
        if isinstance(held, Held) and held.seq != held.state.seq:
            # we waited, and what is around the row has moved on with it
            held = _read(case_id, request, step.read_again(message))
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise Refused("busy", "这个办件正在被别人处理，请稍候再试。") from error
    return held


def _read(case_id: int, request: Request, row: Sequence[bytes | None] | None) -> Held | Answer:
    if row is None:
        raise Refused("not_found", "没有这个办件，或者您无权查看。")
    if row[0] is not None:
        return _replay(request, row[0], row[1])
    return _held(case_id, row)


def _write(
    step: Step, request: Request, command: Command, now: datetime, case: Standing, seq: int, last: bytes, before: State,
    watch: tuple[datetime | None, tuple[str, ...]], carried: Carried, along: list[Message], form: NewForm | None,
    opening: Opening | None = None,
) -> Answer:  # fmt: skip
    """Send what the command did, and commit; gives the answer to it."""
    id_, state, recorded = b"%d" % case.id, carried.state, orjson.dumps(now)[1:-1]
    account, command_id, channel = _number(request.account), request.id.hex.encode(), command.channel.encode()
    chained, outcome = chain(case, seq, last, command, carried.events, now), _outcome(case, carried)
    told = (
        command_id, id_, request.type.encode(), account, _hex(request.sha), orjson.dumps(outcome), recorded,
    )  # fmt: skip
    fire_at, rules = _time(carried.fire_at), " ".join(carried.rules).encode()
    moved = (
        b"%d" % state.seq, _hex(chained.last), codec.encode(state), state.phase.encode(), state.stage.encode(),
        state.result.encode(), _time(state.accepted), _time(state.decided), _time(state.closed), _time(due(state)),
        _time(_statutory(state)), b"t" if state.paused else b"f", b"%d" % state.level, fire_at, rules,
    )  # fmt: skip
    rows = chained.rows
    messages: list[Message] = []
    together = min(len(rows), MOST if opening is None else MOST_OPENING)
    if opening is None and not rows:
        messages.append((STILL, (*told, *moved)))
    else:  # a case is opened by an event at least
        statements, fixed = (STEP, ()) if opening is None else (OPEN, _opening(opening))
        values = _event_values(rows[:together])
        messages.append((statements[together - 1], (*told, *moved, channel, _hex(last), *fixed, *values)))
    for first in range(together, len(rows), MOST):
        more = rows[first : first + MOST]
        messages.append(
            (
                EVENTS[len(more) - 1],
                (command_id, id_, recorded, channel, _hex(more[0].prev), *_event_values(more)),
            )
        )
    messages += _task_messages(id_, carried, before)
    if carried.fire_at != watch[0] or carried.rules != watch[1]:
        messages.append((UNWATCH, (id_,)) if fire_at is None else (WATCH, (id_, fire_at, rules)))
    if form is not None:
        messages.append((FORM, (id_, orjson.dumps(form.data, default=dict), _hex(form.sha), command_id)))
    if chained.personal:
        messages.append((PERSONAL, (id_, orjson.dumps(chained.personal))))
    if outbox := effects(case, chained.rows):
        messages.append((OUTBOX, (id_, recorded, orjson.dumps(outbox))))
    if opening is not None and opening.files:
        messages.append((FILES, (id_, account, recorded, orjson.dumps(opening.files))))
    messages += along
    if step.nested:
        messages.append((DISTRUST, ()))  # what else the transaction writes is nothing to do with us
    step.commit(*messages)
    return Answer(outcome, replayed=False)


def _event_values(rows: Sequence[Link]) -> list[bytes | None]:
    values: list[bytes | None] = []
    for r in rows:
        event, author = r.event, r.author
        values += (
            b"%d" % r.seq, event.type.encode(), b"%d" % event.v, _time(event.at), author.kind.encode(),
            _number(author.id), _number(author.org), _number(author.behalf), r.text, _hex(r.hash),
        )  # fmt: skip
    return values


def _task_messages(id_: bytes, carried: Carried, before: State) -> list[Message]:
    moved: list[tuple[bytes | None, ...]] = []
    opened: list[tuple[bytes | None, ...]] = []
    known = len(before.tasks)
    for t in task_rows(carried.facts.definition, before.tasks, carried.state.tasks):
        values = (
            b"%d" % t["no"], _number(t["assignee"]), t["status"].encode(), _time(t["due"]), _time(t["done"]),
            _number(t["by"]), t["outcome"].encode(), b"%d" % t["urged"], _number(t["post"]), _number(t["org"]),
        )  # fmt: skip
        if t["no"] <= known:
            moved.append(values)
        else:
            told = (t["node"].encode(), t["name"].encode(), t["kind"].encode(), _time(t["opened"]))
            opened.append(values + told)
    messages: list[Message] = []
    while moved or opened:
        done, begun = moved[:1], opened[:MOST_BEGUN]
        del moved[:1], opened[:MOST_BEGUN]
        messages.append(
            (TASKS[len(done), len(begun)], (id_, *one_after_another.from_iterable((*done, *begun))))
        )
    return messages


def _opening(opening: Opening) -> tuple[bytes | None, ...]:
    case = opening.case
    return (
        case.uid.hex.encode(), case.number.encode(), case.kind.encode(), case.title.encode(), b"%d" % case.matter,
        b"%d" % case.offering, b"%d" % opening.version, b"%d" % opening.flow, b"%d" % case.org, _number(case.applicant),
        opening.applicant_name.encode(), case.applicant_kind.encode(), opening.applicant_digest.encode(),
        opening.secret_hash.encode(), _number(case.parent), b"%d" % case.secrecy, case.channel.encode(),
        _time(opening.opened_at), b"t" if opening.asks_form else b"f",
    )  # fmt: skip


def _tell(seq: int, command: Command, carried: Carried) -> list[Message]:
    """Tell the subscribers; gives what they want written with the case."""
    along: list[Message] = []
    listening = kinds.subscribers(carried.facts.kind)
    for no, event in enumerate(carried.events, start=seq + 1):
        for subscriber in listening.get(event.type, ()):
            subscriber(kinds.Change(event, no, command, carried.facts, along))
    return along


def _held(case_id: int, v: Sequence[bytes | None]) -> Held:
    (_, _, uid, number, kind, title, matter, offering, version, flow, org, applicant, applicant_kind, parent, secrecy,
     channel, seq, last, state, wake_at, wake_rules, form, permissions, calendar, _) = v  # fmt: skip
    token = _token(permissions)
    case = Standing(
        case_id, UUID(_text(uid)), _text(number), _text(kind), _text(title), int(_text(matter)), int(_text(offering)),
        int(_text(org)), _int(applicant), _text(applicant_kind), _int(parent), int(_text(secrecy)), _text(channel),
    )  # fmt: skip
    return Held(
        case=case,
        seq=int(_text(seq)),
        last_hash=bytes.fromhex(_text(last)),
        state=codec.decode(state or b"{}"),
        form=orjson.loads(form) if form is not None else EMPTY,
        definition=definition(int(_text(version)), int(_text(flow)), _int(calendar), token),
        permissions=token,
        watch=(
            None if wake_at is None else datetime.fromisoformat(wake_at.decode()),
            tuple(_text(wake_rules).split(" ")) if wake_rules else (),
        ),
    )


_NOTHING: tuple[bytes | None, ...] = (None,) * 6


def _replay(request: Request, sha: bytes, outcome: bytes | None) -> Answer:
    if bytes.fromhex(sha.decode()) != request.sha:
        raise Refused("command_reused", "这个操作编号已经用于另一个请求。")
    return Answer(orjson.loads(outcome or b"{}"), replayed=True)


def _outcome(case: Standing, carried: Carried) -> dict[str, Any]:
    return {
        "case_id": case.id, "number": case.number, "seq": carried.state.seq,
        "events": [e.type for e in carried.events],
    }  # fmt: skip


def _statutory(state: State) -> datetime | None:
    clock = state.clock("statutory")
    return None if clock is None else clock.due


def _hex(value: bytes) -> bytes:
    return b"\\x" + value.hex().encode()


def _number(value: int | None) -> bytes | None:
    return None if value is None else b"%d" % value


def _time(value: datetime | None) -> bytes | None:
    return (
        None if value is None else orjson.dumps(value)[1:-1]
    )  # the text of isoformat, at a third of its cost


def _text(value: bytes | None) -> str:
    return (value or b"").decode()


def _int(value: bytes | None) -> int | None:
    return None if value is None else int(value)


def _token(value: bytes | None) -> str:
    return str(None) if value is None else value.decode()  # as registry.tree.generation spells it
