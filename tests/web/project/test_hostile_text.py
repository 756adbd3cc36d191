"""Whatever text a stranger sends, and wherever: an answer, never a fault of ours (5xx)."""

import json
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client, RequestFactory

from tests.web.doors import COMMAND, DOORS, Door
from tests.web.scene import Lean, Scene, text_of, undone
from tongban.project.doorway import Application

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_stays")]

HUGE = "9" * 40
LONG = "长" + "a" * 10_000  # to write so many others as %XX would take longer than to answer
HOSTILE = {"nul": "a%00b", "surrogate": "%ED%A0%80", "huge": HUGE, "endless digits": "9" * 5000,
           "long": quote(LONG), "no utf-8": "-1%FF%FE"}  # fmt: skip
AT_THE_DOOR = ("nul", "surrogate", "no utf-8")  # nobody's session is asked for
ASKED = (
    "q", "number", "page", "after", "before", "from", "to", "next", "back", "org", "unit", "kind", "matter", "phase",
    "limit", "parent", "period", "show", "what", "step", "task", "tasks", "secret", "holder", "name", "reason", "by",
    "level", "rule", "status", "sort", "who", "version", "more", "at", "theme", "area", "type", "code", "id",
)  # fmt: skip
FIELDS = (
    *ASKED, "deed", "command_id", "bulk", "account", "asked", "notice", "login", "password", "username", "password1",
    "password2", "phone", "id_number", "display_name", "begins", "basis", "enabled", "opinion", "items", "text",
    "outcome", "words", "days", "shop", "address", "csrfmiddlewaretoken", "certificate", "occurred_at",
)  # fmt: skip


def texts(route: str) -> dict[str, str]:
    """What a route is tried with. Those stopped at the door are stopped by one piece of code, so routes take turns with them."""
    turn = AT_THE_DOOR[list(DOORS).index(route) % len(AT_THE_DOOR)]
    return {name: text for name, text in HOSTILE.items() if name == turn or name not in AT_THE_DOOR}


def places(scene: Scene, route: str, door: Door, hostile: str) -> Iterator[str]:
    """The address as it should be, and with each of its parts made hostile."""
    if door.address:
        yield door.address.format(number=scene.number, invitation=scene.invitation)
        return
    good = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda f: str(getattr(scene, door.args[f[1]])), route)
    yield good
    for part in re.findall(r"<(?:\w+:)?\w+>", route):
        kept = re.sub(
            r"<(?:\w+:)?(\w+)>",
            lambda f, part=part: hostile if f[0] == part else str(getattr(scene, door.args[f[1]])),
            route,
        )
        yield "/" + kept


@pytest.mark.parametrize("route", DOORS, ids=lambda r: r or "home")
def test_no_hostile_text_in_address_or_query_is_a_fault(scene: Scene, route: str) -> None:
    wrong, door = [], DOORS[route]
    for name, hostile in texts(route).items():
        query = "&".join(f"{field}={hostile if len(hostile) < 100 else hostile[:900]}" for field in ASKED)
        for place in places(scene, route, door, hostile):
            for role in _roles(door.get, name):
                wrong += _fault(scene, role, "GET", f"{place}?{query}", name, door)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "route", [r for r, d in DOORS.items() if d.post is not None or d.library], ids=lambda r: r or "home"
)
def test_no_hostile_text_in_a_form_is_a_fault(scene: Scene, route: str) -> None:
    wrong, door = [], DOORS[route]
    for name, hostile in texts(route).items():
        place = next(places(scene, route, door, hostile))
        for role in _roles(door.post, name):
            wrong += _fault(scene, role, "POST", place, name, door, hostile)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "value", ["\0", "a\0", "\ud800", HUGE, int(HUGE), 2**64, LONG, {"a": {"b": "\0"}}, [2**70]]
)
def test_no_hostile_value_in_json_is_a_fault(scene: Scene, value: object) -> None:
    for role in ("owner", "clerk"):
        for place in ("/api/v1/cases", f"/api/v1/cases/{scene.number}/commands"):
            for name in (
                "type",
                "offering",
                "data",
                "form",
                "reason",
                "materials",
                "applicant",
                "occurred_at",
                "kind",
            ):
                inside = {"note": value, "materials": value, "task": value, "items": value, "account": value}
                for said in (value, inside):
                    whole = {"type": "accept", "offering": "P-1", "data": {}, name: said}
                    with undone():
                        answer = scene.client(role, Lean).post(
                            place, json.dumps(whole), content_type="application/json", headers=dict(COMMAND)
                        )
                    assert answer.status_code < 500, (role, place, name, answer.content[:300])


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "idna", "utf-16"])
def test_a_charset_other_than_utf_8_is_refused(client: Client, charset: str) -> None:
    answer = client.get("/guides/?q=+2AA-", headers={"Content-Type": f"text/plain; charset={charset}"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "declared",
    [
        "hex",
        "zip",
        "base64",
        "rot13",
        "utf-7",
        "idna",
        "a\0b",
        "undefined",
        "mbcs-\xff",
        "*=x''y",
        "*=hex''%41",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_declared_charset_is_a_fault_of_the_server(db: None, declared: str, method: str) -> None:
    answer = at_the_door(method, f"text/plain; charset={declared}".replace("=*", "*"))
    assert not answer.startswith("5")
    if declared in ("hex", "zip", "utf-7", "idna", "a\0b"):
        assert answer == "400 Bad Request"


@pytest.mark.parametrize("declared", ["utf-8", "UTF8", '"utf-8"', "no-such-charset"])
def test_utf_8_by_any_of_its_names_passes(db: None, declared: str) -> None:
    assert at_the_door("GET", f"text/plain; charset={declared}") == "200 OK"


def at_the_door(method: str, content_type: str) -> str:
    """The status line of the application itself, as the server calls it."""
    said: list[str] = []
    for signal in (request_started, request_finished):  # the test's connection stays
        signal.disconnect(close_old_connections)
    asked = {**RequestFactory().generic(method, "/about/").environ, "CONTENT_TYPE": content_type}
    try:
        answer = Application()(asked, lambda status, _headers: said.append(status))
        list(answer)
        answer.close()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return said[0]


@pytest.mark.parametrize("cookie", ["tb_session", "tb_csrf", "tb_elder", "django_language", "messages"])
def test_a_cookie_may_not_smuggle_what_cannot_be_kept(client: Client, cookie: str) -> None:
    answer = client.get("/guides/", headers={"Cookie": f'{cookie}="abcdefghij\\000klmnopqrstuvwxyzabcdef"'})
    assert answer.status_code == 400


def test_the_refusal_says_what_to_do_and_under_which_number_it_is_known(client: Client) -> None:
    answer = client.get("/track/?number=%00", headers={"X-Request-ID": "front-12345678"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "什么也没有改动" in page
    assert "front-12345678" in page


def test_programs_are_refused_in_their_own_shape(client: Client) -> None:
    answer = client.get("/api/v1/cases?q=%00")
    assert (answer.status_code, answer.json()["code"]) == (400, "not_storable")


def test_a_sound_form_passes(client: Client, db: None) -> None:
    answer = client.post("/check/", {"number": "〇一", "holder": "𠮷野家"})
    assert answer.status_code == 200


def _roles(let_in: frozenset[str] | None, name: str) -> list[str]:
    """Nobody signed in where it is stopped at the door, else who gets furthest: residents and staff in turn."""
    if name in AT_THE_DOOR or not let_in:
        return ["anonymous"]
    residents, staff = (
        [r for r in ("owner", "anonymous") if r in let_in],
        [r for r in ("monitor", "clerk") if r in let_in],
    )
    both = residents[:1] + staff[:1] or sorted(let_in)[:1]
    return both[-1:] if name == "endless digits" else both[:1] if name == "long" else both


def _fault(
    scene: Scene, role: str, method: str, place: str, name: str, door: Door, hostile: str = ""
) -> list[str]:
    client = scene.client(role, Lean)
    try:
        with undone():
            if method == "GET":
                answer = client.get(place)
            else:
                body = "&".join(f"{field}={hostile}" for field in FIELDS)
                answer = client.post(
                    place, body, content_type="application/x-www-form-urlencoded", headers=dict(door.headers)
                )
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is the fault looked for
        return [f"{role} {method} {place[:80]} ({name}): {type(error).__name__}: {str(error)[:120]}"]
    text_of(answer)  # to its end, so that a file is closed
    fails = answer.status_code >= 500 and not door.unready
    return [f"{role} {method} {place[:80]} ({name}): {answer.status_code}"] if fails else []


@pytest.mark.parametrize("path", ["/check/file/", "/api/v1/cases"])
def test_a_body_larger_than_any_form_is_not_taken_in(path: str) -> None:
    """Said by its length alone: nothing of it is read."""
    made = Client().generic(
        "POST", path, b"--x", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(2**40)
    )
    assert made.status_code == 413
