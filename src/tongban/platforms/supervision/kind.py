"""What supervision declares to the engine: its detector, and that findings become cards."""

from tongban.engine.kinds import Facts, Verdict, register_detector, subscribe
from tongban.platforms.supervision.queries import book_in_force
from tongban.platforms.supervision.rules import examine
from tongban.platforms.supervision.services import issue_card, issue_cards


def detect(facts: Facts) -> Verdict:
    """All rules, as they stand at the moment the question is asked for."""
    return examine(facts, book_in_force(facts.now))


def declare() -> None:
    """Called once, when the programme starts."""
    register_detector(detect, "supervision")
    subscribe("finding.issued", issue_card, issue_cards)
