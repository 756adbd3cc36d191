"""Public pages kept whole in each web process, and given out without waking Django.

A page is given out only while its stamp holds (`registry.kept`). The stamp in force is asked of the database twice a
second at most, and never trusted for longer than a second: what has changed is seen, and what was withdrawn is gone, a
second later at the latest, in every process. Pages with a session, a message or typed words never come here. Each answer
has a request id of its own; all other headers are those the page was made with.
"""

from __future__ import annotations

import time
from collections import Counter
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
from tongban.registry.kept import MARK, MESSAGES, Stamp, stamp

log = structlog.get_logger("tongban.shelf")
ASKED, TRUSTED = 0.5, 1.0
"""Seconds after which the stamp is asked for again, and for which it is believed at the longest."""
MOST_BYTES = 48 * 2**20
"""Of pages kept by one process."""
LARGEST = 2**20

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


class Shelf:
    """The pages of one process."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, ask: Callable[[], Stamp] | None = None
    ) -> None:
        self._clock, self._ask = clock, ask or _stamp_of_now
        self._pages: dict[Key, Page] = {}
        self._bytes = 0
        self._stamp: Stamp | None = None
        self._known_at = float("-inf")
        self._given: Counter[str] = Counter()
        self._lock, self._asking = Lock(), Lock()

    def answer(self, key: Key, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """Give out the page kept under the key; None where there is none that holds."""
        page = self._pages.get(key)
        if page is None or page.stamp != self._in_force():
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
        """Keep a page, the oldest making room."""
        if len(page.body) > LARGEST:
            return
        with self._lock:
            if old := self._pages.pop(key, None):
                self._bytes -= len(old.body)
            self._pages[key] = page
            self._bytes += len(page.body)
            while self._bytes > MOST_BYTES:
                oldest = next(iter(self._pages))
                self._bytes -= len(self._pages.pop(oldest).body)

    def _in_force(self) -> Stamp | None:
        """The stamp now; None where it cannot be had in time, so that nothing is given out."""
        age = self._clock() - self._known_at
        if age >= ASKED and self._asking.acquire(blocking=age >= TRUSTED):
            try:
                if self._clock() - self._known_at >= ASKED:
                    self._ask_again()
            finally:
                self._asking.release()
        return self._stamp

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
        if now != self._stamp:
            with self._lock:
                self._pages = {key: page for key, page in self._pages.items() if page.stamp == now}
                self._bytes = sum(len(page.body) for page in self._pages.values())
        self._stamp, self._known_at = now, began


def _stamp_of_now() -> Stamp:
    """The stamp, asked outside a request: the connection goes back where Django would give it back."""
    try:
        return stamp()
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
        language, elder = cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), cookies.get(ELDER_COOKIE, "")
    return (
        environ.get("HTTP_HOST", ""),
        environ.get("wsgi.url_scheme", ""),
        environ.get("HTTP_X_FORWARDED_PROTO", ""),
        environ["PATH_INFO"],
        environ.get("QUERY_STRING", ""),
        language,
        elder,
    )


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
