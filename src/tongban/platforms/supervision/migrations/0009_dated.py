"""Rule versions are guarded as all data that hold from a day on are."""

from django.db import migrations

_TRIGGER = (
    "DROP TRIGGER supervision_rule_frozen ON supervision_ruleversion;"
    "CREATE TRIGGER supervision_rule_frozen BEFORE UPDATE OR DELETE ON supervision_ruleversion"
    " FOR EACH ROW EXECUTE FUNCTION {}();"
)


class Migration(migrations.Migration):
    """The trigger keeps its name and calls the registry's function."""

    dependencies = [("registry", "0009_dated"), ("supervision", "0008_orders_on_complaints")]

    operations = [
        migrations.RunSQL(_TRIGGER.format("registry_dated_stays"), _TRIGGER.format("supervision_rule_frozen"))
    ]
