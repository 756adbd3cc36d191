"""What surrounds every request: an id to ask for help with, one log line, the counters, the last security header.

Also the one place where text that cannot be kept is stopped.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, UnreadablePostError
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from tongban.base.text import is_storable
from tongban.base.ui.views import bad_request, not_a_page
from tongban.project.doorway import is_utf8
from tongban.project.logs import request_id_of
from tongban.project.metrics import count_request
from tongban.registry.access import SignedOut
from tongban.registry.tree import steady

log = structlog.get_logger("tongban.request")
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
LARGEST = 256 * 2**20  # of a request; whoever sends a form is not known before its files are on our disk
_LONGEST_HOST = 100
"""Characters of a strange host that the log tells."""
_QUIET = frozenset({"healthz", "readyz", "metrics"})


class ChosenLanguage:
    """The language a person chose, kept in a cookie; Chinese otherwise.

    The browser's own preference is not asked: public pages are cached whole, one copy for each address and language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._known = frozenset(code for code, _ in settings.LANGUAGES)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in self._known else settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
            response.setdefault("Content-Language", language)
        return response


class RequestRecord:
    """The outermost middleware.

    Takes a well-formed X-Request-ID over from the front, else makes one; answers with it, binds it to every log line
    of the request, and records method, route, status and milliseconds (never the path, the query or the person).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request_id_of(request.headers.get("X-Request-ID", ""))
        request.request_id = request_id  # type: ignore[attr-defined]
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            if (refused := _elsewhere(request)) is not None:
                return refused
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            match = request.resolver_match
            route = match.route if match else "unmatched"
            count_request(request.method or "", route, response.status_code, seconds)
            if route not in _QUIET:
                log.info(
                    "request",
                    method=request.method,
                    route=route,
                    status=response.status_code,
                    ms=round(seconds * 1000, 1),
                )
        response["X-Request-ID"] = request_id
        response.setdefault("Permissions-Policy", _PERMISSIONS)
        return response


class WayBack:
    """After signing in anew people come back to the page they were on, not to an address that only takes forms.

    A form whose sign-in has run out leads to the sign-in with the page it stood on; a script that sends one gets 401. Who
    opens such an address as a page reads where to go on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        reads = request.method in ("GET", "HEAD")
        if not reads and response.status_code == 302 and _to_sign_in(response):
            if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
                return HttpResponse(status=401)
            return redirect_to_login(_page_of(request))
        if reads and response.status_code == 405 and "text/html" in request.headers.get("Accept", ""):
            told = not_a_page(request)
            told["Allow"] = response["Allow"]
            return told
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """Somebody has to sign in before it can be said what there is."""
        return redirect_to_login(request.get_full_path()) if isinstance(exception, SignedOut) else None


def _to_sign_in(response: HttpResponseBase) -> bool:
    return urlsplit(response["Location"]).path == settings.LOGIN_URL


def _page_of(request: HttpRequest) -> str:
    """The page of ours that a form was sent from; the first page where the browser does not say."""
    said = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure())
    parts = urlsplit(said)
    return urlunsplit(("", "", parts.path, parts.query, "")) if said and ours else "/"


class SteadyRegistry:
    """A request that changes nothing sees the organisations and the permissions of one moment, and asks for them once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with steady():
            return self.get_response(request)


class StorableText:
    """Refuses (400) what PostgreSQL could not keep or compare, U+0000 and halves of surrogate pairs.

    Wherever a request may carry text: address, query, cookies, the fields of a form.

    A declared charset other than UTF-8 is refused too, since it would be decoded in ways that bring such text back
    (utf-7, unicode_escape) or fail (idna). JSON bodies belong to the API, which looks at their values itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _length(request) > LARGEST:
            return _too_large(request)
        if not _utf8(request) or not all(map(is_storable, _before_the_body(request))):
            return _unkept(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Look at the form, once it is known that somebody will read it."""
        if request.method != "POST":
            return None
        try:
            fields = request.POST
        except UnreadablePostError:  # the other side went away
            return None
        texts = (text for name, values in fields.lists() for text in (name, *map(str, values)))
        return None if all(map(is_storable, texts)) else _unkept(request)


def _elsewhere(request: HttpRequest) -> HttpResponseBase | None:
    """400 and one line in the log for a request to a host that is not ours: scanners send thousands of them."""
    try:
        request.get_host()
    except DisallowedHost:
        said = str(request.META.get("HTTP_HOST", ""))
        log.warning("host refused", host=said[:_LONGEST_HOST], setting="TONGBAN_HOSTS")
        return HttpResponse("这个网址不是本站的。", status=400, content_type="text/plain; charset=utf-8")
    return None


def _length(request: HttpRequest) -> int:
    said = str(request.META.get("CONTENT_LENGTH") or "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 20 else 0


def _too_large(request: HttpRequest) -> HttpResponseBase:
    message = "请求体过大。"
    if request.path.startswith("/api/"):
        said = {"code": "request_too_large", "message": message, "instead": [], "detail": {}}
        return JsonResponse(said, status=413, json_dumps_params={"ensure_ascii": False})
    return HttpResponse(message, status=413, content_type="text/plain; charset=utf-8")


def _utf8(request: HttpRequest) -> bool:
    if getattr(request, "strange_charset", False):
        return False
    return request.encoding is None or is_utf8(request.encoding)


def _before_the_body(request: HttpRequest) -> Iterator[str]:
    yield request.path
    for name, values in request.GET.lists():
        yield name
        yield from map(str, values)
    for name, value in request.COOKIES.items():
        yield name
        yield value


def _unkept(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith("/api/"):
        said = {"code": "not_storable", "message": "文字里有无法保存的字符。", "instead": [], "detail": {}}
        return JsonResponse(said, status=400, json_dumps_params={"ensure_ascii": False})
    return bad_request(request)
