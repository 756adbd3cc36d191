"""What disclosure puts beside a case at the desk: the document it is about, to be read by who reviews, signs or assesses it."""

from dataclasses import dataclass

from django.urls import reverse

from tongban.engine.models import Case
from tongban.platforms.disclosure.models import Record, RecordCase
from tongban.platforms.disclosure.services.releasing import aids_for
from tongban.registry.models import Account

KINDS = frozenset({"release", "rereview"})
SHOWN = 60  # paragraphs
LONGEST = 6000  # characters


@dataclass(frozen=True, slots=True)
class Document:
    """A document as its case page shows it. `href` is its record, "" where the reader does not see that."""

    title: str
    number: str
    attribute: str
    href: str
    filename: str
    paragraphs: tuple[str, ...]
    whole: bool
    aids: tuple[tuple[str, tuple[str, ...]], ...]


def document(account: Account, case: Case) -> Document | None:
    """The document of a release or a re-review; None for every other case. Who may see the case may read it."""
    if case.kind not in KINDS:
        return None
    row = RecordCase.objects.select_related("record").filter(pk=case.pk).first()
    if row is None:
        return None
    record = row.record
    text = record.body[:LONGEST]
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    seen = Record.objects.visible_to(account).filter(pk=record.pk).exists()
    return Document(
        title=record.title,
        number=record.number,
        attribute=str(record.get_attribute_display()),
        href=reverse("disclosure:record", args=[record.uid]) if seen else "",
        filename=record.filename,
        paragraphs=lines[:SHOWN],
        whole=len(record.body) <= LONGEST and len(lines) <= SHOWN,
        aids=tuple((name, tuple(places)) for name, places in aids_for(record))
        if case.phase != Case.Phase.CLOSED
        else (),
    )
