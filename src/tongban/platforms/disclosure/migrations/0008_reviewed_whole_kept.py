"""What the columns of 0007 say of records that are there, and serials behind the index numbers that were kept.

A range of keys at a time, each in a transaction of its own: nobody waits for more than a few thousand rows.
"""

from typing import Any

from django.db import migrations

STEP = 2000

# Numbers that other systems gave are behind the house's own from now on (a serial that lags is refused as taken, for ever).
SERIALS = """
INSERT INTO disclosure_serial AS s (publisher_code, year, last)
SELECT m[1], m[2]::int, max(m[3]::int)
  FROM (SELECT regexp_match(index_number, '^([0-9A-Z]{8}[0-9X])/([0-9]{4})-([0-9]{5})$') AS m FROM disclosure_record) n
 WHERE m IS NOT NULL GROUP BY 1, 2
ON CONFLICT (publisher_code, year) DO UPDATE SET last = greatest(s.last, excluded.last)"""

_EFFECT = "CASE l.kind WHEN 'amends' THEN 'amended' ELSE 'repealed' END"

# A link of another unit marked its target only where whoever set it handled for both: these were agreed to.
LINKS = f"""
UPDATE disclosure_link l SET confirmed = false FROM disclosure_record s, disclosure_record t
 WHERE s.id = l.source_id AND t.id = l.target_id AND l.kind IN ('replaces', 'repeals', 'amends')
   AND s.publisher_id <> t.publisher_id AND t.validity <> {_EFFECT}"""  # noqa: S608 -- our own words

# Setting the text to itself has it measured. A file is public no longer where somebody changed the text that was read of it.
RECORDS = f"""
UPDATE disclosure_record r SET body = r.body,
       stated_validity = CASE WHEN EXISTS (SELECT FROM disclosure_link l WHERE l.target_id = r.id AND l.confirmed
            AND l.kind IN ('replaces', 'repeals', 'amends') AND {_EFFECT} = r.validity) THEN 'valid' ELSE r.validity END,
       file_public = r.file_public AND NOT EXISTS (SELECT FROM disclosure_batchrow b WHERE b.record_id = r.id
            AND r.file_id IS NOT NULL AND btrim(b.text, E' \\t\\r\\n\\u3000') <> btrim(r.body, E' \\t\\r\\n\\u3000'))
 WHERE r.id >= %s AND r.id < %s"""  # noqa: S608 -- our own words

# What a draft, or a document that was withdrawn, had marked is as it was before; the strongest of what holds wins.
MARKS = f"""
WITH held AS (
    SELECT t.id, array_agg({_EFFECT}) FILTER (WHERE l.confirmed AND s.state = 'released' AND s.attribute = 'proactive') AS effects
      FROM disclosure_link l JOIN disclosure_record s ON s.id = l.source_id JOIN disclosure_record t ON t.id = l.target_id
     WHERE l.kind IN ('replaces', 'repeals', 'amends') GROUP BY t.id
), due AS (
    SELECT r.id, CASE WHEN r.stated_validity = 'repealed' OR 'repealed' = ANY(h.effects) THEN 'repealed'
                      WHEN r.stated_validity = 'expired' THEN 'expired'
                      WHEN r.stated_validity = 'amended' OR 'amended' = ANY(h.effects) THEN 'amended'
                      ELSE r.stated_validity END AS validity
      FROM held h JOIN disclosure_record r ON r.id = h.id
)
UPDATE disclosure_record r SET validity = due.validity FROM due WHERE due.id = r.id AND r.validity <> due.validity
"""  # noqa: S608 -- our own words


def keep(apps: Any, schema_editor: Any) -> None:
    """Serials, links, then the records themselves and what links do to them."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(SERIALS)
        cursor.execute(LINKS)
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM disclosure_record")
        first, last = cursor.fetchone()
        for start in range(first, last + 1, STEP):
            cursor.execute(RECORDS, [start, start + STEP])
        cursor.execute(MARKS)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("disclosure", "0007_reviewed_whole")]
    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
