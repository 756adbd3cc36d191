"""Checks that a step need not pay for: `sql/closing.sql`, and no CHECK on counters that only the engine itself counts up."""

from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Less work a step."""

    dependencies = [("engine", "0010_precheck")]

    operations = [
        migrations.RunSQL((SQL / "closing.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop),
        migrations.AlterField("outboxrow", "attempts", models.SmallIntegerField(default=0)),
        migrations.AlterField("casedata", "no", models.SmallIntegerField()),
    ]
