from django.db import migrations


class Migration(migrations.Migration):
    """Systems that report are counted beside accounts. What was counted so far is worth a minute and is dropped."""

    dependencies = [("api", "0002_rate")]
    operations = [
        migrations.RunSQL(
            [
                "DROP TABLE api_rate",
                "CREATE UNLOGGED TABLE api_rate (who text PRIMARY KEY, stretch bigint NOT NULL, asked int NOT NULL)"
                " WITH (fillfactor = 50)",
            ],
            [
                "DROP TABLE api_rate",
                "CREATE UNLOGGED TABLE api_rate (account_id bigint PRIMARY KEY, stretch bigint NOT NULL, asked int NOT NULL)"
                " WITH (fillfactor = 50)",
            ],
        )
    ]
