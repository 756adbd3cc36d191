"""Papers and the whole case in print."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import parts
from tongban.base.ui.format import cn_time
from tongban.base.ui.shell import public_page
from tongban.faces.desk.case import open_view, state_chip, title_of
from tongban.faces.desk.notices import paper
from tongban.faces.desk.views.materials import form_shown, materials_shown
from tongban.registry.access import account_of, record_access, staff_only


@staff_only
@require_safe
def notice(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """One paper: 受理通知书, 补正告知书, 不予受理决定书, 决定书 …"""
    view = open_view(account_of(request), number)
    made = paper(view, seq)
    if made is None:
        raise Http404(f"{number}/{seq}")
    record_access(view.account, "print", number, paper=made.key)
    return render(
        request, "desk/notice.html", {"page": public_page(made.name), "paper": made, "case": view.case}
    )


@staff_only
@require_safe
def whole(request: HttpRequest, number: str) -> HttpResponse:
    """The case on paper: facts, form, materials, trail."""
    view = open_view(account_of(request), number)
    record_access(view.account, "print", number, paper="case")
    case = view.case
    facts = parts.Terms(
        (
            (_("编号"), case.number),
            (
                _("事项"),
                f"{case.offering_version.name}（{_('第 %(no)s 版') % {'no': case.offering_version.no}}）",
            ),
            (_("申请人"), case.applicant_name),
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
            "page": public_page(title_of(case)),
            "facts": facts,
            "form": form_shown(view),
            "materials": materials_shown(view),
            "trail": trail,
        },
    )
