"""What people searched for leaves the access records: of each only that there was a search stays."""

from django.db import migrations

FORGET = """
ALTER TABLE registry_accessrecord DISABLE TRIGGER registry_access_append_only;
UPDATE registry_accessrecord SET detail = (detail - 'q') || jsonb_build_object('searched', detail ->> 'q' <> '')
 WHERE detail ? 'q';
ALTER TABLE registry_accessrecord ENABLE TRIGGER registry_access_append_only;
"""


class Migration(migrations.Migration):
    """The trigger lets nobody change a record; this one time the owner of the table does."""

    dependencies = [("registry", "0007_reuse")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
