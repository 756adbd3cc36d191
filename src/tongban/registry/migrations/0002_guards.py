"""Triggers that freeze versions, keep logs append-only and move the cache tokens; text in ``sql/guards.sql``."""

from pathlib import Path

from django.db import migrations

GUARDS = Path(__file__).resolve().parents[1] / "sql" / "guards.sql"
FUNCTIONS = (
    "registry_append_only",
    "registry_freeze_version",
    "registry_freeze_part",
    "registry_holding_admin_role",
    "registry_post_role_moved",
    "registry_touch_token",
)


class Migration(migrations.Migration):
    """Install the guards."""

    dependencies = [("registry", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql=GUARDS.read_text(encoding="utf-8"),
            reverse_sql="".join(f"DROP FUNCTION {name}() CASCADE;" for name in FUNCTIONS),
        ),
    ]
