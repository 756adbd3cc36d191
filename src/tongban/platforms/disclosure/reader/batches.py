"""Many files at once: a folder or a ZIP, one after the other, a refusal for each that cannot be taken. Pure.

Nothing is unpacked to disk. A name in a ZIP is only shown, never a path, so `../../etc/passwd` is a strange name and no more.
"""

from __future__ import annotations

import io
import stat
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.formats import LARGEST
from tongban.platforms.disclosure.reader.formats.container import Container
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST_FILES = 50_000
_AROUND = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One file of a batch: its bytes, or why it is not taken."""

    name: str
    data: bytes = b""
    refused: DocumentRefused | None = None


def files_of(path: Path) -> Iterator[BatchFile]:
    """The files of a folder (with its folders, links not followed), of a ZIP, or the one file.

    Raises DocumentRefused (document.damaged, document.bomb, document.locked) where a ZIP as a whole cannot be taken.
    """
    if path.is_dir():
        yield from _folder(path)
    elif path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        yield from zip_files(path.read_bytes())
    else:
        yield _file(path, path.name)


def zip_files(data: bytes) -> Iterator[BatchFile]:
    """The files of a ZIP. Raises DocumentRefused as `files_of`."""
    with Container(data) as container:
        for entry in container.entries:
            if entry.is_dir() or any(mark in entry.filename for mark in _AROUND):
                continue
            yield _entry(container, entry)


def _entry(container: Container, entry: zipfile.ZipInfo) -> BatchFile:
    name = _readable(entry)
    parts = name.replace("\\", "/").split("/")
    shown = "/".join(part for part in parts if part not in {"", ".", ".."})
    if name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        return BatchFile(
            shown,
            refused=DocumentRefused("document.path", f"压缩包内的名称“{name[:80]}”越出了目录，不接收。"),
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        return BatchFile(shown, refused=DocumentRefused("document.path", "压缩包内的链接不接收。"))
    if entry.file_size > LARGEST:
        return BatchFile(
            shown,
            refused=DocumentRefused("document.too_large", f"文件超过 {LARGEST // 1024 // 1024} MB，不读取。"),
        )
    try:
        return BatchFile(shown, container.read(entry))
    except DocumentRefused as refused:
        return BatchFile(shown, refused=refused)


def _readable(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the UTF-8 mark, Chinese systems write GB 18030."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return entry.filename


def _folder(path: Path) -> Iterator[BatchFile]:
    found = 0
    for file in sorted(path.rglob("*")):
        if file.is_symlink() or not file.is_file() or file.name in _AROUND or file.name.startswith("."):
            continue
        found += 1
        if found > MOST_FILES:
            return
        yield _file(file, str(file.relative_to(path)))


def _file(file: Path, name: str) -> BatchFile:
    try:
        if file.stat().st_size > LARGEST:
            return BatchFile(
                name,
                refused=DocumentRefused(
                    "document.too_large", f"文件超过 {LARGEST // 1024 // 1024} MB，不读取。"
                ),
            )
        return BatchFile(name, file.read_bytes())
    except OSError as error:
        return BatchFile(
            name, refused=DocumentRefused("document.unreadable", f"读不到文件：{error.strerror}。")
        )


def whole_zip(data: bytes) -> bool:
    """Whether bytes are a ZIP of files rather than one document."""
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with Container(data) as container:
        return not {"OFD.xml", "word/document.xml", "[Content_Types].xml"} & set(container.names)
