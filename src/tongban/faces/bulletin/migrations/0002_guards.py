"""The trigger of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """A released bulletin is frozen by the database."""

    dependencies = [("bulletin", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            "DROP FUNCTION bulletin_released_frozen() CASCADE;",
        ),
    ]
