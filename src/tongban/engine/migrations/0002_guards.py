"""The event tables and the guards of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Events, append-only triggers, constraints over more than one row, inbox indexes."""

    dependencies = [("engine", "0001_initial")]

    operations = [migrations.RunSQL((SQL / "guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
