"""Appointments online (网上预约): choose a hall, a day and a time; one's own appointments; cancelling."""

from datetime import date
from itertools import groupby
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date, cn_weekday
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.faces.lobby import queries, services
from tongban.faces.lobby.models import Appointment, Slot
from tongban.faces.visitor import account_of
from tongban.registry import queries as registry
from tongban.registry.models import Account, Offering

CRUMBS = (("我的办事", "/me/"),)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def slots(request: HttpRequest, code: str) -> HttpResponse:
    """Days and times for a matter at the halls that handle it; booking needs to be signed in."""
    version = registry.guide(code)
    if version is None:
        raise Http404(_("没有这个事项"))
    account, error = account_of(request), ""
    if request.method == "POST":
        if account is None:
            return redirect(f"{reverse('account_login')}?next={request.path}")
        try:
            slot, day = _chosen(request, version.offering)
            booked = services.book(
                account,
                slot,
                day,
                command_id=UUID(request.POST.get("command_id", "")),
                offering=version.offering,
            )
        except Refused as refused:
            error = refused.message
        except (ValueError, Slot.DoesNotExist):
            error = _("请选择一个时段")
        else:
            messages.success(request, _("已约好。到大厅凭预约码取号。"))
            return redirect("lobby:appointment", appointment=booked.pk)
    halls = [
        (
            hall,
            queue,
            [
                (day, cn_weekday(day), list(free))
                for day, free in groupby(queries.free_slots(queue), key=lambda f: f.day)
            ],
        )
        for hall, queue in queries.halls_for(version.offering)
    ]
    halls = [row for row in halls if row[2]]
    return render(
        request,
        "lobby/book.html",
        {
            "page": public_page(
                _("预约到窗口办"), "service",
                ((_("政务服务"), reverse("hall:guides")), (version.name, reverse("hall:guide", args=[code]))),
                lead=version.name,
            ),
            "halls": halls,
            "summary": fields.ErrorSummary((("slots", error),)) if error else None,
            "command_id": request.POST.get("command_id") or str(uuid4()),
            "signed_in": account is not None,
            "login": f"{reverse('account_login')}?next={request.path}",
            "empty": parts.Empty(
                _("这件事现在不能预约"),
                _("可以直接到窗口取号，或者网上办理。"),
                (parts.Act(_("看办事指南"), reverse("hall:guide", args=[code])),),
                "calendar-check",
            ),
        },
        status=422 if error else 200,
    )  # fmt: skip


@never_cache
@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own appointments."""
    account = _resident(request)
    return render(
        request,
        "lobby/appointments.html",
        {
            "page": public_page(_("我的预约"), "me", CRUMBS),
            "rows": [(a, _chip(a)) for a in queries.appointments_of(account)[:50]],
            "empty": parts.Empty(
                _("没有预约"),
                _("在办事指南里点“预约到窗口办”，选一个时段。"),
                (parts.Act(_("找事项"), reverse("hall:guides")),),
                "calendar-check",
            ),
        },
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, appointment: UUID) -> HttpResponse:
    """The slip with the code, to print or to show; a POST cancels."""
    account = _resident(request)
    row = queries.appointments_of(account).filter(pk=appointment).first()
    if row is None:
        raise Http404(_("没有这个预约"))
    if request.method == "POST":
        try:
            services.cancel(account, row)
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("预约已取消。"))
        return redirect("lobby:appointments")
    hall = row.queue.hall
    terms: list[tuple[str, str]] = [
        (_("预约码"), row.code),
        (_("时间"), f"{cn_date(row.day)} {cn_weekday(row.day)} {row.slot}"),
        (_("大厅"), f"{hall.name} {hall.address}".strip()),
        (_("队列"), row.queue.name),
    ]
    if row.offering is not None:
        terms.append((_("事项"), row.offering.matter.name))
    return render(
        request,
        "lobby/appointment.html",
        {
            "page": public_page(_("预约"), "me", (*CRUMBS, (_("我的预约"), reverse("lobby:appointments")))),
            "row": row,
            "chip": _chip(row),
            "terms": parts.Terms(tuple(terms)),
            "live": row.status == Appointment.Status.BOOKED and row.day >= registry.today(),
        },
    )


def _chip(a: Appointment) -> parts.Chip:
    if a.status == Appointment.Status.BOOKED and a.day < registry.today():
        return parts.Chip("warn", _("没有到场"))
    kind: parts.ChipKind = {"booked": "info", "arrived": "ok"}.get(a.status, "")  # type: ignore[assignment]
    return parts.Chip(kind, str(a.get_status_display()))


def _chosen(request: HttpRequest, offering: Offering) -> tuple[Slot, date]:
    """The slot and day of the radio button, “12@2026-11-23”, of a queue that serves the matter."""
    pk, _at, day = request.POST.get("slot", "").partition("@")
    served = [queue.pk for _hall, queue in queries.halls_for(offering)]
    slot = Slot.objects.select_related("queue__hall").get(pk=int(pk), queue__in=served)
    return slot, date.fromisoformat(day)


def _resident(request: HttpRequest) -> Account:
    account = account_of(request)
    if account is None:
        raise Http404
    return account
