"""One real case from the public page to the signed-off result, in a browser, over two weeks of working days.

A resident finds the matter, applies, the counter accepts, two departments review in parallel, one of them asks for a
correction, an inspection stops the clock, a section head is late and draws a yellow card, the leader decides, the result
is delivered; the ledger verifies; an event altered behind the software's back is found and named.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection

from tests.databases import PRESENT
from tongban.base.calendar import CHINA
from tongban.engine import outbox, watches
from tongban.engine.ledger.sealing import seal_and_checkpoint
from tongban.engine.ledger.verify import verify
from tongban.engine.numbering import SECRET_ALPHABET
from tongban.project.demo.accounts import PASSWORD
from tongban.registry.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("city_of_anlan")]

GUIDE = "食品经营许可（新办）"
PAPER = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
LATER_THAN_ASKED = "请在平面图上标出油烟净化设施的位置"


@dataclass
class Town:
    """The served city, its clock, and the one browser at which people take turns."""

    base: str
    page: Any
    clock: Any
    sign_in: Any
    present: str = ""  # who is signed in

    def at(self, text: str) -> None:
        """Move to an instant, and let time do what it does."""
        now = datetime.fromisoformat(text).replace(tzinfo=CHINA)
        self.clock.move_to(now)
        watches.run_due(now)
        outbox.deliver()
        self.present = ""  # everybody signs in again: sessions end with the working day

    def comes(self, who: str) -> Any:
        """Somebody signs in with name and password."""
        self.page.goto(f"{self.base}/account/login/")
        self.page.fill("input[name=login]", who)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/account/login" not in url)
        self.present = who
        return self.page

    def window(self, who: str) -> Any:
        """The browser, before this person now; how one signs in was shown by the first (`comes`)."""
        if who != self.present:
            self.sign_in(self.page, Account.objects.get(username=who))
            self.present = who
        return self.page

    def case(self, who: str, number: str) -> Any:
        """The case page before an official, opened from the to-do list."""
        page = self.window(who)
        page.goto(f"{self.base}/desk/")
        page.click(f"tr:has-text('{number}') a")
        page.wait_for_url(f"**/desk/cases/{number}/**")
        return page

    def decides(self, who: str, number: str, choice: str, **said: str) -> Any:
        """Finish the step before this person with the outcome of that name."""
        page = self.case(who, number)
        page.check(f"aside .tb-pick label:has(b:text-is('{choice}')) input")
        for name, text in said.items():
            page.locator(f"aside [name='{name}']").first.fill(text)
        page.click("aside .tb-act button[type=submit].btn-primary")
        page.wait_for_load_state()
        assert not page.locator("aside [role=alert]").count(), page.inner_text("aside")
        return page

    def does(self, who: str, number: str, action: str, **said: str) -> Any:
        """Take one of the standing actions."""
        page = self.window(who)
        page.goto(f"{self.base}/desk/cases/{number}/")
        box = page.locator(f"details:has(> summary:text('{action}'))")
        box.locator("summary").click()
        for name, value in said.items():
            control = box.locator(f"[name$='{name}']").first
            if control.evaluate("e => e.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)
        box.locator("button[type=submit]").first.click()
        page.wait_for_load_state()
        assert not page.locator("main [role=alert]").count(), page.inner_text("main [role=alert]")
        return page


@pytest.fixture
def town(served, page, sign_in):
    with time_machine.travel(PRESENT, tick=True) as clock:
        yield Town(served, page, clock, sign_in)


def test_a_resident_gets_a_licence_and_supervision_saw_every_step(town: Town, plain_page: Any) -> None:
    number, secret = _applies(town)

    town.at("2026-11-23T10:10")
    town.decides("jbsc-ck-01", number, "受理")

    town.at("2026-11-23T14:30")
    town.decides("jbsc-sc-01", number, "需要现场核查")

    town.at("2026-11-24T09:20")
    page = town.case("jbcg-sc-01", number)
    assert "食品经营许可" in page.inner_text("h1")
    town.does("jbcg-sc-01", number, "一次性告知补正", items=LATER_THAN_ASKED)
    _answers_the_correction(town, number)

    town.at("2026-11-25T11:00")
    town.decides("jbcg-sc-01", number, "同意")

    town.at("2026-11-26T09:00")
    town.does(
        "jbsc-sc-01", number, "挂起", procedure="site_visit", days="3", basis="食品经营许可和备案管理办法",
        document="安市监查2026第12号", approver="分管领导",
    )  # fmt: skip
    tracked = town.window("zhangyuan")
    tracked.goto(f"{town.base}/track/{number}/")
    assert "暂停" in tracked.inner_text("main")

    town.at("2026-11-30T15:00")
    town.does("jbsc-sc-01", number, "恢复计时", outcome="两人到场，三防设施和冷藏设施符合要求")
    town.decides("jbsc-sc-01", number, "现场合格")

    town.at("2026-12-03T16:00")  # the section head had one working day
    cards = town.window("xsj-jcz-01")
    cards.goto(f"{town.base}/supervision/cards/?q={number}")
    assert "黄牌" in cards.inner_text("main"), cards.inner_text("main")
    assert "审核复核" in cards.inner_text("main")
    town.decides("jbsc-kz-01", number, "同意")
    town.decides("jbsc-fg-01", number, "准予许可")
    page = town.case("jbsc-ck-01", number)
    page.locator("aside [name='method']").first.select_option("窗口领取")
    page.click("aside .tb-act button[type=submit].btn-primary")
    page.wait_for_load_state()

    _sees_the_whole_way(town.base, plain_page, number, secret)
    _the_ledger_holds_until_it_is_touched(number)


def _applies(town: Town) -> tuple[str, str]:
    page = town.comes("zhangyuan")
    page.goto(town.base)
    page.fill("main input[name=q]", "餐饮")
    page.press("main input[name=q]", "Enter")
    page.click(f"main a:has-text('{GUIDE}')")
    assert "能不能办" in page.inner_text("main")
    page.click("a:has-text('立即网上办理')")
    page.check("input[value=self]")
    page.click("main button:has-text('开始填写')")
    page.fill("[name=addr]", "江北区滨江路8号")
    _next(page)
    for select in page.locator("main select:visible").all():
        select.select_option(index=2)
    _choose(page, "last")
    page.locator("main input[type=checkbox]").first.check()
    for control in page.locator("main input[type=text]:visible").all():
        if not control.input_value():
            control.fill("80" if "area" in (control.get_attribute("name") or "") else "周敏")
    _next(page)
    _choose(page, "first")
    _next(page)
    for name in page.locator("main input[type=file]").evaluate_all("es => es.map(e => e.name)"):
        if not page.locator(f"input[name='_later'][value='{name}']").count():
            page.set_input_files(
                f"main input[name='{name}']",
                {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": PAPER},
            )
            page.wait_for_selector(f"main :text('{name}.pdf')")
    page.check("input[name='_later']")
    _next(page)
    page.check("[name=_sure]")
    page.click("main button:has-text('提交申请')")
    page.wait_for_url("**/receipt/**")
    number = page.url.rstrip("/").split("/")[-2]
    text = page.inner_text("body")
    secret = re.search(rf"\b[{SECRET_ALPHABET}]{{12}}\b", text).group()
    assert number in text
    assert page.locator("svg").count(), "the receipt has no QR code"
    return number, secret


def _choose(page: Any, which: str) -> None:
    for name in page.locator("main input[type=radio]:visible").evaluate_all(
        "es => [...new Set(es.map(e => e.name))]"
    ):
        getattr(page.locator(f"main input[type=radio][name='{name}']"), which).check()


def _next(page: Any) -> None:
    before = page.url
    page.click("main button:has-text('保存并进入下一步')")
    page.wait_for_load_state()
    assert page.url != before, page.inner_text("main [role=alert]")


def _answers_the_correction(town: Town, number: str) -> None:
    page = town.window("zhangyuan")
    page.goto(f"{town.base}/track/{number}/")
    assert LATER_THAN_ASKED in page.inner_text("main")
    town.at("2026-11-25T10:00")
    page = town.window("zhangyuan")
    page.goto(f"{town.base}/track/{number}/")
    page.locator("main form[action$='/supply/'] button, main a[href$='/supply/']").first.click()
    while not page.locator("[name=_sure]").count():
        if page.locator("main input[type=file]").count():
            control = page.locator("main input[type=file][name='CL0004']")
            control.set_input_files(
                {"name": "平面图第二稿.pdf", "mimeType": "application/pdf", "buffer": PAPER + b"%2\n"}
            )
            page.wait_for_selector("main :text('平面图第二稿.pdf')")
        _next(page)
    page.check("[name=_sure]")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url(f"**/track/{number}/**")
    assert "等待补正" not in page.inner_text("main")


def _sees_the_whole_way(base: str, page: Any, number: str, secret: str) -> None:
    page.goto(f"{base}/track/")  # by number and secret, on a phone, without signing in and without scripts
    page.fill("[name=number]", number)
    page.fill("[name=secret]", secret)
    with page.expect_navigation():
        page.press("[name=secret]", "Enter")
    text = page.inner_text("main")
    for step in ("受理", "补正", "现场核查", "决定", "送达"):
        assert step in text, f"the applicant cannot see “{step}”"


def _the_ledger_holds_until_it_is_touched(number: str) -> None:
    seal_and_checkpoint()
    report = verify(case=number)
    assert report.ok, report.first
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # behind the software's back
        cursor.execute(
            'UPDATE engine_event SET payload = payload || \'{"outcome": "denied"}\'::jsonb'
            " WHERE type = 'decision.made' AND case_id = (SELECT id FROM engine_case WHERE number = %s) RETURNING seq",
            [number],
        )
        (seq,) = cursor.fetchone()
        cursor.execute("SET LOCAL session_replication_role = origin")
    report = verify(case=number)
    assert not report.ok
    assert number in str(report.first)
    assert str(seq) in str(report.first)
