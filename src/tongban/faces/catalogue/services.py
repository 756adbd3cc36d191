"""Taking a file of matters in: judged first, taken in when confirmed, in steps that may be broken off and gone on with."""

import re
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from tongban.base.files import clean_filename, open_file, store_upload
from tongban.base.files.store import Readable
from tongban.faces.catalogue.models import BulkImport
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account
from tongban.registry.services.matters import known_here
from tongban.registry.services.workbooks import RowVerdict, judge_rows, take_batch
from tongban.registry.workbook import Place, Row, WorkbookRefused, read_workbook

MOST_BYTES = 30 * 1024 * 1024
MOST_PACKAGES = 20_000  # in one JSON file
STEP = 100  # rows in one transaction of the progress


def judge_file(account: Account, upload: Readable, filename: str) -> BulkImport:
    """Keep the file and judge every row; nothing of it is taken in yet.

    Raises FileRefused, and RegistryRefused("workbook_refused") for a file that cannot be taken as a whole.
    """
    with transaction.atomic():
        stored = store_upload(upload, filename, max_bytes=MOST_BYTES, allowed={"xlsx", "txt"})
        with open_file(stored) as file:
            rows = rows_of(file.read())
        known = known_here()
        verdicts = [_plain(verdict) for verdict in judge_rows(rows, known)]
        return BulkImport.objects.create(
            account=account, name=clean_filename(filename), file=stored, total=len(rows), verdicts=verdicts
        )


def confirm(account: Account, import_id: UUID) -> BulkImport:
    """Have the worker take the sound rows in. Confirmed twice it is one import. Raises RegistryRefused("not_found")."""
    with transaction.atomic():
        held = BulkImport.objects.select_for_update().filter(pk=import_id, account=account).first()
        if held is None:
            raise RegistryRefused("not_found", "没有这次导入。")
        if held.state == BulkImport.State.JUDGED:
            held.state = BulkImport.State.RUNNING
            held.save(update_fields=["state"])
            carry_on.defer(import_id=str(held.pk))
    return held


# the alias: as it is called in queues from before it stood here
@app.task(aliases=["tongban.faces.catalogue.tasks.carry_on"])
def carry_on(import_id: str) -> None:
    """As a job in the background: take the rows of a confirmed import in."""
    carry_on_with(UUID(import_id))


def carry_on_with(import_id: UUID) -> None:
    """Take rows in from where it stands; broken off anywhere, it goes on from the last step that was kept."""
    about = BulkImport.objects.select_related("account", "file").get(pk=import_id)
    if about.state != BulkImport.State.RUNNING:
        return
    with open_file(about.file) as file:
        rows = rows_of(file.read())
    known = known_here()
    while True:
        with transaction.atomic():
            held = BulkImport.objects.select_for_update().get(pk=import_id)
            step = rows[held.done : held.done + STEP]
            taken = take_batch(about.account, step, known)
            held.verdicts[held.done : held.done + len(step)] = [_plain(verdict) for verdict in taken]
            held.done += len(step)
            if held.done >= len(rows):
                held.state, held.finished_at = BulkImport.State.DONE, timezone.now()
            held.save(update_fields=["done", "verdicts", "state", "finished_at"])
        if held.state == BulkImport.State.DONE:
            return


def rows_of(data: bytes) -> list[Row]:
    """The matters of a workbook, or of a JSON file with one package or a list. Raises RegistryRefused("workbook_refused")."""
    try:
        if data.startswith(b"PK"):
            return read_workbook(data)
        said: Any = orjson.loads(data)
    except WorkbookRefused as error:
        raise RegistryRefused("workbook_refused", str(error)) from None
    except orjson.JSONDecodeError as error:
        raise RegistryRefused("workbook_refused", f"不是 XLSX，也不是 JSON：{error}") from None
    if _has_nul(data):
        raise RegistryRefused("workbook_refused", "文件里有无法保存的字符 U+0000。")
    many = said if isinstance(said, list) else [said]
    if len(many) > MOST_PACKAGES:
        raise RegistryRefused("workbook_refused", f"一次最多导入 {MOST_PACKAGES:,} 个事项，请分成几个文件。")
    return [
        Row(Place("数据包", n), one if isinstance(one, dict) else {"schema": 0})
        for n, one in enumerate(many, 1)
    ]


def _has_nul(data: bytes) -> bool:
    """Whether a text of the JSON says U+0000: written with an escape, before which stands an even number of others."""
    return _NUL.search(data) is not None


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _plain(v: RowVerdict) -> dict[str, Any]:
    return {
        "row": v.place.row,
        "sheet": v.place.sheet,
        "code": v.code,
        "name": v.name[:100],
        "word": v.word,
        "outcome": v.outcome,
        "version": v.version,
        "findings": [
            {"at": str(f.place), "why": f.why, "mend": f.mend, "code": f.code, "level": f.level}
            for f in v.findings
        ],
    }
