"""Asking (网上咨询): the question, its answer, one follow-up, and the answers everybody may read."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.codes import is_phone
from tongban.base.ui import fields, parts
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.queries import tracked_case
from tongban.faces import guide as told
from tongban.faces.hall.queries import cases_of
from tongban.faces.hall.views.rating import rating_href
from tongban.faces.rate import TRACKED, TooOften, guessed, within
from tongban.faces.visitor import account_of
from tongban.platforms.consultation import services
from tongban.platforms.consultation.models import Consultation
from tongban.platforms.consultation.queries import consultation_of, find_answers, public_answers
from tongban.platforms.rating.queries import slots
from tongban.registry import queries
from tongban.registry.kept import ANSWERS, kept_for
from tongban.registry.models import Matter, Organisation
from tongban.registry.queries import organisation_name

ASKS = 10  # questions an address may ask in ten minutes
PAGE = 30
CRUMBS = (("互动咨询", "/answers/"),)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask about a matter, or a department when the matter is not known; no sign-in needed."""
    about = (request.POST or request.GET).get("about", "")
    version = queries.guide(about) if about else None
    typed = {k: request.POST.get(k, "").strip()[:2000] for k in ("org", "question", "text", "name", "phone")}
    typed["question"] = typed["question"] or request.GET.get("q", "").strip()[:100]
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        org = (
            version.offering.organisation
            if version
            else Organisation.objects.filter(code=typed["org"]).first()
        )
        if org is None:
            errors["org"] = _("请选择要问的单位；不清楚的选行政审批服务局")
        if typed["phone"] and not is_phone(typed["phone"]):
            errors["phone"] = _("这不像一个电话号码")
        if not errors and not within(request, "ask", ASKS):
            errors["question"], status = _("问得太多了，请 10 分钟后再问，或者拨打热线。"), 429
        if not errors and org is not None:
            try:
                return _sent(request, version.offering.matter if version else None, org, typed)
            except Refused as refused:
                errors[str(refused.detail.get("field", "question"))] = refused.message
    asked = _fields(request, typed, errors, known=version is not None)
    return render(
        request,
        "hall/ask/form.html",
        {
            "page": public_page(_("网上咨询"), "ask", CRUMBS, lead=_("5 个工作日内答复；不用登录。")),
            "version": version,
            "about": about,
            "asked": asked,
            "summary": fields.summary_of(asked),
            "command_id": request.POST.get("command_id") or uuid4(),
            "before": find_answers(typed["question"]) if typed["question"] else [],
        },
        status=status,
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def read(request: HttpRequest) -> HttpResponse:
    """One's question by number and secret; and one follow-up to its answer."""
    number, secret = request.POST.get("number", "").strip().upper()[:24], request.POST.get("secret", "")[:40]
    error, status = "", 200
    if request.method == "POST":
        try:
            case = guessed(request, "track", TRACKED, lambda: tracked_case(number, secret))
        except TooOften:
            error, status = _("试得太多了，请 10 分钟后再查。"), 429
        else:
            if case is not None and consultation_of(case) is not None:
                return _shown(request, case, {"number": number, "secret": secret})
            error = _("编号和查询密码对不上。")
    asked = (
        fields.Field("number", _("咨询编号"), value=number, hint=_("ZX 开头"), maxlength=24),
        fields.Field("secret", _("查询密码"), error=error, hint=_("提问时给出的 12 位"), maxlength=40),
    )
    return render(
        request,
        "hall/ask/read.html",
        {
            "page": public_page(_("查咨询答复"), "ask", CRUMBS),
            "asked": asked,
            "summary": fields.summary_of(asked),
        },
        status=status,
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest, number: str) -> HttpResponse:
    """One's own question, signed in."""
    account = account_of(request)
    case = cases_of(account).filter(number=number.upper(), kind="consultation").first() if account else None
    if case is None:
        raise Http404(_("没有这个咨询，或者它不是您的"))
    return _shown(request, case, {})


@require_safe
@kept_for("page", on=ANSWERS)
def answers(request: HttpRequest) -> HttpResponse:
    """Answers everybody may read, newest first."""
    found = Paginator(public_answers(), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "hall/ask/answers.html",
        {
            "page": public_page(
                _("互动咨询"), "ask", lead=_("别人问过、答得清楚的，去掉个人信息以后放在这里。")
            ),
            "found": found,
            "empty": parts.Empty(
                _("还没有公开的答复"),
                _("您可以先问。"),
                (parts.Act(_("我要咨询"), reverse("hall:ask"), "primary"),),
                "chat-left-text",
            ),
        },
    )


@require_safe
@kept_for(on=ANSWERS)
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """One public answer."""
    row = public_answers().filter(consultation__number=number.upper()).first()
    if row is None:
        raise Http404(_("没有这条答复，或者它已经撤下"))
    asked = row.consultation
    version = queries.guide(asked.about.code) if asked.about else None
    return render(
        request,
        "hall/ask/answer.html",
        {
            "page": public_page(row.question, "ask", CRUMBS),
            "row": row,
            "org": organisation_name(asked.org_id),
            "guide": (version.name, told.url(version)) if version else None,
        },
    )


def _sent(
    request: HttpRequest, about: Matter | None, org: Organisation, typed: dict[str, str]
) -> HttpResponse:
    account = account_of(request)
    outcome = services.ask(
        account, org=org, about=about, question=typed["question"], text=typed["text"], name=typed["name"],
        phone=typed["phone"], command_id=_command(request),
    )  # fmt: skip
    return _receipt(request, outcome.number, outcome.secret)


def _receipt(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    rows: list[tuple[str, Any]] = [(_("咨询编号"), parts.Copy(number))]
    if secret:
        rows.append((_("查询密码"), parts.Copy(secret)))
    return render(
        request,
        "hall/ask/sent.html",
        {
            "page": public_page(_("问题已经收到"), "ask", CRUMBS, lead=_("5 个工作日内答复。")),
            "terms": parts.Terms(tuple(rows)),
            "secret": secret,
            "signed_in": account_of(request) is not None,
            "number": number,
        },
    )


def _shown(request: HttpRequest, case: Case, pair: dict[str, str]) -> HttpResponse:
    row = consultation_of(case)
    if row is None:
        raise Http404
    error = ""
    if request.method == "POST" and request.POST.get("more"):
        try:
            outcome = services.ask(
                account_of(request) if not pair else None, org=row.org, about=row.about, follows=row,
                question=request.POST["more"], name=case.applicant_name, command_id=_command(request),
            )  # fmt: skip
        except Refused as refused:
            error = refused.message
        else:
            return _receipt(request, outcome.number, outcome.secret)
    may_follow = row.answered_at is not None and row.follows is None and not _followed(row)
    return render(
        request,
        "hall/ask/one.html",
        {
            "page": public_page(row.question, "ask", CRUMBS),
            "row": row,
            "case": case,
            "org": organisation_name(row.org_id),
            "pair": pair,
            "rate": rating_href(case) if slots(case) else "",
            "follow": fields.Field("more", _("追问一次"), "textarea", request.POST.get("more", ""), error=error, rows=3, maxlength=100)
            if may_follow
            else None,
            "command_id": uuid4(),
        },
    )  # fmt: skip


def _followed(row: Consultation) -> bool:
    return Consultation.objects.filter(follows=row).exists()


def _command(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("command_id", ""))
    except ValueError:
        raise Refused("page_too_old", _("页面放得太久了，请再按一次。")) from None


def _fields(
    request: HttpRequest, typed: dict[str, str], errors: dict[str, str], *, known: bool
) -> tuple[fields.Field, ...]:
    asked: list[fields.Field] = []
    if not known:
        units = [(href.rpartition("=")[2], name) for name, href, _n in told.departments()]
        options = (fields.Option("", _("请选择")), *(fields.Option(code, name) for code, name in units))
        asked.append(
            fields.Field(
                "org", _("问哪个单位"), "select", typed["org"], error=errors.get("org", ""), options=options
            )
        )
    asked += [
        fields.Field("question", _("问题"), value=typed["question"], error=errors.get("question", ""),
            hint=_("一句话说清楚，例如：二楼的店面能办食品经营许可吗"), maxlength=100, wide=True,
        ),
        fields.Field("text", _("详细说明"), "textarea", typed["text"], required=False, rows=5, maxlength=2000),
    ]  # fmt: skip
    if account_of(request) is None:
        asked += [
            fields.Field("name", _("怎么称呼您"), value=typed["name"], required=False, autocomplete="name", maxlength=60),
            fields.Field("phone", _("手机号码"), "mobile", typed["phone"], _("答复后可以通知您；不公开"),
                errors.get("phone", ""), required=False, autocomplete="tel",
            ),
        ]  # fmt: skip
    return tuple(asked)
