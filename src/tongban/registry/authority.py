"""Whether an actor may do something in the registry; the one check every service of this room calls."""

from tongban.registry.actors import Actor, Installation
from tongban.registry.errors import RegistryRefused
from tongban.registry.grants import scopes_for
from tongban.registry.models.permissions import Verb


def require(actor: Actor, verb: Verb, org_id: int | None, matter_id: int | None = None) -> None:
    """Refuse with ``not_permitted`` unless the actor may do this there today. The installation may do everything."""
    if isinstance(actor, Installation):
        return
    if not scopes_for(actor).of(verb).admits(org_id, matter_id):
        raise RegistryRefused(
            "not_permitted", f"您没有在该单位“{verb.label}”的权限。如确有需要，请联系本单位安全管理员授权。"
        )
