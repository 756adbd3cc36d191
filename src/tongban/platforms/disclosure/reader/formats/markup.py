"""XML without its dangers: no document type, no entities, no network, bounded depth and size."""

from __future__ import annotations

from lxml import etree

from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

MOST_XML = 20 * 1024 * 1024


def parse_xml(data: bytes) -> etree._Element:
    """The root of an XML part. Raises DocumentRefused (document.entities, document.damaged, document.too_large)."""
    if len(data) > MOST_XML:
        raise DocumentRefused(
            "document.too_large", f"正文解开后超过 {MOST_XML // 1024 // 1024} MB，不读取；请分成几份再导入。"
        )
    if b"<!DOCTYPE" in data[:65536] or b"<!ENTITY" in data or "<!DOCTYPE".encode("utf-16-le") in data[:65536]:
        raise DocumentRefused(
            "document.entities", "文件内的 XML 带有文档类型或实体声明，不接收；请用原来的软件重新导出。"
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise DocumentRefused(
            "document.damaged", "文件已损坏，读不出文字；请用原来的软件重新导出。"
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentRefused(
            "document.entities", "文件内的 XML 带有文档类型或实体声明，不接收；请用原来的软件重新导出。"
        )
    return root


def local(element: etree._Element) -> str:
    """The name of an element without its namespace, "" for comments."""
    tag = element.tag
    return str(tag).rpartition("}")[2] if isinstance(tag, str) else ""  # type: ignore[redundant-expr]  # comments have a function
