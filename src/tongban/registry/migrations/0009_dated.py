"""One guard for tables whose rows hold from a day on; text in ``sql/dated.sql``."""

from pathlib import Path

from django.db import migrations

DATED = Path(__file__).resolve().parents[1] / "sql" / "dated.sql"


class Migration(migrations.Migration):
    """Install the guard; each such table names it in a trigger of its own."""

    dependencies = [("registry", "0008_searches_are_not_kept")]

    operations = [
        migrations.RunSQL(
            sql=DATED.read_text(encoding="utf-8"), reverse_sql="DROP FUNCTION registry_dated_stays() CASCADE;"
        ),
    ]
