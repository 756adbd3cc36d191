"""Two times in the ledger: when the department says it happened, and when we were told. What comes late is seen to be late."""

from datetime import datetime, timedelta

import pytest

from tests.reporting import PATH, story
from tongban.base.calendar import CHINA
from tongban.engine.machine import fold
from tongban.engine.models import Case, EventRow, Watch
from tongban.engine.queries import events, standing, timeline
from tongban.platforms.reporting.models import Batch, ReportedObject
from tongban.platforms.reporting.services import LATE
from tongban.platforms.supervision.models import Card

ENTERED = "2026-03-02T18:30:00+08:00"


def test_the_ledger_has_the_moment_we_took_it_in_whatever_the_department_says(department):
    before = datetime.now(CHINA)
    department.report(*({**one, "recorded_at": ENTERED} for one in story(1)))
    after = datetime.now(CHINA)
    rows = EventRow.objects.exclude(type="finding.issued")
    assert rows.count() > 12
    assert all(before <= e.recorded_at <= after for e in rows)
    assert {e.occurred_at.astimezone(CHINA).date().isoformat() for e in rows} == {"2026-03-02"}
    assert {o.entered_at.isoformat() for o in ReportedObject.objects.all()} == {
        datetime.fromisoformat(ENTERED)
        .astimezone(ReportedObject.objects.first().entered_at.tzinfo)
        .isoformat()
    }
    case = Case.objects.get()
    state = fold(events(case.pk))
    assert state == standing(case)[1]
    assert all(t.recorded is not None and t.recorded >= before > t.done for t in state.tasks)


def test_what_was_told_more_than_a_day_later_is_counted_and_marked(department, town):
    now = datetime.now(CHINA)
    department.report(story(1)[0], {**story(2)[0], "occurred_at": (now - timedelta(minutes=3)).isoformat()})
    batch = Batch.objects.get()
    assert (batch.accepted, batch.late) == (2, 1)
    late, prompt = Case.objects.order_by("opened_at")
    reader = town.people["clerk"]
    assert now - late.opened_at > LATE
    assert [e.late for e in timeline(reader, late) if e.type == "case.applied"] == [True]
    assert [e.late for e in timeline(reader, prompt) if e.type == "case.applied"] == [False]


def test_time_waits_a_day_for_the_rest_of_a_case_that_is_told_late(department):
    before = datetime.now(CHINA)
    department.report(*story(1)[:3])
    case = Case.objects.get()
    assert case.wake_at >= before + timedelta(days=1)
    assert Watch.objects.get().fire_at == case.wake_at
    assert case.phase == "correcting"
    assert {v["status"] for v in department.report(*story(1)[3:])} == {"accepted"}
    assert Case.objects.get().phase == "closed"
    assert not Watch.objects.exists()


def test_a_missed_limit_is_carded_when_we_are_told_by_the_rules_of_its_day(department):
    objects = story(1, correction=False, special=False)
    begun = datetime(2026, 3, 2, 9, tzinfo=CHINA)
    for n, one in enumerate(objects):
        one["occurred_at"] = (begun + timedelta(days=60 if n > 3 else 0, hours=n)).isoformat()
    before = datetime.now(CHINA)
    assert {v["status"] for v in department.report(*objects)} == {"accepted"}
    cards = Card.objects.all()
    assert {"T02", "T03"} & {c.rule for c in cards}
    assert all(c.issued_at >= before for c in cards)
    assert EventRow.objects.filter(type="finding.issued", occurred_at__lt=before).count() == 0


def test_the_law_acts_between_two_objects_as_of_its_own_day(department):
    begun = datetime(2026, 3, 2, 9, tzinfo=CHINA)
    objects = story(1)
    notice = {**objects[2], "occurred_at": (begun + timedelta(days=20)).isoformat()}
    before = datetime.now(CHINA)
    department.report(objects[0], objects[1], notice)
    deemed = EventRow.objects.get(type="case.deemed_accepted")
    assert deemed.occurred_at.astimezone(CHINA).isoformat()[:10] == "2026-03-10"
    assert deemed.recorded_at >= before


@pytest.mark.parametrize(("ahead", "status"), [(4, "accepted"), (6, "refused")])
def test_a_clock_may_run_five_minutes_before_ours(department, ahead, status):
    soon = (datetime.now(CHINA) + timedelta(minutes=ahead)).isoformat()
    assert department.report({**story(1)[0], "occurred_at": soon})[0]["status"] == status


def test_staff_that_is_named_answers_for_what_was_skipped_long_ago(department, town):
    objects = [o for o in story(1, correction=False, special=False) if o.get("step") != "review_b"]
    for no, one in enumerate(objects, start=1):
        one.update(no=no, handler_code=town.people["clerk"].username if one["type"] == "step" else "")
        one.pop("step_no", None)
    assert {(v["status"], v["code"]) for v in department.report(*objects)} == {("accepted", "")}
    assert department.get(f"{PATH}/objects?status=refused").json()["items"] == []
