"""Cards: the list, one card with what it was based on, and what may be done about it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongban.base.models import CalendarVersion
from tongban.base.sheets import sheet_response
from tongban.base.text import day_asked, whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.supervision import orders, services
from tongban.platforms.supervision.cardbox import CHIPS, STATES, card_box, snapshot_words
from tongban.platforms.supervision.models import IN_FORCE, NOT_COUNTED, Card
from tongban.platforms.supervision.queries import midnight, proved_level, with_titles
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.rules.rule import FAMILIES
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import as_of

if TYPE_CHECKING:
    from tongban.base.ui.component import Shown

PAGE = 30


def _order(account: Account, card_id: int, *, reason: str) -> None:
    orders.open_order(account, card_id, demand=reason)


DEEDS = {
    "explain": ("说明情况", services.explain, "说明为什么会这样，由监察人员认定"),
    "confirm": ("认定属实", services.confirm, "核实过，问题属实；认定的牌计入考核"),
    "order": ("督办", _order, "下发督办单：核实后由责任单位签收、整改反馈或者申诉，再复核"),
    "recall": ("收回督办", orders.recall, "下错了或者不必再督办；牌不变"),
    "appeal": ("申诉", services.appeal, "说明理由，由监察人员复核；只能申诉一次"),
    "uphold": ("维持这张牌", services.uphold, "申诉理由不成立"),
    "revoke": ("撤销这张牌", services.revoke, "发牌有误；撤销记录保留"),
    "mark_corrected": ("确认已整改", services.mark_corrected, "写明看到的整改情况"),
}


@staff_only
@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """红黄牌: the cards one may see, filtered, newest first."""
    account = account_of(request)
    asked = _asked(request)
    rows = cards_asked(account, asked)
    count = rows.count()
    at = _key(request.GET.get("after", ""))
    shown = rows.filter(Q(issued_at__lt=at[0]) | Q(issued_at=at[0], pk__lt=at[1])) if at else rows
    found = list(shown[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    after = urlencode({**asked, "after": f"{found[-1].issued_at.isoformat()}|{found[-1].pk}"}) if more else ""
    table = parts.table(
        (
            _("规则"),
            _("牌"),
            _("办件"),
            _("单位"),
            parts.Column(_("责任人"), short=True),
            _("状态"),
            parts.Column(_("发出"), short=True),
        ),
        tuple(
            (
                parts.Cell(f"{c.rule} {c.rule_name}", c.words, reverse("supervision:card", args=[c.pk])),
                CHIPS[c.level],
                parts.Cell(c.title, c.case_number),
                c.org_name,
                c.person_name or "—",
                STATES[c.status],
                cn_time(c.issued_at),
            )
            for c in found
        ),
        _("红黄牌"),
        caption_hidden=True,
        dense=True,
    )
    tags = [
        (f"{name}：{said}", "?" + urlencode({k: v for k, v in asked.items() if k != key}))
        for key, name, said in _said(asked)
    ]
    return render(
        request,
        "supervision/list.html",
        {
            "page": workbench(
                request,
                _("红黄牌 %(n)s 张") % {"n": f"{count:,}"},
                "cards",
                subtitle=_("由规则对每一步自动判定，附当时的事实和参数。"),
            ),
            "filter": _filter(asked, tags),
            "table": table if found else None,
            "pager": only_pager(after, count, len(found)),
            "empty": parts.Empty(
                _("没有这样的牌"),
                _("换一个条件看看，或者看全部。"),
                (parts.Act(_("看全部"), reverse("supervision:cards")),),
                "shield-check",
            ),
            "export": reverse("supervision:cards_export") + "?" + urlencode(asked)
            if scopes(account).of("export")
            else "",
        },
    )


@staff_only
@require_safe
def cards_export(request: HttpRequest) -> HttpResponse:
    """The asked cards as XLSX, of the units one may export from."""
    account = account_of(request)
    reach = scopes(account).of("export")
    if not reach:
        return refused(request, _("您没有导出权限。"))
    rows = cards_asked(account, _asked(request)).filter(reach.q())
    record_access(account, "export", "cards", rows=rows.count())
    return sheet_response(
        _("红黄牌"),
        (
            (_("级别"), 8),
            (_("规则"), 24),
            (_("说明"), 60),
            (_("办件编号"), 18),
            (_("办件"), 40),
            (_("单位"), 28),
            (_("责任人"), 12),
            (_("环节"), 16),
            (_("发出"), 18),
            (_("状态"), 10),
        ),
        (
            (
                c.get_level_display(),
                f"{c.rule} {c.rule_name}",
                c.words,
                c.case_number,
                c.title,
                c.org_name,
                c.person_name,
                c.step,
                c.issued_at,
                c.get_status_display(),
            )
            for c in rows.iterator(chunk_size=500)
        ),
    )


@staff_only
@require_safe
def card(request: HttpRequest, card_id: int) -> HttpResponse:
    """One card."""
    return _card_page(request, _find(account_of(request), card_id))


@staff_only
@require_POST
def card_act(request: HttpRequest, card_id: int) -> HttpResponse:
    """Appeal against a card, or decide about it."""
    account = account_of(request)
    found = _find(account, card_id)
    deed, reason = request.POST.get("deed", ""), request.POST.get("reason", "")
    if deed not in DEEDS:
        raise Http404(deed)
    try:
        _is_as_seen(found, request.POST.get("status", found.status))
        DEEDS[deed][1](account, card_id, reason=reason)
    except Refused as refusal:
        if refusal.code == "not_found":
            raise Http404(str(card_id)) from None
        return _card_page(request, found, refusal=refusal, deed=deed, reason=reason, status=409)
    messages.success(request, _("已记录：%(deed)s。") % {"deed": DEEDS[deed][0]})
    return HttpResponseRedirect(reverse("supervision:card", args=[card_id]))


def cards_asked(account: Account, asked: Mapping[str, str]) -> QuerySet[Card]:
    """The cards an account may see, as asked, newest first."""
    rows = with_titles(Card.objects.visible_to(account)).order_by("-issued_at", "-pk")
    exact = {column: asked[key] for key, column in _EXACT.items() if asked.get(key)}
    rows = rows.filter(**exact)
    if asked.get("level"):
        rows = rows.filter(level__in=LEVELS_ASKED[asked["level"]])
    if asked.get("open"):
        rows = rows.filter(status__in=IN_FORCE, level__gte=2, case__concluded_at=None)
    if asked.get("force"):
        rows = rows.exclude(status__in=NOT_COUNTED)
    if asked.get("from"):
        rows = rows.filter(issued_at__gte=midnight(date.fromisoformat(asked["from"])))
    if asked.get("to"):
        rows = rows.filter(issued_at__lt=midnight(date.fromisoformat(asked["to"]) + timedelta(days=1)))
    if asked.get("q"):
        text = asked["q"]
        rows = rows.filter(
            Q(case_number__icontains=text)
            | Q(title__icontains=text)
            | Q(person_name__icontains=text)
            | Q(org_name__icontains=text)
        )
    return rows


#: What may be asked of the level; the last is what a unit is held to account for.
LEVELS_ASKED = {"1": (1,), "2": (2,), "3": (3,), "2+": (2, 3)}
_EXACT = {
    "family": "rule__startswith", "rule": "rule", "status": "status", "org": "org_id", "matter": "matter_id",
}  # fmt: skip


def refused(request: HttpRequest, words: str) -> HttpResponse:
    """A page that says why not."""
    notice = parts.Notice("warn", _("不能这样做"), words)
    return render(
        request,
        "supervision/refused.html",
        {"page": workbench(request, _("不能这样做")), "notice": notice},
        status=403,
    )


def _key(text: str) -> tuple[datetime, int] | None:
    moment, _bar, pk = text.partition("|")
    try:
        at, key = datetime.fromisoformat(moment), whole_number(pk)
    except ValueError:
        return None
    return None if key is None or at.tzinfo is None else (at, key)


def only_pager(after: str, count: int, shown: int) -> work.BulkBar:
    """The bar under a list that only pages."""
    return work.BulkBar((), work.Pager("", f"?{after}" if after else "", count, shown, _("张")), keys=False)


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the address asks for; what is not valid is not asked."""
    get = request.GET
    asked = {
        "level": get.get("level", "") if get.get("level") in LEVELS_ASKED else "",
        "family": get.get("family", "") if get.get("family") in FAMILIES else "",
        "rule": get.get("rule", "") if get.get("rule") in RULES else "",
        "status": get.get("status", "") if get.get("status") in STATES else "",
        "org": get.get("org", "") if whole_number(get.get("org", "")) else "",
        "matter": get.get("matter", "") if whole_number(get.get("matter", "")) else "",
        "open": "1" if get.get("open") == "1" else "",
        "force": "1" if get.get("force") == "1" else "",
        "q": get.get("q", "").strip()[:60],
    }
    for name in ("from", "to"):
        if day := day_asked(get.get(name, "")):
            asked[name] = day.isoformat()
    return {k: v for k, v in asked.items() if v}


def _said(asked: Mapping[str, str]) -> list[tuple[str, str, str]]:
    rows = []
    if "org" in asked:
        node = as_of().nodes.get(int(asked["org"]))
        rows.append(("org", _("单位"), node.short_name if node else asked["org"]))
    if asked.get("level") == "2+":
        rows.append(("level", _("级别"), _("黄牌、红牌")))
    if "open" in asked:
        rows.append(("open", _("办件"), _("未办结，黄牌以上")))
    if "force" in asked:
        rows.append(("force", _("计数"), _("有效的，不含撤销、已升级")))
    if "from" in asked:
        rows.append(("from", _("自"), asked["from"]))
    if "to" in asked:
        rows.append(("to", _("至"), asked["to"]))
    if "q" in asked:
        rows.append(("q", _("含"), asked["q"]))
    return rows


def _filter(asked: Mapping[str, str], tags: list[tuple[str, str]]) -> work.FilterBar:
    def address(**over: str) -> str:
        return "?" + urlencode({k: v for k, v in {**asked, **over}.items() if v})

    levels = (("", _("全部")), ("1", _("预警")), ("2", _("黄牌")), ("3", _("红牌")))
    rules = (
        fields.Option("", _("全部规则")),
        *(fields.Option(r.id, f"{r.id} {r.name}") for r in RULES.values()),
    )
    families = (fields.Option("", _("全部类别")), *(fields.Option(k, v) for k, v in FAMILIES.items()))
    states = (fields.Option("", _("全部状态")), *(fields.Option(k, c.text) for k, c in STATES.items()))
    return work.FilterBar(
        reverse("supervision:cards"),
        work.Segmented(
            tuple(parts.Tab(name, address(level=key), asked.get("level", "") == key) for key, name in levels),
            _("级别"),
        ),
        (
            work.Select("family", _("类别"), families, asked.get("family", "")),
            work.Select("rule", _("规则"), rules, asked.get("rule", "")),
            work.Select("status", _("状态"), states, asked.get("status", "")),
        ),
        asked.get("q", ""),
        _("办件、单位或责任人"),
        tuple(tags),
        {k: v for k, v in asked.items() if k in ("level", "org", "matter", "from", "to", "open", "force")},
        label=_("筛选牌"),
    )


def _find(account: Account, card_id: int) -> Card:
    found = (
        with_titles(Card.objects.visible_to(account))
        .filter(pk=card_id)
        .select_related("matter", "rule_version")
        .first()
    )
    if found is None:
        raise Http404(str(card_id))
    return found


def _is_as_seen(found: Card, status: str) -> None:
    """Raises Refused("card_status") where the page on which somebody decides shows an older state."""
    if found.status != status:
        raise Refused("card_status", _("这张牌刚才有了新的处理，请看一下再决定。"))


def _case(account: Account, found: Card) -> "Shown":
    """The case of a card: a unit that was carded for its step sees the card, and not always the case."""
    words = format_html("{}<br>{}", found.case_number, found.title)
    if not Case.objects.visible_to(account).filter(pk=found.case_id).exists():
        return words
    return format_html('<a href="{}">{}</a>', reverse("desk:case", args=[found.case_number]), words)


def _card_page(
    request: HttpRequest,
    found: Card,
    *,
    refusal: Refused | None = None,
    deed: str = "",
    reason: str = "",
    status: int = 200,
) -> HttpResponse:
    account = account_of(request)
    rule = RULES.get(found.rule)
    facts: list[tuple[str, Shown]] = [
        (_("办件"), _case(account, found)),
        (_("单位"), found.org_name),
        (_("责任人"), found.person_name or "—"),
        (_("环节"), found.step or "—"),
        (_("发出"), cn_time(found.issued_at)),
        (_("状态"), STATES[found.status]),
        (_("记入办件"), _("第 %(n)s 条留痕") % {"n": found.seq}),
    ]
    steps = tuple(
        (
            cn_time(s.at),
            str(s.by or _("系统")),
            parts.Cell(f"{Card.Status(s.before).label} → {Card.Status(s.after).label}"),
            s.reason,
        )
        for s in found.steps.select_related("by").order_by("no")
    )
    return render(
        request,
        "supervision/card.html",
        {
            "page": workbench(
                request,
                _("%(level)s：%(rule)s") % {"level": found.get_level_display(), "rule": found.rule_name},
                "cards",
                subtitle=f"{found.case_number} · {found.title}",
            ),
            "card_id": found.pk,
            "status": found.status,
            "box": card_box(found, linked=False),
            "facts": parts.Terms(tuple(facts)),
            "snapshot": parts.Terms(tuple(snapshot_words(found))),
            "rule": rule,
            "inputs": "、".join(rule.inputs) if rule else "",
            "proof": _proved(found),
            "steps": parts.table(
                (_("时间"), _("谁"), _("变化"), _("理由")),
                steps,
                _("处理经过"),
                caption_hidden=True,
                dense=True,
            )
            if steps
            else None,
            "orders": [
                parts.Act(
                    _("督办单 %(no)s（%(state)s）")
                    % {"no": o.case.number, "state": o.case.get_phase_display()},
                    reverse("desk:case", args=[o.case.number]),
                    "line",
                )
                for o in orders.orders_of(found, account)
            ],
            "deeds": _deeds(account, found, deed, reason, refusal),
            "notice": parts.Notice("bad", refusal.message, _("什么都没有改动，您填的内容都在。"))
            if refusal
            else None,
        },
        status=status,
    )


def _proved(found: Card) -> parts.Notice:
    try:
        level = proved_level(found)
    except (CalendarVersion.DoesNotExist, KeyError, ValueError):
        return parts.Notice(
            "warn", _("现在不能重算"), _("当时的工作日历、规则或者规则的参数，现在的程序里没有。"), slim=True
        )
    if level == found.level:
        return parts.Notice(
            "ok",
            _("按取证重算，级别一致"),
            _("用当时的事实、参数和日历重新判定，得到同样的结果。"),
            slim=True,
        )
    return parts.Notice(
        "bad", _("按取证重算，级别不一致"), _("重算为 %(n)s 级，请核对。") % {"n": level}, slim=True
    )


def _deeds(
    account: Account, found: Card, deed: str, reason: str, refusal: Refused | None
) -> list[tuple[str, str, str, fields.Field]]:
    """What may be done about it: (deed, name, hint, its field)."""
    return [
        (
            key,
            _(DEEDS[key][0]),
            _(DEEDS[key][2]),
            fields.Field(
                "reason",
                _("要求") if key == "order" else _("理由"),
                "textarea",
                reason if key == deed else "",
                error=refusal.message if refusal and key == deed else "",
                rows=3,
            ),
        )
        for key in services.deeds_open(account, found)
    ]
