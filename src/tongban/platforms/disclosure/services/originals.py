"""The file a document came in (原文件): replaced or removed while it is a draft.

It is published only where it says no more than the text that was reviewed, or somebody cleared it.
"""

import io
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from tongban.base.files import FileRefused, clean_filename, open_file, store_upload
from tongban.base.files.store import Readable
from tongban.base.models import StoredFile
from tongban.base.text import is_storable
from tongban.engine.errors import Refused
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.reader import DocumentRefused, read_bytes
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.services.permitting import drafted, may_change
from tongban.platforms.disclosure.words import digest_of
from tongban.registry.models import Account

TAKEN = frozenset({"docx", "pdf", "ofd", "txt"})
"""Endings of files that are kept as they come; whatever else can be read is kept as a text."""


def replace_file(account: Account, record: Record, upload: Readable, filename: str) -> Record:
    """Put another file in the place of a draft's, as one from which personal data was removed.

    Its text is read and compared; the draft's own text stays. Raises Refused: "not_permitted", "frozen"; FileRefused.
    """
    may_change(account, record)
    stored = store_upload(upload, filename, allowed=TAKEN)
    with open_file(stored) as kept:
        text, notes = read_of(kept.read(), filename)
    with transaction.atomic():
        held = drafted(account, record)  # which may have been handed on meanwhile
        attach(held, stored, clean_filename(filename), text, notes)
        held.save()
        tell(held, "file_replaced", account, file=held.filename)
    return held


def remove_file(account: Account, record: Record) -> Record:
    """Take the file away from a draft; its text stays. Raises Refused: "not_permitted", "frozen", "stale" where there is none."""
    with transaction.atomic():
        held = _with_file(account, record)
        gone = held.filename
        attach(held, None, "", None, "")
        held.save()
        tell(held, "file_removed", account, file=gone)
    return held


def clear_file(account: Account, record: Record) -> Record:
    """Say that the file of a draft was looked through and may be published, though it says more than the text.

    Until the text is changed again. Raises Refused: "not_permitted", "frozen", "stale" where there is none.
    """
    with transaction.atomic():
        held = _with_file(account, record)
        held.file_cleared = True
        held.save(update_fields=["file_cleared"])
        tell(held, "file_cleared", account, file=held.filename)
    return held


def attach(record: Record, file: StoredFile | None, filename: str, text: str | None, notes: str) -> None:
    """Set the file of a record, with the text that was read from it (None: none could be) and what was left unread."""
    record.file, record.filename = file, filename[:255]
    record.file_text = None if text is None else digest_of("", text)
    record.file_notes, record.file_cleared = notes, False


def goes_out(record: Record) -> bool:
    """Whether the file may be published with the text: it says the same and all of it was read, or somebody cleared it."""
    return record.file_id is not None and (
        record.file_cleared or (says_the_same(record) and not record.file_notes)
    )


def says_the_same(record: Record) -> bool:
    """Whether the text of a record is the one that was read from its file; blanks and marks apart."""
    return record.file_text is not None and bytes(record.file_text) == digest_of("", record.body)


def taken_from(data: bytes, name: str, text: str) -> tuple[StoredFile, dict[str, str]]:
    """Keep a file that was read: as it came or, where it cannot be, its text; with what is to be told of that.

    Raises Refused("unreadable_row") for what the scanner stops.
    """
    kept_as = name if name.rpartition(".")[2].lower() in TAKEN else f"{name}.txt"
    most = max(len(data), len(text.encode())) + 1
    try:
        return store_upload(io.BytesIO(data), kept_as, max_bytes=most), {}
    except FileRefused as refused:
        if refused.code not in {"file.unknown", "file.mismatch"}:
            raise Refused("unreadable_row", refused.message) from refused
        stored = store_upload(io.BytesIO(text.encode()), f"{kept_as}.txt", max_bytes=most)
        return stored, {"kept": "text", "why": refused.code}


def notes_of(reading: Mapping[str, Any]) -> str:
    """What the reader left out of a file, of a reading that was kept."""
    return "".join(reading.get("left_out") or ())


def read_of(data: bytes, name: str) -> tuple[str | None, str]:
    """The text of a file, None where none can be read, and what was left out."""
    try:
        reading = read_bytes(data, name)
    except DocumentRefused as refused:
        return None, refused.message
    if not is_storable(reading.body):
        return None, "文件里有无法保存的字符。"
    return reading.body, "".join(reading.left_out)


def _with_file(account: Account, record: Record) -> Record:
    held = drafted(account, record)
    if held.file_id is None:
        raise Refused("stale", "这份文件刚刚有人处理过，请刷新后再看。")
    return held
