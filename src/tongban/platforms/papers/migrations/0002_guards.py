"""The triggers of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("papers_frozen", "papers_version_frozen", "papers_series_goes_on")


class Migration(migrations.Migration):
    """Documents, packages, forms and rules are frozen by the database; numbers go on without gaps."""

    dependencies = [("papers", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name}() CASCADE;" for name in FUNCTIONS),
        ),
    ]
