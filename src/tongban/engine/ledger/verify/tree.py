"""The tree as a whole: checkpoints and their keys, leaves, stored nodes, and copies of checkpoints kept elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from tongban.base.console import Ticker
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
from tongban.engine.ledger.origin import directory, find_signer
from tongban.engine.ledger.sealing import COPY_FILE, STORED_FROM, read_copy, read_nodes
from tongban.engine.ledger.verify.report import Misfit, Report
from tongban.engine.ledger.verify.rows import LeafFacts, rows


def check_checkpoints(report: Report, hash_name: str, pinned: str | None) -> list[Head]:
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
    _check_present_key(report, keys, trusted)
    if pinned and pinned.strip() not in line | {trusted}:
        report.add(
            Misfit("key", expected=pinned.strip(), found=trusted or "", detail="检查点不是由指定的公钥签名")
        )
    return heads


def _check_present_key(report: Report, keys: Mapping[str, LedgerKey], trusted: str | None) -> None:
    """The key on record and the key on this machine are the one the checkpoints led to."""
    current = next((key.public for key in keys.values() if key.retired is None), None)
    if trusted and current != trusted:
        report.add(
            Misfit("key", expected=trusted, found=current or "", detail="登记的公钥不是检查点所用的公钥")
        )
    try:
        signer = find_signer()
    except LedgerError:
        signer = None  # read by somebody without access to the key, or where there is none
    if signer and trusted and signer.verifier.text != trusted:
        report.add(
            Misfit("key", expected=trusted, found=signer.verifier.text, detail="本机密钥文件不是账本的密钥")
        )


def check_tree(
    report: Report,
    tick: Ticker,
    hash_: Hash,
    size: int,
    heads: Sequence[Head],
    copies: Sequence[tuple[str, Head]],
    since: datetime | None,
) -> None:
    """Leaves in order, stored nodes, and the head at every checkpoint, in one pass over the leaves.

    With `since`, begin at the last checkpoint before that instant; its head, which vouches for all before, is
    recomputed from the stored nodes.
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
    nodes = rows(
        "SELECT level, index, hash FROM engine_ledger_node WHERE ((index + 1) << level) > %s"
        " ORDER BY (index + 1) << level, level",
        [begin],
    )
    leaves = rows(
        "SELECT case_id, seq, index, event_id, hash FROM engine_ledger_leaf WHERE index >= %s ORDER BY index",
        [begin],
    )
    with closing(nodes), closing(leaves):
        for leaf in map(LeafFacts._make, leaves):
            if leaf.place != frontier.size or leaf.event_id <= last_id:
                report.add(Misfit("leaf", detail=f"第 {frontier.size} 片叶缺失或次序颠倒"))
                return
            last_id = leaf.event_id
            if misfit := _grow(frontier, leaf_hash(leaf.hash, hash_), nodes, report):
                report.add(misfit)
                return
            report.counts["leaves"] += 1
            tick.advance()
            if not compared.reach(frontier):
                return
        compared.finish(frontier.size)
        if (stored := next(nodes, None)) is not None:
            report.add(Misfit("node", detail=f"多出节点 {stored[0]}/{stored[1]}"))


def _grow(frontier: Frontier, leaf: bytes, nodes: Iterator[tuple[Any, ...]], report: Report) -> Misfit | None:
    """Append a leaf; the nodes that become complete by it are the next ones stored."""
    for node in frontier.append(leaf):
        if node[0] < STORED_FROM:
            continue
        stored = next(nodes, None)
        report.counts["nodes"] += 1
        if stored != node:
            return _node_misfit(node, stored)
    return None


def check_inclusion(report: Report, case_id: int, number: str, hash_: Hash, heads: Sequence[Head]) -> None:
    """Each sealed event of one case is in the newest signed tree; costs O(log n) rows an event."""
    if not heads:
        return
    head = heads[-1]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id, seq, index, event_id, hash FROM engine_ledger_leaf"
            " WHERE case_id = %s AND index < %s ORDER BY seq",
            [case_id, head.size],
        )
        leaves = [LeafFacts(*row) for row in cursor.fetchall()]
    plans = [inclusion_plan(leaf.place, head.size) for leaf in leaves]
    try:
        nodes = read_nodes(places(plans), hash_)
    except LedgerError as error:
        report.add(Misfit("node", detail=error.message))
        return
    for leaf, plan in zip(leaves, plans, strict=True):
        proof = resolve(plan, nodes, hash_)
        report.counts["leaves"] += 1
        try:
            verify_inclusion(leaf.place, head.size, leaf_hash(leaf.hash, hash_), proof, head.root, hash_)
        except ProofError:
            report.add(
                Misfit("checkpoint", number, leaf.seq, detail=f"该叶或其相邻的叶与第 {head.no} 号检查点不符")
            )
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


def copies(report: Report, kept: Path | None) -> list[tuple[str, Head]]:
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
