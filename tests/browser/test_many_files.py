"""The import page with scripts: a dropped folder, a pasted text, what was chosen, progress, stopping; errors keep what was chosen."""

import os
from pathlib import Path

import pytest

from tests.town import build_town
from tongban.platforms.disclosure.models import Batch

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
PICTURES = os.environ.get("TONGBAN_PICTURES", "")

#: Drops two files and pastes a text, as a hand would.
DROP = """() => { const held = new DataTransfer();
    held.items.add(new File(['关于停水的通知'], '停水.txt')); held.items.add(new File(['关于停电的通知'], '停电.txt'));
    document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: held, bubbles: true, cancelable: true})); }"""
PASTE = """() => { const held = new DataTransfer(); held.setData('text/plain', '关于修路的通知');
    document.body.dispatchEvent(new ClipboardEvent('paste', {clipboardData: held, bubbles: true, cancelable: true})); }"""


def test_files_are_dropped_pasted_taken_out_and_sent(served, page, sign_in, axe_findings):
    sign_in(page, build_town().people["clerk"])
    page.goto(f"{served}/desk/disclosure/import/")
    page.evaluate(DROP)
    page.get_by_text("选了 2 个文件").wait_for()
    page.get_by_role("button", name="去掉 停电.txt").click()
    page.get_by_text("选了 1 个文件").wait_for()
    page.evaluate(PASTE)
    assert page.locator("textarea[name=text]").input_value() == "关于修路的通知"
    assert not axe_findings(page)
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "import.png"), full_page=True)
    page.route(
        "**/desk/disclosure/import/",
        lambda route: None if route.request.method == "POST" else route.continue_(),
    )
    page.get_by_role("button", name="读取").click()
    page.get_by_role("button", name="取消上传").click()
    page.get_by_text("已取消").wait_for()
    assert page.evaluate("document.querySelector('input[type=file]').files.length") == 1
    page.unroute_all()
    page.get_by_role("button", name="读取").click()
    page.wait_for_url("**/desk/disclosure/import/*-*/")
    assert Batch.objects.get().total == 2
