"""The application as a server asks it, with what stands before it (`project.shelf`) and a clock that stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from tongban.project import shelf
from tongban.project.doorway import Application
from tongban.registry.kept import state


@contextmanager
def front() -> Iterator["Front"]:
    """A front; between requests the connection stays open: it is in the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield Front()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


class Front:
    """Asks the application as a server does; its clock stands until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0
        self.application = Application()
        self.application.shelf = shelf.Shelf(lambda: self.now, state)
        self.made = 0

    def get(self, path: str, cookie: str = "", tag: str = "") -> tuple[str, str, dict[str, str]]:
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "HTTP_HOST": "testserver", "SERVER_NAME": "testserver",
            "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(), "SCRIPT_NAME": "", "HTTP_COOKIE": cookie,
        }  # fmt: skip
        if tag:
            environ["HTTP_IF_NONE_MATCH"] = tag
        told: list = []
        answer = self.application(environ, lambda status, headers, *_: told.extend([status, dict(headers)]))
        self.made += not isinstance(answer, list)
        return told[0], b"".join(answer).decode(), told[1]
