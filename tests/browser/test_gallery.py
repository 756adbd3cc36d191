"""The kit as people meet it: nothing for axe to find, no sideways scroll, and scripts that only help."""

import pytest

from tongban.base.codes import citizen_id, uscc

pytestmark = pytest.mark.browser

PLACES = [
    "/ui/",
    "/ui/forms/",
    "/ui/lists/",
    "/ui/work/",
    "/ui/board/",
    "/ui/state/403/",
    "/ui/state/404/",
    "/ui/state/500/",
    "/ui/state/csrf/",
    "/ui/state/maintenance/",
    "/ui/state/receipt/",
    "/ui/state/wall/",
    "/ui/state/kiosk/",
    "/ui/state/calling/",
]
#: Of every place with a chart, how many of its drawings have a size.
SEEN = """() => Object.fromEntries([...document.querySelectorAll('svg.ch[role=img]')].map(s => s.parentElement).map((p, n) =>
    [`${n} ${p.className}`, [...p.querySelectorAll(':scope > svg.ch[role=img]')].filter(s => s.getBoundingClientRect().width).length]))"""
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_and_no_page_scrolls_sideways_wide_or_narrow_or_enlarged(
    page, resize, served, axe_findings, place
):
    found, over = {}, {}
    for elder in ("0", "1"):
        page.context.add_cookies([{"name": "tb_elder", "value": elder, "url": served}])
        page.goto(served + place)
        for width in (320, 390, 768, 1440):
            resize(width, 900)
            over[elder, width] = page.evaluate(SIDEWAYS)
            if elder == "0" and width in {390, 1440}:
                found[width] = axe_findings(page, again=width == 1440)
    assert found == {1440: [], 390: []}
    assert {case: px for case, px in over.items() if px > 0} == {}


@pytest.mark.parametrize("place", ["/ui/board/", "/ui/state/wall/"])
def test_each_chart_is_seen_once_on_a_screen_on_a_phone_and_on_paper(page, resize, served, place):
    page.goto(served + place)
    for width, media in ((1440, "screen"), (390, "screen"), (673, "print")):  # A4 between its margins
        resize(width, 900)
        page.emulate_media(media=media)
        seen = page.evaluate(SEEN)
        assert seen, "no chart at all"
        assert set(seen.values()) == {1}, f"{width} px, {media}: {seen}"
    page.emulate_media(media="screen")


def test_elder_mode_enlarges_everything_and_comes_back_to_the_page(page, served):
    page.goto(served + "/ui/forms/")
    before = page.locator("h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    page.get_by_role("link", name="长者模式").click()
    assert page.url == served + "/ui/forms/"
    after = page.locator("h1").evaluate("e => parseFloat(getComputedStyle(e).fontSize)")
    assert after == pytest.approx(before * 1.25)
    page.get_by_role("link", name="退出长者模式").click()
    assert page.locator("html.tb-elder").count() == 0


def test_without_javascript_every_question_is_asked_and_no_dead_button_is_shown(plain_page, served):
    plain_page.goto(served + "/ui/forms/")
    assert plain_page.get_by_label("每天供餐人数").is_visible()
    assert plain_page.get_by_text("办食堂才填。").is_visible()
    plain_page.goto(served + "/ui/")
    assert not plain_page.get_by_role("button", name="复制").is_visible()


def test_a_question_that_depends_on_another_comes_and_goes(page, served):
    page.goto(served + "/ui/forms/")
    meals = page.get_by_label("每天供餐人数")
    assert meals.is_visible()
    page.get_by_label("餐饮服务经营者").check()
    assert not meals.is_visible()
    assert meals.is_disabled()  # so that a hidden answer is not sent


def test_a_row_more_or_less_in_a_table_at_once_and_by_the_server_where_scripts_are_off(
    page, plain_page, served
):
    page.goto(served + "/ui/forms/")
    page.click("button[value='add:staff']")
    assert page.evaluate("document.activeElement.name") == "staff.2.name"
    page.keyboard.type("李强")
    assert page.locator("[name='staff.2.card']").input_value() == ""
    assert page.locator(".tb-trow").nth(2).locator(".tb-err").count() == 0
    page.click("button[value='drop:staff:0']")
    assert page.locator("[name$='.name']").evaluate_all(
        "es => es.filter(e => e.name.startsWith('staff')).map(e => [e.name, e.value, e.labels[0].htmlFor])"
    ) == [["staff.0.name", "许宁", "f-staff.0.name"], ["staff.1.name", "李强", "f-staff.1.name"]]
    assert page.get_by_role("group", name="从业人员，第 2 行").count() == 1
    plain_page.goto(served + "/ui/forms/")
    assert plain_page.locator("button[value='add:staff']").is_visible()


def test_a_wrong_number_is_told_when_the_person_leaves_the_field_and_taken_back_when_right(page, served):
    page.goto(served + "/ui/forms/")
    field = page.get_by_label("统一社会信用代码")
    field.fill("91350100M000100Y4")
    field.blur()
    told = page.locator("#l-uscc")
    assert told.inner_text() == "现在是 17 位，应为 18 位"
    field.fill("91350100M000100Y43")
    assert told.inner_text() == ""


def test_the_browser_judges_numbers_as_the_server_does(page, served):
    page.goto(served + "/ui/forms/")
    tails = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = [f"91350100M000100Y4{t}" for t in tails] + [f"11010519491231002{t}" for t in "0123456789X"]
    judge = "([kind, text]) => tbChecks[kind](text) === ''"
    for code in codes:
        kind, server = (
            ("uscc", uscc.is_uscc)
            if len(code) == 18 and code[8] == "M"
            else ("idcard", citizen_id.is_citizen_id)
        )
        assert page.evaluate(judge, [kind, code]) == server(code), code


def test_a_form_is_sent_once_however_often_the_button_is_pressed(page, served):
    page.goto(served + "/ui/work/")
    sent = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.method == "POST" else None)
    page.evaluate(
        """() => { const f = document.querySelector('form[data-once]');
        f.addEventListener('submit', e => {
            if (!e.defaultPrevented) { e.preventDefault(); fetch('/ui/work/', {method: 'POST'}); } });
        f.querySelector('input[type=checkbox]').checked = true;
        const b = f.querySelector('button'); b.click(); b.click(); b.click(); }"""
    )
    page.wait_for_timeout(200)
    assert len(sent) == 1


def test_j_and_k_move_in_the_list_x_chooses_and_slash_searches(page, served):
    page.goto(served + "/ui/work/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.locator("tr.is-cur th a").inner_text().startswith("澜汀路夜市油烟扰民")
    page.keyboard.press("x")
    assert page.locator("[data-chosen]").inner_text() == "2"  # one was chosen from the start
    page.keyboard.press("k")
    assert page.locator("tr.is-cur th a").inner_text().startswith("红牌督办")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "gq"
    page.keyboard.type("jj")
    assert page.locator("#gq").input_value() == "jj"


def test_an_upload_says_how_far_it_is_and_becomes_the_row_the_server_answers(page, served):
    page.goto(served + "/ui/forms/")
    page.route(
        "**/send-here/",
        lambda route: route.fulfill(
            body='<div class="tb-up is-ok" id="u-extra_up"><div><h3>已识别</h3></div></div>'
        ),
    )
    page.evaluate("() => { document.getElementById('u-extra_up').dataset.upload = '/send-here/'; }")
    page.locator("#u-extra_up").evaluate(
        """row => { const data = new DataTransfer();
        data.items.add(new File(['x'], 'a.pdf', {type: 'application/pdf'}));
        row.querySelector('.tb-drop').dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true})); }"""
    )
    page.get_by_role("heading", name="已识别").wait_for()
    assert page.locator("#u-extra_up.is-ok").count() == 1


def test_a_draft_saves_itself_and_says_so_or_says_that_it_could_not(page, served):
    page.goto(served + "/ui/forms/")
    answers = [{"status": 200, "json": {"saved_at": "10:42"}}, {"status": 503, "body": ""}]
    page.route(
        "**/ui/forms/?",
        lambda route: (
            route.fulfill(**answers.pop(0)) if route.request.method == "POST" else route.continue_()
        ),
    )
    page.locator("[name=name]").fill("许宁")
    page.get_by_text("草稿已自动保存，10:42").wait_for()
    page.locator("[name=name]").fill("许宁宁")
    page.get_by_text("没能自动保存。您填的内容还在这一页，请检查网络，不要关闭页面。").wait_for()
