"""Public pages that are kept whole until what they show changes.

A view marked with `kept` leaves a stamp for whoever stands before the application (`project.shelf`); by itself it changes
nothing. A marked page may show what the tokens in the stamp answer for and nothing else; they change by trigger, in the
transaction that changes the data. Only what our own links ask for is kept: a query of other names, or written in another
way, is answered all the same, but takes no room from the pages that people read.
"""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tongban.registry.queries import today
from tongban.registry.tree import generations

MESSAGES = "messages"
"""The cookie in which a message waits for the next page."""
MARK = "tongban.kept"
"""Where a view leaves the stamp under which its page may be kept, and its route, in the environment of the request."""
LONGEST_QUERY = 200
"""Characters of the query of a page that is kept."""
View = Callable[..., HttpResponse]
Stamp = Mapping[str, str]
"""What a kept page holds for: topics with their state when it was made."""
CATALOGUE = ("day", "catalogue", "tree")
GUIDES = ("day", "guides", "tree")
ANSWERS = (*GUIDES, "answers")
"""Public answers name the matter that they are about."""
FIGURES = (*ANSWERS, "minute")
"""What is counted from cases in progress, for which no token stands, holds for the minute that the page was made in."""
TOPICS = frozenset({"day", "minute", "catalogue", "tree", "guides", "answers"})


def state() -> dict[str, str]:
    """The state of every topic at this moment: one small query."""
    clock = {"day": str(today()), "minute": f"{timezone.now():%Y-%m-%d %H:%M}"}
    return {**dict.fromkeys(TOPICS, ""), **generations(), **clock}


def stamp(on: Collection[str] = CATALOGUE) -> Stamp:
    """The stamp of this moment for a page about these topics."""
    now = state()
    return {topic: now[topic] for topic in on}


def holds(made: Stamp, now: Stamp) -> bool:
    """Whether nothing that a page was made of has changed since."""
    return made.items() <= now.items()


def kept(view: View) -> View:
    """Mark a view of public pages of the catalogue that are asked for without a query."""
    return kept_for()(view)


def kept_for(*names: str, on: Collection[str] = CATALOGUE) -> Callable[[View], View]:
    """Mark a view of public pages. What is one person's is never marked.

    `names` are those of the query that the view knows, `on` the topics of everything that its pages show. The stamp is
    taken before the view reads anything: a page can be newer than its stamp, never older.
    """
    known = frozenset(names)

    def mark(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **values: Any) -> HttpResponse:
            if not may_be_kept(request, known):
                response = view(request, *args, **values)
                if _is_own(request):
                    response.headers.setdefault("Cache-Control", "private, no-store")
                return response
            now = stamp(on)
            response = view(request, *args, **values)
            if response.status_code == HTTPStatus.OK and not response.streaming:
                route = request.resolver_match.route if request.resolver_match else ""
                request.META[MARK] = (now, route)
                # browsers ask each time, and are told 304
                response.headers.setdefault("Cache-Control", "no-cache")
            return response

        return answer

    return mark


def may_be_kept(request: HttpRequest, names: frozenset[str] = frozenset()) -> bool:
    """Whether what answers this request is the same for everybody, and asked for as our own links ask for it."""
    return request.method == "GET" and not _is_own(request) and _is_ours(request, names)


def _is_own(request: HttpRequest) -> bool:
    """Whether the answer may be somebody's: a session, or a message that waits."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES or MESSAGES in request.COOKIES


def _is_ours(request: HttpRequest, names: frozenset[str]) -> bool:
    """Whether the query names each of these once at most and nothing else, written as we write it."""
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return True
    once = all(name in names and len(values) == 1 for name, values in request.GET.lists())
    return once and len(query) <= LONGEST_QUERY and request.GET.urlencode() == query
