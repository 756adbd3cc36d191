"""Matters as a workbook (事项表格): reading XLSX of thousands, each row with its own verdict; template and export."""

from tongban.registry.workbook.columns import Place, Row
from tongban.registry.workbook.keeping import keep_unspoken, kept_warning
from tongban.registry.workbook.reader import WorkbookRefused, locate, read_workbook
from tongban.registry.workbook.writer import template, workbook_of

__all__ = [
    "Place",
    "Row",
    "WorkbookRefused",
    "keep_unspoken",
    "kept_warning",
    "locate",
    "read_workbook",
    "template",
    "workbook_of",
]
