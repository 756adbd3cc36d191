"""Writing and publishing annual reports. The only code that writes them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from tongban.base.calendar import CHINA
from tongban.base.canonical import canonical, digest
from tongban.engine.errors import Instead, Refused
from tongban.platforms.inquiry.annual import counting
from tongban.platforms.inquiry.annual.forms import (
    COLUMNS,
    RESULTS,
    WAYS,
    Form,
    Problem,
    Table,
    check,
    form_of,
    sections,
)
from tongban.platforms.inquiry.models import Report
from tongban.platforms.inquiry.queries import works_for
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import organisation_name

LONGEST = 20_000
#: Without these a report says nothing; the other sections are their tables.
NEEDED = ("overview", "problems")


def begin(account: Account, org: Organisation, year: int, *, whole: bool = False) -> Report:
    """Begin the report of a year, or a corrected edition of one that was published. Answers with the draft there is.

    Raises Refused: "not_permitted", "no_format" for years before the first regulation, "in_the_future".
    """
    _writes(account, org.pk)
    if year > datetime.now(CHINA).year:
        raise Refused("in_the_future", "还没有到这一年。", detail={"field": "year"})
    try:
        form = form_of(year)
    except KeyError:
        raise Refused("no_format", "2008年以前没有年度报告。", detail={"field": "year"}) from None
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=org.pk)
        rows = Report.objects.filter(org=org, year=year, whole=whole).order_by("-no")
        newest = rows.first()
        if newest is not None and newest.status == Report.Status.DRAFT:
            return newest
        return Report.objects.create(
            org=org, year=year, whole=whole, no=1 if newest is None else newest.no + 1, form=form.key, made_by=account,
            sections=dict(newest.sections) if newest else _opening(org, year),
            stated={"table2": dict(newest.stated.get("table2", {}))} if newest else {},
        )  # fmt: skip


def write(account: Account, report: Report, said: Mapping[str, str], table2: Mapping[str, str]) -> Report:
    """Keep the words of the sections and the numbers of table 2 that no record gives.

    Raises Refused: "not_permitted", "published_already", "out_of_range" (a number that is none; detail field).
    """
    row = _draft(account, report)
    row.sections = {key: said.get(key, row.sections.get(key, "")).strip()[:LONGEST] for key in sections()}
    row.stated = {**row.stated, "table2": _numbers(form_of(row.year), table2)}
    row.save(update_fields=["sections", "stated"])
    return row


def state_tables(account: Account, report: Report, table3: Table, table4: Table) -> Report:
    """Enter tables 3 and 4 of a unit whose requests were kept elsewhere; they must add up by themselves.

    Raises Refused: "not_permitted", "published_already", "not_of_a_whole", "tables_do_not_add_up" (detail: cells).
    """
    row = _draft(account, report)
    if row.whole:
        raise Refused("not_of_a_whole", "汇总的数字由下级单位的报告得出，不能填报。")
    form = form_of(row.year)
    _refuse(form, check(form, table3, table4, None))
    kept = {
        "table3": {r.code: {c: table3[r.code][c] for c in COLUMNS} for r in form.table3 if r.kind != "head"},
        "table4": {w: {r: table4[w][r] for r in RESULTS} for w in WAYS},
    }
    row.stated = {**row.stated, **kept}
    row.save(update_fields=["stated"])
    return row


def problems(report: Report) -> list[Problem]:
    """What in the tables does not add up, last year's carry-over included."""
    tables = counting.tables_of(report.org_id, report.year, whole=report.whole)
    last = counting.last_year(report.org_id, report.year, whole=report.whole)
    before = None if last is None else last.tables["table3"]
    return check(
        tables.form, tables.table3, tables.table4, before, form_of(report.year - 1) if last else None
    )


def publish(account: Account, report: Report) -> Report:
    """Publish: the tables are counted, checked and frozen; an earlier edition is replaced.

    Raises Refused: "not_permitted", "published_already", "not_written" (detail field), "year_not_over",
    "tables_do_not_add_up" (detail: cells), naming the cells.
    """
    if not works_for(account, report.org_id, "approve"):
        raise Refused("not_permitted", "年度报告由本机关负责人同意后公布。")
    with transaction.atomic():
        row = _open(report)
        if datetime.now(CHINA).date() <= date(row.year, 12, 31):
            raise Refused("year_not_over", "这一年还没有过完，年度报告要等年度结束后公布。")
        for key in NEEDED:
            if not row.sections.get(key, "").strip():
                raise Refused("not_written", f"“{sections()[key]}”还没有写。", detail={"field": key})
        tables = counting.tables_of(row.org_id, row.year, whole=row.whole)
        _refuse(tables.form, problems(row))
        Report.objects.filter(org_id=row.org_id, year=row.year, whole=row.whole, status="published").update(
            status="replaced"
        )
        row.tables = {
            "table2": dict(row.stated.get("table2", {})), "table3": tables.table3, "table4": tables.table4,
        }  # fmt: skip
        row.sha256 = digest(canonical(row.tables)).hex()
        row.status, row.published_by, row.published_at = Report.Status.PUBLISHED, account, datetime.now(CHINA)
        row.save()
    return row


def _refuse(form: Form, found: list[Problem]) -> None:
    if found:
        cells = [{"table": p.table, "row": p.row, "column": p.column, "words": p.words} for p in found]
        raise Refused(
            "tables_do_not_add_up", f"数字没有轧平：{found[0].words}" + (f"（共 {len(found)} 处）" if len(found) > 1 else ""),
            (Instead("note", "核对台账"),), {"cells": cells},
        )  # fmt: skip


def _draft(account: Account, report: Report) -> Report:
    _writes(account, report.org_id)
    return _open(report)


def _open(report: Report) -> Report:
    row = Report.objects.get(pk=report.pk)
    if row.status != Report.Status.DRAFT:
        raise Refused("published_already", "年度报告已经公布，要改请另起更正版。")
    return row


def _writes(account: Account, org: int) -> None:
    if not works_for(account, org) and not works_for(account, org, "approve"):
        raise Refused("not_permitted", "年度报告由本单位起草。")


def _numbers(form: Form, given: Mapping[str, str]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for block in form.table2:
        for key, name in block.rows:
            for n, column in enumerate(block.columns):
                text = str(given.get(f"{key}.{n}", "")).strip() or "0"
                money = "万元" in column
                try:
                    number = Decimal(text)
                except InvalidOperation:
                    number = Decimal("NaN")
                signed = "增/减" in column
                wrong = (
                    not number.is_finite()
                    or (number < 0 and not signed)
                    or (not money and number != int(number))
                )
                if wrong:
                    raise Refused(
                        "out_of_range", f"“{name}·{column}”应为数字。", detail={"field": f"{key}.{n}"}
                    )
                kept[f"{key}.{n}"] = text
    return kept


def _opening(org: Organisation, year: int) -> dict[str, Any]:
    name = organisation_name(org.pk)
    first = f"本报告由{name}按照《中华人民共和国政府信息公开条例》和年度报告格式的要求编制，统计期限为{year}年1月1日至12月31日。"
    return {key: first if key == "overview" else "" for key in sections()}
