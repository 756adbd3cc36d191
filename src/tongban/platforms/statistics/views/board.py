"""统计分析: measures of one's choice, grouped, over a stretch of days; every figure opens its cases."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.sheets import Value, csv_response, sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import charts, parts, work
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.kinds import house_kinds, kind
from tongban.engine.naming import applicant_names, title_masked
from tongban.engine.people import scopes
from tongban.platforms.statistics.measures import (
    GROUPINGS,
    MEASURES,
    Grouping,
    Measure,
    Question,
    Span,
    ranked,
)
from tongban.platforms.statistics.queries import (
    Answer,
    Figure,
    Key,
    Line,
    answer,
    cases_behind,
    key_from,
    names_of,
    scope_of,
)
from tongban.platforms.statistics.views.refusal import refused
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import as_of, today

USUAL = ("accepted", "ended", "on_time", "days", "yellow", "red")
MOST = 8  # measures at once
PAGE = 50
IN_CHART = 16
COMPARISONS = {"": "不比较", "before": "比上一时段", "year": "比上年同期"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    measures: tuple[Measure, ...]
    by: Grouping
    span: Span
    compare: str
    only: tuple[tuple[Grouping, str | int | date], ...]

    def question(self, scope: str) -> Question:
        """The same as a question to the facts."""
        return Question(self.measures, self.span, scope, self.by, self.only)

    def address(self, **over: Any) -> str:
        """The query string of this, with what is given instead; None leaves a part out."""
        said: dict[str, Any] = {
            "m": [m.key for m in self.measures], "by": self.by.key, "from": self.span.first, "to": self.span.last,
            "compare": self.compare, **{g.key: k for g, k in self.only},
        }  # fmt: skip
        said |= over
        return "?" + urlencode({k: v for k, v in said.items() if v not in (None, "")}, doseq=True)


@staff_only
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """Measures by group, as a table and a chart."""
    account = account_of(request)
    if not scopes(account).of("supervise"):
        return refused(request, _("统计分析只对有监察权限的人员开放。"))
    asked = _asked(request)
    question = asked.question(scope_of(account))
    found = answer(question)
    earlier = _earlier(asked, question)
    lines = _in_order(found, asked)
    return render(
        request,
        "statistics/board.html",
        {
            "page": workbench(request, _("统计分析"), "statistics", subtitle=_said(asked.span, found)),
            "asked": asked,
            "notice": _left_out(request),
            "measures": [(m, m in asked.measures) for m in MEASURES.values()],
            "groupings": list(GROUPINGS.values()),
            "comparisons": [(k, _(v)) for k, v in COMPARISONS.items()],
            "presets": work.Segmented(_presets(asked), _("时间")),
            "tags": [
                (f"{_(g.name)}：{names_of(g, [k]).get(k, k)}", asked.address(**{g.key: None})) for g, k in asked.only
            ],
            "kept": [(g.key, str(k)) for g, k in asked.only],
            "table": _table(asked, found, lines, earlier) if lines else None,
            "chart": _chart(asked, lines) if lines else None,
            "empty": parts.Empty(
                _("这段时间没有数据") if found.made_at else _("统计数据还没有生成"),
                "" if found.made_at else _("后台任务每五分钟整理一次；也可以运行 tongban statistics project。"),
            ),
            "definitions": parts.table(
                (_("指标"), _("单位"), _("怎么算")), [(_(m.name), _(m.unit), _(m.definition)) for m in asked.measures], _("指标定义"),
                caption_hidden=True,
            ),
            "apart": _apart(question),
            "late": found.total.late,
            "exports": [
                (name, reverse("statistics:export") + asked.address(format=key))
                for key, name in (("xlsx", "XLSX"), ("csv", "CSV"))
            ]
            if scopes(account).of("export")
            else [],
        },
    )  # fmt: skip


def _apart(question: Question) -> str:
    """Which kinds of case are not among the work that is counted, or are here because kinds are asked for."""
    names = "、".join(kind(key).name for key in house_kinds())
    if question.of_kinds:
        return _("按办件类型看，%(names)s也列在内；平时不算单位的办件。") % {"names": names}
    return _(
        "只统计事项的办件。%(names)s不算在内，要看就按办件类型分组；它们的评价、收费和监察牌照常统计。"
    ) % {"names": names}


@staff_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a figure, those of them that the account may see."""
    account = account_of(request)
    if not scopes(account).of("supervise"):
        return refused(request, _("统计分析只对有监察权限的人员开放。"))
    asked = _asked(request)
    question = replace(asked.question(scope_of(account)), by=None)
    offset = whole_number(request.GET.get("after", "")) or 0
    found, count = cases_behind(account, question, PAGE, offset)
    names = applicant_names(account, found)
    nodes = as_of().nodes
    rows = [
        (
            parts.Cell(title_masked(c, names[c.pk]), c.number, reverse("desk:case", args=[c.number])),
            nodes[c.org_id].short_name if c.org_id in nodes else "",
            c.stage or c.get_phase_display(),
            cn_time(c.opened_at) or "—",
            cn_time(c.accepted_at) or "—",
            cn_time(c.decided_at or c.concluded_at) or "—",
        )
        for c in found
    ]
    measure = asked.measures[0]
    only = "，".join(f"{_(g.name)} {names_of(g, [k]).get(k, k)}" for g, k in asked.only)
    return render(
        request,
        "statistics/cases.html",
        {
            "page": workbench(
                request, f"{_(measure.name)}：{count:,} {_('件办件')}", "statistics",
                subtitle=f"{cn_date(asked.span.first)} 至 {cn_date(asked.span.last)}" + (f" · {only}" if only else ""),
            ),
            "definition": _(measure.definition),
            "table": parts.table(
                (_("办件"), _("单位"), _("环节"), _("申请"), _("受理"), _("办结")), rows, _(measure.name), caption_hidden=True, dense=True
            )
            if rows
            else None,
            "empty": parts.Empty(_("一件也没有")),
            "back": reverse("statistics:board")
            + asked.address(
                m=request.GET.getlist("all") or [measure.key],
                **({asked.by.key: None} if request.GET.get("row") else {}),
            ),
            "pager": work.BulkBar(
                (),
                work.Pager(
                    _after(asked, request, offset - PAGE) if offset else "",
                    _after(asked, request, offset + PAGE) if offset + PAGE < count else "",
                    count, len(found),
                ),
                keys=False,
            ),
        },
    )  # fmt: skip


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The table as XLSX or CSV, with the sums that each figure comes from."""
    account = account_of(request)
    if not scopes(account).of("supervise") or not scopes(account).of("export"):
        return refused(request, _("您没有导出权限。"))
    asked = _asked(request)
    found = answer(asked.question(_exported_scope(account)))
    heads: list[tuple[str, int]] = [(_(asked.by.name), 30)]
    for m in asked.measures:
        heads.append((f"{_(m.name)}（{_(m.unit)}）", 16))
        if not m.is_count:
            heads += [(_("%(m)s：分子") % {"m": _(m.name)}, 14), (_("%(m)s：分母") % {"m": _(m.name)}, 14)]
    heads.append((_("其中期后补录"), 12))
    rows: list[list[Value]] = [_exported(asked, _("合计"), found.total)]
    rows += [_exported(asked, line.name, line) for line in _in_order(found, asked)]
    record_access(account, "export", "statistics", rows=len(rows))
    name = _("统计：%(by)s %(a)s 至 %(b)s") % {
        "by": _(asked.by.name),
        "a": asked.span.first,
        "b": asked.span.last,
    }
    if request.GET.get("format") == "csv":
        return csv_response(name, [h for h, _w in heads], rows)
    return sheet_response(name, heads, rows)


def _exported_scope(account: Account) -> str:
    """Where the account supervises and may export."""
    return f"({scope_of(account)}) AND ({scopes(account).of('export').sql()})"


def _exported(asked: Asked, name: str, line: Line) -> list[Value]:
    row: list[Value] = [name]
    for m, f in zip(asked.measures, line.figures, strict=True):
        row.append(_number(m, f))
        if not m.is_count:
            row += [f.over, f.under]
    return [*row, line.late]


def _number(measure: Measure, figure: Figure) -> float | int | None:
    if figure.value is None:
        return None
    return int(figure.value) if measure.is_count and measure.unit != "元" else figure.value


def _asked(request: HttpRequest) -> Asked:
    """What the address asks for; what it gets wrong is as if it were not said."""
    chosen = _measures(request)[:MOST]
    by = GROUPINGS.get(request.GET.get("by", ""), GROUPINGS["unit"])
    compare = request.GET.get("compare", "")
    day = today()
    first = _day(request.GET.get("from", "")) or day.replace(month=1, day=1)
    last = _day(request.GET.get("to", "")) or day
    if last < first:
        first, last = last, first
    only = []
    for key, grouping in GROUPINGS.items():
        said = key_from(grouping, request.GET.get(key, ""))
        if said is not None:
            only.append((grouping, said))
    return Asked(
        tuple(chosen) or tuple(MEASURES[k] for k in USUAL), by, Span(first, last),
        compare if compare in COMPARISONS else "", tuple(only),
    )  # fmt: skip


def _measures(request: HttpRequest) -> list[Measure]:
    return [MEASURES[k] for k in dict.fromkeys(request.GET.getlist("m")) if k in MEASURES]


def _left_out(request: HttpRequest) -> parts.Notice | None:
    """What was ticked beyond what fits beside each other."""
    more = _measures(request)[MOST:]
    if not more:
        return None
    names = "、".join(_(m.name) for m in more)
    return parts.Notice(
        "warn",
        _("一次最多看八个指标"),
        _("没有列出：%(names)s。要看它们，先去掉别的指标。") % {"names": names},
    )


def _day(said: str) -> date | None:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return day if 1990 <= day.year <= 2200 else None


def _presets(asked: Asked) -> tuple[parts.Tab, ...]:
    day = today()
    month = day.replace(day=1)
    last_month = month - timedelta(days=1)
    quarter = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    year = day.replace(month=1, day=1)
    spans = (
        (_("本月"), Span(month, day)), (_("上月"), Span(last_month.replace(day=1), last_month)), (_("本季"), Span(quarter, day)),
        (_("本年"), Span(year, day)), (_("上年"), Span(date(day.year - 1, 1, 1), date(day.year - 1, 12, 31))),
    )  # fmt: skip
    return tuple(
        parts.Tab(name, asked.address(**{"from": span.first, "to": span.last}), span == asked.span)
        for name, span in spans
    )


def _earlier(asked: Asked, question: Question) -> dict[Key, Line] | None:
    """The groups in the stretch that is compared with; None where nothing is."""
    if not asked.compare or asked.by.over_time:
        return None
    span = asked.span.before if asked.compare == "before" else asked.span.year_before
    found = answer(replace(question, span=span))
    return {None: found.total, **{line.key: line for line in found.lines}}


def _in_order(found: Answer, asked: Asked) -> list[Line]:
    """Groups by time, or by rank in the first measure."""
    if asked.by.over_time:
        return list(found.lines)
    by_key = {line.key: line for line in found.lines}
    order = ranked([(line.key, line.figures[0].value) for line in found.lines], "")
    return [by_key[key] for key, _value in order]  # type: ignore[index]  # the keys are its own


def _table(asked: Asked, found: Answer, lines: list[Line], earlier: dict[Key, Line] | None) -> parts.Table:
    heads: list[parts.Column] = [parts.Column(_(asked.by.name))]
    for m in asked.measures:
        heads.append(parts.Column(f"{_(m.name)}（{_(m.unit)}）", right=True))
        if earlier is not None:
            heads.append(parts.Column(_("变化"), right=True))
    rows = [_row(asked, _("合计"), "", found.total, earlier, ())]
    for line in lines:
        only = ((asked.by, line.key),)
        nearer = asked.address(
            **{asked.by.key: line.key, "by": "month" if not asked.by.over_time else "unit"}
        )
        rows.append(_row(asked, line.name, nearer, line, earlier, only))
    return parts.table(heads, rows, _("统计表"), caption_hidden=True, dense=True, matrix=True)


def _row(
    asked: Asked,
    name: str,
    href: str,
    line: Line,
    earlier: dict[Key, Line] | None,
    only: tuple[tuple[Grouping, Key], ...],
) -> list[Any]:
    cells: list[Any] = [
        parts.Cell(name, _("期后补录 %(n)s 条") % {"n": line.late} if line.late else "", href)
    ]
    keys: dict[str, Any] = {g.key: k for g, k in only}
    if keys and all(g != asked.by for g, _k in asked.only):
        keys["row"] = "1"  # the condition is this line's own: the way back leaves it out again
    before = None if earlier is None else earlier.get(line.key)
    for n, m in enumerate(asked.measures):
        figure = line.figures[n]
        behind = reverse("statistics:cases") + asked.address(
            m=m.key, all=[x.key for x in asked.measures], **keys
        )
        cells.append(parts.Cell(shown(m, figure), "", behind if figure.over else ""))
        if earlier is not None:
            cells.append(_change(m, figure, before.figures[n] if before else None))
    return cells


def shown(measure: Measure, figure: Figure) -> str:
    """A figure as it is read."""
    if figure.value is None:
        return "—"
    return f"{figure.value:,.{measure.places}f}"


def _change(measure: Measure, now: Figure, before: Figure | None) -> str:
    if before is None or before.value is None or now.value is None:
        return "—"
    if measure.is_count:
        return _("新增") if not before.value else f"{100 * (now.value - before.value) / before.value:+.1f}%"
    return f"{now.value - before.value:+.{max(measure.places, 1)}f}"


def _chart(asked: Asked, lines: list[Line]) -> charts.Chart | None:
    measure = asked.measures[0]
    values = [(line.name, line.figures[0].value) for line in lines]
    unit = "%" if measure.unit == "%" else f" {_(measure.unit)}"
    if asked.by.over_time:
        numbers = [v for _n, v in values if v is not None]
        if len(numbers) > 2:
            low = (
                0.0 if measure.is_count else max(0.0, min(numbers) - (max(numbers) - min(numbers)) * 0.3 - 1)
            )
            low, high = float(int(low)), float(int(max(numbers) * 1.08) + 1)
            high = min(high, 100.0) if measure.unit == "%" else high
            return charts.line_chart(
                _(measure.name), [n for n, _v in values], (charts.Series(_(measure.name), tuple(v for _n, v in values)),),
                low=low, high=high, unit=unit, width=880, height=220, ticks=(low, high),
                note="" if low == 0 else _("纵轴从 %(low)s 起。") % {"low": f"{low:,.0f}"},
            )  # fmt: skip
    shown_ = values[:IN_CHART]
    series = (charts.Series(_(measure.name), tuple(v for _n, v in shown_), "b2"),)
    note = _("显示 %(n)s / %(m)s。") % {"n": len(shown_), "m": len(values)} if len(values) > IN_CHART else ""
    if asked.by.over_time:
        return charts.bars(
            _(measure.name), [n for n, _v in shown_], series, unit=unit, note=note, width=880, height=240
        )
    return charts.stacked(_(measure.name), [n for n, _v in shown_], series, unit=unit, note=note, width=880)


def _said(span: Span, found: Answer) -> str:
    until = cn_time(found.made_at) if found.made_at else _("还没有")
    return _("%(a)s 至 %(b)s · 数据截至 %(at)s") % {
        "a": cn_date(span.first),
        "b": cn_date(span.last),
        "at": until,
    }


def _after(asked: Asked, request: HttpRequest, offset: int) -> str:
    return asked.address(
        after=str(max(0, offset)), all=request.GET.getlist("all"), row=request.GET.get("row", "")
    )
