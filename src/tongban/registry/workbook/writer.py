"""Writing the workbook: the empty template with its choices, and matters in the same columns, ready to be taken in again."""

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from tongban.registry.workbook.columns import COLUMNS, KEY, MATTERS, SHEETS, Column

_TO_END = 20_000  # rows that offer their choices


def template() -> bytes:
    """The workbook to fill in: every sheet with its headings, notes and drop-down choices."""
    return workbook_of(())


def workbook_of(contents: Iterable[Mapping[str, Any]]) -> bytes:
    """The workbook of these packages. What has no column (forms, themes, parameters) is in the JSON export only."""
    book = Workbook(write_only=True)
    pages = {MATTERS: _page(book, MATTERS, COLUMNS)}
    for sheet, (_, _, columns) in SHEETS.items():
        pages[sheet] = _page(book, sheet, columns)
    for number, content in enumerate(contents, start=1):
        pages[MATTERS].append(_line(pages[MATTERS], number, COLUMNS, content))
        for sheet, (name, _, columns) in SHEETS.items():
            for part in content.get(name) or ():
                pages[sheet].append(_line(pages[sheet], number, columns, part))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _page(book: Workbook, title: str, columns: tuple[Column, ...]) -> Any:
    page = book.create_sheet(title)
    page.freeze_panes = "B2"
    head = []
    for n, column in enumerate((Column(KEY, "", help="同一事项在各表写同一个序号", width=10), *columns), 1):
        page.column_dimensions[get_column_letter(n)].width = column.width
        cell = WriteOnlyCell(page, column.title)
        cell.font = Font(bold=True)
        if column.help:
            cell.comment = Comment(column.help, "通办")
        head.append(cell)
        words = (
            ("是", "否") if column.kind == "yesno" else tuple(w for w in column.choices if not w.isdigit())
        )
        if words:
            offered = DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
            offered.add(f"{get_column_letter(n)}2:{get_column_letter(n)}{_TO_END}")
            page.data_validations.append(offered)
    page.append(head)
    return page


def _line(page: Any, number: int, columns: tuple[Column, ...], content: Mapping[str, Any]) -> list[Any]:
    return [number, *(_cell(page, _word(c, _at(content, c.path))) for c in columns)]


def _at(content: Mapping[str, Any], path: str) -> Any:
    here: Any = content
    for part in path.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def _word(column: Column, value: Any) -> Any:
    if value is None:
        return None
    match column.kind:
        case "yesno":
            return "是" if value else "否"
        case "list":
            return "、".join(map(str, value))
        case "choice":
            return next((word for word, code in column.choices.items() if code == value), str(value))
        case _:
            return value


def _cell(page: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(page, "".join(c for c in value if c.isprintable() or c == "\n"))
    cell.data_type = "s"
    return cell
