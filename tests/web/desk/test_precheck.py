"""预受理 at the workbench: it lies in the window's to-do list, and the answer is a choice of three."""

from copy import deepcopy
from uuid import uuid4

import pytest

from tests.db.engine.city import CONTENT, SUBMITTED, City, build
from tests.standing import standing
from tests.web.desk.conftest import FORM, SignIn
from tests.web.desk.test_case_page import send, url
from tests.web.scene import text_of
from tongban.engine.models import Case
from tongban.engine.services import Applicant, open_case

PROMISED = {
    **CONTENT,
    "form": FORM,
    "limits": {**CONTENT["limits"], "precheck": {"amount": 2, "unit": "workday"}},
}
built = standing(lambda: build(content=PROMISED))


@pytest.fixture
def city(built: City, db: None) -> City:
    return deepcopy(built)


def asked(city: City) -> Case:
    account = city.person("applicant")
    opened = open_case(
        account, offering_version=city.version.pk, data={"name": "店", "area": 20}, materials=SUBMITTED,
        applicant=Applicant("王伟", account=account), command_id=uuid4(), precheck=True,
    )  # fmt: skip
    return Case.objects.get(pk=opened.case_id)


def test_the_window_answers_and_says_everything_that_is_missing(city: City, as_: SignIn) -> None:
    case, clerk = asked(city), as_("clerk")
    assert case.number in clerk.get("/desk/").content.decode()
    page = text_of(clerk.get(url(case.number)))
    assert "预受理答复：您来办" in page
    assert "不予受理" not in page
    silent = send(clerk, case.number, "answer_precheck", outcome="incomplete")
    assert "请填写还缺什么" in silent.content.decode()
    send(clerk, case.number, "answer_precheck", outcome="incomplete", items="平面图\n租赁合同")
    case.refresh_from_db()
    assert case.state["prechecks"][0]["items"] == ["平面图", "租赁合同"]
    assert "等申请人补齐" in text_of(clerk.get(url(case.number)))


def test_what_is_ready_waits_to_be_accepted(city: City, as_: SignIn) -> None:
    case, clerk = asked(city), as_("clerk")
    send(clerk, case.number, "answer_precheck", outcome="passed")
    case.refresh_from_db()
    assert case.phase == "applied"
    assert "受理：您来办" in text_of(clerk.get(url(case.number)))
