"""DOCX: paragraphs and tables of the main part, read as XML. Fields, macros and outside references are never followed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.formats.markup import local, parse_xml
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

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
    source.warnings += _unseen(container, root)
    for block in _blocks(root, patience):
        for line in block.split("\n"):
            source.add(line)
        if source.full:
            break


def _unseen(container: Container, root: etree._Element) -> list[str]:
    """What stands in the file beside the text that is read: somebody who opens the file finds it."""
    found = []
    if next(root.iter("{*}delText", "{*}moveFrom"), None) is not None:
        found.append("文件带有修订痕迹，删去的文字还在文件里；公开前请接受全部修订。")
    if next(root.iter("{*}vanish"), None) is not None:
        found.append("文件里有隐藏的文字，没有读。")
    notes = [name for name in ("comments", "footnotes", "endnotes") if _says_something(container, name)]
    if notes:
        names = {"comments": "批注", "footnotes": "脚注", "endnotes": "尾注"}
        found.append(f"文件里的{'、'.join(names[name] for name in notes)}没有读。")
    return found


def _says_something(container: Container, part: str) -> bool:
    """Whether a part beside the main one has words; one that cannot be read may have."""
    name = f"word/{part}.xml"
    if name not in container.names:
        return False
    try:
        return any((node.text or "").strip() for node in parse_xml(container.read(name)).iter("{*}t"))
    except DocumentRefused:
        return True


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
