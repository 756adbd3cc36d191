"""A public answer that is released, mended or withdrawn moves a token, so that pages that show it are not kept any longer."""

from django.db import migrations

TRIGGER = """
CREATE TRIGGER consultation_publicanswer_seen AFTER INSERT OR UPDATE OR DELETE ON consultation_publicanswer
    FOR EACH STATEMENT EXECUTE FUNCTION registry_touch_token('answers');
"""


class Migration(migrations.Migration):
    """One trigger."""

    dependencies = [("consultation", "0001_initial"), ("registry", "0002_guards")]

    operations = [
        migrations.RunSQL(
            TRIGGER, "DROP TRIGGER consultation_publicanswer_seen ON consultation_publicanswer;"
        )
    ]
