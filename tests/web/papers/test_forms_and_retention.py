"""Forms of documents, what a unit's documents say of it, how long cases are kept: by date, and nothing by itself."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.db.engine.city import ALWAYS
from tests.web.papers.test_archive_page import package
from tests.web.papers.test_documents_on_pages import as_, city
from tests.web.scene import text_of
from tongban.engine.models import Case
from tongban.engine.people import ERASED
from tongban.platforms.papers import disposal
from tongban.platforms.papers.agencies import agency_text
from tongban.platforms.papers.filing import file_finished
from tongban.platforms.papers.models import (
    AgencyText,
    AgencyWord,
    ArchivePackage,
    Disposal,
    PaperForm,
    RetentionRule,
)
from tongban.registry.models import Grant
from tongban.registry.queries import today

__all__ = ["city", "package"]


def tomorrow() -> date:
    """Of the moment it is asked: the run may go on past midnight."""
    return today() + timedelta(days=1)


@pytest.fixture
def administrator(city):
    Grant.objects.create(role="leader", verb="administer", reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    return as_(city, "head")


@pytest.fixture
def keeper(city):
    Grant.objects.create(role="leader", verb="ledger", reach=Grant.Reach.OWN, valid=ALWAYS)
    Grant.objects.create(role="leader", verb="export", reach=Grant.Reach.OWN, valid=ALWAYS)
    return as_(city, "head")


def test_a_new_version_of_a_form_is_tried_and_comes_into_force_on_its_day(administrator):
    now = PaperForm.objects.get(key="denial", valid__contains=today())
    assert "不予" in text_of(administrator.get("/desk/archive/forms/"))
    at = "/desk/archive/forms/denial/"
    said = {
        "name": now.name, "word": now.word, "basis": "新的依据", "starts": tomorrow().isoformat(),
        "source": now.source + "\n#p[本决定书一式两份。]",
    }  # fmt: skip
    tried = administrator.post(at, {**said, "preview": "1"})
    assert b"".join(tried.streaming_content).startswith(b"%PDF-")
    assert PaperForm.objects.filter(key="denial").count() == now.no, "trying keeps nothing"
    wrong = administrator.post(at, {**said, "source": "#unknown()"})
    assert wrong.status_code == 422
    assert "排不出来" in wrong.content.decode()
    assert "新的依据" in wrong.content.decode(), "what was typed is there"
    assert administrator.post(at, said).status_code == 302
    new = PaperForm.objects.get(key="denial", no=now.no + 1)
    assert (new.valid.lower, new.by.username) == (tomorrow(), "head")
    sample = administrator.get(f"{at}{new.no}.pdf")
    assert b"".join(sample.streaming_content).startswith(b"%PDF-")


def test_a_units_words_stand_from_their_day_on_and_are_never_changed(city, administrator):
    at = f"/desk/archive/offices/{city.bureau.pk}/"
    said = {
        "title": "安澜市市场监督管理局", "address": "东门大街 1 号", "remedy": "可以向市人民政府申请行政复议。",
        "valid_from": tomorrow().isoformat(), "note": "搬迁",
    }  # fmt: skip
    early = administrator.post(at, {**said, "valid_from": today().isoformat()})
    assert "最早从明天起用" in early.content.decode()
    assert administrator.post(at, said).status_code == 302
    assert agency_text(city.bureau.pk, today()).address == ""
    assert agency_text(city.bureau.pk, tomorrow()).address == "东门大街 1 号"
    with pytest.raises(IntegrityError), transaction.atomic():
        AgencyText.objects.update(address="别处")
    administrator.post(at, {"give": "1", "word": "安市监"})
    assert AgencyWord.objects.get(organisation=city.bureau).word == "安市监"
    again = administrator.post(at, {"give": "1", "word": "安工商"})
    assert again.status_code == 422


def test_nobody_else_keeps_forms_or_words(city):
    clerk = as_(city, "clerk")
    for path in ("forms/", "forms/denial/", "offices/", "retention/", "due/"):
        assert clerk.get(f"/desk/archive/{path}").status_code == 403


def test_a_new_rule_ends_the_one_before_it(administrator):
    said = {
        "matter_kind": "01",
        "result": "",
        "period": "permanent",
        "basis": "本市规定",
        "starts": tomorrow().isoformat(),
    }
    assert administrator.post("/desk/archive/retention/", {**said, "period": ""}).status_code == 422
    assert administrator.post("/desk/archive/retention/", said).status_code == 302
    later = (tomorrow() + timedelta(days=30)).isoformat()
    assert (
        administrator.post("/desk/archive/retention/", {**said, "period": "30", "starts": later}).status_code
        == 302
    )
    first, second = RetentionRule.objects.filter(matter_kind="01", result="").order_by("valid")
    assert first.valid.upper == second.valid.lower
    assert "本市规定" in administrator.get("/desk/archive/retention/").content.decode()


def test_what_is_due_is_listed_exported_and_kept_longer(keeper, package, monkeypatch):
    assert package.archival_number not in keeper.get("/desk/archive/due/").content.decode()
    _years_later(monkeypatch)
    assert package.archival_number in keeper.get("/desk/archive/due/").content.decode()
    assert keeper.get("/desk/archive/due/?export=1")["Content-Type"].startswith("application/vnd")
    at = f"/desk/archive/due/{package.pk}/"
    silent = keeper.post(at, {"kind": "extend", "years": "10", "reason": "仍有查考价值"})
    assert "请填写鉴定意见文号" in silent.content.decode()
    assert (
        keeper.post(
            at, {"kind": "extend", "years": "10", "document": "鉴定1号", "reason": "仍有查考价值"}
        ).status_code
        == 302
    )
    page = keeper.get("/desk/archive/due/").content.decode()
    assert "鉴定1号" in page
    assert keeper.get(at).status_code == 404, "it is not due any more"
    with pytest.raises(IntegrityError), transaction.atomic():
        Disposal.objects.update(reason="别的")


def test_what_is_destroyed_names_nobody_and_is_not_due_again(keeper, package, monkeypatch):
    _years_later(monkeypatch)
    done = keeper.post(
        f"/desk/archive/due/{package.pk}/",
        {"kind": "destroy", "document": "鉴定2号", "reason": "没有保存价值"},
    )
    assert done.status_code == 302
    assert Case.objects.get(pk=package.case_id).applicant_name == ERASED
    assert package.archival_number not in _due_part(keeper.get("/desk/archive/due/").content.decode())
    file_finished()
    assert not disposal.due_packages(Disposal.objects.get().by).filter(case_id=package.case_id).exists()
    assert ArchivePackage.objects.filter(case_id=package.case_id).count() >= 1


def _due_part(page: str) -> str:
    """What is still to be decided, without the message and what was decided."""
    return page.split('aria-labelledby="h-due"')[1].split("h-decided", maxsplit=1)[0]


def _years_later(monkeypatch) -> None:
    monkeypatch.setattr(disposal, "today", lambda: date(today().year + 40, 1, 2))
