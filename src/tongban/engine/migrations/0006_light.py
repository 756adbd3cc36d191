"""The state beside the case row, and triggers that the store's own statements need not pay for: `sql/light.sql`."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

import tongban.engine.models

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """Less work a step."""

    dependencies = [("engine", "0005_co_applicants")]

    operations = [
        migrations.CreateModel(
            name="CaseState",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        db_constraint=False,
                        related_name="+",
                        serialize=False,
                        to="engine.case",
                    ),
                ),
                ("state", tongban.engine.models.TextualJSON()),
            ],
            options={
                "verbose_name": "办件状态",
                "verbose_name_plural": "办件状态",
                "db_table": "engine_case_state",
            },
        ),
        migrations.RunSQL(
            (SQL / "light.sql").read_text(encoding="utf-8"),
            migrations.RunSQL.noop,
            state_operations=[migrations.RemoveField("case", "state")],
        ),
        migrations.RemoveIndex("case", "case_open_due"),
        migrations.AddIndex(
            "case",
            models.Index(
                name="case_open", fields=["org"], condition=models.Q(("concluded_at__isnull", True))
            ),
        ),
    ]
