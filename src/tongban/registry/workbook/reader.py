"""Reading the workbook: every cell as what it is, every fault with the place where a person finds it."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tongban.registry.workbook.columns import COLUMNS, KEY, MATTERS, SHEETS, Column, Fault, Place, Row

MOST_ROWS = 200_000
MOST_COLUMNS = 200  # a cell far to the right would otherwise make thousands of empty ones in its row
MOST_UNPACKED = 400 * 1024 * 1024
#: What a file that is none, or was made to break its reader, makes the libraries raise.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, LookupError, ValueError, TypeError, AttributeError,
    ArithmeticError, OSError, EOFError, NotImplementedError,
)  # fmt: skip
_SPLIT = re.compile(r"[、,，;；\n]+")
_ABSENT = object()
YESNO = {"是": True, "否": False}


class WorkbookRefused(Exception):
    """The file as a whole cannot be taken: not a workbook, no sheet of matters, a heading missing."""


def read_workbook(data: bytes) -> list[Row]:
    """Every matter of the workbook, in order. Raises WorkbookRefused."""
    try:
        return _read(data)
    except _BROKEN as error:  # sheets are unpacked and read while one goes through them
        raise WorkbookRefused("打不开这个文件，请用 XLSX 格式另存后再导入。") from error


def _read(data: bytes) -> list[Row]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        if sum(e.file_size for e in archive.infolist()) > MOST_UNPACKED:
            raise WorkbookRefused("表格解开后过大，请分成几个文件导入。")
    book = load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
    spoken: set[str] = set()
    with closing(book):
        if MATTERS not in book.sheetnames:
            raise WorkbookRefused(f"没有“{MATTERS}”这张表，请用下载的模板填写。")
        rows: dict[str, Row] = {}
        ordered = []
        for number, key, faults, values in _cells(book[MATTERS], MATTERS, COLUMNS, spoken):
            row = Row(Place(MATTERS, number), _package(values), faults)
            ordered.append(row)
            if key in rows:
                row.faults.append(_twice(number, KEY, key, rows[key].place.row))
            elif not key:
                row.faults.append(
                    Fault(
                        Place(MATTERS, number, KEY),
                        "shape.missing",
                        "没有事项序号",
                        "每个事项写一个不重复的序号",
                    )
                )
            else:
                rows[key] = row
        strays = list(_parts(book, rows, spoken))
    _codes_once(ordered)
    for row in ordered:
        row.spoken = frozenset(spoken)
    return ordered + strays


def locate(row: Row, path: str) -> Place:
    """Where a problem of the package (`materials[2].name`) stands in the workbook."""
    found = re.match(r"(\w+)\[(\d+)\](?:\.(.+))?", path)
    if found:
        for sheet, (name, _, columns) in SHEETS.items():
            if name == found[1] and int(found[2]) < len(row.parts.get(name, ())):
                return Place(sheet, row.parts[name][int(found[2])], _title(columns, found[3] or ""))
    for sheet, (name, _, _) in SHEETS.items():
        if name == path and row.parts.get(name):
            return Place(sheet, row.parts[name][0])
    return Place(row.place.sheet, row.place.row, _title(COLUMNS, path))


def _title(columns: tuple[Column, ...], path: str) -> str:
    exact = next((c.title for c in columns if c.path == path), "")
    return exact or next((c.title for c in columns if path and c.path.startswith(path + ".")), "")


def _parts(book: Any, rows: Mapping[str, Row], spoken: set[str]) -> Iterator[Row]:
    """Hang the rows of the other sheets on their matters; rows that belong to nobody are refused on their own."""
    for sheet, (name, prefix, columns) in SHEETS.items():
        if sheet not in book.sheetnames:
            continue
        spoken.add(name)
        for number, key, faults, values in _cells(book[sheet], sheet, columns, spoken, f"{name}."):
            row = rows.get(key)
            if row is None:
                why = f"事项序号“{key}”在“{MATTERS}”表里没有" if key else "没有事项序号"
                lost = Fault(
                    Place(sheet, number, KEY), "workbook.no_matter", why, f"改为“{MATTERS}”表里的序号"
                )
                yield Row(Place(sheet, number), {}, [lost])
                continue
            row.faults += faults
            held = row.package.setdefault(name, [])
            part = _nested(values)
            if prefix:
                part["key"] = f"{prefix}{len(held) + 1}"
            if name == "fees":
                part.setdefault("amount", None)
            if name == "materials":
                part.setdefault("copies", 1)
            held.append(part)
            row.parts.setdefault(name, []).append(number)


def _cells(
    page: Any, sheet: str, columns: tuple[Column, ...], spoken: set[str], under: str = ""
) -> Iterator[tuple[int, str, list[Fault], dict[str, Any]]]:
    """Each filled row: its number, the matter it belongs to, faults, values by path. `spoken` learns what has a column."""
    lines = page.iter_rows(max_col=MOST_COLUMNS)
    head = {str(c.value).strip(): i for i, c in enumerate(next(lines, ())) if c.value is not None}
    needed = [KEY, *(c.title for c in columns[:2])]
    missing = [title for title in needed if title not in head]
    if missing:
        raise WorkbookRefused(f"“{sheet}”表第 1 行缺少列：{'、'.join(missing)}。请用下载的模板填写。")
    spoken |= {under + c.path for c in columns if c.title in head}
    for number, line in enumerate(lines, start=2):
        if number > MOST_ROWS:
            raise WorkbookRefused(f"“{sheet}”表超过 {MOST_ROWS} 行，请分成几个文件导入。")
        if all(c.value is None or not str(c.value).strip() for c in line):
            continue
        faults: list[Fault] = []
        values: dict[str, Any] = {}
        for column in columns:
            i = head.get(column.title)
            cell = line[i] if i is not None and i < len(line) else None
            place = Place(sheet, number, column.title)
            if cell is not None and cell.data_type in ("f", "e"):
                why = "是公式" if cell.data_type == "f" else f"是错误值 {cell.value}"
                faults.append(Fault(place, "workbook.formula", f"单元格{why}", "改为写明的内容"))
                continue
            value = _value(column, cell.value if cell is not None else None, place, faults)
            if value is not _ABSENT:
                values[column.path] = value
        yield number, _text(line[head[KEY]].value), faults, values


def _value(column: Column, raw: Any, place: Place, faults: list[Fault]) -> Any:
    """The cell as what its column says; _ABSENT where it is empty or cannot be that, which `faults` then tells."""
    text = _text(raw)
    if not text:
        return [] if column.kind == "list" else _ABSENT
    if column.kind == "text":
        return text
    if column.kind == "list":
        return [part.strip() for part in _SPLIT.split(text) if part.strip()]
    if column.kind == "whole":
        if re.fullmatch(r"\d{1,5}", text):
            return int(text)
        code, why, mend = "workbook.whole", "不是不小于 0 的整数", "写整数，单位写在单位列"
    elif column.kind == "money":
        if (amount := _money(text)) is not None:
            return amount
        code, why, mend = "workbook.money", "不是金额", "写数字，至多两位小数；没有固定金额的空着"
    else:
        choices = YESNO if column.kind == "yesno" else column.choices
        for word, value in choices.items():
            if text in (word, str(value)):
                return value
        code, why, mend = "workbook.choice", "不在可选范围内", "取值为 " + "、".join(choices)
    faults.append(Fault(place, code, f"“{text}”{why}", mend))
    return _ABSENT


def _money(text: str) -> str | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount < 0 or amount != amount.quantize(Decimal("0.01")):
        return None
    return f"{amount:.2f}"


def _text(raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == datetime.min.time() else raw.isoformat(" ")
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    return str(raw).strip()


def _package(values: dict[str, Any]) -> dict[str, Any]:
    package: dict[str, Any] = {"schema": 1, "matter": {}, "offering": {}, "limits": {}, **_nested(values)}
    package.setdefault("visit_reason", "")
    package.setdefault("discretion", None)
    for name, _, _ in SHEETS.values():
        package.setdefault(name, [])
    package.setdefault("form", {"groups": []})
    package.setdefault("themes", {})
    package.setdefault("params", {})
    if "owner" not in package["matter"] and "org_code" in package["offering"]:
        package["matter"]["owner"] = package["offering"]["org_code"]
    return package


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for path, value in values.items():
        here = made
        *way, last = path.split(".")
        for part in way:
            here = here.setdefault(part, {})
        here[last] = value
    return made


def _codes_once(rows: list[Row]) -> None:
    """The same matter of the same unit may stand in a workbook once."""
    seen: dict[tuple[str, str, str], Row] = {}
    codes: dict[str, Row] = {}
    for row in rows:
        matter, offering = row.package.get("matter", {}), row.package.get("offering", {})
        place = (
            str(matter.get("code", "")),
            str(offering.get("org_code", "")),
            str(offering.get("region", "")),
        )
        first = seen.setdefault(place, row)
        if first is not row and place[0]:
            row.faults.append(_twice(row.place.row, "基本编码", place[0], first.place.row))
            continue
        code = str(offering.get("implementation_code", ""))
        other = codes.setdefault(code, row)
        if code and other is not row:
            row.faults.append(_twice(row.place.row, "实施编码", code, other.place.row))


def _twice(row: int, column: str, value: str, first: int) -> Fault:
    return Fault(
        Place(MATTERS, row, column), "workbook.repeated", f"“{value}”与第 {first} 行重复", "保留一行，或改正"
    )
