"""检查与提交: everything that is wrong in one list, and handing in."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongban.base.ui import parts
from tongban.engine.errors import Refused
from tongban.faces.authoring import queries, services, shown
from tongban.faces.authoring.entries import control_of
from tongban.faces.authoring.views.manuscripts import held
from tongban.registry.access import staff_only
from tongban.registry.errors import RegistryRefused
from tongban.registry.models.permissions import Verb


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, manuscript_id: int) -> HttpResponse:
    """What is wrong, where, and how to mend it; when nothing is, hand in."""
    account, m = held(request, manuscript_id)
    notice = None
    if request.method == "POST":
        if not queries.may(account, m, Verb.DRAFT_MATTER):
            raise PermissionDenied
        try:
            services.hand_in(account, m)
        except (RegistryRefused, Refused) as refused:
            notice = parts.Notice("bad", _("没有提交"), refused.message)
        else:
            return redirect("authoring:review", m.pk)
    record = reverse("authoring:record", args=[m.pk])
    found = services.problems_of(m)
    rows = [
        (
            parts.Chip("bad", _("要改")) if p.level == "error" else parts.Chip("warn", _("提醒")),
            shown.label_of(p.field),
            p.why,
            p.mend,
            _address(m.pk, record, p.field),
        )
        for p in found
    ]
    flow = services.flow_problems(m)
    door = reverse("authoring:flow", args=[m.pk])
    rows += [(parts.Chip("bad", _("要改")), _("办理流程"), p.message, p.mend, door) for p in flow]
    open_ = m.comments.filter(answered_at=None).count()
    if open_:
        rows.append(
            (
                parts.Chip("bad", _("要改")),
                _("批注"),
                _("还有 %(n)s 条批注没有答复。") % {"n": open_},
                _("逐条写明怎样处理。"),
                f"{record}#comments",
            )
        )
    wrong = sum(1 for p in found if p.level == "error") + len(flow) + open_
    return render(
        request,
        "authoring/check.html",
        {
            **shown.head(request, m, "check"),
            "notice": notice,
            "wrong": wrong,
            "table": parts.table(
                (_("轻重"), _("在哪里"), _("什么问题"), _("怎么改")),
                tuple(
                    (parts.Cell(chip), parts.Cell(where, href=href), why, mend)
                    for chip, where, why, mend, href in rows
                ),
                _("检查结果"),
                caption_hidden=True,
                dense=True,
            )
            if rows
            else None,
            "hands_in": m.state == "writing" and queries.may(account, m, Verb.DRAFT_MATTER),
        },
        status=409 if notice else 200,
    )


def _address(manuscript_id: int, record: str, path: str) -> str:
    if path.startswith("form"):
        return reverse("authoring:form", args=[manuscript_id])
    if path.startswith(("steps", "flow")):
        return reverse("authoring:flow", args=[manuscript_id])
    control = control_of(path)
    if control.startswith("limits.") and control.count(".") == 1:
        control += ".amount"
    row = ".".join(control.split(".")[:2])
    look = f"&look=r-{row}" if row.split(".")[-1].isdecimal() else ""
    return f"{record}?check=1{look}#f-{control}"
