"""The kiosk (自助终端): find a guide, take a number, check progress. Nothing of anybody stays on it.

A kiosk belongs to a hall once the address of `tongban lobby kiosk` was opened on it; its session knows the hall, the
last number taken until the next person, and a token that lets a progress form be sent once. No page links out.
"""

import secrets
from datetime import timedelta
from uuid import UUID, uuid4

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.base.ui import fields
from tongban.base.ui.qr import qr_code
from tongban.base.ui.shell import public_page
from tongban.engine import figures
from tongban.engine.errors import Refused
from tongban.engine.queries import tracked_case
from tongban.faces.guide import promise
from tongban.faces.lobby import queries, services
from tongban.faces.lobby.models import Hall, Ticket
from tongban.faces.progress import NUMBER_HINT, WRONG_PAIR, case_name, progress_of
from tongban.faces.rate import TRACKED, TooOften, guessed, within
from tongban.registry import queries as registry
from tongban.registry.finding import search_guides
from tongban.registry.models import OfferingVersion

IDLE = 60  # seconds without a touch after which the kiosk goes back to its first page
SALT = "tongban.lobby.kiosk"
HALL, TICKET, ONCE = "kiosk_hall", "kiosk_ticket", "kiosk_once"
FOUND = 12


def opening_address(hall: Hall) -> str:
    """The path that makes the machine it is opened on a kiosk of the hall."""
    return reverse("lobby:kiosk-open", args=[signing.dumps(hall.key, salt=SALT)])


@never_cache
@require_safe
def bind(request: HttpRequest, token: str) -> HttpResponse:
    """Make this machine a kiosk of a hall; whoever was signed in on it is not any more."""
    try:
        key = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise Http404 from None
    hall = queries.halls().filter(key=key).first()
    if hall is None:
        raise Http404
    request.session.flush()
    request.session[HALL] = hall.key
    request.session.set_expiry(400 * 24 * 3600)  # the machine's, not a person's
    return redirect("lobby:kiosk")


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page, for the next person: what the last one left is forgotten."""
    _forget(request)
    hall = _hall(request)
    return _page(request, "lobby/kiosk/home.html", _("您要办什么？"), idle=False, hall=hall)


@never_cache
@require_safe
def reset(request: HttpRequest) -> HttpResponse:
    """Back to the first page."""
    _forget(request)
    return redirect("lobby:kiosk")


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Guides by words, or the most used."""
    text = request.GET.get("q", "").strip()[:60]
    found = [f.version for f in search_guides(text, FOUND)] if text else _usual()
    return _page(
        request,
        "lobby/kiosk/find.html",
        _("找事项"),
        text=text,
        found=[(v, promise(v), v.offering.implementation_code or v.content["matter"]["code"]) for v in found],
    )


@never_cache
@require_safe
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """What a matter needs, how long it takes, what it costs; take a number for it."""
    version = registry.guide(code)
    if version is None:
        raise Http404
    hall = _hall(request)
    queue = queries.queue_of(hall, version.offering) if hall else None
    content = version.content
    return _page(
        request,
        "lobby/kiosk/guide.html",
        version.name,
        version=version,
        content=content,
        promise=promise(version),
        materials=[m for m in content.get("materials", ()) if m["necessity"] in ("required", "conditional")],
        queue=queue,
        waits=queries.waiting([queue]).count() if queue else 0,
        command_id=str(uuid4()),
        qr=qr_code(request.build_absolute_uri(reverse("hall:guide", args=[code]))),
    )


@never_cache
@require_POST
def number(request: HttpRequest) -> HttpResponse:
    """Take a number: for a matter, for a queue, or with the code of an appointment. Only on a kiosk of a hall."""
    hall = _hall(request)
    if hall is None:
        raise PermissionDenied
    try:
        command = UUID(request.POST.get("command_id", ""))
        ticket = _take(request, hall, command)
    except (Refused, ValueError) as refused:
        words = refused.message if isinstance(refused, Refused) else _("页面放得太久了，请再按一次。")
        return _page(request, "lobby/kiosk/home.html", _("您要办什么？"), status=409, hall=hall, error=words)
    request.session[TICKET] = ticket.pk
    return redirect("lobby:kiosk-ticket")


@never_cache
@require_safe
def ticket(request: HttpRequest) -> HttpResponse:
    """The number just taken, large and to print."""
    row = Ticket.objects.select_related("hall", "queue", "offering__matter").filter(
        pk=request.session.get(TICKET, 0), day=registry.today()
    ).first()  # fmt: skip
    if row is None:
        return redirect("lobby:kiosk")
    return _page(request, "lobby/kiosk/ticket.html", row.code, ticket=row, ahead=queries.ahead_of(row))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Number and secret, and what they show. The answer is of this request alone; sent again it is asked anew."""
    wrong, status = "", 200
    if request.method == "POST":
        once = str(request.session.pop(ONCE, ""))
        fits = bool(once) and secrets.compare_digest(once.encode(), request.POST.get("once", "").encode())
        if not fits:
            return redirect("lobby:kiosk-progress")
        said = request.POST.get("number", "").replace(" ", "")[:24]
        secret = request.POST.get("secret", "")[:40]
        try:
            case = guessed(request, "track", TRACKED, lambda: tracked_case(said, secret))
        except TooOften:
            wrong, status = _("试得太多了，请 10 分钟后再查。"), 429
        else:
            if case is not None:
                told = progress_of(case, personal=False)
                return _page(
                    request,
                    "lobby/kiosk/case.html",
                    told.headline,
                    case=case,
                    name=case_name(case),
                    told=told,
                )
            wrong, status = _(WRONG_PAIR), 422
    request.session[ONCE] = once = secrets.token_hex(8)
    return _page(
        request,
        "lobby/kiosk/progress.html",
        _("查进度"),
        status=status,
        once=once,
        asked=(
            fields.Field("number", _("办件编号"), hint=_(NUMBER_HINT), maxlength=24),
            fields.Field(
                "secret", _("查询密码"), hint=_("回执上的 12 位字母和数字"), error=wrong, maxlength=40
            ),
        ),
    )


def _take(request: HttpRequest, hall: Hall, command: UUID) -> Ticket:
    if code := request.POST.get("appointment", "").strip():
        if not within(request, "appointment", TRACKED * 3):
            raise Refused("no_appointment", _("试得太多了，请到导办台。"))
        return services.arrive(hall, code, command_id=command)
    if code := request.POST.get("code", ""):
        version = registry.guide(code)
        return services.take_number(hall, command_id=command, offering=version.offering if version else None)
    queue = hall.queues.filter(pk=int(request.POST.get("queue", "0")), open=True).first()
    return services.take_number(hall, command_id=command, queue=queue)


def _usual() -> list[OfferingVersion]:
    """What is applied for most."""
    since = registry.today() - timedelta(days=90)
    rank = {pk: i for i, pk in enumerate(figures.most_applied(since, FOUND))}
    rows = registry.published_offerings().filter(offering_id__in=rank)
    return sorted(rows, key=lambda v: rank[v.offering_id])


def _hall(request: HttpRequest) -> Hall | None:
    key = request.session.get(HALL)
    return queries.halls().filter(key=key).first() if key else None


def _forget(request: HttpRequest) -> None:
    for key in (TICKET, ONCE):
        request.session.pop(key, None)


def _page(
    request: HttpRequest, template: str, title: str, *, status: int = 200, idle: bool = True, **more: object
) -> HttpResponse:
    hall = more.pop("hall", None) or _hall(request)
    lines = [(line, str(uuid4())) for line in queries.lines(hall)] if isinstance(hall, Hall) else []
    context = {
        "page": public_page(title),
        "hall": hall,
        "lines": lines,
        "idle": IDLE if idle else 0,
        "reset": reverse("lobby:kiosk-reset"),
    }
    return render(request, template, {**context, "appointment_command": str(uuid4()), **more}, status=status)
