"""From the first screen to the receipt: nothing typed is lost, nobody else sees it, and twice is once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.db.engine.city import City
from tests.unit.disclosure.hostile import locked_pdf
from tests.web.hall.conftest import ID_NUMBER, fill, pdf
from tongban.base.files import file_path, is_intact
from tongban.base.models import StoredFile
from tongban.engine.models import Attachment, Case, CaseData
from tongban.faces.hall.models import Draft, DraftFile
from tongban.faces.hall.services import clear_expired

SignIn = Callable[[str], Client]


def test_somebody_fills_in_signs_in_and_sends(city: City) -> None:
    client = Client()
    at = client.post("/apply/M1-scjg/", {"_who": "self"}).url
    base = at.rsplit("/", 2)[0]
    wrong = client.post(at, {"app_name": "王", "mobile": "13800138000"})
    assert "应为 2 到 30 个字" in wrong.content.decode()
    client.force_login(city.person("applicant"), backend="django.contrib.auth.backends.ModelBackend")
    kept = client.get(at).content.decode()
    assert "13800138000" in kept
    assert "1101**********0775" in kept
    assert ID_NUMBER not in kept
    assert client.post(at, {"mobile": "13800138000"}).url == f"{base}/3/"
    client.post(f"{base}/3/", {"area": "12.50", "items": ["热食"]})
    client.post(f"{base}/4/", {"form": pdf(), "_later": ["training"]})
    assert "先确认" in client.post(f"{base}/5/", {}).content.decode()
    sent = client.post(f"{base}/5/", {"_sure": "1"})
    case = Case.objects.visible_to(city.person("applicant")).get()
    assert sent.url == f"/track/{case.number}/receipt/"
    data = CaseData.objects.get(case=case).data
    assert data == {
        "app_type": "自然人", "app_name": "王伟", "id_no": ID_NUMBER, "mobile": "13800138000", "area": "12.5", "items": ["热食"],
    }  # fmt: skip
    assert case.state["materials"] == {"form": "supplied", "training": "later"}
    assert Attachment.objects.get(case=case).name == "a.pdf"
    assert Draft.objects.get().typed == {}


def test_the_secret_is_shown_once_and_is_in_no_address(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = fill(client)
    receipt = client.post(f"{base}/5/", {"_sure": "1"}).url
    first, second = (client.get(receipt).content.decode() for _ in range(2))
    secret = re.search(r"查询密码</dt><dd>.*?([2-9A-Z]{12})", first, re.DOTALL)
    assert secret is not None
    assert secret[1] not in second
    assert "<svg" in first
    assert f"secret={secret[1]}" not in first


def test_sent_twice_is_one_case(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = fill(client)
    urls = {client.post(f"{base}/5/", {"_sure": "1"}).url for _ in range(2)}
    assert len(urls) == 1
    assert Case.objects.visible_to(city.person("applicant")).count() == 1


def test_a_draft_is_nobody_elses(city: City, signed_in: SignIn) -> None:
    base = fill(signed_in("applicant"))
    nobody = Client()  # may be the person, signed out in the middle: is asked to sign in, and told nothing
    assert nobody.get(f"{base}/2/").headers["Location"].startswith("/account/login/")
    assert nobody.post(f"{base}/2/save/", {"mobile": "1"}).headers["Location"] == "/account/login/?next=/"
    for other in (signed_in("stranger"), signed_in("clerk")):
        assert other.get(f"{base}/2/").status_code == 404
        assert other.post(f"{base}/2/save/", {"mobile": "1"}).status_code == 404
        assert other.post(f"{base}/material/form/", {"form": pdf()}).status_code == 404


def test_autosave_keeps_what_is_not_right_yet(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    at = client.post("/apply/M1-scjg/", {"_who": "firm"}).url
    answer = client.post(f"{at}save/", {"uscc": "913", "mobile": "13"})
    assert re.fullmatch(r"\d\d:\d\d", answer.json()["saved_at"])
    assert Draft.objects.get().typed == {"uscc": "913", "mobile": "13"}


def test_a_file_that_is_not_what_it_says_is_refused_and_the_good_one_stays(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = fill(client)
    bad = SimpleUploadedFile("b.pdf", b"MZ nothing good")
    row = client.post(f"{base}/material/form/", {"form": bad}).content.decode()
    assert "b.pdf：" in row
    assert "a.pdf" in row
    assert row.startswith('<div class="tb-up is-bad"')


def test_of_several_files_the_locked_one_is_named_with_why_and_the_others_are_kept(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = fill(client)
    locked = SimpleUploadedFile("锁住的.pdf", locked_pdf())
    sent = [pdf("前.pdf", b"two"), locked, pdf("后.pdf", b"three")]
    row = client.post(f"{base}/material/form/", {"form": sent}).content.decode()
    assert "锁住的.pdf：这个" in row
    assert "设了打开密码" in row
    assert "去掉密码" in row
    assert all(name in row for name in ("a.pdf", "前.pdf", "后.pdf"))
    assert Draft.objects.get().typed


def test_missing_material_is_said_beside_it(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    at = client.post("/apply/M1-scjg/", {"_who": "self"}).url
    base = at.rsplit("/", 2)[0]
    client.post(f"{base}/2/", {"mobile": "13800138000"})
    client.post(f"{base}/3/", {"area": "80", "items": ["冷食"]})
    page = client.post(f"{base}/4/", {"form": pdf()}).content.decode()
    assert "平面图：还没有上传" in page
    assert "申请书：还没有上传" not in page
    assert client.post(f"{base}/5/", {"_sure": "1"}).status_code == 200, "and nothing is sent"


def test_what_may_come_later_is_said_to_come_later_or_handed_in(city: City, signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = fill(client)
    silent = client.post(f"{base}/4/", {})
    assert silent.status_code == 200
    assert "培训材料：请上传，或勾选以后再补" in silent.content.decode()
    assert "培训材料：请上传，或勾选以后再补" in client.get(f"{base}/5/").content.decode()
    assert client.post(f"{base}/5/", {"_sure": "1"}).status_code == 200, "and nothing is sent"
    assert not Case.objects.exists()
    assert client.post(f"{base}/4/", {"later": "1"}).status_code == 302, "put aside, nothing is asked"

    assert client.post(f"{base}/4/", {"_later": ["training"]}).url == f"{base}/5/"
    assert "待补" in client.get(f"{base}/5/").content.decode()
    receipt = client.post(f"{base}/5/", {"_sure": "1"}).url
    case = Case.objects.get()
    clerk = signed_in("clerk")
    pages = (
        (client, receipt),
        (client, f"/track/{case.number}/"),
        (clerk, f"/desk/cases/{case.number}/materials/"),
    )
    for reader, path in pages:
        page = reader.get(path).content.decode()
        assert re.search("培训材料.{,600}?待补", page, re.DOTALL), path


def test_what_may_come_later_can_be_handed_in_at_once(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = fill(client)
    assert client.post(f"{base}/4/", {"training": pdf("b.pdf", b"two")}).url == f"{base}/5/"
    client.post(f"{base}/5/", {"_sure": "1"})
    assert Case.objects.get().state["materials"] == {"form": "supplied", "training": "supplied"}


def test_without_a_real_name_nothing_is_sent_and_nothing_is_lost(city: City, signed_in: SignIn) -> None:
    client = signed_in("stranger")
    at = client.post("/apply/M1-scjg/", {"_who": "self"}).url
    base = at.rsplit("/", 2)[0]
    client.post(f"{base}/2/", {"app_name": "赵敏", "id_no": "11010119900307109X", "mobile": "13800138000"})
    assert "/me/profile/?next=" in client.get(f"{base}/5/").content.decode()
    assert client.post(f"{base}/5/", {"_sure": "1"}).status_code == 200
    stated = {"name": "赵敏", "id_number": "11010119900307109X", "phone": "", "_next": f"{base}/5/"}
    assert client.post("/me/profile/", stated).url == f"{base}/5/"
    assert "/me/profile/?next=" not in client.get(f"{base}/5/").content.decode()


def test_a_deleted_draft_can_be_taken_back(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    base = fill(client)
    client.post(f"{base}/remove/")
    assert "草稿已删除" in client.get(f"{base}/2/").content.decode()
    assert client.get("/me/drafts/").content.decode().count(base) == 0
    client.post(f"{base}/restore/")
    assert "李强" in client.get(f"{base}/3/").content.decode()


def test_what_was_handed_in_with_a_deleted_draft_leaves_the_disk_and_what_a_case_holds_stays(
    city: City, signed_in: SignIn
) -> None:
    """The page says that the files are deleted too: these are scans of people's papers."""
    client = signed_in("applicant")
    gone, sent = fill(client), fill(client)
    client.post(f"{sent}/5/", {"_sure": "1"})
    kept = Attachment.objects.get().file
    client.post(f"{gone}/material/plan/", {"plan": SimpleUploadedFile("图.pdf", pdf().read() + b"\n% once")})
    held = DraftFile.objects.exclude(file=kept).get().file
    client.post(f"{gone}/remove/")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3)):
        clear_expired()
    assert not DraftFile.objects.filter(file=held).exists()
    assert not StoredFile.objects.filter(pk=held.pk).exists()
    assert not file_path(held.pk).exists()
    assert is_intact(kept)


def test_nobody_fills_the_disk_from_one_address(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the number of applications begun, by files and by their weight; who is signed in has more room."""
    monkeypatch.setattr("tongban.faces.rate.UPLOADED", 1)
    monkeypatch.setattr("tongban.faces.hall.views.apply.DRAFTS", 2)
    client = Client()
    at = client.post("/apply/M1-scjg/", {"_who": "self"}).url.rsplit("/", 2)[0]
    assert "传得太多" not in client.post(f"{at}/material/form/", {"form": pdf()}).content.decode()
    refused = client.post(f"{at}/material/form/", {"form": pdf()}).content.decode()
    assert "这一小时传得太多了" in refused
    assert client.post("/apply/M1-scjg/", {"_who": "self"}).status_code == 302
    again = client.post("/apply/M1-scjg/", {"_who": "self"})
    assert again.status_code == 429
    assert "新开的申请太多" in again.content.decode()
    client.force_login(city.person("applicant"), backend="django.contrib.auth.backends.ModelBackend")
    assert "传得太多" not in client.post(f"{at}/material/form/", {"form": pdf()}).content.decode()
