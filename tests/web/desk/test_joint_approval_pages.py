"""What the lead's window and the resident see of a joint approval: one notice, ready to be sent, answered once."""

from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import row
from tests.db.engine.test_joint_approval import Course, found
from tongban.engine.flow import GATHER


@pytest.fixture
def course(db: None) -> Course:
    """Two members have proposed corrections; the notice is not sent yet."""
    course = Course(found())
    course.on(3, 3, course.do("clerk", course.lead, "accept"))
    course.on(4, 3, course.do("A3", course.member("3"), "request_correction", items=["平面图标出疏散通道"]))
    course.on(5, 3, course.do("A4", course.member("4"), "request_correction", items=["水质承诺书签名"]))
    return course


def signed_in(course: Course, who: str) -> Client:
    client = Client()
    client.force_login(course.city.person(who), "django.contrib.auth.backends.ModelBackend")
    return client


def test_lead_finds_the_proposals_in_the_form_and_sends_them_as_one_notice(course: Course) -> None:
    number = row(course.lead).number
    with time_machine.travel(course.now, tick=False):
        clerk = signed_in(course, "clerk")
        assert "汇总补正、一次告知" in clerk.get(reverse("desk:todo")).content.decode()
        page = clerk.get(reverse("desk:case", args=[number])).content.decode()
        assert "平面图标出疏散通道\n水质承诺书签名</textarea>" in page
        task = row(course.lead).tasks.get(node=GATHER).no
        sent = clerk.post(
            reverse("desk:act", args=[number]),
            {
                "type": "complete", "task_no": task, "seq": row(course.lead).seq, "command_id": str(uuid4()), "outcome": "send",
                "items": "平面图标出疏散通道\n水质承诺书签名",
            },
        )  # fmt: skip
        assert sent.status_code == 302
    assert row(course.lead).phase == "suspended"


def test_resident_is_asked_once_for_everything_and_sees_which_departments_work(course: Course) -> None:
    course.on(6, 3, course.do("clerk", course.lead, "complete", outcome="send"))
    with time_machine.travel(course.now, tick=False):
        page = (
            signed_in(course, "applicant")
            .get(reverse("hall:case", args=[row(course.lead).number]))
            .content.decode()
        )
    assert "等您补 2 项" in page
    assert page.count("平面图标出疏散通道") == page.count("水质承诺书签名") >= 1
