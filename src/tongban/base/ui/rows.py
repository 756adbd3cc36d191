"""Lists that are edited: rows of fields, added, taken out and moved by submit buttons named `_do`; a completeness meter."""

from dataclasses import dataclass
from typing import ClassVar

from django.http import QueryDict

from tongban.base.ui.component import Component
from tongban.base.ui.drawing import Drawing
from tongban.base.ui.fields import Field, When
from tongban.base.ui.parts import Chip


def asked_for(post: QueryDict) -> tuple[str, str, int]:
    """What the pressed button asks: (what, list, row). “save” where nothing else was pressed."""
    what, _, rest = post.get("_do", "save").partition(":")
    path, _, number = rest.partition(":")
    return what, path, int(number) if number.isdecimal() and len(number) < 5 else -1


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


@dataclass(frozen=True)
class TableField(Component):
    """A question answered with rows (表格): a row of fields each, named TABLE.ROW.COLUMN.

    Its buttons submit the form with `_do` = “add:NAME” or “drop:NAME:2”; scripts do the same without the way to the
    server. `f-NAME` is the table, where the error summary leads. Put a submit button first in the form, unseen: it is
    what Enter presses.
    """

    name: str
    label: str
    rows: tuple[tuple[Field, ...], ...]
    hint: str = ""
    error: str = ""
    required: bool = True
    least: int = 0
    most: int = 100
    when: When | None = None
    template: ClassVar[str] = "ui/table_field.html"

    @property
    def described_by(self) -> str:
        ids = [f"h-{self.name}"] if self.hint or self.when_said else []
        return " ".join(ids + ([f"e-{self.name}"] if self.error else []))

    @property
    def when_said(self) -> str:
        return self.when.said if self.when else ""

    @property
    def full(self) -> bool:
        return len(self.rows) >= self.most

    @property
    def spare(self) -> bool:
        """Whether a row can be taken out."""
        return len(self.rows) > max(self.least, 1)
