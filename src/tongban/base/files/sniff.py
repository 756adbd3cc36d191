"""What a file really is, by its content. Pure; reads at most the whole file, unpacks nothing but the list of parts of an office file."""

import codecs
import re
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import BinaryIO

import filetype
from pypdf import PasswordType, PdfReader
from pypdf.errors import DependencyError, PyPdfError

from tongban.base.files.errors import FileRefused


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file: its short name (also its usual extension), media type and the extensions it may carry."""

    name: str
    media_type: str
    extensions: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS: dict[str, FileKind] = {
    kind.name: kind
    for kind in (
        FileKind("pdf", "application/pdf", ("pdf",)),
        FileKind("jpg", "image/jpeg", ("jpg", "jpeg")),
        FileKind("png", "image/png", ("png",)),
        FileKind("ofd", "application/ofd", ("ofd",)),  # GB/T 33190-2016
        FileKind("docx", _OFFICE + "wordprocessingml.document", ("docx",)),
        FileKind("xlsx", _OFFICE + "spreadsheetml.sheet", ("xlsx",)),
        FileKind("txt", "text/plain", ("txt", "csv", "json", "log", "md")),
        FileKind("zip", "application/zip", ("zip",)),
    )
}
DOCUMENTS: frozenset[str] = frozenset(KINDS) - {"zip"}
IMAGES: frozenset[str] = frozenset({"jpg", "png"})

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKAGE = "EncryptedPackage".encode("utf-16-le")
"""Where an office file with a password keeps itself (MS-OFFCRYPTO 1.3.3)."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")

# Limits of a zip container. Office files and OFD are zips too: a reader would unpack them.
MAX_ENTRIES = 10_000
MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 200  # beyond 16 MB unpacked
MOST_TYPES = 1 << 20


def sniff(file: BinaryIO, filename: str = "", *, allowed: Collection[str] = DOCUMENTS) -> FileKind:
    """The kind of the file, by content. Raises FileRefused with

    file.empty, file.unknown (none of our kinds), file.not_allowed (a kind not taken here), file.mismatch (the name
    says another kind), file.container (a zip that is damaged, locked, or would unpack to something monstrous), file.locked
    (a PDF or an office file that nobody opens without its password).
    Leaves the file at its beginning.
    """
    file.seek(0)
    head = file.read(8192)
    try:
        kind = _kind(head, file)
    finally:
        file.seek(0)
    taken = "、".join(name.upper() for name in KINDS if name in allowed)
    if kind is None:
        raise FileRefused("file.unknown", f"认不出这个文件的类型；这里可以上传 {taken}，请转换后再上传。")
    if kind.name not in allowed:
        raise FileRefused(
            "file.not_allowed", f"这是 {kind.name.upper()} 文件，这里可以上传 {taken}，请转换后再上传。"
        )
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    if extension and extension not in kind.extensions:
        raise FileRefused(
            "file.mismatch",
            f"文件名以 .{extension} 结尾，内容却是 {kind.name.upper()}；请用原来的软件另存后再上传。",
        )
    if kind.name == "pdf" and _asks_for_password(file):
        raise _locked("这个 PDF", "另存（打印）为没有密码的 PDF")
    return kind


def _locked(what: str, instead: str) -> FileRefused:
    return FileRefused(
        "file.locked",
        f"{what}设了打开密码，工作人员打不开，没有接收；请去掉密码，或者{instead}后再上传。其他文件和填写的内容都在。",
    )


def _asks_for_password(file: BinaryIO) -> bool:
    """Whether a PDF opens only with a password. One that only forbids printing or changing opens, and is taken."""
    try:
        if not _holds(file, b"/Encrypt"):
            return False
        reader = PdfReader(file, strict=True)
        return reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED
    except (DependencyError, NotImplementedError):  # locked in a way that no reader here knows
        return True
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError):
        return False  # damaged: whoever reads it will say so
    finally:
        file.seek(0)


def _holds(file: BinaryIO, mark: bytes) -> bool:
    """Whether the bytes stand anywhere in the file."""
    file.seek(0)
    end = b""
    while chunk := file.read(1 << 20):
        if mark in end + chunk:
            return True
        end = chunk[-len(mark) :]
    return False


def _kind(head: bytes, file: BinaryIO) -> FileKind | None:
    if not head:
        raise FileRefused("file.empty", "文件是空的，请重新选择。")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return KINDS[_container(file)]
    if head.startswith(_OLE) and _holds(file, _PACKAGE):
        raise _locked("这个 Office 文件", "另存为 PDF")
    guess = filetype.guess_extension(head)
    if guess in ("pdf", "jpg", "png"):
        return KINDS[guess]
    return KINDS["txt"] if guess is None and _is_text(file) else None


def _container(file: BinaryIO) -> str:  # noqa: C901 -- one refusal after the other
    """Which zip container it is; refuses the dangerous ones by their directory, without unpacking."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            types = _types(archive)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError):
        raise FileRefused("file.container", "文件已损坏，打不开；请重新导出后上传。") from None
    size = file.seek(0, 2)
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED:
        raise FileRefused("file.container", "文件解开后过大或条目过多，不能接收；请分成几份后上传。")
    if packed > size or (unpacked > 16 * 1024 * 1024 and unpacked > MAX_RATIO * size):
        raise FileRefused("file.container", "文件的压缩比异常，不能接收；请重新导出后上传。")
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileRefused("file.container", "文件加了密码，无法审查；请去掉密码后上传。")
    names = {entry.filename for entry in entries}
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in names):
        raise FileRefused("file.container", "文件内含有越界的路径，不能接收；请用原来的软件重新导出后上传。")
    if "OFD.xml" in names:
        return "ofd"
    if "[Content_Types].xml" in names:
        if b"macroenabled" in types or any(name.lower().endswith("vbaproject.bin") for name in names):
            raise FileRefused("file.container", "文件带有宏，不能接收；请另存为不带宏的格式后上传。")
        if "word/document.xml" in names:
            return "docx"
        if "xl/workbook.xml" in names:
            return "xlsx"
    return "zip"


def _types(archive: zipfile.ZipFile) -> bytes:
    """What an office file says its parts are, in small letters; nothing for other containers."""
    if "[Content_Types].xml" not in archive.namelist():
        return b""
    try:
        with archive.open("[Content_Types].xml") as part:
            return part.read(MOST_TYPES).lower()
    except (RuntimeError, zlib.error, EOFError):  # locked or damaged, which is told below
        return b""


def _is_text(file: BinaryIO) -> bool:
    """Whether the whole file is text in UTF-8 or GB 18030, without control characters."""
    return any(_decodes(file, encoding) for encoding in ("utf-8-sig", "gb18030"))


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(1 << 16):
            if _control(decoder.decode(chunk)):
                return False
        return not _control(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        return False


def _control(text: str) -> bool:
    return _CONTROL.search(text) is not None
