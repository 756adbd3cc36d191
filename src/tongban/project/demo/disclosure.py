"""The demonstration city's published documents, and a batch that waits to be confirmed."""

import io
from datetime import date

from django.db import transaction

from tongban.base.files.store import store_upload
from tongban.platforms.disclosure.columns import suggested
from tongban.platforms.disclosure.models import Record
from tongban.platforms.disclosure.reader.batches import BatchFile
from tongban.platforms.disclosure.services import begin_batch, read_batch, release
from tongban.platforms.disclosure.services.records import put
from tongban.project.demo.tables import table
from tongban.registry.models import Organisation


def bring_in_documents() -> int:
    """Publish the documents of the city, as they were published then; how many."""
    units = {org.key: org for org in Organisation.objects.all()}
    rows = table("documents.json")
    with transaction.atomic():
        kept = [_published(units[row["issuer"]], row) for row in rows if row["issuer"] in units]
        first = kept[0]
        first.file = store_upload(io.BytesIO(first.body.encode()), "a.txt", max_bytes=1_000_000)
        first.filename = f"{first.title}.txt"
        first.file_public = True
        first.save(update_fields=["file", "filename", "file_public"])
        _waiting(units[rows[0]["issuer"]], rows[2:4])
    return len(kept)


def _published(unit: Organisation, row: dict[str, str]) -> Record:
    record = Record(publisher=unit)
    put(
        record,
        {
            "title": row["title"],
            "number": row["number"] or "",
            "issuer": row["issuer_name"],
            "issued_on": date.fromisoformat(row["issued"]),
            "theme": row["theme_code"],
            "theme_second": row["theme_sub"] or "",
            "genre": row["genre_code"],
            "description": row["summary"] or "",
            "body": row["body"],
            "columns": list(suggested(row["title"], date.fromisoformat(row["published"]))),
        },
    )
    return release(
        None, record, published_on=date.fromisoformat(row["published"]), index_number=row["index_number"]
    )


def _waiting(unit: Organisation, rows: list[dict[str, str]]) -> None:
    """Two files that were read and wait to be confirmed."""
    texts = [f"{row['title']}（征求意见稿）\n{row['body']}" for row in rows]
    files = [BatchFile(f"文件{n}.txt", text.encode()) for n, text in enumerate(texts, 1)]
    read_batch(begin_batch(None, unit, files, name="待确认的文件").pk)
