"""The clerk's window (叫号窗口): sit down, call, recall, skip, transfer, finish; the intake opens with the matter."""

from uuid import UUID, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongban.base.ui import parts
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.faces.lobby import queries, services
from tongban.faces.lobby.models import Queue, Sitting, Ticket, Window
from tongban.registry.access import account_of, staff_only
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.queries import published_offerings

SHOWN = 12
DEEDS = {
    "recall": services.recall, "begin": services.begin, "finish": services.finish, "skip": services.skip,
}  # fmt: skip


@staff_only
@require_safe
def window(request: HttpRequest) -> HttpResponse:
    """Where one sits, which number is there, who waits."""
    account = account_of(request)
    if not scopes(account).of("accept"):
        return _refused(request)
    sitting = queries.sitting_of(account)
    return _choose(request, account) if sitting is None else _window(request, account, sitting)


@staff_only
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """One press of a button. What went wrong is said over the window."""
    account = account_of(request)
    if not scopes(account).of("accept"):
        return _refused(request)
    try:
        return _act(request, account, _command(request))
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("lobby:window")


def _act(request: HttpRequest, account: Account, command: UUID) -> HttpResponse:
    what = request.POST.get("do", "")
    if what == "intake":
        ticket = services.begin(account, command_id=command)
        return redirect(_intake(account, ticket) or reverse("desk:counter"))
    if what in _OTHERS:
        _OTHERS[what](request, account, command)
    elif (deed := DEEDS.get(what)) is not None:
        done = deed(account, command_id=command)
        if what == "finish" and request.POST.get("then") == "next":
            services.call_next(account, command_id=uuid5(command, "next"))
        elif what in {"finish", "skip"}:
            messages.success(request, f"{done.code} {done.get_status_display()}。")
    return redirect("lobby:window")


def _sit(request: HttpRequest, account: Account, command: UUID) -> None:
    services.sit_down(account, get_object_or_404(Window, pk=_number(request, "window")))


def _leave(request: HttpRequest, account: Account, command: UUID) -> None:
    services.leave(account)
    messages.success(request, _("已离开窗口。"))


def _next(request: HttpRequest, account: Account, command: UUID) -> None:
    if services.call_next(account, command_id=command) is None:
        messages.info(request, _("没有人在等。"))


def _back(request: HttpRequest, account: Account, command: UUID) -> None:
    services.call_back(account, get_object_or_404(Ticket, pk=_number(request, "ticket")), command_id=command)


def _transfer(request: HttpRequest, account: Account, command: UUID) -> None:
    queue = get_object_or_404(Queue, pk=_number(request, "queue"))
    moved = services.transfer(account, to=queue, command_id=command)
    said = {"code": moved.code, "queue": moved.queue.name}
    messages.success(request, _("%(code)s 已转到%(queue)s，那边先叫。") % said)


_OTHERS = {"sit": _sit, "leave": _leave, "next": _next, "back": _back, "transfer": _transfer}


def _choose(request: HttpRequest, account: Account) -> HttpResponse:
    windows = queries.windows_for(account)
    taken = dict(
        Sitting.objects.filter(until=None, window__in=windows).values_list(
            "window_id", "account__display_name"
        )
    )
    return render(
        request,
        "lobby/choose.html",
        {
            "page": workbench(request, _("叫号窗口"), "lobby", subtitle=_("先选今天坐哪个窗口。")),
            "windows": [(w, "、".join(q.name for q in w.queues.all()), taken.get(w.pk, "")) for w in windows],
            "empty": parts.Empty(
                _("没有您可以坐的窗口"),
                _("大厅的窗口和队列由管理员用 tongban lobby import 设置。"),
                icon="display",
            ),
        },
    )


def _window(request: HttpRequest, account: Account, sitting: Sitting) -> HttpResponse:
    place = sitting.window
    queues = queries.queues_of(account, place)
    waiting = queries.waiting(queues)
    now = queries.at_window(place)
    instant = timezone.now()
    rows = [
        (
            parts.Cell(t.code, _("优先") if t.first else ""),
            t.queue.name,
            _matter(t),
            _("%(n)s 分钟") % {"n": int((instant - t.taken_at).total_seconds() // 60)},
        )
        for t in waiting[:SHOWN]
    ]
    figures = next((f for f in queries.by_window(place.hall) if f.window.pk == place.pk), None)
    return render(
        request,
        "lobby/window.html",
        {
            "page": workbench(
                request, f"{place.hall.name} · {place}", "lobby", subtitle="、".join(q.name for q in queues)
            ),
            "now": now,
            "matter": _matter(now) if now else "",
            "since": int((instant - now.called_at).total_seconds() // 60) if now and now.called_at else 0,
            "count": waiting.count(),
            "table": parts.table(
                (_("号"), _("队列"), _("事项"), _("已等")), rows, _("等候的号"), caption_hidden=True, dense=True,
                empty=_("没有人在等。"),
            ),
            "gone": list(queries.gone_at(place)[:6]),
            "others": [q for q in place.hall.queues.filter(open=True) if now is None or q.pk != now.queue_id],
            "served": figures.served if figures else 0,
            "minutes": figures.minutes if figures else None,
            "screen": reverse("lobby:screen", args=[place.hall.key]),
        },
    )  # fmt: skip


def _matter(ticket: Ticket) -> str:
    return str(ticket.offering.matter.name) if ticket.offering is not None else ""


def _intake(account: Account, ticket: Ticket) -> str:
    """The intake of the matter that the number is for, where it is known and theirs to take in."""
    if ticket.offering is None:
        return ""
    version: OfferingVersion | None = (
        published_offerings().filter(offering=ticket.offering).exclude(content__initiated_by="office").first()
    )
    code = ticket.offering.implementation_code
    if version is None or not code:
        return ""
    admits = scopes(account).of("accept").admits(ticket.offering.organisation_id, ticket.offering.matter_id)
    return reverse("desk:intake", args=[code]) if admits else ""


def _command(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("command_id", ""))
    except ValueError:
        raise Refused("stale_form", _("页面放得太久了，请再按一次。")) from None


def _number(request: HttpRequest, name: str) -> int:
    said = request.POST.get(name, "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0


def _refused(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "lobby/refused.html",
        {
            "page": workbench(request, _("叫号窗口"), "lobby"),
            "notice": parts.Notice(
                "warn", _("叫号需要受理权限"), _("您的岗位没有这项授权，请联系本单位负责人。")
            ),
        },
        status=403,
    )
