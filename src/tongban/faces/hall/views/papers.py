"""Documents of cases for those they concern, and whether a document is genuine for whoever has it in hand."""

import hashlib
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from tongban.base.files import download
from tongban.base.typeset import FontsMissing, TypesetError
from tongban.base.ui import parts
from tongban.base.ui.format import cn_date
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.faces.hall.queries import cases_of
from tongban.faces.hall.views.check import ended_words, masked_holder, result_rows
from tongban.faces.progress import case_name
from tongban.faces.rate import within
from tongban.faces.visitor import account_of
from tongban.platforms.papers.erasing import is_erased
from tongban.platforms.papers.models import Paper
from tongban.platforms.papers.queries import certificate_of, paper_by_digest, paper_by_token, validity
from tongban.platforms.papers.services import CERTIFICATE, issue
from tongban.registry.access import record_access
from tongban.registry.queries import organisation_name

if TYPE_CHECKING:
    from tongban.base.ui.component import Shown

TRIES = 30  # in ten minutes, for one address
MOST_BYTES = 20 * 1024 * 1024


@never_cache
@login_required
@require_GET
def paper(request: HttpRequest, number: str, seq: int) -> HttpResponseBase:
    """One document of one's own case, as PDF."""
    account = account_of(request)
    row = cases_of(account).filter(number=number.upper()).first() if account is not None else None
    if row is None:
        raise Http404(_("没有这个办件，或者它不是您的"))
    try:
        document = issue(row.pk, seq)
    except (Refused, TypesetError, FontsMissing) as error:
        gone = isinstance(error, Refused) and error.code == "content_erased"
        said = (
            error.message if isinstance(error, Refused) and gone else _("文书正在制作，请过几分钟再来下载。")
        )
        messages.error(request, said)
        return redirect("hall:case", number=row.number)
    if document is None:
        raise Http404(_("没有这份文书"))
    record_access(account, "download", row.number, paper=f"{document.name} {document.number}")
    return download(document.file, f"{document.name} {document.number}.pdf")


@never_cache
@require_safe
def scanned(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR code of a document leads to: genuine or not, and whether the result is in force. No sign-in."""
    if not within(request, "check-paper", TRIES):
        return _page(request, None, _("查得太多了，请 10 分钟后再查，或者拨打政务服务热线核实。"), status=429)
    found = paper_by_token(token)
    if found is None:
        return _page(
            request, None, _("没有这份文书。请对照原件，或者拨打政务服务热线核实，不要轻信。"), status=404
        )
    return _page(request, found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def compared(request: HttpRequest) -> HttpResponse:
    """Whether a PDF is, byte for byte, one that was issued. The file is not kept."""
    if request.method != "POST":
        return _page(request, None)
    if not within(request, "check-paper", TRIES):
        return _page(request, None, _("查得太多了，请 10 分钟后再查。"), status=429)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, None, _("请选择要核验的 PDF 文件。"), status=422)
    if (file.size or 0) > MOST_BYTES:
        return _page(request, None, _("文件超过 20 MB，不会是本平台出具的文书。"), status=422)
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    found = paper_by_digest(digest.hexdigest())
    if found is None:
        why = _(
            "这个文件和本平台出具的任何一份文书都不一样：可能被改动过、重新保存过，或者不是本平台出具的。"
        )
        return _page(request, None, why, digest=digest.hexdigest())
    return _page(request, found, digest=digest.hexdigest())


def _page(
    request: HttpRequest, paper: Paper | None, why: str = "", *, digest: str = "", status: int = 200
) -> HttpResponse:
    notice, terms = _told(paper, digest) if paper is not None else (None, None)
    return render(
        request,
        "hall/check/paper.html",
        {
            "page": public_page(
                _("文书核验"), "check", lead=_("扫文书上的二维码，或者上传 PDF 比对，不用登录。")
            ),
            "notice": notice,
            "terms": terms,
            "why": why,
            "digest": digest,
        },
        status=status,
    )


def _told(paper: Paper, digest: str) -> tuple[parts.Notice, parts.Terms]:
    case = paper.case
    asked = timezone.localtime()
    when = f"{cn_date(asked)} {asked:%H:%M}"
    certificate = certificate_of(case)
    erased = is_erased(case.pk, paper.file_id)
    gone = _("本平台保存的文书内容已依法清除，只保留编号和摘要。") if erased else ""
    if paper.key == CERTIFICATE and certificate is not None:
        stands = validity(certificate)
        rows = result_rows(case, certificate)
        if stands.status in ("ended", "replaced"):
            return ended_words(stands, when), parts.Terms(rows)
        good = stands.status == "valid"
        title = _("是真的，在有效期内") if good else _("是真的，但有效期已过")
        said = _("%(when)s 查询。") % {"when": when} + gone
        return parts.Notice("ok" if good else "warn", title, said), parts.Terms(rows)
    told: tuple[tuple[str, Shown], ...] = (
        (_("名称"), paper.name),
        (_("文号"), paper.number),
        (_("收件人"), masked_holder(case)),
        (_("事项"), case_name(case)),
        (_("机关"), organisation_name(paper.organisation_id, paper.on)),
        (_("日期"), cn_date(paper.on)),
    )
    same = _("文件与出具时完全一致。") if digest else _("请核对手里的文书与下面各项一致。")
    text = _("%(when)s 查询。%(same)s") % {"when": when, "same": same} + gone
    return parts.Notice("ok", _("是本市出具的文书"), text), parts.Terms(told)
