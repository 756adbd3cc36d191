"""系统报送: what departments' systems report, for the unit and for who runs the platform; nothing is done here."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.sheets import Value, csv_response, sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_day, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.reporting import overview
from tongban.platforms.reporting.models import Client, Comparison, ReportedObject
from tongban.platforms.reporting.objects import NAMES
from tongban.platforms.reporting.queries import mend
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.queries import organisation_name

PAGE = 50
LAST = 200_000  # rows into a list; whoever wants more narrows it
WEEKS = 14  # days of reconciliation on a page
CHIPS = {"accepted": "ok", "parked": "warn", "refused": "bad", "replaced": ""}


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The clients in this person's scope, and how their reporting stands."""
    account = account_of(request)
    if not overview.may_look(account):
        raise PermissionDenied
    q = request.GET.get("q", "").strip()[:60]
    exporting = request.GET.get("export", "")
    verb = "export" if exporting else "view"
    rows = [
        s
        for s in overview.standings(overview.clients_for(account, verb))
        if not q or q in s.client.name or q in organisation_name(s.client.organisation_id)
    ]
    may_export = bool(scopes(account).of("export"))
    if exporting and may_export:
        record_access(account, "export", "reporting", q=q, rows=len(rows))
        return _export(exporting, _("业务系统报送"), _CLIENTS, (_client_line(s) for s in rows))
    taken, late = sum(s.taken for s in rows), sum(s.late for s in rows)
    hang = sum(s.parked + s.refused for s in rows)
    return render(
        request,
        "reporting/page.html",
        {
            "page": workbench(
                request, _("系统报送"), "reporting",
                subtitle=_("%(n)s 个业务系统；数量为近 %(d)s 天。") % {"n": len(rows), "d": overview.DAYS},
            ),
            "acts": _exports(may_export, {"q": q}),
            "kpis": parts.Kpis(
                (
                    parts.stat(_("接收"), f"{sum(s.accepted for s in rows):,}", _("个对象")),
                    parts.stat(
                        _("超过 24 小时报送"), f"{round(100 * late / taken)}%" if taken else "—", "",
                        _("%(n)s 个") % {"n": f"{late:,}"}, tone="warn" if late else "",
                    ),
                    parts.stat(_("待补"), f"{sum(s.parked for s in rows):,}", _("个"), _("等缺少的对象")),
                    parts.stat(
                        _("拒收"), f"{sum(s.refused for s in rows):,}", _("个"), _("改正后重报"),
                        tone="bad" if hang else "",
                    ),
                )
            ),
            "filter": work.FilterBar(
                reverse("reporting:index"), query=q, query_label=_("系统或单位名称"), label=_("筛选业务系统")
            ),
            "table": parts.table(
                (
                    _("系统"), _("单位"), _("最近报送"), _right(_("批次")), _right(_("接收")),
                    _right(_("超过 24 小时")), _right(_("待补")), _right(_("拒收")),
                ),
                tuple(_client_row(s) for s in rows),
                _("业务系统"), caption_hidden=True, dense=True,
            )
            if rows
            else None,
            "empty": parts.Empty(
                _("没有业务系统"), _("业务系统由平台管理员为单位登记后，在这里看到它报送的情况。"), icon="diagram-3"
            ),
        },
    )  # fmt: skip


@staff_only
@require_safe
def objects(request: HttpRequest, client_id: int) -> HttpResponse:
    """What hangs of one client, newest first; any object by key, case, type, day and state."""
    account, client = account_of(request), _client(request, client_id)
    asked = {
        k: request.GET.get(k, "").replace("\0", "").strip()[:160] for k in ("status", "type", "day", "q")
    }
    rows = overview.objects_wanted(client, asked)
    may_export = scopes(account).of("export").admits(client.organisation_id)
    exporting = request.GET.get("export", "")
    now = datetime.now(CHINA)
    if exporting and may_export:
        record_access(account, "export", f"reporting {client.key_id}", **asked, rows=rows.count())
        return _export(
            exporting, _("报送对象"), _OBJECTS, (_line(o, now) for o in rows.iterator(chunk_size=1000))
        )
    offset = min(whole_number(request.GET.get("after", "")) or 0, LAST)
    found = list(rows[offset : offset + PAGE + 1])
    shown = found[:PAGE]
    numbers = dict(
        Case.objects.visible_to(account)
        .filter(pk__in=[o.case_id for o in shown if o.case_id])
        .values_list("pk", "number")
    )
    return render(
        request,
        "reporting/page.html",
        {
            **_frame(request, client, "objects"),
            "acts": _exports(may_export, asked),
            "filter": work.FilterBar(
                reverse("reporting:objects", args=[client.pk]),
                selects=(
                    _select("status", _("状态"), _("待补和拒收"), ReportedObject.Status.choices, asked["status"]),
                    _select("type", _("对象"), _("全部"), NAMES.items(), asked["type"]),
                ),
                query=asked["q"],
                query_label=_("主键、流水号或代码"),
                hidden={"day": asked["day"]} if overview.day_of(asked["day"]) else None,
                label=_("筛选报送对象"),
            ),
            "table": parts.table(
                (_("对象"), _("状态"), _("说明"), _("发生"), _("收到"), _("等了"), _("办件")),
                tuple(_row(o, now, numbers) for o in shown),
                _("报送对象"), caption_hidden=True, dense=True,
            )
            if shown
            else None,
            "pager": work.BulkBar((), _pager(asked, offset, len(shown), more=len(found) > PAGE), keys=False),
            "empty": parts.Empty(
                _("没有这样的对象"), _("没有待补和拒收的，就是都接收了；已接收的可以按状态查看。"), icon="check2-square"
            ),
        },
    )  # fmt: skip


@staff_only
@require_safe
def batches(request: HttpRequest, client_id: int) -> HttpResponse:
    """The batches of one client, newest first."""
    client = _client(request, client_id)
    offset = min(whole_number(request.GET.get("after", "")) or 0, LAST)
    found = list(client.batches.order_by("-id")[offset : offset + PAGE + 1])
    shown = found[:PAGE]
    columns = (
        _("收到"), _right(_("对象")), _right(_("接收")), _right(_("待补")), _right(_("拒收")), _right(_("重复")),
        _right(_("超过 24 小时")), _right(_("用时")),
    )  # fmt: skip
    return render(
        request,
        "reporting/page.html",
        {
            **_frame(request, client, "batches"),
            "table": parts.table(
                columns,
                tuple(
                    (
                        cn_time(b.received_at), f"{b.objects_count:,}", f"{b.accepted:,}", f"{b.parked:,}",
                        f"{b.refused:,}", f"{b.replayed:,}", f"{b.late:,}", f"{b.milliseconds / 1000:.1f} 秒",
                    )
                    for b in shown
                ),
                _("批次"), caption_hidden=True, dense=True,
            )
            if shown
            else None,
            "pager": work.BulkBar(
                (), _pager({}, offset, len(shown), more=len(found) > PAGE, unit=_("批")), keys=False
            ),
            "empty": parts.Empty(_("还没有报送过"), _("系统用它的密钥签名报送后，批次列在这里。")),
        },
    )  # fmt: skip


@staff_only
@require_safe
def days(request: HttpRequest, client_id: int) -> HttpResponse:
    """Reconciliation: day by day what is held of each type, and what did not agree when the department compared."""
    client = _client(request, client_id)
    until = overview.day_of(request.GET.get("day", "")) or datetime.now(CHINA).date()
    found = overview.days_of(client, until, WEEKS)
    rows: list[tuple[Any, ...]] = []
    for on, held, compared in found:
        for type_ in NAMES:
            here, theirs = held.get(type_), compared.get(type_)
            if here is None and theirs is None:
                continue
            link = f"{reverse('reporting:objects', args=[client.pk])}?{urlencode({'day': on, 'type': type_, 'status': 'accepted'})}"
            rows.append(
                (
                    parts.Cell(cn_day(on), NAMES[type_]),
                    parts.Cell(f"{here.held:,}" if here else "0", "", link),
                    f"{here.parked:,}" if here else "0",
                    parts.Cell(f"{here.digest[:16]}…" if here else "—"),
                    _agreement(client, theirs),
                )
            )
    return render(
        request,
        "reporting/page.html",
        {
            **_frame(request, client, "days"),
            "asked": (fields.Field("day", _("到哪一天"), type="date", value=until.isoformat()),),
            "table": parts.table(
                (_("发生日"), _right(_("这里有")), _right(_("其中待补")), _("摘要"), _("与业务系统比对")),
                tuple(rows),
                _("每日对账"), caption_hidden=True, dense=True,
            )
            if rows
            else None,
            "empty": parts.Empty(
                _("这 %(n)s 天没有报送的对象") % {"n": WEEKS}, _("换一个更早的日期看看。"), icon="calendar3"
            ),
        },
    )  # fmt: skip


@staff_only
@require_safe
def differences(request: HttpRequest, client_id: int, day: str, kind: str) -> HttpResponse:
    """Object by object, what did not agree on one day."""
    client, on = _client(request, client_id), overview.day_of(day)
    found = Comparison.objects.filter(client=client, day=on, type=kind).first() if on else None
    if found is None:
        raise Http404(day)
    rows = tuple(
        (d["key"], d["message"], _said(d["here"]), _said(d["yours"])) for d in found.differences[: found.KEPT]
    )
    return render(
        request,
        "reporting/page.html",
        {
            **_frame(request, client, "days"),
            "notice": parts.Notice(
                "warn" if rows else "ok",
                _("%(day)s “%(type)s”：%(same)s 个一致，%(n)s 个不一致")
                % {
                    "day": cn_day(on), "type": NAMES.get(kind, kind), "same": f"{found.same:,}",
                    "n": f"{found.differing:,}",
                },
                _("%(at)s 由业务系统比对；最多列出 %(n)s 个。") % {"at": cn_time(found.at), "n": found.KEPT},
                slim=True,
            ),
            "table": parts.table(
                (_("来源主键"), _("差异"), _right(_("这里的版本")), _right(_("对方的版本"))),
                rows, _("差异"), caption_hidden=True, dense=True,
            )
            if rows
            else None,
            "empty": parts.Empty(_("没有不一致的"), "", icon="check2-square"),
        },
    )  # fmt: skip


def masked(key_id: str) -> str:
    """A client's key id as it is shown: enough to tell two apart."""
    return f"{key_id[:5]}…{key_id[-2:]}"


_CLIENTS = (
    ("系统", 24), ("客户端", 12), ("单位", 28), ("状态", 8), ("最近报送", 18), ("批次", 8), ("接收", 10),
    ("超过24小时", 10), ("待补", 8), ("最早待补", 18), ("拒收", 8),
)  # fmt: skip
_OBJECTS = (
    ("来源主键", 32), ("版本", 6), ("对象", 14), ("流水号", 22), ("状态", 10), ("代码", 22), ("说明", 44), ("怎么改", 40),
    ("发生时间", 18), ("录入时间", 18), ("收到时间", 18), ("等了（小时）", 10),
)  # fmt: skip


def _client(request: HttpRequest, client_id: int) -> Client:
    found = overview.clients_for(account_of(request)).filter(pk=client_id).first()
    if found is None:
        raise Http404(str(client_id))
    return found


def _frame(request: HttpRequest, client: Client, tab: str) -> dict[str, Any]:
    tabs = (("objects", _("待补和拒收")), ("batches", _("批次")), ("days", _("每日对账")))
    return {
        "page": workbench(
            request, client.name, "reporting",
            subtitle=f"{organisation_name(client.organisation_id)} · {masked(client.key_id)}"
            + (_(" · 已撤销") if client.revoked_at else ""),
        ),
        "back": parts.Act(_("全部系统"), reverse("reporting:index"), small=True),
        "tabs": parts.TabBar(
            _("报送情况"),
            tuple(
                parts.Tab(name, reverse(f"reporting:{key}", args=[client.pk]), current=key == tab)
                for key, name in tabs
            ),
        ),
    }  # fmt: skip


def _client_row(s: overview.Standing) -> tuple[Any, ...]:
    c, base = s.client, reverse("reporting:objects", args=[s.client.pk])
    share = s.late_share
    return (
        parts.Cell(c.name, masked(c.key_id) + (_(" · 已撤销") if c.revoked_at else ""), base),
        organisation_name(c.organisation_id),
        cn_time(s.last) or _("从未"),
        parts.Cell(f"{s.batches:,}", "", reverse("reporting:batches", args=[c.pk])),
        f"{s.accepted:,}",
        "—" if share is None else f"{share}%",
        parts.Cell(
            f"{s.parked:,}",
            _("最早 %(at)s") % {"at": cn_time(s.oldest)} if s.oldest else "",
            f"{base}?status=parked",
        )
        if s.parked
        else "0",
        parts.Cell(f"{s.refused:,}", "", f"{base}?status=refused") if s.refused else "0",
    )


def _client_line(s: overview.Standing) -> tuple[Value, ...]:
    c = s.client
    return (
        c.name, masked(c.key_id), organisation_name(c.organisation_id), _("已撤销") if c.revoked_at else _("在用"),
        s.last, s.batches, s.accepted, s.late, s.parked, s.oldest, s.refused,
    )  # fmt: skip


def _row(o: ReportedObject, now: datetime, numbers: dict[int, str]) -> tuple[Any, ...]:
    number = numbers.get(o.case_id or 0)
    waits = o.status in overview.TROUBLED
    return (
        parts.Cell(o.key, f"{NAMES.get(o.type, _('读不出'))} · {_('第 %(n)s 版') % {'n': o.version}}"),
        parts.Chip(CHIPS[o.status], o.get_status_display()),  # type: ignore[arg-type]
        parts.Cell(o.message or "—", f"{o.code} · {mend(o.code)}" if o.code and mend(o.code) else o.code),
        cn_time(o.occurred_at) if o.type else "—",
        parts.Cell(cn_time(o.received_at), _behind(o) if o.type else ""),
        _age(o, now) if waits else "—",
        parts.Cell(number, "", reverse("desk:case", args=[number])) if number else "—",
    )


def _line(o: ReportedObject, now: datetime) -> tuple[Value, ...]:
    waits = o.status in overview.TROUBLED
    return (
        o.key, o.version, NAMES.get(o.type, ""), o.reported_case.key if o.reported_case else "",
        str(o.get_status_display()), o.code, o.message, mend(o.code), o.occurred_at if o.type else None, o.entered_at,
        o.received_at, int((now - o.received_at).total_seconds() // 3600) if waits else None,
    )  # fmt: skip


def _behind(o: ReportedObject) -> str:
    days_, rest = divmod(int((o.received_at - o.occurred_at).total_seconds()), 86400)
    if days_ >= 1:
        return _("晚 %(n)s 天") % {"n": days_}
    return _("晚 %(n)s 小时") % {"n": rest // 3600} if rest >= 3600 else ""


def _age(o: ReportedObject, now: datetime) -> str:
    hours = int((now - o.received_at).total_seconds() // 3600)
    if hours >= 48:
        return _("%(n)s 天") % {"n": hours // 24}
    return _("%(n)s 小时") % {"n": hours} if hours else _("不到 1 小时")


def _agreement(client: Client, theirs: Comparison | None) -> Any:
    if theirs is None:
        return _("还没有比对")
    if not theirs.differing:
        return parts.Chip("ok", _("一致"))
    href = reverse("reporting:differences", args=[client.pk, theirs.day.isoformat(), theirs.type])
    return parts.Cell(
        _("%(n)s 个不一致") % {"n": f"{theirs.differing:,}"},
        _("%(at)s 比对") % {"at": cn_time(theirs.at)},
        href,
    )


def _said(version: int | None) -> str:
    return "—" if version is None else str(version)


def _right(name: str) -> parts.Column:
    return parts.Column(name, right=True)


def _select(name: str, label: str, every: str, choices: Iterable[tuple[Any, Any]], value: str) -> work.Select:
    options = tuple(fields.Option(str(key), str(text)) for key, text in choices)
    return work.Select(name, label, (fields.Option("", every), *options), value)


def _exports(may: object, asked: dict[str, str]) -> tuple[parts.Act, ...]:
    if not may:
        return ()
    said = {k: v for k, v in asked.items() if v}
    return tuple(
        parts.Act(text, f"?{urlencode({**said, 'export': ending})}", icon="download", small=True)
        for text, ending in ((_("导出 XLSX"), "xlsx"), (_("导出 CSV"), "csv"))
    )


def _export(
    ending: str, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Sequence[Value]]
) -> HttpResponse:
    if ending == "csv":
        return csv_response(name, [title for title, _width in columns], rows)
    return sheet_response(name, columns, rows)


def _pager(asked: dict[str, str], offset: int, shown: int, *, more: bool, unit: str = "个") -> work.Pager:
    def to(n: int) -> str:
        return f"?{urlencode({**{k: v for k, v in asked.items() if v}, 'after': n})}"

    return work.Pager(
        to(max(0, offset - PAGE)) if offset else "", to(offset + PAGE) if more else "", None, shown, unit
    )
