"""The guards of the ledger's tables, `ledger/sql/guards.sql`."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parents[1] / "ledger" / "sql"


class Migration(migrations.Migration):
    """The tree only grows."""

    dependencies = [("engine", "0003_store")]

    operations = [migrations.RunSQL((SQL / "guards.sql").read_text(encoding="utf-8"), migrations.RunSQL.noop)]
