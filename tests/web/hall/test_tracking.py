"""Who may follow a case and what they see; what the applicant may do to it."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.test import Client

from tests.db.engine.city import City, row
from tests.web.hall.conftest import fill, pdf
from tongban.engine.models import CaseData, CaseState
from tongban.engine.outbox import deliver
from tongban.engine.services import Applicant, Outcome
from tongban.faces.hall.models import Notice
from tongban.platforms.papers.models import ResultNumber

SignIn = Callable[[str], Client]
DATA: dict[str, Any] = {
    "app_type": "自然人",
    "app_name": "王伟",
    "id_no": "110101199003070775",
    "mobile": "13800138000",
    "area": 80,
    "items": ["热食"],
}


def test_number_and_secret_open_the_way_without_names(city: City) -> None:
    case = city.apply(data=DATA)
    page = Client().post("/track/", {"number": case.number, "secret": case.secret.lower()}).content.decode()
    assert "申请已收到" in page
    assert "王*" in page
    assert "王伟" not in page
    assert "13800138000" not in page


def test_a_wrong_pair_gets_one_answer_and_then_a_pause(city: City) -> None:
    case, client = city.apply(data=DATA), Client()
    wrong = client.post("/track/", {"number": case.number, "secret": "X" * 12})
    unknown = client.post("/track/", {"number": "2026999999999", "secret": "X" * 12})
    assert "对不上" in wrong.content.decode()
    assert "对不上" in unknown.content.decode()
    for _ in range(8):
        client.post("/track/", {"number": case.number, "secret": "X" * 12})
    late = client.post("/track/", {"number": case.number, "secret": case.secret})
    assert late.status_code == 429


def test_the_receipt_is_of_the_unit_that_received(city: City, signed_in: SignIn) -> None:
    """行政许可法第三十二条: a written receipt of the office, not of whoever runs the site."""
    case = city.apply(data=DATA)
    receipt = signed_in("applicant").get(f"/track/{case.number}/receipt/").content.decode()
    assert f"<header><span>{city.bureau.key}</span>" in receipt


def test_who_knows_the_pair_may_look_as_often_as_they_like(city: City) -> None:
    """One address stands for a whole hall, or all phones of a carrier: what is right counts against nobody."""
    case, client = city.apply(data=DATA), Client()
    pair = {"number": case.number, "secret": case.secret}
    for _ in range(9):
        assert "对不上" in client.post("/track/", {**pair, "secret": "X" * 12}).content.decode()
    for _ in range(15):
        assert "申请已收到" in client.post("/track/", pair).content.decode()
    assert client.post("/complain/", {**pair, "topic": "", "words": "短"}).status_code == 409
    assert "申请已收到" in client.post("/track/", pair).content.decode()


def test_only_the_applicant_sees_a_case_signed_in(city: City, signed_in: SignIn) -> None:
    number = city.apply(data=DATA).number
    for path in (f"/track/{number}/", f"/track/{number}/receipt/", f"/track/{number}/withdraw/"):
        assert signed_in("applicant").get(path).status_code == 200
        assert signed_in("stranger").get(path).status_code == 404
        assert signed_in("clerk").get(path).status_code == 404
        assert Client().get(path).status_code == 302


def test_after_the_decision_the_clock_says_what_it_took(city: City, signed_in: SignIn) -> None:
    case = city.apply(data=DATA)
    city.do("clerk", case, "accept")
    page = signed_in("applicant").get(f"/track/{case.number}/").content.decode()
    assert ("还剩" in page, "用时" in page) == (True, False)
    city.do("reviewer", case, "complete", outcome="pass")
    city.do("neighbour", case, "complete", outcome="pass")
    city.do("section_head", case, "complete", outcome="agree")
    city.do("head", case, "complete", outcome="granted")
    page = signed_in("applicant").get(f"/track/{case.number}/").content.decode()
    assert "已作出决定" in page
    assert "当天" in page
    assert "还剩" not in page
    assert "已用" not in page


def test_answering_a_notice(city: City, signed_in: SignIn) -> None:
    case = city.apply(data=DATA)
    city.do("clerk", case, "request_correction", items=["平面图看不清"])
    client = signed_in("applicant")
    assert "平面图看不清" in client.get(f"/track/{case.number}/").content.decode()
    at = client.post(f"/track/{case.number}/supply/").url
    base = at.rsplit("/", 2)[0]
    client.post(at, {"plan": pdf("新图.pdf", b"two"), "_note": "已重画"})
    client.post(f"{base}/2/", {**DATA, "area": "90"})
    assert client.post(f"{base}/3/", {"_sure": "1"}).url == f"/track/{case.number}/"
    assert client.post(f"{base}/3/", {"_sure": "1"}).status_code == 302, "sent again changes nothing"
    after = row(case)
    assert after.phase == "applied"
    assert after.state["materials"]["plan"] == "supplied"
    assert "90" in client.get(f"/track/{case.number}/").content.decode()


def test_an_answer_that_does_nothing_is_refused_by_what_was_asked(city: City, signed_in: SignIn) -> None:
    client, case, base = _asked_to_mend(city, signed_in)
    client.post(f"{base}/1/", {"_note": " "})
    client.post(f"{base}/2/", {"mobile": "13800138000", "area": " 80", "items": ["热食"], "chef": ""})
    for page in (client.get(f"{base}/3/"), client.post(f"{base}/3/", {"_sure": "1"})):
        assert page.status_code == 200
        assert "平面图看不清：还没有补" in page.content.decode()
        assert "面积不对：还没有补" in page.content.decode()
    assert row(case).phase == "correcting"

    client.post(f"{base}/1/", {"_note": "图是清楚的，面积也对"})
    assert "还没有补" not in client.get(f"{base}/3/").content.decode()
    assert client.post(f"{base}/3/", {"_sure": "1"}).url == f"/track/{case.number}/"
    assert row(case).phase == "applied"


def test_a_changed_answer_alone_answers_a_notice(city: City, signed_in: SignIn) -> None:
    client, case, base = _asked_to_mend(city, signed_in)
    client.post(f"{base}/1/", {})
    client.post(f"{base}/2/", {"mobile": "13800138000", "area": "45", "items": ["热食"]})
    assert client.post(f"{base}/3/", {"_sure": "1"}).url == f"/track/{case.number}/"
    assert CaseData.objects.filter(case_id=case.case_id).order_by("-no")[0].data == {**DATA, "area": 45}


def test_who_applies_cannot_be_changed_in_an_answer_to_a_notice(city: City, signed_in: SignIn) -> None:
    client, case, base = _asked_to_mend(city, signed_in)
    for at in (f"{base}/2/", f"{base}/3/"):
        page = client.get(at).content.decode()
        assert "1101**********0775" in page
        assert "110101199003070775" not in page
    assert re.search(r'<input[^>]*name="app_name"[^>]*readonly', client.get(f"{base}/2/").content.decode())
    other = {"app_type": "法人或其他组织", "app_name": "赵敏", "id_no": "11010119900307109X"}
    client.post(f"{base}/2/", {**DATA, **other})
    assert "平面图看不清：还没有补" in client.post(f"{base}/3/", {"_sure": "1"}).content.decode()
    client.post(f"{base}/2/", {**DATA, **other, "area": "45"})
    client.post(f"{base}/3/", {"_sure": "1"})
    assert CaseData.objects.filter(case_id=case.case_id).order_by("-no")[0].data == {**DATA, "area": 45}


def test_a_firm_cannot_become_another_in_an_answer_to_a_notice(city: City, signed_in: SignIn) -> None:
    firm = {
        "app_type": "法人或其他组织", "org_name": "安澜小馆", "uscc": "91110108MA01KPGK6G", "mobile": "13800138000",
        "area": 40, "items": ["热食"],
    }  # fmt: skip
    applicant = Applicant("安澜小馆", "organisation", "uscc", firm["uscc"], account=city.person("applicant"))
    client, case, base = _asked_to_mend(city, signed_in, data=firm, applicant=applicant)
    page = client.get(f"{base}/2/").content.decode()
    assert re.search(r'<input[^>]*name="org_name"[^>]*readonly', page)
    client.post(f"{base}/2/", {**firm, "org_name": "别家小馆", "uscc": "", "area": "45"})
    assert client.post(f"{base}/3/", {"_sure": "1"}).url == f"/track/{case.number}/"
    assert CaseData.objects.filter(case_id=case.case_id).order_by("-no")[0].data == {**firm, "area": 45}


def _asked_to_mend(
    city: City, signed_in: SignIn, data: dict[str, Any] = DATA, **more: Any
) -> tuple[Client, Outcome, str]:
    """A case with a notice, and the address of its answer without the step."""
    case = city.apply(data=data, **more)
    city.do("clerk", case, "request_correction", items=["平面图看不清", "面积不对"])
    client = signed_in("applicant")
    return client, case, client.post(f"/track/{case.number}/supply/").url.rsplit("/", 2)[0]


def test_withdrawing_asks_first_and_twice_is_once(city: City, signed_in: SignIn) -> None:
    case, client = city.apply(data=DATA), signed_in("applicant")
    assert "不能恢复" in client.get(f"/track/{case.number}/withdraw/").content.decode()
    command = {"reason": "不办了", "command_id": str(uuid4())}
    client.post(f"/track/{case.number}/withdraw/", command)
    client.post(f"/track/{case.number}/withdraw/", command)
    assert row(case).result == "withdrawn"
    refused = client.get(f"/track/{case.number}/withdraw/", follow=True).content.decode()
    assert "撤回申请" in refused


def test_the_applicant_hears_of_what_happens_once(city: City, signed_in: SignIn) -> None:
    case = city.apply(data=DATA)
    city.do("clerk", case, "request_correction", items=["平面图看不清"])
    deliver()
    deliver()
    assert list(Notice.objects.values_list("type", "to_do").order_by("seq")) == [
        ("case.applied", False),
        ("correction.requested", True),
    ]
    client = signed_in("applicant")
    assert "消息 2" in client.get("/me/").content.decode()
    notice = Notice.objects.get(to_do=True)
    assert client.post("/me/messages/read/", {"notice": notice.pk}).url == f"/track/{case.number}/"
    assert signed_in("stranger").post("/me/messages/read/", {"notice": notice.pk}).status_code == 404
    client.post("/me/messages/read/")
    assert not Notice.objects.filter(read_at=None).exists()


def test_a_result_is_checked_by_number_and_holder(city: City) -> None:
    case = city.apply(data=DATA)
    for who, type_, data in (
        ("clerk", "accept", {}),
        ("reviewer", "complete", {"outcome": "pass"}),
        ("neighbour", "complete", {"outcome": "pass"}),
        ("section_head", "complete", {"outcome": "agree"}),
        ("head", "complete", {"outcome": "granted"}),
    ):
        city.do(who, case, type_, **data)
    number = row(case).state["certificate"]["number"]
    client = Client()
    right = client.post("/check/", {"number": number, "holder": "王伟"}).content.decode()
    assert "是真的" in right
    assert "王*" in right
    assert "没有查到" in client.post("/check/", {"number": number, "holder": "王明"}).content.decode()
    assert "没有查到" in client.post("/check/", {"number": case.number, "holder": "王伟"}).content.decode()
    assert Client().get(f"/check/{case.number}/proof.json").status_code == 404


def test_a_check_does_not_speak_of_a_running_case(city: City) -> None:
    case = city.apply(data=DATA)
    client = Client()
    for number in (case.number, f"{case.number}-1"):
        page = client.post("/check/", {"number": number, "holder": "王伟"}).content.decode()
        assert "没有查到" in page
        assert "待受理" not in page
    assert client.get(f"/check/{case.number}/proof.json").status_code == 404


def test_a_validity_in_words_does_not_break_the_check(city: City) -> None:
    case = city.apply(data=DATA)
    state = row(case).state | {
        "certificate": {"name": "许可证", "number": "许2020-1", "issued": "2020-03-01T10:00:00+08:00",
                        "valid_until": "二〇二五年底"}
    }  # fmt: skip
    CaseState.objects.filter(pk=case.case_id).update(state=state)
    offering = city.version.offering
    ResultNumber.objects.create(
        number="许2020-1", case_id=case.case_id, organisation=city.bureau, matter=offering.matter
    )
    page = Client().post("/check/", {"number": "许2020-1", "holder": "王伟"}).content.decode()
    assert "以证照上写的为准" in page
    assert "二〇二五年底" in page


def test_a_paper_of_an_organisation_is_not_taken_for_a_persons(city: City, signed_in: SignIn) -> None:
    account = city.person("applicant")
    firm = Applicant("好味餐饮有限公司", "organisation", "uscc", "91330106MA2B1X4Y5P", account=account)
    case = city.apply(data=DATA, applicant=firm)
    assert "好味餐饮有限公司" in signed_in("applicant").get("/me/").content.decode()
    page = Client().post("/track/", {"number": case.number, "secret": case.secret}).content.decode()
    assert "好味餐饮有限公司" in page


def test_what_was_filled_in_is_in_the_list_of_drafts(signed_in: SignIn) -> None:
    client = signed_in("applicant")
    fill(client)
    assert "第 5 步，共 5 步" in client.get("/me/drafts/").content.decode()


def test_who_had_the_application_taken_back_at_the_counter_is_told_so(city: City, signed_in: SignIn) -> None:
    """One's own withdrawal one knows of; the counter's has a reason, which is told."""
    own, theirs = city.apply(data=DATA), city.apply(data=DATA)
    city.do("applicant", own, "withdraw")
    city.do("clerk", theirs, "withdraw", reason="来电说明，已收书面撤回申请")
    while deliver():
        pass
    told = Notice.objects.filter(account=city.person("applicant"), title__contains="撤回")
    assert [(n.case_id, n.text) for n in told] == [(theirs.case_id, "来电说明，已收书面撤回申请")]
    client = signed_in("applicant")
    page = client.get(f"/track/{theirs.number}/").content.decode()
    assert "窗口按您的要求撤回了申请" in page
    assert "来电说明" in page
    assert "您已撤回申请" in client.get(f"/track/{own.number}/").content.decode()
