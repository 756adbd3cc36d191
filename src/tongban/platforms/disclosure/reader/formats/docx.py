"""DOCX: paragraphs and tables of the main part, read as XML. Fields, macros and outside references are never followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.formats.markup import local, parse_xml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from tongban.platforms.disclosure.reader.formats.container import Container
    from tongban.platforms.disclosure.reader.formats.patience import Patience
    from tongban.platforms.disclosure.reader.lines import Source

_OUTSIDE = re.compile(
    rb"(?:attachedTemplate|oleObject|frame|subDocument|aFChunk)\"[^>]*TargetMode=\"External\""
    rb"|TargetMode=\"External\"[^>]*/(?:attachedTemplate|oleObject|frame|subDocument|aFChunk)\"",
    re.IGNORECASE,
)
_ASKING = re.compile(
    rb"instr(?:Text)?[^<]{0,40}[>\"]\s*(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE)\b", re.IGNORECASE
)


def has_macros(container: Container) -> bool:
    """Whether a document carries macros, whatever its part is called."""
    if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in container.names):
        return True
    types = "[Content_Types].xml"
    return types in container.names and b"macroenabled" in container.read(types).lower()


def read(container: Container, source: Source, patience: Patience) -> None:
    """Put the lines of word/document.xml into `source`; deleted text of tracked changes left out. Raises TooLong."""
    main = container.read("word/document.xml")
    root = parse_xml(main)
    if any(name.startswith(("word/embeddings/", "word/activeX/")) for name in container.names):
        source.warnings.append("文件内嵌有其他文件或者控件，没有打开；公开前请另存为 PDF。")
    if _ASKING.search(main) or any(
        name.endswith(".rels") and _OUTSIDE.search(container.read(name)) for name in container.names
    ):
        source.warnings.append("文件引用了外部的模板、对象或数据，没有打开；公开前请另存为 PDF。")
    for block in _blocks(root, patience):
        for line in block.split("\n"):
            source.add(line)
        if source.full:
            break


def _blocks(element: etree._Element, patience: Patience) -> Iterator[str]:
    for child in element:
        name = local(child)
        if name == "p":
            yield _text(child, patience)
        elif name == "tbl":
            for row in child.iter("{*}tr"):
                yield "\t".join(
                    " ".join(_text(p, patience) for p in cell.iter("{*}p"))
                    for cell in row
                    if local(cell) == "tc"
                )
        elif name in {"body", "sdt", "sdtContent", "ins", "customXml", "smartTag"}:
            yield from _blocks(child, patience)


def _text(paragraph: etree._Element, patience: Patience) -> str:
    patience.watch()
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
