"""Taking a file in and giving its bytes out again. The only code that writes under TONGBAN_FILES."""

import errno
import hashlib
import logging
import os
import re
import tempfile
import unicodedata
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.db.models import Exists, ForeignObjectRel, Model, OuterRef, QuerySet
from django.utils import timezone

from tongban.base.files.errors import FileRefused
from tongban.base.files.scan import scan
from tongban.base.files.sniff import DOCUMENTS, sniff
from tongban.base.models import StoredFile

logger = logging.getLogger(__name__)
CHUNK = 1 << 18
GRACE = timedelta(days=1)  # for which content stays that nothing refers to
_DEVICE = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]", re.IGNORECASE)
DEFAULT_MAX_BYTES = 20 * 1024 * 1024


class Readable(Protocol):
    """An upload: anything that gives bytes."""

    def read(self, size: int = ..., /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


def store_upload(
    fileobj: Readable,
    filename: str,
    *,
    max_bytes: int = DEFAULT_MAX_BYTES,
    allowed: Collection[str] = DOCUMENTS,
) -> StoredFile:
    """Keep the upload, once per content, and give its row.

    The bytes are on disk (written aside, synced, renamed) before the row exists; a crash between leaves a file that
    nobody refers to, never a row without bytes. `allowed` are names of sniff.KINDS.
    Raises FileRefused (file.too_large, file.infected, file.no_room and those of sniff) or ScannerUnavailable; nothing is
    kept then.
    """
    try:
        return _kept(fileobj, filename, max_bytes, allowed)
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        logger.exception("no room for uploaded files: %s", _root())
        raise FileRefused(
            "file.no_room",
            "网站存放文件的空间满了，文件没有收下，不是您的问题；请过一会儿再传，填写的内容都在。",
        ) from error


def open_file(stored: StoredFile) -> BufferedReader:
    """The bytes, for reading. Raises FileNotFoundError when the store has lost them."""
    return file_path(stored.sha256).open("rb")


def erase_content(sha256: str) -> None:
    """Remove the bytes for good, where the law asks for it; the row stays and tells digest and size.

    Whoever asks has seen to it that nobody else refers to them (`is_needed`).
    """
    path = file_path(sha256)
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        _sync(path.parent)


def is_needed(sha256: str, besides: Collection[type[Model]]) -> bool:
    """Whether any table but these refers to the file."""
    return any(
        model._base_manager.filter(**{f"{column}_id": sha256}).exists()  # noqa: SLF001 -- documented as public
        for model, column in _references()
        if model not in besides
    )


def let_go(now: datetime | None = None) -> int:
    """Remove, bytes and row, what nothing refers to and nobody has sent for a day (`GRACE`). Returns how many; run daily.

    A form that was refused may still bring back what was sent with it: hence the day. Whatever has a foreign key to a file
    keeps it, without being asked to.
    """
    before, gone = (now or timezone.now()) - GRACE, 0
    for sha256 in _unneeded().filter(created_at__lt=before).values_list("pk", flat=True):
        with transaction.atomic(), connection.cursor() as cursor:
            # Not while the same content comes in, and not if it came lately: its bytes were put there anew then.
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [sha256])
            if not cursor.fetchone()[0] or _sent_since(before, sha256) or is_needed(sha256, besides=()):
                continue
            StoredFile.objects.filter(pk=sha256).delete()
            cursor.execute(
                "SET CONSTRAINTS ALL IMMEDIATE"
            )  # a reference made meanwhile refuses here, before the bytes go
            erase_content(sha256)
            gone += 1
    return gone


def _unneeded() -> QuerySet[StoredFile]:
    rows = StoredFile.objects.all()
    for model, column in _references():
        held = model._base_manager.filter(**{f"{column}_id": OuterRef("pk")})  # noqa: SLF001 -- documented as public
        rows = rows.filter(~Exists(held))
    return rows


def _references() -> Iterator[tuple[type[Model], str]]:
    """Every foreign key to a file, of whatever room."""
    for relation in StoredFile._meta.get_fields(include_hidden=True):  # noqa: SLF001 -- documented as public
        if isinstance(relation, ForeignObjectRel):
            yield relation.related_model, relation.field.name


def _sent_since(before: datetime, sha256: str) -> bool:
    try:
        return file_path(sha256).stat().st_mtime >= before.timestamp()
    except FileNotFoundError:
        return False


def is_intact(stored: StoredFile) -> bool:
    """Whether the bytes are there and still are what they were when they came."""
    try:
        with open_file(stored) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == stored.sha256
    except FileNotFoundError:
        return False


def file_path(sha256: str) -> Path:
    """Where the content with that digest lies: ab/cd/abcd…"""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise ValueError(f"not a digest: {sha256!r}")
    return _root() / sha256[:2] / sha256[2:4] / sha256


def clean_filename(filename: str, longest: int = 120) -> str:
    """The name to remember and to offer at download: no path, no control or direction characters, not too long.

    A name that Windows keeps for its devices (CON, NUL, COM1 …) gets a mark before it.
    """
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*').strip(" .")
    stem, dot, extension = name.rpartition(".")
    if dot and len(name) > longest:
        name = stem[: longest - len(extension) - 1] + "." + extension
    if _DEVICE.fullmatch(name.partition(".")[0].strip()):
        name = f"_{name}"
    return name[:longest] or "文件"


def _kept(fileobj: Readable, filename: str, max_bytes: int, allowed: Collection[str]) -> StoredFile:
    """Write the bytes aside, judge them, move them to their place, and give their row."""
    incoming = _root() / "incoming"
    incoming.mkdir(parents=True, exist_ok=True, mode=0o750)
    handle, name = tempfile.mkstemp(dir=incoming)
    aside = Path(name)
    try:
        with os.fdopen(handle, "w+b") as copy:
            sha256, size = _copy(fileobj, copy, max_bytes)
            kind = sniff(copy, filename, allowed=allowed)
            os.fchmod(copy.fileno(), 0o640)
            os.fsync(copy.fileno())
        status = scan(aside)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [sha256]
            )  # see `let_go`
            _settle(aside, file_path(sha256))
            stored, created = StoredFile.objects.get_or_create(
                sha256=sha256, defaults={"size": size, "media_type": kind.media_type, "scan_status": status}
            )
            if not created and status == StoredFile.Scan.CLEAN != stored.scan_status:
                stored.scan_status = status
                stored.save(update_fields=["scan_status"])
    finally:
        aside.unlink(missing_ok=True)
    return stored


def _copy(source: Readable, target: BinaryIO, max_bytes: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        if size > max_bytes:
            raise FileRefused("file.too_large", f"文件超过 {_megabytes(max_bytes)}，请压缩或分开后再上传。")
        digest.update(chunk)
        target.write(chunk)
    target.flush()
    return digest.hexdigest(), size


def _settle(aside: Path, final: Path) -> None:
    """Move the synced copy to its place and make the move itself durable."""
    for directory in (final.parent.parent, final.parent):
        if not directory.is_dir():
            directory.mkdir(exist_ok=True, mode=0o750)
            _sync(directory.parent)
    aside.replace(final)
    _sync(final.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _root() -> Path:
    root = getattr(settings, "TONGBAN_FILES", None)
    if not root:
        raise ImproperlyConfigured("TONGBAN_FILES names no directory for uploaded files")
    return Path(root)


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.3g} MB" if size >= 1024 * 1024 else f"{size / 1024:.3g} KB"
