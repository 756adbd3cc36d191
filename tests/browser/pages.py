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

from tongban.registry.models import Account

#: Who walks through the city; the first who finds a page is the one to whom it is shown.
WALKERS = (
    "", "zhangyuan", "jbsc-ck-01", "jbsc-sc-01", "jbsc-fg-01", "jbsc-jc-01", "xsj-jcz-01", "xsj-kz-01", "sfj-fz-01",
    "xsj-xx-01", "xsj-xt-01", "xsj-aq-01", "xsj-sj-01",
)  # fmt: skip
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
    others: dict[str, str] = field(default_factory=dict)  # routes that answer with no page: what they answer
    sessions: dict[str, str] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """Somebody's browser, without a screen."""
        client = Client(raise_request_exception=True)
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


def explored() -> City:
    """Follow links from the front doors, as each of the walkers, until no new kind of page turns up."""
    city, tried = City(), dict.fromkeys(routes(), 0)
    doors = [f"/{door}" for door in MAIN]
    plain = [route for route in tried if not re.search(r"[<(^]", route)]
    for who in WALKERS:
        client, seen = city.client(who), set()
        ahead = deque([*doors, *(f"/{route}" for route in plain)])
        while ahead:
            url = ahead.popleft()
            route = _route(url)
            if route is None or url in seen:
                continue
            known = route in city.pages or tried[route] >= TRIES * len(WALKERS)
            if known and url not in doors:  # everybody looks behind the front doors themselves
                continue
            seen.add(url)
            tried[route] += 1
            answer = client.get(url)
            if answer.streaming:  # read to its end, so that what it reads from is closed
                b"".join(answer.streaming_content)
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
            if answer.status_code in {301, 302}:
                ahead.append(urljoin(url, answer.headers["Location"]))
                continue
            if answer.status_code != 200 or kind != "text/html" or b"</html>" not in answer.content:
                city.others.setdefault(route, f"{answer.status_code} {kind}, no page")
                continue
            city.pages.setdefault(route, Place(url, who))
            ahead.extend(_links(url, answer))
            if found := re.fullmatch(r"/desk/cases/(\w+)/", url):  # the counter goes there by itself
                ahead.append(f"/desk/receipts/{found[1]}/")
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
