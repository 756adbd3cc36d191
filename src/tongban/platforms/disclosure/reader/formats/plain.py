"""Text and its encodings: UTF-8, UTF-16 with its mark, GB 18030."""

from __future__ import annotations

import codecs
import re

from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")


def decode(data: bytes) -> str:
    """The text of a file. Raises DocumentRefused (document.not_text)."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        declared = re.search(rb"charset\s*=\s*[\"']?([A-Za-z0-9_-]{3,12})", data[:2048])
        encodings = ["utf-8-sig", "gb18030"]
        if declared and declared[1].lower() in {b"big5", b"gbk", b"gb2312"}:
            encodings.insert(1, "big5" if declared[1].lower() == b"big5" else "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(_CONTROL.findall(text[:100_000])) > 3:
            break
        return _CONTROL.sub("", text)
    raise DocumentRefused(
        "document.not_text", "文件不是文字（UTF-8 或 GB 18030），读不出来；请另存为 UTF-8 的文本后再导入。"
    )
