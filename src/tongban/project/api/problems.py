"""How the API says no: one shape for every refusal, with the engine's own codes (docs/reference/api.md)."""

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, RawPostDataException
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from tongban.base.calendar import BeyondHorizon
from tongban.engine.errors import Refused

log = structlog.get_logger("tongban.api")

#: The status of an engine's refusal where it is not 422.
STATUS: Mapping[str, int] = {
    "not_found": 404, "not_permitted": 403, "stale": 409, "command_reused": 409, "busy": 423,
    "signature_missing": 401, "signature_invalid": 401, "signature_stale": 401, "replayed": 409,
}  # fmt: skip
BUSY_FOR = 3  # seconds until it is worth asking again
#: What an operation may answer instead of its result, for its description.
LATER = frozenset({423, 429, 503})  # what Retry-After comes with
READING = frozenset({400, 401, 403, 404, 409, 422, 429, 503})
WRITING = READING | {413, 423}


class InsteadOut(Schema):
    """A command that would be allowed now."""

    type: str
    label: str


class ProblemOut(Schema):
    """A refusal. `code` is stable; `message` is for the person; nothing was changed."""

    code: str
    message: str
    instead: list[InsteadOut] = []
    detail: dict[str, Any] = {}


class Problem(Exception):
    """A refusal of the API itself."""

    def __init__(
        self, status: int, code: str, message: str, detail: Mapping[str, Any] | None = None, wait: int = 0
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message, self.detail, self.wait = (
            status, code, message, dict(detail or {}), wait,
        )  # fmt: skip


def not_found() -> Problem:
    """No such case, or none that the account may see; which of the two is not told."""
    return Problem(404, "not_found", "没有这个办件，或者您无权查看。")


def tell_problems(api: NinjaAPI) -> None:
    """Have every exception that means a refusal answered in the one shape; anything else stays a fault (500)."""

    def answer(request: HttpRequest, exc: Any) -> HttpResponse:
        problem = next(_as_problem[kind](exc) for kind in type(exc).__mro__ if kind in _as_problem)
        told = ProblemOut(
            code=problem.code,
            message=problem.message,
            instead=[InsteadOut(type=i.type, label=i.label) for i in getattr(exc, "instead", ())],
            detail=problem.detail,
        )
        response = api.create_response(request, told.model_dump(), status=problem.status)
        if problem.wait:
            response["Retry-After"] = str(problem.wait)
        if problem.status == 401:
            response["WWW-Authenticate"] = "Bearer"
        return response

    for kind in _as_problem:
        api.add_exception_handler(kind, answer)


def tell_when_to_come_back(responses: dict[int, Any]) -> None:
    """Add Retry-After to the descriptions of the answers that carry it: busy, too many requests, unavailable."""
    for status, answer in responses.items():
        if int(status) in LATER:
            answer["headers"] = {
                "Retry-After": {
                    "description": "多少秒后再试",
                    "required": True,
                    "schema": {"type": "integer", "minimum": 1},
                }
            }


def _refused(exc: Refused) -> Problem:
    status = STATUS.get(exc.code, 422)
    return Problem(status, exc.code, exc.message, exc.detail, BUSY_FOR if status == 423 else 0)


def _invalid(exc: ValidationError) -> Problem:
    fields = [{"field": ".".join(map(str, e["loc"])), "why": str(e["msg"])} for e in exc.errors]
    return Problem(422, "request_invalid", "请求的格式不对。", {"fields": fields})


def _away(exc: Exception) -> Problem:
    log.warning("database_away", error=type(exc).__name__, exc_info=exc)
    message = "数据库暂时不可用，请用同一个操作编号重试；不会重复办理。"
    return Problem(503, "unavailable", message, wait=BUSY_FOR)


_as_problem: dict[type[Exception], Callable[[Any], Problem]] = {
    Problem: lambda exc: exc,
    Refused: _refused,
    ValidationError: _invalid,
    AuthenticationError: lambda _: Problem(401, "not_signed_in", "请登录，或出示有效的访问令牌。"),
    HttpError: lambda exc: Problem(exc.status_code, "request_unreadable", "请求体不是有效的 JSON。"),
    # a form: its bytes are gone by the time somebody would look at them
    RawPostDataException: lambda _: Problem(400, "request_unreadable", "请求体不是有效的 JSON。"),
    RequestDataTooBig: lambda _: Problem(413, "request_too_large", "请求体过大。"),
    Http404: lambda _: Problem(404, "not_found", "没有这个地址。"),
    BeyondHorizon: lambda _: Problem(422, "beyond_horizon", "日期超出了工作日历，算不出期限。"),
    OperationalError: _away,
    InterfaceError: _away,
    psycopg.OperationalError: _away,  # the store speaks to the driver itself
    psycopg.InterfaceError: _away,
}
