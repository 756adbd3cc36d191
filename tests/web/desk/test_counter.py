"""A case is taken in on one screen, wrong or right, and accepted from its receipt."""

import re
from copy import copy
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.db.engine.city import City
from tests.web.desk.conftest import SignIn
from tongban.base.codes import make_citizen_id
from tongban.engine.models import Attachment, Case
from tongban.faces.desk import intake as taking
from tongban.platforms.delivery.models import Wish
from tongban.registry.models import OfferingVersion

FILLED = {
    "org_name": "兴旺小吃店",
    "uscc": "91110108551385082Q",
    "mobile": "13812345678",
    "name": "兴旺",
    "area": "60",
}


@dataclass
class Hit:
    version: OfferingVersion


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


def test_how_the_result_is_to_come_is_asked_kept_and_stands_on_the_receipt(city: City, as_: SignIn) -> None:
    client = as_("clerk")
    assert "结果怎么送达" in client.get(intake_url()).content.decode()
    sent = {**FILLED, "_all": "1", "_m_training": "later", "_way": "邮寄", "_to_name": "王伟"}
    wrong = client.post(intake_url(), {**sent, "command_id": str(uuid4())})
    assert wrong.status_code == 422
    assert 'href="#f-_to_address"' in wrong.content.decode()
    right = {**sent, "_to_phone": "13812345678", "_to_address": "人民路 8 号 2 单元 301"}
    answer = client.post(intake_url(), {**right, "command_id": str(uuid4())})
    assert Wish.objects.get().address == "人民路 8 号 2 单元 301"
    assert "人民路 8 号 2 单元 301" in client.get(answer["Location"]).content.decode()


def test_the_same_screen_sent_twice_is_one_case(city: City, as_: SignIn) -> None:
    client = as_("clerk")
    sent = {**FILLED, "_all": "1", "command_id": str(uuid4())}
    client.post(intake_url(), sent)
    client.post(intake_url(), sent)
    assert Case.objects.visible_to(city.person("clerk")).count() == 1


def test_a_credit_code_is_checked_and_a_firm_known_here_is_filled_in(city: City, as_: SignIn) -> None:
    client = as_("clerk")
    first = client.post(intake_url(), {"_number": FILLED["uscc"]}).content.decode()
    assert "校验无误" in first
    assert "兴旺小吃店" not in first
    client.post(intake_url(), {**FILLED, "_all": "1", "command_id": str(uuid4())})
    again = client.post(intake_url(), {"_number": FILLED["uscc"]}).content.decode()
    assert "兴旺小吃店" in again
    assert "本单位受理过" in again
    wrong = client.post(intake_url(), {"_number": "91110108551385082X"})
    assert wrong.status_code == 422


def test_an_identity_number_tells_birth_sex_and_region(city: City, as_: SignIn) -> None:
    number = make_citizen_id("110101", date(1990, 3, 7), 77).text
    page = as_("clerk").post(intake_url(), {"_number": number}).content.decode()
    assert "1990年3月7日生，男" in page


def test_scans_chosen_together_go_to_the_materials_their_names_tell(city: City, as_: SignIn) -> None:
    def scan(name: str) -> SimpleUploadedFile:
        body = f"%PDF-1.7\n% {name}\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
        return SimpleUploadedFile(name, body.encode(), "application/pdf")

    client = as_("clerk")
    sent = {**FILLED, "_all": "1", "command_id": str(uuid4())}
    strange = client.post(intake_url(), {**sent, "_scans": [scan("plan.pdf"), scan("怪.pdf")]})
    assert strange.status_code == 422
    page = strange.content.decode()
    assert "怪.pdf" in page
    token = re.search(r'name="_k_plan" value="([^"]+)"', page)
    assert token is not None
    client.post(intake_url(), {**sent, "_k_plan": token[1], "_scans": [scan("plan 2.pdf"), scan("plan.pdf")]})
    assert sorted(Attachment.objects.values_list("name", flat=True)) == ["plan 2.pdf", "plan.pdf"]
    number = Case.objects.visible_to(city.person("clerk")).get().number
    slip = client.get(reverse("desk:receipt", args=[number]) + "?paper=80").content.decode()
    assert "slip.css" in slip


def test_a_file_that_is_refused_is_named_at_the_top_with_the_way_to_its_field(
    city: City, as_: SignIn
) -> None:
    sent = {**FILLED, "_all": "1", "command_id": str(uuid4())}
    files = {
        "_f_plan": [SimpleUploadedFile("木马.exe", b"MZ"), SimpleUploadedFile("病毒.exe", b"MZ")],
        "_scans": SimpleUploadedFile("怪.pdf", b"%PDF-1.7\n%%EOF\n"),
    }
    answer = as_("clerk").post(intake_url(), {**sent, **files})
    page = answer.content.decode()
    assert answer.status_code == 422
    lines = dict(re.findall(r'<li><a href="#([^"]+)">([^<]+)</a></li>', page))
    assert list(lines) == ["f-scans", "f-plan"]
    assert "木马.exe：" in lines["f-plan"]
    assert "病毒.exe：" in lines["f-plan"]
    assert "怪.pdf" in lines["f-scans"]
    assert "有 2 处需要改" in page
    assert all(f'id="{field}"' in page for field in lines)


def test_the_same_words_once_more_open_the_first_matter(
    city: City, as_: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    mentions, just_so = copy(city.version), city.version
    mentions.name, just_so.name = "仅销售预包装食品经营备案", "食品经营许可"
    monkeypatch.setattr(taking, "search_guides", lambda *_a, **_k: [Hit(mentions), Hit(just_so)])
    client = as_("clerk")
    page = client.get(reverse("desk:counter"), {"q": "食品经营", "was": ""}).content.decode()
    assert '<input type="hidden" name="was" value="食品经营">' in page
    assert re.search(r"找到 2 项，再按回车打开：<a [^>]+>食品经营许可</a>", page)
    assert client.get(reverse("desk:counter"), {"q": "食品", "was": "食品经营"}).status_code == 200
    again = client.get(reverse("desk:counter"), {"q": "食品经营", "was": "食品经营"})
    assert again["Location"] == intake_url()


def test_nothing_found_stays_nothing_however_often_it_is_asked(city: City, as_: SignIn) -> None:
    asked = {"q": "无此事项", "was": "无此事项"}
    assert "没有找到" in as_("clerk").get(reverse("desk:counter"), asked).content.decode()
