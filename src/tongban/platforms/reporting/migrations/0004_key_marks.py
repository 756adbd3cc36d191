"""Each client knows the key its secret was made with, so that a change of keys is seen before departments see it."""

from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def mark(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Clients that are here were made with the key at hand."""
    from tongban.platforms.reporting.clients import _master
    from tongban.platforms.reporting.signing import mark_of

    if settings.SECRET_KEY:
        apps.get_model("reporting", "Client").objects.update(key_mark=mark_of(_master()))


class Migration(migrations.Migration):
    """The mark tells nothing of the key."""

    dependencies = [("reporting", "0003_refused_hold_no_values")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="key_mark",
            field=models.CharField(default="", editable=False, max_length=16),
            preserve_default=False,
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
