"""Tables of supervision."""

from tongban.platforms.supervision.models.cards import (
    IN_FORCE,
    NOT_COUNTED,
    Card,
    CardQuerySet,
    CardStep,
    RuleVersion,
    Trial,
)
from tongban.platforms.supervision.models.integrity import Check, Draw, Relation
from tongban.platforms.supervision.models.orders import STAGES, Complaint, Order, OrderQuerySet

__all__ = [
    "IN_FORCE", "NOT_COUNTED", "STAGES", "Card", "CardQuerySet", "CardStep", "Check", "Complaint", "Draw", "Order", "OrderQuerySet",
    "Relation", "RuleVersion", "Trial",
]  # fmt: skip
