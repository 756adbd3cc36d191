"""Erased by law, a case names nobody any more: not its row, not its form, not its uploads; lists and ledger go on as before."""

from io import BytesIO

import pytest
from django.test import Client

from tests.db.engine.city import ALWAYS, row
from tests.db.papers.test_archive import filed, own_ledger, sealed
from tongban.base.files import file_path, store_upload
from tongban.engine.attachments import add_attachment
from tongban.engine.errors import Refused
from tongban.engine.ledger.erasure import erase_case, erase_personal
from tongban.engine.ledger.verify import verify
from tongban.engine.models import Attachment, CaseData, EventPersonal
from tongban.engine.people import ERASED
from tongban.engine.queries import WHO
from tongban.registry.models import Grant

__all__ = ["filed", "own_ledger"]


@pytest.fixture
def erase(city, django_capture_on_commit_callbacks):
    Grant.objects.create(role="leader", verb="ledger", reach=Grant.Reach.OWN, valid=ALWAYS)

    def do(case) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            erase_case(city.person("head"), case.case_id, "保存期满，本人要求删除")

    return do


def handed_in(city, case, words: bytes):
    stored = store_upload(BytesIO(b"%PDF-1.4\n%%EOF\n" + words), "a.pdf", max_bytes=10**6, allowed={"pdf"})
    add_attachment(city.person("clerk"), case.case_id, "form", stored, "王伟的申请书.pdf")
    return stored


def ended(city, words: bytes):
    case = city.apply()
    stored = handed_in(city, case, words)
    city.do("clerk", case, "accept")
    city.do("applicant", case, "withdraw", reason="我叫王伟，不办了")
    return case, stored


def test_the_row_the_form_and_the_uploads_go_and_the_ledger_holds(city, erase, own_ledger):
    case, stored = ended(city, b"one")
    erase(case)
    after = row(case)
    assert (after.applicant_name, after.applicant_digest) == (ERASED, "")
    assert "王伟" not in after.title
    assert not CaseData.objects.filter(case_id=case.case_id).exists()
    assert not Attachment.objects.filter(case_id=case.case_id).exists()
    assert not file_path(stored.sha256).exists()
    assert not EventPersonal.objects.filter(case_id=case.case_id, erased_at=None).exists()
    sealed()
    report = verify()
    assert report.ok, report.first


def test_an_upload_that_another_case_holds_stays_there(city, erase):
    case, stored = ended(city, b"shared")
    other = city.apply()
    add_attachment(city.person("clerk"), other.case_id, "form", stored, "b.pdf")
    erase(case)
    assert file_path(stored.sha256).exists()


def test_pages_lists_and_search_go_on(city, erase):
    case, _stored = ended(city, b"two")
    erase(case)
    clerk = Client()
    clerk.force_login(city.person("clerk"), "django.contrib.auth.backends.ModelBackend")
    page = clerk.get(f"/desk/cases/{case.number}/").content.decode()
    assert ERASED in page
    assert "王伟" not in page
    for path in ("materials", "trail"):
        page = clerk.get(f"/desk/cases/{case.number}/{path}/")
        assert page.status_code == 200
        assert "王伟" not in page.content.decode()
    found = clerk.get("/desk/search/?q=食品")
    assert found.status_code == 200
    assert "王伟" not in found.content.decode()
    applicant = Client()
    applicant.force_login(city.person("applicant"), "django.contrib.auth.backends.ModelBackend")
    assert applicant.get(f"/track/{case.number}/").status_code == 200


def test_an_open_case_keeps_who_applied(city, erase):
    case = city.apply()
    for attempt in (
        lambda: erase_case(city.person("head"), case.case_id, "理由"),
        lambda: erase_personal(city.person("head"), case.case_id, 1, WHO, "理由"),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "case_open"
