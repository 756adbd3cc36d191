"""Messages may be about the account itself, without a case."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns only."""

    dependencies = [
        ("engine", "0011_lighter_checks"),
        ("hall", "0003_numbers_move_to_papers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="engine.case",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="seq",
            field=models.IntegerField(default=0),
        ),
    ]
