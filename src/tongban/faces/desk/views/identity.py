"""窗口核验: a clerk finds the one account of who stands at the window, and compares document and account.

One account by its exact name or number, no list; every look is written down, and a clerk has so many tries.
"""

from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tongban.base.codes import mask_citizen_id, mask_phone
from tongban.base.ui import parts
from tongban.base.ui.fields import Field
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.people import mask_name, scopes
from tongban.faces.desk.views.todo import refused
from tongban.faces.rate import within
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.identity import open_id_number, residents_called
from tongban.registry.models import Account
from tongban.registry.services import verify_identity
from tongban.registry.services.identities import VERIFIED
from tongban.registry.services.passwords import help_resident

TRIES = 30  # looks and comparisons of one clerk in ten minutes
LEVELS = {0: "未实名", 1: "本人填报", 2: "窗口核验", 3: "企业经办"}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Which account: its name, or the telephone number it gave, in full."""
    account = account_of(request)
    if not scopes(account).of("accept"):
        return _turned_away(request)
    text, error, status = "", "", 200
    if request.method == "POST":
        text = request.POST.get("q", "").strip()[:150]
        if not may_try(request):
            return too_many(request)
        found = residents_called(text)
        one = found[0] if len(found) == 1 else None
        record_access(account, "lookup", subject(one), q=text, found=len(found))
        if one is not None:
            return HttpResponseRedirect(reverse("desk:identity_one", args=[one.uid]))
        status = 422
        error = (
            _("这个手机号码填在几个账号上，请本人说出账号")
            if found
            else _("没有这个账号。账号和手机号码都要写全；本人可以在手机上“我的办事—资料”里看到账号")
        )
    return render(
        request,
        "desk/identity.html",
        {
            "page": workbench(request, _("窗口核验"), "identity", subtitle=_("核对人、证件和账号")),
            "field": Field("q", _("账号或手机号码"), value=text, error=error, focus=True, maxlength=150,
                hint=_("只查一个账号，要写全；每次查询都留下记录。"),
            ),
        },
        status=status,
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The account, as far as a comparison needs it; confirmed, its identity is verified."""
    account = account_of(request)
    if not scopes(account).of("accept"):
        return _turned_away(request)
    whose = resident(uid)
    refusal = None
    if request.method == "POST":
        if not may_try(request):
            return too_many(request)
        try:
            whose = verify_identity(
                account, whose, name=typed(request, "name"), number=typed(request, "number"), firm=typed(request, "firm")
            )  # fmt: skip
        except RegistryRefused as error:
            refusal = error
        else:
            messages.success(
                request, _("已核验，实名等级 %(n)s（%(name)s）。") % {"n": whose.real_name_level, "name": LEVELS[whose.real_name_level]}
            )  # fmt: skip
            return HttpResponseRedirect(reverse("desk:identity_one", args=[uid]))
    else:
        record_access(account, "lookup", subject(whose), found=1)
    return shown(request, whose, refusal)


@staff_only
@require_POST
def password(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The link with which a verified resident sets a password anew, against the document once more."""
    account = account_of(request)
    if not scopes(account).of("accept"):
        return _turned_away(request)
    whose = resident(uid)
    if not may_try(request):
        return too_many(request)
    try:
        link = help_resident(
            account, whose, number=typed(request, "number"), factors="factors" in request.POST
        )
    except RegistryRefused as error:
        return shown(request, whose, error)
    return link_page(request, whose, link, "identity", reverse("desk:identity_one", args=[uid]))


def link_page(request: HttpRequest, whose: Account, link: str, kind: str, back: str) -> HttpResponse:
    """The link as a code to scan and as text; shown once."""
    drawn = segno.make(link, error="m", micro=False).svg_inline(scale=4, border=2, dark="#16202c")
    return render(
        request,
        "desk/password_link.html",
        {
            "page": workbench(request, _("重设密码的链接"), kind, subtitle=whose.username),
            "link": parts.Copy(link),
            "qr": mark_safe(drawn),  # noqa: S308 -- drawn by segno from our own address
            "minutes": settings.PASSWORD_RESET_TIMEOUT // 60,
            "back": back,
        },
    )


def shown(request: HttpRequest, whose: Account, refusal: RegistryRefused | None) -> HttpResponse:
    """The page of one account, with what was refused just now."""
    number = open_id_number(whose)
    level = whose.real_name_level
    asked = (
        Field("name", _("证件上的姓名"), value=typed(request, "name"), maxlength=30),
        Field("number", _("证件上的身份证号码"), "idcard", typed(request, "number")),
        Field("firm", _("单位的统一社会信用代码"), "uscc", typed(request, "firm"), required=False,
            hint=_("替单位办事、核对过单位授权书的才填，等级为 3（企业经办）。"),
        ),
    )  # fmt: skip
    return render(
        request,
        "desk/identity_one.html",
        {
            "page": workbench(request, _("窗口核验"), "identity", subtitle=whose.username),
            "uid": whose.uid,
            "stated": bool(number),
            "verified": level >= VERIFIED,
            "facts": parts.Terms((
                (_("账号"), whose.username), (_("姓名"), mask_name(whose.display_name, "person") or "—"),
                (_("证件号码"), mask_citizen_id(number) if number else _("没有填报")),
                (_("手机"), mask_phone(whose.phone) if whose.phone else "—"),
                (_("实名等级"), f"{level} · {LEVELS[level]}"), (_("注册"), cn_date(whose.date_joined.date())),
            )),
            "asked": asked,
            "lost": (
                Field("number", _("证件上的身份证号码"), "idcard", place="lost"),
                Field("factors", _("两步验证的手机或通行密钥也丢了，一并撤销"), "checkbox", required=False),
            ),
            "notice": parts.Notice("bad", _("没有办成"), refusal.message) if refusal else None,
        },
        status=409 if refusal else 200,
    )  # fmt: skip


def resident(uid: UUID) -> Account:
    """The resident with that id; 404 for anybody else."""
    found = Account.objects.filter(uid=uid, kind=Account.Kind.RESIDENT, is_active=True).first()
    if found is None:
        raise Http404
    return found


def subject(account: Account | None) -> str:
    """What an access record calls an account."""
    return f"account {account.uid}" if account else "account"


def typed(request: HttpRequest, name: str) -> str:
    """What was typed into a short field."""
    return request.POST.get(name, "").strip()[:60]


def may_try(request: HttpRequest) -> bool:
    """Count one try of this person."""
    return within(request, f"identity:{account_of(request).pk}", TRIES)


def too_many(request: HttpRequest) -> HttpResponse:
    """No more for now."""
    return refused(request, _("十分钟里查得太多了，请过十分钟再来。"), 429)


def _turned_away(request: HttpRequest) -> HttpResponse:
    return refused(request, _("核验身份需要受理权限。您的岗位没有这项授权，请联系本单位安全管理员。"))
