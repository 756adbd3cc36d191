"""A drawing for paper: one SVG file that stands alone, told apart by pattern and word where the screen has colour.

The same shapes as on the page (`drawing`); classes of the kit become patterns, strokes and sizes, so that a copy in black
and white still reads. The legend, which a page shows beside the drawing, stands under it.
"""

from xml.sax.saxutils import escape, quoteattr

from tongban.base.ui.charts import Chart
from tongban.base.ui.drawing import Drawing, Shape, number

FONT = "Noto Sans CJK SC"
#: Fills, from dark to light; those that stand for a breach are hatched so that no grey is mistaken for another.
FILLS = {
    "b1": "#1f3f66", "b2": "url(#right)", "b3": "url(#dots)", "b4": "#e3e9f0", "bx": "url(#left)", "bbad": "#111111",
    "bok": "url(#right)", "bwarn": "url(#left)", "bnone": "#f0f0f0", "h0": "#ffffff", "h1": "#e8e8e8", "h2": "#c9c9c9",
    "h3": "#9a9a9a", "h4": "#444444",
}  # fmt: skip
_EDGE = ' stroke="#222222" stroke-width="0.7"'
_LINES = {
    "ax": 'fill="none" stroke="#333333" stroke-width="1"',
    "grid": 'fill="none" stroke="#bbbbbb" stroke-width="0.6"',
    "l1": 'fill="none" stroke="#1f3f66" stroke-width="2.2"',
    "l2": 'fill="none" stroke="#222222" stroke-width="1.6" stroke-dasharray="7 3"',
    "goal": 'fill="none" stroke="#333333" stroke-width="1" stroke-dasharray="2 3"',
    "area": 'fill="#eeeeee"',
    "dot": 'fill="#ffffff" stroke="#1f3f66" stroke-width="2"',
}
_PATTERNS = (
    '<pattern id="right" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#dce6f2"/>'
    '<path d="M0 5L5 0M-1 1L1 -1M4 6L6 4" stroke="#1f3f66" stroke-width="1"/></pattern>'
    '<pattern id="left" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="#ffffff"/>'
    '<path d="M0 0L6 6M-1 5L1 7M5 -1L7 1" stroke="#333333" stroke-width="1.4"/></pattern>'
    '<pattern id="dots" width="5" height="5" patternUnits="userSpaceOnUse"><rect width="5" height="5" fill="#ffffff"/>'
    '<circle cx="2.5" cy="2.5" r="1" fill="#333333"/></pattern>'
)
_ROW = 22
_DARK = frozenset({"on-dark"})


def svg_of(chart: Chart) -> str:
    """The chart's drawing with its legend under it, as an SVG file of its own."""
    drawing = chart.drawing
    more = _ROW if chart.legend else 0
    width, height = drawing.width, drawing.height + more
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width)}" height="{number(height)}" '
            f'viewBox="0 0 {number(width)} {number(height)}" role="img" aria-label={quoteattr(drawing.label)}>'
        ),
        f"<defs>{_PATTERNS}</defs>",
        *(_shape(s) for s in drawing.shapes),
        *_legend(chart, drawing),
        "</svg>",
    ]
    return "".join(parts)


def _shape(shape: Shape) -> str:
    if shape.tag == "open":
        return "<g>"
    if shape.tag == "close":
        return "</g>"
    said = "".join(f" {name}={quoteattr(value)}" for name, value in shape.attrs)
    if shape.tag == "text":
        fill = "#ffffff" if shape.css in _DARK else "#111111"
        weight = ' font-weight="700"' if shape.css == "strong" else ""
        return f'<text font-family="{FONT}" font-size="11" fill="{fill}"{weight}{said}>{escape(shape.text)}</text>'
    if shape.css in _LINES:
        return f"<{shape.tag} {_LINES[shape.css]}{said}/>"
    fill = FILLS.get(shape.css, "#dddddd")
    return f'<{shape.tag} fill="{fill}"{_EDGE}{said}/>'


def _legend(chart: Chart, drawing: Drawing) -> list[str]:
    parts, x, y = [], 4.0, drawing.height + 6
    for css, name in chart.legend:
        if css in _LINES:
            parts.append(f'<path d="M{number(x)} {number(y + 6)}h22" {_LINES[css]}/>')
        else:
            parts.append(
                f'<rect x="{number(x)}" y="{number(y)}" width="22" height="12" fill="{FILLS.get(css, "#dddddd")}"{_EDGE}/>'
            )
        parts.append(
            f'<text font-family="{FONT}" font-size="11" fill="#111111" x="{number(x + 28)}" y="{number(y + 10)}">{escape(name)}</text>'
        )
        x += 28 + 12 * len(name) + 22
    return parts
