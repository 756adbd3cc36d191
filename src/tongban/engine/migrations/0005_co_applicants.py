"""Name the role of a co-applicant (共同申请人); no column changes."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("engine", "0004_ledger")]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="caseparty",
            name="role",
            field=models.CharField(
                choices=[("agent", "代理人"), ("co", "共同申请人"), ("third", "第三人")], max_length=6
            ),
        ),
    ]
