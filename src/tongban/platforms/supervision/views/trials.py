"""试算与假设推演: what another threshold, limit or calendar would have meant for the cases of a past period."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.supervision.cardbox import CHIPS
from tongban.platforms.supervision.models import Trial
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.trials import Supposition, suppose
from tongban.platforms.supervision.views.rules import scope_words, threshold_words
from tongban.platforms.supervision.whatif import PURPOSES, UNITS, CalendarChange, LimitChange, change_from
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account, Matter
from tongban.registry.queries import as_of, organisation_name, today

if TYPE_CHECKING:
    from tongban.engine.state import Unit

LEVELS = ("预警", "黄牌", "红牌")
PAGE = 30
ASKED = (
    "what",
    "purpose",
    "amount",
    "unit",
    "percent",
    "off",
    "work",
    "org",
    "matter",
    "first",
    "last",
    "note",
)


class _Wrong(Exception):
    """Something typed that cannot be read: the field, and what is wrong."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """假设推演: try another limit or calendar; all trials that were made, newest first."""
    account = account_of(request)
    if not scopes(account).of("supervise").admits(None):
        raise Http404
    typed, errors, notice, status = _begin(), {}, None, 200
    if request.method == "POST":
        typed = {k: request.POST.get(k, "").strip()[:2000] for k in ASKED}
        try:
            made = _suppose(account, typed)
        except _Wrong as wrong:
            errors, status = {wrong.field: wrong.words}, 422
        except Refused as refusal:
            field = str(refusal.detail.get("field", ""))
            errors = {field: refusal.message} if field else {}
            notice, status = parts.Notice("bad", refusal.message, _("没有推演，您填的内容都在。")), 409
        else:
            return HttpResponseRedirect(reverse("supervision:trial", args=[made.pk]))
    form = _form(typed, errors)
    before = whole_number(request.GET.get("before", ""))
    rows = Trial.objects.select_related("asked_by", "matter").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    more = f"?before={found[PAGE - 1].pk}" if len(found) > PAGE else ""
    return render(
        request,
        "supervision/trials.html",
        {
            "page": workbench(
                request, _("假设推演"), "trials",
                subtitle=_("改一个期限，或者改几天工作日历，用过去的办件算一算会多发、少发哪些牌；只计算，不发牌。"),
            ),
            "form": form, "notice": notice, "summary": fields.summary_of(form) if errors else None,
            "table": _listed(found[:PAGE]), "empty": not found,
            "pager": work.Pager(reverse("supervision:trials") if before else "", more, None, len(found[:PAGE]), _("次"))
            if before or more else None,
            "rules": reverse("supervision:rules"),
        },
        status=status,
    )  # fmt: skip


@staff_only
@require_safe
def trial(request: HttpRequest, trial_id: int) -> HttpResponse:
    """One trial: how far it is, and what came of it. It renews itself while it runs, without a script."""
    account = account_of(request)
    if not scopes(account).of("supervise").admits(None):
        raise Http404(str(trial_id))
    row = Trial.objects.select_related("asked_by", "matter").filter(pk=trial_id).first()
    of_rule = row is not None and row.what == Trial.What.RULE
    if row is None or (of_rule and row.rule not in RULES):
        raise Http404(str(trial_id))
    may_export = bool(row.outcome) and bool(scopes(account).of("export"))
    if may_export and request.GET.get("export"):
        record_access(account, "export", "trial", trial=row.pk, rows=len(row.outcome["differing"]))
        return sheet_response(_("试算结果不同的办件"), _COLUMNS, _lines(row.outcome["differing"]))
    running = row.status in (Trial.Status.QUEUED, Trial.Status.RUNNING)
    percent = 100 * row.looked // row.cases if row.cases else 0
    facts: list[tuple[str, Any]] = [
        *_tried(row),
        (_("范围"), scope_words(row.org_id, row.matter)),
        (_("办件"), _("%(a)s 至 %(b)s 申请的 %(n)s 件") % {"a": cn_date(row.first), "b": cn_date(row.last), "n": f"{row.cases:,}"}),
        (_("谁试算"), f"{row.asked_by}，{cn_time(row.asked_at)}"),
        (_("进度"), f"{row.get_status_display()}" + (f"，{row.looked:,} / {row.cases:,}（{percent}%）" if running else "")),
    ]  # fmt: skip
    if row.note:
        facts.append((_("说明"), row.note))
    title = f"{row.rule} {RULES[row.rule].name}" if of_rule else row.get_what_display()
    back = reverse("supervision:rule", args=[row.rule]) if of_rule else reverse("supervision:trials")
    response = render(
        request,
        "supervision/trial.html",
        {
            "page": workbench(request, _("试算：%(what)s") % {"what": title}, "rules" if of_rule else "trials",
                              subtitle=_("只计算，不发牌；按这些办件今天为止的办理情况重新判定。")),
            "facts": parts.Terms(tuple(facts)), "running": running, "percent": percent,
            "failed": row.status == Trial.Status.FAILED,
            "tables": () if running or not row.outcome else _tables(row.outcome),
            "back": back, "back_words": _("回到规则") if of_rule else _("回到假设推演"),
            "export": "?export=1" if may_export and row.outcome["differing"] else "",
            "adopt": f"{back}?trial={row.pk}" if of_rule else "",
        },
    )  # fmt: skip
    if running:
        response["Refresh"] = "3"
    return response


_COLUMNS = (("办件", 18), ("单位", 28), ("现行", 10), ("试用", 10), ("依据", 60))


def _lines(differing: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    for row in differing:
        levels = (LEVELS[level - 1] if level else "不发" for level in (row["was"], row["would"]))
        yield (row["number"], organisation_name(row["org"]), *levels, row["words"])


def change_words(row: Trial) -> str:
    """What a trial changes, in a line."""
    if row.what == Trial.What.RULE:
        rule = RULES.get(row.rule)
        return f"{row.rule} {rule.name}：{threshold_words(rule, row.thresholds)}" if rule else row.rule
    change = change_from(row.what, row.change)
    if isinstance(change, LimitChange):
        name = _(PURPOSES[change.purpose])
        if change.percent:
            return _("%(name)s改为原来的 %(p)s%%") % {"name": name, "p": change.percent}
        return f"{name}{_('改为')} {change.amount} {_(UNITS[change.unit])}"
    said = []
    if change.off:
        said.append(_("改为放假：%(days)s") % {"days": "、".join(map(cn_date, sorted(change.off)))})
    if change.work:
        said.append(_("改为上班：%(days)s") % {"days": "、".join(map(cn_date, sorted(change.work)))})
    return "；".join(said)


def _tried(row: Trial) -> list[tuple[str, Any]]:
    if row.what != Trial.What.RULE:
        return [(_("改动"), change_words(row)), (_("判定"), _("全部办件规则，按现行参数"))]
    rule = RULES[row.rule]
    return [
        (_("规则"), f"{rule.id} {rule.name}"),
        (_("试用的参数"), threshold_words(rule, row.thresholds)),
        (_("状态"), parts.Chip("ok", _("启用")) if row.enabled else parts.Chip("", _("停用"))),
    ]


def _listed(rows: list[Trial]) -> parts.Table:
    return parts.table(
        (_("改动"), _("范围"), _("办件"), _("牌数（现行 → 试用）"), _("谁、何时")),
        [
            (
                parts.Cell(change_words(r), r.note, reverse("supervision:trial", args=[r.pk])),
                scope_words(r.org_id, r.matter),
                f"{cn_date(r.first)} {_('至')} {cn_date(r.last)}",
                f"{sum(r.outcome['before']):,} → {sum(r.outcome['after']):,}" if r.outcome else r.get_status_display(),
                f"{r.asked_by}，{cn_time(r.asked_at)}",
            )
            for r in rows
        ],
        _("做过的试算"), caption_hidden=True, dense=True,
    )  # fmt: skip


# The form


def _begin() -> dict[str, str]:
    day = today()
    return {
        **dict.fromkeys(ASKED, ""), "what": "limit", "purpose": "promised", "unit": "workday",
        "first": (day - timedelta(days=91)).isoformat(), "last": (day - timedelta(days=1)).isoformat(),
    }  # fmt: skip


def _suppose(account: Account, typed: Mapping[str, str]) -> Trial:
    """Try what was typed. Raises _Wrong, Refused."""
    if typed["what"] == "calendar":
        change: LimitChange | CalendarChange = CalendarChange(_days(typed, "off"), _days(typed, "work"))
    else:
        unit: Unit = next((u for u in UNITS if u == typed["unit"]), "workday")
        change = LimitChange(typed["purpose"], _number(typed, "amount"), unit, _number(typed, "percent"))
    matter = Matter.objects.filter(code=typed["matter"]).first() if typed["matter"] else None
    if typed["matter"] and matter is None:
        raise _Wrong("matter", _("没有这个编码的事项"))
    org = whole_number(typed["org"]) if typed["org"] else None
    if typed["org"] and org not in as_of().nodes:
        raise _Wrong("org", _("请从列表中选择单位"))
    said = Supposition(change, org, matter.pk if matter else None, typed["note"])
    return suppose(account, said, _day(typed, "first"), _day(typed, "last"))


def _number(typed: Mapping[str, str], name: str) -> int:
    if not typed[name]:
        return 0
    number = whole_number(typed[name])
    if number is None or number > 10**6:
        raise _Wrong(name, _("请填整数"))
    return number


def _day(typed: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(typed[name])
    except ValueError:
        raise _Wrong(name, _("请填日期，如 2026-12-01")) from None


def _days(typed: Mapping[str, str], name: str) -> frozenset[date]:
    """Days between commas, spaces or lines."""
    found = set()
    for text in re.split(r"[\s,，、;；]+", typed[name]):
        if text:
            try:
                found.add(date.fromisoformat(text))
            except ValueError:
                raise _Wrong(name, _("“%(text)s”不是日期，请写成 2026-12-01") % {"text": text[:20]}) from None
    return frozenset(found)


def _form(typed: Mapping[str, str], errors: Mapping[str, str]) -> tuple[fields.Field, ...]:
    def field(name: str, label: str, kind: fields.FieldType, hint: str = "", **more: Any) -> fields.Field:
        return fields.Field(
            name, label, kind, typed.get(name, ""), hint, errors.get(name, ""), **{"required": False, **more}
        )

    limit = fields.When("what", "limit", said=_("改期限时填"))
    days = fields.When("what", "calendar", said=_("改工作日历时填"))
    nodes = sorted((n for n in as_of().nodes.values() if not n.abolished), key=lambda n: (n.level, n.id))
    units = (fields.Option("", _("全部单位")), *(fields.Option(str(n.id), n.name) for n in nodes))
    return (
        field("what", _("改什么"), "radio", required=True, options=(
            fields.Option("limit", _("一个期限")), fields.Option("calendar", _("工作日历")),
        )),
        field("purpose", _("哪个期限"), "select", required=True, when=limit,
              options=tuple(fields.Option(k, _(v)) for k, v in PURPOSES.items())),
        field("amount", _("改为"), "number", _("新的期限；只对一个事项可以这样填"), when=limit),
        field("unit", _("期限单位"), "select", required=True, when=limit, options=tuple(fields.Option(k, _(v)) for k, v in UNITS.items())),
        field("percent", _("或者改为原来的百分之几"), "number", _("如 80，不足一天的进到一天"), when=limit, unit="%"),
        field("off", _("改为放假的日子"), "textarea", _("用逗号或者换行分开，如 2026-05-06"), when=days, rows=2),
        field("work", _("改为上班的日子"), "textarea", _("用逗号或者换行分开"), when=days, rows=2),
        field("org", _("只看一个单位"), "select", options=units),
        field("matter", _("只看一个事项"), "text", _("填基本编码，空着是全部")),
        field("first", _("从这天"), "date", _("看这段时间申请的办件会怎样"), required=True),
        field("last", _("到这天"), "date", required=True),
        field("note", _("说明"), "text", _("为什么推演，便于以后查找"), maxlength=200),
    )  # fmt: skip


# What came of it


def _tables(outcome: dict[str, Any]) -> list[tuple[str, str, Any]]:
    number = parts.Column
    levels = [
        (name, *_both(was, would))
        for name, was, would in zip(LEVELS, outcome["before"], outcome["after"], strict=True)
    ]
    units = [(organisation_name(org), *_both(was, would)) for org, was, would in outcome["units"][:50]]
    rules = [
        (f"{rule} {RULES[rule].name if rule in RULES else ''}", *_both(was, would))
        for rule, was, would in sorted(outcome.get("rules", ()), key=lambda r: (-abs(r[2] - r[1]), r[0]))
    ]
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
        ("t-levels", _("牌数"), work.Rank((number(_("级别")), *columns), tuple(levels), _("牌数"))),
        *([("t-moves", _("怎样变的"), _moves(outcome["moves"]))] if outcome.get("moves") else []),
        *(
            [("t-rules", _("各规则"), work.Rank((number(_("规则")), *columns), tuple(rules), _("各规则")))]
            if rules
            else []
        ),
        (
            "t-units",
            _("各单位"),
            work.Rank((number(_("单位")), *columns), tuple(units), _("各单位")) if units else none["units"],
        ),
        (
            "t-cases",
            _("结果不同的办件") + more,
            _table(_("办件"), (_("现行"), _("试用")), cases, none["cases"]),
        ),
    ]


def _moves(moves: list[list[int]]) -> Any:
    """What is new, what falls away, what grows graver or milder: a card that only turns red is no more of them."""
    rows = []
    for was, would, n in sorted(moves, key=lambda m: (m[0] != 0, m[1] == 0, m)):
        how = _("新发") if not was else _("不再发") if not would else _("加重") if would > was else _("减轻")
        rows.append((how, _level(was), _level(would), parts.Cell(f"{n:,}", number=True)))
    return _table(_("变化"), (_("现行"), _("试用"), parts.Column(_("张"), right=True)), rows)


def _table(first: str, columns: tuple[Any, ...], rows: list[Any], empty: str = "") -> Any:
    return parts.table((first, *columns), rows, first, caption_hidden=True, dense=True, empty=empty)


def _both(was: int, would: int) -> tuple[parts.Cell, parts.Cell, parts.Cell]:
    change = f"{would - was:+,}" if would != was else "0"
    return (
        parts.Cell(f"{was:,}", number=True),
        parts.Cell(f"{would:,}", number=True),
        parts.Cell(change, number=True),
    )


def _level(level: int) -> parts.Chip:
    return CHIPS[level] if level else parts.Chip("", "—")
