"""What a case that was never corrected is called: 逾期未补正，视为撤回. A word of the choice only, no change in the table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0006_light")]
    operations = [
        migrations.AlterField(
            "case",
            "result",
            models.CharField(
                blank=True,
                choices=[
                    ("", "—"),
                    ("granted", "准予"),
                    ("denied", "不予"),
                    ("partial", "部分准予"),
                    ("done", "办结"),
                    ("refused", "不予受理"),
                    ("lapsed", "逾期未补正，视为撤回"),
                    ("withdrawn", "已撤回"),
                    ("terminated", "已终止"),
                ],
                max_length=10,
                verbose_name="结果",
            ),
        ),
    ]
