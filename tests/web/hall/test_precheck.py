"""预受理 on the web: looked at first, told what is missing, filled in, and applied for without handing in anything twice."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import City, build
from tests.standing import standing
from tests.web.hall.conftest import CONTENT_ON_THE_WEB, ID_NUMBER, pdf
from tests.web.scene import text_of
from tongban.engine.models import Attachment, Case, EventRow
from tongban.engine.services import perform
from tongban.registry.identity import set_identity

SignIn = Callable[[str], Client]
PROMISED = {
    **CONTENT_ON_THE_WEB,
    "limits": {**CONTENT_ON_THE_WEB["limits"], "precheck": {"amount": 2, "unit": "workday"}},
}


def _build() -> City:
    made = build(content=PROMISED)
    applicant = made.people["applicant"]
    applicant.display_name, applicant.real_name_level, applicant.phone = "王伟", 2, "13800138000"
    set_identity(applicant, "111", ID_NUMBER)
    applicant.save()
    return made


built = standing(_build)


@pytest.fixture
def city(built: City, db: None) -> City:
    return deepcopy(built)


def ask(client: Client) -> Case:
    """Ask for a look without the plan."""
    at = client.post("/apply/M1-scjg/", {"_who": "self"}).url
    base = at.rsplit("/", 2)[0]
    client.post(f"{base}/2/", {"mobile": "13800138000"})
    client.post(f"{base}/3/", {"area": "80", "items": ["热食"]})
    assert client.post(f"{base}/4/", {"form": pdf()}).status_code == 302, (
        "what is looked at first may lack something"
    )
    review = client.get(f"{base}/5/").content.decode()
    assert "2 个工作日内答复" in review
    assert client.post(f"{base}/5/", {"_sure": "1"}).status_code == 200, "applying lacks the plan"
    sent = client.post(f"{base}/5/", {"_sure": "1", "precheck": "1"})
    assert sent.status_code == 302
    return Case.objects.get()


def answer(city: City, case: Case, outcome: str, **said: object) -> None:
    perform(
        city.person("clerk"),
        case.pk,
        "answer_precheck",
        command_id=uuid4(),
        data={"outcome": outcome, **said},
    )


def test_looked_at_told_filled_in_and_applied_for(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    case = ask(client)
    assert case.phase == "precheck"
    page = text_of(client.get(reverse("hall:case", args=[case.number])))
    assert "正在预审" in page
    assert "不等预审，正式申请" in page
    answer(city, case, "incomplete", items=["平面图要盖章"])
    page = text_of(client.get(reverse("hall:case", args=[case.number])))
    assert "平面图要盖章" in page
    assert "去补齐再交" in page
    at = client.post(reverse("hall:supply", args=[case.number])).url
    base = at.rsplit("/", 2)[0]
    assert "平面图要盖章" in client.get(at).content.decode()
    client.post(at, {"plan": pdf("plan.pdf", b"two")})
    client.post(f"{base}/2/", {"mobile": "13800138000", "area": "80", "items": ["热食"]})
    client.post(f"{base}/3/", {"_sure": "1"})
    case.refresh_from_db()
    assert case.state["prechecks"][-1].get("answered") is None
    answer(city, case, "passed")
    case.refresh_from_db()
    assert case.phase == "applied"
    assert case.state["materials"] == {"form": "supplied", "plan": "supplied"}
    assert Attachment.objects.filter(case=case, replaced_at=None).count() == 2
    assert "待受理" in text_of(client.get(reverse("hall:case", args=[case.number])))


def test_the_applicant_applies_without_waiting(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    case = ask(client)
    at = reverse("hall:act", args=[case.number, "apply"])
    page = client.get(at).content.decode()
    assert "现在正式申请" in page
    lacking = client.post(at, {"command_id": str(uuid4())}).content.decode()
    assert "还缺少必要材料" in lacking, "and the plan is still missing"


def test_filled_in_it_can_be_applied_with_at_once(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    case = ask(client)
    answer(city, case, "incomplete", items=["平面图"])
    at = client.post(reverse("hall:supply", args=[case.number])).url
    base = at.rsplit("/", 2)[0]
    client.post(at, {"plan": pdf("plan.pdf", b"two")})
    client.post(f"{base}/2/", {"mobile": "13800138000", "area": "80", "items": ["热食"]})
    client.post(f"{base}/3/", {"_sure": "1", "formally": "1"})
    case.refresh_from_db()
    assert case.phase == "applied"


def test_what_nobody_fills_in_ends_by_itself(city: City, signed_in: SignIn) -> None:
    case = ask(signed_in("applicant"))
    answer(city, case, "returned", words="不属于本机关")
    case.refresh_from_db()
    assert case.wake_at is not None
    assert case.wake_at - case.opened_at > timedelta(days=15)
    assert not EventRow.objects.filter(case_id=case.pk, type="case.applied").exists()
