"""大屏: dark, full width, refreshed every minute."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.queries import current_calendar
from tongban.base.ui import charts
from tongban.base.ui.shell import staff_page
from tongban.base.ui.site import current_site
from tongban.engine.people import scopes
from tongban.platforms.supervision import figures
from tongban.platforms.supervision.models import IN_FORCE
from tongban.platforms.supervision.views.board import cards_of_board, feed_of, last_month
from tongban.platforms.supervision.views.cards import refused
from tongban.registry.access import account_of, staff_only
from tongban.registry.queries import as_of


@staff_only
@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """大屏: dark, full width; the content asks for itself again every minute."""
    account, now = account_of(request), datetime.now(CHINA)
    if not scopes(account).of("supervise"):
        return refused(request, _("大屏只对有监察权限的人员开放。要看本单位的情况，请到“本单位看板”。"))
    today = now.date()
    month, before = figures.Period(today.replace(day=1), today), last_month(today)
    held = figures.cases_of(account)
    cards = cards_of_board(account, None)
    kept, was = figures.kept_share(held, month), figures.kept_share(held, before)
    day, week_ago = (
        figures.Period(today, today),
        figures.Period(today - timedelta(days=7), today - timedelta(days=7)),
    )
    received, received_before = figures.hours(held, day), figures.hours(held, week_ago)
    open_cards = cards.filter(status__in=IN_FORCE, case__concluded_at=None)
    levels = dict(open_cards.values_list("level").annotate(n=Count("pk")).order_by())
    waiting: dict[int, Mapping[str, Any]] = {
        r["org_id"]: r
        for r in open_cards.filter(level__gte=2)
        .values("org_id")
        .annotate(n=Count("pk"), worst=Max("level"))
        .order_by()
    }
    tree = as_of()
    rows = figures.units(held, cards, month, current_calendar())
    units = [u.org_id for u in rows][:18]
    units += [pk for pk in waiting if pk not in units][: 18 - len(units)]
    lamps = [
        (
            tree.nodes[pk].short_name,
            waiting.get(pk, {}).get("n", 0),
            {2: "y", 3: "r"}.get(waiting.get(pk, {}).get("worst", 0), ""),
            f"{reverse('supervision:cards')}?org={pk}",
        )
        for pk in units
        if pk in tree.nodes
    ]
    days = figures.days_used(held, month, current_calendar()).get(None)
    content = {
        "page": staff_page(f"{current_site().city}{_('政务运行')}"),
        "now": now,
        "received": sum(received),
        "before": sum(received_before),
        "ended": figures.ended(held, day).count(),
        "share": kept.share,
        "was": was.share,
        "goal": figures.GOAL,
        "days": days,
        "red": levels.get(3, 0),
        "yellow": levels.get(2, 0),
        "warn": levels.get(1, 0),
        "late": figures.late(held, now).count(),
        "running": figures.running(held).count(),
        "chart": charts.bars(
            _("今日分时收件"),
            tuple(f"{h}时" for h in range(24)),
            (charts.Series(_("今天"), tuple(v if h <= now.hour else None for h, v in enumerate(received))),),
            behind=charts.Series(_("上周同日"), tuple(received_before), "b4"),
            width=560,
            height=300,
            values=False,
        ),
        "ranks": _tiles(rows, tree.nodes),
        "feed": feed_of(cards, tree.nodes, 4),
        "lamps": lamps,
    }
    template = (
        "supervision/wall_content.html" if request.headers.get("HX-Request") else "supervision/wall.html"
    )
    return render(request, template, content)


def _tiles(units: list[figures.Unit], nodes: Mapping[int, Any]) -> list[tuple[str, str, str, str]]:
    """Units of the wall: (name, share, state, css), those farthest from the aim first."""
    rated = sorted((u for u in units if u.kept.ended >= 3), key=lambda u: (u.kept.share or 0, -u.kept.ended))[
        :9
    ]
    tiles = []
    for u in rated:
        share = u.kept.share or 0
        state, css = (
            (_("达标"), "")
            if share >= figures.GOAL
            else (_("接近"), "tw")
            if share >= figures.GOAL - 5
            else (_("未达"), "tb")
        )
        node = nodes.get(u.org_id)
        tiles.append((node.short_name if node else "", f"{share}%", state, css))
    return tiles
