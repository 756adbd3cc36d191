"""Tests that really commit are cleaned up by TRUNCATE, which the append-only guards refuse to everybody else."""

from collections.abc import Iterator, Sequence

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def clean_up_past_the_guards() -> Iterator[None]:
    """Let the test runner, and nobody else, empty append-only tables between tests."""
    real = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: Sequence[str]) -> None:
        real(self, ["SET LOCAL session_replication_role = 'replica'", *sql_list])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield
