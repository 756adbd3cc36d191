"""Two round trips: a transaction on Django's connection whose first and last messages carry their BEGIN and COMMIT.

A step of a case costs what its messages cost, so the begin travels with the read and the commit with the write, by
libpq's pipeline mode. To Django the transaction looks like one of its own: subscribers may use the ORM, `atomic`
and `on_commit` inside. Within somebody else's `atomic` it is a savepoint.
"""

from collections.abc import Sequence
from itertools import islice
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

_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)

_statements: dict[bytes, bytes] = {}  # by name
_prepared: WeakKeyDictionary[object, int] = WeakKeyDictionary()  # how many of them a connection has


def statement(sql: str) -> bytes:
    """Declare a statement when a module is loaded; gives its name. Every connection prepares all of them at first use."""
    name = b"engine_%d" % len(_statements)
    _statements[name] = sql.encode()
    return name


def texts(*values: str | int) -> tuple[bytes, ...]:
    """Parameters in text."""
    return tuple([str(value).encode() for value in values])


BEGIN: Message = (statement("BEGIN"), ())
COMMIT: Message = (statement("COMMIT"), ())
ROLLBACK: Message = (statement("ROLLBACK"), ())
SAVEPOINT: Message = (statement("SAVEPOINT engine_step"), ())
RELEASE: Message = (statement("RELEASE SAVEPOINT engine_step"), ())
BACK: Message = (statement("ROLLBACK TO SAVEPOINT engine_step"), ())


def be_patient(sender: object, connection: BaseDatabaseWrapper, **_: object) -> None:
    """Every connection waits three seconds for a lock and no longer: whoever is slower is told "busy" and tries again."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '3s'")


class Step:
    """One transaction: `read` once, do what there is to do, `commit` with all that is to be written.

    Leaving without `commit` rolls back.
    """

    __slots__ = ("_connection", "_open", "_outer", "_pg")

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._connection = connection = connections[using]
        self._pg = _ready(connection)
        self._outer = connection.in_atomic_block
        self._open = False

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

    def commit(self, *messages: Message) -> None:
        """Run the messages and commit, in one round trip."""
        if self._connection.needs_rollback:
            raise errors.InFailedSqlTransaction("a subscriber swallowed a database error")
        exchange(self._pg, *messages, RELEASE if self._outer else COMMIT)
        self._open = False
        if not self._outer:
            self._pose(inside=False)
            self._connection.run_and_clear_commit_hooks()

    @property
    def nested(self) -> bool:
        """Whether the transaction goes on after this step."""
        return self._outer

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


def ask(message: Message, using: str = DEFAULT_DB_ALIAS) -> list[bytes | None] | None:
    """One prepared statement on Django's connection, inside the transaction that is under way; gives its first row or none.

    For subscribers and whoever else is asked at every step of every case: Django's cursor has each statement parsed and
    planned anew. Raises psycopg's errors as they are.
    """
    connection = connections[using]
    pg = _ready(connection)
    silent = connection.in_atomic_block and pg.transaction_status == TransactionStatus.IDLE
    return _row(exchange(pg, *([BEGIN] if silent else ()), message)[-1])


def exchange(pg: PGconn, *messages: Message) -> list[PGresult]:
    """Send all messages at once and wait for all answers: one round trip. Other threads run meanwhile.

    Raises the psycopg error of the first message that failed; those after it did not run.
    """
    pg.enter_pipeline_mode()
    send = pg.send_query_prepared
    for name, params in messages:
        send(name, params)
    return _finish(pg, len(messages))


def _ready(connection: BaseDatabaseWrapper) -> PGconn:
    """The connection beneath Django's, with every statement prepared."""
    connection.ensure_connection()
    pg: PGconn = connection.connection.pgconn
    known = _prepared.get(connection.connection, 0)
    if known < len(_statements):
        pg.enter_pipeline_mode()
        for name, sql in islice(_statements.items(), known, None):
            pg.send_prepare(name, sql)
        _finish(pg, len(_statements) - known)
        _prepared[connection.connection] = len(_statements)
    return pg


def _finish(pg: PGconn, count: int) -> list[PGresult]:
    """End the pipeline and collect the answers to its messages."""
    results: list[PGresult] = []
    failure: PGresult | None = None
    waiting, next_ = pg.is_busy, pg.get_result
    try:
        pg.pipeline_sync()
        while pg.flush():
            select((pg.socket,), (pg.socket,), ())
            pg.consume_input()
        for _ in range(count):
            while waiting():
                _receive(pg)
            result = next_()
            if result is None:
                raise errors.OperationalError("the database closed the connection")
            while waiting():
                _receive(pg)
            next_()  # the end of this message's results
            results.append(result)
            if result.status not in _GOOD and failure is None:
                failure = result
        while waiting():
            _receive(pg)
        next_()  # the sync
    finally:
        if pg.status == ConnStatus.OK and pg.transaction_status != TransactionStatus.ACTIVE:
            pg.exit_pipeline_mode()
    if failure is not None:
        raise errors.error_from_result(failure)
    return results


def _receive(pg: PGconn) -> None:
    select((pg.socket,), (), ())
    pg.consume_input()


def _row(result: PGresult) -> list[bytes | None] | None:
    return [result.get_value(0, i) for i in range(result.nfields)] if result.ntuples else None
