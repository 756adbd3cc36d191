"""监察规则: how every rule stands, how it stood, and the change of thresholds as dated data."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.calendar import CHINA
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.supervision import services
from tongban.platforms.supervision.models import Card, RuleVersion, Trial
from tongban.platforms.supervision.queries import rule_book
from tongban.platforms.supervision.rules import RULES, Entry
from tongban.platforms.supervision.rules.rule import FAMILIES, Rule
from tongban.platforms.supervision.trials import Proposal, propose
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account, Matter
from tongban.registry.queries import as_of, organisation_name


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every rule as it stands today."""
    account, today = account_of(request), datetime.now(CHINA).date()
    book = rule_book(today)
    given = dict(Card.objects.visible_to(account).order_by().values_list("rule").annotate(n=Count("pk")))
    groups = []
    for letter, family in FAMILIES.items():
        rows = []
        for rule in RULES.values():
            if rule.id[0] != letter:
                continue
            entry = book.entry(rule)
            rows.append(
                (
                    parts.Cell(
                        f"{rule.id} {rule.name}", rule.basis, reverse("supervision:rule", args=[rule.id])
                    ),
                    threshold_words(rule, entry.thresholds),
                    parts.Chip("ok", _("启用")) if entry.enabled else parts.Chip("", _("停用")),
                    parts.Cell(
                        str(given.get(rule.id, 0)),
                        href=f"{reverse('supervision:cards')}?rule={rule.id}",
                        number=True,
                    ),
                )
            )
        groups.append(
            (
                family,
                parts.table(
                    (_("规则"), _("参数"), _("状态"), _("发牌")),
                    rows,
                    family,
                    caption_hidden=True,
                    dense=True,
                ),
            )
        )
    return render(
        request,
        "supervision/rules.html",
        {
            "page": workbench(
                request,
                _("监察规则 %(n)s 条") % {"n": len(RULES)},
                "rules",
                subtitle=_("规则的判断写在程序里，参数是有起止日期的数据；改参数不改过去的牌。"),
            ),
            "groups": groups,
        },
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule: as it stands, its history, and the form that changes it from a day on."""
    account = account_of(request)
    found = RULES.get(rule_id)
    if found is None:
        raise Http404(rule_id)
    today = datetime.now(CHINA).date()
    entry = rule_book(today).entry(found)
    typed = _standing(found, entry, today) | _tried(request.GET.get("trial", ""), found)
    errors: dict[str, str] = {}
    notice, status = None, 200
    if request.POST.get("deed") == "withdraw":
        return _withdrawn(request, account, found)
    if request.method == "POST":
        typed = {
            k: request.POST.get(k, "").strip()[:2000]
            for k in (*found.thresholds, "enabled", *SCOPE, *DATES, "basis")
        }
        trying = request.POST.get("deed") == "try"
        given, errors = _read(found, typed, trying=trying)
        if not errors:
            try:
                address = _carry_out(account, found, given, typed, trying=trying)
            except Refused as refusal:
                field = str(refusal.detail.get("field", ""))
                errors = {field: refusal.message} if field else {}
                notice, status = (
                    parts.Notice("bad", refusal.message, _("没有改动，您填的内容都在。")),
                    403 if refusal.code == "not_permitted" else 409,
                )
            else:
                if not trying:
                    day = cn_date(date.fromisoformat(typed["begins"]))
                    messages.success(request, _("已定下，自 %(day)s 起生效。") % {"day": day})
                return HttpResponseRedirect(address)
        else:
            status = 422
    may = scopes(account).of("supervise").admits(None)
    versions = (
        RuleVersion.objects.filter(rule=rule_id).select_related("made_by", "matter").order_by("-valid", "pk")
    )
    history = [
        (
            f"{cn_date(v.valid.lower)} 起"
            + (f"，至 {cn_date(v.valid.upper - timedelta(days=1))}" if v.valid.upper else ""),
            scope_words(v.org_id, v.matter),
            threshold_words(found, v.thresholds),
            parts.Chip("ok", _("启用")) if v.enabled else parts.Chip("", _("停用")),
            str(v.made_by),
            v.basis,
        )
        for v in versions
    ]
    history.append(
        (
            _("之前"),
            _("全部"),
            threshold_words(found, found.defaults),
            parts.Chip("ok", _("启用")),
            _("系统"),
            _("规则本身的默认参数"),
        )
    )
    return render(
        request,
        "supervision/rule.html",
        {
            "page": workbench(
                request, f"{found.id} {found.name}", "rules", subtitle=f"{found.family} · {found.basis}"
            ),
            "facts": parts.Terms(
                (
                    (_("怎么判"), found.judged),
                    (_("看哪些事实"), "、".join(found.inputs)),
                    (_("现在的参数"), threshold_words(found, entry.thresholds)),
                    (_("状态"), _("启用") if entry.enabled else _("停用")),
                )
            ),
            "history": parts.table(
                (_("时间"), _("范围"), _("参数"), _("状态"), _("谁定的"), _("依据")),
                history,
                _("历次参数"),
                caption_hidden=True,
                dense=True,
            ),
            "planned": [
                (
                    v.pk,
                    _("%(day)s 起，%(who)s：%(what)s")
                    % {
                        "day": cn_date(v.valid.lower),
                        "who": scope_words(v.org_id, v.matter),
                        "what": threshold_words(found, v.thresholds),
                    },
                )
                for v in versions
                if may and v.valid.lower > today
            ],
            "form": _form(found, typed, errors) if may else (),
            "notice": notice,
            "summary": fields.summary_of(_form(found, typed, errors)) if errors else None,
            "why_not": "" if may else _("只有对全部单位有监察权限的人员可以调整监察规则。"),
        },
        status=status,
    )


def _withdrawn(request: HttpRequest, account: Account, rule_: Rule) -> HttpResponse:
    """Take a planned version back; the page again, which says so."""
    try:
        services.withdraw_version(account, rule_.id, whole_number(request.POST.get("version", "")) or 0)
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("已撤回，之前的参数继续有效。"))
    return HttpResponseRedirect(reverse("supervision:rule", args=[rule_.id]))


def threshold_words(rule_: Rule, thresholds: Any) -> str:
    """“宽限 0 工作日，3 工作日后转红牌”."""
    said = [f"{t.name} {thresholds.get(key, t.default)} {t.unit}" for key, t in rule_.thresholds.items()]
    return "，".join(said) or _("没有参数")


SCOPE = ("org", "matter")
DATES = ("begins", "until", "first", "last")


def scope_words(org: int | None, matter: Matter | None) -> str:
    """For whom: everybody, a unit, a matter, a matter at a unit."""
    said = [organisation_name(org)] if org else []
    return " · ".join([*said, f"{matter.name}（{matter.code}）"] if matter else said) or _("全部")


def _standing(rule_: Rule, entry: Entry, today: date) -> dict[str, str]:
    """The form as it begins: the thresholds in force, from tomorrow, tried on the last three months."""
    return {k: str(v) for k, v in {**rule_.defaults, **entry.thresholds}.items()} | {
        "enabled": "1" if entry.enabled else "",
        "begins": (today + timedelta(days=1)).isoformat(),
        "first": (today - timedelta(days=91)).isoformat(),
        "last": (today - timedelta(days=1)).isoformat(),
    }


def _tried(trial_id: str, rule_: Rule) -> dict[str, str]:
    """What a trial was made with, to go on from."""
    number = whole_number(trial_id)
    row = Trial.objects.select_related("matter").filter(pk=number, rule=rule_.id).first() if number else None
    if row is None:
        return {}
    return {k: str(v) for k, v in row.thresholds.items()} | {
        "enabled": "1" if row.enabled else "",
        "org": str(row.org_id or ""),
        "matter": row.matter.code if row.matter else "",
        "first": row.first.isoformat(),
        "last": row.last.isoformat(),
    }


def _carry_out(
    account: Account, rule_: Rule, given: dict[str, int], typed: dict[str, str], *, trying: bool
) -> str:
    """Try it or decide it; the page to go on to. Raises Refused."""
    org = whole_number(typed["org"]) if typed["org"] else None
    matter = Matter.objects.filter(code=typed["matter"]).first() if typed["matter"] else None
    if typed["matter"] and matter is None:
        raise Refused("matter_unknown", _("没有这个编码的事项。"), detail={"field": "matter"})
    day = {name: date.fromisoformat(typed[name]) for name in DATES if typed[name]}
    if trying:
        proposal = Proposal(rule_.id, given, typed["enabled"] == "1", org, matter.pk if matter else None)
        made = propose(account, proposal, day["first"], day["last"])
        return reverse("supervision:trial", args=[made.pk])
    services.revise_rule(
        account, rule_.id, thresholds=given, enabled=typed["enabled"] == "1", begins=day["begins"],
        until=day.get("until"), org=org, matter=matter.pk if matter else None, basis=typed["basis"],
    )  # fmt: skip
    return reverse("supervision:rule", args=[rule_.id])


def _read(rule_: Rule, typed: dict[str, str], *, trying: bool) -> tuple[dict[str, int], dict[str, str]]:
    given: dict[str, int] = {}
    errors: dict[str, str] = {}
    for key, declared in rule_.thresholds.items():
        try:
            given[key] = int(typed[key])
        except ValueError:
            errors[key] = _("请填整数")
            continue
        if not declared.least <= given[key] <= declared.most:
            errors[key] = _("应在 %(a)s 到 %(b)s 之间") % {"a": declared.least, "b": declared.most}
    for name in DATES:
        needed = name in (("first", "last") if trying else ("begins",))
        if not needed and not typed[name]:
            continue
        try:
            date.fromisoformat(typed[name])
        except ValueError:
            errors[name] = _("请填日期，如 2026-12-01")
    if typed["org"] and not whole_number(typed["org"]):
        errors["org"] = _("请从列表中选择单位")
    if not trying and not typed["basis"]:
        errors["basis"] = _("请写明调整的依据")
    return given, errors


def _form(rule_: Rule, typed: dict[str, str], errors: dict[str, str]) -> tuple[fields.Field, ...]:
    def field(name: str, label: str, kind: fields.FieldType, hint: str = "", **more: Any) -> fields.Field:
        return fields.Field(name, label, kind, typed.get(name, ""), hint, errors.get(name, ""), **more)

    nodes = sorted((n for n in as_of().nodes.values() if not n.abolished), key=lambda n: (n.level, n.id))
    units = (fields.Option("", _("全部单位")), *(fields.Option(str(n.id), n.name) for n in nodes))
    asked = [
        field(key, t.name, "number", _("%(a)s 到 %(b)s，默认 %(d)s") % {"a": t.least, "b": t.most, "d": t.default}, unit=t.unit)
        for key, t in rule_.thresholds.items()
    ]  # fmt: skip
    return (
        *asked,
        field("enabled", _("启用这条规则"), "checkbox", required=False),
        field("org", _("适用单位"), "select", _("只对一个单位另定时选择"), options=units, required=False),
        field("matter", _("适用事项"), "text", _("只对一个事项另定时填基本编码，空着是全部"), required=False),
        field("first", _("试算：从这天"), "date", _("看这段时间申请的办件会怎样；试算时填"), required=False),
        field("last", _("试算：到这天"), "date", required=False),
        field("begins", _("从哪天起"), "date", _("最早明天；过去的牌不变；试算时不用填")),
        field("until", _("到哪天止"), "date", _("空着是长期"), required=False),
        field("basis", _("依据"), "textarea", _("为什么调整，按哪份文件；试算时不用填"), rows=3),
    )
