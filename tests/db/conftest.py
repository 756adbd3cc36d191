"""Tests that really commit are cleaned up by TRUNCATE, which the append-only guards refuse to everybody else."""

from collections.abc import Iterator, Sequence

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations


@pytest.fixture(scope="session", autouse=True)
def clean_up_past_the_guards() -> Iterator[None]:
    """Let the test runner, and nobody else, empty append-only tables between tests."""
    real = DatabaseOperations.execute_sql_flush

    def flush(self: DatabaseOperations, sql_list: Sequence[str]) -> None:
        unmanaged = (
            "TRUNCATE engine_event, engine_event_personal"  # tables that Django does not know to be its own
        )
        real(self, ["SET LOCAL session_replication_role = 'replica'", *sql_list, unmanaged])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", flush)
        yield
