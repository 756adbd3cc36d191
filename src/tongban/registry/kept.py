"""Public pages that are kept whole until what they show changes.

A view marked with `kept` leaves a stamp for whoever stands before the application (`project.shelf`); by itself it changes
nothing. A marked page may show what the tokens in the stamp answer for and nothing else; they change by trigger, in the
transaction that changes the data.
"""

from collections.abc import Callable
from datetime import date
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tongban.registry.queries import today
from tongban.registry.tree import generation

MESSAGES = "messages"
"""The cookie in which a message waits for the next page."""
MARK = "tongban.kept"
"""Where a view leaves the stamp under which its page may be kept, and its route, in the environment of the request."""
View = Callable[..., HttpResponse]
Stamp = tuple[date, str, str]
"""What a kept page holds for: the day (pages show it) and the states of the catalogue and of the organisations."""


def stamp() -> Stamp:
    """The stamp of this moment: two small queries."""
    return today(), generation("catalogue"), generation("tree")


def kept(view: View) -> View:
    """Mark a view of public pages. What is one person's is never marked: a session, a message, words typed in.

    The stamp is taken before the view reads anything: a page can be newer than its stamp, never older.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
        if not may_be_kept(request):
            return view(request, *args, **values)
        now = stamp()
        response = view(request, *args, **values)
        if response.status_code == HTTPStatus.OK and not response.streaming:
            route = request.resolver_match.route if request.resolver_match else ""
            request.META[MARK] = (now, route)
            response.headers.setdefault(
                "Cache-Control", "no-cache"
            )  # browsers ask each time, and are told 304
        return response

    return answer


def may_be_kept(request: HttpRequest) -> bool:
    """Whether what answers this request is the same for everybody."""
    cookies = request.COOKIES
    own = settings.SESSION_COOKIE_NAME in cookies or MESSAGES in cookies or "q" in request.GET
    return request.method == "GET" and not own
