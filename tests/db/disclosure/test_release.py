"""From a draft to the catalogue, carried by a case: checked, reviewed by another person, signed, released at its time."""

from copy import deepcopy
from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from tests.db.disclosure.unit import Unit, build
from tests.standing import standing
from tongban.engine import watches
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.outbox import deliver
from tongban.engine.queries import inbox
from tongban.engine.services import allowed, perform
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.aids import aids_for
from tongban.platforms.disclosure.models import Record
from tongban.platforms.supervision.models import Card

pytestmark = pytest.mark.django_db

built = standing(build)


@pytest.fixture
def unit(built, db):
    return Unit(deepcopy(built))


def test_passed_and_signed_it_is_public_at_once_under_a_number(unit):
    record = unit.passed(unit.submitted())
    assert (record.state, [i.name for i in inbox(unit.town.people["chief"])]) == (
        "review",
        ["签发、确定公开属性"],
    )
    record = unit.do("chief", record, "proactive")
    assert (record.state, record.index_number[-5:], record.signed_on) == (
        "released",
        "00001",
        timezone.localdate(),
    )
    assert [d.act for d in record.deeds.all()] == [
        "created",
        "submitted",
        "checked",
        "reviewed",
        "signed",
        "released",
    ]
    assert record.reviewed_by == unit.town.people["section_head"]
    assert not record.cases.filter(ended_at=None).exists()


def test_it_waits_for_the_time_given(unit):
    later = timezone.localtime() + timedelta(hours=2)
    record = unit.passed(unit.submitted())
    record = unit.do("chief", record, "proactive", release_at=later.isoformat())
    assert (record.state, record.release_at, Record.objects.public().exists()) == ("ready", later, False)
    assert watches.run_due() == 0
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        assert watches.run_due() == 1
    assert Record.objects.public().get().pk == record.pk


def test_nobody_reviews_what_they_wrote(unit):
    record = unit.submitted(unit.draft(by="section_head"), by="section_head")
    assert record.state == "draft"  # the step of checking lies with the clerk
    record = unit.do("clerk", record, "checked", opinion="一致")
    with pytest.raises(Refused, match="same_person"):
        unit.passed(record)


def test_the_source_is_said_and_the_same_draft_is_handed_on_once(unit):
    record = unit.draft()
    with pytest.raises(Refused, match="missing_field"):
        services.submit(unit.town.people["clerk"], record, source=" ")
    unit.submitted(record)
    with pytest.raises(Refused, match="stale"):
        unit.submitted(record)


def test_returned_it_can_be_mended_and_goes_on(unit):
    record = unit.submitted()
    with pytest.raises(Refused, match="frozen"):
        services.mend_record(unit.town.people["clerk"], record, {"body": "没有电话。"})
    record = unit.do("section_head", record, "returned", reason="删去电话")
    assert record.state == "draft"
    services.mend_record(unit.town.people["clerk"], record, {"body": "没有电话。"})
    record = unit.do("clerk", record, "checked", opinion="已删去")
    assert unit.do("chief", unit.passed(record), "proactive").body == "没有电话。"


def test_signed_before_it_counts_from_then_and_needs_no_second_signing(unit):
    signed = timezone.localdate() - timedelta(days=1)
    record = unit.passed(unit.submitted(signed_on=signed))
    assert (record.state, record.signed_on) == ("released", signed)
    with pytest.raises(Refused, match="out_of_range"):
        unit.submitted(unit.draft(title="另一份"), signed_on=timezone.localdate() + timedelta(days=1))


def test_the_limit_is_neither_stopped_nor_lengthened(unit):
    record = unit.submitted(signed_on=timezone.localdate())
    said = {"procedure": "hearing", "days": 5, "basis": "法", "document": "一号", "approver": "某某"}
    with pytest.raises(Refused, match="not_of_this_kind"):
        perform(unit.town.people["section_head"], record.case_id, "suspend", command_id=uuid4(), data=said)
    case = Case.objects.get(pk=record.case_id)
    for who in ("clerk", "section_head", "chief"):
        told = {a.type for a in allowed(unit.town.people[who], case)}
        assert told
        assert not told & {"suspend", "extend", "request_correction", "supply", "charge", "name_party"}


def test_a_set_release_is_moved_by_who_set_it_until_it_has_come(unit):
    chief, first = unit.town.people["chief"], timezone.localtime() + timedelta(hours=2)
    record = unit.do("chief", unit.passed(unit.submitted()), "proactive", release_at=first.isoformat())

    def moved(who, at, reason="会议改期"):
        data = {"release_at": at.isoformat(), "reason": reason}
        perform(unit.town.people[who], record.case_id, "reschedule", command_id=uuid4(), data=data)
        return Record.objects.get(pk=record.pk)

    offered = {a.type: a for a in allowed(chief, Case.objects.get(pk=record.case_id))}
    assert (offered["reschedule"].label, offered["reschedule"].allowed) == ("改发布时间", True)
    later = first + timedelta(hours=3)
    assert moved("chief", later).release_at == later
    for who, at, reason, code in (
        ("section_head", first, "不是我定的", "not_your_task"),
        ("chief", later, "一样", "out_of_range"),
        ("chief", first - timedelta(hours=3), "已经过去", "out_of_range"),
        ("chief", first, " ", "missing_field"),
    ):
        with pytest.raises(Refused, match=code):
            moved(who, at, reason)
    deed = record.deeds.get(act="rescheduled")
    assert (deed.account, deed.detail["reason"]) == (chief, "会议改期")
    with time_machine.travel(first + timedelta(minutes=1), tick=False):
        assert watches.run_due() == 0
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        with pytest.raises(Refused, match=r"no_moment.*已经到了"):
            moved("chief", later + timedelta(days=1))
        assert watches.run_due() == 1
        with pytest.raises(Refused, match=r"no_moment.*已经到了"):
            moved("chief", later + timedelta(days=1))
    assert Record.objects.public().get().pk == record.pk


def test_a_set_release_is_taken_back_with_a_reason_and_its_document_is_a_draft_again(unit):
    later = timezone.localtime() + timedelta(hours=2)
    record = unit.do("chief", unit.passed(unit.submitted()), "proactive", release_at=later.isoformat())

    def back(who, reason):
        perform(
            unit.town.people[who], record.case_id, "withdraw", command_id=uuid4(), data={"reason": reason}
        )

    with pytest.raises(Refused, match="missing_field"):
        back("chief", "")
    with pytest.raises(Refused):
        back("clerk", "我想改一下")
    back("chief", "内容要改")
    record.refresh_from_db()
    assert (record.state, record.release_at) == ("draft", None)
    assert record.deeds.get(act="taken_back").detail == {"reason": "内容要改"}
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        assert watches.run_due() == 0
    services.mend_record(unit.town.people["clerk"], record, {"body": "改过了。"})


def test_what_is_kept_back_is_looked_at_again_within_a_year(unit):
    record = unit.passed(unit.submitted())
    record = unit.do("chief", record, "withheld", reason="属于工作秘密")
    assert (record.state, record.attribute, record.attribute_reason) == ("closed", "withheld", "属于工作秘密")
    assert record.review_on.year == timezone.localdate().year + 1
    assert services.open_due() == 0


def test_kept_back_without_a_reason_it_draws_a_card_and_is_looked_at_at_once(unit):
    draft = unit.draft(attribute="withheld", attribute_reason="没有说明")
    record = unit.passed(unit.submitted(draft, signed_on=timezone.localdate(), explained=False))
    assert record.review_on == timezone.localdate()
    assert list(Card.objects.filter(case_id=record.case_id).values_list("rule", "level")) == [("D03", 2)]


def reviewed_again(unit, **said):
    """A withheld record whose re-review has come to something."""
    record = unit.passed(unit.submitted())
    record = unit.do("chief", record, "withheld", reason="属于工作秘密")
    Record.objects.filter(pk=record.pk).update(review_on=date(2026, 1, 5))
    assert (services.open_due(), services.open_due()) == (1, 0)
    case = record.cases.get(ended_at=None)
    clerk, chief = unit.town.people["clerk"], unit.town.people["chief"]
    assert case.number in [i.number for i in inbox(clerk)]
    perform(clerk, case.pk, "complete", command_id=uuid4(), data={"reason": "情况没有变化", **said})
    perform(chief, case.pk, "complete", command_id=uuid4(), data={"outcome": "agreed", "opinion": "同意"})
    return Record.objects.get(pk=record.pk), record.cases.get(pk=case.pk)


def test_a_re_review_that_keeps_it_is_recorded_and_comes_again(unit):
    record, case = reviewed_again(unit, outcome="keep")
    assert (record.state, record.review_on.year) == ("closed", timezone.localdate().year + 1)
    assert (case.outcome, case.reason, record.attribute_reason) == ("keep", "情况没有变化", "情况没有变化")


def test_a_re_review_that_opens_it_begins_its_release(unit):
    record, _ = reviewed_again(unit, outcome="open", reason="已经解密")
    assert (record.state, record.attribute) == ("draft", "proactive")
    deliver()
    record.refresh_from_db()
    running = record.cases.get(ended_at=None)
    assert (running.kind, record.signed_on) == ("release", timezone.localdate())
    record = unit.do("clerk", record, "checked", opinion="一致")
    assert unit.passed(record).state == "released"


def test_telephone_numbers_and_marks_are_pointed_out(unit):
    draft = unit.draft()
    draft.title += "（送审稿）"
    assert [name for name, _ in aids_for(draft)] == ["过程性信息", "个人信息"]
