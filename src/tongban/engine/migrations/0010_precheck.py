"""A phase of its own for what is looked at before it is applied for (预受理)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0009_invitations")]

    operations = [
        migrations.AlterField(
            model_name="case",
            name="phase",
            field=models.CharField(
                choices=[
                    ("precheck", "预受理"),
                    ("applied", "待受理"),
                    ("correcting", "补正中"),
                    ("accepted", "办理中"),
                    ("suspended", "已挂起"),
                    ("decided", "待送达"),
                    ("closed", "已办结"),
                ],
                max_length=10,
                verbose_name="阶段",
            ),
        ),
    ]
