"""零办件 and 办理深度: what nobody applied for, and how far matters go online; each figure opens its list."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.sheets import Value, csv_response, sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.figures import Run, idle_units
from tongban.engine.people import scopes
from tongban.faces.depth import REACH, depth_kpis, percent, reach_chip, unit_cells
from tongban.faces.desk.views.todo import refused
from tongban.platforms.power import coverage
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account, Matter
from tongban.registry.queries import as_of, organisation_name, today

PERIODS = {"year": "本年", "month": "本月", "last": "上月", "90": "近 90 天"}
PAGE = 50


@staff_only
@require_safe
def zero(request: HttpRequest) -> HttpResponse:
    """Matters, or units, for which no case was accepted in the period; as XLSX or CSV for who may export."""
    account = account_of(request)
    if not _may_look(account):
        return refused(request, _("您没有可以看的单位。"))
    asked, span, every = _asked(request, account)
    by_unit = request.GET.get("by") == "unit"
    units = idle_units(every)
    matters = coverage.idle_matters(_narrowed(every, asked))
    in_force = [r for r in every if r.version_id is not None]
    if asked["q"]:
        units = [(org, n) for org, n in units if asked["q"] in organisation_name(org)]
    name = _("零办件单位") if by_unit else _("零办件事项")
    heads: tuple[tuple[str, int], ...]
    lines: list[tuple[Value, ...]]
    if by_unit:
        heads = ((_("单位"), 36), (_("在用事项"), 12))
        lines = [(organisation_name(org), n) for org, n in units]
    else:
        heads = ((_("事项"), 44), (_("编码"), 22), (_("类型"), 14), (_("单位"), 32), (_("收到申请"), 10))
        lines = [(r.name, r.code, _kind(r.kind), organisation_name(r.org_id), r.opened) for r in matters]
    if (sent := _exported(request, account, name, heads, lines)) is not None:
        return sent
    shown_heads = [
        h for n, (h, _w) in enumerate(heads) if by_unit or n != 1
    ]  # the code stands under the name
    page = _page(request)
    part = slice(page * PAGE, (page + 1) * PAGE)
    here = {**asked, "by": "unit"} if by_unit else asked
    if by_unit:
        found: Sequence[Any] = units
        rows: list[tuple[Any, ...]] = [
            (parts.Cell(organisation_name(org), "", _to("coverage_depth", asked, org=str(org))), f"{n:,}")
            for org, n in units[part]
        ]
    else:
        found = matters
        rows = [
            (
                parts.Cell(r.name, r.code, reverse("desk:matter", args=[r.version_id])),
                _kind(r.kind),
                parts.Cell(_short(r.org_id), "", _to("coverage_zero", asked, org=str(r.org_id))),
                parts.Cell(f"{r.opened:,}", "", _cases("opened", asked, r)) if r.opened else "–",
            )
            for r in matters[part]
        ]
    return render(
        request,
        "desk/coverage.html",
        {
            "page": workbench(request, name, "zero", subtitle=_period(span, asked)),
            "kpis": parts.Kpis(
                (
                    parts.stat(_("零办件事项"), f"{len(coverage.idle_matters(every)):,}", _("项"),
                        _("在用 %(n)s 项") % {"n": f"{len(in_force):,}"}, _to("coverage_zero", {"period": asked["period"]})),
                    parts.stat(_("零办件单位"), f"{len(idle_units(every)):,}", _("个"),
                        _("有在用事项的 %(n)s 个 · 目标 0") % {"n": len(coverage.by_unit(in_force))},
                        _to("coverage_zero", {"period": asked["period"], "by": "unit"}),
                        "bad" if idle_units(every) else "ok"),
                    parts.stat(_("受理"), f"{sum(r.accepted for r in every):,}", _("件"), _("同一时段，事项的办件")),
                )
            ),
            "filter": _filter("coverage_zero", asked, every, work.Segmented(
                (
                    parts.Tab(_("按事项"), _to("coverage_zero", asked), not by_unit),
                    parts.Tab(_("按单位"), _to("coverage_zero", asked, by="unit"), by_unit),
                ), _("怎么列"),
            ), {"by": "unit"} if by_unit else {}),
            "periods": _periods("coverage_zero", here),
            "table": parts.table(shown_heads, rows, name, caption_hidden=True, dense=True) if rows else None,
            "pager": _pager("coverage_zero", here, page, len(found), len(rows)),
            "empty": parts.Empty(
                _("没有零办件单位") if by_unit else _("没有零办件事项"), _("这段时间里都受理过办件。"), icon="check2-square"
            ),
            "exports": _exports(account, "coverage_zero", here),
        },
    )  # fmt: skip


@staff_only
@require_safe
def depth(request: HttpRequest) -> HttpResponse:
    """How far each unit's matters go online, against the targets; a unit's matters one by one when it is chosen."""
    account = account_of(request)
    if not _may_look(account):
        return refused(request, _("您没有可以看的单位。"))
    asked, span, every = _asked(request, account)
    shown = _narrowed(every, asked)
    level = request.GET.get("reach", "-")
    level = level if level in REACH else "-"
    listing = bool(asked["org"] or asked["q"] or level != "-")
    here = {**asked, **({"reach": level} if level != "-" else {})}
    name = _("办理深度")
    heads: tuple[tuple[str, int], ...]
    lines: list[tuple[Value, ...]]
    if listing:
        rows_ = [r for r in shown if level == "-" or coverage.reach_of(r) == level]
        heads = (
            (_("事项"), 44), (_("编码"), 22), (_("单位"), 32), (_("做到"), 12), (_("申请"), 8), (_("网上申请"), 10),
            (_("网上申请 %"), 12), (_("办结"), 8), (_("全程网办"), 10), (_("全程网办 %"), 12),
        )  # fmt: skip
        lines = [
            (
                r.name, r.code, organisation_name(r.org_id), _(REACH[coverage.reach_of(r)]), r.opened, r.web,
                coverage.share(r.web, r.opened), r.ended, r.whole, coverage.share(r.whole, r.ended),
            )
            for r in rows_
        ]  # fmt: skip
    else:
        rows_ = []
        heads = (
            (_("单位"), 36), (_("事项"), 8), (_("可查询"), 8), (_("可查询 %"), 10), (_("可下载"), 8), (_("依申请"), 8),
            (_("可申报"), 8), (_("可申报 %"), 10), (_("全程网办"), 10), (_("网上申请 %"), 12), (_("实际全程网办 %"), 14),
        )  # fmt: skip
        lines = [(organisation_name(org), *_figures(coverage.depth_of(own))) for org, own in _units(every)]
    if (sent := _exported(request, account, name, heads, lines)) is not None:
        return sent
    page = _page(request)
    part = slice(page * PAGE, (page + 1) * PAGE)
    if listing:
        count = len(rows_)
        table = parts.table(
            (_("事项"), _("单位"), _("做到"), _("申请"), _("网上申请"), _("办结"), _("全程网办")),
            [
                (
                    parts.Cell(r.name, r.code, reverse("desk:matter", args=[r.version_id]) if r.version_id else ""),
                    _short(r.org_id), reach_chip(r),
                    parts.Cell(f"{r.opened:,}", "", _cases("opened", asked, r)) if r.opened else "–",
                    percent(r.web, r.opened),
                    parts.Cell(f"{r.ended:,}", "", _cases("ended", asked, r)) if r.ended else "–",
                    percent(r.whole, r.ended),
                )
                for r in rows_[part]
            ],
            _("事项"), caption_hidden=True, dense=True,
        )  # fmt: skip
    else:
        units = _units(every)
        count = len(units)
        table = parts.table(
            (_("单位"), _("事项"), _("可查询"), _("可下载"), _("可申报"), _("全程网办"), _("网上申请"), _("实际全程网办")),
            [
                (parts.Cell(_short(org), "", _to("coverage_depth", asked, org=str(org))), *unit_cells(coverage.depth_of(own)))
                for org, own in units[part]
            ],
            _("各单位"), caption_hidden=True, dense=True,
        )  # fmt: skip
    return render(
        request,
        "desk/coverage.html",
        {
            "page": workbench(request, name, "depth", subtitle=_period(span, asked)),
            "kpis": depth_kpis(
                coverage.depth_of(shown),
                {
                    k: _to("coverage_depth", asked, reach=k)
                    for k in ("", "look", "download", "apply", "whole")
                },
            ),
            "filter": _filter("coverage_depth", asked, every, None, {"reach": level} if level != "-" else {}),
            "periods": _periods("coverage_depth", here),
            "table": table if count else None,
            "pager": _pager("coverage_depth", here, page, count, len(table.rows)),
            "empty": parts.Empty(_("没有这样的事项"), _("换个单位或者换个词再找。")),
            "exports": _exports(account, "coverage_depth", here),
            "back": _to("coverage_depth", {"period": asked["period"]}) if listing else "",
        },
    )


def _figures(d: coverage.Depth) -> tuple[Value, ...]:
    return (
        d.matters, d.look, d.look_share, d.download, d.applied_for, d.apply, d.apply_share, d.whole,
        coverage.share(d.web, d.opened), coverage.share(d.wholly, d.ended),
    )  # fmt: skip


def _asked(request: HttpRequest, account: Account) -> tuple[dict[str, str], coverage.Span, list[Run]]:
    which = request.GET.get("period", "year")
    which = which if which in PERIODS else "year"
    org = whole_number(request.GET.get("org", ""))
    span = coverage.span_of(which, today())
    asked = {"period": which, "org": str(org or ""), "q": request.GET.get("q", "").strip()[:60]}
    return asked, span, list(coverage.runs_for(account, span))


def _narrowed(rows: Sequence[Run], asked: dict[str, str]) -> list[Run]:
    q, org = asked["q"], whole_number(asked["org"])
    return [
        r
        for r in rows
        if (org is None or r.org_id == org)
        and (not q or q in r.name or r.code.startswith(q) or q in organisation_name(r.org_id))
    ]


def _units(rows: Sequence[Run]) -> list[tuple[int, list[Run]]]:
    """Units, those farthest from the targets first."""

    def rank(unit: tuple[int, list[Run]]) -> tuple[float, float, int]:
        d = coverage.depth_of(unit[1])
        return d.look_share or 0.0, 100.0 if d.apply_share is None else d.apply_share, unit[0]

    return sorted(coverage.by_unit(rows), key=rank)


def _exported(
    request: HttpRequest,
    account: Account,
    name: str,
    heads: Sequence[tuple[str, int]],
    lines: Sequence[Sequence[Value]],
) -> HttpResponse | None:
    kind = request.GET.get("export", "")
    if kind not in ("xlsx", "csv") or not scopes(account).of("export"):
        return None
    record_access(account, "export", f"coverage/{name}", rows=len(lines))
    if kind == "csv":
        return csv_response(name, [h for h, _width in heads], lines)
    return sheet_response(name, tuple(heads), lines)


def _filter(
    view: str,
    asked: dict[str, str],
    rows: Sequence[Run],
    segments: work.Segmented | None,
    more: dict[str, str],
) -> work.FilterBar:
    nodes = as_of().nodes
    orgs = sorted({r.org_id for r in rows}, key=lambda o: nodes[o].name if o in nodes else "")
    options = (
        fields.Option("", _("全部单位")), *(fields.Option(str(o), organisation_name(o)) for o in orgs),
    )  # fmt: skip
    return work.FilterBar(
        reverse(f"desk:{view}"), segments, (work.Select("org", _("单位"), options, asked["org"]),), asked["q"],
        _("事项、编码或单位"), hidden={"period": asked["period"], **more},
    )  # fmt: skip


def _periods(view: str, asked: dict[str, str]) -> work.Segmented:
    return work.Segmented(
        tuple(parts.Tab(_(n), _to(view, asked, period=k), k == asked["period"]) for k, n in PERIODS.items()),
        _("时间"),
    )


def _exports(account: Account, view: str, asked: dict[str, str]) -> list[tuple[str, str]]:
    if not scopes(account).of("export"):
        return []
    return [(k.upper(), _to(view, asked, export=k)) for k in ("xlsx", "csv")]


def _pager(view: str, asked: dict[str, str], page: int, count: int, shown: int) -> work.BulkBar:
    more = page * PAGE + shown < count
    return work.BulkBar(
        (),
        work.Pager(
            _to(view, asked, page=str(page - 1)) if page else "",
            _to(view, asked, page=str(page + 1)) if more else "",
            count, shown, _("行"),
        ),
        keys=False,
    )  # fmt: skip


def _to(view: str, asked: dict[str, str], **more: str) -> str:
    said = {k: v for k, v in {**asked, **more}.items() if v or k in more}
    return reverse(f"desk:{view}") + (f"?{urlencode(said)}" if said else "")


def _cases(what: str, asked: dict[str, str], run: Run) -> str:
    said = {"what": what, "period": asked["period"], "offering": run.offering_id}
    return f"{reverse('supervision:cases')}?{urlencode(said)}"


def _period(span: coverage.Span, asked: dict[str, str]) -> str:
    words = _("%(from)s 至 %(to)s") % {"from": cn_date(span.first), "to": cn_date(span.last)}
    return words + (f" · {organisation_name(int(asked['org']))}" if asked["org"] else "")


def _short(org: int) -> str:
    node = as_of().nodes.get(org)
    return "" if node is None else node.short_name or node.name


def _kind(kind: str) -> str:
    return str(Matter.Kind(kind).label)


def _page(request: HttpRequest) -> int:
    return min(whole_number(request.GET.get("page", "")) or 0, 10_000)


def _may_look(account: Account) -> bool:
    held = scopes(account)
    return bool(held.of("view") or held.of("supervise"))
