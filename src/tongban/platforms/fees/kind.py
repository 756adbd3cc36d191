"""What payment orders declare to the engine: an order follows every charge, and payment closes it."""

from tongban.engine import kinds
from tongban.platforms.fees.services import follow_charge, follow_payment, one_receipt_one_order


def declare() -> None:
    """Called once, when the programme starts."""
    kinds.register_guard("*", one_receipt_one_order)
    kinds.subscribe("fee.charged", follow_charge)
    kinds.subscribe("fee.paid", follow_payment)
