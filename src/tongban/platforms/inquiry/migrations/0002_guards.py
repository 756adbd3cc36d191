"""The triggers of `sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("inquiry_report_stands", "inquiry_answer_stands")


class Migration(migrations.Migration):
    """A published report keeps its tables; a request that was answered keeps its answer."""

    dependencies = [("inquiry", "0001_initial")]

    operations = [
        migrations.RunSQL(
            (SQL / "guards.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name}() CASCADE;" for name in FUNCTIONS),
        ),
    ]
