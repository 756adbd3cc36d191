"""Objects reported by a department become a case of the engine: the same chain, the same guards, the same answer again."""

import random

from tests.reporting import story
from tongban.engine.models import Case, CommandRow, EventRow, TaskRow
from tongban.platforms.reporting.models import ReportedObject


def statuses(verdicts):
    return [(v["status"], v["code"]) for v in verdicts]


def test_a_whole_case_in_one_batch_is_carried_to_its_end(department):
    verdicts = department.report(*story(1))
    assert {v["status"] for v in verdicts} == {"accepted"}, verdicts
    case = Case.objects.get()
    assert (case.phase, case.result, case.channel, case.level) == ("closed", "granted", "report", 0)
    assert {v["number"] for v in verdicts} == {case.number}
    assert CommandRow.objects.count() == len(verdicts)
    assert not TaskRow.objects.exclude(status="done").exists()


def test_one_object_at_a_time_ends_where_the_whole_batch_does(department):
    for one in story(1):
        assert statuses(department.report(one)) == [("accepted", "")]
    department.report(*story(2))
    slow, quick = Case.objects.order_by("pk")
    assert [e.type for e in EventRow.objects.filter(case=slow).order_by("seq")] == [
        e.type for e in EventRow.objects.filter(case=quick).order_by("seq")
    ]
    assert slow.phase == quick.phase == "closed"


def test_any_order_and_any_cut_ends_in_the_same_events(department):
    objects = story(1)
    department.report(*objects)
    expected = [e.type for e in EventRow.objects.order_by("seq")]
    for n in (2, 3, 4):
        mixed = story(n)
        random.Random(n).shuffle(mixed)
        for begin in range(0, len(mixed), 4):
            department.report(*mixed[begin : begin + 4])
        case = Case.objects.order_by("-pk")[0]
        assert [e.type for e in EventRow.objects.filter(case=case).order_by("seq")] == expected
    assert not ReportedObject.objects.exclude(status="accepted").exists()
