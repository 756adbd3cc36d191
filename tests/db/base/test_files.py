"""Files are kept once, whole, harmless, and leave as downloads only."""

import errno
import io
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction

from tongban.base.files import (
    FileRefused,
    ScannerUnavailable,
    clean_filename,
    download,
    file_path,
    is_intact,
    let_go,
    open_file,
    store_upload,
)
from tongban.base.files import store as store_module
from tongban.base.models import StoredFile
from tongban.faces.hall.models import OwnFile
from tongban.registry.models import Account

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings) -> Path:
    settings.TONGBAN_FILES = tmp_path / "files"
    settings.TONGBAN_SCANNER = ""
    settings.TONGBAN_SCANNER_REQUIRED = False
    return settings.TONGBAN_FILES


def _files(root: Path) -> list[Path]:
    return [p for p in root.rglob("*") if p.is_file()]


def _scanner(tmp_path: Path, script: str) -> str:
    path = tmp_path / "scanner"
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return str(path)


def test_an_upload_is_kept_and_given_back(root: Path) -> None:
    stored = store_upload(io.BytesIO(PDF), "申请书.pdf")
    assert (stored.size, stored.media_type, stored.scan_status) == (len(PDF), "application/pdf", "unscanned")
    with open_file(stored) as file:
        assert file.read() == PDF
    assert is_intact(stored)
    assert _files(root) == [file_path(stored.sha256)]
    assert stat.S_IMODE(file_path(stored.sha256).stat().st_mode) == 0o640


def test_the_same_content_is_kept_once(root: Path) -> None:
    first = store_upload(io.BytesIO(PDF), "a.pdf")
    second = store_upload(io.BytesIO(PDF), "b.pdf")
    assert first == second
    assert len(_files(root)) == StoredFile.objects.count() == 1


def test_what_nothing_refers_to_leaves_the_disk_after_a_day(root: Path) -> None:
    """Not earlier: a form that was refused still brings back what was sent with it."""
    stored = store_upload(io.BytesIO(PDF), "a.pdf")
    assert let_go() == 0
    assert let_go(datetime.now(UTC) + timedelta(hours=23)) == 0
    assert _files(root) == [file_path(stored.sha256)]
    assert let_go(datetime.now(UTC) + timedelta(hours=25)) == 1
    assert _files(root) == []
    assert not StoredFile.objects.exists()
    assert is_intact(store_upload(io.BytesIO(PDF), "a.pdf"))


def test_content_that_was_sent_anew_lately_stays(root: Path) -> None:
    stored = store_upload(io.BytesIO(PDF), "a.pdf")
    later = datetime.now(UTC) + timedelta(days=30)
    os.utime(file_path(stored.sha256), (later.timestamp() - 60,) * 2)  # as an upload a minute before would
    assert let_go(later) == 0
    assert is_intact(stored)


def test_what_anything_refers_to_stays_for_good(root: Path) -> None:
    stored = store_upload(io.BytesIO(PDF), "a.pdf")
    someone = Account.objects.create(username="r", display_name="r", kind="resident")
    own = OwnFile.objects.create(account=someone, title="身份证", name="a.pdf", file=stored)
    years = datetime.now(UTC) + timedelta(days=3650)
    assert let_go(years) == 0
    assert is_intact(stored)
    own.delete()
    assert let_go(years) == 1
    assert _files(root) == []


def test_too_large_an_upload_leaves_nothing(root: Path) -> None:
    with pytest.raises(FileRefused, match="1 MB") as caught:
        store_upload(io.BytesIO(PDF + b"\x00" * 1024 * 1024), "a.pdf", max_bytes=1024 * 1024)
    assert caught.value.code == "file.too_large"
    assert not _files(root)
    assert not StoredFile.objects.exists()
    with pytest.raises(FileRefused, match=r"0\.0195 KB"):
        store_upload(io.BytesIO(PDF), "a.pdf", max_bytes=20)


def test_an_upload_of_the_largest_size_is_kept() -> None:
    assert store_upload(io.BytesIO(PDF), "a.pdf", max_bytes=len(PDF)).size == len(PDF)


def test_a_disguised_upload_leaves_nothing(root: Path) -> None:
    with pytest.raises(FileRefused):
        store_upload(io.BytesIO(b"MZ" + b"\x00" * 300), "a.pdf")
    assert not _files(root)


def test_a_crash_before_the_move_leaves_no_row_and_no_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(store_module, "_settle", crash)
    with pytest.raises(OSError, match="disk full"):
        store_upload(io.BytesIO(PDF), "a.pdf")
    assert not _files(root)
    assert not StoredFile.objects.exists()


def test_bytes_are_synced_before_they_get_their_name(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("sync"), real_sync(fd))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (order.append("name"), real_replace(self, to))[1])
    store_upload(io.BytesIO(PDF), "a.pdf")
    assert order[0] == "sync"
    assert order[-2:] == ["name", "sync"]


def test_a_file_changed_on_disk_is_noticed() -> None:
    stored = store_upload(io.BytesIO(PDF), "a.pdf")
    path = file_path(stored.sha256)
    path.write_bytes(PDF + b"!")
    assert not is_intact(stored)
    path.unlink()
    assert not is_intact(stored)


def test_a_clean_file_is_marked_clean(tmp_path: Path, settings) -> None:
    assert store_upload(io.BytesIO(PDF), "a.pdf").scan_status == "unscanned"
    settings.TONGBAN_SCANNER = _scanner(tmp_path, 'test -s "$1"')
    assert store_upload(io.BytesIO(PDF), "a.pdf").scan_status == "clean"
    assert StoredFile.objects.get().scan_status == "clean"


def test_an_infected_file_is_refused_and_leaves_nothing(root: Path, tmp_path: Path, settings) -> None:
    settings.TONGBAN_SCANNER = _scanner(tmp_path, "exit 1")
    with pytest.raises(FileRefused) as caught:
        store_upload(io.BytesIO(PDF), "a.pdf")
    assert caught.value.code == "file.infected"
    assert not _files(root)


@pytest.mark.parametrize("script", ["exit 2", "exec sleep 5"])
def test_a_scanner_that_does_not_answer_stops_uploads_where_it_is_required(
    root: Path, tmp_path: Path, settings, script: str
) -> None:
    settings.TONGBAN_SCANNER = _scanner(tmp_path, script)
    settings.TONGBAN_SCANNER_SECONDS = 0.2
    settings.TONGBAN_SCANNER_REQUIRED = True
    with pytest.raises(ScannerUnavailable):
        store_upload(io.BytesIO(PDF), "a.pdf")
    assert not _files(root)


def test_a_scanner_that_is_not_there_is_remembered_where_it_is_optional(settings) -> None:
    settings.TONGBAN_SCANNER = "/nowhere/scanner --fast"
    assert store_upload(io.BytesIO(PDF), "a.pdf").scan_status == "failed"


def test_a_named_scanner_is_required_unless_said_otherwise(settings) -> None:
    settings.TONGBAN_SCANNER = "/nowhere/scanner"
    del settings.TONGBAN_SCANNER_REQUIRED
    with pytest.raises(ScannerUnavailable):
        store_upload(io.BytesIO(PDF), "a.pdf")
    settings.TONGBAN_SCANNER, settings.TONGBAN_SCANNER_REQUIRED = "", True
    with pytest.raises(ScannerUnavailable, match="names no command"):
        store_upload(io.BytesIO(PDF), "a.pdf")


def test_a_file_leaves_as_a_download_that_no_browser_runs() -> None:
    response = download(store_upload(io.BytesIO(PDF), "a.pdf"), "../申请书 (1).pdf")
    assert b"".join(response.streaming_content) == PDF
    response.close()
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E7%94%B3%E8%AF%B7%E4%B9%A6%20%281%29.pdf"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(PDF))
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\申请\\表.docx", "表.docx"),
        ("../../etc/passwd", "passwd"),
        ("图\u202egpj.exe", "图gpj.exe"),
        ('a\r\n"b".pdf', "ab.pdf"),
        ("", "文件"),
        (" . ", "文件"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
        ("长" * 300, "长" * 120),
    ],
)
def test_a_name_is_made_harmless(given: str, kept: str) -> None:
    assert clean_filename(given) == kept


def test_a_digest_cannot_lead_out_of_the_store() -> None:
    with pytest.raises(ValueError, match="not a digest"):
        file_path("../../etc/passwd")


def test_without_a_directory_nothing_is_taken(settings) -> None:
    del settings.TONGBAN_FILES
    with pytest.raises(ImproperlyConfigured):
        store_upload(io.BytesIO(PDF), "a.pdf")


@pytest.mark.parametrize("full", [errno.ENOSPC, errno.EDQUOT])
def test_without_room_the_sender_is_told_and_nothing_is_left(settings, monkeypatch, full) -> None:
    def fsync(_: int) -> None:
        raise OSError(full, "No space left on device")

    monkeypatch.setattr("tongban.base.files.store.os.fsync", fsync)

    with pytest.raises(FileRefused, match="空间满了") as refused:
        store_upload(io.BytesIO(PDF), "a.pdf")

    assert refused.value.code == "file.no_room"
    assert not [path for path in Path(settings.TONGBAN_FILES).rglob("*") if path.is_file()]
    assert not StoredFile.objects.exists()


def test_a_disk_that_fails_otherwise_stays_a_fault(monkeypatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("tongban.base.files.store.os.fsync", fsync)

    with pytest.raises(OSError, match="Input/output error"):
        store_upload(io.BytesIO(PDF), "a.pdf")


def test_the_database_keeps_what_a_digest_stands_for() -> None:
    stored = store_upload(io.BytesIO(PDF), "a.pdf")
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        StoredFile.objects.filter(pk=stored.pk).update(size=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.create(sha256="x" * 64, size=1, media_type="text/plain")
    assert str(stored) == stored.sha256[:12]
