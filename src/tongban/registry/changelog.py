"""Writing and reading the registry change log (一库变更记录)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from tongban.registry.actors import Actor, account_of
from tongban.registry.models import RegistryChange


def record_change(
    actor: Actor,
    action: str,
    subject: str,
    key: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> RegistryChange:
    """Add one line to the log, in the caller's transaction. ``before``/``after`` hold JSON values only."""
    change = change_line(actor, action, subject, key, before=before, after=after, reason=reason)
    change.save(force_insert=True)
    return change


def change_line(
    actor: Actor,
    action: str,
    subject: str,
    key: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> RegistryChange:
    """One line, not yet written; for imports that write many at once."""
    return RegistryChange(
        actor=account_of(actor),
        actor_name=str(actor.display_name),
        subject=subject,
        subject_key=key,
        action=action,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        reason=reason,
    )


def history_of(subject: str, key: str, *, until: datetime | None = None) -> QuerySet[RegistryChange]:
    """The changes of one thing in order, up to a moment when asked."""
    changes = (
        RegistryChange.objects.filter(subject=subject, subject_key=key).select_related("actor").order_by("id")
    )
    return changes if until is None else changes.filter(at__lte=until)
