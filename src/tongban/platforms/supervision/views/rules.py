"""监察规则: how every rule stands, how it stood, and the change of thresholds as dated data."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.calendar import CHINA
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.supervision import services
from tongban.platforms.supervision.cardbox import WORDS
from tongban.platforms.supervision.models import Card, RuleVersion
from tongban.platforms.supervision.queries import rule_book
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.rules.rule import FAMILIES, Rule
from tongban.registry.access import account_of, staff_only


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every rule as it stands today."""
    account, today = account_of(request), datetime.now(CHINA).date()
    book = rule_book(today)
    given: dict[str, int] = {}
    for rule_id in Card.objects.visible_to(account).order_by().values_list("rule", flat=True):
        given[rule_id] = given.get(rule_id, 0) + 1
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
    typed = {k: str(v) for k, v in entry.thresholds.items()}
    typed |= {
        "enabled": "1" if entry.enabled else "",
        "begins": (today + timedelta(days=1)).isoformat(),
        "basis": "",
    }
    errors: dict[str, str] = {}
    notice, status = None, 200
    if request.method == "POST":
        typed = {
            k: request.POST.get(k, "").strip() for k in (*found.thresholds, "enabled", "begins", "basis")
        }
        given, errors = _read(found, typed)
        if not errors:
            try:
                services.revise_rule(
                    account,
                    rule_id,
                    thresholds=given,
                    enabled=typed["enabled"] == "1",
                    begins=date.fromisoformat(typed["begins"]),
                    basis=typed["basis"],
                )
            except Refused as refusal:
                field = str(refusal.detail.get("field", ""))
                errors = {field: refusal.message} if field else {}
                notice, status = (
                    parts.Notice("bad", refusal.message, _("没有改动，您填的内容都在。")),
                    403 if refusal.code == "not_permitted" else 409,
                )
            else:
                messages.success(
                    request,
                    _("已定下，自 %(day)s 起生效。") % {"day": cn_date(date.fromisoformat(typed["begins"]))},
                )
                return HttpResponseRedirect(reverse("supervision:rule", args=[rule_id]))
        else:
            status = 422
    may = scopes(account).of("supervise").admits(None)
    versions = RuleVersion.objects.filter(rule=rule_id).select_related("made_by").order_by("-valid")
    history = [
        (
            f"{cn_date(v.valid.lower)} 起"
            + (f"，至 {cn_date(v.valid.upper - timedelta(days=1))}" if v.valid.upper else ""),
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
                    (_("怎么判"), rule_words(found)),
                    (_("看哪些事实"), "、".join(found.inputs)),
                    (_("现在的参数"), threshold_words(found, entry.thresholds)),
                    (_("状态"), _("启用") if entry.enabled else _("停用")),
                )
            ),
            "history": parts.table(
                (_("时间"), _("参数"), _("状态"), _("谁定的"), _("依据")),
                history,
                _("历次参数"),
                caption_hidden=True,
                dense=True,
            ),
            "form": _form(found, typed, errors) if may else (),
            "notice": notice,
            "summary": fields.summary_of(_form(found, typed, errors)) if errors else None,
            "why_not": "" if may else _("只有对全部单位有监察权限的人员可以调整监察规则。"),
        },
        status=status,
    )


def rule_words(rule_: Rule) -> str:
    """The sentence of its cards, with what varies in brackets."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda found: f"〈{WORDS.get(found[1], found[1])}〉", rule_.words)


def threshold_words(rule_: Rule, thresholds: Any) -> str:
    """“宽限 0 工作日，3 工作日后转红牌”."""
    said = [f"{t.name} {thresholds.get(key, t.default)} {t.unit}" for key, t in rule_.thresholds.items()]
    return "，".join(said) or _("没有参数")


def _read(rule_: Rule, typed: dict[str, str]) -> tuple[dict[str, int], dict[str, str]]:
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
    try:
        date.fromisoformat(typed["begins"])
    except ValueError:
        errors["begins"] = _("请填生效日期，如 2026-12-01")
    if not typed["basis"]:
        errors["basis"] = _("请写明调整的依据")
    return given, errors


def _form(rule_: Rule, typed: dict[str, str], errors: dict[str, str]) -> tuple[fields.Field, ...]:
    asked = [
        fields.Field(
            key,
            t.name,
            "number",
            typed.get(key, ""),
            _("%(a)s 到 %(b)s，默认 %(d)s") % {"a": t.least, "b": t.most, "d": t.default},
            errors.get(key, ""),
            unit=t.unit,
        )
        for key, t in rule_.thresholds.items()
    ]
    asked += [
        fields.Field("enabled", _("启用这条规则"), "checkbox", typed.get("enabled", ""), required=False),
        fields.Field(
            "begins",
            _("从哪天起"),
            "date",
            typed.get("begins", ""),
            _("最早明天；过去的牌不变"),
            errors.get("begins", ""),
        ),
        fields.Field(
            "basis",
            _("依据"),
            "textarea",
            typed.get("basis", ""),
            _("为什么调整，按哪份文件"),
            errors.get("basis", ""),
            rows=3,
        ),
    ]
    return tuple(asked)
