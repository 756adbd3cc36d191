"""What the public opens: asking for information, digests of answers, published annual reports."""

from typing import Any
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.faces.openness.views.asked import asked_of, groups, typed_in, units, wrong_in
from tongban.faces.openness.views.tables import drawn, file_response
from tongban.faces.rate import within
from tongban.faces.visitor import account_of
from tongban.platforms.inquiry import services
from tongban.platforms.inquiry.annual.export import FORMATS, title_of
from tongban.platforms.inquiry.annual.queries import published
from tongban.platforms.inquiry.queries import find_digests, public_digests, units_taking
from tongban.platforms.inquiry.rules import regimes
from tongban.registry.models import Organisation
from tongban.registry.queries import organisation_name

ASKS = 10  # requests an address may make in ten minutes
PAGE = 30
CRUMBS = (("依申请公开", "/inquiry/"),)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What may be asked for and how, and what others were answered."""
    query = request.GET.get("q", "").strip()[:100]
    rows = find_digests(query) if query else public_digests()
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    rules = regimes()[-1]
    return render(
        request,
        "openness/index.html",
        {
            "page": public_page(_("依申请公开"), "open", query=query,
                lead=_("网站上没有的政府信息，可以向制作或者保存它的机关申请，不收工本费。")),
            "facts": parts.Facts(
                (
                    parts.Fact(_("谁可以申请"), _("公民、法人和其他组织"), _("不用说明用途")),
                    parts.Fact(_("多久答复"), _("%(n)s 个工作日") % {"n": rules.reply},
                        _("经批准可以延长一次，最多 %(n)s 个工作日") % {"n": rules.extension}),
                    parts.Fact(_("收不收费"), _("不收费"), _("数量、频次明显超过合理范围的，可以收信息处理费")),
                    parts.Fact(_("不服怎么办"), _("复议或者诉讼"), _("也可以向上一级机关投诉、举报")),
                )
            ),
            "search": parts.Search(reverse("openness:index"), _("搜索公开的答复"), _("搜索公开的答复"), query),
            "found": found, "query": query,
            "empty": parts.Empty(
                _("没有找到公开的答复") if query else _("还没有公开的答复"), _("您可以直接申请。"),
                (parts.Act(_("我要申请"), reverse("openness:apply"), "primary"),), "envelope-paper",
            ),
        },
    )  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """Ask for information; no sign-in needed, but one has to say who one is."""
    account = account_of(request)
    typed = typed_in(request.POST)
    org_code = (request.POST or request.GET).get("org", "").strip()
    if request.method != "POST" and account is not None:
        typed |= {
            "name": account.display_name,
            "phone": account.phone.removeprefix("+86"),
            "applicant_type": "person",
        }
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        errors, status = wrong_in(typed), 422
        org = Organisation.objects.filter(code=org_code).first()
        if org is None:
            errors["org"] = _("请选择向哪个机关申请")
        elif not errors and not within(request, "inquiry", ASKS):
            errors["subject"], status = _("申请得太快了，请 10 分钟后再试；填的内容还在。"), 429
        elif not errors:
            try:
                outcome = services.apply(account, org, asked_of(typed), command_id=_command(request))
                return _received(request, outcome.number, outcome.secret, organisation_name(org.pk))
            except Refused as refused:
                errors[str(refused.detail.get("field", "subject"))] = refused.message
    to = fields.Field(
        "org", _("向哪个机关申请"), "select", org_code, _("制作或者保存这项信息的机关"), errors.get("org", ""),
        options=units(units_taking()),
    )  # fmt: skip
    asked = groups(typed, errors)
    every = (to, *(f for _name, those in asked for f in those))
    return render(
        request,
        "openness/apply.html",
        {
            "page": public_page(_("政府信息公开申请"), "open", CRUMBS, lead=_("填三项：您是谁、要什么、怎样给您。")),
            "to": to, "groups": asked, "summary": fields.summary_of(every),
            "command_id": request.POST.get("command_id") or uuid4(),
        },
        status=status,
    )  # fmt: skip


@require_safe
def digest(request: HttpRequest, number: str) -> HttpResponse:
    """One answer that the public may read."""
    row = public_digests().filter(inquiry__number=number.upper()).first()
    if row is None:
        raise Http404(_("没有这条答复，或者它已经撤下"))
    told = (
        (_("答复机关"), organisation_name(row.inquiry.org_id)),
        (_("办理结果"), row.inquiry.outcome_name),
        (_("答复日期"), cn_date(row.inquiry.concluded_on)),
    )
    return render(
        request,
        "openness/digest.html",
        {"page": public_page(row.subject, "open", CRUMBS), "row": row, "terms": parts.Terms(told)},
    )


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Published annual reports, newest first."""
    found = Paginator(published(), PAGE).get_page(request.GET.get("page"))
    rows = [(title_of(r), reverse("openness:public-report", args=[r.pk]), r.published_at) for r in found]
    return render(
        request,
        "openness/reports.html",
        {
            "page": public_page(_("政府信息公开工作年度报告"), "open", CRUMBS),
            "rows": rows, "found": found, "empty": parts.Empty(_("还没有公布的年度报告"), icon="bar-chart"),
        },
    )  # fmt: skip


@require_safe
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """One published report with its tables, and as files."""
    row = get_object_or_404(published(), pk=report_id)
    files = [
        (name, reverse("openness:public-report-file", args=[row.pk, e])) for e, (_t, name) in FORMATS.items()
    ]
    return render(
        request,
        "openness/report.html",
        {
            "page": public_page(title_of(row), "open", (*CRUMBS, (_("年度报告"), reverse("openness:public-reports"))),
                lead=_("%(on)s公布") % {"on": cn_date(row.published_at)}),
            "row": row, "sections": drawn(row), "files": files,
        },
    )  # fmt: skip


@require_safe
def report_file(request: HttpRequest, report_id: int, ending: str) -> HttpResponse:
    """A published report as a file."""
    return file_response(get_object_or_404(published(), pk=report_id), ending)


def _received(request: HttpRequest, number: str, secret: str, office: str) -> HttpResponse:
    rows: list[tuple[str, Any]] = [(_("申请编号"), parts.Copy(number)), (_("受理机关"), office)]
    if secret:
        rows.append((_("查询密码"), parts.Copy(secret)))
    return render(
        request,
        "openness/received.html",
        {
            "page": public_page(_("申请已经提交"), "open", CRUMBS, lead=_("机关会与您确认收到的日期，答复期限从确认之日起计算。")),
            "terms": parts.Terms(tuple(rows)), "secret": secret, "number": number,
        },
    )  # fmt: skip


def _command(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("command_id", ""))
    except ValueError:
        return uuid4()
