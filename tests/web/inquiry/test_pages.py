"""The pages of requests for information: asking, the desk's acts, disputes, the report's editor and its refusal by cell."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.db.inquiry.conftest import Office, bureau, office
from tests.town import CODES
from tongban.platforms.inquiry.models import Digest, Dispute, Inquiry, Report
from tongban.registry.queries import today

__all__ = ["bureau", "office"]  # fixtures of the office's own tests
FORM = {
    "org": CODES["scjg"], "applicant_type": "person", "name": "孙一", "id_number": "110101199003070935", "phone": "13900003333",
    "subject": "2023年抽检结果", "way": "web", "medium": "digital",
}  # fmt: skip


def signed_in(office: Office, who: str) -> Client:
    client = Client()
    client.force_login(office.town.people[who], "django.contrib.auth.backends.ModelBackend")
    return client


def act(office: Office, who: str, row: Inquiry, do: str, **said: Any) -> Any:
    client = signed_in(office, who)
    return client.post(f"/desk/inquiries/{row.number}/", {"do": do, "command_id": str(uuid4()), **said})


def test_asking_gives_number_and_secret_and_keeps_what_was_typed_when_refused(office: Office) -> None:
    client = Client()
    refused = client.post("/inquiry/apply/", FORM | {"id_number": "", "command_id": str(uuid4())})
    assert refused.status_code == 422
    assert "孙一" in refused.content.decode()
    sent = client.post("/inquiry/apply/", FORM | {"command_id": str(uuid4())})
    number = re.search(r"GK\d{13}", sent.content.decode())
    assert number is not None
    row = Inquiry.objects.get(number=number.group())
    assert (row.subject, row.received_on) == ("2023年抽检结果", None)


def test_the_desk_confirms_asks_others_and_publishes_by_two_people(office: Office) -> None:
    row = office.asked(None)
    assert act(office, "clerk", row, "confirm", items="2").status_code == 302
    assert office.fresh(row).items == 2
    letter = {"names": "甲公司", "coauthors": "", "document": "征1号", "approver": "周主任"}
    assert act(office, "reviewer", row, "consult", **letter).status_code == 302
    opinion = row.opinions.get()
    assert (
        act(office, "reviewer", row, "serve", opinion=opinion.pk, received=today().isoformat()).status_code
        == 302
    )
    assert (
        act(office, "reviewer", row, "opinion", opinion=opinion.pk, agrees="0", words="商业秘密").status_code
        == 302
    )
    row = office.do("reviewer", row, "complete", outcome="partial", opinion="提供部分。", reason="商业秘密")
    row = office.do("section_head", row, "complete", outcome="pass")
    assert (
        "按拟办意见签发" in signed_in(office, "leader").get(f"/desk/inquiries/{row.number}/").content.decode()
    )
    assert act(office, "leader", row, "sign").status_code == 302
    assert act(office, "reviewer", row, "propose", subject="抽检结果", answer="提供部分。").status_code == 302
    assert act(office, "reviewer", row, "release").status_code == 409
    edition = Digest.objects.get(pk=row.pk).edition
    assert act(office, "section_head", row, "release", seen=edition).status_code == 302
    assert "提供部分" in Client().get(f"/inquiry/{row.number}/").content.decode()
    assert "抽检结果" in Client().get("/inquiry/?q=抽检").content.decode()


def test_what_cannot_be_done_says_why_and_nothing_is_lost(office: Office) -> None:
    row = office.registered()
    refused = act(office, "reviewer", row, "charge", by="pages", pages="20")
    assert refused.status_code == 409
    assert "不收费" in refused.content.decode()
    assert act(office, "reviewer", row, "dance").status_code == 409
    case_page = signed_in(office, "reviewer").get(f"/desk/cases/{row.number}/").content.decode()
    assert "备注" in case_page
    assert "收费" not in case_page  # on the request's own page, by the ladders


def test_paper_is_typed_in_at_the_counter(office: Office) -> None:
    client = signed_in(office, "clerk")
    said = FORM | {"channel": "post", "submitted": today().isoformat(), "command_id": str(uuid4())}
    refused = client.post("/desk/inquiries/enter/", said)
    assert refused.status_code == 422
    assert "签收日期" in refused.content.decode()
    assert client.post("/desk/inquiries/enter/", said | {"arrived": today().isoformat()}).status_code == 302
    assert Inquiry.objects.get(channel="post").received_on == today()


def test_disputes_are_entered_and_ended(office: Office) -> None:
    client = signed_in(office, "reviewer")
    said = {
        "org": CODES["scjg"],
        "way": "review",
        "authority": "市司法局",
        "number": "复1号",
        "filed_on": "2026-03-02",
    }
    assert client.post("/desk/inquiries/disputes/", said).status_code == 302
    row = Dispute.objects.get()
    assert client.post("/desk/inquiries/disputes/", said).status_code == 422
    ending = {"dispute": row.pk, "result": "corrected", "ended_on": "2026-05-06"}
    assert client.post("/desk/inquiries/disputes/", ending).status_code == 302
    assert Dispute.objects.get().result == "corrected"


def test_a_report_is_begun_written_published_and_read(office: Office) -> None:
    desk, year = signed_in(office, "reviewer"), today().year - 1
    begun = desk.post("/desk/inquiries/reports/", {"org": CODES["scjg"], "year": str(year), "whole": "0"})
    report = Report.objects.get()
    address = f"/desk/inquiries/reports/{report.pk}/"
    assert begun.headers["Location"] == address
    words = {"overview": "总体情况。", "problems": "", "do": "publish"}
    leader = signed_in(office, "leader")
    refused = leader.post(address, words)
    assert refused.status_code == 422
    assert "还没有写" in refused.content.decode()
    assert desk.post(address, words | {"rule.0": "三", "do": "save"}).status_code == 422
    assert leader.post(address, words | {"problems": "问题。"}).status_code == 302
    public = Client().get(f"/inquiry/reports/{report.pk}/")
    assert "本年新收政府信息公开申请数量" in public.content.decode()
    assert Client().get(f"/inquiry/reports/{report.pk}/xlsx/").status_code == 200
    assert Client().get(f"/inquiry/reports/{report.pk}/exe/").status_code == 404


def test_every_fault_of_an_application_is_told_at_once(office: Office) -> None:
    refused = Client().post("/inquiry/apply/", {"command_id": str(uuid4())})
    assert refused.status_code == 422
    told = set(re.findall(r'href="#f-(\w+)"', refused.content.decode()))
    assert told == {"org", "applicant_type", "name", "id_number", "phone", "subject", "way", "medium"}


@pytest.mark.parametrize(
    ("applicant", "number"), [("person", "110105194912310021"), ("company", "91320402MA1XTEST00")]
)
def test_a_number_that_cannot_be_one_is_sent_back_to_who_typed_it(
    office: Office, applicant: str, number: str
) -> None:
    said = FORM | {"applicant_type": applicant, "id_number": number, "command_id": str(uuid4())}
    refused = Client().post("/inquiry/apply/", said)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert re.findall(r'href="#f-(\w+)"', text) == ["id_number"]
    assert number in text
    assert "2023年抽检结果" in text
    assert not Inquiry.objects.exists()


def test_units_stand_under_headings_by_level(office: Office) -> None:
    assert re.search(r'<optgroup label="[^"]*级">', Client().get("/inquiry/apply/").content.decode())


def test_the_request_tells_what_comes_next_and_its_case_in_words_what_was_asked(office: Office) -> None:
    row = office.asked(None, features="去年冬天那一批")
    page = signed_in(office, "clerk").get(f"/desk/inquiries/{row.number}/").content.decode()
    assert "去年冬天那一批" not in page
    assert f'href="/desk/cases/{row.number}/"' in page
    assert "确认收到" in page
    act(office, "clerk", row, "confirm", items="1")
    page = signed_in(office, "reviewer").get(f"/desk/inquiries/{row.number}/").content.decode()
    assert re.search(r"拟办，在[^；<]+处；请打开办件办理", page)
    case = signed_in(office, "reviewer").get(f"/desk/cases/{row.number}/").content.decode()
    assert "13900001111" in case
    told = case[case.index("申请内容") :]
    for words in ("自然人", "居民身份证", "网上查收", "网络", "去年冬天那一批"):
        assert words in told
    for code in (">person<", ">111<", ">web<", ">digital<"):
        assert code not in told


def test_a_request_is_told_to_be_free_where_it_is_tracked(office: Office) -> None:
    sent = Client().post("/inquiry/apply/", FORM | {"command_id": str(uuid4())}).content.decode()
    number, secret = re.findall(r"data-copy-text>([^<]+)<", sent)
    tracked = Client().post("/track/", {"number": number, "secret": secret}).content.decode()
    assert "不收费" in tracked
    assert "按标准收费" not in tracked
