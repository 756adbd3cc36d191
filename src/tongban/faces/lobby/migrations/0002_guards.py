"""The triggers of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("lobby_turn_frozen", "lobby_numbers_go_on")


class Migration(migrations.Migration):
    """What happened to a number is frozen by the database; numbers go on without gaps."""

    dependencies = [("lobby", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name}() CASCADE;" for name in FUNCTIONS),
        ),
    ]
