"""Pages are given out from the shelf while their stamp holds, to nobody in particular, and never for longer than a second."""

from datetime import date

import pytest
from django.db import DatabaseError
from django.test import override_settings

from tongban.project.shelf import Page, Shelf, key_of, page_from
from tongban.registry.kept import MARK

FIRST, SECOND = (date(2026, 3, 2), "a", "t"), (date(2026, 3, 2), "b", "t")
HEADERS = [("Content-Type", "text/html"), ("Content-Length", "4")]


class World:
    """A clock and a database that say what the test wants."""

    def __init__(self) -> None:
        self.now, self.stamp, self.asked = 100.0, FIRST, 0

    def ask(self):
        self.asked += 1
        if isinstance(self.stamp, Exception):
            raise self.stamp
        return self.stamp


def environ(path: str = "/open/", cookie: str = "", **more: str) -> dict[str, str]:
    said = {"HTTP_COOKIE": cookie} if cookie else {}
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "HTTP_HOST": "a.example",
        "wsgi.url_scheme": "http",
        **said,
        **more,
    }


@pytest.fixture
def world():
    return World()


@pytest.fixture
def shelf(world):
    found = Shelf(lambda: world.now, world.ask)
    found.keep(key_of(environ()), Page(FIRST, "open/", [*HEADERS, ("ETag", '"x"')], '"x"', b"page"))
    return found


def given(shelf: Shelf, request: dict[str, str]):
    told: list = []
    body = shelf.answer(
        key_of(request), request, lambda status, headers: told.extend([status, dict(headers)])
    )
    return None if body is None else (*told, b"".join(body))


def test_a_page_is_given_with_an_id_of_its_own(shelf):
    status, headers, body = given(shelf, environ())
    assert (status, body, headers["Content-Type"]) == ("200 OK", b"page", "text/html")
    assert len(headers["X-Request-ID"]) == 32
    assert given(shelf, environ())[1]["X-Request-ID"] != headers["X-Request-ID"]
    assert given(shelf, environ(HTTP_X_REQUEST_ID="from-the-front"))[1]["X-Request-ID"] == "from-the-front"
    assert given(shelf, environ("/open/?theme=06")) is None


def test_who_has_the_page_already_is_told_so(shelf):
    status, headers, body = given(shelf, environ(HTTP_IF_NONE_MATCH='"x"'))
    assert (status, body) == ("304 Not Modified", b"")
    assert "Content-Length" not in headers


def test_what_has_changed_is_not_given_a_second_later(shelf, world):
    assert given(shelf, environ())
    world.stamp = SECOND
    world.now += 1.0
    assert given(shelf, environ()) is None


def test_the_database_is_asked_twice_a_second_at_most(shelf, world):
    for n in range(30):
        world.now = 100 + n / 10
        assert given(shelf, environ())
    assert world.asked <= 6


def test_nothing_is_given_while_the_database_does_not_answer(shelf, world):
    assert given(shelf, environ())
    world.stamp, world.now = DatabaseError(), world.now + 1
    assert given(shelf, environ()) is None
    world.stamp, world.now = FIRST, world.now + 1
    assert given(shelf, environ()) is None  # it was thrown away, and is made anew


@override_settings(SESSION_COOKIE_NAME="tb_session", LANGUAGE_COOKIE_NAME="lang")
def test_a_session_a_message_and_other_methods_have_no_key_and_what_changes_the_page_is_in_it():
    assert key_of(environ(cookie="tb_session=abc")) is None
    assert key_of(environ(cookie="messages=abc")) is None
    assert key_of({**environ(), "REQUEST_METHOD": "POST"}) is None
    assert key_of(environ(cookie="tb_csrf=abc")) == key_of(environ())
    keys = [
        environ(), environ(QUERY_STRING="page=1"), environ(cookie="lang=en"), environ(cookie="tb_elder=1"), environ(HTTP_HOST="b.example"),
        environ(**{"wsgi.url_scheme": "https"}), environ(HTTP_X_FORWARDED_PROTO="https"), environ("/open/data/"),
    ]  # fmt: skip
    assert len({key_of(e) for e in keys}) == len(keys)


def test_only_marked_answers_without_cookies_are_kept():
    class Answer:
        content = b"page"

    marked = {MARK: (FIRST, "open/")}
    page = page_from(marked, Answer(), [*HEADERS, ("X-Request-ID", "one")])
    assert page is not None
    assert "X-Request-ID" not in dict(page.headers)
    assert page_from({}, Answer(), HEADERS) is None
    assert page_from(marked, Answer(), [*HEADERS, ("Set-Cookie", "a=b")]) is None


def test_the_oldest_pages_make_room(monkeypatch, world):
    monkeypatch.setattr("tongban.project.shelf.MOST_BYTES", 100)
    shelf = Shelf(lambda: world.now, world.ask)
    for n in range(5):
        shelf.keep(key_of(environ(f"/{n}")), Page(FIRST, "", [], "", b"x" * 40))
    assert [given(shelf, environ(f"/{n}")) is not None for n in range(5)] == [False, False, False, True, True]
