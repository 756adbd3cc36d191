"""What hangs together with a public record: what it replaces, who interprets it, how it was consulted about, what was asked.

Rooms that know more (questions and their answers, requests) say so by `register_companion`; this room does not know them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.format import cn_date
from tongban.platforms.disclosure.models import Link, Record


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


Companions = Callable[[Sequence[Record]], Iterable[Section]]
DeskLinks = Callable[[Record], tuple[str, str]]
_companions: list[Companions] = []
_desk: list[DeskLinks] = []


def register_companion(sections: Companions, desk: DeskLinks) -> None:
    """Have `sections(records)` shown on the pages of records, and `desk(record)` (words, address) lead to where it is kept."""
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
    policies = list(_ahead(record, Link.Kind.INTERPRETS))
    about = [record, *policies]
    told = [
        Section(_("解读的文件"), _rows(policies)),
        *(Section(name, _rows(rows)) for name, rows in _standing(record)),
        Section(
            _("政策解读") if not policies else _("同一文件的其他解读"), _rows(_interpretations(about, record))
        ),
        Section(_("征求意见稿"), _rows(_targets(about, Link.Kind.CONSULTED_AS))),
        Section(_("正式文件"), _rows(_sources([record], Link.Kind.CONSULTED_AS))),
    ]
    told += [section for sections in _companions for section in sections(about)]
    return [section for section in told if section.rows]


def interpretations_of(record: Record) -> QuerySet[Record]:
    """Its public interpretations, the newest first."""
    return _sources([record], Link.Kind.INTERPRETS)


def _standing(record: Record) -> list[tuple[str, QuerySet[Record]]]:
    return [
        (_("替代了"), _ahead(record, Link.Kind.REPLACES)),
        (_("已被替代"), _sources([record], Link.Kind.REPLACES)),
        (_("修改了"), _ahead(record, Link.Kind.AMENDS)),
        (_("已被修改"), _sources([record], Link.Kind.AMENDS)),
        (_("废止了"), _ahead(record, Link.Kind.REPEALS)),
        (_("已被废止"), _sources([record], Link.Kind.REPEALS)),
        (_("转发的文件"), _ahead(record, Link.Kind.FORWARDS)),
        (_("转发它的文件"), _sources([record], Link.Kind.FORWARDS)),
    ]


def _interpretations(about: Sequence[Record], but: Record) -> QuerySet[Record]:
    return _sources(about, Link.Kind.INTERPRETS).exclude(pk=but.pk)


def _ahead(record: Record, kind: str) -> QuerySet[Record]:
    return _targets([record], kind)


def _targets(records: Sequence[Record], kind: str) -> QuerySet[Record]:
    links = Link.objects.standing().filter(source__in=records, kind=kind)
    return _public().filter(pk__in=links.values("target"))


def _sources(records: Sequence[Record], kind: str) -> QuerySet[Record]:
    links = Link.objects.standing().filter(target__in=records, kind=kind)
    return _public().filter(pk__in=links.values("source"))


def _public() -> QuerySet[Record]:
    return Record.objects.public().only(
        "title", "index_number", "number", "published_on", "state", "attribute"
    )


def _rows(records: Iterable[Record]) -> tuple[Companion, ...]:
    return tuple(
        Companion(
            record.title,
            reverse("disclosure:document", args=[record.index_number]),
            " · ".join(part for part in (record.number, cn_date(record.published_on)) if part),
            record.index_number or "",
        )
        for record in records
    )
