"""Zip containers read with a budget: what a part really unpacks to is counted, whatever its directory says. Nothing is written to disk.

A container is one document (DOCX, OFD), refused as a whole when something is wrong with it, or an archive of documents
(`many`), of which each is judged by itself: what is wrong with one does not keep the others out.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Self

from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

if TYPE_CHECKING:
    from types import TracebackType

MOST_PARTS = 10_000
MOST_UNPACKED = 200 * 1024 * 1024
"""Bytes that one document unpacks to."""
MOST_TOGETHER = 1024 * 1024 * 1024
"""Bytes that an archive of documents unpacks to."""
MOST_RATIO = 200
SMALL = 8 * 1024 * 1024
"""Below so many bytes no ratio is monstrous."""


class Container:
    """An open container. `names` are the parts; a name is only ever a key, never a path."""

    def __init__(self, data: bytes, *, many: bool = False) -> None:
        self._size = len(data)
        self._unpacked = 0
        self._most = MOST_TOGETHER if many else MOST_UNPACKED
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self.entries = self._archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError):
            raise DocumentRefused(
                "document.damaged", "压缩文件已损坏，打不开；请重新打包或者导出后再导入。"
            ) from None
        if len(self.entries) > MOST_PARTS:
            raise DocumentRefused(
                "document.bomb",
                f"压缩文件内有 {len(self.entries):,} 个条目，超过 {MOST_PARTS:,} 个，不接收；请分成几个再导入。",
            )
        if sum(entry.compress_size for entry in self.entries) > self._size:
            raise bomb()  # entries share their bytes
        if not many:
            self._whole()
        self.names = [entry.filename for entry in self.entries]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    def read(self, name: str | zipfile.ZipInfo) -> bytes:
        """One part, counted against the budget. Raises DocumentRefused (document.bomb, document.damaged)."""
        chunks, size = [], 0
        try:
            with self._archive.open(name) as part:
                while chunk := part.read(1 << 16):
                    size += len(chunk)
                    self._unpacked += len(chunk)
                    if self._unpacked > self._most or (size > SMALL and size > MOST_RATIO * self._size):
                        raise bomb()
                    chunks.append(chunk)
        except (
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ):
            raise DocumentRefused(
                "document.damaged", "文件已损坏，有的部分读不出来；请用原来的软件重新导出。"
            ) from None
        return b"".join(chunks)

    def _whole(self) -> None:
        """Refuse a document for any of its parts."""
        if any(is_locked(entry) for entry in self.entries):
            raise locked()
        declared = sum(entry.file_size for entry in self.entries)
        if declared > MOST_UNPACKED * 5 or is_monstrous(declared, self._size):
            raise bomb()


def locked() -> DocumentRefused:
    """Why a file with a password is not read."""
    return DocumentRefused("document.locked", "文件加了密码，读不了；请去掉密码后再导入。")


def bomb() -> DocumentRefused:
    """Why a file that unpacks to something monstrous is not read."""
    return DocumentRefused("document.bomb", "压缩比异常，解开后过大，不接收；请用原来的软件重新导出。")


def is_locked(entry: zipfile.ZipInfo) -> bool:
    """Whether a part needs a password."""
    return bool(entry.flag_bits & 1)


def is_monstrous(unpacked: int, packed: int) -> bool:
    """Whether so few bytes cannot honestly hold so many."""
    return unpacked > SMALL and unpacked > MOST_RATIO * packed


def open_container(data: bytes) -> Container:
    """Open a document that is a zip. Raises DocumentRefused (document.damaged, document.bomb, document.locked)."""
    return Container(data)
