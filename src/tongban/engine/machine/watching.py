"""What supervision puts on record in a case: findings over many cases, what was done about one, records held elsewhere.

Only the house itself does this, through its platforms; nobody finds these commands among what they may do.
"""

from collections.abc import Mapping
from typing import Any

from tongban.engine.machine import may
from tongban.engine.machine.run import Run

_FINDING = ("rule", "level", "episode", "words")


def find(run: Run) -> None:
    """Findings that only a look over many cases gives (比较、统计). One that the case carries already is left alone."""
    may.be_system(run)
    for found in run.data.get("findings", ()):
        if f"{found['rule']}|{found['episode']}|{found['level']}" in run.state.findings:
            continue
        payload: dict[str, Any] = {name: found[name] for name in _FINDING}
        if found.get("task"):
            payload["task"] = found["task"]
        run.emit("finding.issued", payload | {"inputs": dict(found["inputs"])})


def handle_finding(run: Run) -> None:
    """What somebody did about a finding: explained, confirmed, appealed, revoked … `before` and `after` are its status."""
    may.watch(run)
    payload = {
        name: run.text(name, name) for name in ("rule", "episode", "deed", "before", "after", "reason")
    }
    level = run.whole(run.data.get("level"), "级别", 1, 3)
    if f"{payload['rule']}|{payload['episode']}|{level}" not in run.state.findings:
        raise run.refuse("finding_unknown", "这个办件没有这张牌。")
    run.emit("finding.handled", payload | {"level": level})


def anchor(run: Run) -> None:
    """The digest of a record of another table, so that who changes the record is found out by the ledger."""
    may.be_system(run)
    records = run.data.get("records", ())
    for record in records if isinstance(records, (list, tuple)) else ():
        if isinstance(record, Mapping):
            run.emit("record.anchored", {name: str(record[name]) for name in ("table", "key", "sha256")})
