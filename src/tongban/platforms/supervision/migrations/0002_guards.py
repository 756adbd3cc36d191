"""The triggers of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("supervision_card_frozen", "supervision_step_frozen", "supervision_rule_frozen")


class Migration(migrations.Migration):
    """Cards, what was done about them, and rule versions that have begun are frozen by the database."""

    dependencies = [("supervision", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name}() CASCADE;" for name in FUNCTIONS),
        ),
    ]
