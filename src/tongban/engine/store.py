"""The shell of the engine: one case locked, one command carried out, everything it did written, in two round trips.

Not for reading lists (`queries.py`) nor for deciding (`machine/`). Nobody else writes the engine's tables of cases,
except the importer of finished history (`bulk.py`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from psycopg import errors

from tongban.engine import codec, kinds
from tongban.engine.carry import Carried, Chained, Standing, carry, chain, due, effects, task_rows
from tongban.engine.definition import Definition
from tongban.engine.definitions import definition
from tongban.engine.errors import Refused
from tongban.engine.ledger.chain import GENESIS
from tongban.engine.state import EMPTY, NEW, Command, State
from tongban.engine.wire import Step

HOLD = (
    b"SELECT encode(request_sha, 'hex'), outcome, uid, number, kind, title, matter_id, offering_id, version_id, flow_id,"
    b" org_id, applicant_id, applicant_kind, parent_id, secrecy, channel, seq, encode(last_hash, 'hex'), state, form,"
    b" fire_at, rules, permissions, calendar FROM engine_hold($1, $2)"
)
NEXT = b"SELECT encode(request_sha, 'hex'), outcome, next, permissions, calendar FROM engine_next($1)"
RECORD = b"SELECT engine_record(" + b",".join(b"$%d" % i for i in range(1, 34)) + b")"


@dataclass(frozen=True, slots=True)
class Held:
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


@dataclass(frozen=True, slots=True)
class Opening:
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
        values = _read(step, HOLD, (str(case_id).encode(), request.id.hex.encode()))
        if values[0] is not None:
            return _replay(request, values[0], values[1])
        if values[2] is None:
            raise Refused("not_found", "没有这个办件,或者您无权查看。")
        held = _held(case_id, values)
        command, now, form = plan(held)
        carried = carry(held.case, held.definition, held.state, command, held.form, now)
        chained = chain(held.case, held.seq, held.last_hash, command, carried.events, now)
        outcome = _outcome(held.case, carried)
        if not dry_run:
            _tell(held.seq, command, carried)
            _write(
                step,
                request,
                command,
                now,
                held.case,
                held.seq,
                held.state,
                held.watch,
                carried,
                chained,
                outcome,
                form,
            )
        return Answer(outcome, False)


def open_new(
    request: Request,
    plan: Callable[[int, str, int | None], tuple[Opening, Command, datetime]],
    *,
    dry_run: bool = False,
) -> Answer:
    """Begin a case; `plan(number, permissions, calendar)` makes it once its number is known, and may raise Refused."""
    try:
        with Step() as step:
            sha, stored, next_, permissions, calendar = _read(step, NEXT, (request.id.hex.encode(),))
            if sha is not None:
                return _replay(request, sha, stored)
            assert next_ is not None
            opening, command, now = plan(int(next_), _token(permissions), _int(calendar))
            case = opening.case
            carried = carry(case, opening.definition, NEW, command, opening.form, now)
            chained = chain(case, 0, GENESIS, command, carried.events, now)
            outcome = _outcome(case, carried)
            if not dry_run:
                _tell(0, command, carried)
                form = NewForm(opening.form, opening.form_sha)
                _write(
                    step,
                    request,
                    command,
                    now,
                    case,
                    0,
                    NEW,
                    (None, ()),
                    carried,
                    chained,
                    outcome,
                    form,
                    opening,
                )
            return Answer(outcome, False)
    except errors.UniqueViolation as error:
        if error.diag.constraint_name not in ("engine_command_pkey", "case_uid_once"):
            raise
    return open_new(request, plan, dry_run=dry_run)  # an equal command was quicker: its answer is there now


def opening_row(opening: Opening) -> dict[str, Any]:
    """The fixed part of a case row."""
    case = opening.case
    return {
        "uid": case.uid, "number": case.number, "kind": case.kind, "title": case.title, "matter_id": case.matter,
        "offering_id": case.offering, "offering_version_id": opening.version, "flow_id": opening.flow,
        "org_id": case.org, "applicant_id": case.applicant, "applicant_name": opening.applicant_name,
        "applicant_kind": case.applicant_kind, "applicant_digest": opening.applicant_digest,
        "secret_hash": opening.secret_hash, "parent_id": case.parent, "secrecy": case.secrecy,
        "opened_at": opening.opened_at, "asks_form": opening.asks_form,
    }  # fmt: skip


def _read(step: Step, command: bytes, params: Sequence[bytes | None]) -> list[bytes | None]:
    try:
        return step.read(command, params)
    except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
        raise Refused("busy", "这个办件正在被别人处理,请稍候再试。") from error


def _write(
    step: Step, request: Request, command: Command, now: datetime, case: Standing, seq: int, before: State,
    watch: tuple[datetime | None, tuple[str, ...]], carried: Carried, chained: Chained, outcome: Mapping[str, Any],
    form: NewForm | None, opening: Opening | None = None,
) -> None:  # fmt: skip
    state = carried.state
    outbox = effects(case, seq, carried.events, chained.rows) if kinds.handlers() else []
    rewatch = (carried.fire_at, carried.rules) != watch
    step.write(
        RECORD,
        (
            str(case.id).encode(), str(seq).encode(), str(state.seq).encode(), b"\\x" + chained.last.hex().encode(),
            orjson.dumps(codec.dump(state)), state.phase.encode(), state.stage.encode(), state.result.encode(),
            _time(state.accepted), _time(state.decided), _time(state.closed), _time(due(state)),
            _time(_statutory(state)), b"t" if state.paused else b"f", str(state.level).encode(),
            _time(now), command.channel.encode(), request.id.hex.encode(), request.type.encode(),
            None if request.account is None else str(request.account).encode(),
            b"\\x" + request.sha.hex().encode(), orjson.dumps(outcome),
            _json(chained.rows), _json(chained.personal),
            _json(task_rows(carried.facts.definition, before.tasks, state.tasks)), _json(outbox),
            b"t" if rewatch else b"f", _time(carried.fire_at), " ".join(carried.rules).encode(),
            None if form is None else orjson.dumps(form.data, default=dict),
            None if form is None else b"\\x" + form.sha.hex().encode(),
            _json(opening.files) if opening else None,
            orjson.dumps(opening_row(opening)) if opening else None,
        ),
    )  # fmt: skip


def _tell(seq: int, command: Command, carried: Carried) -> None:
    listening = kinds.subscribers()
    if not listening:
        return
    for no, event in enumerate(carried.events, start=seq + 1):
        for subscriber in listening.get(event.type, ()):
            subscriber(kinds.Change(event, no, command, carried.facts))


def _held(case_id: int, v: Sequence[bytes | None]) -> Held:
    (_, _, uid, number, kind, title, matter, offering, version, flow, org, applicant, applicant_kind, parent, secrecy,
     channel, seq, last, state, form, fire_at, rules, permissions, calendar) = v  # fmt: skip
    token = _token(permissions)
    case = Standing(
        case_id, UUID(_text(uid)), _text(number), _text(kind), _text(title), int(_text(matter)), int(_text(offering)),
        int(_text(org)), _int(applicant), _text(applicant_kind), _int(parent), int(_text(secrecy)), _text(channel),
    )  # fmt: skip
    return Held(
        case=case,
        seq=int(_text(seq)),
        last_hash=bytes.fromhex(_text(last)),
        state=codec.load(orjson.loads(state or b"{}")),
        form=orjson.loads(form) if form is not None else EMPTY,
        definition=definition(int(_text(version)), int(_text(flow)), _int(calendar), token),
        permissions=token,
        watch=(
            None if fire_at is None else datetime.fromisoformat(fire_at.decode()),
            tuple(_text(rules).split(" ")) if rules else (),
        ),
    )


def _replay(request: Request, sha: bytes, outcome: bytes | None) -> Answer:
    if bytes.fromhex(sha.decode()) != request.sha:
        raise Refused("command_reused", "这个操作编号已经用于另一个请求。")
    return Answer(orjson.loads(outcome or b"{}"), True)


def _outcome(case: Standing, carried: Carried) -> dict[str, Any]:
    return {
        "case_id": case.id, "number": case.number, "seq": carried.state.seq,
        "events": [e.type for e in carried.events],
    }  # fmt: skip


def _statutory(state: State) -> datetime | None:
    clock = state.clock("statutory")
    return None if clock is None else clock.due


def _json(value: Sequence[Mapping[str, Any]]) -> bytes | None:
    return orjson.dumps(value) if value else None


def _time(value: datetime | None) -> bytes | None:
    return None if value is None else value.isoformat().encode()


def _text(value: bytes | None) -> str:
    return (value or b"").decode()


def _int(value: bytes | None) -> int | None:
    return None if value is None else int(value)


def _token(value: bytes | None) -> str:
    return str(None) if value is None else value.decode()  # as registry.tree.generation spells it
