"""With a personal value goes what was made of it: bytes gone, digest and fact kept, the ledger and the check as before."""

import io
import zipfile

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from tests.db.engine.city import ALWAYS, row
from tests.db.papers.test_archive import content, filed, own_ledger, sealed
from tongban.base.files import file_path, open_file
from tongban.engine.attachments import add_attachment
from tongban.engine.errors import Refused
from tongban.engine.ledger.erasure import erase_personal
from tongban.engine.ledger.verify import verify
from tongban.engine.queries import WHO
from tongban.platforms.papers.bag import verify_bag
from tongban.platforms.papers.erasing import remove_erased
from tongban.platforms.papers.filing import file_finished
from tongban.platforms.papers.models import ArchivePackage, ErasedFile, Paper
from tongban.platforms.papers.services import issue
from tongban.registry.models import Grant

__all__ = ["filed", "own_ledger"]


@pytest.fixture
def erase(city, django_capture_on_commit_callbacks):
    """Erase who applied, as the auditor does, the commit included."""
    Grant.objects.create(role="leader", verb="ledger", reach=Grant.Reach.OWN, valid=ALWAYS)

    def do(case, seq: int = 1, path: str = WHO) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            erase_personal(city.person("head"), case.case_id, seq, path, "本人撤回同意")

    return do


def pdf(paper: Paper) -> bytes:
    with open_file(paper.file) as file:
        return file.read()


def test_documents_and_package_are_gone_and_the_check_still_answers(filed, erase, papers):
    case, package = filed
    made = papers(case)
    had = pdf(made["certificate"])
    assert had
    erase(case)
    for stored in [package.file, *(p.file for p in made.values())]:
        assert not file_path(stored.sha256).exists()
    assert ErasedFile.objects.filter(removed_at=None).count() == 0
    assert papers(case).keys() == made.keys(), "that there was a document stays said"

    sealed()
    report = verify()
    assert report.ok, report.first
    assert report.counts["erased"] == 1
    page = Client().get(f"/check/p/{made['approval'].token}/").content.decode()
    assert "是本市出具的文书" in page
    assert "内容已依法清除" in page
    upload = SimpleUploadedFile("a.pdf", had, "application/pdf")
    page = Client().post("/check/file/", {"file": upload}).content.decode()
    assert "是真的，在有效期内" in page
    assert "内容已依法清除" in page


def test_nobody_is_given_what_was_erased_and_nothing_is_made_anew(filed, erase, city):
    case, package = filed
    paper = Paper.objects.get(case_id=case.case_id, key="approval")
    erase(case)
    with pytest.raises(Refused) as refused:
        issue(case.case_id, paper.seq)
    assert refused.value.code == "content_erased"
    for who, path in (
        ("applicant", f"/track/{case.number}/papers/{paper.seq}/"),
        ("clerk", f"/desk/cases/{case.number}/papers/{paper.seq}/"),
        ("clerk", f"/desk/archive/{package.pk}/"),
    ):
        client = Client()
        client.force_login(city.person(who), "django.contrib.auth.backends.ModelBackend")
        answer = client.get(path)
        assert answer.status_code == 302
        (said,) = get_messages(answer.wsgi_request)
        assert "已依法清除" in str(said)


def test_the_case_is_filed_anew_without_the_person_and_the_bag_holds(filed, erase):
    case, _ = filed
    erase(case)
    sealed()
    assert file_finished() == 1
    anew = ArchivePackage.objects.get(no=2)
    seen = verify_bag(io.BytesIO(content(anew)))
    assert (seen.case_number, seen.documents) == (case.number, 0)
    with zipfile.ZipFile(io.BytesIO(content(anew))) as bag:
        said = b"".join(bag.read(name) for name in bag.namelist()).decode()
    assert "王伟" not in said
    assert "东门大街" not in said


def test_another_value_takes_the_package_with_it_and_leaves_the_documents(filed, erase, city, papers):
    running = city.apply()
    city.do("applicant", running, "urge", words="我叫王伟，请快一点")
    case, package = filed
    asked = city.apply()
    city.do("applicant", asked, "urge", words="请快一点")
    urged = row(asked).events.get(type="task.urged")
    erase(asked, urged.seq, "/words")
    assert file_path(package.file_id).exists(), "that of another case stays"
    assert file_path(papers(case)["approval"].file_id).exists()


def test_what_the_person_handed_in_elsewhere_stays_there(filed, erase, city, papers):
    case, _ = filed
    certificate = papers(case)["certificate"]
    other = city.apply()
    add_attachment(city.person("clerk"), other.case_id, "form", certificate.file, "许可证.pdf")
    erase(case)
    assert file_path(certificate.file_id).exists()
    assert ErasedFile.objects.get(removed_at=None).file_id == certificate.file_id
    assert remove_erased() == 0


def test_what_was_erased_stays_said(filed, erase):
    case, _ = filed
    erase(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        ErasedFile.objects.all().delete()
