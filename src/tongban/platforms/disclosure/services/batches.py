"""Batches: files read in the background, proposals confirmed or mended, records made of them."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app

from tongban.base.files import clean_filename, open_file, store_upload
from tongban.base.text import is_storable
from tongban.engine.errors import Refused
from tongban.platforms.disclosure.models import Batch, BatchRow, Record, genre_code
from tongban.platforms.disclosure.reader import DocumentRefused, Reading, read_bytes
from tongban.platforms.disclosure.reader.batches import (
    MOST_OF_A_ZIP,
    BatchFile,
    is_archive,
    zip_files,
)
from tongban.platforms.disclosure.reader.theme import code_of
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.services.originals import attach, notes_of, says_the_same, taken_from
from tongban.platforms.disclosure.services.permitting import permitted
from tongban.platforms.disclosure.services.records import put, release
from tongban.platforms.disclosure.words import digest_of
from tongban.registry.models import Account, Organisation

LONGEST_NAME = 255
SURE = 0.5
"""Below this a reading is a hint and not filled in."""
CLEAR = 0.8
"""From this on, for title, number and dates, a row needs no look."""
STEP = 50
MOST_BYTES = 300 * 1024 * 1024
HONEST = 50
"""How many times smaller a text gets; what gets smaller than that is kept as it is, or the store would take the batch for a bomb."""


def begin_batch(
    account: Account | None,
    org: Organisation,
    files: Iterable[BatchFile],
    *,
    name: str,
    historic: bool = False,
) -> Batch:
    """Keep the files and have them read in the background.

    `historic`: published before, elsewhere: confirmed rows go straight into the catalogue with the date they say.
    A ZIP among the files stands for what is in it; what cannot be taken is said in its row, the others go on.
    Raises Refused: "not_permitted", "missing_field", "too_many"; FileRefused where all files together are too large.
    """
    if account is not None:
        permitted(account, org.pk, "decide" if historic else "handle")
    packed, refused, count = _packed(files)
    if not count and not refused:
        raise Refused("missing_field", "请选择文件，或者粘贴文字。", detail={"field": "files"})
    with transaction.atomic():
        stored = store_upload(packed, "batch.zip", max_bytes=MOST_BYTES, allowed={"zip"}) if count else None
        batch = Batch.objects.create(
            account=account,
            org=org,
            name=clean_filename(name),
            file=stored,
            historic=historic,
            total=count + len(refused),
        )
        BatchRow.objects.bulk_create(
            BatchRow(
                batch=batch, no=count + no, name=file.name[:LONGEST_NAME], verdict=BatchRow.Verdict.REFUSED,
                code=file.refused.code if file.refused else "", message=file.refused.message if file.refused else "",
            )
            for no, file in enumerate(refused, 1)
        )  # fmt: skip
        read_files.defer(batch_id=str(batch.pk))
    return batch


# the alias: as it is called in queues from before it stood here
@app.task(aliases=["tongban.platforms.disclosure.tasks.read_files"])
def read_files(batch_id: str) -> None:
    """As a job in the background: read the files of a batch."""
    read_batch(UUID(batch_id))


def read_batch(batch_id: UUID, tick: Callable[[int], None] | None = None) -> Batch:
    """Read the files of a batch, telling `tick` how many are done.

    Broken off anywhere, it goes on from the last step that was kept.
    """
    batch = Batch.objects.select_related("file").get(pk=batch_id)
    if batch.state != Batch.State.READING:
        return batch
    files: Iterator[BatchFile] = iter(())
    at = 0
    if batch.file:
        with open_file(batch.file) as kept:
            files = zip_files(kept.read())
    while True:
        with transaction.atomic():
            held = Batch.objects.select_for_update().get(pk=batch_id)
            step = list(islice(files, held.done - at, held.done - at + STEP))
            at = held.done + len(step)
            rows = [_read(held, held.done + n, file) for n, file in enumerate(step, 1)]
            _compare(held, rows)
            BatchRow.objects.bulk_create(rows)
            held.done += len(step)
            if len(step) < STEP:
                held.state, held.done, held.finished_at = Batch.State.READ, held.total, timezone.now()
            held.save(update_fields=["done", "state", "finished_at"])
        if tick:
            tick(len(step))
        if held.state != Batch.State.READING:
            return held


def confirm_row(
    account: Account,
    row: BatchRow,
    fields: Mapping[str, Any] | None = None,
    index_number: str | None = None,
    *,
    files: "Files | None" = None,
) -> Record:
    """Make a record of a row, as it was read or as the clerk mended it; `files` are those of its batch, where they are open.

    Raises Refused: "not_permitted", "already_taken", "unreadable_row", and those of `release` for a historic batch.
    """
    permitted(account, row.batch.org_id, "decide" if row.batch.historic else "handle")
    with transaction.atomic():
        held = (
            BatchRow.objects.select_for_update(of=("self",))
            .select_related("batch__org", "batch__file")
            .get(pk=row.pk)
        )
        if held.record_id is not None:
            raise Refused("already_taken", "这份文件已经收入目录。")
        if held.verdict == BatchRow.Verdict.REFUSED:
            raise Refused("unreadable_row", "这份文件读不出来，不能收入。")
        record = Record(publisher=held.batch.org, created_by=account)
        kept = _with_original(record, held, files)
        put(record, {**proposed(held), **(fields or {})})
        given = held.reading.get("index_number") or {}
        index = index_number if index_number is not None else (given.get("value") or "")
        if held.batch.historic:
            day = record.published_on or record.issued_on
            if day is None:
                raise Refused(
                    "missing_field", "已经公开过的文件要有公开日期。", detail={"field": "published_on"}
                )
            record.file_cleared = says_the_same(
                record
            )  # it was public as it is, unless its text is another now
            release(account, record, published_on=day, index_number=index)
        else:
            record.save()
        tell(record, "imported", account, batch=str(held.batch_id), file=held.name, **kept)
        held.record = record
        held.save(update_fields=["record"])
    return record


def begin_taking(account: Account, batch: Batch) -> None:
    """Have records made, in the background, of all rows that were read clearly.

    Raises Refused: "not_permitted", "stale" where the batch is not waiting for that.
    """
    permitted(account, batch.org_id, "decide" if batch.historic else "handle")
    with transaction.atomic():
        waiting = Batch.objects.filter(pk=batch.pk, state=Batch.State.READ)
        if not waiting.update(state=Batch.State.TAKING):
            raise Refused("stale", "这份文件刚刚有人处理过，请刷新后再看。")
        take_clear.defer(batch_id=str(batch.pk), account_id=account.pk)


# the alias: as it is called in queues from before it stood here
@app.task(aliases=["tongban.platforms.disclosure.tasks.take_clear"])
def take_clear(batch_id: str, account_id: int) -> None:
    """As a job in the background: make records of the rows of a batch that were read clearly."""
    batch = Batch.objects.select_related("file").get(pk=UUID(batch_id))
    confirm_clear(Account.objects.get(pk=account_id), batch)


def confirm_clear(account: Account, batch: Batch) -> tuple[int, int]:
    """Make records of all rows that were read clearly; how many, and how many need a look after all.

    The archive is opened once. Broken off anywhere, it goes on with the rows that are no record yet.
    """
    taken = left = 0
    rows = batch.rows.filter(verdict=BatchRow.Verdict.CLEAR, record=None).select_related("batch__org")
    try:
        with files_of(batch) as files:
            for row in rows.defer("text"):
                try:
                    confirm_row(account, row, files=files)
                    taken += 1
                except Refused as refused:
                    BatchRow.objects.filter(pk=row.pk).update(
                        verdict=BatchRow.Verdict.LOOK, message=refused.message
                    )
                    left += 1
    finally:
        Batch.objects.filter(pk=batch.pk, state=Batch.State.TAKING).update(state=Batch.State.READ)
    return taken, left


class Files:
    """The files of a batch in the archive that `begin_batch` made: only its directory and what is asked for is read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._named = {name.partition("/")[0]: name for name in archive.namelist()}

    def read(self, no: int) -> bytes | None:
        """The bytes of the row with that number, None where it has no file."""
        name = self._named.get(f"{no - 1:06d}")
        return None if name is None else self._archive.read(name)


@contextmanager
def files_of(batch: Batch) -> Iterator[Files | None]:
    """The files of a batch, open; None where none was kept."""
    if batch.file is None:
        yield None
        return
    with open_file(batch.file) as kept, zipfile.ZipFile(kept) as archive:
        yield Files(archive)


def proposed(row: BatchRow) -> dict[str, Any]:
    """The fields of a record as the reading proposes them, those that are sure enough."""
    said = row.reading

    def value(name: str) -> str:
        field = said.get(name) or {}
        return str(field.get("value") or "") if field.get("confidence", 0) >= SURE else ""

    theme = value("theme")
    return {
        "title": value("title") or row.name.rpartition("/")[2].rpartition(".")[0],
        "number": value("number"),
        "issuer": value("issuer"),
        "issued_on": _day(value("issued")),
        "published_on": _day(value("published")),
        "publisher_name": value("publisher"),
        "theme": code_of(theme),
        "theme_second": theme.partition("/")[2][:40],
        "genre": genre_code(said.get("genre") or ""),
        "body": row.text,
        "annexes": [name[:120] for name in said.get("annexes", [])],
        "addressees": "，".join(said.get("addressees", [])),
    }


def verdict_of(reading: Reading) -> tuple[str, str]:
    """Whether a clerk must look, and at what."""
    unsure = [
        name
        for name in ("title", "number", "issuer", "issued")
        if (found := reading.fields.get(name)) is None or found.best.confidence < CLEAR
    ]
    words = {"title": "标题", "number": "文号", "issuer": "发文机关", "issued": "成文日期"}
    notes = [f"请核对：{'、'.join(words[name] for name in unsure)}。"] if unsure else []
    return (BatchRow.Verdict.LOOK if unsure else BatchRow.Verdict.CLEAR), " ".join(
        [*notes, *reading.warnings]
    )


def _read(batch: Batch, no: int, file: BatchFile) -> BatchRow:
    row = BatchRow(batch=batch, no=no, name=(file.name.partition("/")[2] or file.name)[:LONGEST_NAME])
    try:
        if file.refused:
            raise file.refused
        reading = read_bytes(file.data, file.name)
    except DocumentRefused as refused:
        row.verdict, row.code, row.message = BatchRow.Verdict.REFUSED, refused.code, refused.message
        return row
    if not is_storable(reading.body):
        row.verdict, row.code, row.message = (
            BatchRow.Verdict.REFUSED,
            "document.not_text",
            "文件里有无法保存的字符；请另存为 UTF-8 的文本后再导入。",
        )
        return row
    row.reading, row.text = reading.in_full(), reading.body
    row.verdict, row.message = verdict_of(reading)
    row.digest = digest_of(reading.value("title") or "", reading.body)
    return row


def _compare(batch: Batch, rows: list[BatchRow]) -> None:
    """Point out what the catalogue or the batch has already: the same text, the same index number, the same number."""
    told = [row for row in rows if row.verdict != BatchRow.Verdict.REFUSED]
    numbers, indexes = ({v for row in told if (v := _said(row, name))} for name in ("number", "index_number"))
    digests = [row.digest for row in told]
    same = Q(digest__in=digests) | Q(number__in=numbers) | Q(index_number__in=indexes)
    known = list(Record.objects.filter(same).only("title", "number", "index_number", "digest"))
    rows_before = batch.rows.filter(digest__in=digests).values_list("digest", flat=True)
    earlier = {bytes(digest) for digest in rows_before if digest is not None}
    for row in told:
        digest = row.digest if isinstance(row.digest, bytes) else b""
        twin, why = _twin(row, digest, known)
        if twin is None and digest in earlier:
            why = "与本批的另一份文件内容相同。"
        earlier.add(digest)
        if why:
            row.twin, row.verdict, row.message = twin, BatchRow.Verdict.TWIN, f"{why} {row.message}".strip()


def _twin(row: BatchRow, digest: bytes, known: list[Record]) -> tuple[Record | None, str]:
    number, index = _said(row, "number"), _said(row, "index_number")
    for record in known:
        if record.digest is not None and bytes(record.digest) == digest:
            return record, f"与“{record.title}”内容相同。"
        if index and record.index_number == index:
            return record, f"索引号 {index} 已经属于“{record.title}”。"
        if number and record.number == number:
            return record, f"文号 {number} 与“{record.title}”相同，请核对。"
    return None, ""


def _said(row: BatchRow, name: str) -> str:
    return str((row.reading.get(name) or {}).get("value") or "")


def _with_original(record: Record, row: BatchRow, files: Files | None) -> dict[str, str]:
    """Put the file of a row to its record, with what was read from it; what is to be told of how it is kept.

    Raises Refused("unreadable_row") for what the scanner stops.
    """
    if files is None:
        with files_of(row.batch) as opened:
            data = opened.read(row.no) if opened else None
    else:
        data = files.read(row.no)
    if data is None:
        return {}
    stored, kept = taken_from(data, row.name, row.text)
    attach(record, stored, row.name, row.text, notes_of(row.reading))
    return kept


def _packed(files: Iterable[BatchFile]) -> tuple[io.BytesIO, list[BatchFile], int]:
    """The files in one ZIP with safe names, those that are refused, and how many are in it."""
    out, refused, count = io.BytesIO(), [], 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in _opened(files):
            if file.refused:
                refused.append(file)
                continue
            if count == MOST_OF_A_ZIP:
                raise Refused("too_many", f"一批最多 {MOST_OF_A_ZIP:,} 份文件，请分成几批导入。")
            archive.writestr(
                f"{count:06d}/{clean_filename(file.name)}",
                file.data,
                None if _is_honest(file.data) else zipfile.ZIP_STORED,
            )
            count += 1
    out.seek(0)
    return out, refused, count


def _is_honest(data: bytes) -> bool:
    """Whether data packs as text does."""
    return len(data) < 1 << 20 or len(data) < HONEST * len(zlib.compress(data, 1))


def _opened(files: Iterable[BatchFile]) -> Iterable[BatchFile]:
    for file in files:
        try:
            if not file.refused and is_archive(file):
                yield from zip_files(file.data)
            else:
                yield file
        except DocumentRefused as refused:
            yield BatchFile(file.name, refused=refused)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
