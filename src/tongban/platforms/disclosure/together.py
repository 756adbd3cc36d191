"""What hangs together with a public record: what it replaces, who interprets it, how it was consulted about, what was asked.

Rooms that know more (questions and their answers, requests) say so by `register_companion`; this room does not know them.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.format import cn_date
from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.ties import Tie, ties_of


@dataclass(frozen=True, slots=True)
class Companion:
    """Something beside a record: its title, where it is read, a word on it; of another record its index number, too."""

    title: str
    href: str
    note: str = ""
    index: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    rows: tuple[Companion, ...]


Companions = Callable[[Collection[int]], Iterable[Section]]
"""What stands beside records, by their keys."""
DeskLinks = Callable[[Record], tuple[str, str]]
_companions: list[Companions] = []
_desk: list[DeskLinks] = []


def register_companion(sections: Companions, desk: DeskLinks) -> None:
    """Have `sections(keys)` shown on the pages of records, and `desk(record)` (words, address) lead to where it is kept."""
    if sections not in _companions:
        _companions.append(sections)
        _desk.append(desk)


def desk_links(record: Record) -> list[tuple[str, str]]:
    """Where at the desk what hangs together with a record is kept: words and addresses."""
    return [desk(record) for desk in _desk]


def sections_of(record: Record) -> list[Section]:
    """Everything the public may read of what hangs together with a record, in the order in which a reader asks.

    An interpretation shows its policy, the other interpretations of it, and what was consulted and asked about the policy.
    """
    own = ties_of([record.pk])
    policies = _others(own, Link.Kind.INTERPRETS, ahead=True)
    theirs = ties_of([tie.other for tie in policies])
    every = own + theirs
    others = [t for t in _others(every, Link.Kind.INTERPRETS, ahead=False) if t.other != record.pk]
    told = [
        (_("解读的文件"), policies),
        *((name, _others(own, kind, ahead=ahead)) for name, kind, ahead in _standing()),
        (_("同一文件的其他解读") if policies else _("政策解读"), others),
        (_("征求意见稿"), _others(every, Link.Kind.CONSULTED_AS, ahead=True)),
        (_("正式文件"), _others(own, Link.Kind.CONSULTED_AS, ahead=False)),
    ]
    about = [record.pk, *(tie.other for tie in policies)]
    sections = [Section(name, tuple(map(_row, ties))) for name, ties in told]
    sections += [section for companion in _companions for section in companion(about)]
    return [section for section in sections if section.rows]


def _standing() -> list[tuple[str, str, bool]]:
    """What a record does to others and others to it: heading, kind of link, whether the record is its source."""
    return [
        (_("替代了"), Link.Kind.REPLACES, True),
        (_("已被替代"), Link.Kind.REPLACES, False),
        (_("修改了"), Link.Kind.AMENDS, True),
        (_("已被修改"), Link.Kind.AMENDS, False),
        (_("废止了"), Link.Kind.REPEALS, True),
        (_("已被废止"), Link.Kind.REPEALS, False),
        (_("转发的文件"), Link.Kind.FORWARDS, True),
        (_("转发它的文件"), Link.Kind.FORWARDS, False),
    ]


def _others(ties: Iterable[Tie], kind: str, *, ahead: bool) -> list[Tie]:
    """Of some ties those of a kind and direction, no document twice, the newest first."""
    found = {tie.other: tie for tie in ties if tie.kind == kind and tie.ahead is ahead}
    return sorted(found.values(), key=lambda tie: (tie.published_on or date.min, tie.other), reverse=True)


def _row(tie: Tie) -> Companion:
    return Companion(
        tie.title,
        reverse("disclosure:document", args=[tie.index]),
        " · ".join(part for part in (tie.number, cn_date(tie.published_on)) if part),
        tie.index,
    )
