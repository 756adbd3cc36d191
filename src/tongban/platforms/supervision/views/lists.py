"""The lists behind the figures of the board, to read and to export."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.queries import current_calendar
from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import parts, work
from tongban.base.ui.format import cn_date, cn_day, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.models import Case
from tongban.engine.naming import applicant_names, title_masked
from tongban.engine.people import scopes
from tongban.platforms.supervision import figures
from tongban.platforms.supervision.rules.rule import MOMENT
from tongban.platforms.supervision.views.board import address, cards_of_board, org_asked, period_asked
from tongban.platforms.supervision.views.cards import refused
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import as_of

LISTS = {
    "opened": "申请",
    "accepted": "受理",
    "ended": "办结",
    "kept": "按时办结",
    "broken": "超过承诺期限办结",
    "running": "在办",
    "late": "在办已超承诺期限",
    "stuck": "有环节超时",
}


PAGE = 50


@staff_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The list behind a figure."""
    account, now = account_of(request), datetime.now(CHINA)
    which, period = period_asked(request, now.date())
    what = request.GET.get("what", "ended")
    what = what if what in LISTS else "ended"
    org = org_asked(request)
    only = _only(request)
    rows = _listed(account, what, period, org, now, request.GET.get("step", ""), only)
    count = rows.count()
    offset = whole_number(request.GET.get("after", "")) or 0
    found = list(rows[offset : offset + PAGE])
    names = applicant_names(account, found)
    tree = as_of()
    table = parts.table(
        (_("办件"), _("申请人"), _("单位"), _("环节"), _("受理"), _("承诺期限"), _("决定"), _("按时")),
        tuple(
            (
                parts.Cell(title_masked(c, names[c.pk]), c.number, reverse("desk:case", args=[c.number])),
                names[c.pk],
                tree.nodes[c.org_id].short_name if c.org_id in tree.nodes else "",
                c.stage or c.get_phase_display(),
                cn_time(c.accepted_at) or "—",
                cn_day(c.due_at - MOMENT) if c.due_at else "—",
                cn_time(c.decided_at) or "—",
                _kept_chip(c),
            )
            for c in found
        ),
        LISTS[what],
        caption_hidden=True,
        dense=True,
    )
    here = {"what": what, "period": which, "org": str(org or ""), "step": request.GET.get("step", "")}
    here |= {name: str(pk) for name, pk in only.items()}
    return render(
        request,
        "supervision/cases.html",
        {
            "page": workbench(
                request,
                f"{_(LISTS[what])} {count:,} {_('件')}",
                "board",
                subtitle=_("%(from)s 至 %(to)s") % {"from": cn_date(period.first), "to": cn_date(period.last)}
                + (f" · {tree.nodes[org].name}" if org is not None and org in tree.nodes else ""),
            ),
            "table": table if found else None,
            "pager": work.BulkBar(
                (),
                work.Pager(
                    address(**here, after=str(max(0, offset - PAGE))) if offset else "",
                    address(**here, after=str(offset + PAGE)) if offset + len(found) < count else "",
                    count,
                    len(found),
                ),
                keys=False,
            ),
            "empty": parts.Empty(
                _("一件也没有"), "", (parts.Act(_("回到看板"), reverse("supervision:board"), "primary"),)
            ),
            "export": reverse("supervision:cases_export") + address(**here)
            if scopes(account).of("export")
            else "",
        },
    )


@staff_only
@require_safe
def cases_export(request: HttpRequest) -> HttpResponse:
    """The list behind a figure as XLSX."""
    account, now = account_of(request), datetime.now(CHINA)
    reach = scopes(account).of("export")
    if not reach:
        return refused(request, _("您没有导出权限。"))
    _which, period = period_asked(request, now.date())
    what = request.GET.get("what", "ended")
    what = what if what in LISTS else "ended"
    only = _only(request)
    listed = _listed(account, what, period, org_asked(request), now, request.GET.get("step", ""), only)
    rows = listed.filter(reach.q())
    record_access(account, "export", f"cases/{what}", rows=rows.count())
    tree = as_of()
    return sheet_response(
        _(LISTS[what]),
        (
            (_("编号"), 18),
            (_("标题"), 44),
            (_("单位"), 28),
            (_("阶段"), 12),
            (_("申请时间"), 18),
            (_("受理时间"), 18),
            (_("承诺期限"), 18),
            (_("决定时间"), 18),
            (_("按时"), 8),
        ),
        (
            (
                c.number,
                title_masked(c),
                tree.nodes[c.org_id].name if c.org_id in tree.nodes else "",
                c.get_phase_display(),
                c.opened_at,
                c.accepted_at,
                (c.due_at - MOMENT).astimezone(CHINA).date() if c.due_at else None,
                c.decided_at,
                _kept_word(c),
            )
            for c in rows.iterator(chunk_size=500)
        ),
    )


@staff_only
@require_safe
def units_export(request: HttpRequest) -> HttpResponse:
    """各单位 as XLSX."""
    account, now = account_of(request), datetime.now(CHINA)
    if not scopes(account).of("export"):
        return refused(request, _("您没有导出权限。"))
    _which, period = period_asked(request, now.date())
    rows = figures.units(figures.cases_of(account), cards_of_board(account, None), period, current_calendar())
    tree = as_of()
    record_access(account, "export", "units", rows=len(rows))
    return sheet_response(
        _("各单位运行情况"),
        (
            (_("单位"), 32),
            (_("办结"), 10),
            (_("到期限"), 10),
            (_("按时"), 10),
            (_("按时率 %"), 10),
            (_("平均用时（工作日）"), 18),
            (_("黄牌"), 8),
            (_("红牌"), 8),
        ),
        (
            (
                tree.nodes[u.org_id].name if u.org_id in tree.nodes else "",
                u.ended,
                u.kept.ended,
                u.kept.kept,
                u.kept.share,
                u.days,
                u.yellow,
                u.red,
            )
            for u in rows
        ),
    )


def _only(request: HttpRequest) -> dict[str, int]:
    """The one offering or the one matter that the address names."""
    said = {name: whole_number(request.GET.get(name, "")) for name in ("offering", "matter")}
    return {name: pk for name, pk in said.items() if pk is not None}


def _listed(
    account: Account,
    what: str,
    period: figures.Period,
    org: int | None,
    now: datetime,
    step: str,
    only: Mapping[str, int],
) -> QuerySet[Case]:
    held = figures.cases_of(account, org)
    held = held.filter(**{f"{name}_id": pk for name, pk in only.items()})
    rows = {
        "opened": lambda: held.filter(opened_at__gte=period.begin, opened_at__lt=period.end),
        "accepted": lambda: figures.accepted(held, period),
        "ended": lambda: figures.ended(held, period),
        "kept": lambda: figures.ended(held, period),
        "broken": lambda: figures.ended(held, period),
        "running": lambda: figures.running(held),
        "late": lambda: figures.late(held, now),
        "stuck": lambda: held.filter(
            pk__in=figures.overdue_steps(account, now, None if org is None else [org]).values("case_id")
        ),
    }[what]()
    rows = rows.annotate(kept=figures.KEPT)
    if what in ("kept", "broken"):
        rows = rows.filter(kept=what == "kept")
    if step:
        rows = rows.filter(stage=step)
    return rows.order_by("-opened_at", "-pk")


def _kept_word(case: Any) -> str:
    return {True: _("是"), False: _("否")}.get(case.kept, "")


def _kept_chip(case: Any) -> parts.Chip | str:
    if case.kept is None:
        return parts.Chip("hold", _("计时暂停")) if case.paused else "—"
    return parts.Chip("ok", _("按时")) if case.kept else parts.Chip("over", _("超期"))
