"""Releases are cases: which case carries which record, when it was signed, when what is withheld is looked at again."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

#: What was under review without a case is handed in anew; what is withheld is looked at again within a year (条例第十八条).
TAKEN_OVER = """
UPDATE disclosure_record SET state = 'draft', release_at = NULL WHERE state IN ('review', 'ready');
UPDATE disclosure_record SET review_on = current_date + interval '12 months' WHERE state = 'closed';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("base", "0002_guards"),
        ("disclosure", "0002_guards"),
        ("engine", "0010_precheck"),
        ("registry", "0008_searches_are_not_kept"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordCase",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="engine.case",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("release", "主动公开发布"), ("rereview", "定期评估审查")], max_length=8
                    ),
                ),
                ("number", models.CharField(max_length=40)),
                ("opened_at", models.DateTimeField()),
                ("outcome", models.CharField(blank=True, max_length=12, verbose_name="结论")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="理由")),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "文件的办件",
                "verbose_name_plural": "文件的办件",
                "ordering": ["-opened_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="record",
            name="review_on",
            field=models.DateField(null=True, verbose_name="下次评估审查"),
        ),
        migrations.AddField(
            model_name="record",
            name="signed_on",
            field=models.DateField(null=True, verbose_name="签发日期"),
        ),
        migrations.AddIndex(
            model_name="record",
            index=django.contrib.postgres.indexes.GinIndex(fields=["columns"], name="record_columns"),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("review_on__isnull", False)), fields=["review_on"], name="record_review"
            ),
        ),
        migrations.AddField(
            model_name="recordcase",
            name="record",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="disclosure.record"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordcase",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("record",), name="record_one_case_at_a_time"
            ),
        ),
        migrations.RunSQL(TAKEN_OVER, migrations.RunSQL.noop),
    ]
