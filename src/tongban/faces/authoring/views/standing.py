"""勘误、暂停、恢复、停用、取消: what is done to a matter in force, each asked once more, with a reason."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongban.base.ui import fields, parts
from tongban.base.ui.rail import workbench
from tongban.faces.authoring.views.manuscripts import day_of
from tongban.registry.access import account_of, staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.models.permissions import Verb
from tongban.registry.services.matters import add_erratum, cancel_matter, retire
from tongban.registry.services.suspension import resume_matter, suspend_matter

_Do = Callable[[Account, OfferingVersion, QueryDict], Any]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that can be done to a version in force; `asks` are fields beside the reason: (name, label, type)."""

    title: str
    does: str
    consequences: tuple[str, ...]
    do: _Do
    asks: tuple[tuple[str, str, fields.FieldType], ...] = ()
    danger: bool = False


def _erratum(account: Account, version: OfferingVersion, post: QueryDict) -> Any:
    said = {name: post.get(name, "").strip() for name in ("field", "old", "new")}
    if not all(said.values()):
        raise RegistryRefused("erratum_incomplete", "勘误要写明哪一处、原来怎么写、应当怎么写。")
    return add_erratum(account, version, **said, reason=post.get("reason", ""))


DEEDS: dict[str, Deed] = {
    "erratum": Deed(
        "勘误",
        "登记勘误",
        (
            "原文不改，勘误显示在办事指南旁边。",
            "改变条件、材料、时限、收费的，不是勘误，请修改事项并重新审核。",
        ),
        _erratum,
        (("field", "哪一处", "text"), ("old", "原来写的", "textarea"), ("new", "应当是", "textarea")),
    ),
    "suspend": Deed(
        "暂停事项",
        "暂停",
        ("从现在起不再接收新的申请；在办的件照常办完。", "办事指南上写明暂停。"),
        lambda account, version, post: suspend_matter(
            account, version.offering.matter, reason=post.get("reason", "")
        ),
        danger=True,
    ),
    "resume": Deed(
        "恢复事项",
        "恢复",
        ("从现在起可以申请。",),
        lambda account, version, post: resume_matter(
            account, version.offering.matter, reason=post.get("reason", "")
        ),
    ),
    "retire": Deed(
        "停用这个版本",
        "停用",
        ("从停用的那天起，这个单位不再办这个事项；在办的件照常办完。",),
        lambda account, version, post: retire(
            account, version, reason=post.get("reason", ""), on=day_of(post.get("on", ""))
        ),
        (("on", "哪天停用（不写是今天）", "date"),),
        danger=True,
    ),
    "cancel": Deed(
        "取消事项",
        "取消",
        ("事项退出目录，各单位现行的版本同时停用；编码和历史版本保留。", "取消以后不能恢复，只能新编。"),
        lambda account, version, post: cancel_matter(
            account, version.offering.matter, reason=post.get("reason", ""), on=day_of(post.get("on", ""))
        ),
        (("on", "哪天取消（不写是今天）", "date"),),
        danger=True,
    ),
}


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, version_id: int, deed: str) -> HttpResponse:
    """Ask once more, then do it."""
    account = account_of(request)
    what = DEEDS.get(deed)
    if not scopes_for(account).of(Verb.PUBLISH_MATTER):
        raise PermissionDenied
    version = OfferingVersion.objects.select_related("offering__matter").filter(pk=version_id).first()
    if (
        what is None
        or version is None
        or not scopes_for(account)
        .of(Verb.PUBLISH_MATTER)
        .admits(version.offering.organisation_id, version.offering.matter_id)
    ):
        raise Http404(deed)
    back = reverse("desk:matter", args=[version.pk])
    error = ""
    if request.method == "POST":
        try:
            what.do(account, version, request.POST)
        except RegistryRefused as refused:
            error = refused.message
        else:
            return redirect(back)
    asked = (
        *(
            fields.Field(name, _(label), kind, request.POST.get(name, ""), required=kind != "date", rows=2)
            for name, label, kind in what.asks
        ),
        fields.Field("reason", _("原因和依据"), "textarea", request.POST.get("reason", ""), rows=3),
    )
    return render(
        request,
        "authoring/confirm.html",
        {
            "page": workbench(request, _(what.title), "matters", subtitle=version.name),
            "summary": parts.Notice("bad", _("没有办成"), error) if error else None,
            "confirm": fields.Confirm(
                f"{_(what.title)}：{version.name}",
                request.path,
                _(what.does),
                parts.Act(_("返回"), back),
                tuple(_(line) for line in what.consequences),
                fields=asked,
                danger=what.danger,
            ),
        },
        status=409 if error else 200,
    )
