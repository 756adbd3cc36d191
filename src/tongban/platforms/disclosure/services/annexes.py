"""Files that belong to a draft (附件): taken in, read for the search, taken out again; frozen with its publication."""

from django.db import transaction
from django.db.models import Max

from tongban.base.files import clean_filename, open_file, store_upload
from tongban.base.files.store import Readable
from tongban.base.text import is_storable
from tongban.engine.errors import Refused
from tongban.platforms.disclosure.models import Annex, Record
from tongban.platforms.disclosure.reader import DocumentRefused, open_source
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.services.permitting import drafted, may_change
from tongban.registry.models import Account

MOST = 50
"""Annexes of one record."""
MOST_TEXT = 200_000
"""Characters of an annex that are kept for the search."""


def add_annex(account: Account | None, record: Record, upload: Readable, filename: str) -> Annex:
    """Add a file to a draft and read its text; a file whose text cannot be read is kept all the same, and says so.

    Raises Refused: "not_permitted", "frozen", "too_many"; FileRefused for what is not accepted as a document.
    """
    may_change(account, record)
    _room_for_one(record)
    annex = Annex(record=record, name=clean_filename(filename), file=store_upload(upload, filename))
    annex.text, annex.unread = _read(
        annex
    )  # seconds for a large file: nobody else's work on the record waits for it
    with transaction.atomic():
        drafted(account, record)  # which may have been handed on meanwhile
        annex.no = _room_for_one(record)
        annex.save()
        tell(record, "annexed", account, file=annex.name)
    return annex


def remove_annex(account: Account, annex: Annex) -> None:
    """Take a file out of a draft. Raises Refused: "not_permitted", "frozen"."""
    with transaction.atomic():
        drafted(account, annex.record)
        annex.delete()
        tell(annex.record, "annex_removed", account, file=annex.name)


def annex_texts(record: Record) -> list[str]:
    """What was read from the annexes of a record, in their order; nothing for one that is not kept yet."""
    return list(record.files.values_list("text", flat=True)) if record.pk else []


def _room_for_one(record: Record) -> int:
    """The number of the next annex. Raises Refused("too_many")."""
    last: int = record.files.aggregate(last=Max("no"))["last"] or 0
    if last >= MOST:
        raise Refused("too_many", f"一份文件最多带 {MOST} 个附件，请合并后再传。")
    return last + 1


def _read(annex: Annex) -> tuple[str, str]:
    """The text of a file, and why there is none or not all of it."""
    try:
        with open_file(annex.file) as kept:
            source = open_source(kept.read(), annex.name)
    except DocumentRefused as refused:
        return "", refused.message[:300]
    text = "\n".join(line.bare for line in source.lines)
    if not is_storable(text):
        return "", "文件里有无法保存的字符。"
    left_out = list(source.warnings)
    if len(text) > MOST_TEXT:
        left_out.append(f"文字过长，只读了前 {MOST_TEXT // 10_000} 万字。")
    return text[:MOST_TEXT], "".join(left_out)[:300]
