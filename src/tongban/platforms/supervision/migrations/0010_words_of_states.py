"""A revoked card is called 已撤销 everywhere, as the other states are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Words only; the rows stay."""

    dependencies = [
        ("supervision", "0009_dated"),
    ]

    operations = [
        migrations.AlterField(
            model_name="card",
            name="status",
            field=models.CharField(
                choices=[
                    ("valid", "有效"),
                    ("explained", "已说明"),
                    ("confirmed", "已认定"),
                    ("appealed", "申诉中"),
                    ("revoked", "已撤销"),
                    ("corrected", "已整改"),
                    ("risen", "已升级"),
                ],
                default="valid",
                max_length=9,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="cardstep",
            name="after",
            field=models.CharField(
                choices=[
                    ("valid", "有效"),
                    ("explained", "已说明"),
                    ("confirmed", "已认定"),
                    ("appealed", "申诉中"),
                    ("revoked", "已撤销"),
                    ("corrected", "已整改"),
                    ("risen", "已升级"),
                ],
                max_length=9,
                verbose_name="新状态",
            ),
        ),
        migrations.AlterField(
            model_name="cardstep",
            name="before",
            field=models.CharField(
                choices=[
                    ("valid", "有效"),
                    ("explained", "已说明"),
                    ("confirmed", "已认定"),
                    ("appealed", "申诉中"),
                    ("revoked", "已撤销"),
                    ("corrected", "已整改"),
                    ("risen", "已升级"),
                ],
                max_length=9,
                verbose_name="原状态",
            ),
        ),
    ]
