"""Suspending a matter (暂停) and taking it up again; its versions stay, new applications are refused meanwhile."""

from django.db import transaction

from tongban.registry.actors import Actor
from tongban.registry.authority import require
from tongban.registry.changelog import record_change
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Matter
from tongban.registry.models.permissions import Verb

Status = Matter.Status


def suspend_matter(actor: Actor, matter: Matter, *, reason: str) -> Matter:
    """Stop taking applications for a matter; running cases go on.

    Raises ``reason_missing``, ``matter_not_active``, ``not_permitted`` (needs ``publish_matter``).
    """
    return _turn(actor, matter, Status.ACTIVE, Status.SUSPENDED, "matter.suspended", reason)


def resume_matter(actor: Actor, matter: Matter, *, reason: str) -> Matter:
    """Take applications again. Raises ``reason_missing``, ``matter_not_suspended``, ``not_permitted``."""
    return _turn(actor, matter, Status.SUSPENDED, Status.ACTIVE, "matter.resumed", reason)


@transaction.atomic
def _turn(actor: Actor, matter: Matter, before: Status, after: Status, action: str, reason: str) -> Matter:
    held = Matter.objects.select_for_update().get(pk=matter.pk)
    require(actor, Verb.PUBLISH_MATTER, held.owner_id, held.pk)
    if not reason.strip():
        raise RegistryRefused("reason_missing", "请写明原因或依据。")
    if held.status != before:
        if before == Status.ACTIVE:
            raise RegistryRefused("matter_not_active", "事项不在用，不能暂停。")
        raise RegistryRefused("matter_not_suspended", "事项没有暂停。")
    held.status = after
    held.save(update_fields=["status"])
    record_change(
        actor,
        action,
        "matter",
        held.code,
        before={"status": str(before)},
        after={"status": str(after)},
        reason=reason,
    )
    return held
