"""The engine that `DATABASES` names."""

from threading import Lock
from time import monotonic
from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError

from tongban.project.postgres import PAUSE, WAIT


class Outage:
    """Whether the database is known to be away in this process, and who may ask it again."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ask_at: float | None = None
        """When one request may ask again; None while the database answers."""

    def may_ask(self) -> bool:
        """Whether the caller is to ask the database; of several at once during an outage, one is."""
        with self._lock:
            if self._ask_at is None:
                return True
            if (now := monotonic()) < self._ask_at:
                return False
            self._ask_at = now + WAIT + PAUSE
            return True

    def answered(self) -> None:
        """A connection was had."""
        self._ask_at = None

    def failed(self) -> None:
        """None was had."""
        with self._lock:
            self._ask_at = monotonic() + PAUSE


outage = Outage()


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections from the pool, refused at once while the database is known to be away."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection. Raises OperationalError when there is none to be had."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        if not outage.may_ask():
            raise OperationalError("the database did not answer a moment ago")
        try:
            connection = super().get_new_connection(conn_params)
        except OperationalError:
            outage.failed()
            raise
        outage.answered()
        return connection
