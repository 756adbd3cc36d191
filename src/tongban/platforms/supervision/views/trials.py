"""试算: what a change of thresholds would have meant for the cases of a past period, before it is decided."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import parts
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.people import scopes
from tongban.platforms.supervision.cardbox import CHIPS
from tongban.platforms.supervision.models import Trial
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.views.rules import scope_words, threshold_words
from tongban.registry.access import account_of, staff_only
from tongban.registry.queries import organisation_name

LEVELS = ("预警", "黄牌", "红牌")


@staff_only
@require_safe
def trial(request: HttpRequest, trial_id: int) -> HttpResponse:
    """One trial: how far it is, and what came of it. It renews itself while it runs, without a script."""
    if not scopes(account_of(request)).of("supervise").admits(None):
        raise Http404(str(trial_id))
    row = Trial.objects.select_related("asked_by", "matter").filter(pk=trial_id).first()
    if row is None or row.rule not in RULES:
        raise Http404(str(trial_id))
    rule = RULES[row.rule]
    running = row.status in (Trial.Status.QUEUED, Trial.Status.RUNNING)
    percent = 100 * row.looked // row.cases if row.cases else 0
    facts: list[tuple[str, Any]] = [
        (_("规则"), f"{rule.id} {rule.name}"),
        (_("试用的参数"), threshold_words(rule, row.thresholds)),
        (_("状态"), parts.Chip("ok", _("启用")) if row.enabled else parts.Chip("", _("停用"))),
        (_("范围"), scope_words(row.org_id, row.matter)),
        (_("办件"), _("%(a)s 至 %(b)s 申请的 %(n)s 件") % {"a": cn_date(row.first), "b": cn_date(row.last), "n": f"{row.cases:,}"}),
        (_("谁试算"), f"{row.asked_by}，{cn_time(row.asked_at)}"),
        (_("进度"), f"{row.get_status_display()}" + (f"，{row.looked:,} / {row.cases:,}（{percent}%）" if running else "")),
    ]  # fmt: skip
    response = render(
        request,
        "supervision/trial.html",
        {
            "page": workbench(request, _("试算 %(rule)s") % {"rule": f"{rule.id} {rule.name}"}, "rules",
                              subtitle=_("只计算，不发牌；按这些办件今天为止的办理情况重新判定。")),
            "facts": parts.Terms(tuple(facts)), "running": running, "percent": percent,
            "failed": row.status == Trial.Status.FAILED,
            "tables": () if running or not row.outcome else _tables(row.outcome),
            "back": reverse("supervision:rule", args=[rule.id]),
            "adopt": f"{reverse('supervision:rule', args=[rule.id])}?trial={row.pk}",
        },
    )  # fmt: skip
    if running:
        response["Refresh"] = "3"
    return response


def _tables(outcome: dict[str, Any]) -> list[tuple[str, str, Any]]:
    number = parts.Column
    levels = [
        (
            name,
            parts.Cell(f"{was:,}", number=True),
            parts.Cell(f"{would:,}", number=True),
            _change(was, would),
        )
        for name, was, would in zip(LEVELS, outcome["before"], outcome["after"], strict=True)
    ]
    units = [
        (organisation_name(org), parts.Cell(f"{was:,}", number=True), parts.Cell(f"{would:,}", number=True), _change(was, would))
        for org, was, would in outcome["units"][:50]
    ]  # fmt: skip
    cases = [
        (
            parts.Cell(row["number"] or organisation_name(row["org"]), row["words"],
                       reverse("desk:case", args=[row["number"]]) if row["number"] else ""),
            _level(row["was"]), _level(row["would"]),
        )
        for row in outcome["differing"]
    ]  # fmt: skip
    columns = (number(_("现行"), right=True), number(_("试用"), right=True), number(_("变化"), right=True))
    more = _("，另有 %(n)s 件没有列出") % {"n": outcome["more"]} if outcome["more"] else ""
    none = {"units": _("没有一个单位会有牌。"), "cases": _("没有一件会不同。")}
    return [
        ("t-levels", _("牌数"), _table(_("级别"), columns, levels)),
        ("t-units", _("各单位"), _table(_("单位"), columns, units, none["units"])),
        (
            "t-cases",
            _("结果不同的办件") + more,
            _table(_("办件"), (_("现行"), _("试用")), cases, none["cases"]),
        ),
    ]


def _table(first: str, columns: tuple[Any, ...], rows: list[Any], empty: str = "") -> Any:
    return parts.table((first, *columns), rows, first, caption_hidden=True, dense=True, empty=empty)


def _change(was: int, would: int) -> parts.Cell:
    return parts.Cell(f"{would - was:+,}" if would != was else "0", number=True)


def _level(level: int) -> parts.Chip:
    return CHIPS[level] if level else parts.Chip("", "—")
