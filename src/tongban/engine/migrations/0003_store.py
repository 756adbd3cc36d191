"""How the tables lie on disk and are found, `sql/store.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Inbox indexes, room for rewriting rows, quick compression."""

    dependencies = [("engine", "0002_guards")]

    operations = [migrations.RunSQL((SQL / "store.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
