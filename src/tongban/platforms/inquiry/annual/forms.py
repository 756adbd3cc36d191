"""The formats of the annual report by year, and the arithmetic that its tables must satisfy. Pure; from `data/reports.json`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from tongban.platforms.inquiry.rules import APPLICANTS, OUTCOMES

#: Columns of table 3: who asked, and all of them together.
TOTAL = "total"
COLUMNS: Mapping[str, str] = {**APPLICANTS, TOTAL: "总计"}
#: Columns of table 4: what came of it, and all of them together.
RESULTS: Mapping[str, str] = {
    "upheld": "结果维持", "corrected": "结果纠正", "other": "其他结果", "pending": "尚未审结", TOTAL: "总计",
}  # fmt: skip
WAYS: Mapping[str, str] = {
    "review": "行政复议",
    "direct": "行政诉讼：未经复议直接起诉",
    "after": "行政诉讼：复议后起诉",
}

Table = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of table 3. `kind`: new, carried, head (no numbers), leaf, sum, next."""

    code: str
    name: str
    level: int
    kind: str


@dataclass(frozen=True, slots=True)
class Block:
    """One block of table 2: its columns, and its rows as (key, name). A cell is "key.column number"."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A format of the report, in use from a year on; `leaf` is the row of each outcome."""

    key: str
    since: int
    basis: str
    table2: tuple[Block, ...]
    table3: tuple[Row, ...]
    leaf: Mapping[str, str]

    def rows(self, *kinds: str) -> tuple[Row, ...]:
        """The rows of these kinds."""
        return tuple(r for r in self.table3 if r.kind in kinds)

    def name(self, code: str) -> str:
        """What a row is called, with the headings above it, so that a cell can be found."""
        row = next(r for r in self.table3 if r.code == code)
        above = [r.name for r in self.table3 if r.kind == "head" and code.startswith(f"{r.code}.")]
        return "·".join([*(n.split("、")[-1] if n[0] in "一二三四" else n for n in above), row.name])


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not add up: the cell by row and column, and why."""

    table: str
    row: str
    column: str
    words: str


def form_of(year: int) -> Form:
    """The format that reports about a year have. Raises KeyError before the first regulation."""
    held = [f for f in forms() if f.since <= year]
    if not held:
        raise KeyError(year)
    return held[-1]


def sections() -> Mapping[str, str]:
    """The six sections: key → heading."""
    return {s["key"]: s["name"] for s in _book()["sections"]}


def empty(form: Form) -> Table:
    """Table 3 with nothing in it."""
    return {r.code: dict.fromkeys(COLUMNS, 0) for r in form.table3 if r.kind != "head"}


def filled(form: Form, counts: Iterable[tuple[str, str, int]]) -> Table:
    """Table 3 from counts (row, column, number), with its sums: (七) and the column 总计."""
    table = empty(form)
    for code, column, number in counts:
        table[code][column] += number
    for row in table.values():
        row[TOTAL] = sum(row[c] for c in APPLICANTS)
    total = form.rows("sum")[0].code
    table[total] = {c: sum(table[r.code][c] for r in form.rows("leaf")) for c in COLUMNS}
    return table


def disputes(counts: Iterable[tuple[str, str, int]]) -> Table:
    """Table 4 from counts (way, result, number), with its totals."""
    table: Table = {way: dict.fromkeys(RESULTS, 0) for way in WAYS}
    for way, result, number in counts:
        table[way][result] += number
    for row in table.values():
        row[TOTAL] = sum(row[r] for r in RESULTS if r != TOTAL)
    return table


def added(tables: Iterable[Table]) -> Table:
    """Tables of several units, cell by cell."""
    whole: Table = {}
    for table in tables:
        for code, row in table.items():
            kept = whole.setdefault(code, dict.fromkeys(row, 0))
            for column, number in row.items():
                kept[column] = kept.get(column, 0) + number
    return whole


def check(
    form: Form, table3: Table, table4: Table, last: Table | None, last_form: Form | None = None
) -> list[Problem]:
    """What does not add up (勾稽关系), with the cell named; `last` is table 3 of the year before, as it was published."""
    return [
        *_whole_numbers("3", table3, (r.code for r in form.table3 if r.kind != "head"), COLUMNS),
        *_whole_numbers("4", table4, WAYS, RESULTS),
    ] or [*_table3(form, table3), *_carried(form, table3, last, last_form or form), *_table4(table4)]


def cell_words(form: Form, row: str, column: str) -> str:
    """A cell as a person finds it."""
    return f"“{form.name(row)}”·{COLUMNS[column]}"


def _table3(form: Form, table: Table) -> Iterator[Problem]:
    new, carried, total, following = (form.rows(k)[0].code for k in ("new", "carried", "sum", "next"))
    for column in COLUMNS:
        leaves = sum(table[r.code][column] for r in form.rows("leaf"))
        if table[total][column] != leaves:
            words = f"{cell_words(form, total, column)}为 {table[total][column]}，各项结果之和是 {leaves}。"
            yield Problem("3", total, column, words)
        came = table[new][column] + table[carried][column]
        went = table[total][column] + table[following][column]
        if came != went:
            words = f"{COLUMNS[column]}：本年新收加上年结转是 {came}，办理结果总计加结转下年度是 {went}，应当相等。"
            yield Problem("3", following, column, words)
    for row in form.table3:
        if row.kind != "head" and table[row.code][TOTAL] != (
            six := sum(table[row.code][c] for c in APPLICANTS)
        ):
            words = (
                f"{cell_words(form, row.code, TOTAL)}为 {table[row.code][TOTAL]}，六类申请人之和是 {six}。"
            )
            yield Problem("3", row.code, TOTAL, words)


def _carried(form: Form, table: Table, last: Table | None, last_form: Form) -> Iterator[Problem]:
    if last is None:
        return
    carried, before = form.rows("carried")[0].code, last_form.rows("next")[0].code
    for column in COLUMNS:
        here, there = table[carried][column], last[before][column]
        if here != there:
            words = f"{cell_words(form, carried, column)}为 {here}，上一年度报告的“结转下年度继续办理”是 {there}，应当相等。"
            yield Problem("3", carried, column, words)


def _table4(table: Table) -> Iterator[Problem]:
    for way, name in WAYS.items():
        four = sum(table[way][r] for r in RESULTS if r != TOTAL)
        if table[way][TOTAL] != four:
            words = f"“{name}”·总计为 {table[way][TOTAL]}，四种结果之和是 {four}。"
            yield Problem("4", way, TOTAL, words)


def _whole_numbers(name: str, table: Table, rows: Iterable[str], columns: Iterable[str]) -> Iterator[Problem]:
    columns = tuple(columns)
    for row in rows:
        for column in columns:
            number = table.get(row, {}).get(column)
            if not isinstance(number, int) or isinstance(number, bool) or number < 0:
                yield Problem(name, row, column, f"表{name}第 {row} 行“{column}”应为不小于零的整数。")


@lru_cache(maxsize=1)
def forms() -> tuple[Form, ...]:
    """Every format, oldest first."""
    return tuple(
        Form(
            f["key"], f["since"], f["basis"],
            tuple(Block(b["name"], tuple(b["columns"]), tuple((r["key"], r["name"]) for r in b["rows"])) for b in f["table2"]),
            tuple(Row(**r) for r in f["table3"]),
            {key: f["leaf"].get(key, outcome.row) for key, outcome in OUTCOMES.items()},
        )
        for f in _book()["forms"]
    )  # fmt: skip


@lru_cache(maxsize=1)
def _book() -> Mapping[str, Any]:
    text = files("tongban.platforms.inquiry").joinpath("data/reports.json").read_text(encoding="utf-8")
    said: dict[str, Any] = json.loads(text)
    return said
