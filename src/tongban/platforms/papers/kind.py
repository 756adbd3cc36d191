"""What documents declare to the engine: who numbers results, and that documents follow events."""

from tongban.engine import kinds
from tongban.platforms.papers.content import EVENTS
from tongban.platforms.papers.erasing import forget
from tongban.platforms.papers.numbers import is_series, keep_number, keep_numbers, result_number
from tongban.platforms.papers.renewal import renew
from tongban.platforms.papers.services import issue_on


def declare() -> None:
    """Called once, when the programme starts."""
    kinds.number_results(result_number, is_series)
    kinds.subscribe("result.issued", keep_number, keep_numbers)
    kinds.subscribe("result.issued", renew)
    kinds.on_erasure(forget)
    for event_type in EVENTS:
        kinds.on_effect(event_type, issue_on, "papers.issue")
