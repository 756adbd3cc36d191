"""The looks that take up only what may be judged otherwise than before find what is wrong there alone."""

import pytest

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="zh"><head><title>一页</title><meta name="viewport" content="width=device-width">
<style>body {{ color: #111; background: #fff; font-size: 16px }} .wide, .tall {{ padding: 8px }} .narrow {{ display: none }}
.tall {{ display: inline-block; min-width: 60px; min-height: 30px }}
@media (max-width: 500px) {{ .narrow {{ display: block }} .wide {{ display: none }} {} }}</style></head>
<body><main><h1>标题</h1><p>一段文字</p>{}</main></body></html>"""

FAULTS = {
    "": ("", "<h2>二</h2><a class=tall href='/'>一个去处</a>"),
    "color-contrast": (".pale { color: #bbb }", "<p class=pale>淡了的字</p>"),
    "button-name": ("", "<button class=narrow></button>"),
    "link-name": ("", "<a class=tall href='/'><span class=wide>去处</span></a>"),
    "label": ("", "<label for=a><span class=wide>名称</span></label><input class=tall id=a>"),
    "target-size": (
        ".tall { min-width: 10px; min-height: 10px; width: 10px; height: 10px; padding: 0; overflow: hidden }",
        "<a class=tall href='/1'>一</a><a class=tall href='/2'>二</a><a class=tall href='/3'>三</a>",
    ),
    "heading-order": ("", "<h2 class=wide>二</h2><h3>三</h3>"),
}


@pytest.mark.parametrize("rule", FAULTS, ids=lambda rule: rule or "nothing")
def test_what_is_wrong_at_one_width_alone_is_found_there(page, axe_findings, rule):
    page.set_content(PAGE.format(*FAULTS[rule]))
    assert axe_findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert [told.partition(":")[0] for told in axe_findings(page, again=True)] == [rule] * bool(rule)


def test_a_bar_that_lies_over_text_when_narrow_has_its_text_judged_again(page, axe_findings):
    page.set_content(
        PAGE.format(
            ".bar { position: absolute; top: 0; left: 0; width: 100%; height: 200px; background: #333; z-index: -1 }",
            "<div class=bar></div>",
        )
    )
    assert axe_findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert "color-contrast" in str(axe_findings(page, again=True))


ON_PAPER = "<div class=wide><p class=words>一段文字</p></div><div class=ink></div>"
ELSEWHERE = {
    "on another ground": ".wide { background: #222 }",
    "in another colour": ".words { color: #bbb }",
    "fainter as a whole": "main { opacity: .3 }",
    "with something behind it": ".ink { position: absolute; inset: 0; background: #333; z-index: -1 }",
    "moved to another ground": ".ink { height: 200px; background: #333 } .words { position: relative; top: 120px; z-index: 1 }",
}


@pytest.mark.parametrize("otherwise", ELSEWHERE)
def test_the_contrast_of_a_text_seen_before_is_measured_again_where_it_stands_otherwise(
    page, axe_findings, otherwise
):
    for css, wrong in (("", []), ("", []), (ELSEWHERE[otherwise], ["color-contrast"])):
        page.set_content(PAGE.format("", f"<style>{css}</style>{ON_PAPER}"))
        assert [told.partition(":")[0] for told in axe_findings(page)] == wrong


def test_a_text_whose_like_was_never_measured_is_measured(page, axe_findings):
    """The first is a dead control's, which may be faint; the second is not."""
    faint = "<style>.faint, .faint:disabled { color: #bbb; background: #fff }</style>"
    dead, live = "<button class='tall faint' disabled>一</button>", "<button class='tall faint'>一二</button>"
    page.set_content(PAGE.format("", faint + dead))
    assert axe_findings(page) == []
    page.set_content(PAGE.format("", faint + dead + live))
    assert "color-contrast" in str(axe_findings(page))
