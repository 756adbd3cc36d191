"""公开期限和栏目规定: what holds, what was decided before, and the change from a day on: drafted, looked at, set."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure import preview, provisions
from tongban.platforms.disclosure.columns import EVERYBODY, Column, Item
from tongban.platforms.disclosure.models import Provision
from tongban.platforms.disclosure.rules import Regime
from tongban.platforms.disclosure.services import deciding
from tongban.platforms.disclosure.services.deciding import About
from tongban.platforms.disclosure.views.columns import STATES, every
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account, Organisation, Region
from tongban.registry.queries import as_of, organisation_name, today

PERIOD = 182
"""Days back whose publications the preview of a limit looks at."""
SAID = {"limit": ("days",), "item": ("name", "months", "units", "words", "holds")}
"""The fields of the form that make up the content of a provision."""


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every local limit and every item of the required columns as it stands today, with what is planned."""
    account, day = account_of(request), today()
    if not scopes(account).of("view"):
        raise PermissionDenied
    planned = {
        (row.kind, row.about): row.valid.lower
        for row in Provision.objects.filter(valid__startswith__gt=day)
        if row.valid is not None
    }
    may = deciding.may_decide(account)
    return render(
        request,
        "disclosure/provisions.html",
        {
            "page": workbench(
                request, _("公开规定"), "provisions",
                subtitle=_("签发后多少天内公开，各栏目公开什么、多久一次、由谁公开；都是有起始日期的数据"),
            ),
            "limits": _planning_table(
                (_("地区"), _("法定"), _("本地"), _("自"), _("依据")),
                [_limit_row(code, name, day, planned) for code, name in _regions()], _("公开期限"),
            ),
            "schemes": [
                (
                    scheme.name, scheme.basis,
                    _planning_table(
                        (_("栏目"), _("公开什么"), _("多久一次"), _("由谁公开")),
                        [_item_row(column, item, planned) for column in scheme.columns for item in column.items], scheme.name,
                    ),
                    [(c.name, _address(About("item", _next_key(c)))) for c in scheme.columns] if may else [],
                )
                for scheme in provisions.schemes(day)
            ],
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, kind: str, about: str) -> HttpResponse:
    """One local limit or one item: as it stands, its history, and the form that changes it from a day on."""
    account, which = account_of(request), About(kind, about)
    if kind not in SAID or not scopes(account).of("view"):
        raise PermissionDenied
    column = _column_of(about) if kind == "item" else None
    if column is None and (kind == "item" or not Region.objects.filter(pk=about).exists()):
        raise Http404(about)
    draft = Provision.objects.filter(kind=kind, about=about, valid=None).select_related("made_by").first()
    typed, errors, notice, status = _standing(which, column, draft), {}, None, 200
    if request.method == "POST":
        typed = {name: request.POST.get(name, "").strip()[:1000] for name in (*SAID[kind], "begins", "basis")}
        try:
            done = _act(account, which, _content(which, column, typed), typed, request.POST.get("deed", ""))
        except Refused as refusal:
            field = str(refusal.detail.get("field", ""))
            errors = {field: refusal.message} if field else {}
            notice = parts.Notice("bad", refusal.message, _("没有改动，您填的内容都在。"))
            status = 403 if refusal.code == "not_permitted" else 422
        else:
            messages.success(request, done)
            return HttpResponseRedirect(_address(which))
    may = deciding.may_decide(account)
    form = _form(which, typed, errors)
    return render(
        request,
        "disclosure/provision.html",
        {
            "page": workbench(
                request, _title(which, column), "provisions",
                subtitle=_("改动最早从明天起生效；以前签发和公开的，仍按当时的规定计算。"),
            ),
            "facts": parts.Terms(_facts(which, column)),
            "history": _history(which),
            "draft": draft,
            "drafted": _("草稿：%(who)s，%(at)s") % {"who": draft.made_by, "at": cn_time(draft.made_at)} if draft else "",
            "preview": _preview(which, draft) if draft and may else None,
            "form": form if may else (),
            "notice": notice,
            "summary": fields.summary_of(form) if errors else None,
            "why_not": "" if may else _("只有对全部单位有监察权限的人员可以调整公开期限和栏目。"),
        },
        status=status,
    )  # fmt: skip


def _act(
    account: Account, about: About, content: Mapping[str, Any], typed: Mapping[str, str], deed: str
) -> str:
    """Keep the draft, drop it, or decide; what to tell. Raises Refused."""
    if deed == "drop":
        deciding.drop_draft(account, about)
        return _("草稿已经删除。")
    if deed != "decide":
        deciding.save_draft(account, about, content, typed["basis"])
        return _("草稿已存，下面是它会带来的变化；还没有生效。")
    try:
        begins = date.fromisoformat(typed["begins"])
    except ValueError:
        raise Refused("missing_field", _("请填日期，如 2026-12-01。"), detail={"field": "begins"}) from None
    deciding.decide(account, about, content, begins=begins, basis=typed["basis"])
    return _("已定下，自 %(day)s 起生效。") % {"day": cn_date(begins)}


def _address(about: About) -> str:
    return reverse("disclosure:provision", args=[about.kind, about.key])


def _regions() -> list[tuple[str, str]]:
    """The cities and counties in which there are units, and towns for which something was decided, with their names."""
    codes = {node.region for node in as_of().nodes.values() if not node.abolished and len(node.region) == 6}
    codes |= set(Provision.objects.filter(kind=Provision.Kind.LIMIT).values_list("about", flat=True))
    return list(Region.objects.filter(pk__in=codes).order_by("pk").values_list("pk", "name"))


def _planning_table(heads: tuple[str, ...], rows: list[tuple[Any, ...]], caption: str) -> parts.Table:
    """A table whose rows end with what is planned: a column only where something is."""
    if any(row[-1] for row in rows):
        heads = (*heads, _("计划"))
    else:
        rows = [row[:-1] for row in rows]
    return parts.table(heads, tuple(rows), caption, caption_hidden=True, dense=True)


def _limit_row(code: str, name: str, day: date, planned: Mapping[tuple[str, str], date]) -> tuple[Any, ...]:
    held = _regime(code, day)
    begins = planned.get(("limit", code))
    return (
        parts.Cell(name, code, _address(About("limit", code))),
        _days(held.law) if held else "—",
        _days(held.local) if held else "—",
        cn_date(held.since) if held else "—",
        held.basis if held else "",
        _("自 %(day)s 起调整") % {"day": cn_date(begins)} if begins else "",
    )


def _item_row(column: Column, item: Item, planned: Mapping[tuple[str, str], date]) -> tuple[Any, ...]:
    begins = planned.get(("item", item.key))
    return (
        parts.Cell(column.name, "", _address(About("item", item.key))),
        item.name,
        every(item),
        _who(item),
        _("自 %(day)s 起调整") % {"day": cn_date(begins)} if begins else "",
    )


def _regime(region: str, day: date) -> Regime | None:
    held = [r for r in provisions.regimes(region) if r.since <= day]
    return held[-1] if held else None


def _days(n: int) -> str:
    return _("%(n)s 个工作日") % {"n": n}


def _who(item: Item) -> str:
    """By whom, in words."""
    if EVERYBODY in item.units:
        return _("全部行政机关")
    return _("名称里有“%(words)s”的") % {"words": "”“".join(item.units)}


def _column_of(key: str) -> Column | None:
    """The column that an item of that key is in, or would be."""
    found = [c for s in provisions.schemes(today()) for c in s.columns if key.startswith(f"{c.key}-")]
    return max(found, key=lambda c: len(c.key), default=None)


def _next_key(column: Column) -> str:
    """The key of an item that is to be added to a column."""
    taken = set(Provision.objects.filter(kind="item", about__startswith=f"{column.key}-n", valid__isnull=False).values_list("about", flat=True))  # fmt: skip
    n = 1
    while f"{column.key}-n{n}" in taken:
        n += 1
    return f"{column.key}-n{n}"


def _item(about: About, column: Column | None) -> Item | None:
    return next((i for i in column.items if i.key == about.key), None) if column else None


def _title(about: About, column: Column | None) -> str:
    if about.kind == "limit":
        name = Region.objects.values_list("name", flat=True).get(pk=about.key)
        return _("公开期限：%(name)s") % {"name": name}
    item = _item(about, column)
    name = column.name if column else ""
    return f"{name}：{item.name}" if item else _("%(name)s：新增一项") % {"name": name}


def _facts(about: About, column: Column | None) -> tuple[tuple[str, str], ...]:
    """How it stands today."""
    if about.kind == "limit":
        held = _regime(about.key, today())
        if held is None:
            return ()
        return (
            (_("法定期限"), _days(held.law)), (_("本地期限"), _days(held.local)), (_("自"), cn_date(held.since)), (_("依据"), held.basis),
            (_("从哪天算起"), _("签发之日；签发之日当天不计")),
        )  # fmt: skip
    item = _item(about, column)
    if item is None:
        return ((_("栏目"), column.name if column else ""), (_("状态"), _("现在没有这一项")))
    natures = dict(Organisation.objects.values_list("pk", "nature"))
    owing = [
        n for n in as_of().nodes.values() if not n.abolished and item.owed_by(n.name, natures.get(n.id, ""))
    ]
    return (
        (_("栏目"), column.name if column else ""),
        (_("公开什么"), item.name),
        (_("多久一次"), every(item)),
        (_("由谁公开"), _("%(who)s，现在 %(n)s 个单位") % {"who": _who(item), "n": len(owing)}),
        (_("标题里有这些字时提示归入"), "、".join(item.words)),
    )


def _standing(about: About, column: Column | None, draft: Provision | None) -> dict[str, str]:
    """The form as it begins: the draft, else what stands today, from tomorrow on."""
    begins = {"begins": (today() + timedelta(days=1)).isoformat()}
    if draft is not None:
        said = draft.content
        told = {name: said[name] for name in SAID[about.kind] if name in said}
        return _texts(told) | begins | {"basis": draft.basis}
    if about.kind == "limit":
        held = _regime(about.key, today())
        return begins | {"days": str(held.local) if held else ""}
    item = _item(about, column)
    if item is None:
        return begins | {"months": "12", "holds": "1"}
    return begins | _texts(
        {"name": item.name, "months": item.months, "units": item.units, "words": item.words, "holds": True}
    )


def _texts(said: Mapping[str, Any]) -> dict[str, str]:
    def text(value: Any) -> str:
        if isinstance(value, bool):
            return "1" if value else ""
        return "、".join(value) if isinstance(value, list | tuple) else str(value)

    return {name: text(value) for name, value in said.items()}


def _content(about: About, column: Column | None, typed: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as a provision keeps it."""
    said: dict[str, Any] = {name: typed[name] for name in SAID[about.kind]}
    return said | {"column": column.key, "holds": typed["holds"] == "1"} if column else said


def _form(about: About, typed: Mapping[str, str], errors: Mapping[str, str]) -> tuple[fields.Field, ...]:
    def field(name: str, label: str, type_: fields.FieldType, hint: str = "", **more: Any) -> fields.Field:
        return fields.Field(name, label, type_, typed.get(name, ""), hint, errors.get(name, ""), **more)

    asked: tuple[fields.Field, ...] = (
        field("days", _("本地公开期限"), "number", _("签发之日起，不能长于法定期限"), unit=_("个工作日")),
    )
    if about.kind == "item":
        asked = (
            field("name", _("公开什么"), "text", maxlength=deciding.LONGEST_NAME),
            field("months", _("多久一次"), "number", _("0 是有变化时公开"), unit=_("个月")),
            field("units", _("由谁公开"), "text", _("单位名称里的字，用顿号隔开；* 是全部行政机关")),
            field(
                "words", _("标题里的字"), "text", _("标题里有这些字的文件，提示归入这一栏目"), required=False
            ),
            field("holds", _("应当公开（不勾是从那天起不再要求）"), "checkbox", required=False),
        )
    return (
        *asked,
        field("begins", _("从哪天起"), "date", _("最早明天")),
        field("basis", _("依据"), "textarea", _("哪份文件、第几条；存草稿时可以不填"), required=False, rows=3, maxlength=300),
    )  # fmt: skip


def _preview(about: About, draft: Provision) -> tuple[str, parts.Table]:
    """What the draft would change: a sentence, and the publications or units that would stand otherwise."""
    if about.kind == "limit":
        return _limit_preview(about.key, int(draft.content["days"]))
    seen = preview.of_item(provisions.decided(draft.about, draft.content))
    words = _(
        "今天有 %(now)s 个单位应当公开，其中 %(short)s 个缺少或者过期；按草稿是 %(then)s 个单位，%(lack)s 个缺少或者过期。"
    ) % {
        "now": seen.owed[0],
        "then": seen.owed[1],
        "short": seen.short[0],
        "lack": seen.short[1],
    }
    rows = tuple((row.unit, _state(row.now), _state(row.then)) for row in seen.differing)
    return words, parts.table(
        (_("单位"), _("现在"), _("按草稿")), rows, _("情况不同的单位"), caption_hidden=True, dense=True,
        empty=_("没有单位的情况会不同。"),
    )  # fmt: skip


def _limit_preview(region: str, days: int) -> tuple[str, parts.Table]:
    last = today()
    first = last - timedelta(days=PERIOD)
    seen = preview.of_limit(region, days, first, last)
    words = _(
        "%(from)s 以来公开、有签发或者成文日期的 %(n)s 份中，按现在的期限 %(now)s 份超期，按草稿 %(then)s 份超期。"
    ) % {
        "from": cn_date(first),
        "n": seen.looked,
        "now": seen.now,
        "then": seen.then,
    }
    rows = tuple(
        (
            parts.Cell(late.record.title, late.record.index_number or "", reverse("disclosure:record", args=[late.record.uid])),
            organisation_name(late.record.publisher_id),
            parts.Cell(_days(late.days), number=True),
            parts.Chip("ok", _("不再超期")) if late.was_late else parts.Chip("bad", _("会超期")),
        )
        for late in seen.differing
    )  # fmt: skip
    return words, parts.table(
        (_("文件"), _("单位"), parts.Column(_("用了"), right=True), _("按草稿")), rows, _("判断不同的文件"), caption_hidden=True,
        dense=True, empty=_("没有文件的判断会不同。"),
    )  # fmt: skip


def _state(key: str) -> Any:
    tone, word = STATES.get(key, ("", "不要求"))
    return parts.Chip(tone, _(word))  # type: ignore[arg-type]


def _history(about: About) -> parts.Table:
    """Every provision of this, the newest first; before them what comes with the programme."""
    rows = Provision.objects.filter(kind=about.kind, about=about.key, valid__isnull=False)
    told = [
        (
            _("%(day)s 起") % {"day": cn_date(row.valid.lower)}
            + (_("，至 %(day)s") % {"day": cn_date(row.valid.upper - timedelta(days=1))} if row.valid.upper else ""),
            _said(row),
            str(row.made_by),
            row.basis,
        )
        for row in rows.select_related("made_by").order_by("-valid")
        if row.valid is not None
    ]  # fmt: skip
    told.append((_("之前"), _("法律、法规和系统所带的规定"), _("系统"), ""))
    return parts.table(
        (_("时间"), _("规定"), _("谁定的"), _("依据")), told, _("历次规定"), caption_hidden=True, dense=True
    )


def _said(row: Provision) -> str:
    """A provision in words."""
    if row.kind == Provision.Kind.LIMIT:
        return _days(row.content["days"])
    decided = provisions.decided(row.about, row.content)
    if not decided.holds:
        return _("不再要求")
    return f"{decided.item.name}，{every(decided.item)}，{_who(decided.item)}"
