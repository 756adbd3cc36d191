"""Who is reminded of required columns."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("openness", "0002_seen"),
        ("registry", "0009_dated"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Shortfall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("missing", models.PositiveSmallIntegerField(verbose_name="缺少")),
                ("stale", models.PositiveSmallIntegerField(verbose_name="没有按期更新")),
                ("counted_on", models.DateField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "org",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "栏目的提醒",
                "verbose_name_plural": "栏目的提醒",
                "ordering": ["org"],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "org"), name="shortfall_once"),
                    models.CheckConstraint(
                        condition=models.Q(("missing__gt", 0), ("stale__gt", 0), _connector="OR"),
                        name="shortfall_of_something",
                    ),
                ],
            },
        )
    ]
