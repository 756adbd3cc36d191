"""Papers and the whole case in print."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.files import download
from tongban.base.typeset import FontsMissing, TypesetError
from tongban.base.ui import parts
from tongban.base.ui.format import cn_time
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.engine.naming import title_told
from tongban.faces.desk.case import open_view, state_chip
from tongban.faces.desk.notices import paper
from tongban.faces.desk.views.materials import form_shown, materials_shown
from tongban.platforms.papers.services import issue
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.queries import organisation_name


@staff_only
@require_safe
def notice(request: HttpRequest, number: str, seq: int) -> HttpResponseBase:
    """One paper: the issued document as PDF.

    What has none (收件凭证, papers of 依职权 cases), and for whom personal values are not, is a page to print.
    """
    view = open_view(account_of(request), number)
    try:
        document = issue(view.case.pk, seq) if view.personal else None  # it bears the applicant's name
    except (Refused, TypesetError, FontsMissing) as error:
        messages.error(request, _("文书暂时排不出来：%(why)s") % {"why": str(error)})
        return redirect("desk:case", number=number)
    if document is not None:
        record_access(view.account, "download", number, paper=f"{document.name} {document.number}")
        return download(document.file, f"{document.name} {document.number}.pdf")
    made = paper(view, seq)
    if made is None:
        raise Http404(f"{number}/{seq}")
    record_access(view.account, "print", number, paper=made.name)
    return render(
        request,
        "desk/notice.html",
        {
            "page": public_page(made.name),
            "office": organisation_name(view.case.org_id),
            "paper": made,
            "case": view.case,
        },
    )


@staff_only
@require_safe
def whole(request: HttpRequest, number: str) -> HttpResponse:
    """The case on paper: facts, form, materials, trail."""
    view = open_view(account_of(request), number)
    record_access(view.account, "print", number, paper="办件全卷")
    case = view.case
    facts = parts.Terms(
        (
            (_("编号"), case.number),
            (
                _("事项"),
                f"{case.offering_version.name}（{_('第 %(no)s 版') % {'no': case.offering_version.no}}）",
            ),
            (_("申请人"), view.applicant),
            (_("申请时间"), cn_time(case.opened_at)),
            (_("受理时间"), cn_time(case.accepted_at) or "—"),
            (_("决定时间"), cn_time(case.decided_at) or "—"),
            (_("状态"), state_chip(view).text),
        )
    )
    trail = parts.table(
        (_("序号"), _("时间"), _("谁"), _("做了什么")),
        tuple((str(e.seq), cn_time(e.occurred_at), e.actor, e.words) for e in view.entries),
        _("全程留痕"),
        dense=True,
    )
    return render(
        request,
        "desk/print.html",
        {
            "page": public_page(title_told(case, view.applicant)),
            "office": organisation_name(case.org_id),
            "facts": facts,
            "form": form_shown(view),
            "materials": materials_shown(view),
            "trail": trail,
        },
    )
