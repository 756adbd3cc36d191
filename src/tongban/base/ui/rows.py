"""Lists that are edited: rows of fields, added, taken out and moved by submit buttons named `_do`; a completeness meter."""

from dataclasses import dataclass
from typing import ClassVar

from tongban.base.ui.component import Component
from tongban.base.ui.drawing import Drawing
from tongban.base.ui.parts import Chip


@dataclass(frozen=True)
class EditRow:
    """One row. `hidden`: (name, value) of what goes with it unseen; `more` folds what is seldom filled in."""

    title: str
    parts: tuple[Component, ...]
    note: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    more: tuple[Component, ...] = ()
    open: bool = False
    wrong: tuple[str, ...] = ()
    fixed: bool = False
    after: Component | None = None  # a list inside the row


@dataclass(frozen=True)
class EditRows(Component):
    """A list inside a form. Every button submits the whole form with `_do` = “add:PATH”, “up:PATH:2”, “drop:PATH:2”."""

    path: str
    title: str
    one: str
    rows: tuple[EditRow, ...]
    hint: str = ""
    empty: str = ""
    wrong: tuple[str, ...] = ()
    inner: bool = False  # a list inside a row of another list
    template: ClassVar[str] = "ui/edit_rows.html"

    @property
    def last(self) -> int:
        return len(self.rows) - 1


@dataclass(frozen=True)
class Completeness(Component):
    """How much of a record is there: a bar, the share in words, what is missing with links to it."""

    percent: int
    said: str
    bar: Drawing
    sections: tuple[tuple[str, str, Chip], ...]  # (name, href, chip)
    missing: tuple[tuple[str, str], ...] = ()  # (what, href)
    template: ClassVar[str] = "ui/completeness.html"


@dataclass(frozen=True)
class Suggestions(Component):
    """What a field with `suggest` = `name` offers while one types; the field takes any text."""

    name: str
    words: tuple[tuple[str, str], ...]  # (value, what it is)
    template: ClassVar[str] = "ui/suggestions.html"


@dataclass(frozen=True)
class PhoneFrame(Component):
    """What a form looks like on a phone: its groups at 390 px, not to be sent."""

    groups: tuple[Component, ...]
    label: str
    empty: str = ""
    template: ClassVar[str] = "ui/phone_frame.html"
