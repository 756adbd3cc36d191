"""Sealing: events become leaves of the Merkle tree, and heads of the tree are signed and given away.

Run by the worker every few minutes (`seal_and_checkpoint`). Never on the path of a command, and never in its way:
nothing here takes a lock that a writer of events would wait for.
"""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min

from tongban.base import present
from tongban.base.canonical import digest
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.merkle import Frontier, Hash, Place, edge, leaf_hash, node_hash
from tongban.engine.ledger.models import Checkpoint, LedgerKey, LedgerLeaf
from tongban.engine.ledger.note import Head, Signer, join_note, read_head, sign, split_note, write_head
from tongban.engine.ledger.origin import (
    NEXT_KEY_FILE,
    adopt_next_key,
    create_signer,
    directory,
    find_signer,
    installed_hash,
)

STORED_FROM = 4
"""Lowest level whose nodes are stored. A lower node is computed from at most eight leaves: a proof reads a few leaves
more, and seven of eight node rows need not exist."""

COPY_FILE = "checkpoints.log"
_LOCK = 0x746F6E67_6C656467  # "tongledg": one sealer at a time, in the whole database


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a call of `seal_events` did. `settled` is False when writers or another sealer kept it from going on."""

    sealed: int
    size: int
    settled: bool = True
    more: bool = False


def seal_events(batch: int = 20_000, patience: float = 2.0) -> Sealing:
    """Append up to `batch` settled events, in the order of their ids, to the tree. One transaction.

    The cut. Ids come from a sequence, so a transaction that was given a smaller id may commit after one with a larger
    id, and an event that appears behind the last leaf would never be sealed. Hence we seal only up to an id below
    which nothing can appear any more, and find it without stopping anybody:

    1. read the sequence: every id handed out so far is <= `horizon`;
    2. list the transactions that hold a ROW EXCLUSIVE lock on engine_event. INSERT and COPY take it before they draw
       an id and keep it to the end of the transaction, and a commit becomes visible before its locks are given back.
       So a transaction with an id <= `horizon` that has not ended is on this list;
    3. wait until all of them have ended; later ones do not matter, their ids are larger;
    4. read the events up to `horizon` with a fresh snapshot (READ COMMITTED).

    Compared with the plain way, LOCK TABLE … SHARE ROW EXCLUSIVE, no writer ever queues behind the sealer; compared
    with remembering transaction ids, nothing is stored that would lose its meaning in a dump and restore, where
    ids, leaves and the sequence travel together. A writer that stays open longer than `patience` seconds (a bulk
    import) only puts sealing off. Needs a sequence without cache, which is checked, as a cached id is drawn before
    the lock.
    """
    with transaction.atomic():
        hash_ = partial(digest, name=installed_hash())
        if not _alone():
            return Sealing(0, _size(), settled=False)
        horizon = settled_horizon(patience)
        size, last = _tail()
        if horizon is None:
            return Sealing(0, size, settled=False)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, case_id, seq, hash FROM engine_event WHERE id > %s AND id <= %s ORDER BY id LIMIT %s",
                [last, horizon, batch],
            )
            events = cursor.fetchall()
            if not events:
                return Sealing(0, size)
            places = edge(size)
            known = read_nodes(places, hash_)
            frontier = Frontier(hash_, size, [known[place] for place in places])
            nodes: list[tuple[int, int, bytes]] = []
            with cursor.copy(
                "COPY engine_ledger_leaf (index, event_id, case_id, seq, hash) FROM STDIN"
            ) as copy:
                for event_id, case_id, seq, event_hash in events:
                    copy.write_row((frontier.size, event_id, case_id, seq, bytes(event_hash)))
                    done = frontier.append(leaf_hash(bytes(event_hash), hash_))
                    nodes.extend(node for node in done if node[0] >= STORED_FROM)
            with cursor.copy("COPY engine_ledger_node (level, index, hash) FROM STDIN") as copy:
                for node in nodes:
                    copy.write_row(node)
        return Sealing(len(events), frontier.size, more=len(events) == batch)


def checkpoint(*, next_key: Signer | None = None) -> Checkpoint | None:
    """Sign the present head of the tree, store it and append it to the kept copy. None when nothing was added.

    Raises LedgerError when the key of this machine is not the one the ledger is signed with (E_LEDGER_KEY_OTHER).
    """
    with transaction.atomic():
        _alone(wait=True)
        name = installed_hash()
        size = _size()
        last = Checkpoint.objects.order_by("-no").first()
        if (last.tree_size if last else 0) == size and next_key is None:
            return None
        signer = _current_signer()
        now = present.now().astimezone(UTC).replace(microsecond=0)
        head = Head(
            name=signer.name,
            size=size,
            root=root_at(size, partial(digest, name=name)),
            no=last.no + 1 if last else 1,
            hash_name=name,
            signed_at=now,
            next_key=next_key.verifier.text if next_key else "",
        )
        text = write_head(head)
        ((_, _, signature),) = split_note(sign(text, signer))[1]
        row = Checkpoint.objects.create(
            no=head.no,
            tree_size=head.size,
            root=head.root,
            hash_name=head.hash_name,
            signed_at=now,
            note=text,
            signature=signature,
            key_id=signer.verifier.key_id,
        )
        transaction.on_commit(write_copy)
        return row


def seal_and_checkpoint(at_least: timedelta = timedelta(hours=1)) -> dict[str, int]:
    """Seal everything settled, and sign a head when the last one is older than `at_least`; for the worker.

    Gives {"sealed", "size", "checkpoint"} (0 when no head was signed). Safe to call from several workers at once.
    """
    sealed = 0
    while True:
        step = seal_events()
        sealed += step.sealed
        if not step.more:
            break
    last = Checkpoint.objects.order_by("-no").values_list("signed_at", flat=True).first()
    due = last is None or present.now() - last >= at_least
    signed = checkpoint() if due else None
    return {"sealed": sealed, "size": step.size, "checkpoint": signed.no if signed else 0}


@dataclass(frozen=True, slots=True)
class Standing:
    """How the ledger stands: when its newest head was signed, and since when events wait for the next."""

    sealed_at: datetime | None
    waiting_since: datetime | None


def standing() -> Standing:
    """What is sealed and what waits, by what this database did itself.

    An event's own `recorded_at` says when its case was recorded where it comes from: history that was taken in yesterday may
    bear a date years back. It waits no longer than since the last head was signed, or, where none is, since the tables
    for events were made here.
    """
    from tongban.engine.models import EventRow

    newest = Checkpoint.objects.order_by("-no").first()
    covered = 0
    if newest is not None and newest.tree_size:
        covered = LedgerLeaf.objects.values_list("event_id", flat=True).get(index=newest.tree_size - 1)
    oldest = EventRow.objects.filter(id__gt=covered).aggregate(at=Min("recorded_at"))["at"]
    if oldest is None:
        return Standing(newest.signed_at if newest else None, None)
    made = MigrationRecorder.Migration.objects.filter(app="engine").aggregate(at=Min("applied"))["at"]
    begun = newest.signed_at if newest is not None else made
    return Standing(newest.signed_at if newest else None, max(oldest, begun) if begun else oldest)


def rotate_key() -> Checkpoint:
    """Hand over to a new key: the old one signs a checkpoint that names it, so that trust passes on unbroken.

    Raises LedgerError when the key comes from the environment, where we cannot replace it.
    """
    if os.environ.get("TONGBAN_LEDGER_KEY"):
        raise LedgerError(
            "E_LEDGER_KEY_ENV",
            "签名密钥来自环境变量，不能在此更换。",
            f"请把密钥写入 {directory() / 'ledger.key'} 并取消 TONGBAN_LEDGER_KEY 后再更换。",
        )
    (directory() / NEXT_KEY_FILE).unlink(missing_ok=True)
    with transaction.atomic():
        old = _current_signer()
        new = create_signer(NEXT_KEY_FILE, old.name)
        row = checkpoint(next_key=new)
        assert row is not None  # noqa: S101 -- a checkpoint with a next key is always written
        now = datetime.now(UTC)
        LedgerKey.objects.filter(key_id=old.verifier.key_id).update(retired=now)
        LedgerKey.objects.create(key_id=new.verifier.key_id, public=new.verifier.text, created=now)
        transaction.on_commit(partial(adopt_next_key, new.verifier.key_id))
    return row


def signed_note(row: Checkpoint) -> str:
    """The checkpoint as a C2SP signed note, as kept elsewhere and as put into proofs."""
    return join_note(row.note, row.note.partition("\n")[0], row.key_id, bytes(row.signature))


def write_copy() -> int:
    """Append the checkpoints that the kept copy does not have yet; gives how many. The file is only ever appended to.

    The copy is what makes a later forgery visible: put it where this installation cannot rewrite it (WORM storage,
    another department, print). It is read by `verify(kept=…)`.
    """
    path = directory() / COPY_FILE
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    last = max((head.no for head, _ in read_copy(path)), default=0)
    rows = list(Checkpoint.objects.filter(no__gt=last).order_by("no"))
    if rows:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), "a", encoding="utf-8"
        ) as out:
            out.write("".join(signed_note(row) + "\n" for row in rows))
            out.flush()
            os.fsync(out.fileno())
    return len(rows)


def read_copy(path: Path) -> list[tuple[Head, str]]:
    """The signed notes of a kept copy with what they say, signatures unchecked. Raises NoteError when it is damaged."""
    if not path.exists():
        return []
    notes = []
    lines: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        lines.append(line)
        if line == "\n" and any(part.startswith("\u2014 ") for part in lines):
            note = "".join(lines[:-1])
            notes.append((read_head(split_note(note)[0]), note))
            lines = []
    return notes


def read_nodes(places: Iterable[Place], hash_: Hash) -> dict[Place, bytes]:
    """The hashes of complete subtrees, in two queries; those below STORED_FROM are computed from the leaves.

    Raises LedgerError (E_LEDGER_TREE) when one is not there.
    """
    wanted = set(places)
    high = [place for place in wanted if place[0] >= STORED_FROM]
    low = [place for place in wanted if place[0] < STORED_FROM]
    found: dict[Place, bytes] = {}
    with connection.cursor() as cursor:
        if high:
            cursor.execute(
                "SELECT level, index, hash FROM engine_ledger_node"
                " JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index) USING (level, index)",
                [[level for level, _ in high], [index for _, index in high]],
            )
            found = {(level, index): bytes(value) for level, index, value in cursor.fetchall()}
        if low:
            leaves = {leaf for level, index in low for leaf in range(index << level, (index + 1) << level)}
            cursor.execute(
                "SELECT index, hash FROM engine_ledger_leaf WHERE index = ANY(%s)", [sorted(leaves)]
            )
            entries = {index: bytes(value) for index, value in cursor.fetchall()}
            if leaves <= entries.keys():
                found.update({place: _from_leaves(place, entries, hash_) for place in low})
    if absent := wanted - found.keys():
        level, index = min(absent)
        raise LedgerError(
            "E_LEDGER_TREE", f"存证树缺少节点 {level}/{index}。", "请运行 tongban ledger verify。"
        )
    return found


def root_at(size: int, hash_: Hash) -> bytes:
    """The head of the tree as it was when it had `size` leaves."""
    places = edge(size)
    nodes = read_nodes(places, hash_)
    return Frontier(hash_, size, [nodes[place] for place in places]).root()


def _from_leaves(place: Place, entries: dict[int, bytes], hash_: Hash) -> bytes:
    level, index = place
    if level == 0:
        return leaf_hash(entries[index], hash_)
    left = _from_leaves((level - 1, 2 * index), entries, hash_)
    return node_hash(left, _from_leaves((level - 1, 2 * index + 1), entries, hash_), hash_)


def _current_signer() -> Signer:
    """The key of this machine, when it is the one the ledger is signed with; made at the very first use."""
    recorded = LedgerKey.objects.filter(retired__isnull=True).first()
    signer = find_signer()
    if recorded is None:
        signer = signer or create_signer()
        LedgerKey.objects.create(
            key_id=signer.verifier.key_id, public=signer.verifier.text, created=datetime.now(UTC)
        )
        return signer
    if signer is None or signer.verifier.key_id != recorded.key_id:
        signer = adopt_next_key(recorded.key_id) or signer
    if signer is None or signer.verifier.text != recorded.public:
        found = "没有密钥" if signer is None else f"密钥为 {signer.verifier.key_id}"
        raise LedgerError(
            "E_LEDGER_KEY_OTHER",
            f"账本由密钥 {recorded.key_id} 签名，而本机{found}。",
            f"请从备份恢复 {directory() / 'ledger.key'}。",
        )
    return signer


def _alone(*, wait: bool = False) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s) IS NOT NULL"
            if wait
            else "SELECT pg_try_advisory_xact_lock(%s)",
            [_LOCK],
        )
        (got,) = cursor.fetchone()
    return bool(got)


def _size() -> int:
    return _tail()[0]


def _tail() -> tuple[int, int]:
    """Number of leaves, and the id of the last sealed event."""
    last = LedgerLeaf.objects.order_by("-index").values_list("index", "event_id").first()
    return (last[0] + 1, last[1]) if last else (0, 0)


def settled_horizon(patience: float) -> int | None:
    """An id below which no event can appear any more, or None when writers stayed open for `patience` seconds.

    For whoever reads events in the order of their ids and must miss none (see `seal_events`).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT seqcache FROM pg_sequence WHERE seqrelid = 'engine_event_id_seq'::regclass")
        if cursor.fetchone() != (1,):
            raise LedgerError(
                "E_LEDGER_SEQUENCE", "engine_event_id_seq 设置了缓存。", "请执行 ALTER SEQUENCE … CACHE 1。"
            )
        cursor.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM engine_event_id_seq")
        (horizon,) = cursor.fetchone()
        open_before = _writers()
        end = time.monotonic() + patience
        while open_before:
            # a prepared transaction has another name than it had before PREPARE, so any of those keeps us waiting
            now = _writers()
            open_before = {writer for writer in now if writer in open_before or writer[1]}
            if open_before:
                if time.monotonic() > end:
                    return None
                time.sleep(0.005)
    return int(horizon)


def _writers() -> set[tuple[str, bool]]:
    """Other transactions that may have drawn an id: (virtual transaction, whether it is a prepared one)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT virtualtransaction, pid IS NULL FROM pg_locks"
            " WHERE locktype = 'relation' AND relation = 'engine_event'::regclass AND mode = 'RowExclusiveLock'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND granted AND pid IS DISTINCT FROM pg_backend_pid()"
        )
        return {(virtual, prepared) for virtual, prepared in cursor.fetchall()}
