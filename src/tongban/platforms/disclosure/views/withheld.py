"""The desk's list of what is withheld: why, and when it is looked at again (条例第十八条)."""

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.ui import parts, work
from tongban.base.ui.fields import Option
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Record, RecordCase
from tongban.registry.access import account_of, staff_only
from tongban.registry.queries import organisation_name, today

if TYPE_CHECKING:
    from tongban.base.ui.component import Shown

SIZE = 30


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is withheld in the units one sees, the soonest to be looked at first; what is being looked at with its case."""
    account = account_of(request)
    if not scopes(account).of("view"):
        raise PermissionDenied
    rows = Record.objects.visible_to(account).filter(state=Record.State.CLOSED).defer("body", "words")
    which = request.GET.get("which", "")
    if which == "due":
        rows = rows.filter(review_on__lte=today())
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(number__icontains=text))
    listed = Paginator(rows.order_by("review_on", "pk"), SIZE).get_page(request.GET.get("page"))
    running = {
        row.record_id: row
        for row in RecordCase.objects.filter(record__in=[r.pk for r in listed], ended_at=None)
    }
    past = {
        row.record_id: row
        for row in RecordCase.objects.filter(
            record__in=[r.pk for r in listed], kind=RecordCase.Kind.REREVIEW, ended_at__isnull=False
        ).order_by("ended_at")
    }
    return render(
        request,
        "disclosure/withheld.html",
        {
            "page": workbench(
                request, _("不公开信息评估"), "withheld", subtitle=_("依申请公开、不予公开的，定期评估，可以公开的应当公开")
            ),
            "filter": work.FilterBar(
                reverse("disclosure:withheld"),
                selects=(
                    work.Select(
                        "which", _("范围"), (Option("", _("全部")), Option("due", _("到期要评估的"))), which
                    ),
                ),
                query=text, query_label=_("名称或文号"),
            ),
            "table": parts.table(
                (_("名称"), _("单位"), _("公开属性"), _("理由"), _("上次评估"), _("下次评估")),
                tuple(_row(r, running.get(r.pk), past.get(r.pk)) for r in listed),
                _("不公开的信息"), caption_hidden=True, dense=True, empty=_("没有不公开的信息。"),
            ),
            "pager": work.BulkBar((), work.pager_of(listed, {"which": which, "q": text}), keys=False),
        },
    )  # fmt: skip


def _row(
    record: Record, running: RecordCase | None, past: RecordCase | None
) -> "tuple[Shown | parts.Cell, ...]":
    due = cn_date(record.review_on) if record.review_on else "—"
    last = f"{cn_date(past.ended_at)} {_OUTCOMES.get(past.outcome, '')}" if past and past.ended_at else "—"
    return (
        parts.Cell(record.title, record.number, reverse("disclosure:record", args=[record.uid])),
        organisation_name(record.publisher_id),
        str(record.get_attribute_display()),
        record.attribute_reason,
        last,
        parts.Cell(
            due, _("正在评估 %(n)s") % {"n": running.number}, reverse("desk:case", args=[running.number])
        )
        if running
        else due,
    )


_OUTCOMES = {"keep": "维持", "on_request": "改为依申请公开", "open": "改为主动公开"}
