"""The formats: bytes of a file to lines of text, nothing executed, nothing fetched, nothing unpacked to disk. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath

from tongban.platforms.disclosure.reader.formats import docx, html, ofd, pdf, plain
from tongban.platforms.disclosure.reader.formats.container import open_container
from tongban.platforms.disclosure.reader.formats.patience import Patience, TooLong
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused
from tongban.platforms.disclosure.reader.lines import Source

__all__ = ["EXTENSIONS", "LARGEST", "DocumentRefused", "open_source", "too_large"]

LARGEST = 30 * 1024 * 1024
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "txt": ("txt", "text", "md"),
    "html": ("html", "htm", "xhtml", "shtml"),
    "docx": ("docx",),
    "pdf": ("pdf",),
    "ofd": ("ofd",),
}
"""Formats and the extensions a file of each may carry."""


def open_source(data: bytes, filename: str = "") -> Source:
    """The lines of a file, its format told by its content. Raises DocumentRefused."""
    if not data.strip():
        raise DocumentRefused("document.empty", "文件是空的；请重新导出后再导入。")
    if len(data) > LARGEST:
        raise too_large()
    form = _format(data)
    extension = PurePosixPath(filename.replace("\\", "/")).suffix.lower().lstrip(".")
    if extension and extension not in EXTENSIONS[form] and {form, extension} - {"txt", "html", "htm"}:
        raise DocumentRefused(
            "document.mismatch",
            f"文件名以 .{extension} 结尾，内容却是 {form.upper()}；请用原来的软件另存后再导入。",
        )
    if form == "txt" and extension in EXTENSIONS["html"]:
        form = "html"
    source = Source(format=form)
    try:
        _read(data, source, Patience())
    except TooLong:
        source.warnings.append("文件过于复杂，只读了前面的部分。")
    if not source.lines and form in {"pdf", "ofd"}:
        raise DocumentRefused(
            "document.no_text", f"{form.upper()} 里没有文字（可能是扫描件）；请先做文字识别，再导入。"
        )
    return source


def _read(data: bytes, source: Source, patience: Patience) -> None:
    """Put the lines of a file into `source`, which keeps what it has when the time is over (TooLong)."""
    if source.format == "pdf":
        pdf.read(data, source, patience)
    elif source.format in {"docx", "ofd"}:
        with open_container(data) as container:
            (docx if source.format == "docx" else ofd).read(container, source, patience)
    elif source.format == "html":
        html.read(plain.decode(data), source, patience)
    else:
        source.put_text(plain.decode(data))


def too_large() -> DocumentRefused:
    """Why a file of more than LARGEST bytes is not read."""
    return DocumentRefused(
        "document.too_large",
        f"文件超过 {LARGEST // 1024 // 1024} MB，不读取；请压缩其中的图片，或者分成几份再导入。",
    )


def _format(data: bytes) -> str:
    if data.startswith(b"%PDF-") or b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK"):
        with open_container(data) as container:
            names = set(container.names)
            if docx.has_macros(container):
                raise DocumentRefused("document.macro", "文件带有宏，不接收；请另存为不带宏的格式。")
            if "OFD.xml" in names:
                return "ofd"
            if "word/document.xml" in names:
                return "docx"
        raise DocumentRefused(
            "document.kind", "这个压缩文件不是 DOCX 或 OFD；要整批导入，请把文件直接打成一个 ZIP。"
        )
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise DocumentRefused(
            "document.old_office",
            "这是旧版 Office（.doc、.wps）文件，可能带有宏，不读取；请另存为 DOCX 或 PDF。",
        )
    if data.startswith(
        (
            b"MZ",
            b"\x7fELF",
            b"\x89PNG",
            b"\xff\xd8\xff",
            b"GIF8",
            b"Rar!",
            b"7z\xbc\xaf",
            b"\x1f\x8b",
            b"{\\rtf",
        )
    ):
        raise DocumentRefused(
            "document.kind", "认不出可以读取的文字；这里读取 TXT、HTML、DOCX、PDF、OFD，请转换后再导入。"
        )
    return "html" if html.looks_like(data[:4096]) else "txt"
