"""A case is taken in on one screen, wrong or right, and accepted from its receipt."""

import re
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.db.engine.city import City
from tests.web.desk.conftest import SignIn
from tongban.engine.models import Attachment, Case

FILLED = {
    "org_name": "兴旺小吃店",
    "uscc": "91110108551385082Q",
    "mobile": "13812345678",
    "name": "兴旺",
    "area": "60",
}


def intake_url() -> str:
    return reverse("desk:intake", args=["M1-scjg"])


def test_who_may_not_accept_is_told_why(city: City, as_: SignIn) -> None:
    assert as_("reviewer").get(reverse("desk:counter")).status_code == 403
    assert as_("reviewer").get(intake_url()).status_code == 404


def test_a_wrong_check_digit_is_shown_beside_the_field_and_scans_are_kept(city: City, as_: SignIn) -> None:
    scan = SimpleUploadedFile(
        "plan.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n", "application/pdf"
    )
    client = as_("clerk")
    answer = client.post(
        intake_url(), {**FILLED, "uscc": "91110108551385082A", "_f_plan": scan, "command_id": str(uuid4())}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "兴旺小吃店" in page
    token = re.search(r'name="_k_plan" value="([^"]+)"', page)
    assert token is not None
    again = client.post(
        intake_url(), {**FILLED, "_k_plan": token[1], "_all": "1", "command_id": str(uuid4())}
    )
    assert again.status_code == 302
    assert Attachment.objects.get().name == "plan.pdf"


def test_a_case_taken_in_gives_a_receipt_and_is_accepted_from_it(city: City, as_: SignIn) -> None:
    client = as_("clerk")
    sent = {**FILLED, "_all": "1", "_m_training": "later", "command_id": str(uuid4())}
    answer = client.post(intake_url(), sent)
    case = Case.objects.visible_to(city.person("clerk")).get()
    assert answer["Location"] == reverse("desk:receipt", args=[case.number])
    assert case.applicant_name == "兴旺小吃店"
    assert case.applicant_kind == "organisation"
    assert case.channel == "counter"
    page = client.get(answer["Location"]).content.decode()
    assert "<svg" in page
    assert case.number in page
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    client.post(reverse("desk:act", args=[case.number]), fields)
    case.refresh_from_db()
    assert case.phase == "accepted"


def test_the_same_screen_sent_twice_is_one_case(city: City, as_: SignIn) -> None:
    client = as_("clerk")
    sent = {**FILLED, "_all": "1", "command_id": str(uuid4())}
    client.post(intake_url(), sent)
    client.post(intake_url(), sent)
    assert Case.objects.visible_to(city.person("clerk")).count() == 1
