"""OFD (GB/T 33190-2016): the text objects of every page, in lines as they lie on it."""

from __future__ import annotations

import math
import posixpath
from typing import TYPE_CHECKING

from tongban.platforms.disclosure.reader.formats.markup import local, parse_xml
from tongban.platforms.disclosure.reader.formats.refusal import DocumentRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from tongban.platforms.disclosure.reader.formats.container import Container
    from tongban.platforms.disclosure.reader.formats.patience import Patience
    from tongban.platforms.disclosure.reader.lines import Source

MOST_PAGES = 300
MOST_PIECES = 100_000
"""Pieces of text of one page that are read; a page of a newspaper set letter by letter has some ten thousand."""
SAME_LINE = 2.0  # mm between two baselines of one line


def read(container: Container, source: Source, patience: Patience) -> None:
    """Put the lines of an OFD document into `source`. Raises DocumentRefused (document.damaged), TooLong."""
    root = parse_xml(container.read("OFD.xml"))
    pages = 0
    for where in root.iter("{*}DocRoot"):
        path = _part(container, "", where.text)
        document = parse_xml(container.read(path))
        for page in document.iter("{*}Page"):
            if pages >= MOST_PAGES:
                source.warnings.append(f"文件超过 {MOST_PAGES} 页，只读了前 {MOST_PAGES} 页。")
                return
            pages += 1
            content = parse_xml(
                container.read(_part(container, posixpath.dirname(path), page.get("BaseLoc")))
            )
            for line in _page(content, source, patience):
                source.add(line)
            if source.full:
                return
    if not pages:
        raise DocumentRefused("document.damaged", "OFD 文件没有页面；请用原来的软件重新导出。")


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


def _page(content: etree._Element, source: Source, patience: Patience) -> list[str]:
    """The lines of a page from above to below: pieces whose baselines lie less than SAME_LINE apart are one."""
    rows: dict[int, tuple[float, list[tuple[float, str]]]] = {}
    for number, (x, y, text) in enumerate(_pieces(content, patience)):
        if number >= MOST_PIECES:
            source.warnings.append(f"有一页的文字超过 {MOST_PIECES:,} 段，只读了前面的。")
            break
        band = math.floor(y / SAME_LINE)  # two rows never share one: they would lie too near
        row = next(
            (rows[b] for b in (band, band + 1, band - 1) if b in rows and abs(rows[b][0] - y) < SAME_LINE),
            None,
        )
        if row is None:
            row = rows[band] = (y, [])
        row[1].append((x, text))
    return [
        "".join(text for _, text in sorted(parts, key=lambda p: p[0]))
        for _, parts in sorted(rows.values(), key=lambda r: r[0])
    ]


def _pieces(content: etree._Element, patience: Patience) -> Iterator[tuple[float, float, str]]:
    """The pieces of text of a page with their places, in mm from its upper left corner."""
    for thing in content.iter("{*}TextObject"):
        left, top = _floats(thing.get("Boundary"))[:2]
        for code in thing:
            patience.watch()
            if local(code) == "TextCode" and code.text:
                place = left + _float(code.get("X")), top + _float(code.get("Y"))
                yield *place, code.text.replace("\n", "")


def _floats(text: str | None) -> list[float]:
    return [_float(part) for part in (text or "").split()] + [0.0, 0.0]


def _float(text: str | None) -> float:
    try:
        number = float(text or 0)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0
