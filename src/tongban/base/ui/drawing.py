"""A drawing: shapes on a canvas, rendered as one inline SVG without style attributes. Charts and diagrams end here."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from tongban.base.ui.component import Component


@dataclass(frozen=True, slots=True)
class Shape:
    """One SVG element. Colours come from the kit through `css`; numbers are already formatted."""

    tag: Literal["rect", "path", "text", "circle", "open", "close"]
    css: str = ""
    attrs: tuple[tuple[str, str], ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Drawing(Component):
    """`label` says in words what the picture shows; a drawing without one is decoration."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    label: str = ""
    css: str = "ch"
    stretch: bool = False
    natural: bool = False  # never larger than drawn
    template: ClassVar[str] = "ui/drawing.html"

    @property
    def view_box(self) -> str:
        return f"0 0 {number(self.width)} {number(self.height)}"


def number(value: float) -> str:
    """A coordinate: one decimal at most."""
    return f"{value:.1f}".removesuffix(".0")


def rect(x: float, y: float, width: float, height: float, css: str = "", rx: float = 0) -> Shape:
    """A rectangle; `rx` rounds its corners."""
    attrs = [("x", number(x)), ("y", number(y)), ("width", number(width)), ("height", number(height))]
    return Shape("rect", css, tuple(attrs + ([("rx", number(rx))] if rx else [])))


def path(d: str, css: str = "") -> Shape:
    """A path by its own commands."""
    return Shape("path", css, (("d", d),))


def line(points: list[tuple[float, float]], css: str = "", *, closed: bool = False) -> Shape:
    """A path through points."""
    d = " ".join(f"{'M' if i == 0 else 'L'}{number(x)} {number(y)}" for i, (x, y) in enumerate(points))
    return path(d + ("Z" if closed else ""), css)


def circle(x: float, y: float, r: float, css: str = "") -> Shape:
    """A circle about x, y."""
    return Shape("circle", css, (("cx", number(x)), ("cy", number(y)), ("r", number(r))))


def text(
    x: float, y: float, said: str, css: str = "", anchor: Literal["start", "middle", "end"] = "start"
) -> Shape:
    """A text whose `anchor` stands at x, its foot at y."""
    return Shape("text", css, (("x", number(x)), ("y", number(y)), ("text-anchor", anchor)), said)


def group(css: str) -> Shape:
    """Open a group of a class; close it with `END`."""
    return Shape("open", css)


END = Shape("close")
