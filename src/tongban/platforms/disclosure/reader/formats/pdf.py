"""PDF with text, by pypdf: a bounded number of pages, bounded streams; actions, scripts and attachments are never looked at."""

from __future__ import annotations

import io
import logging
import re

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused
from tongban.platforms.disclosure.reader.lines import Source

MOST_PAGES = 100
MOST_TEXT = 2_000_000

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a damaged file is told in our words


def lines_of(data: bytes) -> Source:  # noqa: C901 -- one bound after the other
    """The lines of the first pages. Raises DocumentRefused (document.damaged, document.locked, document.no_text)."""
    source = Source(format="pdf")
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise DocumentRefused("document.locked", "文件加了密码，读不了；请去掉密码后再导入。")  # noqa: TRY301 -- told as it is
        pages = len(reader.pages)
        if pages > MOST_PAGES:
            source.warnings.append(f"文件有 {pages} 页，只读了前 {MOST_PAGES} 页。")
        size = 0
        for number in range(min(pages, MOST_PAGES)):
            for line in reader.pages[number].extract_text().split("\n"):
                size += len(line)
                if not re.fullmatch(r"\s*[-—–]?\s*[0-9]{1,4}\s*[-—–]?\s*", line):  # page numbers
                    source.add(line)
            if size > MOST_TEXT:
                source.warnings.append(f"文字过长，只读到第 {number + 1} 页。")
                break
    except DocumentRefused:
        raise
    except (
        PyPdfError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        AttributeError,
        RecursionError,
        OSError,
        OverflowError,
        MemoryError,
        AssertionError,
    ):
        raise DocumentRefused("document.damaged", "PDF 已损坏，读不出文字；请重新导出。") from None
    if not source.lines:
        raise DocumentRefused("document.no_text", "PDF 里没有文字（可能是扫描件）；请先做文字识别。")
    if re.search(rb"/(?:JavaScript|JS|Launch)\b", data):
        source.warnings.append("PDF 带有脚本或启动动作，没有执行。")
    return source
