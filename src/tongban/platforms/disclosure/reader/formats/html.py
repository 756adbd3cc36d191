"""Pages: what a reader sees, by block; cells of a row apart by tabs; scripts, styles and hidden parts are dropped and never run."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import lxml.html
from lxml import etree

from tongban.platforms.disclosure.reader.formats.markup import local
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tongban.platforms.disclosure.reader.formats.patience import Patience
    from tongban.platforms.disclosure.reader.lines import Source

_DROPPED = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "iframe",
        "object",
        "embed",
        "svg",
        "select",
        "button",
        "nav",
        "form",
        "head",
        "canvas",
        "audio",
        "video",
        "math",
    }
)
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "blockquote",
        "pre",
        "center",
        "br",
        "hr",
        "caption",
        "figure",
        "address",
        "body",
    }
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_FILE = re.compile(r"\.(?:docx?|pdf|ofd|wps|xlsx?|zip|rar)\b", re.IGNORECASE)
MOST_MARKUP = 12_000_000
_CELLS = frozenset({"td", "th"})


def looks_like(head: bytes) -> bool:
    """Whether bytes begin as a page."""
    return bool(
        re.search(rb"<\s*(?:!doctype\s+html|html|head|body|meta|table|div|p)[\s>]", head, re.IGNORECASE)
    )


def read(text: str, source: Source, patience: Patience) -> None:
    """Put the lines of a page and its meta tags into `source`.

    Raises DocumentRefused (document.damaged, document.too_large), TooLong.
    """
    if len(text) > MOST_MARKUP:
        raise DocumentRefused(
            "document.too_large",
            f"网页超过 {MOST_MARKUP // 1_000_000} 百万字符，不读取；请在浏览器里另存为 PDF 后再导入。",
        )
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    try:
        root = lxml.html.document_fromstring(
            text,
            parser=lxml.html.HTMLParser(
                no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
            ),
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise DocumentRefused(
            "document.damaged", "网页读不出文字；请在浏览器里打开后另存，再导入。"
        ) from None
    for tag in root.iter("meta"):
        name, content = tag.get("name"), tag.get("content")
        if name and content and len(content) <= 500:
            source.meta.setdefault(name, content)
    titled = root.find(".//title")
    if titled is not None and titled.text:
        source.meta.setdefault("title", titled.text.strip()[:300])
    if next(root.iter("script"), None) is not None:
        source.warnings.append("网页中的脚本已去掉，没有执行。")
    body = root.find("body")
    for line, link in _lines(body if body is not None else root, patience):
        source.add(line, link=link)
        if source.full:
            break


def _lines(root: etree._Element, patience: Patience) -> Iterator[tuple[str, bool]]:
    """(line, whether it is nothing but links) for each block."""
    parts: list[str] = []
    linked = 0
    for text, link in chain(_pieces(root, patience), [("\n", False)]):
        if text != "\n":
            parts.append(text)
            linked += len(text.strip()) if link else 0
            continue
        line = re.sub(r"[ \xa0]*\t[ \xa0]*", "\t", "".join(parts)).strip("\n")
        length = len("".join(line.split()))
        if length:
            yield line, linked >= length and not _FILE.search(line)
        parts, linked = [], 0


def _pieces(root: etree._Element, patience: Patience) -> Iterator[tuple[str, bool]]:
    """(text, whether it is a link's) in the order of reading; a line break where a block begins or ends, a blank in a cell."""
    cells = links = 0
    left_out: etree._Element | None = None
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        patience.watch()
        tag = local(element)
        if event == "start":
            if _is_left_out(element, tag):
                left_out = element
                walk.skip_subtree()
                continue
            if tag in _BLOCKS:
                yield (" " if cells else "\n"), False
            cells += tag in _CELLS
            links += tag == "a"
            if element.text:
                yield _flat(element.text, keep=tag == "pre"), links > 0
            continue
        if element is left_out:
            left_out = None
        else:
            cells -= tag in _CELLS
            if tag in _CELLS:
                yield "\t", False
            if tag in _BLOCKS:
                yield (" " if cells else "\n"), False
            links -= tag == "a"
        if element.tail and element is not root:
            yield _flat(element.tail, keep=local(element.getparent()) == "pre"), links > 0


def _is_left_out(element: etree._Element, tag: str) -> bool:
    """Whether a reader of the page does not see the element."""
    return (
        not tag
        or tag in _DROPPED
        or element.get("hidden") is not None
        or bool(_HIDDEN.search(element.get("style") or ""))
    )


def _flat(text: str, *, keep: bool) -> str:
    return text if keep else re.sub(r"[ \t\r\n\f]+", " ", text)
