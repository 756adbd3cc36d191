"""Whatever is changed behind the software's back is found, and the first event that does not fit is named."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from tests.db.ledger.chains import START, Made, a_case, append, tamper
from tests.db.ledger.conftest import sealed
from tongban.engine.ledger.chain import event_hash
from tongban.engine.ledger.models import Checkpoint
from tongban.engine.ledger.note import Signer
from tongban.engine.ledger.sealing import checkpoint, rotate_key, seal_events, write_copy
from tongban.engine.ledger.verify import Report, verify

pytestmark = pytest.mark.django_db


def forty_one() -> list[Made]:
    """Forty cases, sealed and signed in two batches, and one case not sealed yet."""
    made = [a_case(n, notes=n % 5) for n in range(1, 31)]
    seal_events()
    checkpoint()
    made += [a_case(n, notes=2) for n in range(31, 41)]
    seal_events()
    checkpoint()
    return [*made, a_case(41)]


sealed_once, cases = sealed(forty_one)


def found(report: Report) -> tuple[str, str, int]:
    assert report.first is not None, "nothing was found"
    return report.first.kind, report.first.case, report.first.seq


def test_an_untouched_ledger_is_sound(cases: list[Made]) -> None:
    report = verify()
    assert report.ok, report.misfits
    assert report.counts["cases"] == 41
    assert report.counts["states"] == 41
    assert report.counts["events"] == sum(len(case.hashes) for case in cases)
    assert report.counts["leaves"] == report.counts["events"] - 4 == report.head.size
    assert report.counts["unsealed"] == 4
    assert report.counts["personal"] == 41
    assert report.counts["checkpoints"] == 2
    assert report.counts["nodes"] > 0


CHANGES: dict[str, tuple[str, str]] = {
    "payload": (
        "UPDATE engine_event SET payload = payload || '{\"n\": 9}' WHERE case_id = 33 AND seq = 2",
        "altered",
    ),
    "fraction": (
        "UPDATE engine_event SET payload = '{\"n\": 9.5}' WHERE case_id = 33 AND seq = 2",
        "altered",
    ),
    "actor": ("UPDATE engine_event SET actor_id = 7 WHERE case_id = 33 AND seq = 2", "altered"),
    "time": (
        "UPDATE engine_event SET occurred_at = occurred_at - interval '1 day' WHERE case_id = 33 AND seq = 2",
        "altered",
    ),
    "hash": ("UPDATE engine_event SET hash = sha256('x') WHERE case_id = 33 AND seq = 2", "altered"),
    "link": ("UPDATE engine_event SET prev_hash = sha256('x') WHERE case_id = 33 AND seq = 2", "broken_link"),
    "deleted": ("DELETE FROM engine_event WHERE case_id = 33 AND seq = 2", "missing"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_event_is_named(cases: list[Made], change: str) -> None:
    sql, kind = CHANGES[change]
    assert tamper(sql) == 1
    assert found(verify()) == (kind, "A00033", 2)
    assert found(verify(case="A00033")) == (kind, "A00033", 2)
    assert verify(case="A00032").ok


def test_the_report_says_what_was_expected_and_found(cases: list[Made]) -> None:
    tamper("UPDATE engine_event SET payload = '{\"n\": 9}' WHERE case_id = 33 AND seq = 2")
    first = verify().first
    assert first.expected == cases[32].hashes[1].hex()
    assert first.found not in ("", first.expected)
    assert str(first).startswith("办件 A00033 第 2 号事件：内容被改动")


def test_the_first_of_several_is_named_first(cases: list[Made]) -> None:
    tamper("UPDATE engine_event SET channel = 'x' WHERE case_id IN (34, 12, 40) AND seq = 1")
    report = verify()
    assert found(report) == ("altered", "A00012", 1)
    assert report.wrong == 3


def test_two_events_that_changed_places_are_reordered(cases: list[Made]) -> None:
    for old, new in ((2, 900), (3, 2), (900, 3)):
        tamper("UPDATE engine_event SET seq = %s WHERE case_id = 33 AND seq = %s", new, old)
    assert found(verify()) == ("reordered", "A00033", 2)


def rewrite(case: Made, seq: int) -> bytes:
    """Change an event and recompute the rest of its chain and the case row: what a careful forger does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, type, v, occurred_at, recorded_at, actor_kind, actor_id, actor_org_id, on_behalf_of, channel,"
            " command_id, payload::text, prev_hash FROM engine_event WHERE case_id = %s AND seq >= %s ORDER BY seq",
            [case.id, seq],
        )
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    import orjson

    last = bytes(rows[0]["prev_hash"])
    for row in rows:
        row.pop("prev_hash")
        row["payload"] = orjson.loads(row["payload"])
        if row["seq"] == seq:
            row["channel"] = "forged"
        new = event_hash(last, case_uid=case.uid, **row)
        tamper(
            "UPDATE engine_event SET channel = %s, prev_hash = %s, hash = %s WHERE case_id = %s AND seq = %s",
            row["channel"], last, new, case.id, row["seq"],
        )  # fmt: skip
        last = new
    tamper("UPDATE engine_case SET last_hash = %s WHERE id = %s", last, case.id)
    return last


def test_a_chain_recomputed_by_a_careful_forger_differs_from_what_was_sealed(cases: list[Made]) -> None:
    rewrite(cases[32], 2)
    assert found(verify()) == ("altered", "A00033", 2)


def test_with_the_leaves_forged_too_the_tree_tells(cases: list[Made]) -> None:
    rewrite(cases[32], 2)
    tamper(
        "UPDATE engine_ledger_leaf l SET hash = e.hash FROM engine_event e"
        " WHERE (e.case_id, e.seq) = (l.case_id, l.seq)"
    )
    assert found(verify())[0] in {"node", "checkpoint"}
    assert found(verify(case="A00033"))[:2] == ("checkpoint", "A00033")


def test_with_the_whole_tree_forged_the_signature_tells(cases: list[Made], ledger_dir: Path) -> None:
    rewrite(cases[32], 2)
    forge_tree()
    assert found(verify())[0] == "checkpoint"
    assert "第 2 号检查点" in verify().first.detail


def forge_tree() -> None:
    """Grow the tree again over the events as they are now, leaving the checkpoints."""
    tamper("DELETE FROM engine_ledger_leaf")
    tamper("DELETE FROM engine_ledger_node")
    seal_events()


def test_with_everything_signed_again_the_copy_kept_elsewhere_tells(
    cases: list[Made], ledger_dir: Path
) -> None:
    write_copy()
    kept = ledger_dir / "checkpoints.log"
    elsewhere = ledger_dir.parent / "kept.log"
    elsewhere.write_bytes(kept.read_bytes())
    kept.unlink()
    rewrite(cases[32], 2)
    forge_tree()
    tamper("DELETE FROM engine_ledger_checkpoint")
    checkpoint()
    assert verify().ok, "a forger with database and key leaves nothing to find here"
    assert found(verify(kept=elsewhere))[0] == "copy"


def test_the_last_events_of_a_case_cannot_vanish(cases: list[Made]) -> None:
    case = cases[32]
    tamper("DELETE FROM engine_event WHERE case_id = 33 AND seq = 3")
    assert found(verify()) == ("missing", "A00033", 3)
    tamper("UPDATE engine_case SET seq = 2, last_hash = %s WHERE id = 33", case.hashes[1])
    assert found(verify()) == ("missing", "A00033", 3)


def test_the_last_unsealed_events_are_missed_by_the_case_row(cases: list[Made]) -> None:
    tamper("DELETE FROM engine_event WHERE case_id = 41 AND seq = 4")
    assert found(verify()) == ("missing", "A00041", 4)


def test_a_whole_case_cannot_vanish(cases: list[Made]) -> None:
    for table, column in (
        ("engine_event_personal", "case_id"),
        ("engine_event", "case_id"),
        ("engine_case", "id"),
    ):
        tamper(f"DELETE FROM {table} WHERE {column} = 33")
    kind, case, _ = found(verify())
    assert (kind, case) == ("case_missing", "内部编号 33")


def test_a_case_row_alone_cannot_vanish(cases: list[Made]) -> None:
    tamper("DELETE FROM engine_case WHERE id = 33")
    assert found(verify())[:2] == ("case_missing", "A00033")


def test_an_event_slipped_in_among_the_sealed_is_extra(cases: list[Made]) -> None:
    case = cases[32]
    with transaction.atomic():
        append((33, case.number, case.uid), [("note.added", {"text": "补记"})], 3, case.hashes[-1])
    columns = (
        "case_id, seq, type, v, occurred_at, recorded_at, actor_kind, channel,"
        " command_id, payload, prev_hash, hash"
    )
    tamper(
        f"WITH late AS (DELETE FROM engine_event WHERE case_id = 33 AND seq = 4 RETURNING *)"
        f" INSERT INTO engine_event (id, {columns}) OVERRIDING SYSTEM VALUE SELECT -5, {columns} FROM late"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT hash FROM engine_event WHERE case_id = 33 AND seq = 4")
        tamper("UPDATE engine_case SET seq = 4, last_hash = %s WHERE id = 33", cursor.fetchone()[0])
    assert found(verify()) == ("extra", "A00033", 4)


def test_an_event_beyond_the_case_row_is_named(cases: list[Made]) -> None:
    append((41, "A00041", cases[40].uid), [("note.added", {})], 4, cases[40].hashes[-1])
    assert found(verify()) == ("case_head", "A00041", 5)


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("UPDATE engine_event_personal SET value = '\"13900000000\"' WHERE case_id = 33", "personal_altered"),
        ("UPDATE engine_event_personal SET value = '1.5' WHERE case_id = 33", "personal_altered"),
        ("UPDATE engine_event_personal SET salt = '' WHERE case_id = 33", "personal_altered"),
        ("DELETE FROM engine_event_personal WHERE case_id = 33", "personal_missing"),
        ("UPDATE engine_event_personal SET path = '/other' WHERE case_id = 33", "personal_missing"),
        (
            "UPDATE engine_event_personal SET value = NULL, erased_at = now(), erased_reason = 'x' WHERE case_id = 33",
            "erasure_unrecorded",
        ),
    ],
)
def test_a_changed_personal_value_is_named(cases: list[Made], sql: str, kind: str) -> None:
    assert tamper(sql) == 1
    assert found(verify()) == (kind, "A00033", 1)


def test_a_personal_value_without_an_event_is_named(cases: list[Made]) -> None:
    tamper(
        "INSERT INTO engine_event_personal (case_id, seq, path, salt, value) VALUES (33, 2, '/x', '', '1')"
    )
    assert found(verify()) == ("personal_extra", "A00033", 2)


def test_a_state_that_its_events_do_not_give_is_named(cases: list[Made]) -> None:
    tamper(
        'UPDATE engine_case_state SET state = (state::jsonb || \'{"phase": "accepted"}\')::json WHERE case_id = 33'
    )
    report = verify()
    assert found(report)[:2] == ("state", "A00033")
    assert report.first.detail == "phase"


def test_a_state_that_cannot_be_read_is_named(cases: list[Made]) -> None:
    tamper("UPDATE engine_case_state SET state = '{\"no_such_field\": 1}' WHERE case_id = 33")
    assert found(verify())[:2] == ("state", "A00033")


def test_a_chain_moved_to_another_case_does_not_fit(cases: list[Made]) -> None:
    tamper("UPDATE engine_case SET uid = %s WHERE id = 33", "00000000-0000-4000-8000-000000000000")
    assert found(verify()) == ("altered", "A00033", 1)


TREE: dict[str, tuple[str, str]] = {
    "leaf gone": ("DELETE FROM engine_ledger_leaf WHERE index = 20", "extra"),
    "last leaves gone": ("DELETE FROM engine_ledger_leaf WHERE index >= 90", "checkpoint"),
    "leaf changed": ("UPDATE engine_ledger_leaf SET hash = sha256('x') WHERE index = 20", "altered"),
    "leaf of another event": (
        "UPDATE engine_ledger_leaf SET event_id = event_id + 1000 WHERE index = 20",
        "reordered",
    ),
    "node gone": ("DELETE FROM engine_ledger_node WHERE level = 4 AND index = 1", "node"),
    "node changed": (
        "UPDATE engine_ledger_node SET hash = sha256('x') WHERE level = 4 AND index = 1",
        "node",
    ),
    "node added": ("INSERT INTO engine_ledger_node VALUES (4, 4000, sha256('x'))", "node"),
    "checkpoint gone": ("DELETE FROM engine_ledger_checkpoint WHERE no = 1", "checkpoint"),
    "head changed": ("UPDATE engine_ledger_checkpoint SET root = sha256('x') WHERE no = 2", "checkpoint"),
    "size changed": ("UPDATE engine_ledger_checkpoint SET tree_size = 3 WHERE no = 1", "checkpoint"),
    "text changed": (
        "UPDATE engine_ledger_checkpoint SET note = replace(note, 'no 2', 'no 3') WHERE no = 2",
        "signature",
    ),
    "signature changed": (
        "UPDATE engine_ledger_checkpoint SET signature = sha256('x') WHERE no = 2",
        "signature",
    ),
    "key gone": ("DELETE FROM engine_ledger_key", "signature"),
    "hash name changed": ("UPDATE engine_ledger_checkpoint SET hash_name = 'sm3' WHERE no = 2", "hash_name"),
}


@pytest.mark.parametrize("change", TREE)
def test_a_changed_tree_is_found(cases: list[Made], change: str) -> None:
    sql, kind = TREE[change]
    assert tamper(sql) >= 1
    assert found(verify())[0] == kind


def replace_key(ledger_dir: Path) -> Signer:
    (ledger_dir / "ledger.key").unlink()
    forged = Signer("anlan.example/tongban", hashlib.sha256(b"forger").digest())
    (ledger_dir / "ledger.key").write_text(forged.secret_text)
    (ledger_dir / "ledger.key").chmod(0o600)
    return forged


def test_another_key_on_the_machine_is_found(cases: list[Made], ledger_dir: Path) -> None:
    replace_key(ledger_dir)
    assert found(verify())[0] == "key"


def test_a_key_that_nobody_handed_over_to_is_found(cases: list[Made], ledger_dir: Path) -> None:
    forged = replace_key(ledger_dir)
    tamper("UPDATE engine_ledger_key SET retired = now()")
    tamper(
        "INSERT INTO engine_ledger_key (key_id, public, created) VALUES (%s, %s, now())",
        forged.verifier.key_id, forged.verifier.text,
    )  # fmt: skip
    seal_events()
    checkpoint()
    assert found(verify())[0] == "key"


def test_a_key_replaced_with_all_it_signed_is_found_by_the_key_known_from_elsewhere(
    cases: list[Made], ledger_dir: Path
) -> None:
    genuine = Checkpoint.objects.get(no=1).key.public
    assert verify(key=genuine).ok
    (ledger_dir / "checkpoints.log").unlink(missing_ok=True)
    replace_key(ledger_dir)
    tamper("DELETE FROM engine_ledger_checkpoint")
    tamper("DELETE FROM engine_ledger_key")
    checkpoint()
    assert verify().ok, "nothing here remembers the genuine key"
    assert found(verify(key=genuine))[0] == "key"


def test_a_key_handed_over_by_the_one_before_is_trusted(cases: list[Made]) -> None:
    first = Checkpoint.objects.get(no=1).key.public
    rotate_key()
    a_case(42)
    # the change of the key file follows the commit, which a test's transaction does not reach
    from tongban.engine.ledger.models import LedgerKey
    from tongban.engine.ledger.origin import adopt_next_key

    adopt_next_key(LedgerKey.objects.get(retired=None).key_id)
    seal_events()
    row = checkpoint()
    assert row.key.public != first
    assert verify().ok
    assert verify(key=first).ok
    assert verify(key=row.key.public).ok


def test_since_looks_only_at_what_was_recorded_since(cases: list[Made]) -> None:
    tamper("UPDATE engine_event SET channel = 'x' WHERE case_id = 2 AND seq = 1")
    later = START + timedelta(minutes=3, seconds=30)  # cases with a third note
    report = verify(since=later)
    assert report.ok
    assert 0 < report.counts["cases"] < 41
    tamper("UPDATE engine_event SET channel = 'x' WHERE case_id = 4 AND seq = 1")
    assert found(verify(since=later)) == ("altered", "A00004", 1)


def test_no_such_case(cases: list[Made]) -> None:
    with pytest.raises(LookupError):
        verify(case="B00001")


@pytest.mark.parametrize(
    "damage", [lambda t: t.replace("\nno 1\n", "\nno 7\n"), lambda t: t.replace("hash", "hush")]
)
def test_a_damaged_copy_is_found(cases: list[Made], ledger_dir: Path, damage: Callable[[str], str]) -> None:
    write_copy()
    copy = ledger_dir / "checkpoints.log"
    copy.write_text(damage(copy.read_text()))
    assert found(verify())[0] == "copy"
