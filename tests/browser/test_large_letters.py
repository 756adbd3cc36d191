"""What the public reads on a phone with letters twice as large, in elder mode, and with words that have no end: nothing hangs over."""

import re

import pytest
import time_machine

from tests.browser.test_the_whole_story import GUIDE
from tests.databases import PRESENT

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]

SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"
#: Whether two words of the main navigation touch.
TOUCHING = """() => { const words = [...document.querySelectorAll('.tb-nav a')].map(a => {
    const r = document.createRange(); r.selectNodeContents(a); return r.getBoundingClientRect(); });
    return words.some((w, n) => n && w.top < words[n - 1].bottom && w.left < words[n - 1].right + 4); }"""


@pytest.fixture
def clock():
    with time_machine.travel(PRESENT, tick=True) as clock:
        yield clock


@pytest.fixture
def read(page, served, clock):
    """Pages as a person comes by them: the home page, a search, a guide, an application and its screens, progress, the catalogue."""
    page.goto(f"{served}/search/?q=食品经营许可")
    guide = page.locator(f"main a:has-text('{GUIDE}')").first.get_attribute("href")
    page.goto(served + guide)
    begin = page.locator("a:has-text('立即网上办理')").first.get_attribute("href")
    page.goto(served + begin)
    page.check("input[value=self]")
    page.click("main button:has-text('开始填写')")
    page.wait_for_url("**/2/")
    draft = re.sub(r"\d+/$", "", page.url.removeprefix(served))
    screens = [f"{draft}{n}/" for n in range(2, 7)]
    return ["/", "/search/?q=食品", guide, begin, *screens, "/track/", "/open/"]


def over(page, served, places, size):
    found = {}
    for place in places:
        page.goto(served + place)
        page.evaluate("size => { document.documentElement.style.fontSize = size; }", size)
        if (px := page.evaluate(SIDEWAYS)) > 0 or page.evaluate(TOUCHING):
            found[place] = px
    return found


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize(("elder", "size"), [("0", "200%"), ("1", "")])
def test_nothing_hangs_over_where_letters_are_large(page, resize, served, read, width, elder, size):
    page.context.add_cookies([{"name": "tb_elder", "value": elder, "url": served}])
    resize(width, 844)
    assert over(page, served, read, size) == {}


@pytest.mark.parametrize("size", ["", "200%"])
def test_a_question_without_end_breaks_where_the_screen_ends(page, resize, served, clock, size):
    resize(390, 844)
    places = ["/search/?q=" + "a" * 300, "/open/?q=" + "b" * 500, "/guides/?q=" + "c" * 300]
    assert over(page, served, places, size) == {}


def test_the_search_button_stays_on_the_home_page_where_letters_are_large(page, resize, served, clock):
    resize(390, 844)
    page.goto(served)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    box = page.locator("main .tb-search button").bounding_box()
    assert box["x"] + box["width"] <= 390
