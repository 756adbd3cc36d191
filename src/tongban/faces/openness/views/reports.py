"""The desk's pages of annual reports: what is due, the editor with its tables, the requests behind a number, files."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.ui import charts, fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.faces.openness import documents, reminding
from tongban.faces.openness.views.asked import options
from tongban.faces.openness.views.tables import IN_TABLE_2, drawn, file_response
from tongban.platforms.disclosure.models import Record
from tongban.platforms.inquiry.annual import counting, services
from tongban.platforms.inquiry.annual.export import FORMATS, tables, title_of
from tongban.platforms.inquiry.annual.forms import COLUMNS, TOTAL, form_of, sections
from tongban.platforms.inquiry.annual.queries import Due, due_reports, reports_for
from tongban.platforms.inquiry.models import Report
from tongban.platforms.inquiry.queries import inquiries_for, works_for
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import organisation_name, today

PAGE = 50


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """Whose reports are due, and the reports there are; beginning one."""
    account = account_of(request)
    held = scopes(account)
    own = [
        o
        for o in Organisation.objects.filter(pk__in=held.org_ids).order_by("code")
        if works_for(account, o.pk)
    ]
    year = today().year - 1
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not own:
            raise PermissionDenied
        org = next((o for o in own if o.code == request.POST.get("org")), own[0])
        text = request.POST.get("year", "").strip()
        try:
            report = services.begin(account, org, _year(text), whole=request.POST.get("whole") == "1")
            return redirect("openness:report", report_id=report.pk)
        except Refused as refused:
            errors[str(refused.detail.get("field", "year"))] = refused.message
    found = Paginator(reports_for(account), PAGE).get_page(request.GET.get("page"))
    waiting = due_reports(account, year)
    begin = (
        fields.Field("org", _("单位"), "select", request.POST.get("org") or (own[0].code if len(own) == 1 else ""),
            options=options((o.code, organisation_name(o.pk)) for o in own)),
        fields.Field("year", _("年度"), "number", request.POST.get("year", str(year)), error=errors.get("year", ""), unit=_("年")),
        fields.Field("whole", _("范围"), "radio", request.POST.get("whole", "0"),
            options=(fields.Option("0", _("本单位")), fields.Option("1", _("本单位和下级单位汇总")))),
    )  # fmt: skip
    return render(
        request,
        "openness/desk_reports.html",
        {
            "page": workbench(request, _("年度报告"), "reports", subtitle=_("每年1月31日前公布上一年度的报告，政府3月31日前。")),
            "due": parts.table(
                (_("单位"), _("年度"), _("公布期限"), _("进度")),
                [(d.name, str(d.year), cn_date(d.on), _due_chip(d)) for d in waiting[:PAGE]],
                _("还没有公布的"), dense=True, empty=_("都已经公布。"),
            ),
            "more": max(0, len(waiting) - PAGE),
            "reminders": [
                parts.Notice("warn", reminding.words_of(r), _("报告公布以后，这条提醒就没有了。"))
                for r in reminding.reminders_for(account)
            ],
            "table": parts.table(
                (_("报告"), _("版次"), _("状态"), _("公布日期")),
                [
                    (
                        parts.Cell(title_of(r), _("汇总") if r.whole else "", reverse("openness:report", args=[r.pk])), str(r.no),
                        parts.Chip({"draft": "warn", "published": "ok"}.get(r.status, ""), r.get_status_display()),  # type: ignore[arg-type]
                        cn_date(r.published_at) if r.published_at else "—",
                    )
                    for r in found
                ],
                _("起草和公布的报告"), dense=True, empty=_("还没有报告。"),
            ),
            "found": found, "begin": begin if own else (), "summary": fields.summary_of(begin),
        },
        status=422 if errors else 200,
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, report_id: int) -> HttpResponse:
    """One report: its words, the numbers no record gives, the tables as counted, what does not add up; publishing."""
    account = account_of(request)
    row = get_object_or_404(reports_for(account), pk=report_id)
    draft = row.status == Report.Status.DRAFT
    cells = [
        f"{key}.{n}"
        for block in form_of(row.year).table2
        for key, _name in block.rows
        for n in range(len(block.columns))
    ]
    typed = {k: request.POST.get(k, row.sections.get(k, "")) for k in sections()}
    numbers = {c: request.POST.get(c, str(row.stated.get("table2", {}).get(c, ""))) for c in cells}
    errors: dict[str, str] = {}
    problem = ""
    if request.method == "POST":
        try:
            row = services.write(account, row, typed, numbers)
            if request.POST.get("do") == "publish":
                services.publish(account, row)
                messages.success(request, _("年度报告已经公布。"))
            else:
                messages.success(request, _("已保存。"))
            return redirect("openness:report", report_id=row.pk)
        except Refused as refused:
            problem = refused.message
            if "field" in refused.detail:
                errors[str(refused.detail["field"])] = refused.message
    wrong = services.problems(row) if draft else []
    names = sections()

    def href(line: str, column: str) -> str:
        return reverse("openness:cell", args=[row.pk, line, column])

    return render(
        request,
        "openness/desk_report.html",
        {
            "page": workbench(request, title_of(row), "reports",
                subtitle=_("第 %(n)s 版，%(form)s") % {"n": row.no, "form": form_of(row.year).basis}),
            "row": row, "draft": draft, "notice": parts.Notice("bad", problem, _("没有公布，填的内容还在。")) if problem else None,
            "checks": parts.Notice("ok", _("数字已经轧平"), _("新收加结转等于办结加结转，合计和上年结转都对得上。"), slim=True)
            if not wrong else parts.Notice("warn", _("有 %(n)s 处没有轧平") % {"n": len(wrong)}, " ".join(p.words for p in wrong[:5])),
            "words": [
                fields.Field(k, names[k], "textarea", typed[k], "", errors.get(k, ""), k in services.NEEDED, rows=6, wide=True)
                for k in names
            ],
            "numbers": _asked_numbers(row, numbers, errors), "sections": drawn(row, href), "chart": _chart(row),
            "files": [(name, reverse("openness:report-file", args=[row.pk, e])) for e, (_t, name) in FORMATS.items()],
            "may_publish": works_for(account, row.org_id, "approve"),
            "may_write": works_for(account, row.org_id) or works_for(account, row.org_id, "approve"),
        },
        status=422 if problem else 200,
    )  # fmt: skip


@staff_only
@require_safe
def behind(request: HttpRequest, report_id: int, row: str, column: str) -> HttpResponse:
    """The requests behind one number of table 3, or the documents or cases behind one of table 2, as far as one may see them."""
    account = account_of(request)
    report = get_object_or_404(reports_for(account), pk=report_id)
    form = form_of(report.year)
    if column == IN_TABLE_2:
        return _behind_second(request, account, report, row)
    try:
        rows = counting.behind(
            counting.units(report.org_id, report.year, whole=report.whole), report.year, row, column
        )
    except (KeyError, StopIteration):
        raise Http404(_("表里没有这一格")) from None
    seen = Paginator(inquiries_for(account).filter(pk__in=rows.values("pk")), PAGE).get_page(
        request.GET.get("page")
    )
    told = int(tables(report)["table3"][row][column])
    table = parts.table(
        (_("申请内容"), _("申请人"), _("收到"), _("办结"), _("结果")),
        [
            (
                parts.Cell(r.subject, r.number, reverse("openness:one", args=[r.number])), r.get_applicant_type_display(),
                cn_date(r.received_on), cn_date(r.concluded_on) if r.concluded_on else "—", r.outcome_name or "—",
            )
            for r in seen
        ],
        _("计入的申请"), caption_hidden=True, dense=True, empty=_("没有计入的申请。"),
    )  # fmt: skip
    return render(
        request,
        "openness/behind.html",
        {
            "page": workbench(request, f"{form.name(row)}·{COLUMNS[column]}", "reports",
                subtitle=_("%(title)s，表中 %(n)s 件") % {"title": title_of(report), "n": told}),
            "table": table, "found": seen, "report": report, "heading": _("计入的申请"),
            "differs": seen.paginator.count != told,
        },
    )  # fmt: skip


def _behind_second(request: HttpRequest, account: Account, report: Report, cell: str) -> HttpResponse:
    """What the house has of a number of table 2: documents of the catalogue, decisions of cases, or nothing."""
    form, (key, _dot, place) = form_of(report.year), cell.partition(".")
    found = [(b, name) for b in form.table2 for k, name in b.rows if k == key]
    if not found or not place.isdecimal() or int(place) >= len(found[0][0].columns):
        raise Http404(_("表里没有这一格"))
    block, name = found[0]
    column, orgs = block.columns[int(place)], counting.units(report.org_id, report.year, whole=report.whole)
    listed, of_cases = documents.gives(key, column), counting.power_of(key, column)
    table: parts.Table | None = None
    seen: Any = None
    if listed:
        table, seen = _documents(request, account, documents.behind(orgs, report.year, key, column))
    elif of_cases:
        table, seen = _decisions(request, account, orgs, report.year, of_cases)
    told = str(tables(report)["table2"].get(cell, "0"))
    return render(
        request,
        "openness/behind.html",
        {
            "page": workbench(request, f"{name}·{column}", "reports",
                subtitle=_("%(title)s，表中填 %(n)s") % {"title": title_of(report), "n": told}),
            "table": table, "found": seen, "report": report,
            "heading": _("公开目录里的文件") if listed else _("作出决定的办件"),
            "differs": seen is not None and str(seen.paginator.count) != told,
            "nothing": "" if seen is not None else _("这个数字由填报人填写，本平台没有对应的记录。"),
        },
    )  # fmt: skip


def _documents(request: HttpRequest, account: Account, rows: QuerySet[Record]) -> tuple[parts.Table, Any]:
    """The records behind a number that one may see."""
    own = Record.objects.visible_to(account).filter(pk__in=rows.values("pk")).defer("body", "words")
    seen = Paginator(own.order_by("-published_on", "-pk"), PAGE).get_page(request.GET.get("page"))
    cells = [
        (
            parts.Cell(r.title, r.number, reverse("disclosure:record", args=[r.uid])), organisation_name(r.publisher_id),
            cn_date(r.issued_on) if r.issued_on else "—", cn_date(r.published_on) if r.published_on else "—",
            str(r.get_validity_display()),
        )
        for r in seen
    ]  # fmt: skip
    heads = (_("文件"), _("单位"), _("成文"), _("公开"), _("有效性"))
    return parts.table(
        heads, cells, _("计入的文件"), caption_hidden=True, dense=True, empty=_("没有计入的文件。")
    ), seen


def _decisions(
    request: HttpRequest, account: Account, orgs: Collection[int], year: int, power: str
) -> tuple[parts.Table, Any]:
    """The cases of a kind of power that were decided in the year, of those one may see."""
    own = counting.decided_cases(account, orgs, year, power)
    seen = Paginator(own.order_by("-decided_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    cells = [
        (
            parts.Cell(c.title, c.number, reverse("desk:case", args=[c.number])), organisation_name(c.org_id),
            cn_date(c.decided_at) if c.decided_at else "—",
        )
        for c in seen
    ]  # fmt: skip
    return parts.table(
        (_("办件"), _("单位"), _("决定")), cells, _("计入的办件"), caption_hidden=True, dense=True,
        empty=_("没有计入的办件。"),
    ), seen  # fmt: skip


@staff_only
@require_safe
def file(request: HttpRequest, report_id: int, ending: str) -> HttpResponse:
    """A report as a file, a draft too."""
    account = account_of(request)
    row = get_object_or_404(reports_for(account), pk=report_id)
    if ending not in FORMATS:
        raise Http404(_("没有这种格式"))
    record_access(account, "export", f"annual report {row.year}", report=row.pk, format=ending)
    return file_response(row, ending)


def _year(text: str) -> int:
    if not text.isdecimal() or len(text) != 4:
        raise Refused("missing_field", _("请填写四位数的年份。"), detail={"field": "year"})
    return int(text)


def _asked_numbers(
    row: Report, numbers: dict[str, str], errors: dict[str, str]
) -> list[tuple[str, list[fields.Field]]]:
    """The fields of table 2, by block; what cases of the house give is said beside."""
    known = counting.decided(row.org_id, row.year, whole=row.whole)
    listed = documents.counted(
        form_of(row.year), counting.units(row.org_id, row.year, whole=row.whole), row.year
    )
    told = []
    for block in form_of(row.year).table2:
        asked = []
        for key, name in block.rows:
            for n, column in enumerate(block.columns):
                cell = f"{key}.{n}"
                hint = _("本平台办件 %(n)s 件") % {"n": known[cell]} if cell in known else ""
                hint = _("公开目录里 %(n)s 件") % {"n": listed[cell]} if cell in listed else hint
                asked.append(
                    fields.Field(
                        cell,
                        f"{name}·{column}",
                        "number",
                        numbers[cell] or str(listed.get(cell, known.get(cell, ""))),
                        hint,
                        errors.get(cell, ""),
                        required=False,
                    )
                )
        told.append((block.name, asked))
    return told  # fmt: skip


def _chart(row: Report) -> Any:
    """What came of the year's requests, as bars."""
    form, table = form_of(row.year), tables(row)["table3"]
    heads = [r for r in form.table3 if r.level == 1 and r.kind in ("leaf", "head")]
    leaves = form.rows("leaf")

    def together(code: str) -> float | None:
        under = [r.code for r in leaves if r.code == code or r.code.startswith(f"{code}.")]
        return float(sum(int(table[leaf][TOTAL]) for leaf in under))

    values = tuple(together(r.code) for r in heads)
    if not any(values):
        return None
    labels = [r.name.split("）", 1)[-1].split("（")[0][:8] for r in heads]
    return charts.bars(_("办理结果"), labels, [charts.Series(_("件"), values, "b2")], unit=_("件"))


def _due_chip(due: Due) -> parts.Chip:
    draft = _("，已起草") if due.report is not None else ""
    if due.late:
        return parts.Chip("over", _("逾期 %(n)s 天") % {"n": -due.left} + draft)
    return parts.Chip("warn" if due.left <= 30 else "", _("还有 %(n)s 天") % {"n": due.left} + draft)
