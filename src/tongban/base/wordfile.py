"""Word documents (DOCX, ECMA-376) of headings, paragraphs and tables, as offices take them in. Every text stays a text."""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SONG = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="仿宋"/>'
_HEI = '<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="黑体"/>'


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 0 is the title."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of running text, indented by two characters."""

    text: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: its first row stands as head and is repeated on every page. Numbers stand to the right."""

    rows: Sequence[Sequence[str | int]]
    widths: Sequence[int] = ()  # of the columns, as shares


Part = Heading | Paragraph | Grid


def word_file(title: str, parts: Iterable[Part], *, landscape: bool = False) -> bytes:
    """The document as a file. The same parts give the same bytes."""
    body = "".join(_part(p) for p in parts)
    long, short = 16838, 11906
    size = f'w:w="{long}" w:h="{short}" w:orient="landscape"' if landscape else f'w:w="{short}" w:h="{long}"'
    margins = '<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588" w:header="851" w:footer="992" w:gutter="0"/>'
    document = f"{_HEAD}<w:document {_W}><w:body>{body}<w:sectPr><w:pgSz {size}/>{margins}</w:sectPr></w:body></w:document>"
    core = (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(_plain(title))}</dc:title><dc:language>zh-CN</dc:language></cp:coreProperties>"
    )
    files = {
        "[Content_Types].xml": _TYPES, "_rels/.rels": _RELS, "word/document.xml": document, "docProps/core.xml": core,
    }  # fmt: skip
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(
                zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def _part(part: Part) -> str:
    if isinstance(part, Grid):
        return _grid(part)
    if isinstance(part, Heading):
        centred = '<w:jc w:val="center"/>' if part.level == 0 else ""
        outline = f'<w:outlineLvl w:val="{max(part.level - 1, 0)}"/>'
        font = f'<w:rPr>{_HEI}<w:b/><w:sz w:val="{44 if part.level == 0 else 32}"/></w:rPr>'
        return f"<w:p><w:pPr><w:keepNext/>{centred}{outline}</w:pPr>{_run(part.text, font)}</w:p>"
    font = f'<w:rPr>{_SONG}<w:sz w:val="32"/></w:rPr>'
    lines = [line for line in part.text.splitlines() if line.strip()]
    indent = '<w:pPr><w:spacing w:line="560" w:lineRule="exact"/><w:ind w:firstLineChars="200" w:firstLine="640"/></w:pPr>'
    return "".join(f"<w:p>{indent}{_run(line, font)}</w:p>" for line in lines)


def _grid(grid: Grid) -> str:
    edge = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    count = max((len(r) for r in grid.rows), default=0)
    shares = list(grid.widths) or [1] * count
    widths = [round(8800 * s / sum(shares)) for s in shares]
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in widths)
    rows = "".join(_row(row, widths, head=n == 0) for n, row in enumerate(grid.rows))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{edge}</w:tblBorders></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl><w:p/>"
    )


def _row(row: Sequence[str | int], widths: Sequence[int], *, head: bool) -> str:
    font = f'<w:rPr>{_HEI if head else _SONG}<w:sz w:val="20"/></w:rPr>'
    cells = ""
    for value, width in zip(row, widths, strict=False):
        side = "center" if head else "right" if isinstance(value, int) else "left"
        cells += (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            f'<w:p><w:pPr><w:jc w:val="{side}"/></w:pPr>{_run(str(value), font)}</w:p></w:tc>'
        )
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{cells}</w:tr>"


def _run(text: str, font: str) -> str:
    return f'<w:r>{font}<w:t xml:space="preserve">{escape(_plain(text))}</w:t></w:r>'


def _plain(text: str) -> str:
    """What XML can hold."""
    return "".join(c for c in text if c >= " " or c == "\t")


_TYPES = (
    f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{DOCX}.main+xml"/>'
    f'<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    f"</Types>"
)
_RELS = (
    f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="r2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>'
)
