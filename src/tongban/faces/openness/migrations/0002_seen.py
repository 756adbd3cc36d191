"""The triggers of `sql/seen.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = ("openness_question_seen", "openness_answer_seen", "openness_digest_seen")


class Migration(migrations.Migration):
    """Pages of documents that are kept ready change with the questions on them."""

    dependencies = [("openness", "0001_initial"), ("disclosure", "0004_machines")]

    operations = [
        migrations.RunSQL(
            (SQL / "seen.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name} CASCADE;" for name in FUNCTIONS),
        ),
    ]
