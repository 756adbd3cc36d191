"""A personal value can be erased as the law asks, and the chain stays whole and says so."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from tests.db.ledger.chains import a_case, tamper
from tongban.engine.errors import Refused
from tongban.engine.ledger import erasure
from tongban.engine.ledger.erasure import erase_personal
from tongban.engine.ledger.proof import make_proof, verify_proof
from tongban.engine.ledger.sealing import checkpoint, seal_events
from tongban.engine.ledger.verify import verify
from tongban.engine.models import Case, EventPersonal, EventRow
from tongban.registry.grants import Clause, Scope, Scopes
from tongban.registry.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Somebody who holds the verb "ledger" for organisation 1 only."""
    account = Account.objects.create(username="auditor", kind="staff")
    scopes = Scopes(
        account.pk, date(2026, 4, 27), by_verb={"ledger": Scope((Clause(frozenset({1}), None, 3),))}
    )
    monkeypatch.setattr(
        erasure, "scopes_for", lambda asked: scopes if asked == account else Scopes(asked.pk, scopes.on)
    )
    yield account
    tamper(
        "DELETE FROM engine_case"
    )  # their foreign keys lead nowhere, which the end of the test would look at


def test_an_erased_value_is_gone_and_the_ledger_is_sound(auditor: Account) -> None:
    case = a_case(1)
    seal_events()
    checkpoint()
    done = erase_personal(auditor, 1, 1, "/phone", "本人撤回同意")
    assert (done.number, done.recorded_seq) == ("A00001", 5)
    row = EventPersonal.objects.get(case_id=1, seq=1, path="/phone")
    assert (row.value, bytes(row.salt), row.erased_reason) == (None, b"", "本人撤回同意")
    report = verify()
    assert report.ok, report.first
    assert (report.counts["erased"], report.counts["personal"]) == (1, 0)
    assert bytes(EventRow.objects.get(case_id=1, seq=1).hash) == case.hashes[0], "the chain was not touched"


def test_who_erased_and_why_is_an_event_of_the_chain(auditor: Account) -> None:
    a_case(1)
    erase_personal(auditor, 1, 1, "/phone", "本人撤回同意")
    event = EventRow.objects.get(case_id=1, seq=5)
    assert (event.type, event.actor_id, event.actor_kind) == ("personal.erased", auditor.pk, "staff")
    assert event.payload == {"seq": 1, "path": "/phone", "reason": "本人撤回同意"}
    case = Case.objects.get(id=1)
    assert (case.seq, bytes(case.last_hash)) == (5, bytes(event.hash))


def test_a_proof_holds_after_an_erasure(auditor: Account) -> None:
    a_case(1)
    erase_personal(auditor, 1, 1, "/phone", "本人撤回同意")
    seal_events()
    checkpoint()
    proof = make_proof("A00001", personal=True)
    proven = verify_proof(proof, proof["key"])
    assert (proven.events, proven.personal, proven.withheld) == (5, 0, 1)


@pytest.mark.parametrize(
    ("case", "seq", "path", "reason", "code"),
    [
        (1, 1, "/phone", "  ", "missing_field"),
        (9, 1, "/phone", "理由", "not_found"),
        (1, 2, "/phone", "理由", "not_found"),
        (1, 1, "/name", "理由", "not_found"),
        (2, 1, "/phone", "理由", "not_permitted"),
    ],
)
def test_a_refusal_writes_nothing(
    auditor: Account, case: int, seq: int, path: str, reason: str, code: str
) -> None:
    a_case(1)
    a_case(2, org=2)
    with pytest.raises(Refused) as refused:
        erase_personal(auditor, case, seq, path, reason)
    assert refused.value.code == code
    assert EventRow.objects.count() == 8
    assert not EventPersonal.objects.exclude(erased_at=None).exists()


def test_a_resident_may_not_erase(auditor: Account) -> None:
    a_case(1)
    with pytest.raises(Refused, match="not_permitted"):
        erase_personal(Account.objects.create(username="somebody", kind="resident"), 1, 1, "/phone", "理由")


def test_what_is_erased_cannot_be_erased_again(auditor: Account) -> None:
    a_case(1)
    erase_personal(auditor, 1, 1, "/phone", "本人撤回同意")
    with pytest.raises(Refused, match="already_erased"):
        erase_personal(auditor, 1, 1, "/phone", "再次")


@pytest.mark.parametrize(
    "change",
    [
        "value = '1'",
        "salt = 'x'",
        "value = NULL, erased_at = now(), erased_reason = '盐还在'",
        "path = '/other'",
    ],
)
def test_the_database_allows_nothing_but_erasing_value_and_salt(change: str) -> None:
    a_case(1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE engine_event_personal SET {change}")
