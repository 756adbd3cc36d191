"""Pages are given out from the shelf while their stamp holds, to nobody in particular, and never for longer than a second."""

import pytest
from django.db import DatabaseError
from django.test import RequestFactory, override_settings

from tongban.project.shelf import Page, Shelf, key_of, page_from
from tongban.registry.kept import MARK, may_be_kept

FIRST = {"day": "2026-03-02", "catalogue": "a"}
NOW, LATER = {**FIRST, "minute": "10:01"}, {**FIRST, "catalogue": "b", "minute": "10:01"}
HEADERS = [("Content-Type", "text/html"), ("Content-Length", "4")]


class World:
    """A clock and a database that say what the test wants."""

    def __init__(self) -> None:
        self.now, self.stamp, self.asked = 100.0, NOW, 0

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
    world.stamp = LATER
    world.now += 1.0
    assert given(shelf, environ()) is None


def test_a_page_outlives_what_it_does_not_show(shelf, world):
    world.stamp, world.now = {**NOW, "minute": "10:02", "guides": "c"}, world.now + 1
    assert given(shelf, environ())
    shelf.keep(key_of(environ("/")), Page({**FIRST, "minute": "10:02"}, "", [], '"y"', b"figures"))
    assert given(shelf, environ("/"))
    world.stamp, world.now = {**NOW, "minute": "10:03"}, world.now + 1
    assert given(shelf, environ("/")) is None
    assert given(shelf, environ())


def test_the_database_is_asked_twice_a_second_at_most(shelf, world):
    for n in range(30):
        world.now = 100 + n / 10
        assert given(shelf, environ())
    assert world.asked <= 6


def test_nothing_is_given_while_the_database_does_not_answer(shelf, world):
    assert given(shelf, environ())
    world.stamp, world.now = DatabaseError(), world.now + 1
    assert given(shelf, environ()) is None
    world.stamp, world.now = NOW, world.now + 1
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


def kept(shelf: Shelf, path: str, body: bytes = b"x", headers=(), **more: str) -> None:
    shelf.keep(key_of(environ(path, **more)), Page(FIRST, "", list(headers), "", body))


@pytest.fixture
def small(monkeypatch, world):
    """A shelf for two pages of a thousand bytes."""
    monkeypatch.setattr("tongban.project.shelf.MOST_BYTES", 2500)
    monkeypatch.setattr("tongban.project.shelf._OBJECTS", 0)
    return Shelf(lambda: world.now, world.ask)


def there(shelf: Shelf, *paths: str) -> list[bool]:
    return [given(shelf, environ(path)) is not None for path in paths]


def test_the_pages_not_asked_for_longest_make_room(small):
    for path in ("/0", "/1"):
        kept(small, path, b"x" * 1000)
    assert given(small, environ("/0"))
    kept(small, "/2", b"x" * 1000)
    assert there(small, "/0", "/1", "/2") == [True, False, True]


def test_keys_and_headers_take_room_too(small):
    kept(small, "/", QUERY_STRING="q" * 900)
    kept(small, "/b", headers=[("Link", "h" * 900)])
    kept(small, "/c", QUERY_STRING="q" * 900)
    assert given(small, environ("/", QUERY_STRING="q" * 900)) is None
    assert given(small, environ("/b"))


def test_there_are_never_more_pages_than_may_be_and_none_under_a_monstrous_key(monkeypatch, world):
    monkeypatch.setattr("tongban.project.shelf.MOST_PAGES", 3)
    shelf = Shelf(lambda: world.now, world.ask)
    for n in range(5):
        kept(shelf, f"/{n}")
    assert there(shelf, *(f"/{n}" for n in range(5))) == [False, False, True, True, True]
    kept(shelf, "/3", HTTP_HOST="h" * 8000)
    assert there(shelf, "/2", "/3", "/4") == [True, True, True]


def test_cookies_that_mean_nothing_make_no_other_page():
    plain = key_of(environ())
    for cookie in ("django_language=" + "x" * 8000, "django_language=zh-hans", "tb_elder=0", "tb_elder=2"):
        assert key_of(environ(cookie=cookie)) == plain
    assert key_of(environ(cookie="django_language=en")) != plain


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", True), ("theme=06", True), ("theme=06&page=2", True), ("x=1", False), ("theme=06&x=1", False), ("page=1&page=2", False),
        ("&&&", False), ("%70age=1", False), ("page=" + "1" * 200, False), ("q=%E6%B0%B4", False),
    ],
)  # fmt: skip
def test_only_what_our_own_links_ask_for_is_kept(query, wanted):
    request = RequestFactory().get("/open/", QUERY_STRING=query)
    assert may_be_kept(request, frozenset({"theme", "page"})) is wanted
