"""我的证照和材料: what one has, how far it is trusted and how long it holds; kept, taken away, taken out."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongban.base.files import FileRefused, ScannerUnavailable, download
from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date
from tongban.faces.hall import services
from tongban.faces.hall.own import LEVELS, Item, file_of, own_file
from tongban.faces.hall.views.drawn import qr
from tongban.faces.hall.views.me import shell, whose
from tongban.faces.rate import may_upload
from tongban.registry.access import record_access
from tongban.registry.models import Account

PAGE = 30
CODES = 6  # licences shown with their QR code; the rest have it on their document


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    """Everything of one's own; a file sent is kept for the next application."""
    account = whose(request)
    given = {k: request.POST.get(k, "").strip()[:60] for k in ("title", "valid_until")}
    given["self_made"] = "1" if request.POST.get("self_made") else ""
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _keep(request, account, given)
        if not errors:
            flash.success(request, _("已存下“%(name)s”，以后申请时可以直接选用。") % {"name": given["title"]})
            return redirect("hall:me-file")
    q = request.GET.get("q", "").strip()[:60]
    everything = file_of(account, q)
    licences = [i for i in everything if i.level == "A"]
    found = Paginator([i for i in everything if i.level != "A"], PAGE).get_page(request.GET.get("page"))
    asked = _asked(given, errors)
    return render(
        request,
        "hall/me/file.html",
        {
            **shell(request, account, "file", _("我的证照和材料")),
            "q": q,
            "licences": [
                (i, _chip(i), parts.Terms(_rows(i)), qr(request.build_absolute_uri(i.check)) if n < CODES else "")
                for n, i in enumerate(licences)
            ],
            "table": parts.table(
                (_("材料"), _("可信等级"), _("从哪来"), _("日期"), parts.Column(_("操作"), hidden_name=True)),
                [_line(i) for i in found],
                _("我的材料"),
                caption_hidden=True,
            ),
            "found": found,
            "levels": [(k, _(name), _(text)) for k, (name, text) in LEVELS.items()],
            "asked": asked,
            "summary": fields.summary_of(asked),
            "none": parts.Empty(
                _("没有找到") if q else _("还没有材料"),
                _("换个词再找。") if q else _("办过的件里交的材料、拿到的证照会自动出现在这里；也可以先存几份常用的。"),
            ),
        },
    )  # fmt: skip


@never_cache
@login_required
@require_GET
def taken(request: HttpRequest, file: UUID) -> HttpResponseBase:
    """A file one keeps here, as a download."""
    account = whose(request)
    found = own_file(account, file)
    if found is None:
        raise Http404(_("没有这个文件"))
    record_access(account, "download", f"own/{found.pk}")
    return download(found.file, found.name)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, file: UUID) -> HttpResponse:
    """Ask, then take a file out of one's own."""
    account = whose(request)
    found = own_file(account, file)
    if found is None:
        raise Http404(_("没有这个文件"))
    if request.method == "POST":
        services.remove_own(account, found.pk)
        flash.success(request, _("已删除“%(name)s”。") % {"name": found.title})
        return redirect("hall:me-file")
    back = parts.Act(_("不删，回到我的材料"), reverse("hall:me-file"))
    confirm = fields.Confirm(
        _("删除这份材料？"), request.path, _("删除"), back,
        (_("已经交到办件里的不受影响。"),), ((_("材料"), found.title), (_("文件"), found.name)), danger=True,
    )  # fmt: skip
    return render(
        request, "hall/confirm.html", {**shell(request, account, "file", _("删除材料")), "confirm": confirm}
    )


def _keep(request: HttpRequest, account: Account, given: dict[str, str]) -> dict[str, str]:
    errors = {} if given["title"] else {"title": _("请写这是什么材料，如“房屋租赁合同”")}
    until: date | None = None
    if given["valid_until"]:
        try:
            until = date.fromisoformat(given["valid_until"])
        except ValueError:
            errors["valid_until"] = _("请按 2026-11-21 的样子填日期")
    sent = request.FILES.get("file")
    if sent is None:
        errors["file"] = _("请选择文件")
    if errors or sent is None:
        return errors
    if not may_upload(request, sent.size or 0):
        return {"file": _("这一小时传得太多了，请过一会儿再传。")}
    try:
        services.keep_own(
            account, sent, sent.name or "", title=given["title"], self_made=bool(given["self_made"]), valid_until=until
        )  # fmt: skip
    except FileRefused as refused:
        return {"file": refused.message}
    except ScannerUnavailable:
        return {"file": _("杀毒检查暂时用不了，文件没有收下，不是您的问题。请过几分钟再传。")}
    return {}


def _asked(given: dict[str, str], errors: dict[str, str]) -> tuple[fields.Field, ...]:
    return (
        fields.Field(
            "title", _("这是什么材料"), value=given["title"], hint=_("如：房屋租赁合同"), maxlength=60,
            error=errors.get("title", ""),
        ),
        fields.Field(
            "file", _("文件"), "file", hint=_("JPG、PNG、PDF、OFD，不超过 20 MB"), error=errors.get("file", ""),
            accept=".jpg,.jpeg,.png,.pdf,.ofd",
        ),
        fields.Field(
            "valid_until", _("有效期至"), "date", given["valid_until"], _("有期限的才填；到期以后不能再选用"),
            errors.get("valid_until", ""), required=False,
        ),
        fields.Field(
            "self_made", _("是我自己写的（如申请书、说明、承诺），内容由我负责"), "checkbox", given["self_made"], required=False,
        ),
    )  # fmt: skip


def _rows(i: Item) -> tuple[tuple[str, Any], ...]:
    case = parts.Act(i.case_number, reverse("hall:case", args=[i.case_number]), "text", small=True)
    return (
        (_("编号"), i.name),
        (_("核发单位"), i.source),
        (_("核发日期"), cn_date(i.on)),
        (_("有效期至"), i.valid_until or _("长期")),
        (_("办件"), case),
    )


def _chip(i: Item) -> parts.Chip:
    return parts.Chip("bad", _("已失效")) if i.refusal else parts.Chip("ok", _("有效"))


def _line(i: Item) -> tuple[Any, ...]:
    how: Any = parts.Chip("ok" if i.level == "B" else "", i.level_words)
    if i.refusal:
        how = parts.Chip("bad", _("已过期"))
    source: Any = i.source
    if i.case_number:
        source = parts.Cell(i.source, "", reverse("hall:case", args=[i.case_number]))
    gone: Any = ""
    if i.removable:
        gone = parts.Cell(_("删除"), "", reverse("hall:own-remove", args=[i.ref[1:]]))
    note = i.name + (_(" · 有效期至%(day)s") % {"day": i.valid_until} if i.valid_until else "")
    return (parts.Cell(i.title, note, i.href), how, source, cn_date(i.on), gone or "–")
