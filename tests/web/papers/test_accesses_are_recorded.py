"""What leaves leaves as a download, to whom it may, and is written down in a table that only grows."""

import io

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from tests.db.engine.city import ALWAYS, City
from tests.web.papers.test_documents_on_pages import as_, city, done
from tests.web.scene import text_of
from tongban.base.files import store_upload
from tongban.engine.attachments import OFFICE, add_attachment
from tongban.engine.ledger.sealing import checkpoint, seal_events
from tongban.platforms.papers.models import Paper
from tongban.registry.models import AccessRecord, Grant

__all__ = ["city", "done"]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def taken() -> list[tuple[str, str, str]]:
    """(who, how, of what), in order."""
    rows = AccessRecord.objects.select_related("account").order_by("id")
    return [("" if r.account is None else r.account.username, r.act, r.subject) for r in rows]


@pytest.fixture
def going(city):
    """A case somebody works on."""
    return city.apply()


@pytest.fixture
def plan(city, going):
    stored = store_upload(io.BytesIO(PDF), "平面图.pdf")
    return add_attachment(city.person("clerk"), going.case_id, OFFICE, stored, "平面图.pdf")


def supervised_by_the_leader() -> None:
    Grant.objects.create(role="leader", verb="supervise", reach=Grant.Reach.OWN, valid=ALWAYS)


def as_download(answer) -> bool:
    text_of(answer)
    return (
        answer.status_code == 200
        and answer["Content-Disposition"].startswith("attachment")
        and answer["X-Content-Type-Options"] == "nosniff"
    )


def test_a_file_leaves_the_desk_as_a_download_and_is_recorded(city, going, plan):
    at = f"/desk/cases/{going.number}/files/{plan.pk}/"
    for who, status in (("outsider", 404), ("applicant", 403), ("stranger", 403)):
        assert as_(city, who).get(at).status_code == status
    assert Client().get(at).status_code == 302
    assert taken() == [], "what was refused was not taken"
    assert as_download(as_(city, "clerk").get(at))
    assert taken() == [("clerk", "download", going.number)]
    assert AccessRecord.objects.get().detail["sha256"] == plan.file_id


def test_papers_are_recorded_on_both_faces(city, done):
    paper = Paper.objects.get(case_id=done.case_id, key="approval")
    assert as_(city, "stranger").get(f"/track/{done.number}/papers/{paper.seq}/").status_code == 404
    assert as_download(as_(city, "applicant").get(f"/track/{done.number}/papers/{paper.seq}/"))
    assert as_download(as_(city, "clerk").get(f"/desk/cases/{done.number}/papers/{paper.seq}/"))
    assert taken() == [("applicant", "download", done.number), ("clerk", "download", done.number)]
    assert paper.number in AccessRecord.objects.all()[0].detail["paper"]


def test_a_proof_is_recorded(city, done, settings, tmp_path, monkeypatch):
    settings.TONGBAN_LEDGER_DIR = tmp_path / "ledger"
    monkeypatch.setenv("TONGBAN_LEDGER_NAME", "anlan.example/tongban")
    seal_events()
    checkpoint()
    at = f"/desk/cases/{done.number}/proof/"
    assert as_(city, "outsider").get(at).status_code == 404
    assert as_download(as_(city, "clerk").get(at))
    assert taken() == [("clerk", "proof", done.number)]


def test_the_record_only_grows(city, going, plan):
    text_of(as_(city, "clerk").get(f"/desk/cases/{going.number}/files/{plan.pk}/"))
    for change in (
        lambda: AccessRecord.objects.update(subject="x"),
        lambda: AccessRecord.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            change()


def test_what_cannot_be_recorded_is_not_given(city, going, plan, monkeypatch):
    def broken(*_args, **_kwargs):
        raise DatabaseError("no room")

    monkeypatch.setattr(AccessRecord.objects, "create", broken)
    with pytest.raises(DatabaseError):
        as_(city, "clerk").get(f"/desk/cases/{going.number}/files/{plan.pk}/")


def test_the_trail_shows_it_to_those_who_may_supervise_and_to_nobody_else(city: City, going, plan):
    for _ in range(23):
        text_of(as_(city, "clerk").get(f"/desk/cases/{going.number}/files/{plan.pk}/"))
    trail = f"/desk/cases/{going.number}/trail/"
    assert "谁查阅过" not in as_(city, "clerk").get(trail).content.decode()
    supervised_by_the_leader()
    page = as_(city, "head").get(trail).content.decode()
    assert "谁查阅过" in page
    assert page.count('data-th="取走的内容"') == 20
    older = page.split("?taken=")[1].split("#")[0]
    rest = as_(city, "head").get(f"{trail}?taken={older}").content.decode()
    assert rest.count('data-th="取走的内容"') == 3
    assert "更早的" not in rest
    assert "谁查阅过" in as_(city, "head").get(f"{trail}?taken=9999999999999999999999").content.decode()


def test_a_case_nobody_has_taken_anything_of_says_so(city: City, done):
    supervised_by_the_leader()
    assert "还没有人下载" in as_(city, "head").get(f"/desk/cases/{done.number}/trail/").content.decode()
