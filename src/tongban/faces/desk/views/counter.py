"""窗口收件: pick a matter by typing, take everything in on one screen, hand out the receipt, accept."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import segno
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.calendar import CHINA
from tongban.base.ui import parts, work
from tongban.base.ui.fields import ErrorSummary, Field, FieldGroup, summary_of
from tongban.base.ui.format import cn_time
from tongban.base.ui.rail import workbench
from tongban.base.ui.shell import public_page
from tongban.engine.definition import compile_terms
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.people import mask_name, scopes
from tongban.engine.services import allowed
from tongban.faces.application import Typed, application_form, error_summary, row_asked_for
from tongban.faces.desk import intake as taking
from tongban.faces.desk.case import open_view
from tongban.faces.desk.lookup import Found, look_up
from tongban.faces.desk.notices import handed_names
from tongban.faces.desk.views.todo import refused
from tongban.faces.pictures import limit_words
from tongban.platforms.delivery import services as delivery
from tongban.platforms.delivery.asking import fields_for
from tongban.platforms.delivery.models import Wish
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import OfferingVersion
from tongban.registry.queries import as_of, organisation_name

PAGE = 50
RECEIPT = "desk.receipt"


@staff_only
@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Which matter."""
    account = account_of(request)
    if not scopes(account).of("accept"):
        return refused(request, _("窗口收件需要受理权限。您的岗位没有这项授权，请联系本单位负责人。"))
    text = request.GET.get("q", "").strip()[:60]
    found = taking.matters_for(account, text)
    again = request.GET.get("was") == text  # Enter once more on the same words: the first of them
    if text and found and (again or len(found) == 1):
        return HttpResponseRedirect(_address(found[0]))
    tree = as_of()
    rows = tuple(
        work.Row(
            str(v.pk),
            v.name,
            _address(v),
            v.offering.implementation_code or "",
            None,
            str(v.get_kind_display()),
            "file-earmark-text",
            (
                (n.short_name or n.name) if (n := tree.nodes.get(v.offering.organisation_id)) else "",
                limit_words(compile_terms(v.content, v.pk).promised) or "—",
                _("第 %(n)s 版") % {"n": v.no},
            ),
        )
        for v in found
    )
    columns = (
        parts.Column(_("期限"), hidden_name=True),
        *(parts.Column(c) for c in (_("类型"), _("事项"), _("单位"), _("承诺"), _("版本"))),
    )
    return render(
        request,
        "desk/counter.html",
        {
            "page": workbench(
                request,
                _("窗口收件"),
                "counter",
                subtitle=_("打几个字找事项，回车查找，再按回车打开第一项。"),
            ),
            "text": text,
            "first": found[0].name if text and found else "",
            "list": work.WorkList(_("可以收件的事项"), columns, rows) if rows else None,
            "bulk": work.BulkBar(()),
            "empty": parts.Empty(
                _("没有找到“%(q)s”") % {"q": text} if text else _("没有可以收件的事项"),
                _("换个说法，比如“开饭店”，或者输入实施编码。"),
                icon="search",
            ),
        },
    )


@staff_only
@require_safe
def helped(request: HttpRequest) -> HttpResponse:
    """代办件: what one took in for other units, and where it is; results to hand out come as steps of one's own."""
    account = account_of(request)
    if not scopes(account).of("accept"):
        return refused(request, _("代办件是窗口人员代别的单位收的件，您没有收件权限。"))
    tree = as_of()
    cases = taking.helped_cases(account)
    found = Paginator(cases, PAGE).get_page(request.GET.get("page"))
    rows = [
        (
            parts.Cell(case.number, case.offering_version.name, reverse("desk:case", args=[case.number])),
            (n.short_name or n.name) if (n := tree.nodes.get(case.org_id)) else "",
            mask_name(case.applicant_name, case.applicant_kind),
            str(Case.Phase(case.phase).label),
            cn_time(case.opened_at),
        )
        for case in found
    ]
    return render(
        request,
        "desk/helped.html",
        {
            "page": workbench(request, _("代办件"), "helped", subtitle=_("替别的单位收的件办到哪里了")),
            "table": parts.table(
                (_("办件"), _("承办单位"), _("申请人"), _("状态"), _("收件")),
                rows,
                _("代办件"),
                caption_hidden=True,
                dense=True,
            ),
            "found": found,
            "empty": parts.Empty(
                _("没有代办件"), _("乡镇、村便民服务点替县里的单位收件，收下的就在这里跟进。"), icon="people"
            ),
        },
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest, code: str) -> HttpResponse:
    """The whole intake on one screen."""
    account = account_of(request)
    version = taking.version_for(account, code)
    if version is None:
        raise Http404(code)
    if request.method != "POST":
        return _form(
            request,
            version,
            taking.Taken({}, {}, taking.usual(version.content), taking.Papers()),
            str(uuid4()),
        )
    if "_number" in request.POST:
        found = look_up(account, version, request.POST["_number"][:40])
        typed = {**taking.usual(version.content), **found.values}
        return _form(
            request, version, taking.Taken({}, {}, typed, taking.Papers()), str(uuid4()), found=found,
            status=422 if found.error else 200,
        )  # fmt: skip
    try:
        command = UUID(request.POST.get("command_id", ""))
    except ValueError:
        command = uuid4()
    taken = taking.read(version, request)
    if row_asked_for(
        version.content, request.POST
    ):  # what was typed and scanned stays, with a row more or less
        kept = replace(taken, errors={}, wish_errors={})
        return _form(request, version, kept, str(command))
    if taken.wrong:
        return _form(request, version, taken, str(command), status=422)
    try:
        outcome = taking.take_in(account, version, taken, command)
    except Refused as refusal:
        return _form(request, version, taken, str(command), refusal=refusal, status=409)
    if outcome.secret:
        request.session[RECEIPT] = [outcome.number, outcome.secret]
    return HttpResponseRedirect(reverse("desk:receipt", args=[outcome.number]))


@staff_only
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """收件凭证 with number, query code and QR code; from here the case is accepted at once."""
    account = account_of(request)
    view = open_view(account, number)
    known = request.session.get(RECEIPT) or ["", ""]
    secret = known[1] if known[0] == number else ""
    address = request.build_absolute_uri(f"/track/?number={number}")
    accept = next((a for a in allowed(account, view.case) if a.type == "accept"), None)
    case = view.case
    terms = parts.Terms(
        (
            (_("编号"), number),
            (_("查询密码"), secret or _("只在收件当时显示一次；遗失的，申请人凭证件到窗口重办查询")),
            (_("事项"), case.offering_version.name),
            (_("申请人"), view.applicant),
            (_("收件时间"), f"{case.opened_at.astimezone(CHINA):%Y年%-m月%-d日 %H:%M}"),
            (_("收件单位"), organisation_name(case.org_id)),
            (_("收件人"), account.display_name),
            *_delivered(delivery.wish_of(case.pk), personal=view.personal),
            (_("受理"), _("材料齐全的当场受理；不齐的，五个工作日内一次告知要补的全部内容")),
            (
                _("承诺时限"),
                _("受理后 %(limit)s") % {"limit": limit_words(view.definition.terms.promised)}
                if view.definition.terms.promised
                else "—",
            ),
        )
    )
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=4, border=2, dark="#16202c")
    return render(
        request,
        "desk/receipt.html",
        {
            "page": public_page(_("收件凭证")),
            "office": organisation_name(case.org_id),
            "case": case,
            "terms": terms,
            "secret": secret,
            "qr": mark_safe(drawn),  # noqa: S308 -- drawn by segno from our own address
            "handed": handed_names(view),
            "accept": accept,
            "narrow": request.GET.get("paper") == "80",
            "command_id": str(uuid4()),
        },
    )


def _form(
    request: HttpRequest,
    version: OfferingVersion,
    taken: taking.Taken,
    command_id: str,
    *,
    refusal: Refused | None = None,
    found: Found | None = None,
    status: int = 200,
) -> HttpResponse:
    content = version.content
    papers = taken.papers
    materials = taking.materials_for(version, taken.data)
    rows = [
        {
            "m": m,
            "state": papers.ticked.get(m.key, ""),
            "scans": papers.scans.get(m.key, []),
            "error": papers.errors.get(m.key, ""),
            "note": m.raw.get("when_words") or m.raw.get("note") or "",
        }
        for m in materials
    ]
    promised = compile_terms(content, version.pk).promised
    sending = fields_for(taken.wish, taken.wish_errors) if delivery.asked(content) else ()
    number = Field(
        "_number", _("身份证号或统一社会信用代码"), error=found.error if found else "", required=False,
        focus=found is None and not taken.wrong,
        hint=_("刷卡或输入后回车：校验、带出生日期和性别；本单位受理过的带出姓名和电话。"), maxlength=24,
    )  # fmt: skip
    return render(
        request,
        "desk/intake.html",
        {
            "page": workbench(
                request,
                version.name,
                "counter",
                subtitle=f"{_('窗口收件')} · {_('第 %(n)s 版') % {'n': version.no}}"
                + (f" · {_('承诺')} {limit_words(promised)}" if promised else ""),
            ),
            "groups": _begun(application_form(content, taken.typed, taken.errors), taken.typed)
            if found is not None and not found.error
            else application_form(content, taken.typed, taken.errors),
            "rows": rows,
            "delivery": sending,
            "number": number,
            "found": parts.Notice("ok", found.said, slim=True) if found and found.said else None,
            "scans_error": papers.errors.get("", ""),
            "command_id": command_id,
            "summary": _summary(
                error_summary(content, taken.errors) if taken.errors else None,
                summary_of(sending),
                _papers_summary(papers, {m.key: m.name for m in materials}),
            ),
            "notice": parts.Notice("bad", refusal.message, _("没有收件，填好的内容和扫描件都在。"))
            if refusal
            else None,
        },
        status=status,
    )


def _begun(groups: Sequence[FieldGroup], typed: Typed) -> list[FieldGroup]:
    """The form with typing begun where the number that was read left off: the first field it did not fill."""
    fields = [part for group in groups for part in group.parts if isinstance(part, Field)]
    empty = next(
        (
            f
            for f in fields
            if f.required
            and not f.value
            and not f.is_group
            and (f.when is None or typed.get(f.when.field) == f.when.equals)
        ),
        None,
    )
    return [
        replace(g, parts=tuple(replace(p, focus=True) if p is empty else p for p in g.parts)) for g in groups
    ]


def _summary(*found: ErrorSummary | None) -> ErrorSummary | None:
    """What is wrong with the form and with the delivery, as one list."""
    lines = tuple(line for summary in found if summary is not None for line in summary.errors)
    return ErrorSummary(lines, _("填好的内容和扫描件都在，没有丢失。")) if lines else None


def _papers_summary(papers: taking.Papers, names: Mapping[str, str]) -> ErrorSummary | None:
    """What is wrong with the scans, each line leading to where the file is chosen anew."""
    lines = [("f-scans", papers.errors[""])] if papers.errors.get("") else []
    lines += [(f"f-{key}", f"{names[key]}：{error}") for key, error in papers.errors.items() if key in names]
    return ErrorSummary(tuple(lines)) if lines else None


def _delivered(wish: Wish | None, *, personal: bool) -> list[tuple[str, str]]:
    """How the result is to come; where to only for those who may read personal data."""
    if wish is None:
        return []
    said = (str(wish.way), *((wish.name, wish.phone, wish.address) if personal else ()))
    return [(_("送达"), " ".join(part for part in said if part))]


def _address(version: OfferingVersion) -> str:
    return reverse("desk:intake", args=[version.offering.implementation_code])
