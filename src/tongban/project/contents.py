"""What is in the database before anybody works with it: its tables, and the demonstration city where one is wanted."""

import io
from contextlib import nullcontext

from tongban.base.console import CommandError, Console, ExitCode, Ticker


def apply_migrations(console: Console) -> list[str]:
    """Bring the database to this code's shape; one process at a time. Gives what was applied, as `app.name`."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    from tongban.project.first_tables import rendered_sparingly
    from tongban.project.health import pending_migrations

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('tongban migrate'))")
        try:
            pending = pending_migrations()
            if pending:
                first = not MigrationRecorder(connection).applied_migrations()
                with (
                    console.progress("建立数据库结构", len(pending)) as ticker,
                    rendered_sparingly() if first else nullcontext(),
                ):
                    call_command(
                        "migrate", interactive=False, verbosity=1, no_color=True, stdout=_Counted(ticker)
                    )
            call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('tongban migrate'))")
    return pending


def load_demo_city(console: Console) -> None:
    """Load the demonstration city into an empty database, whole or not at all.

    Raises CommandError (not_empty) when there is a city already.
    """
    from django.db import transaction

    from tongban.project.demo import load_demo

    if not is_empty():
        raise CommandError(
            "not_empty",
            "数据库中已有机构数据，没有装入演示城市。",
            "演示数据只装入空的数据库；请用 TONGBAN_DATA 或 DATABASE_URL 指定新的位置。",
            ExitCode.REFUSED,
        )
    unseen = "正在装入演示城市，约需几分钟……"
    with console.progress("装入演示城市", unseen=unseen) as ticker, transaction.atomic():
        load_demo(ticker)


def is_empty() -> bool:
    """Whether no organisation has ever been entered."""
    from tongban.registry.models import Organisation

    return not Organisation.objects.exists()


class _Counted(io.StringIO):
    """Where `migrate` writes: each finished migration moves the bar."""

    def __init__(self, ticker: Ticker) -> None:
        super().__init__()
        self._ticker = ticker

    def write(self, text: str) -> int:
        if text.strip() == "OK":
            self._ticker.advance()
        return len(text)
