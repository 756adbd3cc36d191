"""XML without its dangers: no document type, no entities, no network, bounded depth and size."""

from __future__ import annotations

from lxml import etree

from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused


def parse_xml(data: bytes) -> etree._Element:
    """The root of an XML part. Raises DocumentRefused (document.entities, document.damaged)."""
    if b"<!DOCTYPE" in data[:65536] or b"<!ENTITY" in data or "<!DOCTYPE".encode("utf-16-le") in data[:65536]:
        raise DocumentRefused("document.entities", "文件内的 XML 带有文档类型或实体声明，不接收。")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise DocumentRefused("document.damaged", "文件已损坏，读不出文字；请重新导出。") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentRefused("document.entities", "文件内的 XML 带有文档类型或实体声明，不接收。")
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace, "" for comments."""
    tag = element.tag
    return str(tag).rpartition("}")[2] if isinstance(tag, str) else ""  # type: ignore[redundant-expr]  # comments have a function
