"""Documents on the pages: the applicant's, the desk's, and the check that anyone may make from any browser."""

import io

import pytest
from django.test import Client

from tests.db.engine.city import CONTENT, City, build
from tests.web.desk.conftest import FORM
from tongban.base.files import open_file
from tongban.engine import outbox
from tongban.platforms.papers.models import Paper


@pytest.fixture
def city(db: None) -> City:
    return build(content={**CONTENT, "form": FORM})


@pytest.fixture
def done(city):
    case = city.granted()
    while outbox.deliver():
        pass
    return case


def as_(city, name):
    client = Client()
    client.force_login(city.person(name), "django.contrib.auth.backends.ModelBackend")
    return client


def read(paper):
    with open_file(paper.file) as file:
        return file.read()


def test_the_applicant_finds_the_documents_beside_the_case_and_downloads_them(city, done):
    browser = as_(city, "applicant")
    page = browser.get(f"/track/{done.number}/").content.decode()
    for paper in Paper.objects.filter(case_id=done.case_id):
        assert paper.number in page
        answer = browser.get(f"/track/{done.number}/papers/{paper.seq}/")
        assert b"".join(answer.streaming_content) == read(paper)
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
    assert as_(city, "stranger").get(f"/track/{done.number}/papers/4/").status_code == 404
    assert browser.get(f"/track/{done.number}/papers/1/").status_code == 404


def test_the_desk_lists_and_hands_out_the_same_documents(city, done):
    desk = as_(city, "clerk")
    page = desk.get(f"/desk/cases/{done.number}/").content.decode()
    paper = Paper.objects.get(case_id=done.case_id, key="approval")
    assert paper.number in page
    answer = desk.get(f"/desk/cases/{done.number}/papers/{paper.seq}/")
    assert b"".join(answer.streaming_content) == read(paper)
    assert as_(city, "outsider").get(f"/desk/cases/{done.number}/papers/{paper.seq}/").status_code == 404


def test_anyone_who_scans_the_code_sees_that_it_is_genuine_and_nobodys_name(city, done):
    paper = Paper.objects.get(case_id=done.case_id, key="certificate")
    page = Client().get(f"/check/p/{paper.token}/").content.decode()

    assert "是真的，在有效期内" in page
    assert paper.number in page
    assert "王伟" not in page
    assert Client().get("/check/p/AAAAAAAAAAAAAAAAAAAA/").status_code == 404


def test_a_revoked_result_is_shown_as_revoked_with_date_and_reason(city, done):
    paper = Paper.objects.get(case_id=done.case_id, key="certificate")
    city.do(
        "head",
        done,
        "revoke_result",
        how="revoked",
        reason="以欺骗手段取得",
        basis="行政许可法第六十九条第二款",
    )

    page = Client().get(f"/check/p/{paper.token}/").content.decode()
    assert "已撤销" in page
    assert "以欺骗手段取得" in page
    by_number = Client().post("/check/", {"number": paper.number, "holder": "王伟"}).content.decode()
    assert "已撤销" in by_number


def test_a_replaced_result_names_the_newer_one(city, done):
    paper = Paper.objects.get(case_id=done.case_id, key="certificate")
    city.do("head", done, "replace_result", by="111111111-2026-000099", reason="变更法定代表人")

    assert "111111111-2026-000099" in Client().get(f"/check/p/{paper.token}/").content.decode()


def test_a_pdf_is_compared_byte_for_byte(city, done):
    paper = Paper.objects.get(case_id=done.case_id, key="approval")
    genuine = read(paper)

    def ask(content):
        file = io.BytesIO(content)
        file.name = "a.pdf"
        return Client().post("/check/file/", {"file": file}).content.decode()

    assert "是本市出具的文书" in ask(genuine)
    assert "没有核验成功" in ask(genuine + b" ")
    assert "请选择" in Client().post("/check/file/").content.decode()
