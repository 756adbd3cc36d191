"""Cards that rise, what the ledger keeps of their handling, and rule versions for one unit or matter."""

import django.contrib.postgres.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Coalesce

STATES = [
    ("valid", "有效"),
    ("explained", "已说明"),
    ("confirmed", "已认定"),
    ("appealed", "申诉中"),
    ("revoked", "撤销"),
    ("corrected", "已整改"),
    ("risen", "已升级"),
]


class Migration(migrations.Migration):
    """Only adds: rows written before stay as they are."""

    dependencies = [
        ("supervision", "0002_guards"),
        ("registry", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "ruleversion",
            "org",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.organisation",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            "ruleversion",
            "matter",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="registry.matter",
                verbose_name="事项",
            ),
        ),
        migrations.RemoveConstraint("ruleversion", "supervision_rule_periods_disjoint"),
        migrations.AddConstraint(
            "ruleversion",
            django.contrib.postgres.constraints.ExclusionConstraint(
                name="supervision_rule_periods_disjoint",
                expressions=[
                    ("rule", "="), (Coalesce("org", 0), "="), (Coalesce("matter", 0), "="), ("valid", "&&"),
                ],
            ),
        ),
        migrations.AddField("cardstep", "seq", models.PositiveIntegerField(null=True, verbose_name="事件序号")),
        migrations.AlterField(
            "cardstep",
            "by",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            "cardstep", "before", models.CharField(choices=STATES, max_length=9, verbose_name="原状态")
        ),
        migrations.AlterField(
            "cardstep", "after", models.CharField(choices=STATES, max_length=9, verbose_name="新状态")
        ),
        migrations.AlterField(
            "card", "status", models.CharField(choices=STATES, default="valid", max_length=9, verbose_name="状态")
        ),
        migrations.RemoveConstraint("card", "supervision_card_status_known"),
        migrations.AddConstraint(
            "card",
            models.CheckConstraint(
                name="supervision_card_status_known",
                condition=models.Q(
                    status__in=["valid", "explained", "confirmed", "appealed", "revoked", "corrected", "risen"]
                ),
            ),
        ),
    ]  # fmt: skip
