"""What the public sees of a record has a datestamp and moves the token of the catalogue; records have annexes.

Of the catalogue nothing is rewritten here, so that its table is held for a moment only; `0005` gives the past its datestamps.
"""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

SQL = Path(__file__).resolve().parents[1] / "sql"
FUNCTIONS = (
    "disclosure_catalogue_touched",
    "disclosure_record_seen",
    "disclosure_link_seen",
    "disclosure_annex_stays",
)


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0002_guards"),
        ("registry", "0002_guards"),
        ("disclosure", "0003_release"),
    ]

    operations = [
        migrations.AddField(
            "record", "changed_at", models.DateTimeField("公众所见最后一次变动", null=True, editable=False)
        ),
        migrations.CreateModel(
            name="Annex",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("no", models.PositiveSmallIntegerField("序号")),
                ("name", models.CharField("附件名称", max_length=255)),
                ("text", models.TextField(blank=True)),
                ("unread", models.CharField("读不出文字的原因", max_length=300, blank=True)),
                ("created_at", models.DateTimeField(db_default=Now(), editable=False)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="base.storedfile"
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="files",
                        to="disclosure.record",
                    ),
                ),
            ],
            options={"verbose_name": "附件", "verbose_name_plural": "附件", "ordering": ["no"]},
        ),
        migrations.AddConstraint(
            "annex", models.UniqueConstraint(name="annex_once", fields=["record", "no"])
        ),
        migrations.RunSQL(
            (SQL / "catalogue_changes.sql").read_text(encoding="utf-8"),
            "".join(f"DROP FUNCTION {name} CASCADE;" for name in reversed(FUNCTIONS)),
        ),
    ]
