"""What disclosure puts beside a case at the desk: the document it is about, to be read by who reviews, signs or assesses it."""

from dataclasses import dataclass

from django.urls import reverse

from tongban.engine.models import Case
from tongban.platforms.disclosure.aids import Aids, aids_for
from tongban.platforms.disclosure.enclosed import Enclosed, enclosed
from tongban.platforms.disclosure.models import Record, RecordCase
from tongban.registry.models import Account

KINDS = frozenset({"release", "rereview"})
FIRST = 60
"""Paragraphs that stand open; the rest unfolds."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as its case page shows it, whole. `href` is its record, "" where the reader does not see that."""

    title: str
    number: str
    attribute: str
    description: str
    keywords: tuple[str, ...]
    href: str
    paragraphs: tuple[str, ...]
    rest: tuple[str, ...]
    files: tuple[Enclosed, ...]
    aids: Aids


def document(account: Account, case: Case) -> Document | None:
    """The document of a release or a re-review; None for every other case. Who may see the case may read all of it."""
    if case.kind not in KINDS:
        return None
    row = RecordCase.objects.select_related("record__file").filter(pk=case.pk).first()
    if row is None:
        return None
    record = row.record
    lines = tuple(line.strip() for line in record.body.splitlines() if line.strip())
    seen = Record.objects.visible_to(account).filter(pk=record.pk).exists()
    aids = aids_for(record) if case.phase != Case.Phase.CLOSED else []
    return Document(
        title=record.title,
        number=record.number,
        attribute=str(record.get_attribute_display()),
        description=record.description,
        keywords=tuple(record.keywords),
        href=reverse("disclosure:record", args=[record.uid]) if seen else "",
        paragraphs=lines[:FIRST],
        rest=lines[FIRST:],
        files=enclosed(record),
        aids=tuple((name, tuple(places)) for name, places in aids),
    )
