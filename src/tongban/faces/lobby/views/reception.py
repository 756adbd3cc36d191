"""The reception (导办台): numbers for those who do not use the kiosk; the printed number; the hall as it stands."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.ui import parts
from tongban.base.ui.rail import workbench
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.faces.lobby import queries, services
from tongban.faces.lobby.models import Hall, Queue, Ticket
from tongban.registry.access import account_of, staff_only
from tongban.registry.finding import search_guides
from tongban.registry.models import Account, Offering

FOUND = 8


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def reception(request: HttpRequest) -> HttpResponse:
    """Take a number for somebody: by queue, by the words of what they want, or by the code of their appointment."""
    account = account_of(request)
    halls = queries.halls_served(account)
    if not halls:
        raise PermissionDenied
    wanted = (request.POST if request.method == "POST" else request.GET).get("hall", "")
    hall = next((h for h in halls if h.key == wanted), halls[0])
    if request.method == "POST":
        try:
            ticket = _take(request, account, hall)
        except (Refused, ValueError) as refused:
            messages.error(
                request,
                refused.message if isinstance(refused, Refused) else _("页面放得太久了，请再按一次。"),
            )
            return redirect(f"{reverse('lobby:reception')}?hall={hall.key}")
        return redirect("lobby:ticket", ticket_id=ticket.pk)
    text = request.GET.get("q", "").strip()[:60]
    found = [
        (f.version, q)
        for f in (search_guides(text, FOUND) if text else ())
        if (q := queries.queue_of(hall, f.version.offering)) is not None
    ]
    return render(
        request,
        "lobby/reception.html",
        {
            "page": workbench(request, _("导办取号"), "reception", subtitle=hall.name),
            "hall": hall,
            "halls": halls,
            "text": text,
            "found": [(v, q, str(uuid4())) for v, q in found],
            "lines": [(line, str(uuid4())) for line in queries.lines(hall)],
        },
    )


@staff_only
@require_safe
def ticket(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """The number to print, 80 mm wide."""
    row = get_object_or_404(Ticket.objects.select_related("hall", "queue", "offering__matter"), pk=ticket_id)
    if not queries.serves(account_of(request), row.hall):
        raise Http404
    return render(
        request,
        "lobby/ticket.html",
        {
            "page": public_page(row.code),
            "ticket": row,
            "ahead": queries.ahead_of(row),
            "back": reverse("lobby:reception"),
        },
    )


@staff_only
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """The hall today: who waits where, how long it takes, what each window did."""
    account = account_of(request)
    halls = queries.halls_seen(account)
    if not halls:
        raise PermissionDenied
    hall = next((h for h in halls if h.key == request.GET.get("hall")), halls[0])
    lines = queries.lines(hall)
    windows = queries.by_window(hall)
    took = [line.minutes for line in lines if line.minutes is not None]
    return render(
        request,
        "lobby/figures.html",
        {
            "page": workbench(request, _("大厅情况"), "lobby-figures", subtitle=hall.name),
            "hall": hall,
            "halls": halls,
            "kpis": parts.Kpis(
                (
                    parts.stat(_("正在等"), str(sum(line.waiting for line in lines)), _("人")),
                    parts.stat(_("今日已办"), str(sum(line.served for line in lines)), _("人")),
                    parts.stat(_("平均等候"), f"{sum(took) / len(took):.0f}" if took else "—", _("分钟") if took else ""),
                    parts.stat(_("开着的窗口"), str(sum(1 for w in windows if w.clerk)), _("个")),
                )
            ),
            "queues": parts.table(
                (_("队列"), _("正在等"), _("下一号"), _("窗口"), _("已办"), _("过号"), _("平均等候")),
                [
                    (
                        str(line.queue), str(line.waiting), line.next_code or "—", str(line.windows),
                        str(line.served), str(line.gone), _minutes(line.minutes),
                    )
                    for line in lines
                ],
                _("各队列"), caption_hidden=True, dense=True,
            ),
            "windows": parts.table(
                (_("窗口"), _("在岗"), _("已办"), _("过号"), _("平均办理")),
                [(str(w.window), w.clerk or "—", str(w.served), str(w.gone), _minutes(w.minutes)) for w in windows],
                _("各窗口"), caption_hidden=True, dense=True, empty=_("没有窗口。"),
            ),
            "screen": reverse("lobby:screen", args=[hall.key]),
        },
    )  # fmt: skip


def _take(request: HttpRequest, account: Account, hall: Hall) -> Ticket:
    command = UUID(request.POST.get("command_id", ""))
    if code := request.POST.get("appointment", "").strip():
        return services.arrive(hall, code, command_id=command)
    first = request.POST.get("first") == "1"
    if offering_id := request.POST.get("offering", ""):
        offering = get_object_or_404(Offering, pk=int(offering_id))
        return services.take_number(
            hall,
            command_id=command,
            offering=offering,
            source=Ticket.Source.RECEPTION,
            first=first,
            account=account,
        )
    queue = get_object_or_404(Queue, pk=int(request.POST.get("queue", "0")), hall=hall)
    return services.take_number(
        hall, command_id=command, queue=queue, source=Ticket.Source.RECEPTION, first=first, account=account
    )


def _minutes(n: float | None) -> str:
    return "—" if n is None else _("%(n)s 分钟") % {"n": f"{n:.1f}"}
