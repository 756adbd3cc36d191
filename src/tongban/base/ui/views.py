"""The gallery, the elder and language switches, and the page for a refused form (CSRF)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template import loader
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from tongban.base.ui import gallery as samples
from tongban.base.ui.shell import Wearer, public_page, staff_page
from tongban.base.ui.site import ELDER_COOKIE, current_site

RETRY_AFTER = 5
"""Seconds after which what was away may be asked for again."""
_YEAR = 365 * 24 * 3600
_STATES = {
    "400": 400,
    "403": 403,
    "404": 404,
    "405": 405,
    "500": 500,
    "503": 503,
    "csrf": 403,
    "maintenance": 503,
}


@require_safe
def gallery(request: HttpRequest, page: str) -> HttpResponse:
    """Every component with sample data; one page a face."""
    made = samples.PAGES.get(page)
    if made is None:
        raise Http404(page)
    title, staff, content = made
    pages = [(name, key, reverse("ui:gallery") if key == "parts" else reverse("ui:gallery_page", args=[key]))
             for key, (name, _, _) in samples.PAGES.items()]  # fmt: skip
    shell = (
        staff_page(
            title,
            page,
            rail=samples.rail(pages),
            wearer=Wearer(samples.WHO, 5),
            subtitle="组件陈列：工作台一面",
        )
        if staff
        else public_page(
            title,
            "service",
            [("组件陈列", reverse("ui:gallery"))],
            lead="组件陈列：公众一面。样例数据都是编的。",
        )
    )
    return render(
        request, f"ui/gallery/{page}.html", {"page": shell, "pages": pages, "now": page, **content()}
    )


@require_safe
def state(request: HttpRequest, state: str) -> HttpResponse:
    """How an error page looks, without having to cause the error."""
    if state == "receipt":
        return render(
            request, "ui/gallery/receipt.html", {"page": public_page("收件回执"), **samples.receipt()}
        )
    if state == "wall":
        return render(
            request, "ui/gallery/wall.html", {"page": staff_page("安澜市政务运行"), **samples.wall()}
        )
    if state == "kiosk":
        return render(request, "ui/gallery/kiosk.html", {"page": public_page("您要办什么？")})
    if state == "calling":
        return render(
            request,
            "ui/gallery/calling.html",
            {"page": staff_page("江北区政务服务大厅"), **samples.calling()},
        )
    if state not in _STATES:
        raise Http404(state)
    name = {"csrf": "403_csrf.html", "maintenance": "maintenance.html"}.get(state, f"{state}.html")
    return render(request, name, status=_STATES[state])


@require_safe
def switch_elder(request: HttpRequest) -> HttpResponse:
    """Turn elder mode (长者模式, everything 125 %) on or off and go back to where the person was."""
    response = HttpResponseRedirect(_back(request))
    if request.GET.get("to") == "on":
        response.set_cookie(ELDER_COOKIE, "1", max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(ELDER_COOKIE, samesite="Lax")
    return response


@require_safe
def switch_language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the interface and go back to where the person was."""
    response = HttpResponseRedirect(_back(request))
    to = request.GET.get("to", "")
    if to in {code for code, _ in settings.LANGUAGES}:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, to, max_age=_YEAR, samesite="Lax", secure=request.is_secure()
        )
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`settings.CSRF_FAILURE_VIEW`: the form came from another page or the cookie was lost; nothing was carried out."""
    return render(request, "403_csrf.html", {"site": current_site()}, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """`handler400`: the request cannot be read, e.g. it holds characters that cannot be kept; nothing was carried out."""
    return _alone(request, "400.html", 400)


def not_a_page(request: HttpRequest) -> HttpResponse:
    """The address takes forms and cannot be opened: the page tells the nearest one above it that can be tried."""
    above = request.path.rstrip("/").rpartition("/")[0] + "/"
    return render(request, "405.html", {"site": current_site(), "above": above}, status=405)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: our fault. The number on the page is the one under which the log tells what happened."""
    return _alone(request, "500.html", 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Something that every page needs is away for the moment."""
    response = _alone(request, "503.html", 503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _alone(request: HttpRequest, name: str, status: int) -> HttpResponse:
    """A page that stands when nothing else does: no context processor, so no session and no database."""
    page = loader.get_template(name).render({"request_id": getattr(request, "request_id", "")})
    return HttpResponse(page, status=status)


def _back(request: HttpRequest) -> str:
    to = request.GET.get("next", "/")
    if url_has_allowed_host_and_scheme(
        to, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return to
    return "/"
