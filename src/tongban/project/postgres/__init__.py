"""Django's PostgreSQL, with one thing more for web processes: while the database is away, nobody queues up to ask for it.

A request that waits for a connection holds one of the few threads that also answer `/healthz`.
"""

from django.db import InterfaceError, OperationalError
from psycopg import InterfaceError as DriverInterfaceError
from psycopg import OperationalError as DriverOperationalError

WAIT = 3.0
"""Seconds that a request waits for a connection."""
PAUSE = 1.0
"""Seconds after a failure before one request asks again; all others are refused at once until one has succeeded."""
_AWAY = ("08", "53300", "57P")
"""SQLSTATE: connection exceptions, too many connections, server shutting down or starting."""


def is_away(error: BaseException | None) -> bool:
    """Whether an error means, or came of, a database that cannot be reached, as against one that refused a statement."""
    while error is not None:
        if isinstance(error, DriverOperationalError | DriverInterfaceError):
            return error.sqlstate is None or error.sqlstate.startswith(_AWAY)
        if isinstance(error, OperationalError | InterfaceError) and error.__cause__ is None:
            return True
        error = error.__cause__
    return False
