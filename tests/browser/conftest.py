"""A real Chromium, Debian's, that talks to this machine only, and axe-core to ask what it cannot reach."""

import contextlib
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test import Client
from django.test.testcases import LiveServerThread

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = Path(__file__).with_name("look.js")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def profile(chromium):
    """One person's browser for the whole session: what it fetched once it keeps, and its process stays warm.

    Tests take turns at it, each in a tab of its own; who was signed in is forgotten between them.
    """
    context = chromium.new_context(locale="zh-CN", viewport=DESK)
    context.new_page()  # stays open, and the process with it
    yield context
    context.close()


@pytest.fixture(scope="session")
def plain_profile(chromium):
    """The same on a phone where JavaScript is off."""
    context = chromium.new_context(locale="zh-CN", viewport=PHONE, java_script_enabled=False)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def page(profile):
    """A fresh tab of 1440 px, in Chinese; a script error, a refused resource or a request to elsewhere fails it."""
    page = profile.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None
    )
    page.on("request", lambda asked: faults.append(asked.url) if _elsewhere(asked.url) else None)
    yield page
    _leave(page)
    assert not faults


@pytest.fixture
def plain_page(plain_profile):
    """A fresh tab of 390 px where JavaScript is off."""
    page = plain_profile.new_page()
    yield page
    _leave(page)


@pytest.fixture
def sign_in(served):
    """`sign_in(page, account)`: the browser is theirs from now on. For tests that show something else than signing in."""

    def to(page, account):
        client = Client()
        client.force_login(account, "django.contrib.auth.backends.ModelBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.clear_cookies()
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": served}])

    return to


@pytest.fixture
def resize(page):
    """`resize(width, height)`: what the page has for itself from now on; the window around it stays, which is dearer to move."""
    screen = page.context.new_cdp_session(page)

    def to(width, height):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        screen.send("Emulation.setDeviceMetricsOverride", size)
        assert page.evaluate("[innerWidth, innerHeight]") == [width, height]

    return to


class _OneAtATime(ThreadedWSGIServer):
    """The test and the server share one connection, so requests take turns on it; nothing stays open afterwards."""

    daemon_threads = False  # server_close waits for them

    def __init__(self, *args, **kwargs):
        self._open, self._turn, self._connection = set(), threading.Lock(), None
        super().__init__(*args, **kwargs)

    @contextlib.contextmanager
    def on(self, connection):
        """Answer from this connection. Whoever asks later, as a page that asks on its own, is told to come again."""
        self._connection = connection
        try:
            yield
        finally:
            with self._turn:
                self._connection = None

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def _close_connections(self):
        """The connection is the test's, and in the middle of its transaction."""

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self):
        for request in list(self._open):  # what the browser keeps for later
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def set_app(self, application):
        def answer(environ, start_response):
            with self._turn:
                if self._connection is None:
                    start_response("503 Service Unavailable", [("Content-Length", "0")])
                    return []
                connections["default"] = self._connection
                response = application(environ, start_response)
                try:
                    return [b"".join(response)]
                finally:
                    getattr(response, "close", lambda: None)()
                    del connections["default"]  # else it would be closed with this thread

        super().set_app(answer)


class _StaticFiles(StaticFilesHandler):
    """As the web server sends them: with leave to keep them. A window fetches each once, not with every page."""

    def serve(self, request):
        answer = super().serve(request)
        answer.headers["Cache-Control"] = "max-age=3600"
        return answer


class _ServerThread(LiveServerThread):
    server_class = _OneAtATime


@pytest.fixture(scope="session")
def server():
    """The whole site at one address for the session, so that the browser knows again what it fetched before."""
    thread = _ServerThread("127.0.0.1", _StaticFiles)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    assert thread.error is None, thread.error
    yield thread
    thread.terminate()


@pytest.fixture
def served(server, db):
    """The address of the whole site, on the test's own transaction: what the test made is there, nothing stays.

    Not pytest-django's `live_server`, which empties all tables afterwards: the ledger's triggers refuse that.
    """
    connection = connections["default"]
    connection.inc_thread_sharing()
    for signal in (request_started, request_finished):  # they would drop a connection inside a transaction
        signal.disconnect(close_old_connections)
    try:
        with server.httpd.on(connection):
            yield f"http://127.0.0.1:{server.port}"
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
        connection.dec_thread_sharing()


@pytest.fixture(scope="session")
def axe_findings():
    """`axe_findings(page)`: what axe-core finds on the page now, one line a rule; empty is the aim.

    `axe_findings(page, again=True)`: the same page at another width, as far as the answer may be another. See `look.js`.
    """
    assert AXE.exists(), "axe-core is not installed: npm ci"
    source = AXE.read_text(encoding="utf-8") + LOOK.read_text(encoding="utf-8")
    clean = set()  # parts of a page that only some width shows, as the folded menu, and that were looked at
    places = set()  # where contrast was measured

    def find(page, *, again=False):
        look, known = ("tbLookAgain", clean) if again else ("tbLook", places)
        # what lies half under a bar that stays in place is no smaller for it
        ask = f"([rules, known]) => window.{look} && (scrollTo(0, 0), {look}(rules, known))"
        told = page.evaluate(ask, [RULES, ",".join(known)])
        if told is None:
            assert not again, "first the whole page"
            page.evaluate(source)  # not add_script_tag: the content policy refuses inline scripts, rightly
            page.add_init_script(source)  # in the next documents of this tab it is there from the start
            told = page.evaluate(ask, [RULES, ",".join(known)])
        if again and not told["found"]:
            clean.update(told["parts"].split(","))
        places.update(told["places"].split(","))
        found = told["found"]
        return [f"{v['id']}: {len(v['nodes'])} × {v['nodes'][0]['html'][:120]}" for v in found]

    return find


def _leave(page):
    """Close the tab, and let its browser forget whose it was."""
    page.close()
    page.context.clear_cookies()


def _elsewhere(url):
    return urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).hostname not in {
        "localhost",
        "127.0.0.1",
    }
