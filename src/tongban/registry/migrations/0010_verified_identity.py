"""A number belongs to the account a counter verified it for; what is only stated may be stated by several."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """No data change: levels stay as they are."""

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("registry", "0009_dated"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="account",
            name="account_one_per_kind_and_identity",
        ),
        migrations.AddIndex(
            model_name="account",
            index=models.Index(
                condition=models.Q(("id_digest", ""), _negated=True),
                fields=["id_digest"],
                name="account_identity",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("id_digest", ""), _negated=True), ("real_name_level__gte", 2)),
                fields=("kind", "id_type", "id_digest"),
                name="account_one_per_kind_and_verified_identity",
            ),
        ),
    ]
