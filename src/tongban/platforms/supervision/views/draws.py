"""随机抽查: integrity sampling and file review: announce, draw, say what was found, order correction; and the proof for everybody."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.base.calendar import CHINA
from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.parts import ChipKind
from tongban.base.ui.rail import workbench
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.supervision import draws
from tongban.platforms.supervision.models import Check, Draw
from tongban.platforms.supervision.views.cards import refused
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account, Matter
from tongban.registry.queries import as_of

PAGE = 30
GRADES = {"high": "高等级风险点", "mid": "中等级以上", "low": "全部风险点"}
VERDICTS: Mapping[str, ChipKind] = {"sound": "ok", "flawed": "warn", "wrong": "bad"}


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The draws one may see, newest first, and how much was found."""
    account = account_of(request)
    purposes = _purposes(account)
    if not purposes:
        return refused(request, _("随机抽查由监察人员和法制机构组织。"))
    wanted = request.GET.get("purpose", "")
    rows = draws.draws_of(account)
    counts = dict(draws.draws_of(account).order_by().values_list("purpose").annotate(n=Count("pk")))
    if wanted in Draw.Purpose.values:
        rows = rows.filter(purpose=wanted)
    text = request.GET.get("q", "").strip()[:60]
    if text:
        rows = rows.filter(title__icontains=text)
    found = Paginator(rows.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    of = (
        Check.objects.filter(draw__in=[d.pk for d in found])
        .exclude(verdict="")
        .order_by()
        .values_list("draw_id", "verdict")
    )
    looked = Counter(pk for pk, _verdict in of)
    wrong = Counter(pk for pk, verdict in of if verdict != "sound")
    tabs = [parts.Tab(_("全部"), "?", wanted not in Draw.Purpose.values, sum(counts.values()))]
    tabs += [
        parts.Tab(str(name), f"?purpose={key}", wanted == key, counts.get(key, 0))
        for key, name in Draw.Purpose.choices
    ]
    table = parts.table(
        (_("抽查"), _("状态"), parts.Column(_("范围"), right=True), parts.Column(_("抽取"), right=True),
         parts.Column(_("已查"), right=True), parts.Column(_("有问题"), right=True), _("公布")),
        [
            (
                parts.Cell(d.title, d.get_purpose_display(), reverse("supervision:draw", args=[d.pk])),
                parts.Chip("ok", _("已抽取")) if d.drawn_at else parts.Chip("info", _("等存证")),
                parts.Cell(f"{len(d.population):,}", number=True), parts.Cell(f"{d.wanted:,}", number=True),
                parts.Cell(f"{looked[d.pk]:,}", number=True), parts.Cell(f"{wrong[d.pk]:,}", number=True), cn_time(d.opened_at),
            )
            for d in found
        ],
        _("随机抽查"), caption_hidden=True, dense=True,
    )  # fmt: skip
    return render(
        request,
        "supervision/list.html",
        {
            "page": workbench(request, _("随机抽查 %(n)s 次") % {"n": found.paginator.count}, "draws",
                              subtitle=_("先公布范围和种子摘要，存证以后抽取；谁都可以重算，谁都不能挑选。")),
            "acts": [
                parts.Act(_("组织%(what)s") % {"what": Draw.Purpose(p).label}, f"{reverse('supervision:draw_new')}?purpose={p}",
                          "primary" if i == 0 else "line", small=True)
                for i, p in enumerate(purposes)
            ] + [parts.Act(_("导出 XLSX"), reverse("supervision:draws_export"), small=True)] * bool(scopes(account).of("export")),
            "filter": work.FilterBar(reverse("supervision:draws"), work.Segmented(tuple(tabs), _("目的")), label=_("筛选抽查"),
                                     query=text, query_label=_("名称"), hidden={"purpose": wanted} if wanted else None),
            "table": table if found.object_list else None,
            "pager": work.BulkBar((), work.pager_of(found, {"purpose": wanted, "q": text}, _("次")), keys=False),
            "empty": parts.Empty(_("没有这样的抽查"), _("换一个名称看看，或者看全部。"),
                                 (parts.Act(_("看全部"), reverse("supervision:draws")),))
            if text
            else parts.Empty(_("还没有抽查"), _("组织一次：选时间、单位和件数，系统公布以后随机抽取。")),
        },
    )  # fmt: skip


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """What was found in the cases drawn, as XLSX, of the units one may export from."""
    account = account_of(request)
    may = scopes(account).of("export")
    if not may:
        return refused(request, _("您没有导出权限。"))
    rows = Check.objects.filter(may.q("org_id", None, None), draw__in=draws.draws_of(account))
    record_access(account, "export", "draws", rows=rows.count())
    names = (
        (_("抽查"), 40), (_("目的"), 14), (_("次序"), 8), (_("办件"), 18), (_("事项"), 36), (_("单位"), 28), (_("结论"), 12),
        (_("意见"), 60), (_("检查人"), 12), (_("检查时间"), 18), (_("整改单"), 18),
    )  # fmt: skip
    return sheet_response(
        _("随机抽查"),
        names,
        (
            (
                c.draw.title, c.draw.get_purpose_display(), c.place, c.number, c.title, c.org_name, c.get_verdict_display(),
                c.opinion, str(c.checked_by or ""), c.checked_at, c.order.case.number if c.order else "",
            )
            for c in rows.select_related("draw", "checked_by", "order__case").order_by("-draw_id", "place").iterator(chunk_size=500)
        ),
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Announce a draw: from what, how many."""
    account = account_of(request)
    purpose = (request.POST or request.GET).get("purpose", "")
    if purpose not in _purposes(account):
        return refused(request, _("您不能组织这种抽查。"))
    today = datetime.now(CHINA).date()
    typed = {
        "first": (today - timedelta(days=30)).isoformat(), "last": today.isoformat(), "org": "", "matter": "", "grade": "high",
        "wanted": "5", "title": "",
    }  # fmt: skip
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {k: request.POST.get(k, "").strip()[:200] for k in typed}
        try:
            made = draws.announce(
                account,
                purpose,
                _range(typed),
                wanted=whole_number(typed["wanted"]) or 0,
                title=typed["title"],
            )
        except Refused as refusal:
            errors[str(refusal.detail.get("field", "title"))] = refusal.message
        else:
            messages.success(request, _("已公布，存证以后自动抽取。"))
            return HttpResponseRedirect(reverse("supervision:draw", args=[made.pk]))
    asked = _fields(account, purpose, typed, errors)
    return render(
        request,
        "supervision/draw_new.html",
        {
            "page": workbench(request, _("组织%(what)s") % {"what": Draw.Purpose(purpose).label}, "draws",
                              subtitle=_("公布以后不能改，也不能撤销。")),
            "purpose": purpose, "asked": asked, "summary": fields.summary_of(asked), "back": reverse("supervision:draws"),
        },
        status=409 if errors else 200,
    )  # fmt: skip


@staff_only
@require_safe
def draw(request: HttpRequest, draw_id: int) -> HttpResponse:
    """One draw: what was announced, on what it fell, what was found."""
    return _page(request, _find(request, draw_id))


@staff_only
@require_POST
def act(request: HttpRequest, draw_id: int, place: int) -> HttpResponse:
    """Say what was found in a case drawn, or order correction."""
    account, row = account_of(request), _find(request, draw_id)
    post = request.POST
    try:
        if post.get("deed") == "order":
            draws.order_correction(account, draw_id, place, demand=post.get("demand", ""))
        else:
            draws.record_check(
                account, draw_id, place, verdict=post.get("verdict", ""), opinion=post.get("opinion", "")
            )
    except Refused as refusal:
        if refusal.code == "not_found":
            raise Http404(str(place)) from None
        return _page(request, row, place=place, typed=post, refusal=refusal)
    messages.success(request, _("已记录。"))
    return HttpResponseRedirect(reverse("supervision:draw", args=[draw_id]))


@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """For everybody: the draws, how they are made, and the proof of each."""
    found = Paginator(Draw.objects.order_by("-pk"), PAGE).get_page(request.GET.get("page"))
    table = parts.table(
        (_("抽查"), _("状态"), parts.Column(_("范围"), right=True), parts.Column(_("抽取"), right=True), _("公布"), _("重算")),
        [
            (
                parts.Cell(d.title, d.get_purpose_display()),
                parts.Chip("ok", _("已抽取")) if d.drawn_at else parts.Chip("info", _("等存证")),
                parts.Cell(f"{len(d.population):,}", number=True), parts.Cell(f"{d.wanted:,}", number=True), cn_time(d.opened_at),
                parts.Cell("JSON", "", reverse("supervision:draw_proof", args=[d.pk])),
            )
            for d in found
        ],
        _("随机抽查"), caption_hidden=True,
    )  # fmt: skip
    return render(
        request,
        "supervision/draws_public.html",
        {
            "page": public_page(
                _("随机抽查公示"), "statistics", lead=_("抽查哪些办件由公开的方法决定，谁都可以重算。")
            ),
            "table": table if found.object_list else None,
            "empty": parts.Empty(_("还没有抽查"), _("公布以后，范围、摘要和重算用的数据都在这里。")),
            "found": found,
        },
    )


@require_safe
def proof(request: HttpRequest, draw_id: int) -> HttpResponse:
    """What anybody needs to draw again and compare: numbers of cases, no names."""
    row = Draw.objects.filter(pk=draw_id).first()
    if row is None:
        raise Http404(str(draw_id))
    return JsonResponse(draws.proof(row), json_dumps_params={"ensure_ascii": False, "indent": 1})


def _page(
    request: HttpRequest,
    row: Draw,
    *,
    place: int = 0,
    typed: Mapping[str, Any] | None = None,
    refusal: Refused | None = None,
) -> HttpResponse:
    account = account_of(request)
    checks = list(row.checks.select_related("draw", "checked_by", "order__case"))
    seen = set(
        Case.objects.visible_to(account)
        .filter(pk__in=[c.case_id for c in checks])
        .values_list("pk", flat=True)
    )
    shown = [
        (
            check, reverse("desk:case", args=[check.number]) if check.case_id in seen else "",
            parts.Chip(VERDICTS[check.verdict], check.get_verdict_display()) if check.verdict else parts.Chip("info", _("待检查")),
            draws.may_check(account, check),
            _check_fields(check, typed if check.place == place else None, refusal),
        )
        for check in checks
    ]  # fmt: skip
    node = as_of().nodes.get(row.asked.get("org") or 0)
    facts: list[tuple[str, Any]] = [
        (_("目的"), row.get_purpose_display()),
        (_("时间"), f"{cn_date(date.fromisoformat(row.asked['first']))} 至 {cn_date(date.fromisoformat(row.asked['last']))}"),
        (_("单位"), node.name if node else _("职责范围内的全部单位")),
        (_("风险点"), _(GRADES[row.asked["grade"]])) if row.asked.get("grade") else (_("案卷"), _("已经作出决定的办件")),
        (_("范围"), _("%(n)s 件，抽取 %(w)s 件") % {"n": f"{len(row.population):,}", "w": row.wanted}),
        (_("公布"), f"{row.opened_by}，{cn_time(row.opened_at)}"),
        (_("范围摘要"), parts.Copy(row.population_sha256)),
        (_("种子摘要"), parts.Copy(row.commitment)),
        (_("存入台账"), _("第 %(n)s 条") % {"n": row.register_seq}),
    ]  # fmt: skip
    if row.drawn_at:
        facts += [
            (_("抽取"), cn_time(row.drawn_at)), (_("存证树根"), parts.Copy(row.beacon)), (_("种子"), parts.Copy(row.seed)),
        ]  # fmt: skip
    return render(
        request,
        "supervision/draw.html",
        {
            "page": workbench(request, row.title, "draws", subtitle=row.get_purpose_display()),
            "draw": row, "facts": parts.Terms(tuple(facts)), "checks": shown,
            "waiting": parts.Notice("", _("等存证"), _("范围和种子摘要已经公布，下一次存证之后自动抽取，一般在一小时以内。"))
            if row.drawn_at is None
            else None,
            "notice": parts.Notice("bad", refusal.message, _("什么都没有改动，您填的内容都在。")) if refusal else None,
            "proof": reverse("supervision:draw_proof", args=[row.pk]), "place": place,
        },
        status=409 if refusal else 200,
    )  # fmt: skip


def _check_fields(
    check: Check, typed: Mapping[str, Any] | None, refusal: Refused | None
) -> tuple[fields.Field, ...]:
    said = {k: str((typed or {}).get(k, "")) for k in ("verdict", "opinion", "demand")}
    wrong = {str(refusal.detail.get("field", "")): refusal.message} if refusal and typed is not None else {}
    options = tuple(fields.Option(str(v), str(n)) for v, n in Check.Verdict.choices)

    def field(name: str, label: str, kind: fields.FieldType, **more: Any) -> fields.Field:
        return fields.Field(
            name, label, kind, said[name], error=wrong.get(name, ""), place=str(check.place), **more
        )

    if check.verdict:
        return (field("demand", _("整改要求"), "textarea", rows=2),)
    return (
        field("verdict", _("结论"), "select", options=options),
        field("opinion", _("看到的情况和意见"), "textarea", rows=3),
    )


def _purposes(account: Account) -> list[str]:
    return [p for p in Draw.Purpose.values if draws.reach(account, p) is not None]


def _find(request: HttpRequest, draw_id: int) -> Draw:
    row = draws.draws_of(account_of(request)).select_related("opened_by").filter(pk=draw_id).first()
    if row is None:
        raise Http404(str(draw_id))
    return row


def _range(typed: Mapping[str, str]) -> draws.Range:
    try:
        first, last = date.fromisoformat(typed["first"]), date.fromisoformat(typed["last"])
    except ValueError:
        raise Refused("period_invalid", _("请填日期，如 2026-12-01"), detail={"field": "first"}) from None
    matter = Matter.objects.filter(code=typed["matter"]).first() if typed["matter"] else None
    if typed["matter"] and matter is None:
        raise Refused("matter_unknown", _("没有这个编码的事项。"), detail={"field": "matter"})
    org = whole_number(typed["org"]) if typed["org"] else None
    return draws.Range(first, last, org, matter.pk if matter else None, typed["grade"] or "high")


def _fields(
    account: Account, purpose: str, typed: Mapping[str, str], errors: Mapping[str, str]
) -> tuple[fields.Field, ...]:
    where = draws.reach(account, purpose)
    nodes = sorted((n for n in as_of().nodes.values() if not n.abolished), key=lambda n: (n.level, n.id))
    units = (
        fields.Option("", _("职责范围内的全部单位")),
        *(fields.Option(str(n.id), n.name) for n in nodes if where is not None and where.admits(n.id)),
    )

    def field(name: str, label: str, kind: fields.FieldType, hint: str = "", **more: Any) -> fields.Field:
        return fields.Field(name, label, kind, typed.get(name, ""), hint, errors.get(name, ""), **more)

    what = _("作出决定的日期") if purpose == Draw.Purpose.LEGAL else _("经过风险点的日期")
    asked = [
        field("first", _("从这天"), "date", what), field("last", _("到这天"), "date"),
        field("org", _("单位"), "select", options=units, required=False),
        field("matter", _("事项"), "text", _("只抽一个事项时填基本编码"), required=False),
    ]  # fmt: skip
    if purpose == Draw.Purpose.INTEGRITY:
        grades = tuple(fields.Option(k, _(v)) for k, v in GRADES.items())
        asked.append(field("grade", _("风险点"), "radio", options=grades))
    asked += [
        field("wanted", _("抽多少件"), "number"),
        field("title", _("名称"), "text", _("空着由系统起名"), required=False),
    ]
    return tuple(asked)
