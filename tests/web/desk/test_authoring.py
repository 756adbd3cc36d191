"""A matter is written, reviewed, published: what each page takes, keeps and refuses."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.town import CODES, Town
from tongban.base.calendar import CHINA, load_calendar
from tongban.engine.errors import Refused
from tongban.engine.models import FlowVersion
from tongban.faces.authoring import services
from tongban.faces.authoring.campaigns import progress
from tongban.faces.authoring.models import Campaign, Comment, Manuscript
from tongban.faces.authoring.queries import terms_of
from tongban.registry.models import Account, Erratum, Grant, Matter, OfferingVersion, Organisation, Post
from tongban.registry.queries import guide
from tongban.registry.services import draft_version

pytestmark = pytest.mark.django_db
RECORD = {
    "matter.name": "流动餐车备案", "matter.kind_code": "12", "matter.code": "99120002000", "offering.level": "4",
    "offering.implementation_code": "CART-1", "initiated_by": "application", "summary": "餐车上路前办的备案",
    "service_objects": ["1", "2"], "project_type": "promised",
    "limits.statutory.amount": "10", "limits.statutory.unit": "workday",
    "limits.promised.amount": "5", "limits.promised.unit": "workday",
    "place": "政务大厅三楼", "hours": "工作日 9:00—17:00", "phone": "0990-81045585", "supervise_phone": "12345",
    "channels": ["窗口", "电脑端"], "online_depth": "4", "visits": "0",
    "legal_bases.0.key": "l1", "legal_bases.0.law": "安澜市流动摊贩管理办法", "legal_bases.0.article": "第八条",
    "conditions.0.key": "c1", "conditions.0.text": "餐车符合卫生要求", "conditions.0.question": "餐车有水箱吗？",
    "materials.0.key": "m1", "materials.0.name": "餐车照片", "materials.0.necessity": "required", "materials.0.copies": "1",
    "results.0.key": "r1", "results.0.name": "备案回执", "results.0.type": "备案回执",
    "synonyms": "餐车\n流动摊位", "life_events": "摆摊",
}  # fmt: skip
SECTIONS = [
    "identity",
    "laws",
    "conditions",
    "materials",
    "limits",
    "fees",
    "results",
    "where",
    "risks",
    "finding",
]


def browser(account: Account) -> Client:
    client = Client()
    client.force_login(account, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def author(town) -> Client:
    return browser(town.people["section_head"])


@pytest.fixture
def legal(town) -> Client:
    return browser(town.people["legal"])


@pytest.fixture
def publisher(town) -> Client:
    return browser(town.people["publisher"])


def begun(town: Town, author: Client) -> Manuscript:
    unit = Organisation.objects.get(code=CODES["scjg"])
    answer = author.post(
        reverse("authoring:begin"), {"name": "流动餐车备案", "kind": "12", "unit": unit.pk, "cause": "better"}
    )
    assert answer.status_code == 302, answer.content.decode()
    return Manuscript.objects.get(name="流动餐车备案")


def typed(author: Client, m: Manuscript, do: str = "save", **changes: Any) -> Any:
    said = {**RECORD, **{k.replace("__", "."): v for k, v in changes.items()}}
    return author.post(reverse("authoring:record", args=[m.pk]), {**said, "_has": SECTIONS, "_do": do})


def drawn(author: Client, m: Manuscript) -> None:
    """The simple flow, its steps given to posts of the unit."""
    door = reverse("authoring:flow", args=[m.pk])
    author.post(door, {"_do": "template:simple"})
    m.refresh_from_db()
    author.post(door, flow_as_shown(m, **{"steps.1.post": "CK", "steps.2.post": "FG", "steps.3.post": "CK"}))


def flow_as_shown(m: Manuscript, **changes: Any) -> dict[str, Any]:
    """What a browser would send of the flow page as it stands."""
    from tongban.faces.authoring import flowtable

    said: dict[str, Any] = {"_has": "steps", "_do": "save"}
    table = flowtable.spread(m.flow)
    for stem, rows, entries in (
        ("steps", table["steps"], (*flowtable.STEP, *flowtable.MORE)),
        ("ways", table["ways"], flowtable.ways(m.flow).entries),
    ):
        for n, row in enumerate(rows):
            if stem == "steps":
                said[f"steps.{n}.key"] = row["key"]
            for entry in entries:
                if row.get("kind") in ("start", "end") and entry.path not in ("name", "kind"):
                    continue
                said |= control(f"{stem}.{n}", entry, row)
    return said | changes


def control(at: str, entry: Any, row: Any) -> dict[str, Any]:
    from tongban.faces.authoring.entries import field_for

    field = field_for(entry, row, at)
    if entry.kind == "flag":
        return {field.name: "1"} if field.checked else {}
    return {field.name: field.value}


def asked(author: Client, m: Manuscript) -> None:
    """A form of one group with two questions."""
    door = reverse("authoring:form", args=[m.pk])
    author.post(door, {"_has": "form.groups", "_do": "add:form.groups"})
    author.post(
        door, {"_has": "form.groups", "form.groups.0.title": "餐车", "_do": "add:form.groups.0.fields"}
    )
    said = {
        "form.groups.0.title": "餐车", "form.groups.0.fields.0.label": "车牌号", "form.groups.0.fields.0.type": "text",
        "form.groups.0.fields.0.required": "1", "form.groups.0.fields.0.name": "",
    }  # fmt: skip
    author.post(door, {"_has": "form.groups", **said, "_do": "save"})


def test_a_table_is_designed_column_by_column_and_seen_on_the_phone(town: Town, author: Client) -> None:
    m = begun(town, author)
    asked(author, m)
    door, at = reverse("authoring:form", args=[m.pk]), "form.groups.0.fields.0"
    said = {
        "_has": "form.groups",
        "form.groups.0.title": "车辆",
        f"{at}.label": "车辆",
        f"{at}.type": "table",
        f"{at}.name": "cars",
    }
    author.post(door, {**said, "_do": "save"})
    assert "表格要有 1 到 12 列" in author.get(door).content.decode()
    author.post(door, {**said, "_do": f"add:{at}.columns"})
    column = {
        f"{at}.columns.0.label": "号牌",
        f"{at}.columns.0.type": "text",
        f"{at}.columns.0.required": "1",
    }
    author.post(door, {**said, **column, f"{at}.rows.min": "1", f"{at}.rows.max": "5", "_do": "save"})
    m.refresh_from_db()
    field = m.content["form"]["groups"][0]["fields"][0]
    assert field["columns"][0]["name"] == "hao_pai"
    assert field["rows"] == {"min": 1, "max": 5}
    page = author.get(door).content.decode()
    assert "表格要有" not in page
    assert 'name="cars.0.hao_pai"' in page
    author.post(door, {**said, f"{at}.type": "text", **column, "_do": "save"})
    m.refresh_from_db()
    assert "columns" not in m.content["form"]["groups"][0]["fields"][0]


def written(town: Town, author: Client) -> Manuscript:
    m = begun(town, author)
    typed(author, m)
    drawn(author, m)
    asked(author, m)
    m.refresh_from_db()
    return m


def handed_in(town: Town, author: Client) -> Manuscript:
    m = written(town, author)
    answer = author.post(reverse("authoring:check", args=[m.pk]))
    assert answer.status_code == 302, answer.content.decode()
    m.refresh_from_db()
    return m


def test_an_empty_form_says_what_is_missing_and_keeps_what_is_typed(town, author):
    m = begun(town, author)
    page = author.get(reverse("authoring:record", args=[m.pk])).content.decode()
    assert "必填" in page
    assert "没有设定依据" in author.get(reverse("authoring:check", args=[m.pk])).content.decode()

    typed(author, m, limits__promised__amount="很快", materials__0__copies="两")

    m.refresh_from_db()
    assert m.content["limits"]["promised"]["amount"] == "很快"
    page = author.get(reverse("authoring:record", args=[m.pk])).content.decode()
    assert 'value="很快"' in page
    assert "时限的数量应为不小于 0 的整数" in page
    assert m.content["synonyms"] == ["餐车", "流动摊位"]


def test_rows_are_added_moved_and_taken_out_without_losing_words(town, author):
    m = begun(town, author)
    typed(author, m, do="add:materials")
    m.refresh_from_db()
    assert [row["key"] for row in m.content["materials"]] == ["m1", "m2"]

    second = {
        "materials__1__key": "m2",
        "materials__1__name": "健康证",
        "materials__1__necessity": "required",
    }
    typed(author, m, do="up:materials:1", **second)
    m.refresh_from_db()
    assert [row["name"] for row in m.content["materials"]] == ["健康证", "餐车照片"]

    answer = typed(author, m, do="drop:materials:1", materials__0__key="m2", materials__0__name="健康证",
                   materials__1__key="m1", materials__1__name="餐车照片")  # fmt: skip
    assert answer.status_code == 302
    m.refresh_from_db()
    assert [row["name"] for row in m.content["materials"]] == ["健康证"]


def test_what_a_page_does_not_show_is_kept(town, author):
    m = begun(town, author)
    m.content["materials"] = [
        {"key": "m1", "name": "旧", "necessity": "required", "copies": 1, "verified": True}
    ]
    m.content["params"] = {"silence": {"step": "x"}}
    m.save()
    typed(author, m)
    m.refresh_from_db()
    assert m.content["materials"][0]["verified"] is True
    assert m.content["materials"][0]["name"] == "餐车照片"
    assert m.content["params"] == {"silence": {"step": "x"}}


def test_it_saves_itself_while_one_types(town, author):
    m = begun(town, author)
    answer = author.post(
        reverse("authoring:autosave", args=[m.pk]), {**RECORD, "_has": SECTIONS, "_do": "drop:materials:0"}
    )
    assert answer.json()["saved_at"]
    m.refresh_from_db()
    assert m.content["materials"][0]["name"] == "餐车照片"


def test_a_colleague_who_saved_meanwhile_is_not_overwritten_unasked(town, author):
    m = begun(town, author)
    colleague = town.people["reviewer"]
    Grant.objects.create(
        post=Post.objects.get(code="SA"), verb="draft_matter", reach="own", valid=Grant.objects.first().valid
    )
    before = m.seq
    services.save(colleague, m, content=m.content)
    answer = author.post(
        reverse("authoring:record", args=[m.pk]), {**RECORD, "_has": SECTIONS, "_do": "save", "_seq": before}
    )
    assert answer.status_code == 409
    assert "刚刚保存过" in answer.content.decode()
    assert "餐车符合卫生要求" in answer.content.decode()
    m.refresh_from_db()
    answer = author.post(
        reverse("authoring:record", args=[m.pk]), {**RECORD, "_has": SECTIONS, "_do": "save", "_seq": m.seq}
    )
    assert answer.status_code == 302


def test_an_incomplete_matter_is_not_handed_in(town, author):
    m = begun(town, author)
    answer = author.post(reverse("authoring:check", args=[m.pk]))
    assert answer.status_code == 409
    m.refresh_from_db()
    assert m.state == "writing"
    assert not OfferingVersion.objects.filter(name="流动餐车备案").exists()


def test_from_an_empty_form_to_a_guide_in_force(town, author, legal, publisher):
    m = handed_in(town, author)
    assert m.state == "review"
    door = reverse("authoring:review", args=[m.pk])
    assert "餐车符合卫生要求" in legal.get(door).content.decode()

    assert legal.post(door, {"_do": "pass", "_round": 1, "opinion": "依据充分，同意。"}).status_code == 302
    m = Manuscript.objects.get(pk=m.pk)
    assert m.state == "passed"
    assert publisher.post(door, {"_do": "publish", "_round": 1, "starts": ""}).status_code == 302

    m = Manuscript.objects.get(pk=m.pk)
    assert m.state == "published"
    found = guide("CART-1")
    assert found is not None
    assert [s["name"] for s in found.content["steps"]] == ["收件受理", "决定", "送达"]
    flow = FlowVersion.objects.get(sha256=bytes(found.flow_sha256).hex())
    assert flow.status == "published"
    assert flow.key == found.flow_key
    assert found.content["form"]["groups"][0]["fields"][0]["name"] == "che_pai_hao"


def test_the_one_who_wrote_it_may_not_decide_about_it(town, author, publisher):
    m = handed_in(town, author)
    post = Post.objects.get(code="KZ")
    for verb in ("review_matter", "publish_matter"):
        Grant.objects.create(post=post, verb=verb, reach="everything", valid=Grant.objects.first().valid)
    door = reverse("authoring:review", args=[m.pk])
    assert "您编制过这份稿子" in author.get(door).content.decode()
    answer = author.post(door, {"_do": "pass", "_round": 1, "opinion": "好"})
    assert answer.status_code == 409
    m = Manuscript.objects.get(pk=m.pk)
    assert m.state == "review"
    answer = publisher.post(door, {"_do": "publish", "_round": 1})
    assert answer.status_code == 409
    assert "尚未通过法制审核" in answer.content.decode()


def test_line_comments_go_back_with_the_opinion_and_must_be_answered(town, author, legal):
    m = handed_in(town, author)
    door = reverse("authoring:review", args=[m.pk])
    answer = legal.post(
        door, {"_do": "pass", "_round": 1, "opinion": "同意", "c.summary": "说清楚哪些车要办"}
    )
    assert answer.status_code == 409
    assert "说清楚哪些车要办" in answer.content.decode()

    legal.post(door, {"_do": "back", "_round": 1, "opinion": "请按批注修改", "c.summary": "说清楚哪些车要办"})
    m = Manuscript.objects.get(pk=m.pk)
    assert m.state == "writing"
    page = author.get(reverse("authoring:record", args=[m.pk])).content.decode()
    assert "说清楚哪些车要办" in page
    assert "请按批注修改" in page
    assert author.post(reverse("authoring:check", args=[m.pk])).status_code == 409

    comment = Comment.objects.get()
    typed(author, m, **{"summary": "带厨具的机动车办", f"_answer__{comment.pk}": "已写明"})
    assert author.post(reverse("authoring:check", args=[m.pk])).status_code == 302
    assert legal.post(door, {"_do": "pass", "opinion": "同意", "_round": 2}).status_code == 302
    assert "已写明" in legal.get(door).content.decode()


def test_a_pass_is_of_the_round_that_was_read(town, author, legal, publisher):
    m = handed_in(town, author)
    door = reverse("authoring:review", args=[m.pk])
    assert 'name="_round" value="1"' in legal.get(door).content.decode()
    legal.post(door, {"_do": "back", "_round": 1, "opinion": "请改写摘要"})
    typed(author, m, summary="只管带厨具的机动车")
    assert author.post(reverse("authoring:check", args=[m.pk])).status_code == 302

    for stale in ({"_round": 1}, {}):  # the page was opened before the change
        answer = legal.post(door, {"_do": "pass", "opinion": "同意", **stale})
        assert answer.status_code == 409
        assert "现在是第 2 次送审的内容" in answer.content.decode()
    assert Manuscript.objects.get(pk=m.pk).state == "review"

    assert legal.post(door, {"_do": "pass", "_round": 2, "opinion": "同意"}).status_code == 302
    assert publisher.post(door, {"_do": "publish", "_round": 1}).status_code == 409
    assert Manuscript.objects.get(pk=m.pk).state == "passed"


def test_a_change_is_shown_beside_the_version_in_force_and_running_cases_keep_theirs(
    town, author, legal, publisher
):
    case = town.apply()
    live = town.versions["990144001000"]
    author.post(reverse("authoring:revise", args=[live.pk]))
    m = Manuscript.objects.get(code="990144001000")
    assert m.flow is not None
    m.content["phone"] = "0990-00000000"
    services.save(town.people["section_head"], m, content=m.content)
    page = author.get(reverse("authoring:review", args=[m.pk])).content.decode()
    assert "<del>0990-81045585</del>" in page
    assert "<ins>0990-00000000</ins>" in page
    assert "新增 0 处，修改 1 处，删去 0 处" in page
    from tongban.engine.models import Case

    assert Case.objects.get(pk=case.case_id).offering_version_id == live.pk


def test_nobody_else_sees_a_manuscript(town, author):
    m = begun(town, author)
    door = reverse("authoring:record", args=[m.pk])
    assert browser(town.people["clerk"]).get(door).status_code == 403
    assert browser(town.people["owner"]).get(door).status_code == 403
    assert browser(town.people["legal"]).get(door).status_code == 200
    assert browser(town.people["legal"]).post(door, {"_do": "save"}).status_code == 403
    assert not Matter.objects.filter(name="流动餐车备案").exists()


def test_a_suspended_matter_takes_no_application_until_it_is_resumed(town, publisher):
    live = town.versions["990144001000"]
    door = reverse("authoring:standing", args=[live.pk, "suspend"])
    assert publisher.post(door, {"reason": ""}).status_code == 409
    assert publisher.post(door, {"reason": "窗口搬迁"}).status_code == 302
    assert "这件事暂停办理" in Client().get(reverse("hall:guide", args=["P-1"])).content.decode()
    with pytest.raises(Refused) as refused:
        town.apply(offering_version=OfferingVersion.objects.get(pk=live.pk))
    assert refused.value.code == "matter_suspended"
    publisher.post(reverse("authoring:standing", args=[live.pk, "resume"]), {"reason": "搬好了"})
    assert town.apply(offering_version=OfferingVersion.objects.get(pk=live.pk)).number


def test_an_erratum_stands_beside_the_version_and_needs_every_part(town, publisher):
    live = town.versions["990144001000"]
    door = reverse("authoring:standing", args=[live.pk, "erratum"])
    assert publisher.post(door, {"field": "电话", "old": "1", "new": "", "reason": "写错"}).status_code == 409
    assert (
        publisher.post(door, {"field": "电话", "old": "1", "new": "2", "reason": "写错"}).status_code == 302
    )
    assert Erratum.objects.get().new == "2"


def test_a_cancelled_matter_leaves_the_catalogue(town, publisher):
    live = town.versions["990144002000"]
    assert (
        publisher.post(
            reverse("authoring:standing", args=[live.pk, "cancel"]), {"reason": "依据废止"}
        ).status_code
        == 302
    )
    live = OfferingVersion.objects.get(pk=live.pk)
    assert live.status == "retired"
    assert Matter.objects.get(code="990144002000").status == "cancelled"


def test_a_campaign_counts_what_each_department_has_dealt_with(town, author, legal, publisher):
    units = {v.offering.organisation for v in town.versions.values()}
    answer = legal.post(
        reverse("authoring:campaign_begin"),
        {
            "title": "年度清理",
            "basis": "年度计划",
            "starts": "2026-01-01",
            "ends": "2099-12-31",
            "units": [u.pk for u in units],
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    campaign = Campaign.objects.get()
    assert campaign.items.count() == 3
    permit = campaign.items.get(version=town.versions["990144001000"])
    joint = campaign.items.get(version=town.versions["990144003000"])
    other = campaign.items.get(version=town.versions["990144002000"])

    def says(client: Client, item: Any, **said: str) -> int:
        return client.post(reverse("authoring:campaign_item", args=[campaign.pk, item.pk]), said).status_code

    assert says(author, permit, verdict="confirm") == 302
    assert says(author, joint, verdict="cancel", reason="") == 409
    assert says(author, joint, verdict="cancel", reason="依据废止") == 302
    assert says(author, other, verdict="confirm") == 404  # another unit's
    assert says(publisher, joint, verdict="carry_out") == 302
    assert Matter.objects.get(code="990144003000").status == "cancelled"
    mine = next(p for p in progress(campaign) if p.organisation == permit.organisation_id)
    assert (mine.done, mine.total) == (2, 2)
    assert legal.post(reverse("authoring:campaign_close", args=[campaign.pk])).status_code == 409

    assert says(author, permit, verdict="change", reason="材料精简") == 302
    assert Manuscript.objects.get(code="990144001000").cause == "campaign"
    assert "调整" in author.get(reverse("authoring:campaign", args=[campaign.pk])).content.decode()


def test_the_limits_of_change_control_are_counted_in_working_days():
    m = Manuscript(cause="law", occasion=date(2026, 9, 21))
    term = terms_of(m, date(2026, 10, 19))[0]
    # 22, 23, 24 September; the holidays of Mid-Autumn and the National Day; made up on 10 October or not: by the calendar
    calendar = load_calendar()
    expected = sum(calendar.is_workday(date(2026, 9, 21) + timedelta(days=n)) for n in range(1, 29))
    assert (term.name, term.used, term.allowed) == ("申请变更", expected, 20)
    assert terms_of(m, date(2026, 12, 1))[0].left < 0


def test_a_flow_comes_in_and_goes_out_as_bpmn(town, author):
    m = begun(town, author)
    drawn(author, m)
    m.refresh_from_db()
    file = author.get(reverse("authoring:flow_bpmn", args=[m.pk]))
    assert file.status_code == 200
    before = m.flow
    author.post(reverse("authoring:flow", args=[m.pk]), {"_do": "template:full"})
    upload = SimpleUploadedFile("flow.bpmn", file.content)
    assert author.post(reverse("authoring:flow", args=[m.pk]), {"bpmn": upload}).status_code == 302
    m.refresh_from_db()
    assert m.flow["nodes"] == before["nodes"]
    bad = SimpleUploadedFile("flow.bpmn", b"<x/>")
    answer = author.post(reverse("authoring:flow", args=[m.pk]), {"bpmn": bad})
    assert answer.status_code == 409
    assert "没有导入这张图" in answer.content.decode()


def test_digits_that_are_no_numbers_are_no_fault(town, author, legal):
    made = Manuscript.objects.create(
        organisation=Organisation.objects.get(code=CODES["scjg"]), name="x", code="", kind="01", content={},
        saved_by=town.people["section_head"], saved_at=datetime.now(CHINA),
    )  # fmt: skip
    assert (
        author.post(
            f"/desk/matters/drafts/{made.pk}/save/", {"_seq": "\u00b2", "_do": "add:materials:\u00b2"}
        ).status_code
        == 200
    )
    campaign = Campaign.objects.create(
        title="x", basis="x", starts=date(2026, 1, 1), ends=date(2026, 1, 2), opened_by=town.people["legal"]
    )
    for place in ("\u00b2", "9" * 30):
        assert legal.get(f"/desk/matters/campaigns/{campaign.pk}/", {"from": place}).status_code == 200


def test_who_imported_a_draft_does_not_judge_it(town):
    importer, live = town.people["section_head"], guide("P-1")
    draft = draft_version(importer, {**live.content, "place": "新址"})
    other = town.people["legal"]
    post = Post.objects.filter(holdings__account=other).first()
    Grant.objects.create(
        post=post, verb="draft_matter", reach="everything", valid=Grant.objects.first().valid
    )
    made = services.begin_revision(other, draft)
    assert set(made.authors.all()) == {importer, other}
