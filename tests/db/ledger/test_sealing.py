"""Events become leaves in the order of their ids, and none is ever passed by."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction

from tests.db.ledger.chains import START, a_case, tamper
from tongban.base.canonical import digest, use_hash
from tongban.engine.ledger.chain import GENESIS
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.merkle import Frontier, leaf_hash
from tongban.engine.ledger.models import Checkpoint, LedgerKey, LedgerLeaf, LedgerNode
from tongban.engine.ledger.note import Verifier, open_note, read_head
from tongban.engine.ledger.origin import installed_hash
from tongban.engine.ledger.sealing import (
    Standing,
    checkpoint,
    read_copy,
    root_at,
    rotate_key,
    seal_and_checkpoint,
    seal_events,
    signed_note,
    standing,
    write_copy,
)
from tongban.engine.ledger.verify import verify
from tongban.engine.models import EventRow


def sha256(data: bytes) -> bytes:
    return digest(data, "sha256")


def head_over_all_leaves() -> bytes:
    frontier = Frontier(sha256)
    for value in LedgerLeaf.objects.order_by("index").values_list("hash", flat=True):
        frontier.append(leaf_hash(bytes(value), sha256))
    return frontier.root()


@pytest.mark.django_db
class TestSealing:
    def test_history_of_years_ago_waits_only_since_it_can_have_come(self) -> None:
        assert standing() == Standing(None, None)
        a_case(1)
        waits = standing()
        assert waits.sealed_at is None
        assert waits.waiting_since is not None
        assert waits.waiting_since > START, "the tables are younger than the history"
        seal_events()
        assert standing().waiting_since == waits.waiting_since, "sealed means signed"
        head = checkpoint()
        assert head is not None
        assert standing() == Standing(head.signed_at, None)
        a_case(2)
        assert standing() == Standing(head.signed_at, head.signed_at)

    def test_leaves_follow_the_ids_of_the_events(self) -> None:
        for n in range(1, 12):
            a_case(n, notes=n % 4)
        result = seal_events()
        assert (result.sealed, result.size, result.settled) == (
            EventRow.objects.count(),
            EventRow.objects.count(),
            True,
        )
        leaves = list(LedgerLeaf.objects.order_by("index").values_list("case_id", "seq", "hash"))
        assert leaves == list(EventRow.objects.order_by("id").values_list("case_id", "seq", "hash"))

    def test_sealing_in_small_batches_grows_the_same_tree(self) -> None:
        for n in range(1, 20):
            a_case(n, notes=3)
        while seal_events(batch=7).more:
            pass
        size = LedgerLeaf.objects.count()
        assert size == EventRow.objects.count() == 76
        assert root_at(size, sha256) == head_over_all_leaves()
        assert LedgerNode.objects.filter(level=4).count() == 76 // 16

    def test_sealing_twice_seals_nothing_twice(self) -> None:
        a_case(1)
        seal_events()
        assert seal_events().sealed == 0
        a_case(2)
        assert seal_events().sealed == 4

    def test_an_empty_ledger_has_nothing_to_sign(self) -> None:
        assert seal_and_checkpoint() == {"sealed": 0, "size": 0, "checkpoint": 0}
        assert verify().ok

    def test_a_sequence_with_a_cache_is_refused(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER SEQUENCE engine_event_id_seq CACHE 10")
        with pytest.raises(LedgerError) as refused:
            seal_events()
        assert refused.value.code == "E_LEDGER_SEQUENCE"

    @pytest.mark.parametrize(
        "table", ["engine_ledger_leaf", "engine_ledger_node", "engine_ledger_checkpoint"]
    )
    @pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
    def test_the_tree_only_grows(self, table: str, change: str) -> None:
        for n in range(1, 9):
            a_case(n)
        seal_and_checkpoint()
        column = "no" if table.endswith("checkpoint") else "index"
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(table, column, column))

    def test_a_key_can_only_be_retired(self) -> None:
        a_case(1)
        seal_and_checkpoint()
        for change in ("DELETE FROM engine_ledger_key", "UPDATE engine_ledger_key SET public = 'x'"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)


@pytest.mark.django_db
class TestCheckpoint:
    def test_a_checkpoint_is_a_signed_note_over_the_head(self) -> None:
        a_case(1)
        seal_events()
        row = checkpoint()
        head = read_head(open_note(signed_note(row), Verifier.parse(row.key.public)))
        assert (head.name, head.no, head.size, head.hash_name) == ("anlan.example/tongban", 1, 4, "sha256")
        assert head.root == head_over_all_leaves()
        assert head.signed_at == row.signed_at

    def test_nothing_new_is_not_signed_again(self) -> None:
        a_case(1)
        seal_events()
        assert checkpoint() is not None
        assert checkpoint() is None

    def test_heads_are_not_signed_more_often_than_asked(self) -> None:
        a_case(1)
        assert seal_and_checkpoint()["checkpoint"] == 1
        a_case(2)
        assert seal_and_checkpoint() == {"sealed": 4, "size": 8, "checkpoint": 0}
        assert seal_and_checkpoint(at_least=timedelta(0))["checkpoint"] == 2

    def test_the_key_file_is_for_its_owner_only(self, ledger_dir: Path) -> None:
        a_case(1)
        seal_and_checkpoint()
        key = ledger_dir / "ledger.key"
        assert key.stat().st_mode & 0o777 == 0o600
        key.chmod(0o644)
        a_case(2)
        with pytest.raises(LedgerError) as refused:
            seal_and_checkpoint(at_least=timedelta(0))
        assert refused.value.code == "E_LEDGER_KEY"

    def test_a_lost_key_is_not_quietly_replaced(self, ledger_dir: Path) -> None:
        a_case(1)
        seal_and_checkpoint()
        (ledger_dir / "ledger.key").unlink()
        a_case(2)
        with pytest.raises(LedgerError) as refused:
            seal_and_checkpoint(at_least=timedelta(0))
        assert refused.value.code == "E_LEDGER_KEY_OTHER"

    def test_the_key_may_come_from_the_environment(
        self, ledger_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_case(1)
        seal_and_checkpoint()
        monkeypatch.setenv("TONGBAN_LEDGER_KEY", (ledger_dir / "ledger.key").read_text())
        (ledger_dir / "ledger.key").unlink()
        a_case(2)
        assert seal_and_checkpoint(at_least=timedelta(0))["checkpoint"] == 2
        with pytest.raises(LedgerError) as refused:
            rotate_key()
        assert refused.value.code == "E_LEDGER_KEY_ENV"

    def test_the_copy_is_appended_to_and_catches_up(
        self, ledger_dir: Path, django_capture_on_commit_callbacks: Callable[..., Iterator[object]]
    ) -> None:
        for n in range(1, 4):
            a_case(n)
            with django_capture_on_commit_callbacks(
                execute=n != 2
            ):  # the second time the machine stops too early
                seal_and_checkpoint(at_least=timedelta(0))
        copy = read_copy(ledger_dir / "checkpoints.log")
        assert [head.no for head, _ in copy] == [1, 2, 3]
        assert [note for _, note in copy] == [signed_note(row) for row in Checkpoint.objects.order_by("no")]
        assert write_copy() == 0
        assert verify().counts["copies"] == 3

    def test_a_change_of_key_that_stopped_half_way_is_finished_later(self) -> None:
        a_case(1)
        seal_and_checkpoint()
        rotate_key()  # its commit hook, which changes the key file, does not run inside a test's transaction
        a_case(2)
        assert seal_and_checkpoint(at_least=timedelta(0))["checkpoint"] == 3
        assert Checkpoint.objects.get(no=3).key_id == LedgerKey.objects.get(retired=None).key_id
        assert verify().ok

    def test_the_hash_of_a_ledger_never_changes(self) -> None:
        assert installed_hash() == "sha256"
        installed_hash.cache_clear()
        use_hash("sm3")
        try:
            with pytest.raises(LedgerError) as refused:
                seal_events()
        finally:
            use_hash("sha256")
        assert refused.value.code == "E_LEDGER_HASH"

    def test_a_ledger_may_be_hashed_with_sm3(self) -> None:
        use_hash("sm3")
        try:
            a_case(1)
            seal_and_checkpoint()
            assert Checkpoint.objects.get().hash_name == "sm3"
            assert verify().ok
            tamper("UPDATE engine_event SET channel = 'x' WHERE seq = 2")
            assert verify().first.seq == 2
        finally:
            use_hash("sha256")


@pytest.fixture
def ordinary_role() -> Iterator[None]:
    """Gives the connection back as it was: closed after the flush that needed triggers off."""
    yield
    connection.close()


@pytest.fixture
def committed(ordinary_role: None, transactional_db: None) -> Iterator[None]:
    """Real commits; afterwards the append-only tables may be emptied, which their triggers would refuse."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "TRUNCATE engine_event, engine_event_personal RESTART IDENTITY"
        )  # the flush knows managed tables only


def insert_event(case_id: int, hash_: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO engine_event (case_id, seq, type, v, occurred_at, recorded_at, actor_kind, channel,"
            " command_id, payload, prev_hash, hash) "
            " VALUES (%s, 1, 'note.added', 1, %s, %s, 'system', 'web', %s, '{}', %s, %s)",
            [case_id, START, START, uuid4(), GENESIS, hash_],
        )


class TestCut:
    def test_an_event_with_a_smaller_id_that_commits_later_is_not_passed_by(self, committed: None) -> None:
        drawn, may_commit = threading.Event(), threading.Event()

        def slow_writer() -> None:
            with transaction.atomic():
                insert_event(1, b"\x01" * 32)
                drawn.set()
                may_commit.wait(20)
            connections.close_all()

        writer = threading.Thread(target=slow_writer)
        writer.start()
        assert drawn.wait(20)
        insert_event(2, b"\x02" * 32)  # larger id, committed first
        result = seal_events(patience=0.05)
        assert (result.sealed, result.settled) == (0, False), "nothing is sealed past an open writer"
        may_commit.set()
        writer.join()
        assert seal_events().sealed == 2
        assert list(LedgerLeaf.objects.order_by("index").values_list("case_id", flat=True)) == [1, 2]

    def test_an_event_that_is_rolled_back_leaves_no_gap(self, committed: None) -> None:
        with transaction.atomic():
            insert_event(1, b"\x01" * 32)
            transaction.set_rollback(True)
        insert_event(2, b"\x02" * 32)
        assert seal_events().sealed == 1

    def test_the_sealer_never_makes_a_writer_wait(self, committed: None) -> None:
        drawn, stop = threading.Event(), threading.Event()

        def slow_writer() -> None:
            with transaction.atomic():
                insert_event(1, b"\x01" * 32)
                drawn.set()
                stop.wait(20)
            connections.close_all()

        def sealer() -> None:
            seal_events(patience=5)
            connections.close_all()

        threads = [threading.Thread(target=slow_writer), threading.Thread(target=sealer)]
        threads[0].start()
        assert drawn.wait(20)
        threads[1].start()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")  # a barrier would queue us behind the sealer
            insert_event(2, b"\x02" * 32)
        stop.set()
        for thread in threads:
            thread.join()
        seal_events()
        assert LedgerLeaf.objects.count() == 2

    def test_many_writers_and_two_sealers_seal_every_event_once(self, committed: None) -> None:  # noqa: C901
        writers, each = 6, 25
        done = threading.Event()
        failures: list[BaseException] = []

        def guarded(act: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                try:
                    act()
                except BaseException as error:  # noqa: BLE001 -- told to the test
                    failures.append(error)
                finally:
                    connections.close_all()

            return run

        def write(first: int) -> Callable[[], None]:
            def run() -> None:
                for n in range(first, first + each):
                    with transaction.atomic():
                        insert_event(2 * n, digest(b"%d" % n))
                        insert_event(2 * n + 1, digest(b"-%d" % n))
                        if n % 5 == 0:
                            transaction.set_rollback(True)

            return run

        def seal() -> None:
            while not done.is_set():
                seal_events(batch=13, patience=0.5)

        writing = [threading.Thread(target=guarded(write(1 + w * each))) for w in range(writers)]
        sealing = [threading.Thread(target=guarded(seal)) for _ in range(2)]
        for thread in (*writing, *sealing):
            thread.start()
        for thread in writing:
            thread.join()
        done.set()
        for thread in sealing:
            thread.join()
        while seal_events().more:
            pass
        assert failures == []
        leaves = list(LedgerLeaf.objects.order_by("index").values_list("event_id", "case_id"))
        assert leaves == list(EventRow.objects.order_by("id").values_list("id", "case_id"))
        assert len(leaves) == 2 * writers * each * 4 // 5
        assert root_at(len(leaves), sha256) == head_over_all_leaves()
