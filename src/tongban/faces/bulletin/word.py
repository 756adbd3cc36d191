"""The bulletin as a Word file: real headings, tables with repeated heads, numbered captions, pictures described in words."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.document import Document as Doc
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from tongban.base.typeset import picture
from tongban.faces.bulletin.charting import in_words, on_paper
from tongban.faces.bulletin.sheet import Sheet

BODY, HEADINGS = "仿宋", "黑体"  # what offices have; others take what they have instead
LATIN = "Times New Roman"
TEXT_WIDTH = 160  # millimetres between the margins of A4
PICTURE_POINTS, DOTS = 454.0, 220


def word_of(sheet: Sheet) -> bytes:
    """The DOCX. Raises TypesetError, FontsMissing (pictures are drawn by the press)."""
    made = Document()
    _styles(made)
    _page(made, sheet)
    title = made.add_heading(sheet.title, 0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line = made.add_paragraph(f"{sheet.issue}　　{sheet.issuer}　　{sheet.dated}")
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if sheet.is_draft:
        made.add_paragraph("草稿，未发布").alignment = WD_ALIGN_PARAGRAPH.CENTER
    made.add_paragraph(
        f"本通报的数字由办件记录自动算出，数据截至 {sheet.counted}；发布后不再变动。", style="Tongban Note"
    )
    for part in sheet.parts:
        made.add_heading(part.title, 1)
        for said in part.said:
            made.add_paragraph(said, style="Tongban Text")
        for block in part.blocks:
            if block["kind"] == "chart":
                _picture(made, block)
            else:
                _table(made, block)
        for paragraph in part.typed:
            made.add_paragraph(paragraph, style="Tongban Text")
    made.add_heading("附：指标怎么算", 1)
    for name, unit, words in sheet.definitions:
        defined = made.add_paragraph(style="Tongban Note")
        defined.add_run(f"{name}（{unit}）：").bold = True
        defined.add_run(words)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def _styles(made: Doc) -> None:
    styles = made.styles
    normal = styles["Normal"]
    _font(normal, BODY, 12)
    normal.paragraph_format.line_spacing = 1.4
    normal.paragraph_format.space_after = Pt(4)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "zh-CN")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal.element.get_or_add_rPr().append(language)
    for name, size in (("Title", 20), ("Heading 1", 15)):
        style = styles[name]
        _font(style, HEADINGS, size)
        style.font.bold = True
        style.font.color.rgb = RGBColor(0xA3, 0x10, 0x1A) if name == "Title" else RGBColor(0, 0, 0)
        style.paragraph_format.keep_with_next = True
    caption = styles["Caption"]
    _font(caption, HEADINGS, 10)
    caption.font.bold = False
    caption.font.color.rgb = RGBColor(0, 0, 0)
    caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for name, size, indent in (("Tongban Text", 12, 24), ("Tongban Note", 10, 0), ("Tongban Cell", 9, 0)):
        style = styles.add_style(name, 1)
        style.base_style = normal
        _font(style, BODY, size)
        style.paragraph_format.first_line_indent = Pt(indent)
        if name == "Tongban Cell":
            style.paragraph_format.line_spacing = 1.0
            style.paragraph_format.space_after = Pt(1)


def _font(style: Any, east: str, size: float) -> None:
    style.font.name = LATIN
    style.font.size = Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        if name.endswith("Theme"):
            del fonts.attrib[name]
    for name in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(name), LATIN)
    fonts.set(qn("w:eastAsia"), east)


def _page(made: Doc, sheet: Sheet) -> None:
    section = made.sections[0]
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(25)
    about = made.core_properties
    about.title, about.author, about.subject = sheet.title, sheet.issuer, sheet.issue
    about.language, about.comments = "zh-CN", ""
    about.created = about.modified = datetime(sheet.day.year, sheet.day.month, sheet.day.day)  # noqa: DTZ001 -- the library keeps plain times
    head = section.header.paragraphs[0]
    head.text = f"{sheet.title}　{sheet.issue}"
    head.style = made.styles["Tongban Note"]
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    foot.add_run("第 ")
    _field(foot, "PAGE", "1")
    foot.add_run(" 页，共 ")
    _field(foot, "NUMPAGES", "1")
    foot.add_run(" 页")


def _caption(made: Doc, word: str, text: str, *, above: bool) -> None:
    paragraph = made.add_paragraph(f"{word} ", style="Caption")
    count = sum(
        1
        for p in made.paragraphs  # the text first: what the library says of a style it looks up in the whole list of them
        if p.text.startswith(word) and p.style is not None and p.style.name == "Caption"
    )
    _field(paragraph, f"SEQ {word} \\* ARABIC", str(count))
    paragraph.add_run(f"　{text}")
    paragraph.paragraph_format.keep_with_next = above


def _field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """A field that Word computes; `shown` stands until it does."""
    for kind, said in (("begin", ""), ("", instruction), ("separate", ""), ("shown", shown), ("end", "")):
        run = paragraph.add_run(said if kind == "shown" else "")
        if kind in ("begin", "separate", "end"):
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)  # noqa: SLF001 -- the library has no fields
        elif not kind:
            asked = OxmlElement("w:instrText")
            asked.set(qn("xml:space"), "preserve")
            asked.text = f" {said} "
            run._r.append(asked)  # noqa: SLF001 -- as above


def _table(made: Doc, block: dict[str, Any]) -> None:
    _caption(made, "表", block["caption"], above=True)
    heads, right = block["heads"], block["right"]
    grid = made.add_table(rows=1, cols=len(heads), style="Table Grid")
    grid.alignment = WD_TABLE_ALIGNMENT.CENTER
    grid.autofit = False
    widths = _widths(heads, block["rows"])
    described = OxmlElement("w:tblCaption")
    described.set(qn("w:val"), block["caption"])
    grid._tbl.tblPr.append(described)  # noqa: SLF001 -- the library has no description of tables
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    _row(made, grid.rows[0].cells, heads, right, widths, bold=True)
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    grid.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 -- the library has no repeated heads
    for row in block["rows"]:
        added = grid.add_row()
        whole = OxmlElement("w:cantSplit")
        added._tr.get_or_add_trPr().append(whole)  # noqa: SLF001 -- as above
        _row(made, added.cells, row, right, widths)
    made.add_paragraph(style="Tongban Cell")


def _row(
    made: Doc,
    cells: Sequence[Any],
    texts: Sequence[str],
    right: Sequence[bool],
    widths: Sequence[float],
    *,
    bold: bool = False,
) -> None:
    style = made.styles["Tongban Cell"].style_id
    for cell, text, to_right, width in zip(cells, texts, right, widths, strict=True):
        cell.width = Mm(width)
        paragraph = cell.paragraphs[0]
        paragraph._p.style = style  # noqa: SLF001 -- the library looks it up by name and type again for every cell
        paragraph.add_run(text).bold = bold
        if to_right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Millimetres for each column: by its longest text, none under a sixteenth, none over half."""
    longest = [
        min(40, max(sum(2 if ord(c) > 0x2E7F else 1 for c in t) for t in (head[:8], *(r[n] for r in rows))))
        for n, head in enumerate(heads)
    ]
    weights = [max(w, sum(longest) / 16) for w in longest]
    return [TEXT_WIDTH * w / sum(weights) for w in weights]


def _picture(made: Doc, block: dict[str, Any]) -> None:
    png = picture(on_paper(block), width=PICTURE_POINTS, dots=DOTS)
    paragraph = made.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(BytesIO(png), width=Mm(TEXT_WIDTH))
    about = shape._inline.docPr  # noqa: SLF001 -- the library has no description of pictures
    about.set("descr", in_words(block))
    about.set("title", block["caption"])
    _caption(made, "图", block["caption"], above=False)
    if block.get("note"):
        made.add_paragraph(block["note"], style="Tongban Note").alignment = WD_ALIGN_PARAGRAPH.CENTER
