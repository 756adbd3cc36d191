"""对照与审核: every line beside the version in force, line comments, the legal office's opinion, publication."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongban.base.calendar import CHINA
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts
from tongban.engine.errors import Refused
from tongban.faces.authoring import differences, flowtable, queries, services, shown
from tongban.faces.authoring.models import Manuscript
from tongban.faces.authoring.views.manuscripts import day_of, held
from tongban.registry.access import staff_only
from tongban.registry.changelog import history_of
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import today

DEEDS = {
    "version.drafted": "编成草稿",
    "version.saved": "保存草稿",
    "version.submitted": "提交审核",
    "version.returned": "退回修改",
    "version.reviewed": "通过审核",
    "version.published": "发布",
    "version.superseded": "被新版本接替",
    "version.retired": "停用",
    "version.erratum": "勘误",
}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """The lines with their changes and comments, and what this person may do about them."""
    account, m = held(request, manuscript_id)
    notice = None
    if request.method == "POST":
        try:
            _decide(account, m, request)
        except (RegistryRefused, Refused) as refused:
            notice = parts.Notice("bad", _("没有办成"), refused.message)
            m = queries.manuscripts(account).get(pk=m.pk)
        else:
            return redirect("authoring:review", m.pk)
    whole = request.GET.get("all") == "1" or m.base is None
    base_flow = services.flow_of_version(m.base) if m.base is not None else None
    lines = differences.compare(m.base.content if m.base is not None else None, m.content, base_flow, m.flow)
    counted = differences.counts(lines)
    comments: dict[str, list[object]] = {}
    told = list(m.comments.select_related("by", "answered_by"))
    for comment in told:
        comments.setdefault(comment.path, []).append(comment)
    own = m.authors.filter(pk=account.pk).exists()
    reviews = m.state == "review" and not own and queries.may(account, m, Verb.REVIEW_MATTER)
    publishes = m.state == "passed" and not own and queries.may(account, m, Verb.PUBLISH_MATTER)
    rows = [
        (line, comments.get(line.path, []), request.POST.get(f"c.{line.path}", ""))
        for line in lines
        if whole or line.change != "same" or line.path in comments
    ]
    return render(
        request,
        "authoring/review.html",
        {
            **shown.head(request, m, "review"),
            "notice": notice,
            "rows": rows,
            "counted": counted,
            "whole": whole,
            "reviews": reviews,
            "publishes": publishes,
            "why_not": _why_not(account, m, own=own, may_act=reviews or publishes),
            "opinion": fields.Field(
                "opinion",
                _("审核意见"),
                "textarea",
                request.POST.get("opinion", ""),
                rows=3,
                hint=_("通过或退回都要写；退回时批注一并送达编制单位"),
            ),
            "starts": fields.Field(
                "starts",
                _("生效日期"),
                "date",
                request.POST.get("starts") or today().isoformat(),
                hint=_("当天或以后；原版本到这一天为止"),
            ),
            "comments": told,
            "labels": {line.path: f"{line.section} · {line.label}" for line in lines},
            "picture": flowtable.picture(m.flow) if m.flow else None,
            "history": _history(m),
        },
        status=409 if notice else 200,
    )


def _decide(account: Account, m: Manuscript, request: HttpRequest) -> None:
    what, opinion = request.POST.get("_do", ""), request.POST.get("opinion", "")
    if what not in ("comment", "back", "pass", "publish"):
        raise PermissionDenied
    seen = whole_number(request.POST.get("_round", "")) or 0
    if what == "publish":
        services.publish(account, m, seen=seen, starts=day_of(request.POST.get("starts", "")))
        return
    paths = [n.removeprefix("c.") for n in request.POST if n.startswith("c.")]
    said = [(path, text) for path in paths if (text := request.POST.get(f"c.{path}", "").strip())]
    services.decide(account, m, what, opinion=opinion, seen=seen, comments=said)


def _why_not(account: Account, m: Manuscript, *, own: bool, may_act: bool) -> str:
    if may_act or m.state not in ("review", "passed"):
        return ""
    if own and (queries.may(account, m, Verb.REVIEW_MATTER) or queries.may(account, m, Verb.PUBLISH_MATTER)):
        return _("您编制过这份稿子，不能由您审核或发布，请由另一名人员办理。")
    return _("正在法制机构审核。") if m.state == "review" else _("已通过法制审核，等待发布。")


def _history(m: Manuscript) -> list[tuple[str, str, str, str]]:
    if m.version is None:
        return []
    key = f"{m.version.offering.matter.code}/{m.version.offering_id}/{m.version.no}"
    return [
        (f"{c.at.astimezone(CHINA):%Y-%m-%d %H:%M}", c.actor_name, DEEDS.get(c.action, c.action), c.reason)
        for c in history_of("version", key)
    ]
