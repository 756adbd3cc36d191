"""The ledger over cases that the engine itself carried, live and from history."""

from tests.db.engine.city import City, row
from tests.db.engine.conftest import built, city, plugins
from tests.db.engine.test_bulk import story
from tests.db.ledger.chains import tamper
from tongban.engine.bulk import import_history
from tongban.engine.ledger.proof import make_proof, verify_proof
from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.ledger.verify import verify

__all__ = ["built", "city", "plugins"]  # fixtures of the engine's own tests


def test_cases_carried_live_and_imported_verify_and_prove(city: City) -> None:
    live = city.granted()
    waiting = city.apply()
    imported = import_history([story(city, "A1"), story(city, "A2", until=2)])
    assert all(verdict.ok for verdict in imported)
    assert seal_and_checkpoint()["checkpoint"] == 1
    report = verify()
    assert report.ok, [str(misfit) for misfit in report.misfits]
    assert (report.counts["cases"], report.counts["states"], report.counts["unsealed"]) == (4, 4, 0)
    for case in (live.number, waiting.number):
        proof = make_proof(case)
        assert (
            verify_proof(proof, proof["key"]).events
            == len(proof["events"])
            == verify(case=case).counts["events"]
        )


def test_a_decision_changed_afterwards_is_named(city: City) -> None:
    case = row(city.granted())
    seal_and_checkpoint()
    assert tamper(
        "UPDATE engine_event SET payload = jsonb_set(payload, '{outcome}', '\"denied\"')"
        " WHERE case_id = %s AND type = 'decision.made'",
        case.pk,
    )
    first = verify().first
    assert (first.kind, first.case) == ("altered", case.number)
    assert case.events.get(seq=first.seq).type == "decision.made"


def test_a_case_row_that_claims_another_result_is_named(city: City) -> None:
    case = row(city.granted())
    tamper(
        "UPDATE engine_case_state SET state = jsonb_set(state::jsonb, '{result}', '\"denied\"')::json WHERE case_id = %s",
        case.pk,
    )
    first = verify().first
    assert (first.kind, first.case, first.detail) == ("state", case.number, "result")
