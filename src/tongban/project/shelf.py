"""Public pages kept whole in each web process, and given out without waking Django.

A page is given out only while its stamp holds (`registry.kept`). The state of what pages show is asked of the database twice a
second at most, and never trusted for longer than a second: what has changed is seen, and what was withdrawn is gone, a
second later at the latest, in every process. Pages with a session, a message or typed words never come here. Each answer
has a request id of its own; all other headers are those the page was made with.

What a process keeps is bounded by bytes, keys and headers among them, and by number; what was not asked for longest goes first.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.http import parse_cookie

from tongban.base.ui.site import ELDER_COOKIE
from tongban.project.logs import request_id_of
from tongban.project.metrics import count_kept
from tongban.registry.kept import MARK, MESSAGES, Stamp, holds, state

log = structlog.get_logger("tongban.shelf")
ASKED, TRUSTED = 0.5, 1.0
"""Seconds after which the state is asked for again, and for which it is believed at the longest."""
MOST_BYTES = 48 * 2**20
"""Of pages kept by one process, with their keys and headers."""
MOST_PAGES = 5000
LARGEST = 2**20
"""Bytes of a page that is kept."""
LONGEST_KEY = 1000
"""Characters of everything that a page is kept under."""
_OBJECTS = 2048
"""Bytes that a page takes for the objects it is made of, beside its text."""
_LANGUAGES = frozenset(code for code, _ in settings.LANGUAGES)

Environ = dict[str, Any]
Key = tuple[str, ...]
StartResponse = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer as it was made: all its headers but the request id."""

    stamp: Stamp
    route: str
    headers: list[tuple[str, str]]
    tag: str
    body: bytes

    def weight(self, key: Key) -> int:
        """Bytes that it takes to keep the page under the key."""
        told = sum(len(name) + len(text) for name, text in self.headers)
        return _OBJECTS + len(self.body) + told + sum(map(len, key))


class Shelf:
    """The pages of one process."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, ask: Callable[[], Stamp] | None = None
    ) -> None:
        self._clock, self._ask = clock, ask or _state_now
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._bytes = 0
        self._now: Stamp | None = None
        self._known_at = float("-inf")
        self._given: Counter[str] = Counter()
        self._lock, self._asking = Lock(), Lock()

    def answer(self, key: Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """Give out the page kept under the key; None where there is none that holds."""
        page = self._found(key)
        if page is None or (now := self._in_force()) is None or not holds(page.stamp, now):
            return None
        self._given[page.route] += 1
        own = ("X-Request-ID", request_id_of(environ.get("HTTP_X_REQUEST_ID", "")))
        if environ.get("HTTP_IF_NONE_MATCH") == page.tag:
            told = [row for row in page.headers if row[0] not in {"Content-Length", "Content-Type"}]
            start_response("304 Not Modified", [*told, own])
            return []
        start_response("200 OK", [*page.headers, own])
        return [page.body]

    def keep(self, key: Key, page: Page) -> None:
        """Keep a page; those that were not asked for longest make room."""
        if len(page.body) > LARGEST or sum(map(len, key)) > LONGEST_KEY:
            return
        with self._lock:
            if old := self._pages.pop(key, None):
                self._bytes -= old.weight(key)
            self._pages[key] = page
            self._bytes += page.weight(key)
            while self._bytes > MOST_BYTES or len(self._pages) > MOST_PAGES:
                oldest, gone = self._pages.popitem(last=False)
                self._bytes -= gone.weight(oldest)

    def _found(self, key: Key) -> Page | None:
        """The page under the key, which now was asked for last."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def _in_force(self) -> Stamp | None:
        """The state of all topics now; None where it cannot be had in time, so that nothing is given out."""
        age = self._clock() - self._known_at
        if age >= ASKED and self._asking.acquire(blocking=age >= TRUSTED):
            try:
                if self._clock() - self._known_at >= ASKED:
                    self._ask_again()
            finally:
                self._asking.release()
        return self._now

    def _ask_again(self) -> None:
        began = self._clock()
        try:
            now = self._ask()
        except DatabaseError:
            now = None
        given, self._given = self._given, Counter()
        for route, n in list(given.items()):
            count_kept(route, n)
            log.info("kept pages", route=route, n=n)
        if now != self._now:
            with self._lock:
                held = ((key, page) for key, page in self._pages.items() if now and holds(page.stamp, now))
                self._pages = OrderedDict(held)
                self._bytes = sum(page.weight(key) for key, page in self._pages.items())
        self._now, self._known_at = now, began


def _state_now() -> Stamp:
    """The state, asked outside a request: the connection goes back where Django would give it back."""
    try:
        return state()
    finally:
        close_old_connections()


def key_of(environ: Environ) -> Key | None:
    """What a page is kept under: all that may change it. None for a request whose answer is nobody else's."""
    if environ["REQUEST_METHOD"] != "GET":
        return None
    language = elder = ""
    if said := environ.get("HTTP_COOKIE"):
        cookies = parse_cookie(said)
        if settings.SESSION_COOKIE_NAME in cookies or MESSAGES in cookies:
            return None
        language = _known_language(cookies.get(settings.LANGUAGE_COOKIE_NAME, ""))
        elder = "1" if cookies.get(ELDER_COOKIE) == "1" else ""
    return (
        environ.get("HTTP_HOST", ""),
        environ.get("wsgi.url_scheme", ""),
        _scheme(front) if (front := environ.get("HTTP_X_FORWARDED_PROTO")) else "",
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        language,
        elder,
    )


def _scheme(said: str) -> str:
    """Whether the front was asked by HTTPS, as Django reads it."""
    return "https" if said.partition(",")[0].strip() == "https" else ""


def _known_language(said: str) -> str:
    """The language a page is made in for what a cookie says; "" is that of the site."""
    return said if said in _LANGUAGES and said != settings.LANGUAGE_CODE else ""


def page_from(environ: Environ, response: Any, headers: list[tuple[str, str]]) -> Page | None:
    """The page that Django answered with, where it may be kept: marked by its view, and setting no cookie."""
    mark = environ.get(MARK)
    if mark is None or any(name == "Set-Cookie" for name, _ in headers):
        return None
    body = bytes(response.content)
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    told = [(name, text) for name, text in headers if name != "X-Request-ID"]
    now, route = mark
    return Page(now, route, [*told, ("ETag", tag)], tag, body)
