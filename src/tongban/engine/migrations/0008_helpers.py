"""Clerks of towns and villages who take cases in for other units take part as helpers (帮办代办)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("engine", "0007_lapsed_is_withdrawn")]

    operations = [
        migrations.AlterField(
            model_name="caseparty",
            name="role",
            field=models.CharField(
                choices=[
                    ("agent", "代理人"),
                    ("co", "共同申请人"),
                    ("third", "第三人"),
                    ("helper", "帮办代办"),
                ],
                max_length=6,
            ),
        ),
    ]
