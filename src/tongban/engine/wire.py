"""Two round trips: a transaction on Django's connection whose first and last messages carry their BEGIN and COMMIT.

A step of a case costs what its messages cost, so the begin travels with the read and the commit with the write, by
libpq's pipeline mode. To Django the transaction looks like one of its own: subscribers may use the ORM, `atomic`
and `on_commit` inside. Within somebody else's `atomic` it is a savepoint.
"""

from collections.abc import Sequence
from contextlib import suppress
from select import select
from types import TracebackType
from typing import Self
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import errors
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Message = tuple[
    bytes, Sequence[bytes | None]
]  # a statement's name (see `statement`) and its parameters, in text

BEGIN: Message = (b"BEGIN", ())
COMMIT: Message = (b"COMMIT", ())
ROLLBACK: Message = (b"ROLLBACK", ())
SAVEPOINT: Message = (b"SAVEPOINT engine_step", ())
RELEASE: Message = (b"RELEASE SAVEPOINT engine_step", ())
BACK: Message = (b"ROLLBACK TO SAVEPOINT engine_step", ())
_PLAIN = frozenset((BEGIN[0], COMMIT[0], ROLLBACK[0], SAVEPOINT[0], RELEASE[0], BACK[0]))

_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)

_statements: dict[bytes, bytes] = {}  # by name
_prepared: WeakKeyDictionary[object, bool] = WeakKeyDictionary()  # connections that have them


def statement(sql: str) -> bytes:
    """Declare a statement when a module is loaded; gives its name. Every connection prepares all of them at first use."""
    name = b"engine_%d" % len(_statements)
    _statements[name] = sql.encode()
    return name


def be_patient(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
    """Every connection waits three seconds for a lock and no longer: whoever is slower is told "busy" and tries again."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '3s'")


class Step:
    """One transaction: `read` once, do what there is to do, `send` what is ready, `commit` with the rest.

    What is sent early is carried out by the server while the rest is still being worked out here. Leaving without
    `commit` rolls back.
    """

    __slots__ = ("_connection", "_open", "_outer", "_pg", "_sent")

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._connection = connections[using]
        self._connection.ensure_connection()
        self._pg: PGconn = self._connection.connection.pgconn
        if self._connection.connection not in _prepared:
            _prepare(self._pg)
            _prepared[self._connection.connection] = True
        self._outer = self._connection.in_atomic_block
        self._open = False
        self._sent = 0

    def read(self, message: Message) -> list[bytes | None] | None:
        """Begin and run one statement that returns a row or none, in text; gives its values."""
        self._open = True
        if not self._outer:
            opening = [BEGIN]
        elif self._pg.transaction_status == TransactionStatus.IDLE:  # Django's block has not spoken yet
            opening = [BEGIN, SAVEPOINT]
        else:
            opening = [SAVEPOINT]
        result = exchange(self._pg, *opening, message)[-1]
        if not self._outer:
            self._pose(inside=True)
        return _row(result)

    def read_again(self, message: Message) -> list[bytes | None] | None:
        """Another statement like the first, inside the transaction."""
        return _row(exchange(self._pg, message)[-1])

    def send(self, *messages: Message) -> None:
        """Have the server begin with these; nobody else may use the connection until `commit`."""
        if self._connection.needs_rollback:
            raise errors.InFailedSqlTransaction("a subscriber swallowed a database error")
        if not self._sent:
            self._pg.enter_pipeline_mode()
        for name, params in messages:
            self._pg.send_query_prepared(name, params)
        self._sent += len(messages)
        self._pg.flush()

    def commit(self, *messages: Message) -> None:
        """Run the rest and commit."""
        self.send(*messages)
        self._pg.send_query_params(*(RELEASE if self._outer else COMMIT))
        count, self._sent = self._sent + 1, 0
        _finish(self._pg, count)
        self._open = False
        if not self._outer:
            self._pose(inside=False)
            self._connection.run_and_clear_commit_hooks()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._open:
            return
        self._open = False
        if not self._outer:
            self._pose(inside=False)
            self._connection.run_on_commit = []
        try:
            if self._sent:
                with suppress(errors.Error):
                    _finish(self._pg, self._sent)
            if self._outer:
                exchange(self._pg, BACK, RELEASE)
            elif self._pg.transaction_status != TransactionStatus.IDLE:
                exchange(self._pg, ROLLBACK)
        except errors.OperationalError:
            self._connection.close()  # gone; what was not committed is not there
            if kind is None:
                raise

    def _pose(self, *, inside: bool) -> None:
        """Let Django's own transaction handling know where it is."""
        self._connection.in_atomic_block = inside
        self._connection.commit_on_exit = True
        self._connection.needs_rollback = False
        if self._connection.connection is not None:
            self._connection.autocommit = not inside


def exchange(pg: PGconn, *messages: Message) -> list[PGresult]:
    """Send all messages at once and wait for all answers: one round trip. Other threads run meanwhile.

    Raises the psycopg error of the first message that failed; those after it did not run.
    """
    pg.enter_pipeline_mode()
    for command, params in messages:
        if command in _PLAIN:
            pg.send_query_params(command, params)
        else:
            pg.send_query_prepared(command, params)
    return _finish(pg, len(messages))


def _prepare(pg: PGconn) -> None:
    pg.enter_pipeline_mode()
    for name, sql in _statements.items():
        pg.send_prepare(name, sql)
    _finish(pg, len(_statements))


def _finish(pg: PGconn, count: int) -> list[PGresult]:
    """End the pipeline and collect the answers to its messages."""
    results: list[PGresult] = []
    failure: PGresult | None = None
    try:
        pg.pipeline_sync()
        while pg.flush():
            select((pg.socket,), (pg.socket,), ())
            pg.consume_input()
        for _ in range(count):
            result = _next(pg)
            if result is None:
                raise errors.OperationalError("the database closed the connection")
            _next(pg)  # the end of this message's results
            results.append(result)
            if failure is None and result.status not in _GOOD:
                failure = result
        _next(pg)  # the sync
    finally:
        if pg.status == ConnStatus.OK and pg.transaction_status != TransactionStatus.ACTIVE:
            pg.exit_pipeline_mode()
    if failure is not None:
        raise errors.error_from_result(failure)
    return results


def _row(result: PGresult) -> list[bytes | None] | None:
    return [result.get_value(0, i) for i in range(result.nfields)] if result.ntuples else None


def _next(pg: PGconn) -> PGresult | None:
    while pg.is_busy():
        select((pg.socket,), (), ())
        pg.consume_input()
    return pg.get_result()
