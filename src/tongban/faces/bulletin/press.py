"""The bulletin as PDF: archival, tagged, charts as drawings."""

from pathlib import Path
from typing import Any

from tongban.base.typeset import typeset
from tongban.faces.bulletin.charting import in_words, on_paper
from tongban.faces.bulletin.sheet import Sheet

TEMPLATE = (Path(__file__).parent / "typst" / "bulletin.typ").read_text(encoding="utf-8")


def pdf_of(sheet: Sheet) -> bytes:
    """The PDF. Raises TypesetError, FontsMissing."""
    return typeset(TEMPLATE, told(sheet))


def told(sheet: Sheet) -> dict[str, Any]:
    """What the template reads."""
    day = sheet.day
    return {
        "title": sheet.title, "issue": sheet.issue, "issuer": sheet.issuer, "draft": sheet.is_draft,
        "date": [day.year, day.month, day.day], "dated": sheet.dated, "counted": sheet.counted,
        "parts": [
            {
                "title": part.title, "said": part.said, "typed": part.typed,
                "blocks": [_block(block) for block in part.blocks],
            }
            for part in sheet.parts
        ],
        "definitions": sheet.definitions,
    }  # fmt: skip


def _block(block: dict[str, Any]) -> dict[str, Any]:
    if block["kind"] == "chart":
        return {
            "kind": "chart", "caption": block["caption"], "note": block.get("note", ""), "svg": on_paper(block),
            "alt": in_words(block),
        }  # fmt: skip
    return block
