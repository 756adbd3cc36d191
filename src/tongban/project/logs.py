"""How the program speaks to operators: one event a line, JSON where a machine reads it, with the request's id.

No personal data, no query strings, no paths (a path may hold a case's secret): a request is named by its route. What
PostgreSQL adds to an error as DETAIL holds row values and is cut off.
"""

import logging
import logging.config
import re
import secrets
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from tongban.project import environment

_ROW_VALUES = re.compile(r"^(DETAIL|CONTEXT|QUERY|LINE \d+): .*\n?(\s+\^\n?)?", re.MULTILINE)
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_UNKNOWN_PATH = re.compile(r"Resolver404: \{.*\}")


def request_id_of(given: str) -> str:
    """The id of a request: the one its front gave, where that is well formed, else a new one."""
    return given if given and _ID.fullmatch(given) else secrets.token_hex(16)


def logging_config(*, debug: bool) -> None:
    """Set structlog and the standard library's logging to one format: JSON unless a person watches a terminal.

    TONGBAN_LOG=json|console decides it outright.
    """
    wanted = environment.choice(
        "TONGBAN_LOG", "console" if sys.stderr.isatty() else "json", ("console", "json")
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending: list[Processor] = (
        [_rendered_exception, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if wanted == "json"
        else [
            _rendered_exception,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "one": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "one"}},
            "root": {"handlers": ["stderr"], "level": "DEBUG" if debug else "INFO"},
            "loggers": {
                "django.request": {"level": "CRITICAL"},  # names paths; `log_fault` tells the same without
                "django.security": {"level": "ERROR"},
                "django.db.backends": {"level": "INFO"},
                "django.utils.autoreload": {"level": "INFO"},
                "procrastinate": {"level": "WARNING"},
                "asyncio": {"level": "WARNING"},
                "fido2": {"level": "WARNING"},
            },
        }
    )


def log_fault(*, request: Any = None, **signal: Any) -> None:
    """Receiver of `got_request_exception`: log the fault being handled, error pages that fail themselves included.

    That the database is away is no fault of the page: one line, without the traceback.
    """
    from tongban.project.postgres import is_away

    match = getattr(request, "resolver_match", None)
    route = match.route if match else "unmatched"
    log = structlog.get_logger("tongban.fault")
    if is_away(error := sys.exception()):
        log.warning("database_away", route=route, error=type(error).__name__)
    else:
        log.exception("fault", route=route)  # noqa: LOG004 -- a receiver, called while the error is handled


def without_row_values(text: str) -> str:
    """An error's text without what quotes people: PostgreSQL's lines on rows and statements, Django's unknown path."""
    return _UNKNOWN_PATH.sub("Resolver404", _ROW_VALUES.sub("", text))


def _rendered_exception(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    event = structlog.processors.format_exc_info(logger, name, event)
    told: Any = event.get("exception")
    if isinstance(told, str):
        event["exception"] = without_row_values(told)
    return event
