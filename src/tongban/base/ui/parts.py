"""Parts that show something: chips, lists, facts, tables, notices, the timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

from tongban.base.ui.component import Component, Shown

ChipKind = Literal["", "ok", "warn", "bad", "over", "info", "hold", "card-y", "card-r"]
Tone = Literal["", "ok", "warn", "bad", "hold"]

_CHIP_ICONS: dict[str, str] = {
    "": "dash-circle",
    "ok": "check-circle-fill",
    "warn": "exclamation-triangle-fill",
    "bad": "exclamation-octagon-fill",
    "over": "exclamation-octagon-fill",
    "info": "info-circle-fill",
    "hold": "pause-circle-fill",
    "card-y": "square-fill",
    "card-r": "square-fill",
}


@dataclass(frozen=True)
class Chip(Component):
    """Shape, word and colour, always all three. `icon` only where the kind's own shape says too little."""

    kind: ChipKind
    text: str
    icon: str = ""
    template: ClassVar[str] = "ui/chip.html"

    @property
    def shape(self) -> str:
        return self.icon or _CHIP_ICONS[self.kind]


@dataclass(frozen=True)
class Act(Component):
    """A link that looks like a button. One `primary` a view."""

    text: str
    href: str
    kind: Literal["primary", "line", "text", "danger-line"] = "line"
    icon: str = ""
    small: bool = False
    key: str = ""  # keyboard: pressing this key follows the link
    template: ClassVar[str] = "ui/act.html"


@dataclass(frozen=True)
class SectionHead(Component):
    """Head of a section: an ink rule, the name, and where more is. Put `aria-labelledby` = `id` on the section."""

    title: str
    id: str
    note: str = ""
    more: str = ""
    href: str = ""
    tabs: tuple["Tab", ...] = ()
    template: ClassVar[str] = "ui/section_head.html"


@dataclass(frozen=True)
class Tab:
    text: str
    href: str
    current: bool = False
    count: int | None = None


@dataclass(frozen=True)
class TabBar(Component):
    """Tabs of a case page."""

    label: str
    tabs: tuple[Tab, ...]
    template: ClassVar[str] = "ui/tabbar.html"


@dataclass(frozen=True)
class Search(Component):
    """One box over guides, documents, news and answers. `small` is the one in the masthead."""

    action: str
    placeholder: str = "输入事项、部门、文号或一句话"
    label: str = "搜索全站"
    value: str = ""
    name: str = "q"
    small: bool = False
    words: tuple[tuple[str, str], ...] = ()  # 大家在找: (text, href)
    suggest: str = ""  # address that answers what has been typed so far with `role="option"` links
    template: ClassVar[str] = "ui/search.html"


@dataclass(frozen=True)
class Door:
    """One service in the grid: icon, name, one fact."""

    name: str
    fact: str
    href: str
    icon: str


@dataclass(frozen=True)
class Doors(Component):
    doors: tuple[Door, ...]
    template: ClassVar[str] = "ui/doors.html"


@dataclass(frozen=True)
class Dated:
    title: str
    href: str
    on: date
    kind: str = ""


@dataclass(frozen=True)
class DatedList(Component):
    items: tuple[Dated, ...]
    template: ClassVar[str] = "ui/dated.html"


@dataclass(frozen=True)
class Letter(Component):
    """An item with a state: a letter, a consultation, a survey."""

    title: str
    href: str
    chip: Chip
    note: str = ""
    template: ClassVar[str] = "ui/letter.html"


@dataclass(frozen=True)
class Figure:
    """A number that opens to the list behind it."""

    value: str
    unit: str = ""
    href: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Stat(Component):
    """A figure with its unit, its “as of” and, on public pages, a small chart."""

    label: str
    figures: tuple[Figure, ...]
    note: Shown = ""
    tone: Tone = ""
    chart: Component | None = None
    template: ClassVar[str] = "ui/stat.html"


def stat(label: str, value: str, unit: str = "", note: str = "", href: str = "", tone: Tone = "") -> Stat:
    """The usual stat: one figure."""
    return Stat(label, (Figure(value, unit, href),), note, tone)


@dataclass(frozen=True)
class Kpis(Component):
    """A row of stats on the workbench."""

    stats: tuple[Stat, ...]
    template: ClassVar[str] = "ui/kpis.html"


@dataclass(frozen=True)
class Notice(Component):
    """Something to know or to do. `alert` for errors that came from what the person just did."""

    kind: Literal["", "ok", "warn", "bad"]
    title: str
    text: Shown = ""
    acts: tuple[Act, ...] = ()
    slim: bool = False
    id: str = ""
    template: ClassVar[str] = "ui/notice.html"

    @property
    def icon(self) -> str:
        return {
            "": "info-circle-fill",
            "ok": "check-circle-fill",
            "warn": "exclamation-triangle-fill",
            "bad": "exclamation-octagon-fill",
        }[self.kind]


@dataclass(frozen=True)
class Empty(Component):
    """Nothing here: say why, and what to do next."""

    title: str
    text: str = ""
    acts: tuple[Act, ...] = ()
    icon: str = "inbox"
    template: ClassVar[str] = "ui/empty.html"


@dataclass(frozen=True)
class Loading(Component):
    """Long work that can be left and found again. `total` None = amount not known yet."""

    title: str
    done: int = 0
    total: int | None = None
    note: str = ""
    refresh: str = ""  # where the present state is (JSON or the same page)
    template: ClassVar[str] = "ui/loading.html"


@dataclass(frozen=True)
class Fact:
    question: str
    answer: str
    note: str = ""


@dataclass(frozen=True)
class Facts(Component):
    """The four answers of a guide: how long, how much, how often, how many."""

    facts: tuple[Fact, ...]
    template: ClassVar[str] = "ui/facts.html"


@dataclass(frozen=True)
class Answer:
    """`leads`: can = this person may apply; stop = something else is right for them; next = read the next question."""

    text: Shown
    leads: Literal["can", "stop", "next"]

    @property
    def icon(self) -> str:
        return {
            "can": "check-circle-fill",
            "stop": "arrow-right-circle-fill",
            "next": "arrow-down-circle-fill",
        }[self.leads]


@dataclass(frozen=True)
class Question:
    text: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Decide(Component):
    """能不能办: the questions that tell whether this is the right matter."""

    questions: tuple[Question, ...]
    template: ClassVar[str] = "ui/decide.html"


@dataclass(frozen=True)
class Column:
    """`sort` is the address that sorts by this column; `sorted` the state of it now. What is `short` stays in one line."""

    name: str
    right: bool = False
    sort: str = ""
    sorted: Literal["", "ascending", "descending"] = ""
    wide_only: bool = False
    hidden_name: bool = False
    short: bool = False


@dataclass(frozen=True)
class Cell:
    text: Shown
    note: str = ""
    href: str = ""
    number: bool = False


@dataclass(frozen=True)
class Table(Component):
    """A table whose rows become blocks on a phone. The first cell of a row is its head.

    A `matrix` holds figures that are compared down its columns: it stays a table and scrolls, its heads standing still.

    Rows may mix texts, components and `Cell`s; columns with `sort` make it sortable without JavaScript.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Shown | Cell, ...], ...]
    caption: str
    caption_hidden: bool = False
    dense: bool = False
    empty: str = "没有内容"
    matrix: bool = False
    template: ClassVar[str] = "ui/table.html"

    def cells(self) -> list[list[tuple[Column, Cell]]]:
        return [
            [(col, v if isinstance(v, Cell) else Cell(v)) for col, v in zip(self.columns, row, strict=True)]
            for row in self.rows
        ]


def table(
    columns: Sequence[str | Column],
    rows: Sequence[Sequence[Shown | Cell]],
    caption: str,
    *,
    caption_hidden: bool = False,
    dense: bool = False,
    empty: str = "没有内容",
    matrix: bool = False,
) -> Table:
    """A table, stacking unless it is a `matrix`; column names may be given as plain texts."""
    cols = tuple(c if isinstance(c, Column) else Column(c) for c in columns)
    return Table(cols, tuple(tuple(r) for r in rows), caption, caption_hidden, dense, empty, matrix)


@dataclass(frozen=True)
class Terms(Component):
    """Name–value rows (办件信息)."""

    rows: tuple[tuple[str, Shown], ...]
    template: ClassVar[str] = "ui/terms.html"


@dataclass(frozen=True)
class More(Component):
    """A disclosure: a law's article, a frequent question."""

    title: str
    text: Shown
    open: bool = False
    template: ClassVar[str] = "ui/more.html"


@dataclass(frozen=True)
class Moment:
    """One point of the timeline. `when` and `at_text` read “11月16日” and “10:51”; `body` stands below the text."""

    state: Literal["past", "now", "next"]
    title: str
    when: str
    at_text: str = ""
    text: Shown = ""
    at: datetime | date | None = None
    chip: Chip | None = None
    body: Shown = ""
    icon: str = ""

    @property
    def mark(self) -> str:
        return self.icon or {"past": "check", "now": "three-dots", "next": ""}[self.state]


@dataclass(frozen=True)
class Timeline(Component):
    """办到哪一步: past filled, now ringed, next hollow on a dotted line; oldest first."""

    moments: tuple[Moment, ...]
    template: ClassVar[str] = "ui/timeline.html"


@dataclass(frozen=True)
class PaperBox(Component):
    """The text of a notice inside the timeline."""

    title: str
    number: str = ""
    items: tuple[tuple[str, Shown], ...] = field(default=())
    text: Shown = ""
    template: ClassVar[str] = "ui/paperbox.html"


@dataclass(frozen=True)
class AsideList(Component):
    """A small titled list beside the page. Items: (text, href, note)."""

    title: str
    id: str
    items: tuple[tuple[Shown, str, str], ...]
    template: ClassVar[str] = "ui/aside_list.html"


@dataclass(frozen=True)
class Panel(Component):
    """A box of the workbench. `css`: `tb-gap`, a board width (`s3` … `s12`), or both."""

    title: str
    id: str
    content: Shown
    note: str = ""
    more: str = ""
    href: str = ""
    css: str = ""
    template: ClassVar[str] = "ui/panel.html"


@dataclass(frozen=True)
class Crumbs(Component):
    links: tuple[tuple[str, str], ...]
    here: str
    template: ClassVar[str] = "ui/crumbs.html"


@dataclass(frozen=True)
class Copy(Component):
    """A code with a button that copies it (the button appears only where JavaScript runs)."""

    text: str
    label: str = "复制"
    template: ClassVar[str] = "ui/copy.html"
