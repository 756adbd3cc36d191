"""What is decided of publishing from a day on: local limits, items of required columns."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

GUARDS = """
CREATE TRIGGER disclosure_provision_stays BEFORE UPDATE OR DELETE ON disclosure_provision
    FOR EACH ROW WHEN (OLD.valid IS NOT NULL) EXECUTE FUNCTION registry_dated_stays();
CREATE TRIGGER registry_touch AFTER INSERT OR UPDATE OR DELETE ON disclosure_provision
    FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_token('catalogue');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("registry", "0009_dated"),
        ("disclosure", "0005_datestamps_of_the_past"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Provision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("limit", "公开期限"), ("item", "栏目内容")], max_length=5),
                ),
                ("about", models.CharField(max_length=40)),
                ("content", models.JSONField(verbose_name="内容")),
                ("basis", models.CharField(blank=True, max_length=300, verbose_name="依据")),
                (
                    "valid",
                    django.contrib.postgres.fields.ranges.DateRangeField(null=True, verbose_name="有效期"),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "公开规定",
                "verbose_name_plural": "公开规定",
                "ordering": ["kind", "about", "valid"],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        name="provision_periods_disjoint",
                        expressions=[("kind", "="), ("about", "="), ("valid", "&&")],
                    ),
                    models.UniqueConstraint(
                        name="provision_one_draft",
                        fields=["kind", "about"],
                        condition=models.Q(valid=None),
                    ),
                    models.CheckConstraint(
                        name="provision_decided_says_why",
                        condition=models.Q(
                            ("valid", None), models.Q(("basis", ""), _negated=True), _connector="OR"
                        ),
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            GUARDS,
            "DROP TRIGGER disclosure_provision_stays ON disclosure_provision;"
            "DROP TRIGGER registry_touch ON disclosure_provision;",
        ),
    ]
