"""What rating declares to the engine: the case that a bad rating opens (差评回访)."""

from tongban.engine.kinds import Kind, register_kind
from tongban.registry.models.permissions import Secrecy

#: Restricted: who served the applicant is not told that they were rated, so most of the unit does not see it either.
CALLBACK = Kind("callback", "差评回访", number_prefix="HF", public=False, secrecy=Secrecy.RESTRICTED)


def declare() -> None:
    """Called once, when the programme starts."""
    register_kind(CALLBACK)
