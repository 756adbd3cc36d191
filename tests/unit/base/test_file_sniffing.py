"""What a file really is, whatever its name says."""

import io
import struct
import zipfile
import zlib

import pytest
from pypdf import PdfWriter

from tongban.base.files.errors import FileRefused
from tongban.base.files.sniff import DOCUMENTS, KINDS, sniff

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 17
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 32


def zipped(**entries: bytes) -> bytes:
    """A zip of those entries; `__` in a name stands for `/`, `_dot_` for `.`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


OFD = zipped(OFD_dot_xml=b"<ofd/>", Doc_0__Document_dot_xml=b"<d/>")
DOCX = zipped(**{"[Content_Types].xml": b"<t/>", "word/document.xml": b"<d/>"})
XLSX = zipped(**{"[Content_Types].xml": b"<t/>", "xl/workbook.xml": b"<d/>"})
EMPTY_ZIP = b"PK\x05\x06" + b"\x00" * 18


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"), (PNG, "png"), (JPG, "jpg"), (OFD, "ofd"), (DOCX, "docx"), (XLSX, "xlsx"),
        ("申请书\n".encode(), "txt"), ("申请书\r\n".encode("gb18030"), "txt"), (b"\xef\xbb\xbfabc", "txt"),
        (zipped(a_dot_txt=b"a"), "zip"), (EMPTY_ZIP, "zip"),
    ],
)  # fmt: skip
def test_the_kind_is_told_by_content(content: bytes, kind: str) -> None:
    file = io.BytesIO(content)
    assert sniff(file, allowed=KINDS).name == kind
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "a.txt", "file.empty"),
        (b"MZ\x90\x00" + b"\x00" * 200, "a.pdf", "file.unknown"),
        (b"\x7fELF" + b"\x00" * 60, "a", "file.unknown"),
        (b"GIF89a" + b"\x00" * 20, "a.gif", "file.unknown"),
        (b"text with \x00 inside", "a.txt", "file.unknown"),
        (b"bell \x07", "a.txt", "file.unknown"),
        (zipped(a=b"a"), "a.zip", "file.not_allowed"),
        (PDF, "a.jpg", "file.mismatch"),
        (DOCX, "a.ofd", "file.mismatch"),
        (PNG, "照片.JPEG", "file.mismatch"),
        (DOCX[:-30], "a.docx", "file.container"),
        (zipped(**{"OFD.xml": b"", "../../etc/passwd": b"x"}), "a.ofd", "file.container"),
        (zipped(**{"[Content_Types].xml": b"", "word/document.xml": b"", "word/vbaProject.bin": b"x"}), "a.docx",
         "file.container"),
    ],
)  # fmt: skip
def test_what_is_not_wanted_is_refused_with_its_reason(content: bytes, filename: str, code: str) -> None:
    with pytest.raises(FileRefused) as caught:
        sniff(io.BytesIO(content), filename, allowed=DOCUMENTS)
    assert caught.value.code == code
    assert caught.value.message.endswith("。")


def locked_pdf(password: str, owner: str | None = None) -> bytes:
    """A PDF of one empty page with a password to open it, or only one to change it."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.encrypt(password, owner, algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


OLE_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "EncryptedPackage".encode("utf-16-le")


@pytest.mark.parametrize(
    ("content", "filename", "word"),
    [(locked_pdf("secret"), "申请书.pdf", "PDF"), (OLE_LOCKED, "申请书.docx", "Office")],
)
def test_what_opens_only_with_a_password_says_so_and_what_to_do(content, filename, word) -> None:
    with pytest.raises(FileRefused) as caught:
        sniff(io.BytesIO(content), filename)
    assert caught.value.code == "file.locked"
    assert all(said in caught.value.message for said in (word, "密码", "打不开", "没有接收"))


def test_a_pdf_that_only_forbids_changing_is_taken() -> None:
    file = io.BytesIO(locked_pdf("", "owner"))
    assert sniff(file, "申请书.pdf").name == "pdf"
    assert file.tell() == 0


def test_names_may_differ_in_case_and_be_without_extension() -> None:
    assert sniff(io.BytesIO(JPG), "照片.JPEG").name == "jpg"
    assert sniff(io.BytesIO(PDF), "申请书").name == "pdf"


def test_a_container_that_would_unpack_to_something_monstrous_is_refused() -> None:
    bomb = zipped(**{"OFD.xml": b"<ofd/>", "big": b"\x00" * (64 * 1024 * 1024)})
    assert len(bomb) < 200_000
    with pytest.raises(FileRefused, match="压缩比"):
        sniff(io.BytesIO(bomb), "a.ofd")


def test_a_container_whose_entries_overlap_is_refused() -> None:
    """Many directory entries that point to one body: small on disk, enormous unpacked."""
    body = zlib.compress(b"\x00" * 2000)[2:-4]
    crc = zlib.crc32(b"\x00" * 2000)
    local = (
        struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(body), 2000, 1, 0) + b"a" + body
    )
    names = [f"n{i:04d}" for i in range(900)]
    directory = b"".join(
        struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, 10_000, 2000, 5, 0, 0, 0, 0, 0, 0
        )
        + name.encode()
        for name in names
    )
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 900, 900, len(directory), len(local), 0)
    with pytest.raises(FileRefused, match="压缩比"):
        sniff(io.BytesIO(local + directory + end), "a.zip", allowed={"zip"})


def test_a_locked_container_is_refused() -> None:
    data = bytearray(zipped(OFD_dot_xml=b"<ofd/>"))
    place = data.index(b"PK\x01\x02") + 8
    data[place] |= 1
    with pytest.raises(FileRefused, match="密码"):
        sniff(io.BytesIO(bytes(data)), "a.ofd")
