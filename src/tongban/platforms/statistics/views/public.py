"""办件统计 for everybody: a year by month and by unit, the same as data beside it. No person, no small number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from tongban.base.sheets import Value, csv_response
from tongban.base.text import whole_number
from tongban.base.ui import charts, parts
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.shell import public_page
from tongban.platforms.statistics import store
from tongban.platforms.statistics.measures import MEASURES, Measure, Span
from tongban.platforms.statistics.queries import FEW, PUBLIC, Shown, for_everybody
from tongban.registry.queries import today

FIRST_YEAR = 2020
TABLES = {"month": "逐月", "unit": "各单位"}
for_minutes = cache_control(public=True, max_age=300)


@dataclass(frozen=True, slots=True)
class Year:
    """What is published of a year."""

    span: Span
    measures: tuple[Measure, ...]
    tables: dict[str, list[tuple[str, list[Shown]]]]
    made_at: datetime | None


@require_safe
@for_minutes
def page(request: HttpRequest) -> HttpResponse:
    """The page."""
    year = _asked(request)
    here = reverse("statistics:public")
    months = year.tables["month"]
    accepted = PUBLIC.index("accepted")
    small = [row for row in year.tables["unit"] if row[1][accepted].hidden]
    years = range(max(FIRST_YEAR, today().year - 2), today().year + 1)
    return render(
        request,
        "statistics/public.html",
        {
            "page": public_page(
                _("办件统计"), "open", ((_("公开目录"), "/open/"),),
                lead=_("%(a)s 至 %(b)s，由办件记录自动算出，数据截至 %(at)s。")
                % {
                    "a": cn_date(year.span.first), "b": cn_date(year.span.last),
                    "at": cn_time(year.made_at) if year.made_at else _("还没有生成"),
                },
            ),
            "head": parts.SectionHead(
                _("每月受理"),
                "h-chart",
                tabs=tuple(
                    parts.Tab(_("%(y)s 年") % {"y": y}, f"{here}?year={y}", y == year.span.first.year) for y in years
                ),
            ),
            "sums": _sums(year),
            "chart": charts.bars(
                _("每月受理"), [n for n, _f in months],
                (charts.Series(_("受理"), tuple(f[accepted].value for _n, f in months), "b2"),),
                unit=_(" 件"), width=880, height=220,
            )
            if months
            else None,
            "months": _table(year.measures, months, _(TABLES["month"])),
            "units": _table(year.measures, [row for row in year.tables["unit"] if not row[1][accepted].hidden], _(TABLES["unit"])),
            "small": parts.More(
                _("另有 %(n)s 个单位受理少于 %(few)s 件") % {"n": len(small), "few": FEW}, _table(year.measures, small, _("受理少的单位"))
            )
            if small
            else None,
            "definitions": [(_(m.name), _(m.unit), _(m.definition)) for m in year.measures],
            "few": FEW,
            "json": f"{reverse('statistics:public_json')}?year={year.span.first.year}",
            "csv": f"{reverse('statistics:public_csv')}?year={year.span.first.year}",
        },
    )  # fmt: skip


@require_safe
@for_minutes
def data_json(request: HttpRequest) -> HttpResponse:
    """The same as JSON: null where a figure is hidden (`hidden`) or there is none."""
    year = _asked(request)
    return JsonResponse(
        {
            "from": year.span.first.isoformat(), "to": year.span.last.isoformat(),
            "made_at": year.made_at.isoformat() if year.made_at else None, "few": FEW,
            "measures": [{"key": m.key, "name": m.name, "unit": m.unit, "definition": m.definition} for m in year.measures],
            **{
                key: [
                    {
                        "name": name,
                        **{m.key: f.value for m, f in zip(year.measures, figures, strict=True)},
                        "hidden": [m.key for m, f in zip(year.measures, figures, strict=True) if f.hidden],
                    }
                    for name, figures in rows
                ]
                for key, rows in year.tables.items()
            },
        },
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )  # fmt: skip


@require_safe
def data_csv(request: HttpRequest) -> HttpResponse:
    """The same as CSV, one figure a line."""
    year = _asked(request)
    lines: list[Sequence[Value]] = [
        (_(TABLES[key]), name, _(m.name), _(m.unit), _("少于%(n)s") % {"n": FEW} if f.hidden else f.value)
        for key, rows in year.tables.items()
        for name, figures in rows
        for m, f in zip(year.measures, figures, strict=True)
    ]
    return csv_response(
        _("办件统计 %(y)s 年") % {"y": year.span.first.year},
        (_("分组"), _("名称"), _("指标"), _("单位"), _("数值")),
        lines,
    )


def _asked(request: HttpRequest) -> Year:
    """The year that the address names, this year when it names none."""
    now = today()
    said = whole_number(request.GET.get("year", ""))
    year = said if said is not None and FIRST_YEAR <= said <= now.year else now.year
    last = min(date(year, 12, 31), now)
    return _year(Span(date(year, 1, 1), last), store.files().names)


@lru_cache(maxsize=8)
def _year(span: Span, _files: tuple[str, ...]) -> Year:
    """Asked once for each state of the files."""
    measures = tuple(MEASURES[key] for key in PUBLIC)
    tables: dict[str, list[tuple[str, list[Shown]]]] = {}
    made_at = None
    for key in TABLES:
        lines, made_at = for_everybody(span, key, measures)
        if key == "unit":
            lines.sort(key=lambda line: -(line[2][1].value or 0))
        tables[key] = [(name, figures) for _key, name, figures in lines]
    return Year(span, measures, tables, made_at)


def _sums(year: Year) -> list[parts.Stat]:
    """The year's counts, added up from the months as they are published."""
    sums = []
    for n, measure in enumerate(year.measures):
        figures = [figures[n] for _name, figures in year.tables["month"]]
        if measure.is_count and figures and not any(f.hidden for f in figures):
            sums.append(
                parts.stat(_(measure.name), f"{sum(f.value or 0 for f in figures):,.0f}", _(measure.unit))
            )
    return sums


def _table(measures: Sequence[Measure], rows: list[tuple[str, list[Shown]]], title: str) -> parts.Table:
    heads = [
        parts.Column(title),
        *(parts.Column(f"{_(m.name)}（{_(m.unit)}）", right=True) for m in measures),
    ]
    return parts.table(
        heads,
        [(name, *(_said(m, f) for m, f in zip(measures, figures, strict=True))) for name, figures in rows],
        title, caption_hidden=True, empty=_("还没有数据。"), matrix=True,
    )  # fmt: skip


def _said(measure: Measure, figure: Shown) -> str:
    if figure.hidden:
        return _("少")
    return "—" if figure.value is None else f"{figure.value:,.{measure.places}f}"
