"""The archive: what is filed, found by number, matter, year and period, and handed out to whom the case is work."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.files import download
from tongban.base.sheets import sheet_response
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.models import Case
from tongban.engine.naming import known_among
from tongban.engine.people import scopes
from tongban.engine.queries import sees_personal
from tongban.platforms.papers.erasing import is_erased
from tongban.platforms.papers.models import ArchivePackage, RetentionRule
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

PAGE = 50
LAST_PAGE = 2000


@staff_only
@require_safe
def archive(request: HttpRequest) -> HttpResponse:
    """The filed cases this person may see, newest first; as XLSX with ?export=1 for who may export."""
    account = account_of(request)
    asked = {k: request.GET.get(k, "").strip()[:60] for k in ("q", "year", "period")}
    rows = _found(account, asked)
    may_export = bool(scopes(account).of("export"))
    if request.GET.get("export") and may_export:
        seen = rows.filter(case__in=Case.objects.visible_to(account, "export"))
        record_access(account, "export", "archive", **asked, rows=seen.count())
        return sheet_response(_("归档文件"), _COLUMNS, (_line(p) for p in seen.iterator(chunk_size=500)))
    page = _page(request.GET.get("page", ""))
    count = rows.count()
    found = list(rows[page * PAGE : (page + 1) * PAGE])
    open_to = known_among(account, [p.case_id for p in found])
    table = parts.table(
        tuple(name for name, _width in _COLUMNS),
        tuple(
            (
                parts.Cell(
                    p.archival_number,
                    href=reverse("papers:package", args=[p.pk]) if p.case_id in open_to else "",
                ),
                parts.Cell(p.case.number, "", reverse("desk:case", args=[p.case.number])),
                *_line(p)[2:],
            )
            for p in found
        ),
        _("归档文件"),
        caption_hidden=True,
        dense=True,
    )
    return render(
        request,
        "papers/archive.html",
        {
            "page": workbench(
                request, _("归档文件"), "archive", subtitle=_("%(n)s 件") % {"n": f"{count:,}"}
            ),
            "asked": (
                fields.Field("q", _("档号、办件编号或事项"), value=asked["q"], maxlength=60),
                fields.Field("year", _("归档年度"), value=asked["year"], maxlength=4),
            ),
            "periods": [(v, str(label), v == asked["period"]) for v, label in RetentionRule.Period.choices],
            "table": table if found else None,
            "pager": work.BulkBar((), _pager(asked, page, count, len(found)), keys=False),
            "empty": parts.Empty(_("没有归档文件"), _("办件办结并存证以后，系统自动归档。")),
            "export": f"?{urlencode({**asked, 'export': 1})}" if may_export else "",
        },
    )


@staff_only
@require_safe
def package(request: HttpRequest, package_id: int) -> HttpResponseBase:
    """One package to take away, for those to whom the case is work: it holds personal values."""
    account = account_of(request)
    found = _found(account, {}).filter(pk=package_id).select_related("file").first()
    if found is None or not sees_personal(account, found.case):
        raise Http404(str(package_id))
    if is_erased(found.case_id, found.file_id):
        messages.error(
            request, _("这份归档文件已依法清除，只保留档号和摘要；可以取用清除以后重新归档的一份。")
        )
        return redirect("papers:archive")
    record_access(account, "download", found.case.number, package=found.archival_number)
    return download(found.file, f"{found.archival_number}.zip")


_COLUMNS = (
    ("档号", 28), ("办件编号", 18), ("事项", 36), ("单位", 24), ("归档年度", 10), ("保管期限", 10), ("保管至", 16),
    ("文书", 8), ("归档日期", 16),
)  # fmt: skip


def _line(p: ArchivePackage) -> tuple[str, ...]:
    return (
        p.archival_number, p.case.number, p.case.offering_version.name, organisation_name(p.organisation_id),
        str(p.year), str(RetentionRule.Period(p.period).label), cn_date(p.keep_until) or "永久",
        str(p.documents), cn_date(p.filed_at),
    )  # fmt: skip


def _found(account: Account, asked: dict[str, Any]) -> QuerySet[ArchivePackage]:
    rows = ArchivePackage.objects.filter(case__in=Case.objects.visible_to(account)).select_related(
        "case__offering_version"
    )
    if q := asked.get("q"):
        rows = rows.filter(
            Q(archival_number__startswith=q)
            | Q(case__number=q.upper())
            | Q(case__offering_version__name__contains=q)
        )
    if (year := asked.get("year")) and year.isdecimal() and len(year) == 4:
        rows = rows.filter(year=int(year))
    if asked.get("period") in RetentionRule.Period.values:
        rows = rows.filter(period=asked["period"])
    return rows.order_by("-filed_at", "-id")


def _page(said: str) -> int:
    return min(int(said), LAST_PAGE) if said.isascii() and said.isdecimal() and len(said) < 6 else 0


def _pager(asked: dict[str, str], page: int, count: int, shown: int) -> work.Pager:
    return work.pager(asked, page, more=page * PAGE + shown < count, count=count, shown=shown)
