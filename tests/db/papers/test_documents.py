# ruff: noqa: RUF001 -- the brackets of document numbers
"""Official documents follow the events of a case: right words, strict numbers, bytes bound into the chain."""

import io
import shutil
import subprocess
from datetime import timedelta

import pikepdf
import pytest
from django.db import IntegrityError, transaction

from tests.db.engine.city import CONTENT, build
from tongban.base.files import open_file
from tongban.engine.errors import Refused
from tongban.engine.kinds import all_letters
from tongban.engine.ledger.verify import verify
from tongban.platforms.papers import services
from tongban.platforms.papers.models import AgencyWord, Paper, PaperForm, Series
from tongban.platforms.papers.numbers import next_serial
from tongban.platforms.papers.supplied import supplied_forms, supply
from tongban.registry.queries import today

REMEDY = "可以在六十日内申请行政复议，或者六个月内提起行政诉讼。"


def text_of(paper: Paper) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler is not on this machine")
    with open_file(paper.file) as file:
        read = subprocess.run(["pdftotext", "-layout", "-", "-"], stdin=file, capture_output=True, check=True)
    return "".join(read.stdout.decode().split())


def word(city, text="安市监"):
    AgencyWord.objects.create(organisation=city.bureau, word=text)


def test_a_granted_case_has_acceptance_decision_certificate_and_delivery_receipt(
    city, delivered, papers, events
):
    word(city)
    case = city.granted()
    delivered()

    made = papers(case)
    assert list(made) == ["acceptance", "approval", "certificate", "delivery"]
    year = made["acceptance"].on.year
    assert made["acceptance"].number == f"安市监许受〔{year}〕1号"
    assert made["approval"].name == "准予行政许可决定书"
    assert made["certificate"].name == "食品经营许可证"
    assert made["certificate"].number == f"{'1' * 9}-{year}-000001"
    said = text_of(made["certificate"])
    assert made["certificate"].number in said
    assert "王伟" in said
    assert f"准予行政许可决定书（{made['approval'].number}）" in text_of(made["delivery"])
    chained = {e.payload["about"]: e.payload for e in events(case, "paper.issued")}
    for paper in made.values():
        assert chained[paper.seq]["sha256"] == paper.file_id
        assert chained[paper.seq]["number"] == paper.number
        assert chained[paper.seq]["template"] == str(paper.form)
    assert verify(case=case.number).ok


def test_a_denial_states_reason_and_legal_remedy(city, delivered, papers):
    case = city.apply()
    city.do("clerk", case, "accept")
    city.do("reviewer", case, "complete", outcome="pass")
    city.do("neighbour", case, "complete", outcome="pass")
    city.do("section_head", case, "complete", outcome="agree")
    city.do("head", case, "complete", outcome="denied", reason="场所不符合要求", remedy=REMEDY)
    delivered()

    denial = papers(case)["denial"]
    assert denial.name == "不予行政许可决定书"
    said = text_of(denial)
    assert "理由：场所不符合要求" in said
    assert REMEDY in said


def test_a_correction_notice_lists_everything_once_and_says_until_when(city, delivered, papers):
    case = city.apply()
    city.do("clerk", case, "request_correction", items=["营业场所平面图未盖章", "#panic(1) $x$ @a <b>"])
    delivered()

    said = text_of(papers(case)["correction"])
    assert "1.营业场所平面图未盖章" in said
    assert "2.#panic(1)$x$@a<b>" in said
    assert "前（含当日）补齐" in said


def test_refusal_and_extension_have_their_documents(city, delivered, papers):
    refused = city.apply()
    city.do("clerk", refused, "refuse", reason="不属于本机关职权范围", remedy=REMEDY)
    extended = city.apply()
    city.do("clerk", extended, "accept")
    city.do("head", extended, "extend", amount=5, reason="案情复杂")
    delivered()

    assert "不属于本机关职权范围" in text_of(papers(refused)["refusal"])
    assert "延长办理期限5个工作日" in text_of(papers(extended)["extension"])


def test_numbers_have_no_gap_whatever_fails(city, delivered, monkeypatch):
    word(city)
    real = services.typeset

    def broken(*args, **kwargs):
        raise services.TypesetError("no")

    first = city.apply()
    city.do("clerk", first, "accept")
    monkeypatch.setattr(services, "typeset", broken)
    with pytest.raises(services.TypesetError), transaction.atomic():
        services.issue(first.case_id, _accepted(first))
    monkeypatch.setattr(services, "typeset", real)
    for _ in range(3):
        city.do("clerk", city.apply(), "accept")
    delivered()

    numbers = sorted(Paper.objects.filter(key="acceptance").values_list("number", flat=True))
    year = today().year
    assert numbers == [f"安市监许受〔{year}〕{n}号" for n in range(1, 5)][: len(numbers)]
    assert len(set(numbers)) == len(numbers)


def _accepted(case) -> int:
    from tongban.engine.models import EventRow

    return EventRow.objects.get(case_id=case.case_id, type="case.accepted").seq


def test_asked_for_before_the_worker_it_is_the_same_document(city, delivered):
    case = city.apply()
    city.do("clerk", case, "accept")
    asked = services.issue(case.case_id, _accepted(case))
    delivered()

    assert asked is not None
    assert services.issue(case.case_id, _accepted(case)) == asked
    assert Paper.objects.count() == 1
    assert services.issue(case.case_id, 1) is None


def test_a_form_opened_before_the_document_came_is_not_stale(city, delivered):
    case = city.apply()
    seen = city.do("clerk", case, "accept").seq
    delivered()

    city.do("reviewer", case, "complete", outcome="pass", expected_seq=seen)
    with pytest.raises(Refused, match="刚刚有人处理过"):
        city.do("neighbour", case, "complete", outcome="pass", expected_seq=seen)


def test_a_case_keeps_the_form_in_force_when_it_was_applied_for(city, delivered, papers):
    before = city.apply()
    form = PaperForm.objects.filter(key="acceptance", valid__contains=today()).get()
    day = today() + timedelta(days=1)
    services.publish_form(
        "acceptance", name="受理告知书", source=form.source + "\n#p[新版文书。]", basis="改版", starts=day
    )
    city.do("clerk", before, "accept")
    delivered()
    assert papers(before)["acceptance"].form == form


def test_a_form_that_cannot_be_set_is_not_published(city):
    with pytest.raises(Refused) as refused:
        services.publish_form(
            "acceptance", name="坏", source="#nonsense", basis="试", starts=today() + timedelta(days=1)
        )
    assert refused.value.code == "form_unset"


def test_documents_forms_and_numbers_are_frozen_by_the_database(city, delivered):
    case = city.apply()
    city.do("clerk", case, "accept")
    delivered()
    for change in (
        lambda: Paper.objects.update(number="x"),
        lambda: Paper.objects.all().delete(),
        lambda: PaperForm.objects.update(source="x"),
        lambda: Series.objects.update(last=7),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_what_is_supplied_is_brought_in_once():
    keys = [f.key for f in supplied_forms()]
    own = [f.key for letters in all_letters() for f in letters.forms()]
    assert len(keys) == len(set(keys)) == 10 + len(own)


@pytest.mark.django_db
def test_supplying_again_changes_nothing():
    before = list(PaperForm.objects.values_list("pk", "sha256"))
    supply()
    assert list(PaperForm.objects.values_list("pk", "sha256")) == before


def test_the_certificate_is_archival_pdf_with_its_title_and_language(city, delivered, papers):
    case = city.granted()
    delivered()
    for paper in papers(case).values():
        with open_file(paper.file) as file, pikepdf.open(io.BytesIO(file.read())) as pdf:
            assert pdf.check_pdf_syntax() == []
            assert str(pdf.Root.Lang) == "zh-CN"
            with pdf.open_metadata() as meta:
                assert meta["pdfaid:part"] == "2"
                assert paper.number in meta["dc:title"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_numbers_without_a_gap():
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    from tests.db.engine.city import build

    org = build().bureau.pk

    def take(n: int) -> int | None:
        try:
            with transaction.atomic():
                got = next_serial(org, "try", 2026)
                transaction.set_rollback(n % 5 == 0)
                return None if n % 5 == 0 else got
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = [n for n in pool.map(take, range(40)) if n is not None]
    assert sorted(taken) == list(range(1, 33))


def test_revoking_makes_a_decision_and_ends_the_result_once(city, delivered, papers):
    from tongban.engine.models import Case
    from tongban.platforms.papers.queries import certificate_of, validity

    case = city.granted()
    with pytest.raises(Refused) as refused:
        city.do("clerk", case, "revoke_result", how="revoked", reason="骗取", basis="行政许可法第六十九条")
    assert refused.value.code == "not_permitted"
    city.do(
        "head", case, "revoke_result", how="revoked", reason="骗取许可", basis="行政许可法第六十九条第二款"
    )
    delivered()

    made = papers(case)["revocation"]
    assert made.name == "撤销决定书"
    assert "骗取许可" in text_of(made)
    certificate = certificate_of(Case.objects.get(pk=case.case_id))
    assert certificate is not None
    told = validity(certificate)
    assert (told.status, told.words, told.reason) == ("ended", "已撤销", "骗取许可")
    with pytest.raises(Refused) as again:
        city.do("head", case, "revoke_result", how="cancelled", reason="再来", basis="x")
    assert again.value.code == "result_ended"


def test_tables_of_the_application_stand_on_decision_and_certificate_and_personal_ones_do_not(
    db, delivered, papers
):
    columns = [
        {"name": "plate", "label": "号牌", "type": "text"},
        {"name": "seats", "label": "座位", "type": "integer"},
    ]
    cars = {"name": "cars", "label": "车辆", "type": "table", "columns": columns}
    people = {**cars, "name": "people", "label": "人员", "personal": True}
    content = {**CONTENT, "form": {"groups": [{"title": "", "fields": [cars, people]}]}}
    city = build(content=content)
    word(city)
    data = {"cars": [{"plate": "试A00001", "seats": 5}], "people": [{"plate": "试A00002"}]}
    case = city.granted(data=data)
    delivered()
    made = papers(case)
    for kind in ("approval", "certificate"):
        told = text_of(made[kind])
        assert "附表：车辆" in told
        assert "试A00001" in told
        assert "试A00002" not in told
    assert "附表" not in text_of(made["acceptance"])
