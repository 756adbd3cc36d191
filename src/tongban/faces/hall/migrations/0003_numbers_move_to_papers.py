"""Numbers of results go to the papers, as they are compared; of those that repeat the first keeps its right."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from tongban.platforms.papers.numbers import plain

BATCH = 5000


def move(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What the hall kept, in its order."""
    numbers = apps.get_model("papers", "ResultNumber").objects
    rows = apps.get_model("hall", "IssuedNumber").objects.order_by("pk")
    taken: set[tuple[str, int, int]] = set()
    made = []
    told = rows.values_list("number", "case_id", "case__org_id", "case__matter_id")
    for number, case, org, matter in told.iterator(chunk_size=BATCH):
        place = (plain(number)[:100], org, matter)
        made.append(
            numbers.model(
                number=place[0], case_id=case, organisation_id=org, matter_id=matter, elsewhere=place in taken
            )
        )
        taken.add(place)
        if len(made) == BATCH:
            numbers.bulk_create(made, ignore_conflicts=True)
            made = []
    numbers.bulk_create(made, ignore_conflicts=True)


class Migration(migrations.Migration):
    """A number on a certificate belongs to the certificate, not to the page that looks for it."""

    dependencies = [("hall", "0002_own_file"), ("papers", "0003_result_numbers")]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.DeleteModel(name="IssuedNumber"),
    ]
