"""Following a case (进度查询): by number and secret, or signed in; withdrawing, urging, answering a notice, the result."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongban.base.files import download
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.engine import codec, kinds
from tongban.engine.attachments import attachments, find_attachment
from tongban.engine.errors import Refused
from tongban.engine.machine import Action
from tongban.engine.models import Case
from tongban.engine.queries import case_data, case_definition, find_case, tracked_case
from tongban.engine.services import allowed, perform
from tongban.faces.application import form_told
from tongban.faces.guide import terms_of
from tongban.faces.hall import services
from tongban.faces.hall.queries import cases_of
from tongban.faces.hall.views.apply import SECRETS
from tongban.faces.hall.views.drawn import qr
from tongban.faces.hall.views.rating import invitation, rating_href
from tongban.faces.pictures import limit_words
from tongban.faces.progress import NUMBER_HINT, WRONG_PAIR, case_name, case_row, progress_of
from tongban.faces.rate import TRACKED, TooOften, guessed
from tongban.faces.visitor import account_of
from tongban.platforms.consultation.queries import consultation_of
from tongban.platforms.delivery.services import wish_of
from tongban.platforms.fees.queries import orders_of
from tongban.platforms.papers.queries import documents_of
from tongban.platforms.rating.queries import slots
from tongban.platforms.supervision.complaints import complaint_of, complaints_about
from tongban.registry.access import record_access
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

if TYPE_CHECKING:
    from tongban.base.ui.component import Shown

CRUMBS = (("进度与结果", "/track/"),)


class Deed(NamedTuple):
    """What is asked before the applicant does something to their case, and told after."""

    title: str
    question: str
    back: str
    consequences: tuple[str, ...]
    done: str


DEEDS = {
    "withdraw": Deed(
        "撤回申请", "撤回这件申请？", "不撤回，回到办件",
        ("撤回后编号作废，不能恢复；不影响以后再申请。", "已经交的材料不退，重新申请要再交。"), "申请已撤回。",
    ),
    "urge": Deed("催办", "催办这件办件？", "回到办件", ("会提醒正在办的人和他的负责人，记在办件里。",), "已催办，经办人会收到提醒。"),
    "apply": Deed(
        "正式申请", "不等预审，现在正式申请？", "回到办件",
        ("材料和填写内容都带过去，不用再交；预审不再进行。", "从今天起算受理期限；材料不齐的，会一次告知补正。"), "已正式申请。",
    ),
}  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """Number and secret; nothing of the pair is kept, and a wrong one gets the same answer whatever is wrong."""
    account = account_of(request)
    number = (
        (request.POST if request.method == "POST" else request.GET)
        .get("number", "")
        .replace(" ", "")
        .upper()[:24]
    )
    error, status = "", 200
    if request.method == "POST":
        secret = request.POST.get("secret", "")[:40]
        try:
            case = guessed(request, "track", TRACKED, lambda: tracked_case(number, secret))
        except TooOften:
            error, status = _("试得太多了，请 10 分钟后再查；也可以登录后在“我的办事”里看，不用密码。"), 429
        else:
            if case is not None:
                return _case_page(request, case, None, {"number": number, "secret": secret})
            error = _(WRONG_PAIR)
    elif number and account is not None and find_case(account, number) is not None:
        return redirect("hall:case", number=number)
    asked = (
        fields.Field("number", _("办件编号"), value=number, hint=_(NUMBER_HINT), maxlength=24),
        fields.Field("secret", _("查询密码"), hint=_("回执上的 12 位字母和数字"), error=error, maxlength=40),
    )
    return render(
        request,
        "hall/track/form.html",
        {
            "page": public_page(_("进度与结果"), "track", lead=_("凭回执上的编号和查询密码，不用登录。")),
            "asked": asked,
            "summary": fields.ErrorSummary((("f-secret", error),), _("编号已保留，请再填一次密码。"))
            if error
            else None,
            "mine": [case_row(c) for c in cases_of(account)[:5]] if account is not None else [],
            "signed_in": account is not None,
        },
        status=status,
    )


@never_cache
@login_required
@require_GET
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One's own case."""
    account, row = _mine(request, number)
    return _case_page(request, row, account)


@never_cache
@login_required
@require_GET
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt (收件回执), to print. The secret is on it the first time only."""
    account, row = _mine(request, number)
    kept = dict(request.session.get(SECRETS, {}))
    secret = kept.pop(number, "")
    if secret:
        request.session[SECRETS] = kept
    state, terms = codec.load(row.state), terms_of(row.offering_version)
    rows: list[tuple[str, Shown]] = [
        (_("编号"), parts.Copy(row.number)),
        (_("事项"), case_name(row)),
        (_("申请人"), row.applicant_name),
        (_("收件时间"), f"{cn_date(row.opened_at)} {timezone.localtime(row.opened_at):%H:%M}"),
        (_("收件单位"), organisation_name(row.org_id)),
        (
            _("受理"),
            _("收到后 %(n)s内答复是否受理；不告知补正的，到期视为受理")
            % {"n": limit_words(terms.acceptance)},
        ),
    ]
    if limit := limit_words(terms.promised):
        rows.append((_("承诺时限"), _("受理后 %(n)s") % {"n": limit}))
    if secret:
        rows.insert(1, (_("查询密码"), parts.Copy(secret)))
    words = {"supplied": _("电子件"), "shared": _("共享核验，免交"), "later": _("待补")}
    taken = case_definition(row).terms.materials
    address = request.build_absolute_uri(f"{reverse('hall:track')}?number={row.number}")
    return render(
        request,
        "hall/track/receipt.html",
        {
            "page": public_page(_("收件回执")),
            "office": organisation_name(row.org_id),
            "case": row,
            "terms": parts.Terms(tuple(rows)),
            "secret": secret,
            "materials": parts.table(
                (_("材料"), _("形式")),
                [(taken[k].name, words.get(s, _("已交"))) for k, s in state.materials.items() if k in taken],
                _("收到的材料"), empty=_("这件事不用交材料。"),
            ),
            "qr": qr(address),
            "address": address,
            "account": account,
        },
    )  # fmt: skip


@never_cache
@login_required
@require_POST
def supply(request: HttpRequest, number: str) -> HttpResponse:
    """Begin (or go on with) answering a correction notice."""
    account, row = _mine(request, number)
    action = _action(account, row, "ask_precheck" if row.phase == Case.Phase.PRECHECK else "supply")
    if action is None or not action.allowed:
        return _refused(request, row, action.why if action else _("现在没有要补的。"))
    draft = services.begin_supply(account, row)
    code = row.offering_version.offering.implementation_code
    return redirect("hall:apply-step", code=code, draft=draft.pk, step=1)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Ask, then withdraw, urge or apply formally (预受理). Only what the engine allows; sent twice it has one effect."""
    account, row = _mine(request, number)
    action = _action(account, row, what)
    if action is None or not action.allowed:
        return _refused(request, row, action.why if action else _("这件办件不能这样办。"))
    field = action.fields[0].name if action.fields else ""
    words, error = "", ""
    if request.method == "POST":
        words = request.POST.get(field, "").strip()[:500]
        try:
            command = UUID(request.POST.get("command_id", ""))
            given: dict[str, Any] = {field: words} if words and what == "urge" else {}
            perform(
                account,
                row.pk,
                what,
                command_id=command,
                data=given,
                reason=words if what == "withdraw" else "",
            )
        except ValueError:
            error = _("页面放得太久了，请再按一次。")
        except Refused as refused:
            error = refused.message
        else:
            messages.success(request, _(DEEDS[what].done))
            return redirect("hall:case", number=number)
    deed = DEEDS[what]
    asked = (
        (
            fields.Field(
                field, action.fields[0].label, "textarea", words, required=False, rows=3, maxlength=500
            ),
        )
        if field
        else ()
    )
    confirm = fields.Confirm(
        _(deed.question),
        request.path,
        _(deed.title),
        parts.Act(_(deed.back), reverse("hall:case", args=[number])),
        tuple(_(line) for line in deed.consequences),
        ((_("编号"), row.number), (_("事项"), case_name(row))),
        asked,
        danger=what == "withdraw",
        command_id=str(uuid4()),
    )
    title = _(deed.title)
    crumbs = (*CRUMBS, (_("办件 %(no)s") % {"no": row.number}, reverse("hall:case", args=[number])))
    return render(
        request,
        "hall/track/act.html",
        {
            "page": public_page(title, "track", crumbs),
            "confirm": confirm,
            "summary": fields.ErrorSummary(
                ((f"f-{field}" if field else "main", error),), _("您写的内容还在。")
            )
            if error
            else None,
        },
    )


@never_cache
@login_required
@require_GET
def result(request: HttpRequest, number: str) -> HttpResponse:
    """What came out: the decision or the certificate, and the remedies where it went against the applicant."""
    account, row = _mine(request, number)
    state = codec.load(row.state)
    if state.decided is None and row.phase != Case.Phase.CLOSED:
        raise Http404(_("这件办件还没有结果"))
    told = progress_of(row, personal=True)
    certificate = state.certificate
    rows: list[tuple[str, Shown]] = [
        (_("事项"), case_name(row)), (_("办件编号"), row.number), (_("申请人"), row.applicant_name),
        (_("决定机关"), organisation_name(row.org_id)), (_("结果"), told.chip),
    ]  # fmt: skip
    if state.decided:
        rows.append((_("决定日期"), cn_date(state.decided)))
    if certificate is not None:
        rows += [(_("证照文书"), certificate.name), (_("编号"), parts.Copy(certificate.number))]
        if certificate.valid_until:
            rows.append((_("有效期至"), certificate.valid_until))
    if state.delivery.get("method"):
        rows.append((_("送达"), str(state.delivery["method"])))
    if state.delivery.get("express"):
        rows.append((_("快递单号"), parts.Copy(str(state.delivery["express"]))))
    return render(
        request,
        "hall/track/result.html",
        {
            "page": public_page(_("办理结果")),
            "office": organisation_name(row.org_id),
            "case": row,
            "terms": parts.Terms(tuple(rows)),
            "told": told,
            "papers": documents_of(account, row),
            "invitation": invitation(row),
            "certificate": certificate,
            "qr": qr(request.build_absolute_uri(f"{reverse('hall:check')}?number={certificate.number}")) if certificate else "",
        },
    )  # fmt: skip


@never_cache
@login_required
@require_GET
def file(request: HttpRequest, number: str, file: UUID) -> FileResponse:
    """A file of one's own case, as a download."""
    account, row = _mine(request, number)
    try:
        found = find_attachment(account, file)
    except Refused as refused:
        raise Http404(refused.message) from None
    if found.case_id != row.pk:
        raise Http404(number)
    record_access(
        account, "download", row.number, material=found.material, file=str(file), sha256=found.file_id
    )
    return download(found.file, found.name)


def _case_page(
    request: HttpRequest, row: Case, account: Account | None, pair: Mapping[str, str] | None = None
) -> HttpResponse:
    actions = {a.type: a for a in allowed(account, row)} if account is not None else {}
    asking = actions.get("ask_precheck") or actions.get("supply")
    supply_now = asking is not None and asking.allowed
    state = codec.load(row.state)
    acts: tuple[parts.Act, ...] = ()
    if state.certificate is not None or row.result in ("denied", "refused"):
        acts = (
            (
                parts.Act(
                    _("看结果"),
                    reverse("hall:result", args=[row.number]),
                    "primary" if state.certificate else "line",
                ),
            )
            if account is not None
            else ()
        )
    told = progress_of(row, personal=account is not None, acts=acts)
    wish = wish_of(row.pk)
    form = case_data(account, row) if account is not None else None
    content = row.offering_version.content
    return render(
        request,
        "hall/track/case.html",
        {
            "page": public_page(told.headline, "track", (*CRUMBS,)),
            "case": row,
            "name": case_name(row),
            "told": told,
            "asked": consultation_of(row),
            "complaint": complaint_of(row),
            "complaints": list(complaints_about(row)),
            "may_complain": row.kind != "complaint",
            "pair": pair or {},
            "supply": supply_now,
            "signed_in": account is not None,
            "can": _can(row, actions),
            "rate": _rate(row),
            "invitation": invitation(row),
            "papers": documents_of(account, row) if account is not None else (),
            "form": form_told(content, form.data, answers=kinds.kind(row.kind).answers) if form is not None else [],
            "files": list(attachments(account, row).filter(replaced_at=None)) if account is not None else [],
            "names": {m["key"]: m["name"] for m in content.get("materials", ())},
            "wish": wish if account is not None else None,
            "way": str(state.delivery.get("method") or (wish.way if wish is not None else "")),
            "express": str(state.delivery.get("express", "")) if account is not None else "",
            "orders": orders_of(row) if account is not None else (),
            "supervise": content.get("supervise_phone", ""),
            "login": f"{reverse('account_login')}?next={reverse('hall:case', args=[row.number])}",
        },
    )  # fmt: skip


def _can(row: Case, actions: dict[str, Action]) -> parts.AsideList | None:
    """What the applicant may do now, and of the rest why not."""
    if not actions:
        return None
    items: list[tuple[Shown, str, str]] = []
    for what, words, note in (
        ("urge", _("催办"), _("提醒经办人和负责人")),
        ("apply", _("不等预审，正式申请"), _("材料和填写内容都带过去，当天起算受理期限")),
        ("withdraw", _("撤回申请"), _("决定作出前可以撤回，不影响以后再申请")),
    ):
        if (a := actions.get(what)) is not None:
            items.append(
                (
                    words,
                    reverse("hall:act", args=[row.number, what]) if a.allowed else "",
                    note if a.allowed else a.why,
                )
            )
    if (a := actions.get("name_party")) is not None:
        items.append(
            (
                _("参与人"),
                reverse("hall:parties", args=[row.number]) if a.allowed else "",
                _("邀请代理人、共同申请人、第三人") if a.allowed else a.why,
            )
        )
    items.append((_("收件回执"), reverse("hall:receipt", args=[row.number]), _("可以打印")))
    return parts.AsideList(_("您可以"), "a-can", tuple(items))  # fmt: skip


def _rate(row: Case) -> tuple[str, int] | None:
    """Where the case is rated, and how many steps wait for it; None while nothing has happened."""
    found = slots(row)
    return (rating_href(row), sum(1 for s in found if s.open and s.rating is None)) if found else None


def _mine(request: HttpRequest, number: str) -> tuple[Account, Case]:
    account = account_of(request)
    if account is None:
        raise Http404
    row = cases_of(account).filter(number=number.upper()).first()
    if row is None:
        raise Http404(_("没有这个办件，或者它不是您的"))
    return account, row


def _action(account: Account, row: Case, what: str) -> Action | None:
    return next((a for a in allowed(account, row) if a.type == what), None)


def _refused(request: HttpRequest, row: Case, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("hall:case", number=row.number)
