"""科室在办: where the unit's work stands, by step and by person; every figure opens the list behind it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA, Calendar
from tongban.base.queries import current_calendar
from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import charts, parts, work
from tongban.base.ui.format import cn_day
from tongban.base.ui.rail import workbench
from tongban.engine import kinds
from tongban.engine.models import Case, TaskRow
from tongban.engine.naming import applicant_names, title_masked, title_told
from tongban.engine.people import scopes
from tongban.faces.desk import todo
from tongban.faces.desk.due import last_day, nearness
from tongban.faces.desk.frame import icon_of
from tongban.faces.desk.todo import unit_tasks
from tongban.faces.desk.views.todo import case_list, case_row, case_url, refused
from tongban.platforms.supervision import figures
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import as_of

DAYS = 30
PEOPLE = 12


@staff_only
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """本单位看板."""
    account, now = account_of(request), datetime.now(CHINA)
    tasks = unit_tasks(account)
    calendar = current_calendar()
    cases = unit_cases(account)
    period = figures.Period(now.date() - timedelta(days=DAYS - 1), now.date())
    kept = figures.kept_share(cases, period)
    days = figures.days_used(cases, period, calendar).get(None)
    running = tasks.count()
    late = todo.due_within(tasks, "late", now).count()
    soon = todo.due_within(tasks, "soon", now).count()
    paused = todo.due_within(tasks, "paused", now).count()
    free = tasks.filter(assignee_id=None).count()
    share = kept.share
    kpis = parts.Kpis(
        (
            parts.stat(_("在办环节"), f"{running:,}", _("个"), _("待领 %(n)s 个") % {"n": free}, _list_url()),
            parts.stat(
                _("已超期"), f"{late:,}", _("个"), _("请先办"), _list_url(due="late"), "bad" if late else ""
            ),
            parts.stat(_("两天内到期"), f"{soon:,}", _("个"), "", _list_url(due="soon")),
            parts.stat(_("计时暂停"), f"{paused:,}", _("个"), _("补正、特别程序"), _list_url(due="paused")),
            parts.stat(
                _("按时办结率"),
                "—" if share is None else f"{share}%",
                "",
                _("近 %(d)s 天到期限 %(n)s 件") % {"d": DAYS, "n": kept.ended},
                _list_url(what="ended"),
                "ok" if share is not None and share >= figures.GOAL else "bad" if share is not None else "",
            ),
            parts.stat(
                _("平均用时"),
                "—" if days is None else f"{days}",
                _("个工作日"),
                _("受理到决定，含暂停"),
                _list_url(what="ended"),
            ),
        )
    )
    names = " · ".join(
        n.short_name or n.name for o in sorted(scopes(account).org_ids) if (n := as_of().nodes.get(o))
    )
    return render(
        request,
        "desk/unit.html",
        {
            "page": workbench(
                request,
                names or _("科室在办"),
                "unit",
                subtitle=_("本单位的在办环节，数据截至 %(at)s。") % {"at": f"{now:%H:%M}"},
            ),
            "kpis": kpis,
            "due_href": _list_url(),
            "steps": _by_step(tasks, now),
            "people": _by_person(tasks, now),
            "weeks": _weeks(cases, now),
            "late": _short_list(account, todo.due_within(tasks, "late", now), calendar, now),
            "soon": _short_list(account, todo.due_within(tasks, "soon", now), calendar, now),
            "export": reverse("desk:unit_export") if scopes(account).of("export") else "",
            "late_href": _list_url(due="late"),
            "soon_href": _list_url(due="soon"),
        },
    )


@staff_only
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The list behind a figure of the board."""
    account, now = account_of(request), datetime.now(CHINA)
    calendar = current_calendar()
    asked = _asked(request)
    if asked.get("what") == "ended":
        return _ended(request, account, calendar, now, late_only=asked.get("due") == "late")
    rows = _narrowed(unit_tasks(account), asked, now)
    count = rows.count()
    offset = whole_number(request.GET.get("after", "")) or 0
    found = list(_ordered(rows)[offset : offset + todo.PAGE])
    more = offset + len(found) < count
    listing_ = _list(_("本单位在办"), account, found, calendar, now)
    said = [v for k, v in asked.items() if k == "step"]
    if asked.get("person"):
        said.append(_person(asked["person"]))
    if asked.get("due"):
        said.append(
            {"late": _("已超期"), "soon": _("两天内到期"), "paused": _("计时暂停")}.get(
                asked["due"], asked["due"]
            )
        )
    return render(
        request,
        "desk/list.html",
        {
            "page": workbench(
                request,
                _("在办 %(n)s 个环节") % {"n": count},
                "unit",
                subtitle=" · ".join(said) or _("本单位全部在办环节"),
            ),
            "list": listing_ if found else None,
            "bulk": work.BulkBar(
                (),
                work.Pager(
                    _list_url(**{**asked, "after": str(max(0, offset - todo.PAGE))}) if offset else "",
                    _list_url(**{**asked, "after": str(offset + todo.PAGE)}) if more else "",
                    count,
                    len(found),
                    _("个"),
                ),
            ),
            "acts": (
                parts.Act(_("回到看板"), reverse("desk:unit"), small=True),
                *(
                    (
                        parts.Act(
                            _("导出 XLSX"),
                            f"{reverse('desk:unit_export')}?{urlencode(asked)}",
                            icon="download",
                            small=True,
                        ),
                    )
                    if scopes(account).of("export")
                    else ()
                ),
            ),
            "empty": parts.Empty(
                _("一个也没有"),
                "",
                (parts.Act(_("回到看板"), reverse("desk:unit"), "primary"),),
                "check2-square",
            ),
        },
    )


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The unit's open steps as XLSX."""
    account, now = account_of(request), datetime.now(CHINA)
    reach = scopes(account).of("export")
    if not reach:
        return refused(request, _("您没有导出权限。需要导出的，请联系本单位负责人。"))
    rows = _narrowed(unit_tasks(account), _asked(request), now).filter(
        reach.q("case__org_id", "case__matter_id", "case__secrecy")
    )
    calendar = current_calendar()
    record_access(account, "export", "unit", rows=rows.count())
    return sheet_response(
        _("本单位在办"),
        (
            (_("编号"), 20),
            (_("标题"), 44),
            (_("环节"), 18),
            (_("办理人"), 12),
            (_("转入时间"), 18),
            (_("到期"), 18),
            (_("还剩"), 12),
            (_("催办"), 8),
        ),
        (
            (
                t.case.number,
                title_masked(t.case),
                t.name,
                str(t.assignee) if t.assignee else "",
                t.opened_at,
                last_day(t.due_at) if t.due_at else None,
                nearness(calendar, t.due_at, t.opened_at, now, paused=t.case.paused).words,
                t.urged,
            )
            for t in _ordered(rows).iterator(chunk_size=500)
        ),
    )


def unit_cases(account: Account) -> QuerySet[Case]:
    """The cases of the account's units that are their office work (`CaseQuerySet.of_matters`)."""
    return Case.objects.visible_to(account).of_matters().filter(org_id__in=sorted(scopes(account).org_ids))


def _asked(request: HttpRequest) -> dict[str, str]:
    asked = {k: request.GET.get(k, "")[:100] for k in ("step", "person", "due", "what")}
    return {k: v for k, v in asked.items() if v}


def _narrowed(rows: QuerySet[TaskRow], asked: Mapping[str, str], now: datetime) -> QuerySet[TaskRow]:
    if asked.get("step"):
        rows = rows.filter(name=asked["step"])
    person = asked.get("person", "")
    if person == "free":
        rows = rows.filter(assignee_id=None)
    elif person:
        rows = rows.filter(assignee_id=whole_number(person) or 0)
    return todo.due_within(rows, asked.get("due", ""), now)


def _ordered(rows: QuerySet[TaskRow]) -> QuerySet[TaskRow]:
    return rows.select_related("case", "assignee").order_by(F("due_at").asc(nulls_last=True), "case_id", "no")


def _list_url(**asked: str) -> str:
    return reverse("desk:unit_list") + (f"?{urlencode(asked)}" if asked else "")


def _person(key: str) -> str:
    if key == "free":
        return _("待领")
    pk = whole_number(key)
    return (
        str(Account.objects.filter(pk=pk).values_list("display_name", flat=True).first() or "") if pk else ""
    )


def _by_step(tasks: QuerySet[TaskRow], now: datetime) -> work.Rank:
    rows = (
        tasks.values("name")
        .annotate(
            n=Count("no"),
            late=Count("no", filter=Q(due_at__lte=now, case__paused=False)),
            free=Count("no", filter=Q(assignee_id=None)),
        )
        .order_by("-n")
    )
    found = list(rows)
    most = max((r["n"] for r in found), default=1)
    return work.Rank(
        (
            parts.Column(_("环节")),
            parts.Column(_("在办"), right=True),
            parts.Column(_("多少"), hidden_name=True),
            parts.Column(_("待领"), right=True),
            parts.Column(_("超期"), right=True),
        ),
        tuple(
            (
                parts.Cell(r["name"], href=_list_url(step=r["name"])),
                str(r["n"]),
                charts.meter(100 * r["n"] / most, css="b2"),
                str(r["free"] or "–"),
                parts.Cell(str(r["late"]), href=_list_url(step=r["name"], due="late")) if r["late"] else "–",
            )
            for r in found
        ),
        _("各环节在办"),
    )


def _by_person(tasks: QuerySet[TaskRow], now: datetime) -> work.Rank:
    rows = (
        tasks.values("assignee_id", "assignee__display_name")
        .annotate(n=Count("no"), late=Count("no", filter=Q(due_at__lte=now, case__paused=False)))
        .order_by("-n")
    )
    found = list(rows[:PEOPLE])
    most = max((r["n"] for r in found), default=1)

    def key(r: Mapping[str, Any]) -> str:
        return "free" if r["assignee_id"] is None else str(r["assignee_id"])

    return work.Rank(
        (
            parts.Column(_("谁")),
            parts.Column(_("在办"), right=True),
            parts.Column(_("多少"), hidden_name=True),
            parts.Column(_("超期"), right=True),
        ),
        tuple(
            (
                parts.Cell(
                    r["assignee__display_name"] or _("待领（还没有人领）"), href=_list_url(person=key(r))
                ),
                str(r["n"]),
                charts.meter(100 * r["n"] / most, css="b2"),
                parts.Cell(str(r["late"]), href=_list_url(person=key(r), due="late")) if r["late"] else "–",
            )
            for r in found
        ),
        _("各人在办"),
    )


def _weeks(cases: QuerySet[Case], now: datetime) -> charts.Chart:
    weeks = figures.weeks(cases, now.date())
    return charts.bars(
        _("每周办结"),
        tuple(f"{w.first.month}-{w.first.day:02}" for w in weeks),
        (charts.Series(_("办结"), tuple(w.ended for w in weeks), "b2"),),
        unit=_(" 件"),
        note=_("按周一所在日；最后一周到今天。"),
        height=190,
        width=560,
    )


def _short_list(
    account: Account, rows: QuerySet[TaskRow], calendar: Calendar, now: datetime
) -> work.WorkList | None:
    found = list(_ordered(rows)[:6])
    return _list(_("最急的"), account, found, calendar, now) if found else None


def _list(
    caption: str, account: Account, found: list[TaskRow], calendar: Calendar, now: datetime
) -> work.WorkList:
    names = applicant_names(account, (t.case for t in found))
    columns = tuple(
        parts.Column(c) for c in (_("到期"), _("类别"), _("标题"), _("编号"), _("环节"), _("办理人"))
    )
    return work.WorkList(
        caption,
        columns,
        tuple(
            work.Row(
                f"{t.case_id}.{t.no}",
                title_told(t.case, names[t.case_id]),
                case_url(t.case),
                _("%(day)s 转入") % {"day": cn_day(t.opened_at)},
                nearness(calendar, t.due_at, t.opened_at, now, paused=t.case.paused).cell(),
                kinds.kind(t.case.kind).name,
                icon_of(t.case.kind),
                (t.case.number, t.name, str(t.assignee) if t.assignee else _("待领")),
            )
            for t in found
        ),
    )


def _ended(
    request: HttpRequest, account: Account, calendar: Calendar, now: datetime, *, late_only: bool
) -> HttpResponse:
    period = figures.Period(now.date() - timedelta(days=DAYS - 1), now.date())
    rows = figures.ended(unit_cases(account), period).annotate(kept=figures.KEPT).filter(kept__isnull=False)
    if late_only:
        rows = rows.filter(kept=False)
    found = list(rows.order_by("kept", "-decided_at", "-pk")[:200])
    words = {True: _("按时"), False: _("超过承诺期限")}
    names = applicant_names(account, found)
    shown = tuple(replace(case_row(c, names[c.pk], calendar, now), note=words[c.kept]) for c in found)
    return render(
        request,
        "desk/list.html",
        {
            "page": workbench(
                request,
                _("近 %(d)s 天到期限终点 %(n)s 件") % {"d": DAYS, "n": rows.count()},
                "unit",
                subtitle=_("没有按时的在最前面；最多列出 200 件。"),
            ),
            "list": case_list(_("已到期限终点的办件"), shown) if shown else None,
            "bulk": work.BulkBar(()),
            "acts": (
                parts.Act(_("回到看板"), reverse("desk:unit"), small=True),
                parts.Act(_("只看超期"), _list_url(what="ended", due="late"), small=True),
            ),
            "empty": parts.Empty(
                _("这段时间没有"), "", (parts.Act(_("回到看板"), reverse("desk:unit"), "primary"),)
            ),
        },
    )
