"""What delivery declares to the engine: an address goes with the person."""

from tongban.engine import kinds
from tongban.engine.queries import WHO
from tongban.platforms.delivery.models import Wish


def declare() -> None:
    """Called once, when the programme starts."""
    kinds.on_erasure(forget)


def forget(erasure: kinds.Erasure) -> None:
    """In the transaction that erases who applied: where the result was to go is not known any more."""
    if erasure.path == WHO:
        Wish.objects.filter(case_id=erasure.case_id).delete()
