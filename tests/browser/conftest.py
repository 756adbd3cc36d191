"""A real Chromium, Debian's, that talks to this machine only, and axe-core to ask what it cannot reach."""

import contextlib
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections
from django.test.testcases import LiveServerThread

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOK = Path(__file__).with_name("look.js")


@pytest.fixture
def page(chromium):
    """A fresh window of 1440 px, in Chinese; a script error, a refused resource or a request to elsewhere fails it."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900})
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None
    )
    page.on("request", lambda asked: faults.append(asked.url) if _elsewhere(asked.url) else None)
    yield page
    context.close()
    assert not faults


@pytest.fixture
def plain_page(chromium):
    """The same window where JavaScript is off."""
    context = chromium.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, java_script_enabled=False
    )
    yield context.new_page()
    context.close()


class _OneAtATime(ThreadedWSGIServer):
    """The test and the server share one connection, so requests take turns on it; nothing stays open afterwards."""

    daemon_threads = False  # server_close waits for them

    def __init__(self, *args, **kwargs):
        self._open = set()
        super().__init__(*args, **kwargs)

    def process_request(self, request, client_address):
        self._open.add(request)
        super().process_request(request, client_address)

    def _close_connections(self):
        """The connection is the test's, and in the middle of its transaction."""

    def shutdown_request(self, request):
        self._open.discard(request)
        super().shutdown_request(request)

    def serve_forever(self, *args, **kwargs):
        try:
            super().serve_forever(poll_interval=0.02)  # how long the end of each test waits for it
        finally:
            # Else this thread would close, with the connection, the transaction the test still stands in.
            with contextlib.suppress(AttributeError):
                del connections["default"]

    def server_close(self):
        for request in list(self._open):  # what the browser keeps for later
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)
        super().server_close()

    def set_app(self, application):
        turn = threading.Lock()

        def answer(environ, start_response):
            with turn:
                response = application(environ, start_response)
                try:
                    return [b"".join(response)]
                finally:
                    getattr(response, "close", lambda: None)()

        super().set_app(answer)


class _StaticFiles(StaticFilesHandler):
    """As the web server sends them: with leave to keep them. A window fetches each once, not with every page."""

    def serve(self, request):
        answer = super().serve(request)
        answer.headers["Cache-Control"] = "max-age=3600"
        return answer


class _ServerThread(LiveServerThread):
    server_class = _OneAtATime


@pytest.fixture
def served(db):
    """The address of the whole site, on the test's own transaction: what the test made is there, nothing stays.

    Not pytest-django's `live_server`, which empties all tables afterwards: the ledger's triggers refuse that.
    """
    connection = connections["default"]
    connection.inc_thread_sharing()
    for signal in (request_started, request_finished):  # they would drop a connection inside a transaction
        signal.disconnect(close_old_connections)
    thread = _ServerThread("127.0.0.1", _StaticFiles, connections_override={"default": connection})
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    try:
        assert thread.error is None, thread.error
        yield f"http://127.0.0.1:{thread.port}"
    finally:
        thread.terminate()
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

    def find(page, *, again=False):
        if not page.evaluate(
            "() => 'tbLook' in window"
        ):  # once a page: reading it in costs as much as a look
            assert not again, "first the whole page"
            page.evaluate(source)  # not add_script_tag: the content policy refuses inline scripts, rightly
        page.evaluate(
            "() => scrollTo(0, 0)"
        )  # what lies half under a bar that stays in place is no smaller for it
        if again:
            found, seen = page.evaluate("([rules, clean]) => tbLookAgain(rules, clean)", [RULES, [*clean]])
            if not found:
                clean.update(seen)
        else:
            found = page.evaluate("rules => tbLook(rules)", RULES)
        return [f"{v['id']}: {len(v['nodes'])} × {v['nodes'][0]['html'][:120]}" for v in found]

    return find


def _elsewhere(url):
    return urlsplit(url).scheme in {"http", "https", "ws", "wss"} and urlsplit(url).hostname not in {
        "localhost",
        "127.0.0.1",
    }
