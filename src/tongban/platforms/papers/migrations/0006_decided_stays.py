"""The triggers of `sql/decided.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Words of agencies and decisions of disposal stand as they were written."""

    dependencies = [("papers", "0005_agencies_and_disposals")]

    operations = [
        migrations.RunSQL(
            (SQL / "decided.sql").read_text(encoding="utf-8"),
            "DROP TRIGGER papers_frozen ON papers_agencytext; DROP TRIGGER papers_frozen ON papers_disposal;",
        ),
    ]
