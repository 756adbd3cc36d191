"""Handing a draft on at its page, reviewing it at the case's, and what then stands in columns and among gaps."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tongban.base.ui.format import cn_date
from tongban.engine.models import Case
from tongban.engine.services import perform
from tongban.platforms.disclosure import services
from tongban.platforms.disclosure.metadata import LONGEST_BODY
from tongban.platforms.disclosure.models import Record
from tongban.registry.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_(town):
    def sign_in(who):
        client = Client()
        client.force_login(town.people[who])
        return client

    return sign_in


@pytest.fixture
def record(town):
    unit = Organisation.objects.get(key="scjg")
    said = {"title": "食品抽检结果的通告", "body": "联系13800138000。"}
    return services.create_record(town.people["clerk"], unit, said)


def test_a_draft_goes_from_its_page_to_the_case_page_and_into_the_catalogue(as_, record):
    clerk, page = as_("clerk"), reverse("disclosure:record", args=[record.uid])
    assert "提交发布" in clerk.get(page).content.decode()
    refused = clerk.post(page, {"do": "submit", "source": " ", "signed_on": ""})
    assert refused.status_code == 422
    assert clerk.post(page, {"do": "columns", "columns": ["food-check"]}).status_code == 302
    said = {"do": "submit", "source": "与原件一致", "signed_on": timezone.localdate().isoformat()}
    assert clerk.post(page, said).status_code == 302
    assert clerk.post(page, {"do": "mend", "description": "没人看过"}).status_code == 422
    case = Case.objects.get(kind="release")
    assert case.number in clerk.get(page).content.decode()
    reviewer = as_("section_head")
    shown = reviewer.get(reverse("desk:case", args=[case.number])).content.decode()
    assert all(words in shown for words in ("13800138000", "请留意", "不涉及国家秘密、工作秘密", "定时发布"))
    assert all(words not in shown for words in ("收件凭证", "（企业）", "没有收到材料"))
    assert shown.index('id="w-doc"') < shown.index('id="w-flow"')
    assert "退回前面的环节" in shown
    task = case.state["tasks"][-1]["no"]
    act = {
        "type": "complete", "task_no": task, "outcome": "passed", "opinion": "可以公开", "checklist": ["1", "2", "3", "4"],
        "command_id": "9f5b1d6e-38a5-4b62-9a43-0f6f3d0c7a11", "seq": case.seq,
    }  # fmt: skip
    assert reviewer.post(reverse("desk:act", args=[case.number]), act).status_code == 302
    record.refresh_from_db()
    assert record.state == Record.State.RELEASED
    assert record.title in Client().get(reverse("disclosure:column", args=["food"])).content.decode()
    assert (
        "监督抽检结果" not in as_("chief").get(reverse("disclosure:gaps"), {"q": "监督抽检"}).content.decode()
    )


def test_handing_on_keeps_all_that_was_typed_or_nothing(as_, record):
    clerk, page = as_("clerk"), reverse("disclosure:record", args=[record.uid])
    typed = {"do": "submit", "description": "三批次不合格", "asked_columns": "1", "columns": ["food-check"]}
    refused = clerk.post(page, {**typed, "source": " "})
    assert refused.status_code == 422
    assert "三批次不合格" in refused.content.decode()
    record.refresh_from_db()
    assert (record.description, record.columns) == ("", [])
    assert clerk.post(page, {**typed, "source": "与原件一致"}).status_code == 302
    record.refresh_from_db()
    assert (record.description, record.columns) == ("三批次不合格", ["food-check"])
    assert record.case is not None


def test_a_document_signed_before_says_who_signed_it_and_a_return_says_why(as_, town, record):
    clerk, page = as_("clerk"), reverse("disclosure:record", args=[record.uid])
    said = {
        "do": "submit",
        "source": "与原件一致",
        "signed_on": timezone.localdate().isoformat(),
        "signer": "贺立",
    }
    assert clerk.post(page, said).status_code == 302
    shown = clerk.get(page).content.decode()
    assert f"登记：已于{cn_date(timezone.localdate())}签发，签发人：贺立" in shown
    assert "签发、定公开属性" not in shown
    assert "审查退回" not in shown
    case = Case.objects.get(kind="release")
    back = {"outcome": "returned", "reason": "电话要去掉"}
    perform(town.people["section_head"], case.pk, "complete", command_id=uuid4(), data=back)
    assert f"审查退回：电话要去掉（{town.people['section_head']}）" in clerk.get(page).content.decode()


def test_what_is_withheld_is_listed_with_its_day(as_, town, record):
    said = {"attribute": "withheld", "attribute_reason": "属于工作秘密"}
    services.mend_record(town.people["clerk"], record, said)
    Record.objects.filter(pk=record.pk).update(state="closed", review_on=timezone.localdate())
    listed = as_("chief").get(reverse("disclosure:withheld"), {"which": "due"}).content.decode()
    assert record.title in listed
    assert "属于工作秘密" in listed
    assert record.title not in as_("neighbour").get(reverse("disclosure:withheld")).content.decode()


def test_classes_can_be_chosen_above_the_list_on_one_column(town, record):
    services.release(town.people["chief"], record)
    page = Client().get("/open/").content.decode()
    above = page.index("<summary>筛选</summary>")
    assert above < page.index(record.title)
    ids = re.findall(r'id="(f-\w+)"', page)
    assert len(ids) == len(set(ids)) > 0


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        (
            {"do": "submit", "source": "一致", "signed_on": "0001-01-01"},
            "signed_on",
            "签发日期应在 1949年10月1日至",
        ),
        ({"do": "submit", "source": "一致", "signed_on": "昨天"}, "signed_on", "签发日期应写成"),
        ({"do": "mend", "issued_on": "0201-03-05"}, "issued_on", "成文日期应在 1949年10月1日至"),
        ({"do": "mend", "body": "长" * (LONGEST_BODY // 3 + 1)}, "body", "正文最多 2 MB"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_nothing_typed_is_lost(as_, record, said, field, words):
    typed = {"title": "改过的名称", **said}
    answer = as_("clerk").post(reverse("disclosure:record", args=[record.uid]), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page.partition(f'id="e-{field}"')[2][:200]
    assert "改过的名称" in page
    assert said[field] in page
    record.refresh_from_db()
    assert record.title == "食品抽检结果的通告"


def test_a_release_calls_what_it_was_opened_with_by_its_own_name(as_, town, record):
    services.submit(town.people["clerk"], record, source="一致")
    case = Case.objects.get(kind="release")
    shown = as_("clerk").get(reverse("desk:case", args=[case.number])).content.decode()
    assert "发布内容" in shown
    assert "申请内容" not in shown
