"""行政裁量: the benchmarks of all matters, and for each what was decided by them."""

from datetime import datetime
from decimal import Decimal

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.ui import parts, work
from tongban.base.ui.format import cn_day
from tongban.base.ui.rail import workbench
from tongban.engine.models import Case
from tongban.platforms.supervision.beside import bands_table, likes_table, plain
from tongban.platforms.supervision.discretion import benchmarks, cards_of_discretion, decided_alike, likes
from tongban.registry.access import account_of, staff_only
from tongban.registry.queries import organisation_name

PAGE = 30
LATEST = 50


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The matters with a benchmark, and how much was decided by each in twelve months."""
    account, now = account_of(request), datetime.now(CHINA)
    q = request.GET.get("q", "").strip()[:60]
    found = Paginator(benchmarks(account, q), PAGE).get_page(request.GET.get("page"))
    cards = cards_of_discretion(account, [v.offering.matter_id for v in found])
    rows = []
    for version in found:
        terms = version.content["discretion"]
        decided = decided_alike(version.offering.matter_id, now)
        here = [d for d in decided if d.org == version.offering.organisation_id]
        left = sum(1 for d in here if not d.discretion.get("inside", True))
        given = cards.get(version.offering.matter_id, 0)
        rows.append(
            (
                parts.Cell(version.name, str(terms.get("act", "")), reverse("supervision:benchmark", args=[version.pk])),
                organisation_name(version.offering.organisation_id),
                _range(terms),
                parts.Cell(str(len(terms["bands"])), number=True),
                parts.Cell(f"{len(here):,}", number=True),
                parts.Cell(f"{left:,}" if left else "–", number=True),
                parts.Cell(f"{given:,}", "", f"{reverse('supervision:cards')}?family=J&matter={version.offering.matter_id}", number=True)
                if given
                else parts.Cell("–", number=True),
            )
        )  # fmt: skip
    right = [parts.Column(name, right=True) for name in (_("阶次"), _("近一年决定"), _("离开幅度"), _("牌"))]
    return render(
        request,
        "supervision/list.html",
        {
            "page": workbench(request, _("裁量基准 %(n)s 项") % {"n": found.paginator.count}, "discretion",
                              subtitle=_("每项处罚的阶次、情节和幅度；离开幅度须有理由和集体讨论记录。")),
            "filter": work.FilterBar(reverse("supervision:discretion"), query=q, query_label=_("事项名称"), label=_("找事项")),
            "table": parts.table((_("事项"), _("单位"), _("法定幅度"), *right), rows, _("裁量基准"), caption_hidden=True, dense=True)
            if rows
            else None,
            "pager": work.BulkBar((), work.pager_of(found, {"q": q}, _("项")), keys=False),
            "empty": parts.Empty(_("没有这样的裁量基准"), _("裁量基准写在事项的实施清单里。")),
        },
    )  # fmt: skip


@staff_only
@require_safe
def benchmark(request: HttpRequest, version_id: int) -> HttpResponse:
    """One benchmark, the like cases of twelve months at all units, and the latest decisions the reader may see."""
    account, now = account_of(request), datetime.now(CHINA)
    version = benchmarks(account).filter(pk=version_id).first()
    if version is None:
        raise Http404(str(version_id))
    terms = version.content["discretion"]
    unit = str(terms.get("unit", "元"))
    decided = decided_alike(version.offering.matter_id, now)
    alike = likes(decided)
    mean = {(x.band, x.circumstances): x.mean for x in alike}
    latest = {d.case: d for d in decided[-LATEST:]}
    seen = {c.pk: c for c in Case.objects.visible_to(account).filter(pk__in=latest)}
    rows = []
    for pk, d in reversed(latest.items()):
        if pk not in seen:
            continue
        said = d.discretion
        circumstances = tuple(sorted(said.get("circumstances") or ()))
        amount = Decimal(str(said.get("amount", 0)))
        away = amount - mean[said.get("band", ""), circumstances]
        rows.append(
            (
                parts.Cell(seen[pk].number, "", reverse("desk:case", args=[seen[pk].number])),
                organisation_name(d.org),
                parts.Cell(said.get("band", ""), "；".join(circumstances)),
                parts.Cell(f"{plain(amount)} {unit}", number=True),
                parts.Cell(f"{'+' if away > 0 else ''}{plain(away)}", number=True),
                parts.Chip("ok", _("幅度内"))
                if said.get("inside", True)
                else parts.Chip("warn", _("离开幅度")),
                parts.Cell(said.get("reason", "") or "—", said.get("discussion", "")),
                cn_day(d.at),
            )
        )
    facts = (
        (_("单位"), organisation_name(version.offering.organisation_id)),
        (_("违法行为"), str(terms.get("act", "")) or "—"),
        (_("依据"), str(terms.get("basis", "")) or "—"),
        (_("法定幅度"), _range(terms)),
        (_("实施清单"), _("第 %(n)s 版") % {"n": version.no}),
    )
    columns = (
        _("办件"), _("单位"), _("阶次和情节"), parts.Column(_("数额"), right=True), parts.Column(_("比同类平均"), right=True),
        _("幅度"), _("理由和集体讨论"), _("决定"),
    )  # fmt: skip
    return render(
        request,
        "supervision/benchmark.html",
        {
            "page": workbench(request, version.name, "discretion", subtitle=_("裁量基准和近十二个月的同类案件")),
            "facts": parts.Terms(facts),
            "bands": bands_table(terms),
            "likes": likes_table(alike, unit),
            "decided": len(decided),
            "latest": parts.table(columns, rows, _("最近的决定"), caption_hidden=True, dense=True, empty=_("没有您能看的决定。")),
            "back": reverse("supervision:discretion"),
        },
    )  # fmt: skip


def _range(terms: dict[str, object]) -> str:
    unit = terms.get("unit", "元")
    return f"{terms.get('statutory_min', '0')}–{terms.get('statutory_max', '')} {unit}"
