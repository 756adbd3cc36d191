"""Supervision in a browser: a card explained, appealed, revoked; an order returned twice and escalated; a threshold
tried and changed; a figure of the board followed to the case and back.
"""

import os
import re
from datetime import datetime
from pathlib import Path

import pytest
import time_machine

from tests.standing import standing
from tests.town import Town, build_town
from tongban.base.calendar import CHINA
from tongban.engine import outbox, watches
from tongban.platforms.supervision.models import Card, Order, RuleVersion
from tongban.platforms.supervision.queries import forget_books
from tongban.registry.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=CHINA)
PICTURES = os.environ.get("TONGBAN_PICTURES", "")


def _late_town() -> Town:
    """A case accepted three weeks ago, of which the departments' reviews lie since."""
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=CHINA), tick=True):
        town = build_town()
        case = town.apply()
        town.do("clerk", case, "accept")
    with time_machine.travel(NOW, tick=True):
        while watches.run_due():
            pass
    return town


built = standing(_late_town)


@pytest.fixture
def town(built, db):
    forget_books()
    with time_machine.travel(NOW, tick=True):
        yield built
    forget_books()


@pytest.fixture
def window(page, sign_in):
    """`window(who)`: the browser, signed in as somebody else now."""

    def open_(who):
        sign_in(page, Account.objects.get(username=who))
        return page

    return open_


def picture(page, name):
    """For people to look at, in both widths, where TONGBAN_PICTURES names a folder."""
    if PICTURES:
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})


def does(page, deed, reason):
    """One of the forms beside a card."""
    form = page.locator(f"form:has(input[value='{deed}'])")
    form.locator("textarea").fill(reason)
    form.locator("button").click()
    page.wait_for_load_state()


def test_a_card_is_explained_appealed_and_revoked(town, served, window):
    page = window("chief")
    page.goto(f"{served}/supervision/cards/?open=1")
    picture(page, "cards")
    page.locator("main table a:has-text('T03')").first.click()
    page.wait_for_url("**/supervision/cards/*/")
    picture(page, "card")
    does(page, "explain", "城管部门的意见还没有返回")
    assert "已说明" in page.inner_text("aside")
    does(page, "appeal", "期限因联合审查顺延")
    assert "申诉中" in page.inner_text("aside")
    assert not page.locator("input[value='appeal']").count()
    here = page.url
    page = window("monitor")
    page.goto(f"{served}/supervision/")
    page.locator("section:has(#b7) a").first.click()
    assert page.url == here
    does(page, "revoke", "申诉成立，发牌有误")
    picture(page, "card-revoked")
    assert "已撤销" in page.inner_text("aside")
    told = page.inner_text("section:has(#k3)")
    assert all(
        words in told
        for words in ("有效 → 已说明", "已说明 → 申诉中", "申诉中 → 已撤销", "申诉成立，发牌有误")
    )
    assert page.locator("form:has(input[name='deed'])").count() == 0


def test_an_order_is_returned_twice_and_escalated(town, served, window):
    card = Card.objects.filter(rule="T04", level=2).order_by("pk")[0]
    page = window("supervisor")
    page.goto(f"{served}/supervision/cards/{card.pk}/")
    does(page, "order", "说明原因，三日内办完")
    page.locator("a:has-text('督办单 DB')").click()
    page.wait_for_url("**/desk/cases/DB*/**")
    number = re.search(r"DB\d+", page.url)[0]

    def step(who, choice=""):
        page = window(who)
        page.goto(f"{served}/desk/cases/{number}/")
        if choice:
            page.check(f"aside .tb-pick label:has(b:text-is('{choice}')) input")
        page.locator("aside [name='opinion']").fill("见附件")
        page.click("aside .tb-act button[type=submit].btn-primary")
        page.wait_for_load_state()
        assert not page.locator("aside [role=alert]").count(), page.inner_text("aside")

    step("supervisor", "属实，下发督办单")
    picture(page, "order")
    step("chief")
    for _time in range(2):
        step("chief", "已整改，附证据")
        step("supervisor", "退回重办")
    step("chief", "已整改，附证据")
    page = window("supervisor")
    page.goto(f"{served}/desk/cases/{number}/")
    assert "退回重办" not in page.inner_text("aside .tb-pick >> nth=0")
    step("supervisor", "升级：监察建议书、问责移送")
    page = window("monitor")
    page.goto(f"{served}/supervision/orders/?state=escalate")
    picture(page, "orders")
    row = page.locator(f"tr:has-text('{number}')")
    assert all(words in row.inner_text() for words in ("升级中", "2 次"))
    step("supervisor")
    while outbox.deliver():
        pass
    page = window("monitor")
    page.goto(f"{served}/supervision/orders/?ending=escalated")
    row = page.locator(f"tr:has-text('{number}')").inner_text()
    assert "升级处理" in row
    assert "2 次" in row
    page.goto(f"{served}/supervision/cards/{card.pk}/")
    picture(page, "card-ordered")
    assert "已认定" in page.inner_text("aside")
    assert Order.objects.get().ending == "escalated"


def test_a_threshold_is_tried_on_the_past_and_then_changed(town, served, window):
    page = window("monitor")
    page.goto(f"{served}/supervision/rules/")
    picture(page, "rules")
    page.locator("main a:has-text('T04')").first.click()
    page.wait_for_url("**/supervision/rules/T04/")
    picture(page, "rule")
    page.fill("[name=times]", "10")
    page.fill("[name=first]", "2026-11-01")
    page.fill("[name=last]", "2026-11-22")
    page.click("button[value=try]")
    page.wait_for_url("**/supervision/trials/*/")
    picture(page, "trial")
    told = page.inner_text("section:has(#t-levels)")
    assert re.search(r"黄牌\s+2\s+0\s+-2", told), told
    page.click("main a.btn-primary")
    page.wait_for_url("**/supervision/rules/T04/?trial=*")
    assert page.input_value("[name=times]") == "10"
    page.fill("[name=begins]", "2026-12-01")
    page.click("button[value=save]")
    page.wait_for_load_state()
    assert "写明调整的依据" in page.inner_text("main")
    assert page.input_value("[name=begins]") == "2026-12-01"
    page.fill("[name=basis]", "联合审查期限调整，市政府办公室二〇二六年第八十八号文")
    page.click("button[value=save]")
    page.wait_for_url("**/supervision/rules/T04/")
    picture(page, "rule-changed")
    history = page.inner_text("section:has(#r2)")
    assert all(words in history for words in ("10", "市政府办公室二〇二六年第八十八号文", "monitor"))
    assert RuleVersion.objects.get().thresholds == {"times": 10}


def test_a_figure_of_the_board_leads_to_the_case_and_back(town, served, window):
    page = window("monitor")
    page.goto(f"{served}/supervision/?period=30")
    picture(page, "board")
    page.locator(".tb-stat:has-text('在办已超期') a, .tb-kpi:has-text('在办已超期') a").first.click()
    page.wait_for_url("**/supervision/cases/?what=late*")
    picture(page, "board-cases")
    assert "1 件" in page.inner_text("h1")
    page.locator("main table a").first.click()
    page.wait_for_url("**/desk/cases/*/**")
    assert "食品经营许可" in page.inner_text("main")
    page.go_back()
    page.click("text=回到看板")
    page.wait_for_url(re.compile(r"/supervision/\?period=30$"))
