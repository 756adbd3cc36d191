"""Who took data out, kept in a table that only grows: `sql/accesses.sql`."""

from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """The record and its guards."""

    dependencies = [("registry", "0004_finding_rows")]

    operations = [
        migrations.CreateModel(
            name="AccessRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("download", "下载"),
                            ("print", "打印"),
                            ("proof", "导出存证证明"),
                            ("export", "导出列表"),
                            ("read", "通过接口读取"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=60)),
                ("detail", models.JSONField(default=dict)),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "查阅记录",
                "verbose_name_plural": "查阅记录",
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["subject", "id"], name="registry_access_subject")],
            },
        ),
        migrations.RunSQL(
            (SQL / "accesses.sql").read_text(encoding="utf-8"),
            "DROP TRIGGER registry_access_append_only ON registry_accessrecord;"
            "DROP TRIGGER registry_access_no_truncate ON registry_accessrecord;",
        ),
    ]
