"""Recompute everything that the ledger claims, and name the first event that does not fit.

Reads in one consistent snapshot, case after case and leaf after leaf, in memory that does not grow with the archive;
writes nothing. What it can and cannot find is told in docs/explanation/ledger.md.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from django.db import connection, transaction

from tongban.base.canonical import digest
from tongban.base.console import Ticker
from tongban.engine import codec
from tongban.engine.ledger.chain import GENESIS, ChainError, event_hash, personal_digest, sealed_places
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.merkle import (
    Frontier,
    Hash,
    ProofError,
    edge,
    inclusion_plan,
    leaf_hash,
    places,
    resolve,
    verify_inclusion,
)
from tongban.engine.ledger.models import Checkpoint, LedgerKey
from tongban.engine.ledger.note import Head, NoteError, Verifier, join_note, open_note, read_head
from tongban.engine.ledger.origin import directory, find_signer, installed_hash
from tongban.engine.ledger.sealing import COPY_FILE, STORED_FROM, read_copy, read_nodes
from tongban.engine.machine import fold
from tongban.engine.state import Event, State

KEPT = 50
"""So many misfits are named; the rest are counted."""

WORDS = {
    "altered": "内容被改动",
    "broken_link": "与前一事件的链接断开",
    "missing": "事件缺失",
    "extra": "多出未经系统写入的事件",
    "reordered": "事件次序被调换",
    "personal_altered": "个人信息与存证摘要不符",
    "personal_missing": "个人信息缺失而没有清除记录",
    "personal_extra": "个人信息没有对应的事件字段",
    "erasure_unrecorded": "个人信息已清除而链上没有清除事件",
    "case_missing": "办件记录被删除",
    "case_head": "办件记录与链尾不符",
    "state": "办件状态与事件重放结果不符",
    "leaf": "存证叶与次序不符",
    "node": "存证树节点不符",
    "checkpoint": "检查点与存证树不符",
    "signature": "检查点签名无效",
    "key": "签名密钥被更换",
    "hash_name": "摘要算法被更换",
    "copy": "与另存的检查点不符",
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that does not fit. `case` is the number of the case, "" where it concerns the tree as a whole."""

    kind: str
    case: str = ""
    seq: int = 0
    expected: str = ""
    found: str = ""
    detail: str = ""

    def __str__(self) -> str:
        where = f"办件 {self.case} 第 {self.seq} 号事件：" if self.seq else f"办件 {self.case}：" if self.case else ""
        compared = f"（应为 {self.expected or '无'}，实为 {self.found or '无'}）" if self.expected or self.found else ""
        return f"{where}{WORDS[self.kind]}{f'，{self.detail}' if self.detail else ''}{compared}"


@dataclass(slots=True)
class Report:
    """What was checked and what did not fit. `first` is the first in order of cases and their events, then the tree."""

    counts: Counter[str] = field(default_factory=Counter)
    misfits: list[Misfit] = field(default_factory=list)
    wrong: int = 0
    head: Head | None = None

    @property
    def ok(self) -> bool:
        return not self.wrong

    @property
    def first(self) -> Misfit | None:
        return self.misfits[0] if self.misfits else None

    def add(self, misfit: Misfit) -> None:
        self.wrong += 1
        if len(self.misfits) < KEPT:
            self.misfits.append(misfit)


class CaseFacts(NamedTuple):
    """The columns of a case row that its chain must agree with."""

    id: int
    uid: UUID
    number: str
    seq: int
    last_hash: bytes
    state: str


class EventFacts(NamedTuple):
    """An event as it lies in the table."""

    case_id: int
    seq: int
    id: int
    type: str
    v: int
    occurred_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_id: int | None
    actor_org_id: int | None
    on_behalf_of: int | None
    channel: str
    command_id: UUID
    payload: Any
    prev_hash: bytes
    hash: bytes


class LeafFacts(NamedTuple):
    case_id: int
    seq: int
    index: int
    event_id: int
    hash: bytes


class PersonalFacts(NamedTuple):
    case_id: int
    seq: int
    path: str
    salt: bytes
    value: str | None
    erased: bool


def verify(
    progress: Ticker | None = None,
    *,
    case: str | None = None,
    since: datetime | None = None,
    key: str | None = None,
    kept: Path | None = None,
) -> Report:
    """Check the ledger: everything, one case by its number, or what was recorded since an instant.

    `key` pins a public key (name+id+base64) known from elsewhere; `kept` is a copy of the checkpoints kept elsewhere,
    this installation's own when not given. Without either, somebody who owns both the database and the key file could
    have rewritten everything. `progress` is advanced once for every event and every leaf.
    Raises LookupError when there is no such case, LedgerError when the ledger cannot be read at all.
    """
    report = Report()
    tick = progress or _Silent()
    hash_name = installed_hash()
    with transaction.atomic():
        with connection.cursor() as cursor:
            if len(connection.savepoint_ids) == 0:  # ours is the outermost block: one snapshot for all that follows
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            only = _selection(cursor, case, since)
            cursor.execute("SELECT coalesce(max(event_id), 0), coalesce(max(index) + 1, 0) FROM engine_ledger_leaf")
            sealed_to, size = cursor.fetchone()
        tick.say("核对事件链")
        _check_cases(report, tick, only, hash_name, sealed_to)
        tick.say("核对存证树与检查点")
        heads = _check_checkpoints(report, hash_name, key)
        report.head = heads[-1] if heads else None
        hash_ = partial(digest, name=hash_name)
        if case is not None and only:
            _check_inclusion(report, only[0], case, hash_, heads)
        else:
            _check_tree(report, tick, hash_, size, heads, _copies(report, kept), since)
    return report


def check_case(
    case: CaseFacts | None,
    events: Sequence[EventFacts],
    leaves: Sequence[LeafFacts],
    personal: Sequence[PersonalFacts],
    *,
    hash_name: str,
    sealed_to: int,
    counts: Counter[str],
) -> Misfit | None:
    """The first thing that does not fit in one case: its chain, leaves, personal values, row and state. Pure.

    `sealed_to` is the id of the last sealed event: an event with a smaller id and without a leaf was slipped in.
    """
    number = case.number if case else _number(events)
    if case is None:
        return Misfit("case_missing", number, detail=f"尚存 {len(events)} 个事件、{len(leaves)} 个存证叶")
    chain = _Chain(case, events, leaves, hash_name, sealed_to)
    return (
        chain.first_misfit()
        or _check_personal(case, events, personal, hash_name, counts)
        or _check_row(case, events, counts)
    )


class _Chain:
    """The events of one case against each other and against what was sealed."""

    def __init__(
        self,
        case: CaseFacts,
        events: Sequence[EventFacts],
        leaves: Sequence[LeafFacts],
        hash_name: str,
        sealed_to: int,
    ) -> None:
        self.case, self.events, self.hash_name, self.sealed_to = case, events, hash_name, sealed_to
        self.leaves = {leaf.seq: leaf for leaf in leaves}

    def first_misfit(self) -> Misfit | None:
        prev, upcoming = GENESIS, 1
        for event in self.events:
            if event.seq != upcoming:
                return self._missing(upcoming)
            if misfit := self._event(event, prev):
                return misfit
            prev, upcoming = event.hash, upcoming + 1
        last = max((upcoming - 1, self.case.seq, *self.leaves))
        if last >= upcoming:
            return self._missing(upcoming)
        if self.case.seq < upcoming - 1:
            return self._misfit("case_head", self.case.seq + 1, detail=f"办件记录只到第 {self.case.seq} 号事件")
        if self.case.last_hash != prev:
            return self._misfit("case_head", 0, prev, self.case.last_hash)
        return None

    def _event(self, event: EventFacts, prev: bytes) -> Misfit | None:
        leaf = self.leaves.get(event.seq)
        computed = self._hash(event, prev, event.seq)
        if computed != event.hash or event.prev_hash != prev:
            return self._why(event, prev, computed, leaf)
        if leaf is None:
            if event.id <= self.sealed_to:
                return self._misfit("extra", event.seq, detail="该事件早于最后一次存证，却没有存证叶")
        elif leaf.hash != event.hash:
            elsewhere = next((s for s, other in self.leaves.items() if other.hash == event.hash), None)
            if elsewhere is not None:
                return self._misfit("reordered", event.seq, detail=f"存证时为第 {elsewhere} 号")
            return self._misfit("altered", event.seq, leaf.hash, event.hash, "链已重新计算，但与存证不符")
        elif leaf.event_id != event.id:
            return self._misfit("reordered", event.seq, detail=f"存证时的流水号为 {leaf.event_id}，现为 {event.id}")
        return None

    def _why(self, event: EventFacts, prev: bytes, computed: bytes, leaf: LeafFacts | None) -> Misfit:
        if computed == event.hash:  # the row is as written, only the copy of its predecessor's hash is not
            return self._misfit("broken_link", event.seq, prev, event.prev_hash)
        if self._hash(event, event.prev_hash, event.seq) == event.hash:
            return self._misfit("broken_link", event.seq, prev, event.prev_hash)
        for seq in range(1, max(len(self.events), *self.leaves, self.case.seq, 1) + 1):
            if event.hash in (self._hash(event, event.prev_hash, seq), self._hash(event, prev, seq)):
                return self._misfit("reordered", event.seq, detail=f"原为第 {seq} 号")
        return self._misfit("altered", event.seq, leaf.hash if leaf else event.hash, computed)

    def _missing(self, seq: int) -> Misfit:
        leaf = self.leaves.get(seq)
        return self._misfit("missing", seq, leaf.hash if leaf else b"", b"")

    def _hash(self, event: EventFacts, prev: bytes, seq: int) -> bytes:
        try:
            return event_hash(
                prev,
                case_uid=self.case.uid,
                seq=seq,
                type=event.type,
                v=event.v,
                occurred_at=event.occurred_at,
                recorded_at=event.recorded_at,
                actor_kind=event.actor_kind,
                actor_id=event.actor_id,
                actor_org_id=event.actor_org_id,
                on_behalf_of=event.on_behalf_of,
                channel=event.channel,
                command_id=event.command_id,
                payload=event.payload,
                hash_name=self.hash_name,
            )
        except ChainError:  # what could never have been written: a fraction put into a payload
            return b""

    def _misfit(self, kind: str, seq: int, expected: bytes = b"", found: bytes = b"", detail: str = "") -> Misfit:
        return Misfit(kind, self.case.number, seq, expected.hex(), found.hex(), detail)


def _check_personal(
    case: CaseFacts,
    events: Sequence[EventFacts],
    personal: Sequence[PersonalFacts],
    hash_name: str,
    counts: Counter[str],
) -> Misfit | None:
    beside = {(row.seq, row.path): row for row in personal}
    recorded = {
        (event.payload.get("seq"), event.payload.get("path")) for event in events if event.type == "personal.erased"
    }
    for event in events:
        for path, expected in sealed_places(event.payload).items():
            row = beside.pop((event.seq, path), None)
            if row is None:
                return Misfit("personal_missing", case.number, event.seq, detail=path)
            if row.erased:
                counts["erased"] += 1
                if (event.seq, path) not in recorded:
                    return Misfit("erasure_unrecorded", case.number, event.seq, detail=path)
                continue
            counts["personal"] += 1
            try:
                found = personal_digest(row.salt, orjson.loads(row.value or "null"), hash_name).hex()
            except ChainError:
                found = ""
            if found != expected:
                return Misfit("personal_altered", case.number, event.seq, expected, found, path)
    if beside:
        seq, path = min(beside)
        return Misfit("personal_extra", case.number, seq, detail=path)
    return None


def _check_row(case: CaseFacts, events: Sequence[EventFacts], counts: Counter[str]) -> Misfit | None:
    """The state kept on the case row is the fold of the events (invariant I2)."""
    counts["states"] += 1
    try:
        folded = fold(Event(e.type, e.occurred_at, e.recorded_at, e.actor_id, e.payload, e.v) for e in events)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return Misfit("state", case.number, detail=f"事件无法重放：{error!r}")
    try:
        kept = codec.load(orjson.loads(case.state))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Misfit("state", case.number, detail=f"状态无法读取：{error!r}")
    if kept == folded:
        return None
    names = [name for name in State.__annotations__ if getattr(kept, name) != getattr(folded, name)]
    return Misfit("state", case.number, detail="、".join(names))


_CASES = "SELECT id, uid, number, seq, last_hash, state::text FROM engine_case"
_EVENTS = (
    "SELECT case_id, seq, id, type, v, occurred_at, recorded_at, actor_kind, actor_id, actor_org_id, on_behalf_of,"
    " channel, command_id, payload::text, prev_hash, hash FROM engine_event"
)
_LEAVES = "SELECT case_id, seq, index, event_id, hash FROM engine_ledger_leaf"
_PERSONAL = "SELECT case_id, seq, path, salt, value::text, erased_at IS NOT NULL FROM engine_event_personal"


def _check_cases(report: Report, tick: Ticker, only: Sequence[int] | None, hash_name: str, sealed_to: int) -> None:
    def stream(sql: str, key: str, order: str) -> "_Groups":
        where = "" if only is None else f" WHERE {key} = ANY(%s)"
        return _Groups(f"{sql}{where} ORDER BY {order}", [] if only is None else [list(only)])

    with (
        closing(stream(_CASES, "id", "id")) as cases,
        closing(stream(_EVENTS, "case_id", "case_id, seq")) as events,
        closing(stream(_LEAVES, "case_id", "case_id, seq")) as leaves,
        closing(stream(_PERSONAL, "case_id", "case_id, seq, path")) as personal,
    ):
        streams = (cases, events, leaves, personal)
        while (here := min((s.here for s in streams if s.here is not None), default=None)) is not None:
            rows = cases.take(here)
            chain = [_event(row) for row in events.take(here)]
            sealed = [LeafFacts(*row) for row in leaves.take(here)]
            misfit = check_case(
                CaseFacts(*rows[0]) if rows else None,
                chain,
                sealed,
                [PersonalFacts(*row) for row in personal.take(here)],
                hash_name=hash_name,
                sealed_to=sealed_to,
                counts=report.counts,
            )
            if misfit is not None:
                report.add(misfit if misfit.case else Misfit(**{**_fields(misfit), "case": f"内部编号 {here}"}))
            report.counts.update(cases=len(rows), events=len(chain), unsealed=len(chain) - len(sealed))
            tick.advance(len(chain))


def _check_checkpoints(report: Report, hash_name: str, pinned: str | None) -> list[Head]:
    """Numbers, signatures and the line of keys; gives what the checkpoints say, oldest first."""
    keys = {key.key_id: key for key in LedgerKey.objects.order_by("created", "key_id")}
    trusted: str | None = None
    line: set[str] = set()
    heads: list[Head] = []
    for row in Checkpoint.objects.order_by("no").iterator(2000):
        name = f"第 {row.no} 号检查点"
        report.counts["checkpoints"] += 1
        if row.no != len(heads) + 1:
            report.add(Misfit("checkpoint", detail=f"缺少第 {len(heads) + 1} 号检查点"))
            return heads
        try:
            verifier = Verifier.parse(keys[row.key_id].public)
            note = join_note(row.note, verifier.name, row.key_id, bytes(row.signature))
            head = read_head(open_note(note, verifier))
        except (KeyError, NoteError) as error:
            report.add(Misfit("signature", detail=f"{name}：{error}"))
            return heads
        heads.append(head)
        if trusted not in (None, verifier.text):
            report.add(Misfit("key", expected=str(trusted), found=verifier.text, detail=name))
            return heads
        if (head.no, head.size, head.root) != (row.no, row.tree_size, bytes(row.root)):
            report.add(Misfit("checkpoint", detail=f"{name}的列与签名文本不一致"))
        if not head.hash_name == row.hash_name == hash_name:
            report.add(Misfit("hash_name", expected=hash_name, found=head.hash_name, detail=name))
        line.add(verifier.text)
        trusted = head.next_key or verifier.text
    if pinned and pinned.strip() not in line | {trusted}:
        report.add(Misfit("key", expected=pinned.strip(), found=trusted or "", detail="检查点不是由指定的公钥签名"))
    current = next((key.public for key in keys.values() if key.retired is None), None)
    if trusted and current != trusted:
        report.add(Misfit("key", expected=trusted, found=current or "", detail="登记的公钥不是检查点所用的公钥"))
    try:
        signer = find_signer()
    except LedgerError:
        signer = None  # read by somebody without access to the key, or where there is none
    if signer and trusted and signer.verifier.text != trusted:
        report.add(Misfit("key", expected=trusted, found=signer.verifier.text, detail="本机密钥文件不是账本的密钥"))
    return heads


def _check_tree(
    report: Report,
    tick: Ticker,
    hash_: Hash,
    size: int,
    heads: Sequence[Head],
    copies: Sequence[tuple[str, Head]],
    since: datetime | None,
) -> None:
    """Leaves in order, stored nodes, and the head at every checkpoint, in one pass over the leaves.

    With `since`, begin at the last checkpoint before that instant; its head, which vouches for all before, is recomputed
    from the stored nodes.
    """
    begin = 0
    if since is not None:
        past = [h for h in heads if h.size <= size and h.signed_at and h.signed_at < since]
        begin = past[-1].size if past else 0
    due = sorted(
        [(h.size, f"第 {h.no} 号检查点", "checkpoint", h.root) for h in heads if h.size >= begin]
        + [(h.size, f"{where}第 {h.no} 号检查点", "copy", h.root) for where, h in copies if h.size >= begin]
    )
    try:
        known = read_nodes(edge(begin), hash_)
    except LedgerError as error:
        report.add(Misfit("node", detail=error.message))
        return
    frontier = Frontier(hash_, begin, [known[place] for place in edge(begin)])
    compared = _Heads(report, due)
    if not compared.reach(frontier):
        return
    last_id = 0
    nodes = _rows(
        "SELECT level, index, hash FROM engine_ledger_node WHERE ((index + 1) << level) > %s"
        " ORDER BY (index + 1) << level, level",
        [begin],
    )
    leaves = _rows("SELECT case_id, seq, index, event_id, hash FROM engine_ledger_leaf WHERE index >= %s ORDER BY index", [begin])
    with closing(nodes), closing(leaves):
        for leaf in map(LeafFacts._make, leaves):
            if leaf.index != frontier.size or leaf.event_id <= last_id:
                report.add(Misfit("leaf", detail=f"第 {frontier.size} 片叶缺失或次序颠倒"))
                return
            last_id = leaf.event_id
            for node in frontier.append(leaf_hash(leaf.hash, hash_)):
                if node[0] < STORED_FROM:
                    continue
                stored = next(nodes, None)
                report.counts["nodes"] += 1
                if stored != node:
                    report.add(_node_misfit(node, stored))
                    return
            report.counts["leaves"] += 1
            tick.advance()
            if not compared.reach(frontier):
                return
        compared.finish(frontier.size)
        if (stored := next(nodes, None)) is not None:
            report.add(Misfit("node", detail=f"多出节点 {stored[0]}/{stored[1]}"))


def _check_inclusion(report: Report, case_id: int, number: str, hash_: Hash, heads: Sequence[Head]) -> None:
    """Each sealed event of one case is in the newest signed tree; costs O(log n) rows an event."""
    if not heads:
        return
    head = heads[-1]
    with connection.cursor() as cursor:
        cursor.execute(f"{_LEAVES} WHERE case_id = %s AND index < %s ORDER BY seq", [case_id, head.size])
        leaves = [LeafFacts(*row) for row in cursor.fetchall()]
    plans = [inclusion_plan(leaf.index, head.size) for leaf in leaves]
    try:
        nodes = read_nodes(places(plans), hash_)
    except LedgerError as error:
        report.add(Misfit("node", detail=error.message))
        return
    for leaf, plan in zip(leaves, plans, strict=True):
        proof = resolve(plan, nodes, hash_)
        report.counts["leaves"] += 1
        try:
            verify_inclusion(leaf.index, head.size, leaf_hash(leaf.hash, hash_), proof, head.root, hash_)
        except ProofError:
            report.add(Misfit("checkpoint", number, leaf.seq, detail=f"该叶或其相邻的叶与第 {head.no} 号检查点不符"))
            return


class _Heads:
    """The heads that checkpoints and kept copies claim, in order of size, against the tree as it grows."""

    def __init__(self, report: Report, due: Sequence[tuple[int, str, str, bytes]]) -> None:
        self._report, self._due, self._at, self._good = report, due, 0, 0

    def reach(self, frontier: Frontier) -> bool:
        root = None
        while self._at < len(self._due) and self._due[self._at][0] == frontier.size:
            _, name, kind, claimed = self._due[self._at]
            root = root or frontier.root()
            if claimed != root:
                where = f"{name}：第 {self._good} 至 {frontier.size - 1} 片叶之中有改动"
                self._report.add(Misfit(kind, expected=claimed.hex(), found=root.hex(), detail=where))
                return False
            self._at += 1
            self._good = frontier.size
        return True

    def finish(self, size: int) -> None:
        for due_size, name, kind, claimed in self._due[self._at :]:
            text = f"{name}含 {due_size} 片叶，现只有 {size} 片"
            self._report.add(Misfit(kind, expected=claimed.hex(), detail=text))
            return


def _node_misfit(node: tuple[int, int, bytes], stored: tuple[Any, ...] | None) -> Misfit:
    level, index, expected = node
    found = bytes(stored[2]).hex() if stored and stored[:2] == node[:2] else ""
    covers = f"节点 {level}/{index}，覆盖第 {index << level} 至 {((index + 1) << level) - 1} 片叶"
    return Misfit("node", expected=found, found=expected.hex(), detail=covers)


def _copies(report: Report, kept: Path | None) -> list[tuple[str, Head]]:
    """What the kept copy says, each note signed by a key of the ledger's line."""
    if kept is None:
        try:
            path = directory() / COPY_FILE
        except LedgerError:
            return []
        where = "本机另存的"
    else:
        path, where = kept, "另存的"
        if not path.exists():
            raise LedgerError("E_LEDGER_COPY", f"找不到另存的检查点 {path}。")
    verifiers = [Verifier.parse(key) for key in LedgerKey.objects.values_list("public", flat=True)]
    found = []
    try:
        for head, note in read_copy(path):
            if not any(_signed(note, verifier) for verifier in verifiers):
                report.add(Misfit("copy", detail=f"{where}第 {head.no} 号检查点不是由账本的任何一把密钥签名"))
                continue
            found.append((where, head))
    except NoteError as error:
        report.add(Misfit("copy", detail=f"{path} 已损坏：{error}"))
    report.counts["copies"] = len(found)
    return found


def _signed(note: str, verifier: Verifier) -> bool:
    try:
        open_note(note, verifier)
    except NoteError:
        return False
    return True


def _selection(cursor: Any, case: str | None, since: datetime | None) -> list[int] | None:
    if case is not None:
        cursor.execute("SELECT id FROM engine_case WHERE number = %s", [case])
        row = cursor.fetchone()
        if row is None:
            raise LookupError(case)
        return [row[0]]
    if since is not None:
        cursor.execute("SELECT DISTINCT case_id FROM engine_event WHERE recorded_at >= %s ORDER BY 1", [since])
        return [row[0] for row in cursor.fetchall()]
    return None


class _Groups:
    """Rows of a server-side cursor by their first column; `here` is the group that comes next, None at the end."""

    def __init__(self, sql: str, params: list[Any]) -> None:
        self._rows = _rows(sql, params)
        self._next = next(self._rows, None)

    @property
    def here(self) -> int | None:
        return self._next[0] if self._next is not None else None

    def take(self, key: int) -> list[tuple[Any, ...]]:
        taken = []
        while self._next is not None and self._next[0] == key:
            taken.append(self._next)
            self._next = next(self._rows, None)
        return taken

    def close(self) -> None:
        self._rows.close()


def _rows(sql: str, params: list[Any], size: int = 5000) -> Iterator[tuple[Any, ...]]:
    """Rows of a server-side cursor, `size` a round trip."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(size):
            yield from rows


def _event(row: tuple[Any, ...]) -> EventFacts:
    return EventFacts(*row[:13], orjson.loads(row[13]), *row[14:])


def _number(events: Sequence[EventFacts]) -> str:
    payload = events[0].payload if events else {}
    return str(payload.get("number", "")) if isinstance(payload, dict) else ""


def _fields(misfit: Misfit) -> dict[str, Any]:
    return {name: getattr(misfit, name) for name in Misfit.__dataclass_fields__}


class _Silent:
    def advance(self, n: int = 1) -> None:
        """Nobody watches."""

    def say(self, text: str) -> None:
        """Nobody watches."""
