"""Many files at once: a folder or a ZIP, one after the other, a refusal for each that cannot be taken. Pure.

Nothing is unpacked to disk. A name in a ZIP is only shown, never a path, so `../../etc/passwd` is a strange name and no more.
"""

from __future__ import annotations

import stat
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.formats import LARGEST, too_large
from tongban.platforms.disclosure.reader.formats.container import (
    MOST_PARTS,
    Container,
    bomb,
    is_locked,
    is_monstrous,
    locked,
)
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator
    from pathlib import Path

MOST_FILES = 50_000
"""Files of a folder."""
MOST_OF_A_ZIP = MOST_PARTS
LONGEST_NAME = 120
_BESIDE = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_DOCUMENTS = frozenset({"OFD.xml", "word/document.xml", "[Content_Types].xml"})


@dataclass(frozen=True, slots=True)
class BatchFile:
    """One file of a batch: its bytes, or why it is not taken."""

    name: str
    data: bytes = b""
    refused: DocumentRefused | None = None


def files_of(path: Path) -> Iterator[BatchFile]:
    """The files of a folder (with its folders, links not followed), of a ZIP, or the one file.

    Raises DocumentRefused (document.damaged, document.bomb) where a ZIP as a whole cannot be taken.
    """
    if path.is_dir():
        yield from _folder(path)
        return
    file = _file(path, path.name)
    if is_archive(file):
        yield from zip_files(file.data)
    else:
        yield file


def zip_files(data: bytes) -> Iterator[BatchFile]:
    """The files of a ZIP, each under a name of its own. Raises DocumentRefused as `files_of`."""
    taken: dict[str, int] = {}
    with Container(data, many=True) as container:
        for entry in container.entries:
            if not entry.is_dir() and not _is_beside(entry.filename):
                yield _entry(container, entry, taken)


def zip_file(data: bytes, prefix: str) -> BatchFile | None:
    """The first file of a ZIP whose name begins so; the others are not unpacked."""
    with Container(data, many=True) as container:
        entry = next((e for e in container.entries if e.filename.startswith(prefix)), None)
        return None if entry is None else _entry(container, entry, {})


def is_archive(file: BatchFile) -> bool:
    """Whether a file stands for the documents in it. Raises DocumentRefused as `files_of`."""
    return file.name.lower().endswith(".zip") and whole_zip(file.data)


def whole_zip(data: bytes) -> bool:
    """Whether bytes are a ZIP of files rather than one document. Raises DocumentRefused as `files_of`."""
    if data[:4] not in _ZIP:
        return False
    with Container(data, many=True) as container:
        return not _DOCUMENTS & set(container.names)


def _entry(container: Container, entry: zipfile.ZipInfo, taken: dict[str, int]) -> BatchFile:
    name = _readable(entry)
    shown = _own(_shown(name), taken)
    try:
        _judge(entry, name)
        file = BatchFile(shown, container.read(entry))
        nested = is_archive(file)
    except DocumentRefused as refused:
        return BatchFile(shown, refused=refused)
    if not nested:
        return file
    refusal = DocumentRefused("document.nested", "压缩包里的压缩包不展开；请先解开，再导入里面的文件。")
    return BatchFile(shown, refused=refusal)


def _judge(entry: zipfile.ZipInfo, name: str) -> None:
    """Refuse an entry for what the directory of the ZIP says of it. Raises DocumentRefused."""
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or (len(name) > 1 and name[1] == ":"):
        raise DocumentRefused(
            "document.path", f"压缩包内的名称“{_shown(name)}”越出了目录，不接收；请重新打包后再导入。"
        )
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        raise DocumentRefused(
            "document.path", "压缩包内的链接和设备文件不接收；请把文件本身打进压缩包再导入。"
        )
    if is_locked(entry):
        raise locked()
    if is_monstrous(entry.file_size, entry.compress_size):
        raise bomb()
    if entry.file_size > LARGEST:
        raise too_large()


def _readable(entry: zipfile.ZipInfo) -> str:
    """The name as it was meant: without the UTF-8 mark, Chinese systems write GB 18030."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return entry.filename


def _shown(name: str) -> str:
    """A name as it can be shown and kept: no way up, no characters that are not seen or turn the others round, not too long."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    seen = "".join(c for c in "/".join(parts) if unicodedata.category(c)[0] != "C") or "文件"
    suffix = PurePosixPath(seen).suffix[:10]
    return seen if len(seen) <= LONGEST_NAME else f"{seen[: LONGEST_NAME - len(suffix) - 1]}…{suffix}"


def _own(name: str, taken: dict[str, int]) -> str:
    """The name, or the name with a number where an earlier file of the ZIP has it already."""
    key = name.casefold()
    taken[key] = taken.get(key, 0) + 1
    if taken[key] == 1:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}（{taken[key]}）{dot}{suffix}" if dot else f"{name}（{taken[key]}）"


def _is_beside(name: str) -> bool:
    """Whether an entry is only what a system lays beside one's files."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return bool(parts) and (parts[0] == "__MACOSX" or parts[-1] in _BESIDE)


def _folder(path: Path) -> Iterator[BatchFile]:
    found = 0
    for file in sorted(path.rglob("*")):
        if file.is_symlink() or not file.is_file() or file.name in _BESIDE or file.name.startswith("."):
            continue
        found += 1
        if found > MOST_FILES:
            return
        yield _file(file, str(file.relative_to(path)))


def _file(file: Path, name: str) -> BatchFile:
    name = _shown(name)
    try:
        if file.stat().st_size > LARGEST and file.suffix.lower() != ".zip":
            return BatchFile(name, refused=too_large())
        return BatchFile(name, file.read_bytes())
    except OSError as error:
        return BatchFile(
            name,
            refused=DocumentRefused(
                "document.unreadable", f"读不到文件（{error.strerror}）；请检查权限后再导入。"
            ),
        )
