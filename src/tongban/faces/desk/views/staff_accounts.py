"""工作人员账号: the system administrator helps staff of their units back into their accounts, and never learns a password."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongban.base.ui import parts
from tongban.base.ui.fields import Field
from tongban.base.ui.rail import workbench
from tongban.engine.people import scopes
from tongban.faces.desk.views.identity import link_page, may_try, too_many, typed
from tongban.faces.desk.views.todo import refused
from tongban.registry.access import account_of, staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Account
from tongban.registry.services.passwords import help_official


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def staff_accounts(request: HttpRequest) -> HttpResponse:
    """By the exact user name: a one-time link to hand to the person."""
    account = account_of(request)
    if not scopes(account).of("administer"):
        return refused(request, _("重设工作人员的密码是系统管理员的事。忘了密码的，请本单位系统管理员办理。"))
    username, error, refusal, status = typed(request, "username"), "", "", 200
    if request.method == "POST":
        if not may_try(request):
            return too_many(request)
        whose = Account.objects.filter(username=username, kind=Account.Kind.STAFF).first()
        if whose is None:
            error, status = _("没有这个工作人员账号，要写全"), 422
        else:
            try:
                link = help_official(account, whose, factors="factors" in request.POST)
            except RegistryRefused as refused_:
                refusal, status = refused_.message, 409
            else:
                return link_page(request, whose, link, "staff-accounts", reverse("desk:staff_accounts"))
    return render(
        request,
        "desk/staff_accounts.html",
        {
            "page": workbench(request, _("工作人员账号"), "staff-accounts", subtitle=_("忘了密码、丢了手机的，帮本人找回账号")),
            "asked": (
                Field("username", _("账号"), value=username, error=error, focus=True, maxlength=60),
                Field("factors", _("两步验证的手机或通行密钥也丢了，一并撤销"), "checkbox", required=False),
            ),
            "notice": parts.Notice("bad", _("没有办成"), refusal) if refusal else None,
        },
        status=status,
    )  # fmt: skip
