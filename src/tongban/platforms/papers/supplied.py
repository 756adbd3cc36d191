"""What comes with the programme: forms of documents and retention rules, brought in as data after a migration.

A form that a newer release words differently becomes a new version from that day on, unless the place has published
its own since. Retention rules are brought in once; from then on they are the place's.
"""

from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tongban.engine.kinds import all_letters
from tongban.registry.queries import today

PLACE = Path(__file__).with_name("forms")
ALWAYS = date(2000, 1, 1)


class Supplied(NamedTuple):
    """A form as the programme brings it."""

    key: str
    name: str
    word: str
    basis: str
    source: str


def supplied_forms() -> Iterator[Supplied]:
    """Every form that comes with the programme; the letterhead is part of each, so that a version is whole."""
    letter = (PLACE / "letter.typ").read_text(encoding="utf-8")
    for row in orjson.loads((PLACE / "forms.json").read_bytes()):
        yield Supplied(**row, source=letter + (PLACE / f"{row['key']}.typ").read_text(encoding="utf-8"))
    for letters in all_letters():
        for form in letters.forms():
            yield Supplied(form.key, form.name, form.word, form.basis, letter + form.source)


@transaction.atomic
def supply(**_: Any) -> None:
    """Bring forms and rules up to date; safe at any time."""
    from tongban.platforms.papers.models import PaperForm, RetentionRule

    for form in supplied_forms():
        digest = sha256(form.source.encode()).hexdigest()
        last = PaperForm.objects.select_for_update().filter(key=form.key).order_by("-no").first()
        if last is not None and (last.sha256 == digest or not last.supplied):
            continue
        begins = ALWAYS
        if last is not None:
            begins = max(today(), last.valid.lower)
            if begins == last.valid.lower:  # twice in one day: the day before it never was
                begins = date.fromordinal(begins.toordinal() + 1)
            last.valid = DateRange(last.valid.lower, begins)
            last.save(update_fields=["valid"])
        PaperForm.objects.create(
            **form._asdict(),
            no=1 if last is None else last.no + 1,
            sha256=digest,
            supplied=True,
            valid=DateRange(begins, None),
        )
    if not RetentionRule.objects.exists():
        rules = orjson.loads((PLACE / "retention.json").read_bytes())
        RetentionRule.objects.bulk_create(
            RetentionRule(**rule, valid=DateRange(ALWAYS, None)) for rule in rules
        )
