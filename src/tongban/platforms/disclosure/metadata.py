"""What a record says of itself (核心元数据), element by element: how the desk asks for it, and whether it may still change.

Everything that is written, shown in a form or read from one goes by this table; an element is added here and in the model.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from tongban.base.ui.fields import Field, Option
from tongban.base.ui.format import cn_date
from tongban.engine.errors import Refused
from tongban.platforms.disclosure.models import GENRE_CODES, THEMES, Record
from tongban.registry.queries import today

Kind = Literal["text", "textarea", "date", "select"]
EARLIEST = date(1949, 10, 1)
"""No document of a people's government is older."""
AHEAD = timedelta(days=31)
"""How far after today the day of a document may be: twenty working days 二十个工作日, in which it becomes public (条例第二十六条)."""
LONGEST_BODY = 2 * 2**20
"""Bytes of a text, about 700,000 characters. What is longer is a book, and belongs into an annex."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element. `label` is how the form asks for it, "" where none does; `options` what may be chosen.

    `is_class`: it files the document and says nothing of its own, and may change after the publication. Everything else
    the public reads goes through a review.
    """

    name: str
    label: str = ""
    kind: Kind = "text"
    is_class: bool = False
    required: bool = False
    rows: int = 4
    wide: bool = False
    first: bool = True  # in the form of a draft; else only where a form asks for it by name
    options: Callable[[], Iterable[tuple[str, str]]] | None = None

    def field(self, record: Record, typed: Mapping[str, Any], error: str = "") -> Field:
        """As the form shows it: what was typed before, else what the record says; `error` is what is wrong with that."""
        said = typed[self.name] if self.name in typed else getattr(record, self.name) or ""
        return Field(
            self.name,
            gettext(self.label),
            self.kind,
            str(said),
            error=error,
            required=self.required,
            options=tuple(Option(value, name) for value, name in self.options()) if self.options else (),
            rows=self.rows,
            maxlength=self.longest if self.kind in {"text", "textarea"} else None,
            wide=self.wide,
        )

    def read(self, said: str) -> str | date | None:
        """What a form says. Raises Refused: "unknown_field" for a class that is none, and those of `day_of`."""
        kept = said.replace("\r\n", "\n").strip()  # a browser ends its lines with two characters
        if self.kind == "date":
            return day_of(kept, self.name, self.label)
        if self.options and kept not in dict(self.options()):
            raise Refused("unknown_field", "没有这样的分类。")
        return kept

    def sound(self, value: Any) -> None:
        """Refuse a day that cannot be, and a text that is too long. Raises Refused: "out_of_range", "text_too_long"."""
        if self.kind == "date" and isinstance(value, date):
            plausible(value, self.name, self.label, today() + AHEAD)
        if self.name == "body" and isinstance(value, str) and len(value.encode()) > LONGEST_BODY:
            raise Refused(
                "text_too_long",
                f"正文最多 {LONGEST_BODY // 2**20} MB（约七十万字）；请分成几份，或者把长的部分作为附件上传。",
                detail={"field": self.name},
            )

    @property
    def longest(self) -> int | None:
        """Characters that are kept of it, None for any number."""
        longest: int | None = getattr(Record._meta.get_field(self.name), "max_length", None)  # noqa: SLF001 -- documented as public
        return longest


def _themes() -> Iterable[tuple[str, str]]:
    return (("", gettext("未分类")), *THEMES.items())


def _genres() -> Iterable[tuple[str, str]]:
    return GENRE_CODES.items()


def _attributes() -> Iterable[tuple[str, str]]:
    return ((value, str(name)) for value, name in Record.Attribute.choices)


ELEMENTS: Mapping[str, Element] = {
    element.name: element
    for element in (
        Element("title", _("标题"), required=True, wide=True),
        Element("number", _("文号")),
        Element("issuer", _("发文机关")),
        Element("issued_on", _("成文日期"), "date"),
        Element("published_on", _("公开日期"), "date", required=True, first=False),
        Element("theme", _("主题分类"), "select", is_class=True, options=_themes),
        Element("genre", _("体裁分类"), "select", is_class=True, required=True, options=_genres),
        Element("description", _("内容概述"), "textarea", rows=2),
        Element("attribute", _("公开属性"), "select", required=True, options=_attributes),
        Element("attribute_reason", _("不主动公开的理由")),
        Element("body", _("正文"), "textarea", rows=14, wide=True),
        Element("theme_second"),
        Element("keywords"),
        Element("audience"),
        Element("publisher_name"),
        Element("addressees"),
        Element("annexes"),
        Element("columns", is_class=True),
        Element("validity", is_class=True),
        Element("ends_on", is_class=True),
    )
}
CLASSES = frozenset(name for name, element in ELEMENTS.items() if element.is_class)
"""What may be changed of a released record without a review."""


def form_of(
    record: Record,
    typed: Mapping[str, Any],
    *,
    also: Iterable[str] = (),
    errors: Mapping[str, str] = MappingProxyType({}),
) -> list[Field]:
    """The form of a draft; `also` are elements that are asked only here, `errors` what is wrong, by element."""
    wanted = set(also)
    return [
        element.field(record, typed, errors.get(element.name, ""))
        for element in ELEMENTS.values()
        if element.label and (element.first or element.name in wanted)
    ]


def read_form(post: Mapping[str, str]) -> dict[str, Any]:
    """What a form says of a record. Raises Refused: "unknown_field", "out_of_range"; `detail.field` names the element."""
    return {
        element.name: element.read(post[element.name])
        for element in ELEMENTS.values()
        if element.label and element.name in post
    }


def day_of(said: str, name: str, label: str) -> date | None:
    """A day as a form says it, None for nothing. Raises Refused("out_of_range") for what is no day."""
    try:
        return date.fromisoformat(said) if said else None
    except ValueError:
        raise Refused(
            "out_of_range", f"{gettext(label)}应写成 2026-11-22 这样。", detail={"field": name}
        ) from None


def plausible(day: date, name: str, label: str, last: date) -> None:
    """Refuse a day on which no document can be. Raises Refused("out_of_range")."""
    if not EARLIEST <= day <= last:
        raise Refused(
            "out_of_range",
            f"{gettext(label)}应在 {cn_date(EARLIEST)}至 {cn_date(last)}之间。",
            detail={"field": name},
        )
