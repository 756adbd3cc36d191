"""The rows of what was reported: locked, looked up and written by the set, never one by one."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from tongban.engine.copying import NULL, copy_text
from tongban.engine.queries import case_numbers
from tongban.platforms.reporting.batch import Group, Item


class Known(NamedTuple):
    """A version of an object that is here already."""

    version: int
    digest: bytes
    status: str
    code: str
    message: str
    seq: int | None
    number: str
    type: str


class Waiting(NamedTuple):
    """An object that waits for another."""

    reported_case: int
    key: str
    version: int
    code: str
    content: Any


def lock_cases(client: int, groups: Sequence[Group]) -> None:
    """Have a row for each reported case and hold it, in the order of its name; fill in what it holds."""
    by_name = {g.key: g for g in groups}
    keys, matters = [g.key[0] for g in groups], [g.key[1] for g in groups]
    with connection.cursor() as cursor:
        cursor.execute(_CASES, [keys, matters, client])
        rows = cursor.fetchall()
        if len(rows) < len(groups):
            cursor.execute(_NEW_CASES, [client, keys, matters])
            cursor.execute(_CASES, [keys, matters, client])
            rows = cursor.fetchall()
    for id_, key, matter, case_id, last_no, last_step in rows:
        group = by_name[key, matter]
        group.id, group.case_id, group.last_no, group.last_step = id_, case_id, last_no, last_step


def known(client: int, keys: Sequence[str]) -> dict[str, list[Known]]:
    """What is here of these keys."""
    found: dict[str, list[Known]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [client, list(keys)])
        rows = cursor.fetchall()
    numbers = case_numbers({case for *_, case in rows if case is not None})
    for key, version, digest, status, code, message, seq, type_, case in rows:
        said = Known(version, bytes(digest), status, code, message, seq, numbers.get(case, ""), type_)
        found.setdefault(key, []).append(said)
    return found


def parked(client: int, reported_cases: Sequence[int]) -> dict[int, list[Waiting]]:
    """What waits in these cases."""
    found: dict[int, list[Waiting]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PARKED, [client, list(reported_cases)])
        for case, key, version, code, content in cursor.fetchall():
            found.setdefault(case, []).append(Waiting(case, key, version, code, orjson.loads(content)))
    return found


def add_objects(client: int, batch: int, now: datetime, items: Iterable[Item]) -> None:
    """Write down the objects of a batch; one that could not even be named gets a name from its place."""
    lines: list[str] = []
    over: list[tuple[str, int]] = []
    newer: list[str] = []
    received = now.isoformat()
    items = list(items)
    with connection.cursor() as cursor:
        cursor.execute(_THERE, [client, [i.verdict.key for i in items if i.said is None]])
        written: set[tuple[str, int]] = set(cursor.fetchall())
    for item in items:
        v, said = item.verdict, item.said
        key = v.key or f"!{batch}-{v.index}"
        if (key, v.version) in written:
            continue
        written.add((key, v.version))
        if item.over or said is None:
            over.append((key, v.version))
        if v.version > 1 and v.status in {"accepted", "parked"}:
            newer.append(key)
        when = (
            received if said is None else said.occurred_at.isoformat()
        )  # in China time, so its day stands first
        content = _content(item)
        lines.append(
            f"{client}\t{copy_text(key)}\t{v.version}\t{'' if said is None else said.type}\t"
            f"{NULL if item.reported_case is None else item.reported_case}\t"
            f"{NULL if item.case_id is None else item.case_id}\t{batch}\t{when[:10]}\t{when}\t{received}\t"
            f"{NULL if said is None or said.recorded_at is None else said.recorded_at.isoformat()}\t"
            f"\\\\x{item.digest.hex()}\t{v.status}\t{v.code}\t{copy_text(v.message)}\t"
            f"{NULL if v.seq is None else v.seq}\t{received if v.status == 'accepted' else NULL}\t"
            f"{NULL if content is None else copy_text(content)}\n"
        )
    if not lines:
        return
    with connection.cursor() as cursor:
        if over:
            cursor.execute(_OVER, [[k for k, _ in over], [n for _, n in over], client])
        with cursor.copy(f"COPY reporting_reportedobject ({_COLUMNS}) FROM STDIN") as copy:
            copy.write("".join(lines))
        if newer:
            cursor.execute(_REPLACE, [client, newer])


def _content(item: Item) -> str | None:
    """What is kept of an object: all of it while it waits, and of a correction, which the ledger only tells of.

    What was refused is the department's to send again: of it only what says which object it was, and no values.
    """
    if item.verdict.status == "accepted" and not item.amends:
        return None
    text = orjson.dumps(_outline(item.raw) if item.verdict.status == "refused" else item.raw)
    return None if b"\\u0000" in text else text.decode()


def _outline(raw: Any) -> dict[str, Any]:
    """The values that name an object or its place in the case; never a person, never words."""
    if not isinstance(raw, dict):
        return {}
    said = ((name, raw[name]) for name in OUTLINE if name in raw)
    return {name: value for name, value in said if isinstance(value, str | int) and len(str(value)) <= 160}


def settle(client: int, now: datetime, items: Sequence[Item]) -> None:
    """Say what became of objects that had waited."""
    if not items:
        return
    rows = [
        {
            "key": i.verdict.key, "version": i.verdict.version, "status": i.verdict.status, "code": i.verdict.code,
            "message": i.verdict.message, "seq": i.verdict.seq, "case_id": i.case_id,
            "outline": _outline(i.raw) if i.verdict.status == "refused" else None,
        }
        for i in items
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, [now, orjson.dumps(rows).decode(), client])


def forget_refused(before: datetime) -> int:
    """Of objects refused before that moment only digest, key and reasons stay. Returns how many lost the rest."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [before])
        return int(cursor.rowcount)


def move_cases(groups: Sequence[Group]) -> None:
    """Note how far each reported case has come."""
    if not groups:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            [
                [g.id for g in groups], [g.case_id for g in groups], [g.last_no for g in groups],
                [g.last_step for g in groups],
            ],
        )  # fmt: skip


#: What is kept of a refused object besides its digest and the reasons.
OUTLINE = (
    "type", "key", "version", "SJBBH", "case", "SBLSH", "matter", "SXBM", "no", "step", "step_no", "occurred_at", "recorded_at",
)  # fmt: skip
_FORGET = """
UPDATE reporting_reportedobject SET content = NULL
 WHERE status = 'refused' AND content IS NOT NULL AND coalesce(settled_at, received_at) < %s"""
_COLUMNS = (
    "client_id, key, version, type, reported_case_id, case_id, batch_id, day, occurred_at, received_at, entered_at, digest, status,"
    " code, message, seq, settled_at, content"
)
_NEW_CASES = """
INSERT INTO reporting_reportedcase (client_id, key, matter, last_no, last_step)
SELECT %s, n.key, n.matter, 0, 0 FROM unnest(%s::text[], %s::text[]) AS n(key, matter) ORDER BY n.key, n.matter
ON CONFLICT DO NOTHING"""
_CASES = """
SELECT c.id, c.key, c.matter, c.case_id, c.last_no, c.last_step FROM reporting_reportedcase c
  JOIN unnest(%s::text[], %s::text[]) AS n(key, matter) ON n.key = c.key AND n.matter = c.matter
 WHERE c.client_id = %s ORDER BY c.key, c.matter FOR UPDATE OF c"""
_KNOWN = """
SELECT o.key, o.version, o.digest, o.status, o.code, o.message, o.seq, o.type, o.case_id
  FROM reporting_reportedobject o
 WHERE o.client_id = %s AND o.key = ANY(%s)"""
_PARKED = """
SELECT reported_case_id, key, version, code, content::text FROM reporting_reportedobject
 WHERE client_id = %s AND reported_case_id = ANY(%s) AND status = 'parked'"""
_OVER = """
DELETE FROM reporting_reportedobject o USING unnest(%s::text[], %s::int[]) AS n(key, version)
 WHERE o.client_id = %s AND o.key = n.key AND o.version = n.version AND o.status = 'refused'"""
_THERE = """
SELECT key, version FROM reporting_reportedobject WHERE client_id = %s AND key = ANY(%s) AND status <> 'refused'"""
_REPLACE = """
UPDATE reporting_reportedobject o SET status = 'replaced', content = NULL
 WHERE o.client_id = %s AND o.key = ANY(%s) AND o.status IN ('parked', 'refused') AND EXISTS (
       SELECT 1 FROM reporting_reportedobject n WHERE n.client_id = o.client_id AND n.key = o.key
          AND n.version > o.version AND n.status IN ('parked', 'accepted'))"""
_SETTLE = """
UPDATE reporting_reportedobject o SET status = n.status, code = n.code, message = n.message, seq = n.seq,
       case_id = n.case_id, settled_at = %s, content = n.outline
  FROM jsonb_to_recordset(%s::jsonb) AS n(
       key text, version int, status text, code text, message text, seq int, case_id bigint, outline jsonb)
 WHERE o.client_id = %s AND o.key = n.key AND o.version = n.version"""
_MOVE = """
UPDATE reporting_reportedcase c SET case_id = n.case_id, last_no = n.last_no, last_step = n.last_step
  FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::int[]) AS n(id, case_id, last_no, last_step) WHERE c.id = n.id"""
