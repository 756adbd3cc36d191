"""Public pages that are the same for everybody who has not signed in: a short life, and an ETag to ask again by."""

from collections.abc import Callable
from functools import wraps
from hashlib import blake2b
from typing import Concatenate, ParamSpec

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import get_language

from tongban.base.ui.site import ELDER_COOKIE
from tongban.faces.visitor import account_of
from tongban.registry.queries import guides_token

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
SECONDS = 60  # figures on the front page are at most this old


def cached_public(view: View[P]) -> View[P]:
    """Keep the page for a minute for visitors who are not signed in, and answer 304 where nothing changed.

    The tag follows the guides, the language, elder mode and the minute. Signed-in people and pages with a message to
    show get their own, which nobody keeps.
    """

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if (
            request.method not in ("GET", "HEAD")
            or account_of(request) is not None
            or "messages" in request.COOKIES
        ):
            response = view(request, *args, **kwargs)
            response["Cache-Control"] = "private, no-store"
            return response
        tag = _tag(request)
        unchanged = get_conditional_response(request, etag=tag)
        if unchanged is not None:
            return _dressed(unchanged, tag)
        local = caches["local"]
        kept = local.get(tag)
        if kept is None:
            response = view(request, *args, **kwargs)
            if response.status_code == 200 and not response.streaming and not response.cookies:
                local.set(tag, (bytes(response.content), response.headers["Content-Type"]), SECONDS)
                return _dressed(response, tag)
            return response
        body, media_type = kept
        return _dressed(HttpResponse(body, content_type=media_type), tag)

    return answer


def _tag(request: HttpRequest) -> str:
    minute = int(timezone.now().timestamp()) // SECONDS
    elder = request.COOKIES.get(ELDER_COOKIE) == "1"
    said = (
        f"{guides_token()}|{request.get_host()}|{request.get_full_path()}|{get_language()}|{elder}|{minute}"
    )
    return f'"{blake2b(said.encode(), digest_size=16).hexdigest()}"'


def _dressed(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = f"public, max-age={SECONDS}"
    patch_vary_headers(response, ("Cookie",))
    return response
