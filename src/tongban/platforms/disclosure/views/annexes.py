"""Annexes of records: downloaded by anybody once published, put in and taken out of drafts by the unit."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.files import FileRefused, download
from tongban.base.text import whole_number
from tongban.base.ui import parts
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Annex, Record
from tongban.platforms.disclosure.services.annexes import add_annex, remove_annex
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account


@require_safe
def one(request: HttpRequest, index: str, no: int) -> HttpResponseBase:
    """One annex of a public record, as it was handed in."""
    annex = (
        Annex.objects.select_related("file")
        .defer("text")
        .filter(record__in=Record.objects.public(), record__index_number=index, no=no)
        .first()
    )
    if annex is None:
        raise Http404
    return download(annex.file, annex.name)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The annexes of a record at the workbench; of a draft they are changed here."""
    account = account_of(request)
    record = Record.objects.visible_to(account).filter(uid=uid).first()
    if record is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            _act(account, record, request)
        except (Refused, FileRefused) as refused:
            error = refused.message
        else:
            return redirect("disclosure:annexes", uid=uid)
    rows = list(record.files.select_related("file"))
    drafting = scopes(account).of("handle").admits(record.publisher_id) and record.state == Record.State.DRAFT
    return render(
        request,
        "disclosure/annexes.html",
        {
            "page": workbench(request, _("附件"), "disclosure", subtitle=record.title),
            "record": record,
            "error": parts.Notice("bad", error, _("没有改动。")) if error else None,
            "rows": [(row, row.unread or _("已读出 %(n)s 字，可以搜到") % {"n": f"{len(row.text):,}"}) for row in rows],
            "drafting": drafting,
            "named": record.annexes,
            "empty": parts.Empty(
                _("没有附件"), _("上传以后，附件里的文字也能搜到。"), (parts.Act(_("回到这份文件"), reverse("disclosure:record", args=[uid])),)
            ),
        },
        status=422 if error else 200,
    )  # fmt: skip


def _act(account: Account, record: Record, request: HttpRequest) -> None:
    if request.POST.get("do") == "remove":
        annex = record.files.filter(no=whole_number(request.POST.get("no", "")) or 0).first()
        if annex is None:
            raise Refused("stale", "这份文件刚刚有人处理过，请刷新后再看。")
        remove_annex(account, annex)
        messages.success(request, _("已经删除这个附件。"))
        return
    files = request.FILES.getlist("files")
    if not files:
        raise Refused("missing_field", "请选择文件，或者粘贴文字。", detail={"field": "files"})
    for file in files:
        add_annex(account, record, file, file.name or "")
    messages.success(request, _("已经收下 %(n)s 个附件。") % {"n": len(files)})
