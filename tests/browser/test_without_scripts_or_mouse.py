"""The application from form to withdrawal where JavaScript is off, and the counter with the keyboard alone."""

import time
from datetime import timedelta

import pytest
import time_machine

from tests.browser.test_the_whole_story import GUIDE, PAPER, PASSWORD
from tests.databases import PRESENT
from tongban.engine.models import Case
from tongban.engine.services import perform
from tongban.registry.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]
ASKED = "请补一份写明面积的平面图"


@pytest.fixture
def clock():
    with time_machine.travel(PRESENT, tick=True) as clock:
        yield clock


def signs_in(page, base, who):
    page.goto(f"{base}/account/login/")
    page.fill("input[name=login]", who)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/account/login" not in url)


def answers_everything(page):
    """Fill whatever the screen asks, as somebody who knows nothing of its names."""
    for select in page.locator("main select:visible").all():
        select.select_option(index=1)
    for name in page.locator("main input[type=radio]:visible").evaluate_all(
        "es => [...new Set(es.map(e => e.name))]"
    ):
        if not page.locator(f"main input[type=radio][name='{name}']:checked").count():
            page.locator(f"main input[type=radio][name='{name}']").last.check()
    for box in page.locator("main fieldset:has(input[type=checkbox]):visible").all():
        box.locator("input[type=checkbox]").first.check()
    for control in page.locator("main input[type=text]:visible, main textarea:visible").all():
        if not control.input_value():
            control.fill("80" if "area" in (control.get_attribute("name") or "") else "周敏")
    for control in page.locator("main input[type=file]:visible").all():
        control.set_input_files({"name": "材料.pdf", "mimeType": "application/pdf", "buffer": PAPER})
    for later in page.locator("input[name=_later]").all():
        later.check()


def test_an_application_from_form_to_withdrawal_without_scripts(plain_page, served, clock):
    page = plain_page
    signs_in(page, served, "zhangyuan")
    page.goto(f"{served}/search/?q=餐饮")
    page.click(f"main a:has-text('{GUIDE}')")
    page.click("a:has-text('立即网上办理')")
    page.check("input[value=self]")
    page.click("main button:has-text('开始填写')")
    for _ in range(8):
        if page.locator("[name=_sure]").count():
            break
        answers_everything(page)
        page.click("main button:has-text('保存并进入下一步')")
    page.check("[name=_sure]")
    page.click("main button:has-text('提交申请')")
    assert "/receipt/" in page.url, page.inner_text("main")[:600]
    number = page.url.rstrip("/").split("/")[-2]

    case = Case.objects.get(number=number)
    clerk = Account.objects.get(username="jbsc-ck-01")
    clock.move_to(PRESENT + timedelta(hours=1))
    perform(
        clerk,
        case.pk,
        "request_correction",
        command_id=case.uid,
        data={"items": [ASKED], "materials": ["CL0004"]},
    )
    page.goto(f"{served}/track/{number}/")
    assert ASKED in page.inner_text("main")
    page.locator("main form[action$='/supply/'] button, main a[href$='/supply/']").first.click()
    for _ in range(8):
        if page.locator("[name=_sure]").count():
            break
        for control in page.locator("main input[type=file]:visible").all():
            control.set_input_files(
                {"name": "第二稿.pdf", "mimeType": "application/pdf", "buffer": PAPER + b"%2\n"}
            )
        page.click("main button:has-text('保存并进入下一步')")
    page.check("[name=_sure]")
    page.locator("main form button[type=submit]").last.click()
    case.refresh_from_db()
    assert case.phase != "correcting", page.inner_text("main")[:600]

    page.goto(f"{served}/track/{number}/withdraw/")
    reason = page.locator("main textarea, main input[type=text]").first
    reason.fill("不办了")
    page.locator("main form button[type=submit]").last.click()
    case.refresh_from_db()
    assert case.phase == "closed"
    assert case.result == "withdrawn"


def test_the_counter_takes_an_application_in_under_a_minute_with_the_keyboard_alone(page, served, clock):
    page.set_default_timeout(10_000)
    signs_in(page, served, "jbsc-ck-01")
    before = Case.objects.count()
    began = time.perf_counter()
    keys = 0
    page.goto(f"{served}/desk/counter/")
    _to(page, f"a:has-text('{GUIDE}')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/counter/*/")
    done = page.url
    for _ in range(160):
        page.keyboard.press("Tab")
        keys += 1
        at = page.evaluate(
            "() => { const e = document.activeElement; return [e.tagName, e.type || '', e.name || '', e.value || '',"
            " e.required, e.innerText, !!e.closest('main'), e.dataset.check || '']; }"
        )
        tag, kind, name, value, _required, text, inside, check = at
        if not inside:
            continue
        if tag == "BUTTON" and kind == "submit" and ("受理" in text or "收件" in text or "打印" in text):
            page.keyboard.press("Enter")
            page.wait_for_load_state()
            if page.url != done:
                break
        elif tag == "SELECT":
            page.keyboard.press("ArrowDown")
        elif kind == "radio" or (kind == "checkbox" and not name.startswith("_m_")):
            page.keyboard.press("Space")
        elif tag in {"INPUT", "TEXTAREA"} and not value:
            page.keyboard.type(_typed(name, check))
    took = time.perf_counter() - began
    assert Case.objects.count() == before + 1, page.inner_text("main")[:1500]
    assert took < 60, f"{took:.0f} s, {keys} keys"


def _to(page, selector):
    """Tab until that is focused."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(
            "s => document.activeElement.matches(s)", selector.partition(":has-text")[0]
        ) and GUIDE in (page.evaluate("() => document.activeElement.innerText")):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def _typed(name, check):
    said = {
        "idcard": "11010519491231002X",
        "uscc": "91350100M000100Y43",
        "mobile": "13800138000",
        "number": "80",
    }
    if check in said:
        return said[check]
    if "area" in name or "amount" in name:
        return "80"
    if "phone" in name or "mobile" in name:
        return said["mobile"]
    if "id_" in name or name.endswith("id"):
        return said["idcard"]
    return "周敏"
