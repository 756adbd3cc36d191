"""领导驾驶舱: what a head of a unit answers for, on one page: waiting, late, carded, the trend, who stands best and worst and why.

Everything is of the units below the head's own; every figure opens the list of its cases, which asks the same question.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.queries import current_calendar
from tongban.base.ui import charts, parts, work
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.faces.desk import todo
from tongban.faces.desk.views.todo import refused
from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Question, Span
from tongban.platforms.statistics.queries import answer
from tongban.platforms.statistics.ranking import FEWEST, SCORED, Ranking, Standing, rank
from tongban.platforms.supervision import figures
from tongban.platforms.supervision.models import IN_FORCE, Card
from tongban.platforms.supervision.views.board import PERIODS, address, cards_of_board, period_asked
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import as_of

WEEKS = 13
UNITS = 20
PLACES = 3
#: From so many ranked units on they are compared with each other; below, their matters are.
ENOUGH = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One unit of the tree, as it stands now and in the period."""

    org: int
    running: int
    late: int
    stuck: int
    carded: int
    ended: int
    share: float | None


def leads(account: Account) -> bool:
    """Whether the account heads anything: it approves what others propose."""
    return bool(scopes(account).of("approve"))


@staff_only
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """领导驾驶舱."""
    account, now = account_of(request), datetime.now(CHINA)
    if not leads(account):
        return refused(request, _("领导驾驶舱只对单位负责人和分管领导开放。"))
    which, period = period_asked(request, now.date())
    held, cards = figures.cases_of(account), cards_of_board(account, None)
    rows = _rows(account, held, cards, period, now)
    ranking, by, made_at = _ranking(account, period)
    weeks = figures.weeks(held, now.date(), WEEKS)
    alone = len(ranking.ranked) < 2  # nobody to be compared with
    names = " · ".join(
        n.short_name or n.name for o in sorted(scopes(account).org_ids) if (n := as_of().nodes.get(o))
    )
    return render(
        request,
        "desk/leader.html",
        {
            "page": workbench(
                request, _("领导驾驶舱"), "leader",
                subtitle=_("%(who)s及所属单位 · %(a)s 至 %(b)s · 数据截至 %(at)s")
                % {"who": names, "a": cn_date(period.first), "b": cn_date(period.last), "at": f"{now:%H:%M}"},
            ),
            "periods": work.Segmented(
                tuple(parts.Tab(_(name), address(period=key), key == which) for key, name in PERIODS.items()), _("时间")
            ),
            "kpis": _kpis(account, held, cards, period, which, now),
            "rate": _rate(weeks), "done": _done(weeks),
            "units": _units(rows, which, period), "unit_count": len(rows),
            "best": [_place(n, s, by, which, good=True) for n, s in enumerate(() if alone else ranking.best(PLACES), 1)],
            "worst": [
                _place(len(ranking.ranked) - n, s, by, which, good=False) for n, s in enumerate(ranking.worst(PLACES))
            ],
            "ranked_words": _ranked_words(ranking, by, made_at),
            "late_list": _list(what="late"), "cards_list": _cards(open="1"),
        },
    )  # fmt: skip


def _kpis(
    account: Account,
    held: QuerySet[Case],
    cards: QuerySet[Card],
    period: figures.Period,
    which: str,
    now: datetime,
) -> parts.Kpis:
    mine = todo.counts(account, now)
    running, late = figures.running(held).count(), figures.late(held, now).count()
    stuck = figures.overdue_steps(account, now).values("case_id").distinct().count()
    kept, was = figures.kept_share(held, period), figures.kept_share(held, period.before)
    given = dict(figures.in_force(cards, period).values_list("level").annotate(n=Count("pk")).order_by())
    days = figures.days_used(held, period, current_calendar()).get(None)
    dates = _dates(period)
    open_cards = cards.filter(status__in=IN_FORCE, level__gte=2, case__concluded_at=None).count()
    share = kept.share
    change = (
        ""
        if share is None or was.share is None
        else _("比前一段 %(n)s 个百分点") % {"n": f"{share - was.share:+.1f}"}
    )
    return parts.Kpis(
        (
            parts.stat(
                _("等我办"), f"{mine.total:,}", _("件"), _("其中超期 %(n)s 件") % {"n": mine.late}, reverse("desk:todo"),
                "bad" if mine.late else "",
            ),
            parts.stat(
                _("在办"), f"{running:,}", _("件"), _("环节超时 %(n)s 件") % {"n": stuck}, _list(what="running"),
            ),
            parts.stat(_("已超承诺期限"), f"{late:,}", _("件"), _("正在办的"), _list(what="late"), "bad" if late else ""),
            parts.stat(
                _("按时办结率"), "—" if share is None else f"{share}%", "", change or _("到期限 %(n)s 件") % {"n": kept.ended},
                _list(what="broken", period=which), _tone(share),
            ),
            parts.stat(
                _("平均用时"), "—" if days is None else f"{days}", _("个工作日"), _("受理到决定，含暂停"),
                _list(what="ended", period=which),
            ),
            parts.Stat(
                _("黄牌 / 红牌"),
                (
                    parts.Figure(str(given.get(2, 0)), _("黄"), _cards(level="2", force="1", **dates)),
                    parts.Figure(str(given.get(3, 0)), _("红"), _cards(level="3", force="1", **dates), "bad" if given.get(3) else ""),
                ),
                _("在办件上没有了结的 %(n)s 张") % {"n": open_cards},
            ),
        )
    )  # fmt: skip


def _rows(
    account: Account, held: QuerySet[Case], cards: QuerySet[Card], period: figures.Period, now: datetime
) -> list[Row]:
    """The units of the tree with anything to tell, those with most late first."""
    running = _by_org(figures.running(held))
    late = _by_org(figures.late(held, now))
    stuck = dict(
        figures.overdue_steps(account, now)
        .values_list("org_id")
        .annotate(n=Count("case_id", distinct=True))
        .order_by()
    )
    carded = dict(
        figures.in_force(cards, period)
        .filter(level__gte=2)
        .values_list("org_id")
        .annotate(n=Count("pk"))
        .order_by()
    )
    ended = {
        r["org_id"]: (r["n"], r["w"], r["k"])
        for r in figures.ended(held, period)
        .annotate(kept=figures.KEPT)
        .values("org_id")
        .annotate(
            n=Count("pk"), w=Count("pk", filter=Q(kept__isnull=False)), k=Count("pk", filter=Q(kept=True))
        )
        .order_by()
    }
    rows = []
    for org in running.keys() | late.keys() | stuck.keys() | carded.keys() | ended.keys():
        n, with_limit, kept = ended.get(org, (0, 0, 0))
        share = figures.Kept(with_limit, kept).share
        rows.append(
            Row(org, running.get(org, 0), late.get(org, 0), stuck.get(org, 0), carded.get(org, 0), n, share)
        )
    return sorted(rows, key=lambda r: (-r.late, -r.stuck, -r.carded, -r.running, r.org))


def _by_org(rows: QuerySet[Case]) -> Mapping[int, int]:
    return dict(rows.values_list("org_id").annotate(n=Count("pk")).order_by())


def _units(rows: Sequence[Row], which: str, period: figures.Period) -> work.Rank | None:
    nodes = as_of().nodes

    def cell(n: int, href: str) -> parts.Cell | str:
        return parts.Cell(f"{n:,}", href=href) if n else "–"

    shown = []
    for r in rows[:UNITS]:
        node, org = nodes.get(r.org), str(r.org)
        shown.append(
            (
                parts.Cell(node.short_name or node.name if node else "", href=_board(which, org)),
                cell(r.running, _list(what="running", org=org)),
                cell(r.late, _list(what="late", org=org)),
                cell(r.stuck, _list(what="stuck", org=org)),
                cell(r.carded, _cards(org=org, level="2+", force="1", **_dates(period))),
                cell(r.ended, _list(what="ended", period=which, org=org)),
                "—" if r.share is None else parts.Cell(f"{r.share}%", href=_list(what="broken", period=which, org=org)),
            )
        )  # fmt: skip
    heads = (_("单位"), _("在办"), _("超期"), _("环节超时"), _("红黄牌"), _("办结"), _("按时率"))
    columns = tuple(parts.Column(h, right=n > 0) for n, h in enumerate(heads))
    return work.Rank(columns, tuple(shown), _("各单位")) if shown else None


def _ranking(account: Account, period: figures.Period) -> tuple[Ranking, str, datetime | None]:
    """The units of the tree by score; where there are too few to compare, the matters. And how fresh the figures are."""
    scope = scopes(account).of(figures.verb_of(account)).sql()
    measures = tuple(MEASURES[key] for key in SCORED)
    span = Span(period.first, period.last)
    found, by, made_at = rank(()), "", None
    for by in ("unit", "matter"):
        asked = answer(Question(measures, span, scope, GROUPINGS[by]))
        found, made_at = rank((int(str(k.key)), k.name, k.figures) for k in asked.lines), asked.made_at
        if len(found.ranked) >= ENOUGH:
            break
    return found, by, made_at


def _place(no: int, s: Standing, by: str, which: str, *, good: bool) -> dict[str, Any]:
    which_one = {"org": str(s.key)} if by == "unit" else {"matter": str(s.key)}
    return {
        "no": no, "name": s.name, "score": f"{s.score:.1f}", "ended": s.ended,
        "href": _list(what="ended" if good else "broken", period=which, **which_one), "reasons": s.reasons(good=good),
    }  # fmt: skip


def _ranked_words(ranking: Ranking, by: str, made_at: datetime | None) -> str:
    if made_at is None:
        return _("统计数据还没有生成，榜单稍后才有。")
    what = _("单位") if by == "unit" else _("事项")
    if not ranking.ranked:
        return _("这段时间没有办结 %(n)s 件以上的%(what)s，不排名。") % {"n": FEWEST, "what": what}
    return _("办结 %(n)s 件以上的%(what)s %(m)s 个，基本分 100 分，统计数据截至 %(at)s。") % {
        "n": FEWEST, "what": what, "m": len(ranking.ranked), "at": cn_time(made_at),
    }  # fmt: skip


def _rate(weeks: Sequence[figures.Week]) -> charts.Chart:
    shares = tuple(w.kept.share for w in weeks)
    low = max(0, int(min([90.0, *(s - 1 for s in shares if s is not None)]) // 5 * 5))
    return charts.line_chart(
        _("按时办结率，按周"), _labels(weeks), (charts.Series(_("按时办结率"), shares),), low=low, high=100,
        goal=figures.GOAL, unit="%", ticks=tuple(range(low, 101, 5 if 100 - low <= 30 else 20)), height=150,
        note=_("纵轴从 %(low)s%% 起，虚线为目标 %(goal)s%%。") % {"low": low, "goal": figures.GOAL},
    )  # fmt: skip


def _done(weeks: Sequence[figures.Week]) -> charts.Chart:
    return charts.bars(
        _("办结量，按周"), _labels(weeks), (charts.Series(_("办结"), tuple(w.ended for w in weeks), "b2"),),
        unit=_(" 件"), note=_("横轴是每周的周一；最后一周到今天。"), height=170,
    )  # fmt: skip


def _labels(weeks: Sequence[figures.Week]) -> tuple[str, ...]:
    return tuple(f"{w.first.month}-{w.first.day:02}" for w in weeks)


def _tone(share: float | None) -> parts.Tone:
    return "" if share is None else "ok" if share >= figures.GOAL else "bad"


def _dates(period: figures.Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "to": period.last.isoformat()}


def _board(which: str, org: str) -> str:
    return reverse("supervision:board") + address(period=which, org=org)


def _list(**asked: str) -> str:
    return reverse("supervision:cases") + address(**asked)


def _cards(**asked: str) -> str:
    return f"{reverse('supervision:cards')}?{urlencode(asked)}"
