"""A new matter, from an empty form to the first finished case, without touching code or the shell, in a browser.

A department writes it with the flow designer and the form designer; the legal office reads it, asks for a word more and
passes it; it is published; a resident finds it by an everyday word, applies, the counter accepts, it is decided and handed out.
"""

import re
from typing import Any

import pytest
from django.core.management import call_command

from tests.town import build_town
from tongban.engine import outbox
from tongban.engine.models import Case
from tongban.faces.authoring.models import Manuscript

pytestmark = pytest.mark.browser

NAME = "流动餐车备案"
PHOTO = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


class Desk:
    """The town, and the one browser at which its people take turns."""

    def __init__(self, base: str, page: Any, sign_in: Any) -> None:
        self.base, self.page, self.sign_in, self.town = base, page, sign_in, build_town()

    def window(self, who: str) -> Any:
        """The browser, before this person now."""
        self.sign_in(self.page, self.town.people[who])
        return self.page


@pytest.fixture
def desk(served, page, sign_in):
    call_command("createcachetable", verbosity=0)
    return Desk(served, page, sign_in)


def test_a_department_writes_a_matter_and_a_resident_finishes_the_first_case(
    desk: Desk, axe_findings
) -> None:
    page = desk.window("section_head")
    page.goto(f"{desk.base}/desk/matters/")
    page.click("a:has-text('新编事项')")
    page.fill("[name=name]", NAME)
    page.select_option("[name=kind]", label="行政备案")
    page.click("button:has-text('开始编制')")
    page.wait_for_url(re.compile(r"/drafts/\d+/$"))
    home = page.url
    assert "%" in page.inner_text("aside .tb-complete")

    _writes_the_record(page)
    assert not axe_findings(page)
    _draws_the_flow(page, home)
    assert not axe_findings(page)
    _asks_the_questions(page, home)
    assert not axe_findings(page)

    page.goto(f"{home}check/")
    assert "可以提交审核" in page.inner_text("main"), page.inner_text("main")
    page.click("button:has-text('提交法制审核')")
    page.wait_for_url("**/review/")

    _is_reviewed(desk, home, axe_findings)

    publisher = desk.window("publisher")
    publisher.goto(f"{home}review/")
    publisher.click("button:text-is('发布')")
    publisher.wait_for_load_state()
    assert "已发布" in publisher.inner_text("main")

    number = _a_resident_applies(desk)
    _the_unit_finishes_it(desk, number)
    case = Case.objects.get(number=number)
    assert (case.phase, case.result) == ("closed", "granted")
    assert Manuscript.objects.get().version_id == case.offering_version_id


def _save(page: Any, button: str = "保存") -> None:
    page.click(f".tb-savebar button:text-is('{button}')")
    page.wait_for_load_state()


def _open(page: Any, row: str) -> None:
    """Unfold a row that is not open already (those with something wrong are)."""
    page.locator(f"[id='{row}']").evaluate("row => { row.open = true; }")


def _add(page: Any, path: str) -> None:
    page.click(f"button[value='add:{path}']")
    page.wait_for_load_state()


def _writes_the_record(page: Any) -> None:
    page.fill("[name='summary']", "餐车上路前办的备案")
    page.fill("[name='offering.implementation_code']", "CART-1")
    for path in ("legal_bases", "conditions", "materials", "results"):
        _add(page, path)
    page.fill("[name='legal_bases.0.law']", "安澜市流动摊贩管理办法")
    page.fill("[name='legal_bases.0.article']", "第八条")
    page.check("[name='service_objects'][value='1']")
    page.fill("[name='conditions.0.text']", "餐车符合卫生要求")
    page.fill("[name='conditions.0.question']", "餐车有水箱吗？")
    page.fill("[name='materials.0.name']", "餐车照片")
    page.select_option("[name=project_type]", "promised")
    page.fill("[name='limits.statutory.amount']", "10")
    page.fill("[name='limits.promised.amount']", "很快")
    page.fill("[name='results.0.name']", "流动餐车备案回执")
    page.select_option("[name='results.0.type']", "备案回执")
    page.fill("[name=place]", "政务大厅三楼 12 号窗口")
    page.fill("[name=hours]", "工作日 9:00—17:00")
    page.fill("[name=phone]", "0990-81045585")
    page.fill("[name=supervise_phone]", "12345")
    page.check("[name=channels][value='电脑端']")
    page.select_option("[name=online_depth]", "4")
    page.fill("[name=visits]", "0")
    page.fill("[name=synonyms]", "摆餐车\n流动摊位")
    _save(page)
    assert page.input_value("[name='limits.promised.amount']") == "很快"  # said to be wrong, and kept
    assert "整数" in page.inner_text("main")
    page.fill("[name='limits.promised.amount']", "5")
    _save(page)
    assert page.input_value("[name='materials.0.name']") == "餐车照片"


def _draws_the_flow(page: Any, home: str) -> None:
    page.goto(f"{home}flow/")
    page.click("button:text-is('受理—审查—审核—决定—送达')")
    page.wait_for_load_state()
    assert "没有办理岗位" in page.inner_text("#flow-live")
    for row, post in ((1, "CK"), (2, "SA"), (3, "KZ"), (5, "FG"), (6, "CK")):
        _open(page, f"r-steps.{row}")
        page.fill(f"[name='steps.{row}.post']", post)
    page.wait_for_selector("#flow-live :text('流程走得通')")  # drawn anew while one types
    _save(page, "保存流程")
    _open(page, "r-steps.3")
    page.click("button[value='drop:steps:3']")  # no check by the section head: the way closes over it
    page.wait_for_load_state()
    text = page.inner_text("#flow-live")
    assert "没有会得出结果的环节“check”" in text, text
    _open(page, "r-steps.3")
    page.click("button[value='drop:steps:3']")
    page.wait_for_load_state()
    assert "流程走得通" in page.inner_text("#flow-live")


def _asks_the_questions(page: Any, home: str) -> None:
    page.goto(f"{home}form/")
    _add(page, "form.groups")
    page.fill("[name='form.groups.0.title']", "餐车")
    for n, (label, kind) in enumerate(
        (("车牌号", "text"), ("有没有水箱", "radio"), ("水箱容量（升）", "number"))
    ):
        _add(page, "form.groups.0.fields")
        page.fill(f"[name='form.groups.0.fields.{n}.label']", label)
        page.select_option(f"[name='form.groups.0.fields.{n}.type']", kind)
        if kind == "radio":
            page.fill(f"[name='form.groups.0.fields.{n}.options']", "有\n没有")
    _the_phone_waits_for_the_finger(page, "水箱容量")
    _save(page, "保存表单")
    _open(page, "r-form.groups.0.fields.2")
    page.click("[id='r-form.groups.0.fields.2'] .tb-more > summary")
    page.select_option("[name='form.groups.0.fields.2.when.field']", label="有没有水箱")
    page.fill("[name='form.groups.0.fields.2.when.value']", "有")
    _save(page, "保存表单")
    assert "只在“有没有水箱”选“有”时填" in page.locator(".tb-phone").inner_html()


def _the_phone_waits_for_the_finger(page: Any, written: str) -> None:
    """The phone beside follows what is written, but nothing on the page moves while a button is pressed."""
    with page.expect_response(lambda answer: "preview" in answer.url):
        page.hover(".tb-savebar button")
        page.mouse.down()
    page.wait_for_timeout(600)
    assert written not in page.inner_text(".tb-phone")
    page.mouse.move(2, 2)
    page.mouse.up()
    page.wait_for_selector(f".tb-phone :text('{written}')")


def _is_reviewed(desk: Desk, home: str, axe_findings: Any) -> None:
    legal = desk.window("legal")
    legal.goto(f"{desk.base}/desk/matters/drafts/")
    legal.click(f"a:has-text('{NAME}')")
    legal.wait_for_url("**/review/")
    assert not axe_findings(legal)
    row = legal.locator("tr:has(th:has-text('一句话说明'))")
    row.locator("summary").click()
    row.locator("textarea").fill("写明哪些车要备案")
    legal.fill("[name=opinion]", "请按批注补充。")
    legal.click("button:text-is('退回修改')")
    legal.wait_for_load_state()

    author = desk.window("section_head")
    author.goto(home)
    assert "写明哪些车要备案" in author.inner_text("main")
    author.fill("[name='summary']", "带厨具、在路边卖餐食的机动车，上路前办的备案")
    author.fill("[name^='_answer.']", "已写明")
    _save(author)
    author.goto(f"{home}check/")
    author.click("button:has-text('提交法制审核')")
    author.wait_for_url("**/review/")
    assert not author.locator("button:text-is('通过审核')").count()  # nobody passes what they wrote

    legal = desk.window("legal")
    legal.goto(f"{home}review/")
    assert "已写明" in legal.inner_text("main")
    legal.fill("[name=opinion]", "依据充分，内容合法，同意发布。")
    legal.click("button:text-is('通过审核')")
    legal.wait_for_load_state()
    assert "待发布" in legal.inner_text("main")


def _a_resident_applies(desk: Desk) -> str:
    page = desk.window("owner")
    page.goto(desk.base)
    page.fill("main input[name=q]", "摆餐车")
    page.press("main input[name=q]", "Enter")
    page.click(f"main a:has-text('{NAME}')")
    page.click("a:has-text('立即网上办理')")
    page.check("input[value=self]")
    page.click("main button:has-text('开始填写')")
    page.fill("[name=che_pai_hao]", "安A·12345")
    page.check("[name=you_mei_you_shui_xiang][value='没有']")
    _next(page)
    name = page.locator("main input[type=file]").first.get_attribute("name")
    page.set_input_files(
        f"main input[name='{name}']", {"name": "餐车.pdf", "mimeType": "application/pdf", "buffer": PHOTO}
    )
    page.wait_for_selector("main :text('餐车.pdf')")
    _next(page)
    page.check("[name=_sure]")
    page.click("main button:has-text('提交申请')")
    page.wait_for_url("**/receipt/**")
    return page.url.rstrip("/").split("/")[-2]


def _next(page: Any) -> None:
    before = page.url
    page.click("main .tb-formnav .btn-primary")
    page.wait_for_url(lambda url: url != before)


def _the_unit_finishes_it(desk: Desk, number: str) -> None:
    for who, choice in (("clerk", "受理"), ("reviewer", "通过"), ("leader", "准予")):
        outbox.deliver()
        page = desk.window(who)
        page.goto(f"{desk.base}/desk/cases/{number}/")
        page.check(f"aside .tb-pick label:has(b:text-is('{choice}')) input")
        page.click("aside .tb-act button[type=submit].btn-primary")
        page.wait_for_load_state()
        assert not page.locator("aside [role=alert]").count(), page.inner_text("aside")
    page = desk.window("clerk")
    page.goto(f"{desk.base}/desk/cases/{number}/")
    page.locator("aside [name='method']").first.select_option("窗口领取")
    page.click("aside .tb-act button[type=submit].btn-primary")
    page.wait_for_load_state()
    assert re.search("已办结", page.inner_text("main"))
