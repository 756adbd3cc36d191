"""Finished rows copied into the engine's tables, many cases a transaction, by PostgreSQL's COPY.

For `bulk.py` (history) and `appending.py` (reports of other systems); a single command goes by `store.py`.
"""

import re
from binascii import hexlify
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from msgspec import Struct

from tongban.engine import codec
from tongban.engine.carry import Link, Standing, due, task_rows
from tongban.engine.definition import Definition
from tongban.engine.ledger.chain import utc_text
from tongban.engine.state import Command, Event, State
from tongban.engine.store import TRUSTED, UNTRUSTED


class Begun(Struct, frozen=True):
    """What a case began with and its row keeps for good; `command` is the id (hex) of the command that opened it."""

    version: int
    flow: int
    definition: Definition
    asks_form: bool
    applied: datetime
    applicant_name: str
    applicant_digest: str
    secret_hash: str
    form: Mapping[str, Any]
    form_sha: bytes
    command: str


class Reached(Struct, frozen=True):
    """Where a case stands once everything has been carried out: the last hash, and when to look at it next."""

    state: State
    last: bytes
    fire_at: datetime | None
    rules: tuple[str, ...]


class Tables:
    """Finished rows, as lines of PostgreSQL's COPY text format, in the order the tables must be filled."""

    def __init__(self) -> None:
        self._lines: dict[str, list[bytes]] = {name: [] for name in _COLUMNS}

    def mark(self) -> tuple[int, ...]:
        return tuple(len(lines) for lines in self._lines.values())

    def back_to(self, mark: tuple[int, ...]) -> None:
        for lines, length in zip(self._lines.values(), mark, strict=True):
            del lines[length:]

    def events(
        self, case_id: int, command: Command, rows: Sequence[Link], personal: Sequence[Mapping[str, Any]],
        now: datetime,
    ) -> None:  # fmt: skip
        recorded, channel, command_id = utc_text(now), copy_text(command.channel), command.id.hex
        add = self._lines["engine_event"].append
        before = hexlify(rows[0].prev) if rows else b""
        author, at, middle = None, None, b""
        for row in rows:
            event, own = row.event, hexlify(row.hash)
            if row.author is not author or event.at is not at:
                author, at = row.author, event.at
                middle = (
                    f"{utc_text(at)}\t{recorded}\t{author.kind}\t{_number(author.id)}\t{_number(author.org)}\t"
                    f"{_number(author.behalf)}\t{channel}\t{command_id}"
                ).encode()
            add(
                b"%d\t%d\t%b\t%d\t%b\t%b\t\\\\x%b\t\\\\x%b\n"
                % (case_id, row.seq, event.type.encode(), event.v, middle, _json(row.text), before, own)
            )
            before = own
        for p in personal:
            self._lines["engine_event_personal"].append(
                f"{case_id}\t{p['seq']}\t{copy_text(p['path'])}\t{copy_text(p['salt'])}\t".encode()
                + b"%b\n" % _json(orjson.dumps(p["value"]))
            )

    def command(
        self, case: Standing, command: Command, events: Iterable[Event], seq: int, now: datetime
    ) -> None:
        """A command that was carried out, and its answer: the events it had, and the number of the last.

        In place of the digest of a request stands what is the digest of none: nobody asks for it once more.
        """
        id_, number = command.id.hex, _json(orjson.dumps(case.number)).decode()
        types = ",".join([f'"{e.type}"' for e in events])
        self._lines["engine_command"].append(
            f"{id_}\t{case.id}\t{copy_text(command.type)}\t{_number(command.actor.account)}\t\\\\x{id_}{id_}\t"
            f'{{"case_id":{case.id},"number":{number},"seq":{seq},"events":[{types}]}}\t{utc_text(now)}\n'.encode()
        )

    def case(self, case: Standing, begun: Begun, reached: Reached) -> None:
        """A case that is new, its form, its tasks, its watch."""
        state = reached.state
        statutory = state.clock("statutory")
        self._lines["engine_case"].append(
            copy_line(
                case.id, case.uid.hex, case.number, case.kind, case.title, case.matter, case.offering, begun.version,
                begun.flow, case.org, case.applicant, begun.applicant_name, case.applicant_kind, begun.applicant_digest,
                begun.secret_hash, case.parent, case.secrecy, case.channel, begun.applied.isoformat(),
                begun.asks_form, state.seq, reached.last, state.phase,
                state.stage, state.result, _time(state.accepted), _time(state.decided), _time(state.closed),
                _time(due(state)), _time(None if statutory is None else statutory.due), state.paused, state.level,
                _time(reached.fire_at), " ".join(reached.rules),
            )
        )  # fmt: skip
        self._lines["engine_case_state"].append(b"%d\t%b\n" % (case.id, _json(codec.encode(state))))
        self._lines["engine_case_data"].append(
            b"%d\t1\t%b\t\\\\x%b\t%b\n"
            % (
                case.id,
                _json(orjson.dumps(dict(begun.form))),
                hexlify(begun.form_sha),
                begun.command.encode(),
            )
        )
        for t in task_rows(begun.definition, (), state.tasks):
            self._lines["engine_task"].append(
                f"{case.id}\t{t['no']}\t{copy_text(t['node'])}\t{copy_text(t['name'])}\t{t['kind']}\t"
                f"{_number(t['post'])}\t{_number(t['org'])}\t{_number(t['assignee'])}\t{t['status']}\t"
                f"{_instant(t['opened'])}\t{_instant(t['due'])}\t{_instant(t['done'])}\t{_number(t['by'])}\t"
                f"{copy_text(t['outcome'])}\t{t['urged']}\n".encode()
            )
        if reached.fire_at is not None:
            rules = "{" + ",".join(f'"{r}"' for r in reached.rules) + "}"
            self._lines["engine_watch"].append(copy_line(case.id, reached.fire_at.isoformat(), rules))

    def copy(self) -> None:
        """Copy all rows; inside the caller's transaction. Raises Django's database errors."""
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(TRUSTED)  # the chains were made here, onto the hashes of cases that are locked
            for table, columns in _COLUMNS.items():
                lines = self._lines[table]
                if not lines:
                    continue
                with (
                    connection.wrap_database_errors,
                    cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
                ):
                    for first in range(0, len(lines), PIECE):
                        copy.write(b"".join(lines[first : first + PIECE]))
            cursor.execute(UNTRUSTED)


_COLUMNS = {
    "engine_case": "id, uid, number, kind, title, matter_id, offering_id, offering_version_id, flow_id, org_id, applicant_id,"
    " applicant_name, applicant_kind, applicant_digest, secret_hash, parent_id, secrecy, channel, opened_at, asks_form,"
    " seq, last_hash, phase, stage, result, accepted_at, decided_at, concluded_at, due_at, statutory_due_at,"
    " paused, level, wake_at, wake_rules",
    "engine_case_state": "case_id, state",
    "engine_case_data": "case_id, no, data, sha256, command_id",
    "engine_command": "id, case_id, type, account_id, request_sha, outcome, created_at",
    "engine_event": "case_id, seq, type, v, occurred_at, recorded_at, actor_kind, actor_id, actor_org_id, on_behalf_of,"
    " channel, command_id, payload, prev_hash, hash",
    "engine_event_personal": "case_id, seq, path, salt, value",
    "engine_task": "case_id, no, node, name, kind, post_id, org_id, assignee_id, status, opened_at, due_at, done_at,"
    " done_by_id, outcome, urged",
    "engine_watch": "case_id, fire_at, rules",
}


PIECE = 200  # lines sent at once: the server reads them while the next are put together
NULL = "\\N"
_ODD = re.compile(r"[\\\t\n\r]")


def copy_line(*values: object) -> bytes:
    """One row in COPY's text format; bytes stand for bytea."""
    if _ODD.search("".join([v for v in values if v.__class__ is str])) is None:
        line = "\t".join([v if v.__class__ is str else _field(v) for v in values])
    else:
        line = "\t".join([copy_text(v) if v.__class__ is str else _field(v) for v in values])
    return f"{line}\n".encode()


def _field(value: object) -> str:
    if value is None:
        return NULL
    if value.__class__ is bool:
        return "t" if value else "f"
    if value.__class__ is int:
        return str(value)
    if value.__class__ is bytes:
        return f"\\\\x{value.hex()}"
    return copy_text(str(value))


def _json(spelt: bytes) -> bytes:
    """JSON in COPY's text format: it has no tabs and no ends of lines of its own."""
    return spelt.replace(b"\\", b"\\\\") if b"\\" in spelt else spelt


def copy_text(value: str) -> str:
    """A text in COPY's text format."""
    if _ODD.search(value) is None:
        return value
    value = value.replace("\\", "\\\\")
    return value.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _time(value: datetime | None) -> str | None:
    return None if value is None else utc_text(value)


def _instant(value: datetime | None) -> str:
    return NULL if value is None else utc_text(value)


def _number(value: int | None) -> str:
    return NULL if value is None else str(value)
