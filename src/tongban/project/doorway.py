"""How a request comes in from the server, before any middleware.

Django applies the charset a client declares while it makes the request, and some names that Python knows as codecs are
not of text (`hex`, `zip`), or are no names at all: making the request fails and the server answers 500 without a word.
Here the declaration is only read; `StorableText` refuses the request in words.
"""

import codecs
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

from tongban.base.processes import deep
from tongban.project.shelf import Shelf, key_of, page_from


class Request(WSGIRequest):
    """A request whose text is always read as UTF-8. `strange_charset`: it declared another that Python knows."""

    strange_charset = False

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):  # name*=charset''text, in a charset that is none
            self.content_type, self.content_params, self.strange_charset = "", {}, True
        declared = self.content_params.get("charset")
        if declared is not None:
            self.strange_charset = not is_utf8(declared)


class Application(WSGIHandler):
    """The WSGI application: public pages from the shelf, everything else from Django."""

    request_class = Request

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()

    def __call__(  # type: ignore[override]  # an answer of the server's protocol, which a response of Django's is one of
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        key = key_of(environ)
        if key is None:
            return self._by_django(environ, start_response)
        kept = self.shelf.answer(key, environ, start_response)
        if kept is not None:
            return kept
        headers: list[tuple[str, str]] = []

        def started(status: str, told: list[tuple[str, str]], *more: Any) -> Any:
            headers.extend(told)
            return start_response(status, told, *more)

        response = self._by_django(environ, started)
        if (page := page_from(environ, response, headers)) is not None:
            self.shelf.keep(key, page)
        return response

    def _by_django(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return deep(partial(super().__call__, environ, start_response))


def is_utf8(charset: str) -> bool:
    """Whether a declared charset means UTF-8; names nobody knows are taken for it, as browsers do."""
    try:
        return codecs.lookup(charset).name == "utf-8"
    except LookupError:
        return True
    except (ValueError, UnicodeError):  # U+0000 within the name
        return False
