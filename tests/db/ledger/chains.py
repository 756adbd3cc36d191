"""Cases with real chains for the ledger's tests, and the hand that changes rows behind the software's back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import connection, transaction

from tongban.engine import codec
from tongban.engine.ledger.chain import GENESIS, event_hash, seal_payload
from tongban.engine.machine import fold
from tongban.engine.state import Event, Sealed

START = datetime(2026, 4, 27, 1, 0, 0, 123456, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A case that was written: its row id, number, uid, and the hashes of its events."""

    id: int
    number: str
    uid: UUID
    hashes: tuple[bytes, ...]


def a_case(
    id: int,  # noqa: A002
    notes: int = 3,
    *,
    phone: str | None = "13800000000",
    org: int = 1,
    writing: Any = None,
) -> Made:
    """A case applied for, with so many notes after it; the first event carries a personal value unless told not to."""
    payloads: list[tuple[str, Mapping[str, Any]]] = [
        (
            "case.applied",
            {"kind": "licence", "number": f"A{id:05}", **({"phone": Sealed(phone)} if phone else {})},
        )
    ]
    payloads += [("note.added", {"text": f"第{n}条记录", "n": n}) for n in range(1, notes + 1)]
    uid = uuid4()
    case = (id, f"A{id:05}", uid)
    with (writing or transaction).atomic():
        hashes, events = append(case, payloads)
        with behind_its_back() as cursor:
            insert(
                cursor,
                "engine_case",
                id=id, uid=uid, number=f"A{id:05}", kind="licence", title="测试办件", matter_id=1, offering_id=1,
                offering_version_id=1, flow_id=1, org_id=org, applicant_name="王小明", applicant_kind="person",
                applicant_digest="", secret_hash="", phase="applied", stage="", result="", secrecy=0, channel="web",
                opened_at=START, paused=False, level=0, asks_form=False, seq=len(hashes), last_hash=hashes[-1],
            )  # fmt: skip
            insert(cursor, "engine_case_state", case_id=id, state=codec.encode(fold(events)).decode())
    return Made(id, f"A{id:05}", uid, tuple(hashes))


def append(
    case: tuple[int, str, UUID],
    payloads: Sequence[tuple[str, Mapping[str, Any]]],
    seq: int = 0,
    last: bytes = GENESIS,
) -> tuple[list[bytes], list[Event]]:
    """Write events as the store does, triggers and all; gives their hashes and the events as the machine sees them."""
    hashes, events = [], []
    with connection.cursor() as cursor:
        for no, (kind, raw) in enumerate(payloads, start=seq + 1):
            payload, personal = seal_payload(raw)
            at = START + timedelta(minutes=no)
            command = uuid4()
            row = {
                "seq": no, "type": kind, "v": 1, "occurred_at": at, "recorded_at": at + timedelta(seconds=1),
                "actor_kind": "system", "actor_id": None, "actor_org_id": None, "on_behalf_of": None,
                "channel": "web", "command_id": command,
            }  # fmt: skip
            hash_ = event_hash(last, case_uid=case[2], payload=payload, **row)
            insert(
                cursor, "engine_event", case_id=case[0], prev_hash=last, hash=hash_,
                payload=orjson.dumps(payload).decode(), **row,
            )  # fmt: skip
            for p in personal:
                insert(
                    cursor, "engine_event_personal", case_id=case[0], seq=no, path=p.path, salt=p.salt,
                    value=orjson.dumps(p.value).decode(),
                )  # fmt: skip
            events.append(Event(kind, at, at + timedelta(seconds=1), None, payload))
            hashes.append(hash_)
            last = hash_
    return hashes, events


@contextmanager
def behind_its_back() -> Iterator[Any]:
    """A cursor for which no trigger and no foreign key exists: what an administrator of the database can do."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
        cursor.execute("SET LOCAL session_replication_role = origin")


def tamper(sql: str, *params: Any) -> int:
    """Change rows as an administrator of the database could; gives how many."""
    with behind_its_back() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def insert(cursor: Any, table: str, **values: Any) -> None:
    names = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))
