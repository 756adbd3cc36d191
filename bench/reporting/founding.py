"""What the load needs to be there: the town of the tests, and a client of its market authority."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongban.project.settings")


def found() -> tuple[str, str]:
    """Migrate, build the town, make a client; gives its key id and secret."""
    import django

    django.setup()
    from django.db import connections, transaction

    from tests.town import build_town
    from tongban.base.console import Console
    from tongban.platforms.reporting.clients import create_client
    from tongban.project.commands import apply_migrations

    apply_migrations(Console(as_json=True))
    with transaction.atomic():
        build_town()
        client, secret = create_client("许可审批系统", "scjg")
    connections.close_all()
    return client.key_id, secret


def postmaster() -> int:
    """The process that all of the database's descend from, where it runs on this machine."""
    from django.db import connection

    from bench.reporting.watch import parent

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = parent(cursor.fetchone()[0])
    connection.close()
    return pid
