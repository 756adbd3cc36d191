"""Recompute everything that the ledger claims, and name the first event that does not fit.

Reads in one consistent snapshot, case after case and leaf after leaf, in memory that does not grow with the archive;
writes nothing. What it can and cannot find is told in docs/explanation/ledger.md.
"""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tongban.base.canonical import digest
from tongban.base.console import Ticker
from tongban.engine.ledger.origin import installed_hash
from tongban.engine.ledger.verify.cases import check_case, check_cases
from tongban.engine.ledger.verify.report import Misfit, Report
from tongban.engine.ledger.verify.tree import check_checkpoints, check_inclusion, check_tree, copies
from tongban.engine.ledger.verify.witness import ask_witnesses, register_witness

__all__ = ["Misfit", "Report", "check_case", "register_witness", "verify"]


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
            if (
                len(connection.savepoint_ids) == 0
            ):  # ours is the outermost block: one snapshot for all that follows
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            only = _selection(cursor, case, since)
            cursor.execute(
                "SELECT coalesce(max(event_id), 0), coalesce(max(index) + 1, 0) FROM engine_ledger_leaf"
            )
            sealed_to, size = cursor.fetchone()
        tick.say("核对事件链")
        check_cases(report, tick, only, hash_name, sealed_to)
        tick.say("核对存证的其他记录")
        ask_witnesses(report, only)
        tick.say("核对存证树与检查点")
        heads = check_checkpoints(report, hash_name, key)
        report.head = heads[-1] if heads else None
        hash_ = partial(digest, name=hash_name)
        if case is not None and only:
            check_inclusion(report, only[0], case, hash_, heads)
        else:
            check_tree(report, tick, hash_, size, heads, copies(report, kept), since)
    return report


def _selection(cursor: Any, case: str | None, since: datetime | None) -> list[int] | None:
    if case is not None:
        cursor.execute("SELECT id FROM engine_case WHERE number = %s", [case])
        row = cursor.fetchone()
        if row is None:
            raise LookupError(case)
        return [row[0]]
    if since is not None:
        cursor.execute(
            "SELECT DISTINCT case_id FROM engine_event WHERE recorded_at >= %s ORDER BY 1", [since]
        )
        return [row[0] for row in cursor.fetchall()]
    return None


class _Silent:
    def advance(self, n: int = 1) -> None:
        """Nobody watches."""

    def say(self, text: str) -> None:
        """Nobody watches."""
