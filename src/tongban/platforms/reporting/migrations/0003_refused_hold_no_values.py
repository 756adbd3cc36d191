"""What was refused before keeps digest, key and reasons: nothing reads more of it."""

from django.db import migrations

FORGET = "UPDATE reporting_reportedobject SET content = NULL WHERE status = 'refused' AND content IS NOT NULL"


class Migration(migrations.Migration):
    """From here on a refused object is written down without values."""

    dependencies = [("reporting", "0002_lateness")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
