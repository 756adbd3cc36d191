"""The files that come with a document at the desk: its original and its annexes, what of them was not read, what goes out."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.services.originals import goes_out, says_the_same


@dataclass(frozen=True, slots=True)
class Enclosed:
    """One file: its name, its size in bytes, where it is downloaded; `said` about it, `unread` what nobody has read of it."""

    name: str
    size: int
    href: str
    said: str = ""
    unread: str = ""


def enclosed(record: Record) -> tuple[Enclosed, ...]:
    """The original, then the annexes in their order; to be downloaded by whoever may read the record."""
    found = []
    if record.file is not None:
        href = reverse("disclosure:record-file", args=[record.uid])
        name = record.filename or record.title
        found.append(Enclosed(name, record.file.size, href, said_of_original(record), record.file_notes))
    for annex in record.files.select_related("file").defer("text"):
        href = reverse("disclosure:record-annex", args=[record.uid, annex.no])
        name = _("附件 %(n)s：%(name)s") % {"n": annex.no, "name": annex.name}
        found.append(Enclosed(name, annex.file.size, href, unread=annex.unread))
    return tuple(found)


def said_of_original(record: Record) -> str:
    """Whether the original is published with the text, and why or why not."""
    if record.released_at is not None:
        return _("原文件，已随正文公开") if record.offers_file else _("原文件，没有公开")
    if record.attribute != Record.Attribute.PROACTIVE:
        return _("原文件，不公开")
    if record.file_cleared:
        return _("原文件，经人核对过，随正文公开")
    if goes_out(record):
        return _("原文件，与正文一致，随正文公开")
    if says_the_same(record):
        return _("原文件，有没有读出的内容，不随正文公开")
    return _("原文件，与正文不一致，不随正文公开")
