"""A question answered with rows: asked, added to and taken from without scripts, judged cell by cell, told as a table."""

from copy import deepcopy
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from tests.db.engine.city import City, build
from tests.web.hall.conftest import CONTENT_ON_THE_WEB, field, pdf
from tongban.engine.models import Case, CaseData
from tongban.faces.application import (
    application_form,
    error_summary,
    form_told,
    judge,
    kept_of,
    read_form,
    row_asked_for,
    typed_of,
)  # fmt: skip
from tongban.faces.hall.models import Draft
from tongban.registry.answers import answer_words

DAY = date(2026, 11, 21)
STAFF: dict[str, Any] = field(
    "staff", "从业人员", "table", rows={"min": 1, "max": 3},
    columns=[
        {"name": "who", "label": "姓名", "type": "text", "required": True, "validation": {"rule": "length", "constraint": "2-30"}},
        {"name": "post", "label": "岗位", "type": "select", "required": True, "options": ["厨师", "服务员"]},
        {"name": "born", "label": "出生日期", "type": "date", "required": False},
        {"name": "pay", "label": "月薪（元）", "type": "money", "required": False},
    ],
)  # fmt: skip
CONTENT = {**deepcopy(CONTENT_ON_THE_WEB), "form": {"groups": [{"title": "人员", "fields": [STAFF]}]}}
ONE = {"staff.0.who": "周敏", "staff.0.post": "厨师", "staff.0.pay": "3,200.50"}


def sent(**said: object) -> QueryDict:
    return QueryDict(urlencode(said, doseq=True))


def test_rows_become_exact_data_and_empty_rows_do_not_count() -> None:
    read = read_form(CONTENT, sent(**ONE, **{"staff.1.who": "", "staff.1.post": ""}), on=DAY)
    assert read.errors == {}
    assert read.data == {"staff": [{"who": "周敏", "post": "厨师", "pay": "3200.5"}]}
    assert read_form(CONTENT, sent(**ONE, **{"staff.0.other": "1"}), on=DAY).errors[""]


def test_what_is_wrong_is_said_of_the_cell_and_leads_to_it() -> None:
    said = sent(**ONE, **{"staff.2.who": "许", "staff.2.born": "2026-02-30"})
    read = read_form(CONTENT, said, on=DAY)
    assert set(read.errors) == {"staff.1.who", "staff.1.post", "staff.1.born"}  # the second row that was sent
    summary = error_summary(CONTENT, read.errors)
    assert summary is not None
    assert ("f-staff.1.post", "从业人员第 2 行岗位：请选择一项") in summary.errors
    (group,) = application_form(CONTENT, read.typed, read.errors)
    shown = str(group)
    assert 'id="e-staff.1.born"' in shown
    assert 'value="2026-02-30"' in shown


@pytest.mark.parametrize(("rows", "words"), [(0, "至少填 1 行"), (4, "最多填 3 行")])
def test_too_few_and_too_many_rows_are_told(rows: int, words: str) -> None:
    said = [{"who": "周敏", "post": "厨师"}] * rows
    assert words in judge(CONTENT, {"staff": said}, on=DAY)[1]["staff"]


def test_rows_that_are_no_rows_are_refused() -> None:
    for odd in ("周敏", ["周敏"], [{"who": "周敏", "post": "厨师", "更多": "1"}]):
        assert "staff" in judge(CONTENT, {"staff": odd}, on=DAY)[1]  # type: ignore[dict-item]


def test_a_row_more_or_less_keeps_what_was_typed_and_stops_at_the_most() -> None:
    more = read_form(CONTENT, sent(**ONE, _do="add:staff"), on=DAY)
    assert [row.get("who", "") for row in more.typed["staff"]] == ["周敏", ""]
    full = {f"staff.{n}.who": "周敏" for n in range(3)}
    assert len(read_form(CONTENT, sent(**full, _do="add:staff"), on=DAY).typed["staff"]) == 3
    less = read_form(CONTENT, sent(**ONE, **{"staff.1.who": "许宁"}, _do="drop:staff:0"), on=DAY)
    assert [row["who"] for row in less.typed["staff"]] == ["许宁"]
    assert row_asked_for(CONTENT, sent(_do="add:staff")) == "staff"
    assert row_asked_for(CONTENT, sent(_do="add:nothing")) == ""


def test_told_as_a_table_and_carried_to_another_version_by_its_columns() -> None:
    data = {"staff": [{"who": "周敏", "post": "厨师", "pay": "3200.5"}]}
    assert typed_of(data) == data
    ((_title, ((label, shown),)),) = form_told(CONTENT, data)
    assert label == "从业人员"
    assert "<th" in str(shown)
    assert "3,200.5 元" in str(shown)
    assert answer_words(STAFF, data["staff"]) == "姓名 周敏、岗位 厨师、月薪 3,200.5 元"
    newer = deepcopy(CONTENT)
    newer["form"]["groups"][0]["fields"][0]["columns"].pop()
    kept, lost = kept_of(newer, data)
    assert (kept["staff"], lost) == ([{"who": "周敏", "post": "厨师"}], ["staff"])


@pytest.mark.django_db
def test_on_the_web_without_scripts_from_the_first_row_to_the_case() -> None:
    content = deepcopy(CONTENT)
    content["form"]["groups"][0]["fields"].insert(0, field("app_name", "姓名", personal=True))
    city: City = build(content=content)
    applicant = city.people["applicant"]
    applicant.real_name_level = 2
    applicant.save()
    client = Client()
    client.force_login(applicant, backend="django.contrib.auth.backends.ModelBackend")
    at = client.post("/apply/M1-scjg/", {"_who": "self"}).url
    base = at.rsplit("/", 2)[0]
    grown = client.post(at, {"app_name": "王伟", **ONE, "staff.1.who": "许宁", "_do": "add:staff"})
    assert grown.url == f"{at}#f-staff"
    page = client.get(at).content.decode()
    assert page.count('role="group"') == 3
    assert "周敏" in page
    assert "许宁" in page
    wrong = client.post(at, {"app_name": "王伟", **ONE, "staff.1.who": "许宁"})
    assert "从业人员第 2 行岗位：请选择一项" in wrong.content.decode()
    right = {"app_name": "王伟", **ONE, "staff.1.who": "许宁", "staff.1.post": "服务员"}
    assert client.post(at, right).url == f"{base}/3/"
    assert Draft.objects.get().typed["staff"][1]["who"] == "许宁"
    client.post(f"{base}/3/", {"form": pdf(), "_later": ["training"]})
    assert "服务员" in client.get(f"{base}/4/").content.decode()
    assert client.post(f"{base}/4/", {"_sure": "1"}).status_code == 302
    case = Case.objects.visible_to(applicant).get()
    data = CaseData.objects.get(case=case).data
    assert data["staff"] == [
        {"who": "周敏", "post": "厨师", "pay": "3200.5"},
        {"who": "许宁", "post": "服务员"},
    ]
    assert "服务员" in client.get(f"/track/{case.number}/").content.decode()
    clerk = Client()
    clerk.force_login(city.person("clerk"), backend="django.contrib.auth.backends.ModelBackend")
    assert "服务员" in clerk.get(f"/desk/cases/{case.number}/materials/").content.decode()
    code = "/desk/counter/M1-scjg/"
    grown = clerk.post(code, {"app_name": "王伟", **ONE, "_do": "add:staff"})
    assert grown.status_code == 200
    assert 'name="staff.1.who"' in grown.content.decode()
    assert Case.objects.visible_to(applicant).count() == 1
