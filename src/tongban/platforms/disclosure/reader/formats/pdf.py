"""PDF with text, by pypdf: bounded pages, streams, operators and time; actions, scripts and attachments are never looked at."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING, Any

from pypdf import Configuration, PasswordType, PdfReader, apply_configuration
from pypdf.errors import DependencyError, LimitReachedError, PyPdfError

from tongban.platforms.disclosure.reader.formats.container import bomb, locked
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused
from tongban.platforms.disclosure.reader.lines import closed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tongban.platforms.disclosure.reader.formats.patience import Patience
    from tongban.platforms.disclosure.reader.lines import Source

MOST_PAGES = 100
_UNPACKED = 16 * 1024 * 1024
LIMITS = Configuration(
    maximum_declared_stream_length=_UNPACKED * 2,
    array_based_stream_maximum_output_length=_UNPACKED,
    lzw_maximum_output_length=_UNPACKED,
    run_length_maximum_output_length=_UNPACKED,
    zlib_maximum_output_length=_UNPACKED,
    stream_parsing_work_maximum_count=400_000,
    page_tree_maximum_entries=20_000,
    xform_maximum_invocations_per_extraction=500,
    jbig2dec_binary=None,
    disable_legacy_handling=True,
)
"""What one stream, one page and the tree of pages may come to."""
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile)\b")
_PAGE_NUMBER = re.compile(r"\s*[-—–]?\s*[0-9]{1,4}\s*[-—–]?\s*")

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # a damaged file is told in our words


def read(data: bytes, source: Source, patience: Patience) -> None:
    """Put the lines of the first pages into `source`.

    Raises DocumentRefused (document.damaged, document.locked, document.bomb), TooLong.
    """
    try:
        with apply_configuration(LIMITS):
            for line in _lines(data, source, patience):
                source.add(closed(line))
                if source.full:
                    break
    except (DependencyError, NotImplementedError):
        raise locked() from None
    except LimitReachedError:
        raise bomb() from None
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
    ) as error:
        if isinstance(error, DocumentRefused):
            raise
        raise DocumentRefused(
            "document.damaged", "PDF 已损坏，读不出文字；请用原来的软件重新导出。"
        ) from None


def _lines(data: bytes, source: Source, patience: Patience) -> Iterator[str]:
    """The lines of the pages in their order; what is left out is told in the warnings of `source`."""
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise locked()
    if _ACTIVE.search(data) or _acts(reader):
        source.warnings.append("PDF 带有脚本、启动动作或者附件，没有打开；公开前请重新打印为 PDF。")
    pages = len(reader.pages)
    if pages > MOST_PAGES:
        source.warnings.append(f"文件有 {pages} 页，只读了前 {MOST_PAGES} 页。")
    for number in range(min(pages, MOST_PAGES)):
        patience.watch()
        text = reader.pages[number].extract_text(visitor_operand_before=patience.watch)
        for line in text.split("\n"):
            if not _PAGE_NUMBER.fullmatch(line):
                yield line


def _acts(reader: PdfReader) -> bool:
    """Whether the catalogue of the file names something to run, to open by itself, or to unpack."""
    root = reader.root_object
    names: Any = root.get("/Names", {})
    names = names.get_object() if hasattr(names, "get_object") else names
    return "/AA" in root or bool({"/JavaScript", "/EmbeddedFiles"} & set(names or {}))
