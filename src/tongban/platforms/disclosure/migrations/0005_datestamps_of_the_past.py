"""Records that were published before have their datestamps and the tokens of their classes, a few thousand at a time.

Each step is a transaction of its own and the index is built beside the work, so that the catalogue is read and written
meanwhile; broken off anywhere, the migration is run again. Where `0004` still did all of this at once, nothing is left to do.
"""

from typing import Any

from django.db import migrations, models

STEP = 2000
"""Keys of one transaction."""
_FILL = """
UPDATE disclosure_record SET changed_at = coalesce(changed_at, greatest(released_at, updated_at)),
        words = CASE WHEN state = 'released' AND NOT words @> classes.tokens THEN classes.tokens || words ELSE words END
    FROM (SELECT id AS of, array_remove(ARRAY['g:' || genre, 'o:' || publisher_id, CASE WHEN theme <> '' THEN 'c:' || theme END], NULL)
              AS tokens FROM disclosure_record WHERE id > %s AND id <= %s AND released_at IS NOT NULL) classes
    WHERE id = classes.of AND (changed_at IS NULL OR state = 'released' AND NOT words @> classes.tokens)
"""
INDEX = models.Index(
    name="record_changed",
    fields=["changed_at", "id"],
    condition=models.Q(released_at__isnull=False, index_number__isnull=False),
)
_NOT_THERE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass('record_changed') AND indisvalid"


def fill(apps: Any, editor: Any, step: int = STEP) -> None:
    """Give records their datestamps, in steps of so many keys."""
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM disclosure_record")
        first, last = cursor.fetchone()
        for start in range(first - 1, last, step):
            cursor.execute(_FILL, [start, start + step])


def build_index(apps: Any, editor: Any) -> None:
    """Build the index of datestamps beside the work; one that was broken off is built anew."""
    with editor.connection.cursor() as cursor:
        cursor.execute(_NOT_THERE)
        if cursor.fetchone():
            return
        cursor.execute("DROP INDEX IF EXISTS record_changed")
    editor.add_index(apps.get_model("disclosure", "Record"), INDEX, concurrently=True)


def drop_index(apps: Any, editor: Any) -> None:
    """Remove the index of datestamps."""
    editor.execute("DROP INDEX IF EXISTS record_changed")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("disclosure", "0004_machines")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(build_index, drop_index)],
            [migrations.AddIndex("record", INDEX)],
        ),
    ]
