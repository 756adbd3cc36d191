"""Whether a document is in force (有效性): what was said of it, and what public documents did to it."""

from collections.abc import Iterable, Mapping

from django.utils import timezone

from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.public import public_q

EFFECTS: Mapping[Link.Kind, Record.Validity] = {
    Link.Kind.REPLACES: Record.Validity.REPEALED,
    Link.Kind.REPEALS: Record.Validity.REPEALED,
    Link.Kind.AMENDS: Record.Validity.AMENDED,
}
"""What a link does to its target. Such links need the agreement of the target's unit, or of one above it."""
_STRENGTH = (
    Record.Validity.UNKNOWN, Record.Validity.VALID, Record.Validity.AMENDED, Record.Validity.EXPIRED, Record.Validity.REPEALED,
)  # fmt: skip


def validity_of(record: Record) -> Record.Validity:
    """What holds of a record: the strongest of what was said of it and what public documents do to it.

    A draft does nothing, nor does a link that the record's unit has not agreed to, nor a document that was withdrawn.
    """
    said = Record.Validity(record.stated_validity)
    if not record.pk:
        return said
    done = Link.objects.standing().filter(public_q("source"), target=record, kind__in=EFFECTS)
    effects = [EFFECTS[Link.Kind(kind)] for kind in done.values_list("kind", flat=True)]
    return max((said, *effects), key=_STRENGTH.index) if effects else said


def mark(records: Iterable[int]) -> None:
    """Let the validity of these records be what it is now. Called wherever a link, or its source, begins or ceases to count."""
    held = Record.objects.select_for_update().filter(pk__in=list(records)).only("stated_validity", "validity")
    for record in held.order_by("pk"):
        found = validity_of(record)
        if found != record.validity:
            Record.objects.filter(pk=record.pk).update(validity=found, updated_at=timezone.now())


def mark_targets(source: Record) -> None:
    """`mark` what a record has links to: it became public, or is so no longer."""
    mark(source.links.filter(kind__in=EFFECTS).values_list("target", flat=True))
