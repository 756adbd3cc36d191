"""Parts of the workbench: list, filters, bulk bar, action panel, trail, cards, board blocks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal
from urllib.parse import urlencode

from django.core.paginator import Page

from tongban.base.ui.clock import Clock, Due
from tongban.base.ui.component import Component, Shown
from tongban.base.ui.fields import Field, Option
from tongban.base.ui.parts import Act, Cell, Chip, Column, Tab, TabBar


@dataclass(frozen=True)
class Segmented(Component):
    """A few exclusive views of one list, with counts."""

    tabs: tuple[Tab, ...]
    label: str = "类别"
    template: ClassVar[str] = "ui/segmented.html"


@dataclass(frozen=True, slots=True)
class Select:
    name: str
    label: str
    options: tuple[Option, ...]
    value: str = ""


@dataclass(frozen=True)
class FilterBar(Component):
    """Filters of a list; a GET form, so every view has an address. `tags`: (text, href that clears it)."""

    action: str
    segments: Segmented | None = None
    selects: tuple[Select, ...] = ()
    query: str = ""
    query_label: str = "在列表中找"
    tags: tuple[tuple[str, str], ...] = ()
    hidden: Mapping[str, str] | None = None
    acts: tuple[Act, ...] = ()
    label: str = "筛选"
    template: ClassVar[str] = "ui/filter_bar.html"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the dense list. `cells` fill the columns after the title; phones show due, kind and title only."""

    key: str
    title: str
    href: str
    note: str = ""
    due: Due | None = None
    kind: str = ""
    kind_icon: str = ""
    cells: tuple[Shown, ...] = ()
    unread: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class WorkList(Component):
    """The to-do list: 到期 · 类别 · 标题 · …; `j`/`k` move, `x` choose, Enter open, `/` search.

    `columns` are all columns from 到期 on. With `choose` every row has a checkbox of that name, for the bulk bar.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    choose: str = ""
    template: ClassVar[str] = "ui/work_list.html"


@dataclass(frozen=True)
class Pager(Component):
    """Keyset pager: no page numbers, because rows come and go. `count` is the whole list; None = not counted."""

    previous: str = ""
    next: str = ""
    count: int | None = None
    shown: int = 0
    unit: str = "件"
    template: ClassVar[str] = "ui/pager.html"


def pager(
    asked: Mapping[str, object],
    page: int,
    *,
    more: bool,
    first: int = 0,
    count: int | None = None,
    shown: int = 0,
    unit: str = "件",
) -> Pager:
    """The pager of a list whose pages are numbered from `first`; both ways ask for the same as this page does.

    `asked` are the words of the query as they were typed; what is empty is left out.
    """
    kept = {name: value for name, value in asked.items() if value}

    def at(number: int) -> str:
        return f"?{urlencode({**kept, 'page': number})}"

    return Pager(at(page - 1) if page > first else "", at(page + 1) if more else "", count, shown, unit)


def pager_of(listed: Page, asked: Mapping[str, object], unit: str = "件") -> Pager:  # type: ignore[type-arg]  # of whatever rows
    """The pager of a counted list that asks for the same on every page."""
    return pager(
        asked,
        listed.number,
        more=listed.has_next(),
        first=1,
        count=listed.paginator.count,
        shown=len(listed),
        unit=unit,
    )


@dataclass(frozen=True)
class BulkBar(Component):
    """What may be done with the chosen rows: (value, text) of submit buttons named `bulk`, and the pager."""

    acts: tuple[tuple[str, str], ...] = ()
    pager: Pager | None = None
    keys: bool = True
    template: ClassVar[str] = "ui/bulk_bar.html"


@dataclass(frozen=True, slots=True)
class Pick:
    value: str
    label: str
    hint: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Locked:
    """An action that may not be done now, and why (who may, or what is missing)."""

    label: str
    why: str


@dataclass(frozen=True)
class ActionPanel(Component):
    """What this person may do now; then what they may not, and why. Render with `{% ui panel %}` (it holds a form)."""

    title: str
    action: str
    who: str = ""
    picks: tuple[Pick, ...] = ()
    pick_name: str = "outcome"
    pick_label: str = "结论"
    fields: tuple[Field, ...] = ()
    submit: str = ""
    locked: tuple[Locked, ...] = ()
    hidden: Mapping[str, str] | None = None
    command_id: str = ""
    draft: str = ""  # where the draft of the opinion saves itself
    nothing: str = "现在没有需要您办的。"
    id: str = "act"
    template: ClassVar[str] = "ui/action_panel.html"


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One entry of the hash chain. `hash` and `prev` are hex texts; the bar shows their ends."""

    at: str
    who: str
    what: Shown
    hash: str = ""
    prev: str = ""
    broken: bool = False

    @property
    def hash_short(self) -> str:
        return f"{self.hash[:4]}…{self.hash[-4:]}" if len(self.hash) > 9 else self.hash

    @property
    def prev_short(self) -> str:
        return f"{self.prev[:4]}…" if self.prev else "起点"


@dataclass(frozen=True)
class Trail(Component):
    """全程留痕."""

    rows: tuple[TrailRow, ...]
    more: Act | None = None
    caption: str = "全程留痕"
    template: ClassVar[str] = "ui/trail.html"


@dataclass(frozen=True)
class CardBox(Component):
    """预警 / 黄牌 / 红牌: the word, what happened, by which rule, what can be done."""

    level: Literal["warn", "yellow", "red"]
    title: str
    text: Shown
    foot: Shown = ""
    acts: tuple[Act, ...] = ()
    id: str = "card"
    template: ClassVar[str] = "ui/card_box.html"

    @property
    def chip(self) -> Chip:
        return {
            "warn": Chip("warn", "预警"),
            "yellow": Chip("card-y", "黄牌"),
            "red": Chip("card-r", "红牌"),
        }[self.level]


@dataclass(frozen=True)
class CaseHead(Component):
    """Head of a case page: title, state, facts, the clock, the tabs."""

    title: str
    chip: Chip | None
    facts: tuple[tuple[str, Shown], ...]
    acts: tuple[Act, ...] = ()
    clock: Clock | None = None
    tabs: TabBar | None = None
    template: ClassVar[str] = "ui/case_head.html"


@dataclass(frozen=True)
class Rank(Component):
    """A board table: one row an organisation, numbers at the right. Scrolls sideways where it must."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Shown | Cell, ...], ...]
    label: str
    template: ClassVar[str] = "ui/rank.html"

    def cells(self) -> list[list[tuple[Column, Cell]]]:
        return [
            [(col, v if isinstance(v, Cell) else Cell(v)) for col, v in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


@dataclass(frozen=True, slots=True)
class FeedItem:
    chip: Chip
    title: str
    href: str
    at: str
    note: str = ""


@dataclass(frozen=True)
class Feed(Component):
    """刚刚发生."""

    items: tuple[FeedItem, ...]
    template: ClassVar[str] = "ui/feed.html"
