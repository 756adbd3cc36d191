"""Applying with scripts on a phone: several files at once, and a draft whose owner was signed out meanwhile."""

from copy import deepcopy

import pytest

from tests.standing import standing
from tests.web.hall.conftest import build_on_the_web, fill, pdf
from tongban.faces.hall.models import Draft
from tongban.faces.hall.services import MOST_FILES

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
built = standing(build_on_the_web)

#: Lets files fall on the place for them, as a hand would.
DROP = """(place, names) => { const held = new DataTransfer();
    names.forEach(name => held.items.add(new File(['%PDF-1.4 trailer %%EOF ' + name], name, {type: 'application/pdf'})));
    place.dispatchEvent(new DragEvent('drop', {dataTransfer: held, bubbles: true, cancelable: true})); }"""


@pytest.fixture
def applicant(built, db):
    return deepcopy(built).people["applicant"]


@pytest.fixture
def begun(applicant, client):
    """An application filled in up to its materials: its address."""
    client.force_login(applicant, "django.contrib.auth.backends.ModelBackend")
    base = fill(client)
    Draft.objects.get().files.all().delete()
    return base


@pytest.fixture
def materials(begun, applicant, served, page, resize, sign_in):
    """The screen that asks for the materials, at 390 px."""
    sign_in(page, applicant)
    page.goto(f"{served}{begun}/4/")
    resize(390, 844)
    return page


def paper(name, words=b""):
    return {
        "name": name,
        "mimeType": "application/pdf",
        "buffer": pdf(name, words or name.encode()).read(),
    }


def kept():
    return sorted(Draft.objects.get().files.filter(material="form").values_list("name", flat=True))


def test_of_files_picked_at_once_all_are_sent_and_the_refused_one_is_named_with_why(materials):
    row = materials.locator("#u-form")
    assert "可以一次选多个，最多 5 个" in row.inner_text()
    bad = {"name": "木马.pdf", "mimeType": "application/pdf", "buffer": b"MZ nothing good"}
    row.locator("input[type=file]").set_input_files([paper("一.pdf"), bad, paper("三.pdf")])
    row.get_by_text("2 个文件，已保存").wait_for()
    told = row.locator(".tb-err li").all_inner_texts()
    assert [text.split("：")[0] for text in told] == ["木马.pdf"]
    assert row.locator("input[type=file]").is_visible(), "another can be chosen instead at once"
    assert materials.evaluate("document.activeElement.closest('.tb-up').id") == "u-form"
    assert kept() == ["一.pdf", "三.pdf"]


def test_files_dropped_beyond_the_bound_are_named_and_the_others_are_kept(materials, axe_findings):
    row = materials.locator("#u-form")
    named = [f"{n}.pdf" for n in range(1, MOST_FILES + 3)]
    row.locator(".tb-drop").evaluate(DROP, named)
    row.get_by_text(f"{MOST_FILES} 个文件，已保存").wait_for()
    told = row.locator(".tb-err li").all_inner_texts()
    assert told == [f"{name}：这份材料已经有 5 个文件，请先删掉不要的。" for name in named[MOST_FILES:]]
    assert kept() == named[:MOST_FILES]
    assert not axe_findings(materials)


def test_who_stops_half_way_reads_what_was_not_sent(materials):
    sent = []

    def second_waits(route):
        sent.append(route)
        if len(sent) == 1:
            route.continue_()

    materials.route("**/material/form/", second_waits)
    row = materials.locator("#u-form")
    row.locator("input[type=file]").set_input_files([paper("一.pdf"), paper("二.pdf"), paper("三.pdf")])
    row.get_by_text("第 2 个，共 3 个 · 二.pdf").wait_for()
    row.get_by_role("button", name="取消").click()
    row.get_by_text("二.pdf、三.pdf：已取消上传。").wait_for()
    assert "1 个文件，已保存" in row.inner_text()
    assert kept() == ["一.pdf"]


def test_a_draft_says_that_one_was_signed_out_and_goes_on_when_one_is_back(
    materials, applicant, served, sign_in
):
    page = materials
    page.goto(page.url.replace("/4/", "/2/"))
    page.context.clear_cookies()
    page.locator("[name=mobile]").fill("13900139000")
    page.get_by_text("登录已失效，请另开一页登录后再保存。").wait_for()
    sign_in(page, applicant)  # as on another page: this page's token is worth nothing now
    page.locator("[name=mobile]").fill("13900139001")
    page.get_by_text("草稿已自动保存，").wait_for()
    assert Draft.objects.get().typed["mobile"] == "13900139001"


@pytest.mark.parametrize("answer", [401, 403, 404])
def test_each_way_of_being_turned_away_is_told_as_being_signed_out(page, served, answer):
    page.goto(served + "/ui/forms/")
    page.route(
        "**/ui/forms/*",
        lambda route: (
            route.fulfill(status=answer, body="") if route.request.method == "POST" else route.continue_()
        ),
    )
    page.locator("[name=name]").fill("许宁")
    page.get_by_text("登录已失效，请另开一页登录后再保存。").wait_for()
