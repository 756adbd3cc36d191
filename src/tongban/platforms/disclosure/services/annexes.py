"""Files that belong to a draft (附件): taken in, read for the search, taken out again; frozen with its publication."""

from django.db import transaction
from django.db.models import Max

from tongban.base.files import clean_filename, open_file, store_upload
from tongban.base.files.store import Readable
from tongban.base.text import is_storable
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Annex, Record
from tongban.platforms.disclosure.reader import DocumentRefused, open_source
from tongban.registry.models import Account

MOST = 50
"""Annexes of one record."""
MOST_TEXT = 200_000
"""Characters of an annex that are kept for the search."""


def add_annex(account: Account | None, record: Record, upload: Readable, filename: str) -> Annex:
    """Add a file to a draft and read its text; a file whose text cannot be read is kept all the same, and says so.

    Raises Refused: "not_permitted", "frozen", "too_many"; FileRefused for what is not accepted as a document.
    """
    with transaction.atomic():
        _open(account, record)
        last = record.files.aggregate(last=Max("no"))["last"] or 0
        if last >= MOST:
            raise Refused("too_many", f"一份文件最多带 {MOST} 个附件，请合并后再传。")
        stored = store_upload(upload, filename)
        annex = Annex(record=record, no=last + 1, name=clean_filename(filename), file=stored)
        annex.text, annex.unread = _read(annex)
        annex.save()
    return annex


def remove_annex(account: Account, annex: Annex) -> None:
    """Take a file out of a draft. Raises Refused: "not_permitted", "frozen"."""
    with transaction.atomic():
        _open(account, annex.record)
        annex.delete()


def annex_texts(record: Record) -> list[str]:
    """What was read from the annexes of a record, in their order; nothing for one that is not kept yet."""
    return list(record.files.values_list("text", flat=True)) if record.pk else []


def _open(account: Account | None, record: Record) -> None:
    """Hold the record, if it is a draft that this person works on."""
    if account is not None and not scopes(account).of("handle").admits(record.publisher_id):
        raise Refused("not_permitted", "您没有这个单位信息公开的权限。")
    held = Record.objects.select_for_update().get(pk=record.pk)
    if held.state != Record.State.DRAFT:
        raise Refused("frozen", "已经提交或公开的内容不能直接修改；要改请撤下后重新发布。")


def _read(annex: Annex) -> tuple[str, str]:
    """The text of a file, or why there is none."""
    try:
        with open_file(annex.file) as kept:
            source = open_source(kept.read(), annex.name)
    except DocumentRefused as refused:
        return "", refused.message[:300]
    text = "\n".join(line.bare for line in source.lines)[:MOST_TEXT]
    return (text, "") if is_storable(text) else ("", "文件里有无法保存的字符。")
