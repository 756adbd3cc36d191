"""The front page: search, the services most used, live figures, results, departments."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import charts, parts
from tongban.base.ui.shell import public_page
from tongban.engine import figures
from tongban.faces import guide
from tongban.registry.kept import FIGURES, kept_for
from tongban.registry.models import OfferingVersion
from tongban.registry.queries import published_offerings

DOORS = 11  # and the twelfth leads to tracking
ASKED = ("食品经营许可", "居住证", "公积金提取", "不动产转移登记", "异地就医备案")
DEPTHS: tuple[tuple[int, str, charts.Ramp], ...] = (
    (4, "全程网办", "b1"), (3, "到场一次", "b2"), (2, "网上预审", "b3"), (1, "仅可查询", "bnone"),
)  # fmt: skip


@require_safe
@kept_for(on=FIGURES)
def home(request: HttpRequest) -> HttpResponse:
    """首页."""
    versions = list(published_offerings())
    page = public_page(_("首页"), "home", home=True)
    search = parts.Search(
        reverse("hall:search"),
        words=(*((w, f"{reverse('hall:search')}?q={w}") for w in ASKED), (_("查办件进度"), "/track/")),
        suggest=reverse("hall:suggest"),
    )
    return render(
        request,
        "hall/home.html",
        {
            "page": page,
            "search": search,
            "doors_head": parts.SectionHead(
                _("常办服务"),
                "h-doors",
                tabs=tuple(
                    parts.Tab(text, href, current)
                    for text, href, current in (
                        (_("常用"), "#h-doors", True),
                        (_("个人"), f"{reverse('hall:guides')}?for=person", False),
                        (_("企业"), f"{reverse('hall:guides')}?for=firm", False),
                        (_("按部门"), f"{reverse('hall:guides')}?by=department", False),
                        (_("全部 %(count)s 项") % {"count": len(versions)}, reverse("hall:guides"), False),
                    )
                ),
            ),
            "doors": _doors(versions),
            "events": guide.life_events()[:8],
            "stats_head": parts.SectionHead(
                _("政务服务运行"), "h-live", _("数据截至%(time)s") % {"time": f"{timezone.localtime():%H:%M}"}
            ),
            "stats": _stats(versions),
            "results": figures.published_results(6),
            "fresh": sorted(versions, key=lambda v: (v.published_at or timezone.now(), v.pk), reverse=True)[
                :6
            ],
            "departments": guide.departments()[:10],
        },
    )


def _doors(versions: list[OfferingVersion]) -> parts.Doors:
    by_offering = {v.offering_id: v for v in versions if v.content["initiated_by"] == "application"}
    used = figures.most_applied(timezone.localdate() - timedelta(days=90), 60)
    ranked = [by_offering.pop(i) for i in used if i in by_offering] + list(by_offering.values())
    doors = [
        parts.Door(guide.short_name(v.name), guide.door_fact(v), guide.url(v), guide.icon_of(v))
        for v in ranked[:DOORS]
    ]
    doors.append(parts.Door(_("进度与结果"), _("凭编号查询，免登录"), "/track/", "signpost-split"))
    return parts.Doors(tuple(doors))


def _stats(versions: list[OfferingVersion]) -> tuple[parts.Stat, ...]:
    today = timezone.localdate()
    day, before = figures.hours_of(today), figures.hours_of(today - timedelta(days=7))
    hours = range(8, 18)
    now = timezone.localtime().hour
    upto = [h if h <= now else None for h in hours]
    bars = charts.bars(
        _("今日各时段"),
        tuple(f"{h}时" for h in hours),
        (
            charts.Series(_("收件"), tuple(None if h is None else day.received[h] for h in upto)),
            charts.Series(_("办结"), tuple(None if h is None else day.closed[h] for h in upto), "b2"),
        ),
        behind=charts.Series(_("上周同日"), tuple(before.received[h] for h in hours), "b4"),
        width=250, height=92, values=False, small=True,
    )  # fmt: skip
    stats = [
        parts.Stat(
            _("今日收件 / 办结"),
            (
                parts.Figure(f"{sum(day.received):,}", _("收件")),
                parts.Figure(f"{sum(day.closed):,}", _("办结")),
            ),
            _("深蓝收件，中蓝办结，浅色为上周同日收件。"),
            chart=bars,
        )
    ]
    kept = [d for d in figures.on_time(today - timedelta(days=30), today) if d.ended]
    ended, on_time = sum(d.ended for d in kept), sum(d.kept for d in kept)
    if ended:
        low = min(90, *(100 * d.kept // d.ended for d in kept))
        stats.append(
            parts.Stat(
                _("按时办结率（近 30 日）"),
                (parts.Figure(f"{100 * on_time / ended:.1f}%"),),
                _("共 %(ended)s 件到了承诺期限的终点，超时 %(late)s 件。") % {"ended": ended, "late": ended - on_time},
                chart=charts.line_chart(
                    _("按时办结率"),
                    tuple(f"{d.day.month}月{d.day.day}日" for d in kept),
                    (charts.Series(_("按时办结率"), tuple(round(100 * d.kept / d.ended, 1) for d in kept)),),
                    low=low, high=100, goal=98, unit="%", width=250, height=92, small=True,
                )
                if len(kept) > 1
                else None,
            )
        )  # fmt: skip
    depth = [
        (name, sum(1 for v in versions if v.content.get("online_depth") == n), css) for n, name, css in DEPTHS
    ]
    total = sum(count for _name, count, _css in depth)
    if total:
        online = sum(count for _name, count, _css in depth[:3])
        stats.append(
            parts.Stat(
                _("网上办理深度"),
                (parts.Figure(f"{100 * online // total}%", _("事项可网上申报")),),
                chart=charts.share(
                    _("事项网办深度"),
                    tuple((name, round(100 * count / total), css) for name, count, css in depth if count),
                    note=_("共 %(total)s 项，每格 1%%。") % {"total": total},
                ),
            )
        )
    return tuple(stats)
