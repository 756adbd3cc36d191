"""督办单: every order one may see, how far each is, its lateness, and the sums of a stretch of time."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.sheets import sheet_response
from tongban.base.text import day_asked, whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date, cn_day, cn_time
from tongban.base.ui.parts import ChipKind
from tongban.base.ui.rail import workbench
from tongban.engine.people import scopes
from tongban.platforms.supervision.cardbox import CHIPS
from tongban.platforms.supervision.models import Order, OrderQuerySet
from tongban.platforms.supervision.orders import ENDING_WORDS, sums
from tongban.platforms.supervision.orders import ORDER_STATES as STATES
from tongban.platforms.supervision.queries import midnight
from tongban.platforms.supervision.rules.rule import MOMENT
from tongban.platforms.supervision.views.cards import refused
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import as_of

PAGE = 30
_CHIPS: Mapping[str, ChipKind] = {
    "verify": "info",
    "answer": "warn",
    "review": "info",
    "escalate": "bad",
    "done": "ok",
}


@staff_only
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The orders one may see, newest first, with how many there are in each state."""
    account = account_of(request)
    asked = _asked(request)
    rows = orders_asked(account, {k: v for k, v in asked.items() if k != "state"})
    counts = dict(rows.order_by().values_list(F("state")).annotate(n=Count("pk")))
    if "state" in asked:
        rows = rows.filter(Q(state=asked["state"]))
    count = rows.count()
    before = whole_number(request.GET.get("after", ""))
    found = list((rows if before is None else rows.filter(pk__lt=before)).select_related("case")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    after = urlencode({**asked, "after": found[-1].pk}) if more else ""
    return render(
        request,
        "supervision/list.html",
        {
            "page": workbench(request, _("督办单 %(n)s 件") % {"n": f"{count:,}"}, "orders",
                              subtitle=_("核实、下发、签收、反馈、复核，每一步有期限；责任单位逾期，黄牌升为红牌。")),
            "kpis": _kpis(account, asked),
            "filter": _filter(asked, counts),
            "table": _table(found) if found else None,
            "pager": work.BulkBar((), work.Pager("", f"?{after}" if after else "", count, len(found)), keys=False),
            "empty": parts.Empty(
                _("没有这样的督办单"), _("换一个条件看看，或者看全部。"),
                (parts.Act(_("看全部"), reverse("supervision:orders")),), "clipboard-check",
            )
            if asked
            else parts.Empty(
                _("还没有督办单"), _("在红黄牌的页面上可以下发督办单。"),
                (parts.Act(_("红黄牌"), reverse("supervision:cards")),), "clipboard-check",
            ),
            "export": reverse("supervision:orders_export") + "?" + urlencode(asked) if scopes(account).of("export") else "",
        },
    )  # fmt: skip


@staff_only
@require_safe
def orders_export(request: HttpRequest) -> HttpResponse:
    """The asked orders as XLSX, of the units one may export from."""
    account = account_of(request)
    reach = scopes(account).of("export")
    if not reach:
        return refused(request, _("您没有导出权限。"))
    asked = _asked(request)
    rows = orders_asked(account, asked).filter(reach.q("case__org_id", "case__matter_id", "case__secrecy"))
    record_access(account, "export", "orders", rows=rows.count())
    names = (
        (_("督办单"), 18), (_("下发方"), 10), (_("办件"), 18), (_("责任单位"), 28), (_("级别"), 8), (_("问题"), 60),
        (_("状态"), 10), (_("环节"), 20), (_("环节期限"), 18), (_("退回次数"), 10), (_("责任单位逾期"), 18),
        (_("下发"), 18), (_("办结"), 18), (_("结论"), 14),
    )  # fmt: skip
    return sheet_response(
        _("督办单"),
        names,
        (
            (
                o.case.number, o.get_issuer_display(), o.about_number, o.org_name, o.get_level_display(), o.problem,
                STATES[o.state], o.step or "", o.due - MOMENT if o.due else None, o.returned, o.late_at, o.opened_at,
                o.settled_at, ENDING_WORDS.get(o.ending, ""),
            )
            for o in rows.select_related("case").iterator(chunk_size=500)
        ),
    )  # fmt: skip


def orders_asked(account: Account, asked: Mapping[str, str]) -> OrderQuerySet:
    """The orders an account may see, as asked, newest first."""
    rows = Order.objects.visible_to(account).told().order_by("-pk")
    exact = {column: asked[key] for key, column in _EXACT.items() if asked.get(key)}
    rows = rows.filter(Q(**exact))
    if asked.get("late") == "now":
        rows = rows.filter(Q(late=True, settled_at=None))
    elif asked.get("late") == "ever":
        rows = rows.filter(late_at__isnull=False)
    if asked.get("returned"):
        rows = rows.filter(Q(returned__gt=0))
    if asked.get("from"):
        rows = rows.filter(opened_at__gte=midnight(date.fromisoformat(asked["from"])))
    if asked.get("to"):
        rows = rows.filter(opened_at__lt=midnight(date.fromisoformat(asked["to"]) + timedelta(days=1)))
    if asked.get("q"):
        text = asked["q"]
        rows = rows.filter(
            Q(case__number__icontains=text) | Q(about_number__icontains=text) | Q(org_name__icontains=text)
            | Q(problem__icontains=text)
        )  # fmt: skip
    return rows


_EXACT = {"state": "state", "issuer": "issuer", "level": "level", "org": "org_id", "ending": "ending"}


def _table(found: list[Order]) -> parts.Table:
    return parts.table(
        (_("督办单"), _("级别"), _("责任单位"), _("状态"), _("期限"), _("退回"), _("下发")),
        tuple(
            (
                parts.Cell(o.case.title, f"{o.case.number} · {o.get_issuer_display()}", reverse("desk:case", args=[o.case.number])),
                CHIPS[o.level],
                o.org_name,
                parts.Chip(_CHIPS[o.state], _(STATES[o.state]) if o.state != "done" else ENDING_WORDS.get(o.ending, _("已办结"))),
                _due(o),
                _("%(n)s 次") % {"n": o.returned} if o.returned else "—",
                cn_time(o.opened_at),
            )
            for o in found
        ),
        _("督办单"),
        caption_hidden=True,
        dense=True,
    )  # fmt: skip


def _due(order: Order) -> parts.Chip | parts.Cell | str:
    if order.settled_at is not None:
        return parts.Cell(cn_time(order.settled_at), _("曾逾期") if order.late_at else "")
    if order.due is None:
        return "—"
    day = cn_day(order.due - MOMENT)
    return (
        parts.Chip("over", _("%(day)s 已超") % {"day": day})
        if order.late
        else parts.Cell(day, order.step or "")
    )


def _kpis(account: Account, asked: Mapping[str, str]) -> parts.Kpis:
    """Sums of the days asked for; of this year when no days are."""
    today = datetime.now(CHINA).date()
    first = date.fromisoformat(asked["from"]) if "from" in asked else today.replace(month=1, day=1)
    last = date.fromisoformat(asked["to"]) if "to" in asked else today
    rows = Order.objects.visible_to(account)
    if "org" in asked:
        rows = rows.filter(org_id=int(asked["org"]))
    found = sums(rows, midnight(first), midnight(last + timedelta(days=1)))
    span = {
        "from": first.isoformat(),
        "to": last.isoformat(),
        **({"org": asked["org"]} if "org" in asked else {}),
    }

    def to(**over: str) -> str:
        return "?" + urlencode({**span, **over})

    share = f"{100 * found['kept'] / found['settled']:.1f}%" if found["settled"] else "—"
    open_late = orders_asked(account, {**span, "late": "now"}).count()
    return parts.Kpis(
        (
            parts.stat(_("下发"), f"{found['issued']:,}", _("件"), _("%(a)s 至 %(b)s") % {"a": cn_date(first), "b": cn_date(last)}, to()),
            parts.stat(_("办结"), f"{found['settled']:,}", _("件"), "", to(state="done")),
            parts.stat(_("按期反馈"), share, "", _("办结的督办单中责任单位没有逾期的"), to(state="done")),
            parts.stat(
                _("正在超期"), f"{open_late:,}", _("件"), _("曾逾期 %(n)s 件") % {"n": found["late"]}, to(late="now"),
                "bad" if open_late else "",
            ),
            parts.stat(_("退回过"), f"{found['returned']:,}", _("件"), _("最多退回两次"), to(returned="1")),
            parts.stat(_("升级"), f"{found['escalated']:,}", _("件"), _("监察建议书、问责移送"), to(ending="escalated")),
        )
    )  # fmt: skip


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the address asks for; what is not valid is not asked."""
    get = request.GET
    known = {
        "state": STATES, "issuer": Order.Issuer.values, "level": ("1", "2", "3"), "late": ("now", "ever"), "returned": ("1",),
        "ending": ENDING_WORDS,
    }  # fmt: skip
    asked = {name: get.get(name, "") for name, values in known.items() if get.get(name, "") in values}
    asked["org"] = get.get("org", "") if whole_number(get.get("org", "")) else ""
    asked["q"] = get.get("q", "").strip()[:60]
    for name in ("from", "to"):
        if day := day_asked(get.get(name, "")):
            asked[name] = day.isoformat()
    return {k: v for k, v in asked.items() if v}


def _filter(asked: Mapping[str, str], counts: Mapping[str, int]) -> work.FilterBar:
    def address(**over: str) -> str:
        return "?" + urlencode({k: v for k, v in {**asked, **over}.items() if v})

    tabs = [parts.Tab(_("全部"), address(state=""), "state" not in asked, sum(counts.values()))]
    tabs += [
        parts.Tab(_(name), address(state=key), asked.get("state") == key, counts.get(key, 0))
        for key, name in STATES.items()
    ]
    said = {
        "org": (_("单位"), _org(asked.get("org", ""))), "from": (_("自"), _written(asked.get("from", ""))),
        "to": (_("至"), _written(asked.get("to", ""))),
        "q": (_("含"), asked.get("q", "")), "returned": (_("退回"), _("退回过")),
        "ending": (_("结论"), ENDING_WORDS.get(asked.get("ending", ""), "")),
    }  # fmt: skip
    tags = tuple(
        (f"{name}：{value}", address(**{key: ""})) for key, (name, value) in said.items() if key in asked
    )
    issuers = (
        fields.Option("", _("全部下发方")),
        *(fields.Option(str(v), str(n)) for v, n in Order.Issuer.choices),
    )
    levels = (fields.Option("", _("全部级别")), *(fields.Option(str(k), c.text) for k, c in CHIPS.items()))
    late = (
        fields.Option("", _("是否逾期")),
        fields.Option("now", _("正在超期")),
        fields.Option("ever", _("曾经逾期")),
    )
    return work.FilterBar(
        reverse("supervision:orders"),
        work.Segmented(tuple(tabs), _("状态")),
        (
            work.Select("issuer", _("下发方"), issuers, asked.get("issuer", "")),
            work.Select("level", _("级别"), levels, asked.get("level", "")),
            work.Select("late", _("逾期"), late, asked.get("late", "")),
        ),
        asked.get("q", ""),
        _("编号、单位或者问题"),
        tags,
        {k: v for k, v in asked.items() if k in ("state", "org", "from", "to", "returned", "ending")},
        label=_("筛选督办单"),
    )


def _written(day: str) -> str:
    """A day of the address as people write it."""
    return cn_date(date.fromisoformat(day)) if day else ""


def _org(key: str) -> str:
    node = as_of().nodes.get(whole_number(key) or 0)
    return node.short_name if node else key
