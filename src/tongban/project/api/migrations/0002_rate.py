from django.db import migrations


class Migration(migrations.Migration):
    """Counters that may be lost in a crash, and therefore cost no write-ahead log."""

    dependencies = [("api", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE api_rate (account_id bigint PRIMARY KEY, stretch bigint NOT NULL, asked int NOT NULL)"
            " WITH (fillfactor = 50)",
            "DROP TABLE api_rate",
        )
    ]
