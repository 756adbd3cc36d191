"""The triggers of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = (
    "disclosure_record_stays",
    "disclosure_deed_stays",
    "disclosure_serial_goes_on",
    "disclosure_record_counted",
)


class Migration(migrations.Migration):
    """What was published stays, with its number; deeds and serials only go on."""

    dependencies = [("disclosure", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name} CASCADE;" for name in FUNCTIONS),
        ),
    ]
