"""The sign-in ran out while somebody typed: they sign in anew, and what they typed stands in the form again."""

import pytest
from django.conf import settings

from tests.town import build_town

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
WORDS = "第三人尚在公示期内，公示期满前不受理。"


def test_what_was_typed_comes_back_after_signing_in_anew(served, page, sign_in):
    town = build_town()
    clerk = town.people["clerk"]
    clerk.set_password("a-new-word-2026")
    clerk.save()
    case = town.apply()
    sign_in(page, clerk)
    page.goto(f"{served}/desk/cases/{case.number}/")
    form = page.locator("form[action$='/act/']").filter(has=page.locator("textarea[name=note-text]"))
    page.locator("summary", has_text="备注").first.click()
    form.locator("textarea[name=note-text]").fill(WORDS)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    form.locator("button[type=submit]").click()
    page.wait_for_url("**/account/login/**")
    page.fill("input[name=login]", clerk.username)
    page.fill("input[name=password]", "a-new-word-2026")
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"**/desk/cases/{case.number}/")
    page.get_by_text("您填的内容放回来了").wait_for()
    assert form.locator("textarea[name=note-text]").input_value() == WORDS
    form.locator("button[type=submit]").click()
    page.get_by_text("备注已记录").wait_for()
    page.reload()
    assert form.locator("textarea[name=note-text]").input_value() == "", "it comes back once"
