# ruff: noqa: RUF001 -- full-width letters are meant
"""Numbers of results: the house's own are nobody's to write, and one written by hand stands on one certificate."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from tests.db.engine.city import CONTENT, FORM, City, build, row
from tongban.base.calendar import CHINA
from tongban.engine.bulk import import_history
from tongban.engine.errors import Refused
from tongban.engine.history import HistoryRecord, HistoryStep
from tongban.engine.ledger.verify import verify
from tongban.engine.services import Applicant, Outcome
from tongban.platforms.papers.models import ResultNumber
from tongban.platforms.papers.numbers import is_series, plain, result_number
from tongban.platforms.papers.queries import cases_of_result, certificate_of, validity
from tongban.registry.models import Offering, OfferingVersion

YEAR = datetime.now(CHINA).year
PAPER = {"name": "食品经营许可证", "number": "JY1-001"}


def ready(city: City) -> Outcome:
    """A case that waits for its decision."""
    case = city.apply()
    city.do("clerk", case, "accept")
    city.do("reviewer", case, "complete", outcome="pass")
    city.do("neighbour", case, "complete", outcome="pass")
    city.do("section_head", case, "complete", outcome="agree")
    return case


def grant(city: City, number: str, case: Outcome | None = None) -> str:
    case = case or ready(city)
    city.do("head", case, "complete", outcome="granted", certificate={"number": number})
    return str(row(case).state["certificate"]["number"])


def refusal(city: City, number: str) -> Refused:
    case = ready(city)
    with pytest.raises(Refused) as refused:
        grant(city, number, case)
    assert row(case).phase == "accepted"
    return refused.value


@pytest.mark.parametrize(
    "written",
    [
        f"111111111-{YEAR}-000001",
        " 99000002w - 2026 - 000012 ",
        "１１１１１１１１１－２０２６－０００００１",
        "111111111—2026—1000000",
    ],
)
def test_a_number_that_looks_like_ours_is_not_written_by_hand(city: City, written: str) -> None:
    refused = refusal(city, written)
    assert refused.code == "number_reserved"
    assert "自动编号" in refused.message
    assert grant(city, "") == f"111111111-{YEAR}-000001", "the series has no gap and nothing in its way"


def test_neither_history_nor_reports_bring_one_in(city: City) -> None:
    at = datetime(YEAR - 1, 3, 2, 10, tzinfo=CHINA)
    steps = (HistoryStep("accept", at, city.person("clerk").pk),)
    assert is_series("11111111X-2026-000001")
    assert not is_series("JY111111111-2026-000001")
    record = HistoryRecord(
        "k1",
        city.version.pk,
        at,
        "王伟",
        {"name": "x", "area": 1},
        steps,
        {"form": "supplied", "plan": "supplied"},
    )
    (verdict,) = import_history([record])
    assert verdict.ok, verdict


def test_a_number_written_twice_is_refused_by_name(city: City) -> None:
    assert grant(city, "JY1-001") == "JY1-001"
    refused = refusal(city, "ｊｙ1 -001")
    assert (refused.code, refused.detail["number"]) == ("number_taken", "JY1-001")
    assert "ｊｙ1 -001" in refused.message
    assert grant(city, "JY1-002") == "JY1-002"


def test_the_same_number_in_another_unit_holds_up_nobodys_certificate(city: City, delivered, papers) -> None:
    mine = ready(city)
    grant(city, "JY1-001", mine)
    offering = Offering.objects.create(
        matter=city.version.offering.matter, organisation=city.neighbour_bureau, region=city.version.offering.region,
        implementation_code="M1-cg",
    )  # fmt: skip
    version = OfferingVersion.objects.get(pk=city.version.pk)
    version.pk, version.offering, version.status, version._state.adding = None, offering, "draft", True
    valid, version.valid = version.valid, None
    version.save()
    OfferingVersion.objects.filter(pk=version.pk).update(status="review")
    OfferingVersion.objects.filter(pk=version.pk).update(status="published", valid=valid)
    theirs = city.apply(offering_version=version.pk)
    from tongban.engine.services import SYSTEM, perform

    for type_, data in (
        ("accept", {}), ("complete", {"outcome": "pass", "task": 2}), ("complete", {"outcome": "pass", "task": 3}),
        ("complete", {"outcome": "agree"}), ("complete", {"outcome": "granted", "certificate": PAPER}),
    ):  # fmt: skip
        perform(SYSTEM, theirs.case_id, type_, command_id=uuid4(), data=data)
    delivered()
    assert papers(mine)["certificate"].number == papers(theirs)["certificate"].number == "JY1-001"
    assert [c.pk for c in cases_of_result("jy1-001")] == [mine.case_id, theirs.case_id]


def test_a_number_of_ours_that_stood_there_before_is_passed_over(city: City) -> None:
    case = city.apply()
    offering = city.version.offering
    ResultNumber.objects.create(
        number=f"111111111-{YEAR}-000001",
        case_id=case.case_id,
        organisation=city.bureau,
        matter=offering.matter,
    )
    assert result_number(city.bureau.pk, datetime.now(CHINA)) == f"111111111-{YEAR}-000002"


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_the_number() -> None:
    city = build()
    cases, together = [ready(city), ready(city)], Barrier(2, timeout=20)

    def issue(case: Outcome) -> str:
        try:
            together.wait()
            with transaction.atomic():
                return grant(city, "JY1-001", case)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(issue, cases)) == ["JY1-001", "number_taken"]
    assert ResultNumber.objects.filter(number="JY1-001").count() == 1


def test_what_is_compared() -> None:
    assert plain(" ｊｙ－００１ ") == "JY-001"


RENEWAL = {**CONTENT, "params": {"replaces": "old_number"}}


@pytest.fixture
def renewing(db: None) -> City:
    return build(content=RENEWAL)


def renew(city: City, number: str, **more: Any) -> Outcome:
    case = city.apply(data={**FORM, "old_number": number}, **more)
    city.do("clerk", case, "accept")
    for who, outcome in (("reviewer", "pass"), ("neighbour", "pass"), ("section_head", "agree")):
        city.do(who, case, "complete", outcome=outcome)
    return case


def test_a_granted_renewal_ends_the_result_its_form_names(renewing: City) -> None:
    city, old = renewing, renewing.granted()
    number = row(old).state["certificate"]["number"]
    case = renew(city, f" {number.lower()} ")
    assert certificate_of(row(old)).ended is None, "not before it is granted"
    city.do("head", case, "complete", outcome="granted")
    ended, new = certificate_of(row(old)), certificate_of(row(case))
    assert (ended.how, ended.replaced_by) == ("replaced", new.number)
    assert validity(ended).status == "replaced"
    assert validity(new).status == "valid"
    event = row(old).events.order_by("seq").last()
    assert (event.type, event.actor_kind) == ("result.replaced", "system")
    assert verify().ok


def test_it_ends_nobody_elses_and_nothing_when_it_is_denied_or_undone(renewing: City) -> None:
    city, old = renewing, renewing.granted()
    number = row(old).state["certificate"]["number"]
    stranger = city.person("stranger")
    theirs = Applicant("李娜", id_type="111", id_number="110101199003071006", account=stranger)
    case = renew(city, number, account=stranger, applicant=theirs)
    city.do("head", case, "complete", outcome="granted")
    assert certificate_of(row(old)).ended is None
    denied = renew(city, number)
    city.do("head", denied, "complete", outcome="denied", reason="不符合条件", remedy="可以复议")
    assert certificate_of(row(old)).ended is None
    undone = renew(city, number)
    with transaction.atomic():
        city.do("head", undone, "complete", outcome="granted")
        assert certificate_of(row(old)).ended is not None
        transaction.set_rollback(True)
    assert certificate_of(row(old)).ended is None, "both or neither"


def test_a_number_that_is_nobodys_or_ended_already_holds_nothing_up(renewing: City) -> None:
    city, old = renewing, renewing.granted()
    number = row(old).state["certificate"]["number"]
    for named in ("没有这个号", number, number):
        case = renew(city, named)
        city.do("head", case, "complete", outcome="granted")
        assert certificate_of(row(case)) is not None
    assert row(old).events.filter(type="result.replaced").count() == 1
