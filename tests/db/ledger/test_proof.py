"""A case's proof convinces somebody who trusts nothing here, and only as long as nothing in it is changed."""

import copy
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import connection

from tests.db.ledger.chains import a_case
from tests.db.ledger.conftest import sealed
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.merkle import ProofError
from tongban.engine.ledger.note import Signer
from tongban.engine.ledger.proof import make_proof, verify_proof
from tongban.engine.ledger.sealing import checkpoint, seal_events

pytestmark = pytest.mark.django_db


def one_of_many() -> bytes:
    for n in range(1, 25):
        a_case(n, notes=3)
    seal_events()
    checkpoint()
    return orjson.dumps(make_proof("A00007"))


sealed_once, written = sealed(one_of_many)


@pytest.fixture
def proof(written: bytes) -> dict[str, Any]:
    return orjson.loads(written)


def test_a_proof_convinces(proof: dict[str, Any]) -> None:
    proven = verify_proof(proof, proof["key"])
    assert (proven.number, proven.events, proven.tree_size, proven.checkpoint) == ("A00007", 4, 96, 1)
    assert (proven.personal, proven.withheld) == (0, 1)


def test_a_proof_is_of_the_number_that_the_first_event_says(proof: dict[str, Any]) -> None:
    assert verify_proof(proof, proof["key"]).numbered
    proof["case"]["number"] = "A00008"
    with pytest.raises(ProofError, match="A00007, the proof names A00008"):
        verify_proof(proof, proof["key"])


def test_for_a_number_in_a_closed_event_nothing_vouches(written: bytes) -> None:
    public = orjson.loads(orjson.dumps(make_proof("A00007", public=True)))
    public["case"]["number"] = "A00008"
    assert not verify_proof(public, public["key"]).numbered


def test_personal_values_are_shown_only_when_asked_for(proof: dict[str, Any]) -> None:
    assert "13800000000" not in orjson.dumps(proof).decode()
    full = make_proof("A00007", personal=True)
    assert verify_proof(full, proof["key"]).personal == 1
    full["personal"][0]["value"] = "13900000000"
    with pytest.raises(ProofError, match="/phone"):
        verify_proof(full, proof["key"])


def test_a_proof_for_anybody_says_nothing_of_what_was_said_inside(written: bytes) -> None:
    public = orjson.loads(orjson.dumps(make_proof("A00007", public=True)))
    assert all(set(e) == {"closed", "seq", "hash", "leaf", "path"} for e in public["events"])
    proven = verify_proof(public, public["key"])
    assert (proven.events, proven.closed) == (4, 4)
    public["events"][1]["hash"] = "00" * 32
    with pytest.raises(ProofError, match="event 2"):
        verify_proof(public, public["key"])


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "payload": lambda p: p["events"][2]["payload"].update(text="别的话"),
    "time": lambda p: p["events"][2].update(occurred_at="2020-01-01T00:00:00.000000Z"),
    "hash": lambda p: p["events"][2].update(hash="00" * 32),
    "leaf": lambda p: p["events"][2].update(leaf=p["events"][2]["leaf"] + 1),
    "path": lambda p: p["events"][2]["path"].pop(),
    "left out": lambda p: p["events"].pop(1),
    "beginning left out": lambda p: p["events"].pop(0),
    "nothing": lambda p: p["events"].clear(),
    "case": lambda p: p["case"].update(uid="00000000-0000-4000-8000-000000000000"),
    "hash name": lambda p: p.update(hash="sm3"),
    "format": lambda p: p.update(format="other"),
    "checkpoint": lambda p: p.update(checkpoint=p["checkpoint"].replace("\n96\n", "\n97\n")),
    "malformed": lambda p: p["events"][2].pop("payload"),
    "not a time": lambda p: p["events"][2].update(occurred_at="yesterday"),
    "fraction": lambda p: p["events"][2]["payload"].update(n=1.5),
    "version as a fraction": lambda p: p["events"][2].update(v=1.0),
    "version as a truth value": lambda p: p["events"][2].update(v=True),
    "version as text": lambda p: p["events"][2].update(v="1"),
    "number as a fraction": lambda p: p["events"][2].update(seq=3.0),
    "type as a list": lambda p: p["events"][2].update(type=[p["events"][2]["type"]]),
    "stray personal value": lambda p: p.update(personal=[{"seq": 2, "path": "/x", "salt": "", "value": 1}]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_proof_does_not_convince(proof: dict[str, Any], change: str) -> None:
    forged = copy.deepcopy(proof)
    CHANGES[change](forged)
    with pytest.raises(ProofError):
        verify_proof(forged, proof["key"])


def test_the_event_that_does_not_fit_is_named(proof: dict[str, Any]) -> None:
    proof["events"][2]["payload"]["n"] = 99
    with pytest.raises(ProofError, match="event 3"):
        verify_proof(proof, proof["key"])


def test_a_proof_signed_by_somebody_else_does_not_convince(proof: dict[str, Any]) -> None:
    other = Signer("anlan.example/tongban", b"\x05" * 32).verifier.text
    for key in (other, "no key at all"):
        with pytest.raises(ProofError):
            verify_proof(proof, key)


def test_a_proof_is_checked_without_django_and_without_a_database(proof: dict[str, Any]) -> None:
    code = (
        "import sys, orjson; from tongban.engine.ledger.proof import verify_proof;"
        "p = orjson.loads(sys.stdin.buffer.read()); print(verify_proof(p, p['key']).events, 'django' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=orjson.dumps(proof), capture_output=True, check=True
    )
    assert done.stdout.split() == [b"4", b"False"]


def test_a_proof_reads_few_rows(proof: dict[str, Any], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(6):
        make_proof("A00007")


def test_unsealed_events_are_counted_and_left_out(proof: dict[str, Any]) -> None:
    a_case(50)
    with pytest.raises(LedgerError) as refused:
        make_proof("A00050")
    assert refused.value.code == "E_LEDGER_UNSEALED"
    seal_events()
    with pytest.raises(LedgerError):
        make_proof("A00050")
    checkpoint()
    assert make_proof("A00050")["unsealed"] == 0


def test_no_such_case(proof: dict[str, Any]) -> None:
    with pytest.raises(LookupError):
        make_proof("A99999")
    assert connection.is_usable()
