"""清理规范: the campaigns, progress department by department, and what becomes of each matter."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.base.text import whole_number
from tongban.base.ui import charts, fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.faces.authoring import campaigns as cleaning
from tongban.faces.authoring.models import Campaign, CampaignItem
from tongban.faces.authoring.views.manuscripts import day_of, editor, refusal
from tongban.registry.access import staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.models import Matter, Organisation
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import as_of

SHARE = 50


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """清理规范."""
    account = editor(request)
    rows = []
    for campaign in Campaign.objects.all()[:100]:
        units = cleaning.progress(campaign)
        total, done = sum(u.total for u in units), sum(u.done for u in units)
        rows.append(
            (
                parts.Cell(
                    campaign.title, campaign.basis[:60], reverse("authoring:campaign", args=[campaign.pk])
                ),
                f"{cn_date(campaign.starts)} — {cn_date(campaign.ends)}",
                str(len(units)),
                f"{done} / {total}",
                parts.Cell(
                    parts.Chip("", _("已结束")) if campaign.closed_at else parts.Chip("info", _("进行中"))
                ),
            )
        )
    return render(
        request,
        "authoring/campaigns.html",
        {
            "page": workbench(
                request, _("清理规范"), "campaigns", subtitle=_("定期把每个事项过一遍：保留、调整还是取消。")
            ),
            "table": parts.table(
                (_("名称"), _("起止"), _("单位"), _("已清理"), _("状态")),
                tuple(rows),
                _("清理规范"),
                caption_hidden=True,
            ),
            "empty": None
            if rows
            else parts.Empty(_("还没有清理规范"), _("由法制审核岗发起。"), icon="list-check"),
            "may_open": bool(scopes_for(account).of(Verb.REVIEW_MATTER)),
        },
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """发起清理规范."""
    account = editor(request)
    scope = scopes_for(account).of(Verb.REVIEW_MATTER)
    if not scope:
        raise PermissionDenied
    units = Organisation.objects.filter(scope.q(org="pk", matter=None, secrecy=None), matters__isnull=False)
    nodes = as_of().nodes
    offered = [o for o in units.distinct().order_by("code") if o.pk in nodes]
    typed = {name: request.POST.get(name, "").strip() for name in ("title", "basis", "starts", "ends")}
    chosen = request.POST.getlist("units")
    error = ""
    if request.method == "POST":
        starts, ends = day_of(typed["starts"]), day_of(typed["ends"])
        if starts is None or ends is None:
            error = _("请写明起止日期。")
        else:
            try:
                made = cleaning.open_campaign(
                    account,
                    title=typed["title"],
                    basis=typed["basis"],
                    starts=starts,
                    ends=ends,
                    organisations=[o for o in offered if str(o.pk) in chosen],
                )
            except RegistryRefused as refused:
                error = refused.message
            else:
                return redirect("authoring:campaign", made.pk)
    return render(
        request,
        "authoring/campaign_begin.html",
        {
            "page": workbench(request, _("发起清理规范"), "campaigns"),
            "notice": parts.Notice("bad", _("没有发起"), error) if error else None,
            "fields": (
                fields.Field("title", _("名称"), value=typed["title"], wide=True, maxlength=100),
                fields.Field("basis", _("依据"), "textarea", typed["basis"], rows=2, wide=True),
                fields.Field("starts", _("开始"), "date", typed["starts"]),
                fields.Field("ends", _("截止"), "date", typed["ends"]),
                fields.Field(
                    "units",
                    _("哪些单位"),
                    "checkbox",
                    chosen,
                    options=tuple(fields.Option(str(o.pk), nodes[o.pk].name) for o in offered),
                ),
            ),
        },
        status=422 if error else 200,
    )


@staff_only
@require_safe
def show(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """One campaign: progress of each department, and the matters this person has to do with."""
    account = editor(request)
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    nodes, held = as_of().nodes, scopes_for(account)
    start = whole_number(request.GET.get("from", "")) or 0
    items = list(cleaning.items_of(campaign, account).order_by("verdict", "id")[start : start + SHARE + 1])
    open_ = campaign.closed_at is None
    rows = [
        (
            item,
            open_
            and held.of(Verb.DRAFT_MATTER).admits(item.organisation_id, item.version.offering.matter_id),
            open_
            and item.verdict == CampaignItem.Verdict.CANCEL
            and item.version.offering.matter.status != Matter.Status.CANCELLED
            and item.by_id != account.pk
            and held.of(Verb.PUBLISH_MATTER).admits(item.organisation_id, item.version.offering.matter_id),
            nodes[item.organisation_id].short_name if item.organisation_id in nodes else "",
        )
        for item in items[:SHARE]
    ]
    board = parts.table(
        (_("单位"), _("事项"), _("保留"), _("调整"), _("取消"), _("待清理"), _("进度")),
        tuple(
            (
                nodes[p.organisation].short_name if p.organisation in nodes else "",
                *(str(n) for n in (p.total, p.confirmed, p.changed, p.cancelled, p.total - p.done)),
                parts.Cell(charts.meter(p.percent), f"{p.percent}%"),
            )
            for p in cleaning.progress(campaign)
        ),
        _("各单位进度"),
        caption_hidden=True,
        dense=True,
    )
    here = reverse("authoring:campaign", args=[campaign.pk])
    return render(
        request,
        "authoring/campaign.html",
        {
            "page": workbench(
                request,
                campaign.title,
                "campaigns",
                subtitle=f"{cn_date(campaign.starts)} — {cn_date(campaign.ends)} · {campaign.basis}",
            ),
            "campaign": campaign,
            "board": board,
            "rows": rows,
            "verdicts": [(v.value, v.label) for v in CampaignItem.Verdict if v.value],
            "previous": f"{here}?from={max(0, start - SHARE)}" if start else "",
            "next": f"{here}?from={start + SHARE}" if len(items) > SHARE else "",
            "may_close": open_ and bool(held.of(Verb.REVIEW_MATTER)),
        },
    )


@staff_only
@require_POST
def judge(request: HttpRequest, campaign_id: int, item_id: int) -> HttpResponse:
    """保留, 调整, 取消; or carry out what was asked for."""
    account = editor(request)
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    item = cleaning.items_of(campaign, account).filter(pk=item_id).first()
    if item is None:
        raise Http404(str(item_id))
    back = reverse("authoring:campaign", args=[campaign_id])
    verdict = request.POST.get("verdict", "")
    try:
        if verdict == "carry_out":
            cleaning.carry_out_cancelling(account, item)
        else:
            item = cleaning.judge(account, item, verdict=verdict, reason=request.POST.get("reason", ""))
    except RegistryRefused as refused:
        return refusal(request, refused.message, back)
    if verdict == CampaignItem.Verdict.CHANGE and item.manuscript_id:
        return redirect("authoring:record", item.manuscript_id)
    return redirect(f"{back}#i{item_id}")


@staff_only
@require_POST
def close(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """结束清理规范."""
    account = editor(request)
    if not scopes_for(account).of(Verb.REVIEW_MATTER):
        raise PermissionDenied
    campaign = get_object_or_404(Campaign, pk=campaign_id)
    try:
        cleaning.close_campaign(account, campaign)
    except RegistryRefused as refused:
        return refusal(request, refused.message, reverse("authoring:campaign", args=[campaign_id]))
    return redirect("authoring:campaign", campaign_id)
