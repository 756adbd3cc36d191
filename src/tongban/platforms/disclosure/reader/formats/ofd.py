"""OFD (GB/T 33190-2016): the text objects of every page, in lines as they lie on it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.formats.markup import local, parse_xml
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused
from tongban.platforms.disclosure.reader.lines import Source

if TYPE_CHECKING:
    from lxml import etree

    from tongban.platforms.disclosure.reader.formats.container import Container

MOST_PAGES = 300
SAME_LINE = 2.0  # mm between two baselines of one line


def lines_of(container: Container) -> Source:
    """The lines of an OFD document. Raises DocumentRefused (document.damaged)."""
    source = Source(format="ofd")
    root = parse_xml(container.read("OFD.xml"))
    pages = 0
    for where in root.iter("{*}DocRoot"):
        path = _part(container, "", where.text)
        document = parse_xml(container.read(path))
        for page in document.iter("{*}Page"):
            if pages >= MOST_PAGES:
                source.warnings.append(f"文件超过 {MOST_PAGES} 页，只读了前 {MOST_PAGES} 页。")
                return source
            pages += 1
            content = parse_xml(
                container.read(_part(container, posixpath.dirname(path), page.get("BaseLoc")))
            )
            for line in _page(content):
                source.add(line)
    if not pages:
        raise DocumentRefused("document.damaged", "OFD 文件没有页面；请用原来的软件重新导出。")
    if not source.lines:
        raise DocumentRefused("document.no_text", "OFD 文件里没有文字（可能是扫描件）；请先做文字识别。")
    return source


def _part(container: Container, folder: str, location: str | None) -> str:
    """The name of a part an OFD file points to; locations are keys of the container, whatever they look like."""
    location = (location or "").strip()
    path = posixpath.normpath(
        location.lstrip("/") if location.startswith("/") else posixpath.join(folder, location)
    )
    if path not in container.names:
        raise DocumentRefused(
            "document.damaged", "OFD 文件指向不存在的部分，读不出来；请用原来的软件重新导出。"
        )
    return path


def _page(content: etree._Element) -> list[str]:
    rows: list[tuple[float, list[tuple[float, str]]]] = []
    for thing in content.iter("{*}TextObject"):
        left, top = _floats(thing.get("Boundary"))[:2]
        for code in thing:
            if local(code) != "TextCode" or not code.text:
                continue
            x, y = left + _float(code.get("X")), top + _float(code.get("Y"))
            row = next((row for row in reversed(rows) if abs(row[0] - y) < SAME_LINE), None)
            if row is None:
                row = (y, [])
                rows.append(row)
            row[1].append((x, code.text.replace("\n", "")))
    return [
        "".join(text for _, text in sorted(parts, key=lambda p: p[0]))
        for _, parts in sorted(rows, key=lambda r: r[0])
    ]


def _floats(text: str | None) -> list[float]:
    return [_float(part) for part in (text or "").split()] + [0.0, 0.0]


def _float(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0
