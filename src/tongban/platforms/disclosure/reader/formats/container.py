"""Zip containers read with a budget: what a part really unpacks to is counted, whatever its directory says. Nothing is written to disk."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Self

from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

if TYPE_CHECKING:
    from types import TracebackType

MOST_PARTS = 20_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 200  # beyond 8 MB


class Container:
    """An open container. `names` are the parts; a name is only ever a key, never a path."""

    def __init__(self, data: bytes) -> None:
        self._size = len(data)
        self._unpacked = 0
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self.entries = self._archive.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError):
            raise DocumentRefused("document.damaged", "压缩文件已损坏，打不开；请重新导出。") from None
        if len(self.entries) > MOST_PARTS:
            raise DocumentRefused("document.bomb", f"压缩文件内有 {len(self.entries)} 个条目，过多，不接收。")
        if any(entry.flag_bits & 1 for entry in self.entries):
            raise DocumentRefused("document.locked", "文件加了密码，读不了；请去掉密码后再导入。")
        declared = sum(entry.file_size for entry in self.entries)
        if declared > MOST_UNPACKED * 5 or (
            declared > 8 * 1024 * 1024 and declared > MOST_RATIO * self._size
        ):
            raise DocumentRefused("document.bomb", "压缩比异常，解开后过大，不接收。")
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
                    if self._unpacked > MOST_UNPACKED or (
                        size > 8 * 1024 * 1024 and size > MOST_RATIO * self._size
                    ):
                        raise DocumentRefused("document.bomb", "压缩比异常，解开后过大，不接收。")
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
            raise DocumentRefused("document.damaged", "文件已损坏，有的部分读不出来；请重新导出。") from None
        return b"".join(chunks)


def open_container(data: bytes) -> Container:
    """Open a zip. Raises DocumentRefused (document.damaged, document.bomb, document.locked)."""
    return Container(data)
