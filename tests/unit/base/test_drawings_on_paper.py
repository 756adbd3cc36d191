"""Charts for paper: whole SVG files, told apart without colour."""

import re
from xml.etree import ElementTree as ET

import pytest

from tongban.base.typeset import picture
from tongban.base.ui import charts
from tongban.base.ui.onpaper import FILLS, svg_of

NAMES = ("甲", "乙 & <丙>")


def bars(*css):
    return charts.bars("量", NAMES, tuple(charts.Series(c, (3, 4), c) for c in css))


def stacked(*css):
    return charts.stacked("牌", NAMES, tuple(charts.Series(c, (3, 4), c) for c in css))


def lines(*css):
    return charts.line_chart(
        "率", NAMES, (charts.Series("率", (97.0, 99.0)),), low=90, high=100, goal=98, ticks=(90, 100)
    )


@pytest.mark.parametrize(
    "chart", [bars("b1", "b2"), stacked("b3", "bx", "bbad"), lines()], ids=["bars", "stacked", "line"]
)
def test_a_chart_stands_alone_and_becomes_a_picture(chart):
    svg = svg_of(chart)
    root = ET.fromstring(svg)
    assert root.get("aria-label") == chart.drawing.label
    assert "class=" not in svg
    assert "style=" not in svg
    assert "乙 & <丙>" in "".join(root.itertext())
    assert picture(svg, width=300, dots=72).startswith(b"\x89PNG")


def test_series_that_stand_together_differ_without_colour():
    for shape, css in ((bars, ("b1", "b2")), (stacked, ("b3", "bx", "bbad"))):
        svg = svg_of(shape(*css))
        fills = [FILLS[c] for c in css]
        assert len(set(fills)) == len(css)
        for fill in fills:
            assert f'fill="{fill}"' in svg
        greys = [int(f[1:3], 16) for f in fills if f.startswith("#")]
        assert all(g < 80 for g in greys), "plain fills are dark, the others patterned"
    assert set(re.findall(r"url\(#(\w+)\)", "".join(FILLS.values()))) <= set(re.findall(r'id="(\w+)"', svg))
