"""Every page of the URLconf, as it stands in the loaded city: for axe, on a phone, enlarged, without scripts, on paper.

A new page joins by being linked from another page. What no link leads to is named, unless it is known to be no page.
"""

import os
import pickle
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings

from tests.browser.errands import run_errands
from tests.browser.pages import City, Place, explored, routes
from tests.databases import PRESENT, Copy, drop, inside, made_once
from tests.web.doors import DOORS
from tongban.project.testbed import OURS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("city"),
    pytest.mark.django_db,
    pytest.mark.shared_out,
]

#: Routes to which no link leads and that show no page of their own, and why.
NO_PAGE = {
    r"account/(password/set|login/code/confirm|2fa/(re)?authenticate|2fa/webauthn/(reauthenticate|login))/": "mid-flow",
    r"account/\^.*": "by a letter",
    r"account/2fa/(totp/(de)?activate|recovery-codes(/generate)?|webauthn/(add|keys/<int:pk>/(remove|edit)))/": (
        "after the password was asked once more"
    ),
    r"account/2fa/recovery-codes/download/|.*export/": "a file, for those who may",
    r"api/v1/.*|readyz": "for programs",
    r"(open/info/<path:index>|desk/disclosure/<uuid:uid>)/(file|annexes/<int:no>)/": "a file",
    r"supervision/complaints/<str:number>/order/": "where a complaint was found justified",
    r"open/(data/.+|feed\..+|oai|sitemap.*\.xml)": "for programs",
    r"desk/matters/drafts/<int:manuscript_id>/flow\.bpmn|check/<str:number>/proof\.json": "a file",
    r"apply/<str:code>/<uuid:draft>/files/<uuid:file>/(remove/)?|track/<str:number>/files/<uuid:file>/": "a file handed in",
    r"me/file/<uuid:file>/(remove/)?": "a file of somebody's own",
    r"ui/switch/(elder|language)/": "sends back to the page before",
    r"kiosk/(open/<str:token>|reset)/": "sends on to the kiosk's first page",
}
GROUPS = ("", "account", "apply", "me", "track", "desk", "supervision", "ui")
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"
OVERHANG = """() => [...document.querySelectorAll('body *')].filter(e => {
    const r = e.getBoundingClientRect(); return r.width && r.right > window.innerWidth + 1; })
    .slice(-1).map(e => e.outerHTML.slice(0, 110)).join()"""
ORDER = """() => { const seen = []; const all = document.querySelectorAll('a[href],button,input,select,textarea,summary');
    for (const e of all) if (e.tabIndex > 0) seen.push(e.outerHTML.slice(0, 80)); return seen; }"""
RING = """() => { const e = document.activeElement; if (e === document.body) return 'nothing';
    const s = getComputedStyle(e), b = e.getBoundingClientRect();
    const drawn = (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none';
    return drawn && b.width > 0 ? '' : e.outerHTML.slice(0, 110); }"""


SLICE = 12  # routes that one test looks at


def group_of(route: str) -> str:
    """The test that looks at a route: its first word, or the hall."""
    first = route.lstrip("^").partition("/")[0]
    return first if first in GROUPS else ""


def slices() -> Iterator[Any]:
    """The routes that may show a page, some of one group at a time, so that all workers take their share."""
    for group in GROUPS:
        if group == "ui":  # the kit: test_gallery
            continue
        own = [route for route in DOORS if group_of(route) == group]
        for n in range(0, len(own), SLICE):
            yield pytest.param(own[n : n + SLICE], id=f"{group or 'hall'}-{n // SLICE + 1}")


@pytest.fixture(scope="session")
def walked(anlan_database, django_db_blocker, run_folder) -> Iterator[tuple[Copy, City]]:
    """The city after the errands, and where its pages stand: found out once for all workers of the run."""

    def walk(copy: Copy) -> None:
        with time_machine.travel(PRESENT, tick=True):
            done = run_errands(PRESENT.date())
            found = explored(done.known, done.sessions)
        (copy.folder / "pages").write_bytes(pickle.dumps(found))

    shared = bool(os.environ.get(OURS))
    with django_db_blocker.unblock():
        copy = made_once("walked", run_folder, walk, shared=shared, original=anlan_database)
    yield copy, pickle.loads((copy.folder / "pages").read_bytes())
    with django_db_blocker.unblock():
        drop(copy)


@pytest.fixture(scope="module")
def city(walked, django_db_blocker) -> Iterator[City]:
    copy, found = walked
    with django_db_blocker.unblock(), inside(copy), time_machine.travel(PRESENT, tick=True):
        yield found


@pytest.fixture
def shown(city, served):
    """`shown(page, place)`: go to a place as the one who may see it."""

    present = ""

    def go(page, place: Place):
        nonlocal present
        if place.who != present:
            present = place.who
            page.context.clear_cookies()
            if present:
                session = city.sessions[present]
                page.context.add_cookies(
                    [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": served}]
                )
        answer = page.goto(served + place.url)
        assert answer.status == 200
        assert page.url == served + place.url, f"{place.who} was led from {place.url} to {page.url}"

    return go


def test_links_lead_to_every_page(city):
    lost = [
        f"{route or 'home'}: {city.others.get(route, 'no link')}"
        for route in routes()
        if route not in city.pages.keys() | city.files
        and DOORS[route].get is not None  # else it answers a form, and leads back
        and not any(re.fullmatch(known, route) for known in NO_PAGE)
    ]
    assert lost == []


@pytest.mark.parametrize("routes_", [*slices()])
def test_axe_finds_nothing_and_nothing_hangs_over(page, resize, city, shown, axe_findings, routes_):
    found = {}
    for place in filter(None, map(city.pages.get, routes_)):
        resize(1440, 900)
        shown(page, place)
        told = {"1440": axe_findings(page), "tab order": page.evaluate(ORDER)}
        page.keyboard.press("Tab")
        told["focus"] = page.evaluate(RING)
        page.evaluate("document.activeElement.blur()")  # or the link to the text lies over others
        resize(720, 450)  # 200 % of an ordinary window
        told["enlarged"] = page.evaluate(OVERHANG) if page.evaluate(SIDEWAYS) > 0 else ""
        resize(390, 844)
        told["phone"] = page.evaluate(OVERHANG) if page.evaluate(SIDEWAYS) > 0 else ""
        told["390"] = axe_findings(page, again=True)
        if wrong := {k: v for k, v in told.items() if v}:
            found[place.url] = wrong
    assert found == {}


def test_what_the_public_reads_is_there_without_scripts(plain_page, city, shown):
    silent = {}
    for route, place in city.pages.items():
        if group_of(route) in {"desk", "supervision", "ui", "account"}:
            continue
        shown(plain_page, place)
        told = plain_page.inner_text("main")
        dead = plain_page.locator("main button[type=button]:visible").count()
        if not plain_page.locator("h1").count() or len(told) < 20 or dead:
            silent[place.url] = (told[:40], dead)
    assert silent == {}


def test_guide_and_receipt_on_paper_leave_out_what_paper_cannot_do(page, city, shown):
    for route in (
        "guides/<str:code>/",
        "desk/cases/<str:number>/print/",
        "desk/receipts/<str:number>/",
        "track/<str:number>/receipt/",
    ):
        shown(page, city.pages[route])
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 718, "height": 1000})  # A4 between its margins
        assert page.evaluate(SIDEWAYS) <= 0, route
        assert page.locator("main h1, main h2").first.is_visible(), route
        for gone in ("nav:visible", "form button:visible", "input[type=search]:visible"):
            assert not page.locator(gone).count(), (route, gone)
        page.emulate_media(media="screen")
