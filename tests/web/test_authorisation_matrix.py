"""Every route × every role, generated from the URLconf, against the access declared in `doors`."""

import re
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from django.http import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver

from tests.web.doors import DOORS, EVERYBODY, Door
from tests.web.scene import Lean, Scene, text_of, to_login, told, turned_away, undone, undrawn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_stays")]
FEW = ("anonymous", "owner", "clerk")  # for what no role changes: methods not served, pages of the library


def routes() -> Iterator[str]:
    """Every pattern of the URLconf, in full."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, before + str(pattern.pattern))
            else:
                yield before + str(pattern.pattern)

    yield from dict.fromkeys(walk(get_resolver().url_patterns, ""))


def test_every_route_declares_who_gets_in():
    served = set(routes())
    assert not served - set(DOORS), f"new routes without declared access: {sorted(served - set(DOORS))}"
    assert not set(DOORS) - served, f"declared, but not served any more: {sorted(set(DOORS) - served)}"


@pytest.mark.parametrize("route", DOORS, ids=lambda r: r or "home")
def test_a_route_lets_in_whom_it_declares_and_tells_others_nothing(scene, route):
    """Everybody tries every door; pages, those that turn somebody away too, are drawn for a few, who read them to the end.

    What such a page says of the case is the route's, what stands around it the role's: so some of the roles read at every
    door, and the others at one in eight, in turn. Where everybody gets in nobody's grants are asked, and they try in turn too.
    """
    door, wrong = DOORS[route], []
    in_turn = {*FEW, *in_turn_at(route)}
    for method, let_in in (("GET", door.get), ("POST", door.post)):
        drawn = {*in_turn, min(let_in or FEW)}
        few = FEW if door.library or let_in is None else in_turn if let_in == EVERYBODY else EVERYBODY
        for role in sorted(few):
            with undone(), nullcontext() if role in drawn else undrawn():
                answer = asked(scene, role, method, route, door)
                said = (
                    told(answer) if role != "owner" else text_of(answer)[:0]
                )  # one's own name stands over every page
            if door.library:
                fault = said or ("fails" if answer.status_code >= 500 else "")
            elif let_in is None:
                fault = said or (
                    "" if answer.status_code == 405 or turned_away(answer, role) else "not served, and yet"
                )
            elif role in let_in:
                fault = "" if door.unready and answer.status_code == 503 else _let_in(answer, method)
            else:
                fault = said or ("" if turned_away(answer, role) else "is let in")
            if fault:
                wrong.append(
                    f"{role} {method}: {fault} ({answer.status_code} {answer.headers.get('Location', '')})"
                )
    assert not wrong, "\n".join([route, *wrong])


def in_turn_at(route: str) -> list[str]:
    """Two of the roles that do not read at every door; the next door has the next two."""
    others, at = sorted(EVERYBODY.difference(FEW)), 2 * list(DOORS).index(route)
    return [others[(at + n) % len(others)] for n in range(2)]


def asked(scene: Scene, role: str, method: str, route: str, door: Door) -> HttpResponseBase:
    """The answer of one door to one role."""
    url = door.address.format(number=scene.number, invitation=scene.invitation) or "/" + re.sub(
        r"<(?:\w+:)?(\w+)>", lambda found: str(getattr(scene, door.args[found[1]])), route
    )
    client = scene.client(role, Lean)
    if method == "GET":
        return client.get(url)
    body = getattr(scene, door.body)() if isinstance(door.body, str) else dict(door.body)
    if door.json:
        return client.post(url, body, content_type="application/json", headers=dict(door.headers))
    return client.post(url, body, headers=dict(door.headers))


def _let_in(answer: HttpResponseBase, method: str) -> str:
    if answer.status_code >= 500:
        return "fails"
    if to_login(answer) or answer.status_code in {401, 403, 404, 405}:
        return "is turned away"
    if method == "GET" and answer.status_code not in {200, 302}:
        return "gets an odd answer"
    return ""
