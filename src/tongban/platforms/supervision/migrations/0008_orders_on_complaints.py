from django.db import migrations, models
from django.db.models.deletion import PROTECT


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0007_orders_draws_complaints"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="complaint",
            field=models.ForeignKey(
                null=True, on_delete=PROTECT, related_name="orders", to="supervision.complaint"
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(
                name="supervision_order_one_on_complaint",
                fields=["complaint"],
                condition=models.Q(settled_at__isnull=True),
            ),
        ),
    ]
