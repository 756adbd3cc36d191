# ruff: noqa: RUF001 -- the brackets of document numbers
"""Asking, confirming, asking others, charging, answering: what the register holds at each step."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from tests.db.inquiry.conftest import Office
from tests.town import CODES, Town
from tongban.base.calendar import CHINA
from tongban.engine import watches
from tongban.engine.errors import Refused
from tongban.engine.models import EventRow
from tongban.engine.services import perform
from tongban.engine.state import SYSTEM
from tongban.platforms.fees.models import Order
from tongban.platforms.inquiry import services
from tongban.platforms.inquiry.annual.queries import reports_missing
from tongban.platforms.inquiry.history import HistoryStep, Past, import_past
from tongban.platforms.inquiry.models import Inquiry, Opinion
from tongban.platforms.inquiry.queries import (
    find_digests,
    how_often,
    inquiries_for,
    public_digests,
)
from tongban.platforms.inquiry.rules import BY_TIME, OUTCOMES
from tongban.platforms.papers.services import issue
from tongban.platforms.supervision.rules import STUDIES
from tongban.platforms.supervision.studies import judge
from tongban.registry.models import Organisation

LETTER = {"document": "征〔2026〕1号", "approver": "周主任"}


def refusal(code: str, call: Any, *args: Any, **more: Any) -> Refused:
    with pytest.raises(Refused) as raised:
        call(*args, **more)
    assert raised.value.code == code
    return raised.value


def test_a_request_on_the_web_is_received_when_it_is_confirmed(town: Town) -> None:
    office = Office(town)  # the first that is ever asked there
    row = office.asked()
    assert (row.received_on, row.regime, row.number[:2]) == (None, "2019", "GK")
    services.confirm(office.town.people["clerk"], row, command_id=uuid4())
    row = office.fresh(row)
    assert row.received_on == datetime.now(CHINA).date()
    assert row.confirmed_at is not None
    assert row.case.due_at is not None


def test_nobody_has_to_sign_in_to_ask_but_to_say_who_they_are(office: Office) -> None:
    assert office.asked(None).number
    assert refusal("missing_field", office.asked, None, id_number="").detail["field"] == "id_number"
    assert refusal("choice_unknown", office.asked, None, way="pigeon").detail["field"] == "way"
    assert refusal("missing_field", office.asked, None, way="email").detail["field"] == "email"
    for wrong in ("x@", "某某", "a b@c.cn"):
        assert (
            refusal("contact_unusable", office.asked, None, way="email", email=wrong).detail["field"]
            == "email"
        )
    assert refusal("contact_unusable", office.asked, None, phone="abc").detail["field"] == "phone"


def test_the_same_form_sent_twice_is_one_request(office: Office) -> None:
    asked = services.Asked(
        "company", "安澜商贸公司", "91990102MA00000070", "13900001111", "规划文件", "web", "digital"
    )
    command = uuid4()
    first = services.apply(None, office.org, asked, command_id=command)
    again = services.apply(None, office.org, asked, command_id=command)
    assert (again.case_id, again.replayed) == (first.case_id, True)
    assert Inquiry.objects.get(pk=first.case_id).applicant_type == "company"


def test_a_letter_typed_in_counts_from_the_day_it_was_signed_for(office: Office) -> None:
    today = datetime.now(CHINA).date()
    asked = services.Asked(
        "person", "孙一", "110101199003070935", "13900003333", "征地批文", "mail", "paper", address="东街1号"
    )
    outcome = services.enter(
        office.town.people["clerk"], office.org, asked, channel="post", submitted=today - timedelta(days=3),
        arrived=today - timedelta(days=1), command_id=uuid4(),
    )  # fmt: skip
    row = Inquiry.objects.get(pk=outcome.case_id)
    assert (row.received_on, row.channel) == (today - timedelta(days=1), "post")
    wrong = {"channel": "fax", "submitted": today, "command_id": uuid4()}
    clerk = office.town.people["clerk"]
    assert (
        refusal("missing_field", services.enter, clerk, office.org, asked, **wrong).detail["field"]
        == "confirmed"
    )


def test_units_without_the_posts_take_no_requests(office: Office) -> None:
    office.org = Organisation.objects.get(code=CODES["szf"])
    refusal("not_taken_here", office.asked)


@pytest.mark.parametrize("outcome", [k for k in OUTCOMES if k not in BY_TIME and k != "unclear"])
def test_every_outcome_is_reached_and_bears_its_article(office: Office, outcome: str) -> None:
    row = office.answered(outcome)
    assert (row.outcome, row.article) == (outcome, OUTCOMES[outcome].article)
    assert row.concluded_on == datetime.now(CHINA).date()
    assert row.case.result == OUTCOMES[outcome].decision


def test_still_unclear_is_answered_only_after_a_correction(office: Office) -> None:
    row = office.registered()
    said = {"outcome": "unclear", "opinion": "仍不明确。", "reason": "没有特征性描述"}
    refusal("not_asked_before", office.do, "reviewer", row, "complete", **said)
    office.do("reviewer", row, "request_correction", items=["请写明年份"])
    row = office.do("owner", row, "supply", note="就是那个")
    assert office.answered("unclear", row).outcome == "unclear"


def test_what_only_silence_brings_is_reached_by_time(office: Office) -> None:
    day = datetime(2026, 3, 2, 10, tzinfo=CHINA)
    accept, passed = HistoryStep("accept", day), HistoryStep("tick", day + timedelta(days=60))
    steps = {
        "not_corrected": HistoryStep(
            "request_correction", day + timedelta(days=2), data={"items": ["请写明年份"]}
        ),
        "not_paid": HistoryStep(
            "charge", day + timedelta(days=2), data={"name": services.FEE, "amount": "100"}
        ),
    }
    for outcome, step in steps.items():
        past = Past(
            outcome,
            office.org,
            "person",
            "赵一",
            "某文件",
            day,
            (accept, step, passed),
            id_number="110101199003070935",
        )
        (verdict,) = import_past([past])
        assert verdict.ok, verdict
        row = Inquiry.objects.get(pk=verdict.case_id)
        assert (row.outcome, row.received_on) == (outcome, date(2026, 3, 2))
        assert row.concluded_on is not None


def test_what_is_signed_is_what_was_drafted(office: Office) -> None:
    row = office.registered()
    row = office.do(
        "reviewer", row, "complete", outcome="internal", opinion="不予公开。", reason="人事管理信息"
    )
    row = office.do("section_head", row, "complete", outcome="pass")
    refusal("not_as_drafted", office.do, "leader", row, "complete", outcome="granted")
    row = office.do("leader", row, "complete", outcome="back", opinion="再核实")
    row = office.do("reviewer", row, "complete", outcome="open", opinion="予以公开。")
    row = office.do("section_head", row, "complete", outcome="pass")
    services.sign(office.town.people["leader"], row, command_id=uuid4())
    assert office.fresh(row).outcome == "open"


def test_third_parties_and_co_authors_are_waited_for_until_all_have_answered(office: Office) -> None:
    row, desk = office.registered(), office.town.people["reviewer"]
    rows = services.consult(
        desk, row, [("third_party", "甲公司"), ("coauthor", "市城管局")], command_id=uuid4(), **LETTER
    )
    row = office.fresh(row)
    assert row.case.paused
    services.serve(desk, rows[0], received=datetime.now(CHINA).date(), command_id=uuid4())
    services.note_opinion(desk, rows[0], agrees=False, said="涉及商业秘密", command_id=uuid4())
    assert office.fresh(row).case.paused
    services.note_opinion(desk, rows[1], agrees=True, said="", command_id=uuid4())
    assert not office.fresh(row).case.paused
    refusal(
        "answered_already", services.note_opinion, desk, rows[1], agrees=True, said="", command_id=uuid4()
    )


def test_silence_leaves_it_to_the_agency_or_is_consent_by_who_was_asked(office: Office) -> None:
    now = datetime.now(CHINA)
    day = now.date() - timedelta(days=60)
    asked = services.Asked("person", "孙一", "110101199003070935", "13900003333", "征地批文", "web", "paper")
    clerk = office.town.people["clerk"]
    outcome = services.enter(clerk, office.org, asked, channel="in_person", submitted=day, command_id=uuid4())
    row = Inquiry.objects.get(pk=outcome.case_id)
    perform(
        SYSTEM, row.pk, "suspend", command_id=uuid4(), occurred_at=now - timedelta(days=50),
        data={"procedure": "third_party", "days": 15, "basis": "第三十二条", **LETTER},
    )  # fmt: skip
    for party in Opinion.Party.values:
        Opinion.objects.create(inquiry=row, party=party, name="某单位", sent_at=now, document="征1号")
    watches.run_due()
    assert {o.party: o.answer for o in row.opinions.all()} == {"third_party": "silent", "coauthor": "deemed"}
    assert not office.fresh(row).case.paused


def test_a_fee_goes_by_the_month_and_stops_the_clock_until_it_is_paid(office: Office) -> None:
    row, desk = office.registered(), office.town.people["reviewer"]
    refusal("nothing_to_charge", services.charge, desk, row, by="items", command_id=uuid4())
    Inquiry.objects.filter(pk=row.pk).update(items=31)
    row = office.fresh(row)
    assert how_often(row).unusual
    for amount in (
        "2200",
        "500",
    ):  # not even the right one, typed by hand: the register must know what it stands for
        refusal("not_by_the_ladder", office.do, "reviewer", row, "charge", name=services.FEE, amount=amount)
    assert services.charge(desk, row, by="items", command_id=uuid4()) == 2200
    row = office.fresh(row)
    assert row.case.paused
    order = Order.objects.get(case_id=row.pk)
    assert order.amount == 2200
    office.do("clerk", row, "pay", name=services.FEE, bill="票据1")
    row = office.fresh(row)
    assert not row.case.paused
    refusal("charged_already", services.charge, desk, row, by="pages", pages=50, command_id=uuid4())


def test_who_asks_too_often_gives_reasons_and_may_have_to_wait(office: Office) -> None:
    rows = [office.registered() for _ in range(2)]
    assert how_often(rows[1]).count == 2
    desk = office.town.people["reviewer"]
    services.ask_reasons(desk, rows[1], command_id=uuid4())
    services.note_reasons(desk, rows[1], "撰写研究报告")
    services.postpone(desk, rows[1], days=10, document="迟〔2026〕1号", approver="周主任", command_id=uuid4())
    row = office.fresh(rows[1])
    assert (row.reasons, row.case.paused) == ("撰写研究报告", True)


def test_letters_are_set_numbered_and_followed_in_the_chain(office: Office) -> None:
    row = office.answered("partial")
    seqs = {e.type: e.seq for e in _events(row)}
    for type_, name in (
        ("case.accepted", "登记回执"),
        ("decision.made", "部分公开"),
        ("case.delivered", "送达回证"),
    ):
        paper = issue(row.pk, seqs[type_])
        assert paper is not None
        assert name in paper.name
        if type_ == "decision.made":
            assert paper.number.endswith(f"〔{datetime.now(CHINA).year}〕第1号-答")


def test_the_public_reads_only_what_two_people_released_and_without_the_person(office: Office) -> None:
    row = office.answered()
    desk, head = office.town.people["reviewer"], office.town.people["section_head"]
    refusal("personal_data", services.propose, desk, row, subject="王小芳申请", answer="电话13900001111")
    digest = services.propose(desk, row, subject="食品抽检结果", answer="已经主动公开。")
    assert not public_digests().exists()
    refusal("same_person", services.release, desk, digest)
    services.release(head, digest, digest.edition)
    assert [d.pk for d in find_digests("食品抽检")] == [row.pk]
    services.withdraw(head, digest, "内容更新")
    assert not public_digests().exists()


def test_only_the_unit_that_was_asked_sees_the_register(office: Office) -> None:
    row = office.registered()
    assert row in inquiries_for(office.town.people["reviewer"])
    assert row not in inquiries_for(office.town.people["neighbour"])


def test_an_answer_stands_in_the_database_too(office: Office) -> None:
    row = office.answered()
    with pytest.raises(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=row.pk).update(outcome="secret")
    with pytest.raises(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=row.pk).delete()


def test_before_2019_the_old_limits_hold(office: Office) -> None:
    day = datetime(2018, 9, 3, 10, tzinfo=CHINA)
    past = Past("old", office.org, "person", "赵一", "某文件", day, (HistoryStep("accept", day),))
    (verdict,) = import_past([past])
    row = Inquiry.objects.select_related("case").get(pk=verdict.case_id)
    assert row.regime == "2008"
    assert row.case.due_at.astimezone(CHINA).date() == date(2018, 9, 26)


def test_the_register_of_disputes_is_kept_by_the_unit(office: Office) -> None:
    desk = office.town.people["reviewer"]
    said = {"way": "review", "authority": "市司法局", "number": "复〔2026〕1号", "filed_on": date(2026, 3, 2)}
    row = services.enter_dispute(desk, office.org, **said)
    refusal("entered_already", services.enter_dispute, desk, office.org, **said)
    refusal("not_permitted", services.enter_dispute, office.town.people["neighbour"], office.org, **said)
    refusal("out_of_range", services.end_dispute, desk, row, result="upheld", ended_on=date(2026, 3, 1))
    services.end_dispute(desk, row, result="upheld", ended_on=date(2026, 4, 1))
    row.refresh_from_db()
    assert row.result == "upheld"


def _events(row: Inquiry) -> Any:
    return EventRow.objects.filter(case_id=row.pk)


def test_a_unit_that_keeps_its_register_here_owes_a_report_by_the_end_of_january(office: Office) -> None:
    row, year = office.asked(), datetime.now(CHINA).year
    Inquiry.objects.filter(pk=row.pk).update(submitted_on=date(year - 1, 5, 6))
    assert reports_missing(date(year, 1, 31), date(year, 1, 31)) == []
    found = [
        (subject.org, finding["level"], finding["episode"])
        for subject, finding in judge(STUDIES["D04"], date(year, 2, 1))
    ]
    assert found == [(office.org.pk, 3, f"report:{year - 1}")]
