"""监察看板 and the lists behind its figures, and the wall."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.queries import current_calendar
from tongban.base.text import whole_number
from tongban.base.ui import charts, fields, parts, work
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.figures import idle_units, runs_for
from tongban.engine.models import Case
from tongban.engine.naming import title_masked
from tongban.engine.people import scopes
from tongban.platforms.supervision import figures
from tongban.platforms.supervision.cardbox import CHIPS
from tongban.platforms.supervision.models import Card, Order
from tongban.platforms.supervision.orders import ORDER_STATES
from tongban.platforms.supervision.queries import with_titles
from tongban.platforms.supervision.rules.rule import FAMILIES, MOMENT
from tongban.platforms.supervision.views.cards import refused
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import as_of

PERIODS = {"month": "本月", "30": "近 30 天", "last": "上月", "90": "近 90 天", "year": "本年"}
UNITS = 12
HEAT_ROWS, HEAT_COLUMNS = 8, 6


@staff_only
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """行政权力运行监察."""
    account, now = account_of(request), datetime.now(CHINA)
    if not (scopes(account).of("supervise") or scopes(account).of("view")):
        return refused(request, _("您没有可以看的单位。"))
    which, period = period_asked(request, now.date())
    org = org_asked(request)
    shown = _shown(account, which, period, org, now)
    orgs = _orgs(account)
    return render(
        request,
        "supervision/board.html",
        {
            "page": workbench(
                request,
                _("行政权力运行监察"),
                "board",
                subtitle=_("%(from)s 至 %(to)s · %(n)s 个单位 · 数据截至 %(at)s，由办件记录自动算出")
                % {
                    "from": cn_date(period.first),
                    "to": cn_date(period.last),
                    "n": len(orgs),
                    "at": f"{now:%H:%M}",
                },
            ),
            "choices": work.FilterBar(
                reverse("supervision:board"),
                work.Segmented(
                    tuple(
                        parts.Tab(_(name), address(period=key, org=org), key == which)
                        for key, name in PERIODS.items()
                    ),
                    _("时间"),
                ),
                (
                    work.Select(
                        "org",
                        _("单位"),
                        (
                            fields.Option("", _("全部单位")),
                            *(fields.Option(str(pk), name) for pk, name in orgs),
                        ),
                        str(org or ""),
                    ),
                ),
                query_label=_("办件、单位或责任人"),
                hidden={"period": which},
                label=_("看哪段时间、哪个单位"),
            ),
            "orgs": orgs,
            "org": org,
            "which": which,
            "wall": reverse("supervision:wall") if scopes(account).of("supervise") else "",
            "export": reverse("supervision:units_export") + address(period=which)
            if scopes(account).of("export")
            else "",
            **shown,
        },
    )


def _shown(
    account: Account, which: str, period: figures.Period, org: int | None, now: datetime
) -> dict[str, Any]:
    held, cards = figures.cases_of(account, org), cards_of_board(account, org)
    calendar, tree = current_calendar(), as_of()
    kept, was = figures.kept_share(held, period), figures.kept_share(held, period.before)
    days = figures.days_used(held, period, calendar).get(None)
    given = dict(figures.in_force(cards, period).values_list("level").annotate(n=Count("pk")).order_by())
    accepted, accepted_before = (
        figures.accepted(held, period).count(),
        figures.accepted(held, period.before).count(),
    )
    ended = figures.ended(held, period).count()
    running, late = figures.running(held).count(), figures.late(held, now).count()
    span = {"period": which, "org": str(org or "")}
    dates = {"from": period.first.isoformat(), "to": period.last.isoformat(), "org": str(org or "")}
    idle = _("零办件单位 %(n)s 个") % {"n": _idle(account, period)} if org is None else ""
    kpis = parts.Kpis(
        (
            parts.stat(
                _("受理"),
                f"{accepted:,}",
                _("件"),
                _change(accepted, accepted_before),
                _list(what="accepted", **span),
            ),
            parts.stat(
                _("办结"),
                f"{ended:,}",
                _("件"),
                _("在办 %(n)s") % {"n": f"{running:,}"},
                _list(what="ended", **span),
            ),
            parts.stat(
                _("按时办结率"),
                "—" if kept.share is None else f"{kept.share}%",
                "",
                _points(kept, was),
                _list(what="broken", **span),
                "ok"
                if kept.share is not None and kept.share >= figures.GOAL
                else "bad"
                if kept.share is not None
                else "",
            ),
            parts.stat(
                _("平均用时"),
                "—" if days is None else f"{days}",
                _("个工作日"),
                _("受理到决定，含暂停"),
                _list(what="ended", **span),
            ),
            parts.Stat(
                _("黄牌 / 红牌"),
                (
                    parts.Figure(str(given.get(2, 0)), _("黄"), _cards_url(level="2", **dates)),
                    parts.Figure(
                        str(given.get(3, 0)),
                        _("红"),
                        _cards_url(level="3", **dates),
                        "bad" if given.get(3) else "",
                    ),
                ),
                _("预警 %(n)s 次，不含撤销和已升级的") % {"n": given.get(1, 0)},
            ),
            parts.Stat(
                _("在办已超期"),
                (parts.Figure(f"{late:,}", _("件"), _list(what="late", **span), "bad" if late else ""),),
                idle,
            ),
        )
    )
    weeks = figures.weeks(held, now.date(), 9)
    labels = tuple(f"{w.first.month}-{w.first.day:02}" for w in weeks)
    shares = tuple(w.kept.share for w in weeks)
    low = min([90.0, *(s - 1 for s in shares if s is not None)])
    low = max(0, int(low // 5 * 5))
    families = figures.by_family(cards, period)
    units = figures.units(held, cards, period, calendar)
    grades: tuple[tuple[str, charts.Ramp], ...] = ((_("预警"), "b3"), (_("黄"), "bx"), (_("红"), "bbad"))
    return {
        "kpis": kpis,
        "rate": charts.line_chart(
            _("按时办结率，按周"),
            labels,
            (charts.Series(_("按时办结率"), shares),),
            low=low,
            high=100,
            goal=figures.GOAL,
            unit="%",
            ticks=tuple(range(low, 101, 5 if 100 - low <= 30 else 20)),
            note=_("纵轴从 %(low)s%% 起，虚线为目标 %(goal)s%%。") % {"low": low, "goal": figures.GOAL},
            height=150,
        ),
        "done": charts.bars(
            _("办结量，按周"),
            labels,
            (charts.Series(_("办结"), tuple(w.ended for w in weeks), "b2"),),
            unit=_(" 件"),
            note=_("横轴是每周的周一；最后一周到今天。"),
            height=170,
        ),
        "families": charts.stacked(
            _("红黄牌，按规则族"),
            tuple(FAMILIES.values()),
            tuple(
                charts.Series(name, tuple(families.get(f, (0, 0, 0))[i] for f in FAMILIES), css)
                for i, (name, css) in enumerate(grades)
            ),
        ),
        "family_links": [
            (name, _cards_url(family=key, **dates), sum(families.get(key, (0, 0, 0))))
            for key, name in FAMILIES.items()
        ],
        "found": sum(sum(v) for v in families.values()),
        "rank": _rank(units[:UNITS], tree.nodes, {"period": which}, dates),
        "rank_note": _("条形从 80%% 起，竖线为目标 %(goal)s%% · 显示 %(n)s / %(m)s")
        % {"goal": figures.GOAL, "n": min(UNITS, len(units)), "m": len(units)},
        "feed": feed_of(cards, tree.nodes, 7),
        "feed_href": _cards_url(org=str(org or "")),
        "heat": _heat(account, org, now),
        "heat_href": _list(what="stuck", **span),
        "orders": _orders(account, org),
        "appeals": list(cards.filter(status=Card.Status.APPEALED).order_by("issued_at")[:5]),
        "longest": _longest(held, now, tree.nodes),
        "late_href": _list(what="late", **span),
        "rules": _by_rule(cards, period, dates),
    }


def _rank(
    units: list[figures.Unit], nodes: Mapping[int, Any], span: Mapping[str, str], dates: Mapping[str, str]
) -> work.Rank:
    rows = []
    for u in units:
        node = nodes.get(u.org_id)
        share = u.kept.share
        css: charts.Ramp = (
            "bnone"
            if share is None
            else "bok"
            if share >= figures.GOAL
            else "bx"
            if share >= figures.GOAL - 5
            else "bbad"
        )
        chip = (
            parts.Chip("", _("无期限件"))
            if share is None
            else {
                "bok": parts.Chip("ok", _("达标")),
                "bx": parts.Chip("warn", _("接近")),
                "bbad": parts.Chip("bad", _("未达")),
            }[css]
        )
        org = {**dates, "org": str(u.org_id)}
        rows.append(
            (
                parts.Cell(
                    node.short_name or node.name if node else "", href=address(**span, org=str(u.org_id))
                ),
                parts.Cell(f"{u.ended:,}", href=_list(what="ended", **span, org=str(u.org_id))),
                parts.Cell(f"{share}%", href=_list(what="broken", **span, org=str(u.org_id)))
                if share is not None
                else "—",
                charts.meter(share or 0, goal=figures.GOAL, low=80, css=css),
                chip,
                "—" if u.days is None else _("%(d)s 天") % {"d": u.days},
                parts.Cell(str(u.yellow), href=_cards_url(**{**org, "level": "2"})) if u.yellow else "–",
                parts.Cell(str(u.red), href=_cards_url(**{**org, "level": "3"})) if u.red else "–",
            )
        )
    return work.Rank(
        (
            parts.Column(_("单位")),
            parts.Column(_("办结"), right=True),
            parts.Column(_("按时率"), right=True),
            parts.Column(_("按时率条形"), hidden_name=True),
            parts.Column(_("评价")),
            parts.Column(_("平均用时"), right=True),
            parts.Column(_("黄牌"), right=True),
            parts.Column(_("红牌"), right=True),
        ),
        tuple(rows),
        _("各单位"),
    )


def _orders(account: Account, org: int | None) -> list[tuple[str, str, int, str]]:
    """How many supervision orders stand where, and how many are late: (name, address, how many, css)."""
    rows = Order.objects.visible_to(account).filter(settled_at=None)
    if org is not None:
        rows = rows.filter(org_id=org)
    open_ = rows.told().order_by()
    counts = dict(open_.values_list(F("state")).annotate(n=Count("pk")))
    place = {"org": str(org or "")}
    found = [
        (_(name), reverse("supervision:orders") + address(state=key, **place), counts.get(key, 0), "")
        for key, name in ORDER_STATES.items()
        if key != "done"
    ]
    late = open_.filter(Q(late=True)).count()
    return [
        *found,
        (
            _("正在超期"),
            reverse("supervision:orders") + address(late="now", **place),
            late,
            "bad" if late else "",
        ),
    ]


def _longest(
    held: QuerySet[Case], now: datetime, nodes: Mapping[int, Any]
) -> list[tuple[parts.Chip, str, str, str]]:
    """The running cases farthest beyond their promise: (how far, title, address, unit and number)."""
    calendar = current_calendar()
    rows = []
    for c in figures.late(held, now).order_by("due_at", "pk")[:7]:
        days = (
            calendar.W(now.date()) - calendar.W((c.due_at - MOMENT).astimezone(CHINA).date())
            if c.due_at
            else 0
        )
        node = nodes.get(c.org_id)
        rows.append(
            (
                parts.Chip("over", _("超 %(n)s 天") % {"n": days} if days else _("已超期")),
                title_masked(c),
                reverse("desk:case", args=[c.number]),
                f"{node.short_name if node else ''} · {c.stage} · {c.number}",
            )
        )
    return rows


def _by_rule(
    cards: QuerySet[Card], period: figures.Period, dates: Mapping[str, str]
) -> list[tuple[str, str, int]]:
    """The rules that found most in the period: (name, address, how often)."""
    rows = (
        figures.in_force(cards, period)
        .values_list("rule", "rule_name")
        .annotate(n=Count("pk"))
        .order_by("-n")[:6]
    )
    return [(f"{rule} {name}", _cards_url(**{**dates, "rule": rule}), n) for rule, name, n in rows]


def feed_of(cards: QuerySet[Card], nodes: Mapping[int, Any], count: int) -> work.Feed:
    """The latest cards."""
    items = []
    for c in with_titles(cards).order_by("-issued_at", "-pk")[:count]:
        node = nodes.get(c.org_id)
        at = c.issued_at.astimezone(CHINA)
        items.append(
            work.FeedItem(
                CHIPS[c.level],
                f"{c.rule} {c.rule_name}",
                reverse("supervision:card", args=[c.pk]),
                f"{at:%H:%M}" if at.date() == datetime.now(CHINA).date() else f"{at:%m-%d %H:%M}",
                f"{node.short_name if node else c.org_name} · {c.title} {c.case_number}",
            )
        )
    return work.Feed(tuple(items))


def _heat(account: Account, org: int | None, now: datetime) -> charts.Chart | None:
    rows = figures.overdue_steps(account, now, None if org is None else [org])
    found = list(rows.values_list("org_id", "name").annotate(n=Count("no")).order_by())
    if not found:
        return None
    nodes = as_of().nodes
    by_step: dict[str, int] = {}
    by_org: dict[int, int] = {}
    for pk, name, n in found:
        by_step[name] = by_step.get(name, 0) + n
        by_org[pk] = by_org.get(pk, 0) + n
    steps = sorted(by_step, key=lambda s: -by_step[s])[:HEAT_COLUMNS]
    orgs = sorted(by_org, key=lambda o: -by_org[o])[:HEAT_ROWS]
    grid = {(pk, name): n for pk, name, n in found}
    names = [(nodes[o].short_name if o in nodes else "", [grid.get((o, s), 0) for s in steps]) for o in orgs]
    return charts.heat(_("各单位各环节超时件数"), steps, [(n[:8], v) for n, v in names])


def cards_of_board(account: Account, org: int | None) -> QuerySet[Card]:
    """The cards a board of this account is about."""
    rows = Card.objects.visible_to(account)
    return rows if org is None else rows.filter(org_id=org)


def _idle(account: Account, period: figures.Period) -> int:
    """Units with matters in force for which no case was accepted in the period (零办件单位), as the page of that name has it."""
    return len(idle_units(runs_for(account, period.begin, period.end, period.last)))


def _orgs(account: Account) -> list[tuple[int, str]]:
    nodes = as_of().nodes
    ids = figures.cases_of(account).order_by().values_list("org_id", flat=True).distinct()
    return sorted(
        ((pk, nodes[pk].short_name or nodes[pk].name) for pk in ids if pk in nodes), key=lambda p: p[0]
    )


def period_asked(request: HttpRequest, today: date) -> tuple[str, figures.Period]:
    """The period that the address names, this month when it names none."""
    which = request.GET.get("period", "month")
    which = which if which in PERIODS else "month"
    if which == "last":
        return which, last_month(today)
    if which == "year":
        return which, figures.Period(today.replace(month=1, day=1), today)
    first = today.replace(day=1) if which == "month" else today - timedelta(days=int(which) - 1)
    return which, figures.Period(first, today)


def last_month(today: date) -> figures.Period:
    """The whole month before this one."""
    last = today.replace(day=1) - timedelta(days=1)
    return figures.Period(last.replace(day=1), last)


def org_asked(request: HttpRequest) -> int | None:
    """The unit that the address names."""
    said = request.GET.get("org", "")
    return whole_number(said)


def address(**asked: Any) -> str:
    """A query string of what is asked, without what is not."""
    return "?" + urlencode({k: v for k, v in asked.items() if v})


def _list(**asked: str) -> str:
    return reverse("supervision:cases") + address(**asked)


def _cards_url(**asked: str) -> str:
    """The list of the very cards that a figure counts."""
    return reverse("supervision:cards") + address(force="1", **asked)


def _change(now: int, before: int) -> str:
    if not before:
        return _("上一时段没有")
    return _("比上一时段 %(p)s%%") % {"p": f"{100 * (now - before) / before:+.1f}"}


def _points(now: figures.Kept, before: figures.Kept) -> str:
    if now.share is None:
        return _("没有到期限的件")
    if before.share is None:
        return _("到期限 %(n)s 件") % {"n": now.ended}
    diff = round(now.share - before.share, 1)
    change = (
        _("与上一时段持平")
        if not diff
        else (_("比上一时段高 %(d)s 点") if diff > 0 else _("比上一时段低 %(d)s 点")) % {"d": abs(diff)}
    )
    return change if now.share >= figures.GOAL else _("未达目标，%(change)s") % {"change": change}
