"""DOCX: paragraphs and tables of the main part, read as XML. Fields, macros and outside references are never followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.formats.markup import local, parse_xml
from tongban.platforms.disclosure.reader.lines import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from tongban.platforms.disclosure.reader.formats.container import Container


def lines_of(container: Container) -> Source:
    """The lines of word/document.xml; deleted text of tracked changes left out."""
    source = Source(format="docx")
    root = parse_xml(container.read("word/document.xml"))
    if any(name.startswith("word/embeddings/") for name in container.names):
        source.warnings.append("文件内嵌有其他文件，没有打开。")
    for block in _blocks(root):
        for line in block.split("\n"):
            source.add(line)
    return source


def _blocks(element: etree._Element) -> Iterator[str]:
    for child in element:
        name = local(child)
        if name == "p":
            yield _text(child)
        elif name == "tbl":
            for row in child.iter("{*}tr"):
                yield "\t".join(
                    " ".join(_text(p) for p in cell.iter("{*}p")) for cell in row if local(cell) == "tc"
                )
        elif name in {"body", "sdt", "sdtContent", "ins", "customXml", "smartTag"}:
            yield from _blocks(child)


def _text(paragraph: etree._Element) -> str:
    parts = []
    for node in paragraph.iter():
        name = local(node)
        if name == "t":
            parts.append(node.text or "")
        elif name == "tab" and (parent := node.getparent()) is not None and local(parent) == "r":
            parts.append("\t")
        elif name in {"br", "cr"}:
            parts.append("\n")
    return "".join(parts)
