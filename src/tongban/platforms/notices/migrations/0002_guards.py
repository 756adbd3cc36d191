"""Templates only grow; text in ``sql/guards.sql``."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).resolve().parents[1] / "sql" / "guards.sql"
UNDO = "DROP TRIGGER notices_template_append_only ON notices_templateversion; DROP FUNCTION notices_append_only();"


class Migration(migrations.Migration):
    """Install the guard."""

    dependencies = [("notices", "0001_initial")]

    operations = [migrations.RunSQL(GUARDS.read_text(encoding="utf-8"), UNDO)]
