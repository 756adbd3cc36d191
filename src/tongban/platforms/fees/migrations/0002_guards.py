"""The triggers of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("fees_order_frozen", "fees_series_goes_on")


class Migration(migrations.Migration):
    """An order is frozen by the database; numbers go on without gaps."""

    dependencies = [("fees", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name}() CASCADE;" for name in FUNCTIONS),
        ),
    ]
