"""Two round trips: a transaction on Django's connection whose first and last messages carry their BEGIN and COMMIT.

A step of a case costs what its messages cost, so the begin travels with the read and the commit with the write, by
libpq's pipeline mode. To Django the transaction looks like one of its own: subscribers may use the ORM, `atomic`
and `on_commit` inside. Within somebody else's `atomic` it is a savepoint.
"""

from collections.abc import Sequence
from select import select
from types import TracebackType
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import errors
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Message = tuple[
    bytes, Sequence[bytes | None]
]  # a statement, or the name under which it was prepared; parameters in text

BEGIN: Message = (b"BEGIN", ())
COMMIT: Message = (b"COMMIT", ())
ROLLBACK: Message = (b"ROLLBACK", ())
SAVEPOINT: Message = (b"SAVEPOINT engine_step", ())
RELEASE: Message = (b"RELEASE SAVEPOINT engine_step", ())
BACK: Message = (b"ROLLBACK TO SAVEPOINT engine_step", ())
_PLAIN = frozenset(m[0] for m in (BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, BACK))

_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Step:
    """One transaction: `read` once, do what there is to do, `write` once. Leaving without `write` rolls back."""

    __slots__ = ("_connection", "_names", "_open", "_outer", "_pg")

    def __init__(self, using: str = DEFAULT_DB_ALIAS) -> None:
        self._connection = connections[using]
        self._connection.ensure_connection()
        self._pg: PGconn = self._connection.connection.pgconn
        self._names = _prepared.setdefault(self._connection.connection, {})
        self._outer = self._connection.in_atomic_block
        self._open = False

    def read(self, command: bytes, params: Sequence[bytes | None]) -> list[bytes | None]:
        """Begin and run one statement that returns one row, in text; gives its values."""
        message = (self._name(command), params)
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
        return [result.get_value(0, i) for i in range(result.nfields)]

    def write(self, command: bytes, params: Sequence[bytes | None]) -> None:
        """Run one statement and commit."""
        if self._connection.needs_rollback:
            raise errors.InFailedSqlTransaction("a subscriber swallowed a database error")
        exchange(self._pg, (self._name(command), params), RELEASE if self._outer else COMMIT)
        self._open = False
        if not self._outer:
            self._pose(inside=False)
            self._connection.run_and_clear_commit_hooks()

    def __enter__(self) -> "Step":
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

    def _name(self, command: bytes) -> bytes:
        """The name under which this connection has the statement prepared; prepared now if it has not."""
        name = self._names.get(command)
        if name is None:
            name = b"engine_%d" % len(self._names)
            result = self._pg.prepare(name, command)
            if result.status not in _GOOD:
                raise errors.error_from_result(result)
            self._names[command] = name
        return name

    def _pose(self, *, inside: bool) -> None:
        """Let Django's own transaction handling know where it is."""
        self._connection.in_atomic_block = inside
        self._connection.commit_on_exit = True
        self._connection.needs_rollback = False
        if self._connection.connection is not None:
            self._connection.autocommit = not inside


_prepared: WeakKeyDictionary[object, dict[bytes, bytes]] = WeakKeyDictionary()


def exchange(pg: PGconn, *messages: Message) -> list[PGresult]:
    """Send all messages at once and wait for all answers: one round trip. Other threads run meanwhile.

    Raises the psycopg error of the first message that failed; those after it did not run.
    """
    pg.enter_pipeline_mode()
    results: list[PGresult] = []
    failure: PGresult | None = None
    try:
        for command, params in messages:
            if command in _PLAIN:
                pg.send_query_params(command, params)
            else:
                pg.send_query_prepared(command, params)
        pg.pipeline_sync()
        while pg.flush():
            select((pg.socket,), (pg.socket,), ())
            pg.consume_input()
        for _ in messages:
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


def _next(pg: PGconn) -> PGresult | None:
    while pg.is_busy():
        select((pg.socket,), (), ())
        pg.consume_input()
    return pg.get_result()
