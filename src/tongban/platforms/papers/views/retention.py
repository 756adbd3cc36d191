"""保管期限: the rules by date, what is due, and what is decided of it."""

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.calendar import CHINA
from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.papers import disposal
from tongban.platforms.papers.models import ArchivePackage, Disposal, RetentionRule
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account, Matter
from tongban.registry.queries import organisation_name, today

PAGE = 50
COLUMNS = (
    (_("档号"), 28),
    (_("办件编号"), 18),
    (_("事项"), 36),
    (_("单位"), 24),
    (_("保管期限"), 10),
    (_("保管至"), 16),
)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """How long what is kept, since when, and a new rule from a day on."""
    account = account_of(request)
    may_set = disposal.may_set_rules(account)
    if not may_set and not disposal.may_dispose(account):
        raise PermissionDenied
    tomorrow = datetime.now(CHINA).date() + timedelta(days=1)
    typed = {"matter_kind": "", "result": "", "period": "", "basis": "", "starts": tomorrow.isoformat()}
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not may_set:
            raise PermissionDenied
        typed = {k: request.POST.get(k, "").strip()[:500] for k in typed}
        try:
            disposal.set_rule(
                account,
                matter_kind=typed["matter_kind"] if typed["matter_kind"] in Matter.Kind.values else "",
                result=typed["result"] if typed["result"] in Case.Result.values else "",
                period=typed["period"], basis=typed["basis"], starts=date.fromisoformat(typed["starts"]),
            )  # fmt: skip
        except ValueError:
            errors["starts"] = _("这不像一个日期")
        except Refused as refused:
            errors[str(refused.detail.get("field", "basis"))] = refused.message
        else:
            messages.success(request, _("新的规则已存，按办结日期适用。"))
            return redirect("papers:retention")
    kinds = {k.value: str(k.label) for k in Matter.Kind}
    results = {r.value: str(r.label) for r in Case.Result if r.value}
    rows = [
        (
            kinds.get(r.matter_kind, _("各类事项")), results.get(r.result, _("各种结果")), r.get_period_display(), r.basis,
            f"{cn_date(r.valid.lower)} – {cn_date(r.valid.upper) if r.valid.upper else _('至今')}",
        )
        for r in RetentionRule.objects.all()
    ]  # fmt: skip
    asked = (
        fields.Field("matter_kind", _("事项类型"), "select", typed["matter_kind"], required=False,
                     options=(fields.Option("", _("各类事项")), *(fields.Option(k, n) for k, n in kinds.items()))),
        fields.Field("result", _("结果"), "select", typed["result"], required=False,
                     options=(fields.Option("", _("各种结果")), *(fields.Option(k, n) for k, n in results.items()))),
        fields.Field("period", _("保管期限"), "radio", typed["period"], error=errors.get("period", ""),
                     options=tuple(fields.Option(v, str(n)) for v, n in RetentionRule.Period.choices)),
        fields.Field("starts", _("起用日期"), "date", typed["starts"], _("那天以后办结的办件适用"), errors.get("starts", "")),
        fields.Field("basis", _("依据"), "textarea", typed["basis"], error=errors.get("basis", ""), rows=2, maxlength=500),
    )  # fmt: skip
    return render(
        request,
        "papers/retention.html",
        {
            "page": workbench(request, _("保管期限"), "retention", subtitle=_("同时有几条的，用最具体的一条。")),
            "table": parts.table(
                (_("事项类型"), _("结果"), _("保管期限"), _("依据"), _("适用")), rows, _("保管期限规则"), caption_hidden=True
            ),
            "asked": asked if may_set else (),
            "summary": fields.summary_of(asked),
        },
        status=422 if errors else 200,
    )  # fmt: skip


@staff_only
@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """Filed cases whose period is over, and what was decided lately; as XLSX with ?export=1 for who may export."""
    account = _keeper(request)
    rows = disposal.due_packages(account)
    may_export = bool(scopes(account).of("export"))
    if request.GET.get("export") and may_export:
        seen = rows.filter(case__in=Case.objects.visible_to(account, "export"))
        record_access(account, "export", "archive due", rows=seen.count())
        return sheet_response(_("到期处置"), COLUMNS, (_line(p) for p in seen.iterator(chunk_size=500)))
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    decided = Disposal.objects.filter(case__in=Case.objects.visible_to(account, "ledger")).select_related(
        "package", "by"
    )
    return render(
        request,
        "papers/due.html",
        {
            "page": workbench(
                request, _("到期处置"), "due", subtitle=_("到 %(day)s 保管期满、还没有处置的归档文件") % {"day": cn_date(today())}
            ),
            "table": parts.table(
                tuple(name for name, _width in COLUMNS),
                [(parts.Cell(p.archival_number, "", reverse("papers:decide", args=[p.pk])), *_line(p)[1:]) for p in found],
                _("到期的归档文件"), caption_hidden=True, dense=True, empty=_("没有到期的归档文件。"),
            ),
            "found": found,
            "kept": "",
            "export": f"?{urlencode({'export': 1})}" if may_export and found else "",
            "decided": parts.table(
                (_("档号"), _("处置"), _("鉴定意见"), _("理由"), _("经办"), _("时间")),
                [
                    (
                        d.package.archival_number,
                        d.get_kind_display() + (f" {cn_date(d.until)}" if d.until else ""),
                        d.document, d.reason, d.by.display_name, cn_date(d.at),
                    )
                    for d in decided[:PAGE]
                ],
                _("已经处置的"), caption_hidden=True, dense=True, empty=_("还没有处置过。"),
            ),
        },
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, package_id: int) -> HttpResponse:
    """Decide of one filed case that is due: keep it longer, or destroy it."""
    account = _keeper(request)
    found = disposal.due_packages(account).filter(pk=package_id).first()
    if found is None:
        raise Http404(str(package_id))
    typed = {"kind": "", "years": "", "document": "", "reason": ""}
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {k: request.POST.get(k, "").strip()[:500] for k in typed}
        try:
            made = disposal.decide(
                account, found, kind=typed["kind"], document=typed["document"], reason=typed["reason"],
                years=whole_number(typed["years"]) or 0,
            )  # fmt: skip
        except Refused as refused:
            errors[str(refused.detail.get("field", "kind"))] = refused.message
        else:
            messages.success(
                request, _("%(number)s 已登记：%(what)s。") % {"number": found.archival_number, "what": made.get_kind_display()}
            )  # fmt: skip
            return redirect("papers:due")
    asked = (
        fields.Field("kind", _("怎样处置"), "radio", typed["kind"], error=errors.get("kind", ""), options=(
            fields.Option("extend", _("延长保管"), _("仍有查考价值的")),
            fields.Option("destroy", _("销毁"), _("清除申请人、填写内容、材料和文书的内容，编号、摘要和存证记录保留；不能恢复")),
        )),
        fields.Field("years", _("延长几年"), "number", typed["years"], error=errors.get("years", ""), unit=_("年"),
                     when=fields.When("kind", equals="extend", said=_("只在延长时填。"))),
        fields.Field("document", _("鉴定意见文号"), value=typed["document"], error=errors.get("document", ""), maxlength=60),
        fields.Field("reason", _("理由"), "textarea", typed["reason"], _("记入存证链，不要写申请人的姓名"),
                     errors.get("reason", ""), rows=3, maxlength=500),
    )  # fmt: skip
    return render(
        request,
        "papers/decide.html",
        {
            "page": workbench(request, found.archival_number, "due", subtitle=found.case.offering_version.name),
            "terms": parts.Terms(tuple((name, words) for (name, _width), words in zip(COLUMNS, _line(found), strict=True))),
            "asked": asked,
            "summary": fields.summary_of(asked),
        },
        status=422 if errors else 200,
    )  # fmt: skip


def _line(p: ArchivePackage) -> tuple[str, ...]:
    until: date | None = getattr(p, "kept_until", p.keep_until)
    return (
        p.archival_number, p.case.number, p.case.offering_version.name, organisation_name(p.organisation_id),
        str(RetentionRule.Period(p.period).label), cn_date(until) or _("永久"),
    )  # fmt: skip


def _keeper(request: HttpRequest) -> Account:
    account = account_of(request)
    if not disposal.may_dispose(account):
        raise PermissionDenied
    return account
