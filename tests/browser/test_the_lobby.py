"""The lobby in a real browser: kiosk, calling window, screen, counter; axe finds nothing, nothing runs over the edge.

What axe says of these pages on a desk and on a phone is asked in `test_every_page`; here on the kiosk's own tall screen, and of
what stands there only after somebody asked or was called.
"""

import os
import re
from pathlib import Path
from uuid import uuid4

import pytest

from tests.lobby import open_hall
from tests.town import build_town
from tongban.faces.lobby import services
from tongban.faces.lobby.queries import bookable_days
from tongban.faces.lobby.views.kiosk import opening_address
from tongban.platforms.fees.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
PICTURES = os.environ.get("TONGBAN_PICTURES", "")


def picture(page, name):
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_from_the_kiosk_to_the_counter_by_keyboard(served, page, resize, sign_in, axe_findings):
    town, hall = build_town(), open_hall()
    case = town.apply()
    town.do("clerk", case, "accept")
    town.do("clerk", case, "charge", name="工本费")
    order = Order.objects.get(case_id=case.case_id)
    owner = town.people["owner"]
    booked = services.book(
        owner, hall.queues.get(letter="A").slots.get(), bookable_days()[-1], command_id=uuid4(),
        offering=town.versions["990144001000"].offering,
    )  # fmt: skip
    for width, height in ((1080, 1920), (1440, 900), (390, 844)):
        resize(width, height)
        page.goto(served + opening_address(hall))
        for path in ("/kiosk/", "/kiosk/find/?q=食品", "/kiosk/guide/P-1/", "/kiosk/progress/"):
            page.goto(served + path)
            assert fits(page), (path, width)
            assert width != 1080 or not axe_findings(page), path
            picture(page, f"{width}{path.partition('?')[0].replace('/', '-')}")
    resize(1440, 900)
    page.goto(f"{served}/kiosk/guide/P-1/")
    page.get_by_role("button", name=re.compile("取号")).click()
    assert "A001" in page.content()
    picture(page, "kiosk-ticket")
    page.goto(f"{served}/lobby/zwdt/screen/")
    picture(page, "screen-empty")

    sign_in(page, town.people["clerk"])
    page.goto(f"{served}/desk/lobby/")
    picture(page, "choose")
    page.get_by_role("button", name=re.compile("坐这个窗口")).first.click()
    page.get_by_role("button", name=re.compile("叫下一号")).wait_for()
    page.keyboard.press("n")
    page.locator(".tb-callno").wait_for()
    assert not axe_findings(page)
    picture(page, "window")
    page.goto(f"{served}/lobby/zwdt/screen/")
    assert not axe_findings(page)
    picture(page, "screen")
    page.goto(f"{served}/desk/lobby/")
    page.locator(".tb-callno").wait_for()
    page.keyboard.press("i")
    page.wait_for_url("**/desk/counter/P-1/")
    assert not axe_findings(page)
    picture(page, "intake")
    assert page.evaluate("document.activeElement.name") == "_number"
    for width in (1440, 390):
        resize(width, 900)
        for path in (
            "/desk/counter/P-1/", "/desk/lobby/reception/?q=食品", "/desk/lobby/figures/", "/desk/lobby/", "/desk/fees/",
            f"/desk/fees/{order.number}/", f"/pay/{order.token}/", "/desk/helped/",
        ):  # fmt: skip
            page.goto(served + path)
            assert fits(page), (path, width)
            assert "?" not in path or not axe_findings(page), (path, width)
            picture(page, f"{width}{path.partition('?')[0].replace('/', '-')}")
    sign_in(page, owner)
    for path in (
        "/book/P-1/",
        f"/me/appointments/{booked.pk}/",
        "/me/appointments/",
        f"/track/{case.number}/",
    ):
        page.goto(served + path)
        assert fits(page), path
        picture(page, f"390{path.replace('/', '-')}")
