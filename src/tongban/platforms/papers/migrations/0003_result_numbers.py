"""Numbers of results: one of a unit's matter; a certificate's paper is no longer held up by another unit's number."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The table, and the narrower constraint of papers. What was issued before comes in by the hall's 0003."""

    dependencies = [
        ("papers", "0002_guards"),
        ("engine", "0008_helpers"),
        ("registry", "0008_searches_are_not_kept"),
    ]

    operations = [
        migrations.CreateModel(
            name="ResultNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=100, verbose_name="编号")),
                ("elsewhere", models.BooleanField(default=False, verbose_name="外部登记")),
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
                    "matter",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.matter",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.organisation",
                    ),
                ),
            ],
            options={"verbose_name": "证照编号", "verbose_name_plural": "证照编号"},
        ),
        migrations.AddConstraint(
            model_name="resultnumber",
            constraint=models.UniqueConstraint(
                fields=("number", "case"), name="papers_result_number_of_case"
            ),
        ),
        migrations.AddConstraint(
            model_name="resultnumber",
            constraint=models.UniqueConstraint(
                condition=models.Q(("elsewhere", False)),
                fields=("number", "organisation", "matter"),
                name="papers_result_number_once",
            ),
        ),
        migrations.RemoveConstraint(model_name="paper", name="papers_paper_number"),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(
                condition=models.Q(("key", "certificate"), _negated=True),
                fields=("number", "key"),
                name="papers_paper_number",
            ),
        ),
    ]
