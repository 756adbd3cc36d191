"""The functions of `sql/store.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "sql"


class Migration(migrations.Migration):
    """What the store calls."""

    dependencies = [
        ("engine", "0002_guards"),
        ("registry", "0001_initial"),
        ("base", "0001_initial"),
    ]

    operations = [migrations.RunSQL((SQL / "store.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
