"""What surrounds every request: an id to ask for help with, one log line, the counters, the last security header."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from tongban.project.metrics import count_request

log = structlog.get_logger("tongban.request")
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
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
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
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
