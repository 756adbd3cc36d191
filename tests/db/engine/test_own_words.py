"""What an applicant writes stands beside the chain and can be erased; what staff write is on record in the clear."""

from datetime import datetime
from uuid import uuid4

import pytest

from tests.db.engine.city import City, build, row
from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.machine.run import Facts, Run
from tongban.engine.models import EventPersonal, EventRow
from tongban.engine.queries import state_at, timeline
from tongban.engine.state import NEW, Actor, Command

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=CHINA)
WORDS = "家里老人住院，急等用钱"


@pytest.fixture
def city(db: None) -> City:
    return build()


def stands(case_id: int) -> str:
    return str(list(EventRow.objects.filter(case_id=case_id).values_list("payload", flat=True)))


def beside(case_id: int, path: str) -> list[object]:
    return list(EventPersonal.objects.filter(case_id=case_id, path=path).values_list("value", flat=True))


def test_the_reason_of_a_withdrawal_is_beside_the_chain(city: City) -> None:
    case = city.apply()
    city.do("applicant", case, "withdraw", reason=WORDS)
    assert WORDS not in stands(case.case_id)
    assert WORDS not in str(row(case).state)
    assert beside(case.case_id, "/reason") == [WORDS]


def test_the_words_of_an_urging_are_beside_the_chain_and_staffs_are_in_it(city: City) -> None:
    case = city.apply()
    city.do("applicant", case, "urge", words=WORDS)
    assert WORDS not in stands(case.case_id)
    assert beside(case.case_id, "/words") == [WORDS]


def test_the_note_of_a_correction_is_beside_the_chain(city: City) -> None:
    case = city.apply()
    city.do("clerk", case, "request_correction", items=["平面图"])
    city.do("applicant", case, "supply", note=WORDS)
    assert WORDS not in stands(case.case_id)
    assert beside(case.case_id, "/note") == [WORDS]


def test_who_works_on_the_case_reads_them_and_the_state_is_still_its_fold(city: City) -> None:
    case = city.apply()
    city.do("applicant", case, "withdraw", reason=WORDS)
    told = [e.words for e in timeline(city.person("clerk"), row(case))]
    assert any(WORDS in words for words in told)
    assert state_at(case.case_id, row(case).seq).phase == "closed"


def test_force_needs_a_reason() -> None:
    def run(**data: object) -> Run:
        actor = Actor("staff", 1, verbs=frozenset({"force"}))
        command = Command(uuid4(), "accept", actor, NOW, data)
        return Run(None, NEW, command, Facts(), NOW)  # type: ignore[arg-type]  # what it does not look at

    assert run(force=True, reason="系统故障").forcing()
    assert not run(reason="系统故障").forcing()
    with pytest.raises(Refused) as refused:
        run(force=True).forcing()
    assert refused.value.code == "missing_field"


@pytest.mark.parametrize("until", ["二〇三一年", "2031-13-01", "20310301", 20310301, ["2031-03-01"]])
def test_a_validity_is_a_date_when_a_result_is_issued(city: City, until: object) -> None:
    case = city.apply()
    for who, type_, data in (
        ("clerk", "accept", {}), ("reviewer", "complete", {"outcome": "pass"}), ("neighbour", "complete", {"outcome": "pass"}),
        ("section_head", "complete", {"outcome": "agree"}),
    ):  # fmt: skip
        city.do(who, case, type_, **data)
    with pytest.raises(Refused) as refused:
        city.do("head", case, "complete", outcome="granted", certificate={"valid_until": until})
    assert refused.value.detail["field"] == "valid_until"
    city.do("head", case, "complete", outcome="granted", certificate={"valid_until": "2031-03-01"})
    assert row(case).state["certificate"]["valid_until"] == "2031-03-01"
