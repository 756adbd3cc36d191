"""The files of records: downloaded by anybody once published; those of drafts kept by the unit, read by whoever reviews them."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.files import FileRefused, download
from tongban.base.text import whole_number
from tongban.base.ui import parts
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.enclosed import said_of_original
from tongban.platforms.disclosure.models import Annex, Record
from tongban.platforms.disclosure.services import clear_file, remove_file, replace_file
from tongban.platforms.disclosure.services.annexes import add_annex, remove_annex
from tongban.platforms.disclosure.services.originals import goes_out
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account

if TYPE_CHECKING:
    from collections.abc import Callable


@require_safe
def one(request: HttpRequest, index: str, no: int) -> HttpResponseBase:
    """One annex of a public record, as it was handed in."""
    return _sent(Annex.objects.filter(record__in=Record.objects.public(), record__index_number=index, no=no))


@staff_only
@require_safe
def kept(request: HttpRequest, uid: UUID, no: int) -> HttpResponseBase:
    """One annex at the desk, for whoever may read the record: its unit, and who works on a case about it."""
    return _sent(Annex.objects.filter(record__in=_readable(request, uid), no=no))


@staff_only
@require_safe
def original(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """The file a record came in, at the desk, for whoever may read the record."""
    record = Record.objects.filter(pk__in=_readable(request, uid)).select_related("file").first()
    if record is None or record.file is None:
        raise Http404
    return download(record.file, record.filename or record.title)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def manage(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The files of a record at the workbench; those of a draft are changed here."""
    account = account_of(request)
    record = Record.objects.visible_to(account).select_related("file").filter(uid=uid).first()
    if record is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            messages.success(request, _act(account, record, request))
        except (Refused, FileRefused) as refused:
            error = refused.message
        else:
            return redirect("disclosure:annexes", uid=uid)
    drafting = scopes(account).of("handle").admits(record.publisher_id) and record.state == Record.State.DRAFT
    return render(
        request,
        "disclosure/annexes.html",
        {
            "page": workbench(request, _("原文件和附件"), "disclosure", subtitle=record.title),
            "record": record,
            "error": parts.Notice("bad", error, _("没有改动。")) if error else None,
            "original": said_of_original(record) if record.file else "",
            "may_clear": drafting and record.attribute == Record.Attribute.PROACTIVE and not goes_out(record),
            "rows": [(row, _said(row)) for row in record.files.select_related("file")],
            "drafting": drafting,
            "named": record.annexes,
            "empty": parts.Empty(_("没有附件"), _("上传以后，附件里的文字也能搜到。")),
        },
        status=422 if error else 200,
    )


def _sent(annexes: QuerySet[Annex]) -> HttpResponseBase:
    annex = annexes.select_related("file").defer("text").first()
    if annex is None:
        raise Http404
    return download(annex.file, annex.name)


def _readable(request: HttpRequest, uid: UUID) -> QuerySet[Record]:
    return Record.objects.readable_by(account_of(request)).filter(uid=uid)


def _said(annex: Annex) -> str:
    """How much of an annex was read, and what was not."""
    read = _("已读出 %(n)s 字，可以搜到") % {"n": f"{len(annex.text):,}"} if annex.text else ""
    return "；".join(part for part in (read, annex.unread) if part)


def _act(account: Account, record: Record, request: HttpRequest) -> str:
    """Do what the form asks; what to say of it. Raises Refused, FileRefused."""
    acts: dict[str, Callable[[Account, Record, HttpRequest], str]] = {
        "remove": _remove, "replace": _replace, "remove_file": _take_away, "clear_file": _clear,
    }  # fmt: skip
    return acts.get(request.POST.get("do", ""), _add)(account, record, request)


def _add(account: Account, record: Record, request: HttpRequest) -> str:
    files = request.FILES.getlist("files")
    if not files:
        raise Refused("missing_field", "请选择文件，或者粘贴文字。", detail={"field": "files"})
    for file in files:
        add_annex(account, record, file, file.name or "")
    return _("已经收下 %(n)s 个附件。") % {"n": len(files)}


def _remove(account: Account, record: Record, request: HttpRequest) -> str:
    annex = record.files.filter(no=whole_number(request.POST.get("no", "")) or 0).first()
    if annex is None:
        raise Refused("stale", "这份文件刚刚有人处理过，请刷新后再看。")
    remove_annex(account, annex)
    return _("已经删除这个附件。")


def _replace(account: Account, record: Record, request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        raise Refused("missing_field", "请选择文件，或者粘贴文字。", detail={"field": "file"})
    replace_file(account, record, file, file.name or "")
    return _("已经换上新的原文件。")


def _take_away(account: Account, record: Record, request: HttpRequest) -> str:
    remove_file(account, record)
    return _("已经去掉原文件，公开时只有正文和附件。")


def _clear(account: Account, record: Record, request: HttpRequest) -> str:
    clear_file(account, record)
    return _("已经记下：原文件核对过，随正文公开。")
