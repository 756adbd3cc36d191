"""Where every page of the URLconf stands in the loaded city: found by following links, as people would."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from lxml import html

from tests.web.scene import Lean
from tongban.registry.models import Account

#: Who walks through the city; the first who finds a page is the one to whom it is shown.
WALKERS = (
    "",
    "zhangyuan",
    "jbsc-ck-01",
    "jbsc-kz-01",
    "sfj-fz-01",
    "jbsc-xx-01",
    "jbsc-jc-01",
    "xsj-jcz-01",
    "xsj-xt-01",
)
TRIES = 4
"""Addresses of one route that are tried before it is given up: not every case has every paper."""
MAIN = ("", "track/", "me/", "apply/", "desk/", "supervision/", "ui/")


@dataclass
class Place:
    """A page of the city: its address and to whom it is shown."""

    url: str
    who: str


@dataclass
class City:
    """The pages that were found, by route, and who is signed in."""

    pages: dict[str, Place] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)  # routes that answer with something else than a page
    others: dict[str, str] = field(default_factory=dict)  # routes that turned people away: how
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """Somebody's browser, without a screen."""
        client = Lean()
        if who and who not in self.sessions:
            client.force_login(Account.objects.get(username=who), "django.contrib.auth.backends.ModelBackend")
            self.sessions[who] = client.cookies[settings.SESSION_COOKIE_NAME].value
        if who:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client


def routes() -> Iterator[str]:
    """Every pattern of the URLconf, in full."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, before + str(pattern.pattern))
            else:
                yield before + str(pattern.pattern)

    yield from dict.fromkeys(walk(get_resolver().url_patterns, ""))


def explored(known_only_to: dict[str, str], sessions: dict[str, str]) -> City:
    """Follow links from the front doors, as each of the walkers, until no new kind of page turns up.

    `known_only_to`: addresses that no link names, because people are led there by what they did, and who they are: a
    walker, somebody who goes there only, or whoever `sessions` knows without an account.
    """
    city, tried = City(sessions=dict(sessions)), dict.fromkeys(routes(), 0)
    doors = [f"/{door}" for door in MAIN]
    plain = [route for route in tried if not re.search(r"[<(^]", route)]
    for who in dict.fromkeys((*WALKERS, *known_only_to.values())):
        client, seen = city.client(who), set()
        led = [url for url, person in known_only_to.items() if person == who]
        ahead = deque([*led, *doors, *(f"/{route}" for route in plain)] if who in WALKERS else led)
        while ahead:
            url = ahead.popleft()
            route = _route(url)
            if route is None or url in seen:
                continue
            known = route in city.pages or route in city.files or tried[route] >= TRIES * len(WALKERS)
            if known and url not in doors:  # everybody looks behind the front doors themselves
                continue
            seen.add(url)
            tried[route] += 1
            answer = client.get(url)
            if answer.streaming:  # read to its end, so that what it reads from is closed
                b"".join(answer.streaming_content)
            assert answer.status_code != 500, f"{url} fails for {who or 'everybody'}"
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            if answer.status_code in {301, 302}:
                ahead.append(urljoin(url, answer.headers["Location"]))
                continue
            if answer.status_code == 200 and (kind != "text/html" or b"</html>" not in answer.content):
                city.files.add(route)
                continue
            if answer.status_code != 200:
                city.others[route] = f"{answer.status_code} for {who or 'everybody'}"
                continue
            city.pages.setdefault(route, Place(url, who))
            if who in WALKERS:
                ahead.extend(_links(url, answer))
    return city


def _route(url: str) -> str | None:
    try:
        return resolve(urlsplit(url).path).route
    except Resolver404:
        return None


def _links(url: str, answer: Any) -> Iterator[str]:
    for link in html.fromstring(answer.content.decode()).iterfind(".//a[@href]"):
        target = urljoin(url, link.get("href").partition("#")[0])
        if urlsplit(target).netloc or link.get("download") is not None or "logout" in target:
            continue
        yield target
