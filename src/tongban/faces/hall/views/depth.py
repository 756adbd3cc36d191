"""Depth of service for everybody (办理深度): how far the city's matters go online, by unit, this year."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.faces.depth import depth_facts, reach_chip, unit_cells
from tongban.platforms.power import coverage
from tongban.registry.kept import FIGURES, kept_for
from tongban.registry.queries import as_of, organisation, today


@require_safe
@kept_for("org", on=FIGURES)
def depth(request: HttpRequest) -> HttpResponse:
    """The shares of the whole city and of each unit, or the matters of one unit."""
    span = coverage.span_of("year", today())
    every = coverage.public_runs(span)
    nodes = as_of(span.last).nodes
    here = reverse("hall:depth")
    asked = request.GET.get("org", "")
    chosen = organisation(asked) if asked else None
    if asked and chosen is None:
        raise Http404(_("没有这个单位"))
    shown = [r for r in every if chosen is None or r.org_id == chosen.id]
    rows: list[tuple[Any, ...]]
    heads: tuple[str, ...]
    if chosen is None:
        units = coverage.by_unit(every)
        heads = (
            _("单位"), _("事项"), _("可查询"), _("可下载"), _("可申报"), _("全程网办"), _("网上申请"), _("实际全程网办"),
        )  # fmt: skip
        rows = [
            (parts.Cell(nodes[org].name, "", f"{here}?org={nodes[org].code}"), *unit_cells(coverage.depth_of(own)))
            for org, own in units
            if org in nodes
        ]  # fmt: skip
    else:
        heads = (_("事项"), _("做到"))
        rows = [
            (parts.Cell(r.name, "", reverse("hall:guide", args=[r.code]) if r.version_id else ""), reach_chip(r))
            for r in shown
        ]  # fmt: skip
    title = _("办理深度：%(name)s") % {"name": chosen.name} if chosen else _("网上办理深度")
    return render(
        request,
        "hall/depth.html",
        {
            "page": public_page(
                title,
                "service",
                ((_("政务服务"), reverse("hall:guides")), *(((_("办理深度"), here),) if chosen else ())),
                lead=_("%(from)s 至 %(to)s，由事项库和办件记录实时算出。")
                % {"from": cn_date(span.first), "to": cn_date(span.last)},
            ),
            "facts": depth_facts(coverage.depth_of(shown)),
            "table": parts.table(heads, rows, title, caption_hidden=True, empty=_("没有在用的事项。")),
        },
    )
