"""The charts of a bulletin: drawn by the kit for the page, and on paper by pattern where the screen has colour."""

from collections.abc import Mapping
from typing import Any

from tongban.base.ui import charts
from tongban.base.ui.charts import Chart, Series
from tongban.base.ui.onpaper import svg_of

WIDTH = 640


def drawn(block: Mapping[str, Any]) -> Chart:
    """The chart of a block (`document.chart`)."""
    series = tuple(Series(name, tuple(values), css) for name, values, css in block["series"])
    labels, caption = block["labels"], block["caption"]
    unit, note = block.get("unit", ""), block.get("note", "")
    if block["shape"] == "line":
        low = block["low"]
        ticks = tuple(range(low, 101, 5 if 100 - low <= 30 else 20))
        return charts.line_chart(
            caption, labels, series, low=low, high=100, goal=block["goal"], unit=unit, note=note, width=WIDTH,
            height=190, ticks=ticks,
        )  # fmt: skip
    if block["shape"] == "stacked":
        return charts.stacked(caption, labels, series, unit=unit, note=note, width=WIDTH)
    return charts.bars(caption, labels, series, unit=unit, note=note, width=WIDTH, height=210)


def on_paper(block: Mapping[str, Any]) -> str:
    """The same as an SVG file that stands alone and reads in black and white."""
    return svg_of(drawn(block))


def in_words(block: Mapping[str, Any]) -> str:
    """Every number of the chart, for who cannot see it."""
    said = []
    for n, label in enumerate(block["labels"]):
        values = "，".join(
            f"{name} {values[n]:g}{block.get('unit', '')}"
            for name, values, _css in block["series"]
            if values[n] is not None
        )
        said.append(f"{label}：{values}" if values else f"{label}：无")
    return f"{block['caption']}。{'；'.join(said)}。"
