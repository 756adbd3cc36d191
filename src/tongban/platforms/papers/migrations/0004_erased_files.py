"""What was erased by law: which file of which case, kept for good."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql" / "erased.sql"


class Migration(migrations.Migration):
    """The table and its guard: `sql/erased.sql`."""

    dependencies = [
        ("papers", "0003_result_numbers"),
        ("base", "0002_guards"),
        ("engine", "0009_invitations"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.IntegerField(verbose_name="所据记录")),
                ("at", models.DateTimeField(verbose_name="清除时间")),
                ("removed_at", models.DateTimeField(null=True, verbose_name="文件删除时间")),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="engine.case",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="base.storedfile"
                    ),
                ),
            ],
            options={"verbose_name": "依法清除的文件", "verbose_name_plural": "依法清除的文件"},
        ),
        migrations.AddConstraint(
            model_name="erasedfile",
            constraint=models.UniqueConstraint(fields=("case", "file"), name="papers_erased_once"),
        ),
        migrations.RunSQL(
            SQL.read_text(encoding="utf-8"),
            "DROP TRIGGER papers_erased_stays ON papers_erasedfile; DROP FUNCTION papers_erased_stays();",
        ),
    ]
