"""编制与审核: the list of manuscripts, beginning one, writing its record."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.base.calendar import CHINA
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.rail import workbench
from tongban.faces.authoring import queries, services, shown
from tongban.faces.authoring.models import Manuscript
from tongban.faces.authoring.record import SECTIONS, measure, read_record
from tongban.registry.access import account_of, staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, Matter, OfferingVersion, Organisation
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import as_of
from tongban.registry.services.matters import known_here

SHARE = 30
VIEWS = {
    "waiting": "等我办的",
    "writing": "编制中",
    "review": "审核中",
    "passed": "待发布",
    "published": "已发布",
    "dropped": "已作废",
}


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """编制与审核."""
    account = editor(request)
    view = request.GET.get("view", "waiting")
    text = request.GET.get("q", "").strip()[:60]
    rows = _listed(account, view if view in VIEWS else "waiting")
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(code__icontains=text))
    start = whole_number(request.GET.get("from", "")) or 0
    found = list(rows[start : start + SHARE + 1])
    nodes = as_of().nodes
    table = parts.table(
        (_("事项"), _("单位"), _("状态"), _("变更时限"), _("最近保存")),
        tuple(
            (
                parts.Cell(
                    m.name,
                    f"{m.code} · {m.get_cause_display()}",
                    reverse(f"authoring:{_door(account, m)}", args=[m.pk]),
                ),
                nodes[m.organisation_id].short_name if m.organisation_id in nodes else "",
                parts.Cell(shown.state_chip(m).render()),
                parts.Cell(
                    format_html_join(" ", "{}", ((shown.term_chip(t),) for t in queries.terms_of(m))) or "—"
                ),
                f"{m.saved_by.display_name} {m.saved_at.astimezone(CHINA):%m-%d %H:%M}",
            )
            for m in found[:SHARE]
        ),
        _("编制稿"),
        caption_hidden=True,
        dense=True,
    )
    here = reverse("authoring:manuscripts")
    return render(
        request,
        "authoring/index.html",
        {
            "page": workbench(
                request,
                _("编制与审核"),
                "manuscripts",
                subtitle=_("起草、法制审核、发布事项；在办的件始终按它开始时的版本办。"),
            ),
            "filter": work.FilterBar(
                here,
                segments=work.Segmented(
                    tuple(parts.Tab(name, f"{here}?view={key}", key == view) for key, name in VIEWS.items()),
                    _("状态"),
                ),
                query=text,
                query_label=_("事项名称或编码"),
                hidden={"view": view},
                label=_("筛选编制稿"),
            ),
            "table": table,
            "pager": work.Pager(
                f"{here}?view={view}&q={text}&from={max(0, start - SHARE)}" if start else "",
                f"{here}?view={view}&q={text}&from={start + SHARE}" if len(found) > SHARE else "",
                shown=len(found[:SHARE]),
                unit=_("项"),
            ),
            "empty": None
            if found
            else parts.Empty(
                _("这里没有编制稿"), _("新编一个事项，或者从事项库里选一个来修改。"), icon="pencil"
            ),
            "may_write": bool(scopes_for(account).of(Verb.DRAFT_MATTER)),
        },
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """新编事项: from an empty form."""
    account = writer(request)
    units = _units(account)
    typed = {
        k: request.POST.get(k, "").strip() for k in ("name", "kind", "unit", "cause", "occasion", "note")
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        unit = next((o for o in units if str(o.pk) == typed["unit"]), None)
        if not typed["name"]:
            errors["name"] = _("请写事项名称")
        if typed["kind"] not in Matter.Kind.values:
            errors["kind"] = _("请选事项类型")
        if unit is None:
            errors["unit"] = _("请选实施机关")
        occasion = day_of(typed["occasion"])
        if typed["cause"] in queries.MUST_APPLY and occasion is None:
            errors["occasion"] = _("写明变动发生的日期，变更要在 20 个工作日内申请")
        if not errors and unit is not None:
            try:
                made = services.begin_empty(
                    account,
                    organisation=unit,
                    name=typed["name"],
                    kind=typed["kind"],
                    cause=typed["cause"] or Manuscript.Cause.BETTER,
                    occasion=occasion,
                    note=typed["note"],
                )
            except RegistryRefused as refused:
                errors[""] = refused.message
            else:
                return redirect("authoring:record", made.pk)
    asked = _begin_fields(units, typed, errors)
    status = 200 if not errors else 422
    return render(
        request,
        "authoring/begin.html",
        {
            "page": workbench(
                request,
                _("新编事项"),
                "manuscripts",
                subtitle=_("先说清是什么事、谁来办；其余的在下一页慢慢填，随时可以保存。"),
            ),
            "fields": asked,
            "summary": fields.summary_of(asked),
            "refused": errors.get("", ""),
        },
        status=status,
    )


@staff_only
@require_POST
def revise(request: HttpRequest, version_id: int) -> HttpResponse:
    """修改: a manuscript of a version in force, or of an imported draft."""
    account = writer(request)
    version = (
        OfferingVersion.objects.select_related("offering__matter", "offering__organisation")
        .filter(pk=version_id)
        .first()
    )
    if version is None or not scopes_for(account).of(Verb.DRAFT_MATTER).admits(
        version.offering.organisation_id, version.offering.matter_id
    ):
        raise Http404(str(version_id))
    try:
        made = services.begin_revision(
            account,
            version,
            cause=request.POST.get("cause", Manuscript.Cause.BETTER),
            note=request.POST.get("note", ""),
        )
    except RegistryRefused as refused:
        return refusal(request, refused.message, reverse("desk:matter", args=[version_id]))
    return redirect("authoring:record", made.pk)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """事项信息: the whole record on one page."""
    account, m = held(request, manuscript_id)
    content, look, notice = m.content, request.GET.get("look", ""), ""
    if request.method == "POST":
        if not queries.may(account, m, Verb.DRAFT_MATTER):
            raise PermissionDenied
        content, look = read_record(m.content, request.POST)
        try:
            services.save(account, m, content=content, seen=_seen(request))
            _answers(account, m, request)
        except RegistryRefused as refused:
            notice = refused.message
            m.refresh_from_db()
        else:
            after = request.POST.get("_do", "save")
            if after == "check":
                return redirect("authoring:check", m.pk)
            where = reverse("authoring:record", args=[m.pk])
            return redirect(f"{where}?look={look}#{look}" if look else f"{where}?saved=1#main")
    meter = measure(content, known_here())
    strict = request.GET.get("check") == "1"
    sections = [
        (section, *shown.section_parts(section, content, meter, strict=strict, look=look))
        for section in SECTIONS
    ]
    return render(
        request,
        "authoring/record.html",
        {
            **shown.head(request, m, "record"),
            "sections": sections,
            "meter": shown.completeness(meter),
            "notice": parts.Notice("bad", _("没有保存"), notice) if notice else None,
            "comments": list(m.comments.filter(answered_at=None).select_related("by")),
            "returned": m.version.review_opinion
            if m.version is not None and m.version.status == "draft"
            else "",
            "saved": request.GET.get("saved") == "1",
            "writes": m.state == "writing" and queries.may(account, m, Verb.DRAFT_MATTER),
        },
        status=409 if notice else 200,
    )


@staff_only
@require_POST
def autosave(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """Keep what is being typed; nothing moves."""
    account, m = held(request, manuscript_id)
    if not queries.may(account, m, Verb.DRAFT_MATTER):
        raise PermissionDenied
    post = request.POST.copy()
    post["_do"] = "save"
    content, _look = read_record(m.content, post)
    try:
        services.save(account, m, content=content, seen=_seen(request))
    except RegistryRefused as refused:
        return JsonResponse({"code": refused.code, "message": refused.message}, status=409)
    return JsonResponse({"saved_at": f"{timezone.now().astimezone(CHINA):%H:%M}"})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """作废: asked once more, with a reason."""
    account, m = held(request, manuscript_id)
    if not queries.may(account, m, Verb.DRAFT_MATTER):
        raise PermissionDenied
    error = ""
    if request.method == "POST":
        try:
            services.drop(account, m, reason=request.POST.get("reason", ""))
        except RegistryRefused as refused:
            error = refused.message
        else:
            return redirect("authoring:manuscripts")
    return render(
        request,
        "authoring/confirm.html",
        {
            "page": workbench(request, _("作废编制稿"), "manuscripts", subtitle=m.name),
            "confirm": fields.Confirm(
                _("作废以后不能恢复"),
                request.path,
                _("作废"),
                parts.Act(_("返回"), reverse("authoring:record", args=[m.pk])),
                (_("已发布的版本不受影响。"),),
                fields=(
                    fields.Field(
                        "reason", _("原因"), "textarea", request.POST.get("reason", ""), error=error
                    ),
                ),
                danger=True,
            ),
        },
        status=422 if error else 200,
    )


# -- for the views of this room ------------------------------------------------------------------------


def editor(request: HttpRequest) -> Account:
    """The account, if it writes, reviews or publishes matters; 403 otherwise."""
    account = account_of(request)
    if not queries.edits(account):
        raise PermissionDenied
    return account


def writer(request: HttpRequest) -> Account:
    """The account, if it drafts matters somewhere; 403 otherwise."""
    account = account_of(request)
    if not scopes_for(account).of(Verb.DRAFT_MATTER):
        raise PermissionDenied
    return account


def held(request: HttpRequest, manuscript_id: int) -> tuple[Account, Manuscript]:
    """The account and the manuscript it may see; 404 otherwise."""
    account = editor(request)
    m = queries.manuscripts(account).filter(pk=manuscript_id).first()
    if m is None:
        raise Http404(str(manuscript_id))
    return account, m


def refusal(request: HttpRequest, message: str, back: str) -> HttpResponse:
    """A page that says why something was not done."""
    return render(
        request,
        "authoring/refused.html",
        {
            "page": workbench(request, _("没有办成"), "manuscripts"),
            "notice": parts.Notice("bad", _("没有办成"), message, (parts.Act(_("返回"), back),)),
        },
        status=409,
    )


def day_of(text: str) -> date | None:
    """A date as a form sends it, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _listed(account: Account, view: str) -> Any:
    rows = queries.manuscripts(account)
    match view:
        case "waiting":
            return rows.filter(pk__in=queries.waiting_for(account).values("pk"))
        case "writing":
            return rows.filter(Q(version=None) | Q(version__status="draft"), dropped_at=None)
        case "review":
            return rows.filter(version__status="review", version__reviewed_at=None)
        case "passed":
            return rows.filter(version__status="review", version__reviewed_at__isnull=False)
        case "published":
            return rows.filter(version__status__in=["published", "retired"])
        case _:
            return rows.filter(dropped_at__isnull=False)


def _door(account: Account, m: Manuscript) -> str:
    return "record" if m.state == "writing" and queries.may(account, m, Verb.DRAFT_MATTER) else "review"


def _units(account: Account) -> list[Organisation]:
    """The units the account drafts for; its own first."""
    held_ = scopes_for(account)
    found = Organisation.objects.filter(held_.of(Verb.DRAFT_MATTER).q(org="pk", matter=None, secrecy=None))
    return sorted(found, key=lambda o: (o.pk not in held_.org_ids, o.code or ""))


def _begin_fields(
    units: list[Organisation], typed: dict[str, str], errors: dict[str, str]
) -> tuple[fields.Field, ...]:
    nodes = as_of().nodes
    causes = tuple(fields.Option(c.value, c.label) for c in Manuscript.Cause)
    return (
        fields.Field(
            "name",
            _("事项名称"),
            value=typed["name"],
            error=errors.get("name", ""),
            hint=_("如 户外广告设施设置许可"),
            wide=True,
            maxlength=200,
        ),
        fields.Field(
            "kind",
            _("事项类型"),
            "select",
            typed["kind"],
            error=errors.get("kind", ""),
            options=tuple(fields.Option(k.value, k.label) for k in Matter.Kind),
        ),
        fields.Field(
            "unit",
            _("实施机关"),
            "select",
            typed["unit"] or (str(units[0].pk) if units else ""),
            error=errors.get("unit", ""),
            options=tuple(
                fields.Option(str(o.pk), nodes[o.pk].name if o.pk in nodes else str(o.code)) for o in units
            ),
        ),
        fields.Field(
            "cause", _("为什么编制"), "select", typed["cause"] or Manuscript.Cause.BETTER, options=causes
        ),
        fields.Field(
            "occasion",
            _("变动日期"),
            "date",
            typed["occasion"],
            required=False,
            error=errors.get("occasion", ""),
            hint=_("法律或职能变动的，写生效日期：20 个工作日内要申请变更"),
        ),
        fields.Field("note", _("编制说明"), "textarea", typed["note"], required=False, rows=2),
    )


def _seen(request: HttpRequest) -> int | None:
    return whole_number(request.POST.get("_seq", ""))


def _answers(account: Account, m: Manuscript, request: HttpRequest) -> None:
    for comment in m.comments.filter(answered_at=None):
        answer = request.POST.get(f"_answer.{comment.pk}", "").strip()
        if answer:
            services.answer_comment(account, comment, answer)
