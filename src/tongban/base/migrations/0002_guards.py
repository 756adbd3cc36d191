"""The triggers of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Published calendars and stored files are frozen by the database."""

    dependencies = [("base", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            """
            DROP TRIGGER base_calendar_frozen ON base_calendarversion;
            DROP FUNCTION base_calendar_frozen();
            DROP TRIGGER base_file_frozen ON base_storedfile;
            DROP FUNCTION base_file_frozen();
            """,
        )
    ]
