"""Lists of guides and the words they are found by as rows of their own: a search then reads no contents."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index anew; its rows are written by the next migration."""

    dependencies = [
        ("registry", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="GuideTerm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lexeme", models.CharField(db_collation="C", max_length=200)),
                ("weight", models.FloatField()),
            ],
            options={
                "verbose_name": "办事指南检索词",
                "verbose_name_plural": "办事指南检索词",
            },
        ),
        migrations.AlterModelOptions(
            name="guideindex",
            options={"verbose_name": "办事指南目录", "verbose_name_plural": "办事指南目录"},
        ),
        migrations.RemoveIndex(
            model_name="guideindex",
            name="guide_index_vector",
        ),
        migrations.RemoveField(
            model_name="guideindex",
            name="vector",
        ),
        migrations.AddField(
            model_name="guideindex",
            name="body",
            field=models.TextField(default=""),
        ),
        migrations.AddField(
            model_name="guideindex",
            name="facets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=120), default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="guideindex",
            name="letter",
            field=models.CharField(default="#", max_length=1),
        ),
        migrations.AddField(
            model_name="guideindex",
            name="sort_key",
            field=models.TextField(db_collation="C", default=""),
        ),
        migrations.AddIndex(
            model_name="guideindex",
            index=django.contrib.postgres.indexes.GinIndex(fields=["facets"], name="guide_index_facets"),
        ),
        migrations.AddIndex(
            model_name="guideindex",
            index=models.Index(fields=["sort_key", "version"], name="guide_index_order"),
        ),
        migrations.AddField(
            model_name="guideterm",
            name="version",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="guide_terms",
                to="registry.offeringversion",
            ),
        ),
        migrations.AddIndex(
            model_name="guideterm",
            index=models.Index(fields=["version"], name="guide_term_version"),
        ),
        migrations.AddConstraint(
            model_name="guideterm",
            constraint=models.UniqueConstraint(
                fields=("lexeme", "version"), include=("weight",), name="guide_term_once"
            ),
        ),
    ]
