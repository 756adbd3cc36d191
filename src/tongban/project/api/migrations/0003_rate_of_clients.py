from django.db import migrations

BY = "CREATE UNLOGGED TABLE api_rate ({who} PRIMARY KEY, stretch bigint NOT NULL, asked int NOT NULL) WITH (fillfactor = 50)"


class Migration(migrations.Migration):
    """Systems that report are counted beside accounts. What was counted so far is worth a minute and is dropped."""

    dependencies = [("api", "0002_rate")]
    operations = [
        migrations.RunSQL(
            ["DROP TABLE api_rate", BY.format(who="who text")],
            ["DROP TABLE api_rate", BY.format(who="account_id bigint")],
        )
    ]
