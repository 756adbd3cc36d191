"""What a case of this kind has come to, in the words of the annual report. Pure: read from its state."""

from dataclasses import dataclass
from datetime import date, datetime

from tongban.base.calendar import CHINA
from tongban.engine.state import State


@dataclass(frozen=True, slots=True)
class Come:
    """When a request counts as received, how and when it was concluded; None and "" while that is open."""

    received: date | None
    outcome: str
    concluded: date | None


def come_to(state: State) -> Come:
    """Where the request stands. What was given up before it was received is counted nowhere."""
    received = _day(state.accepted)
    if state.decided is not None:
        return Come(received, state.outcomes.get("draft", "other"), _day(state.decided))
    if state.closed is None:
        return Come(received, "", None)
    outcome = "other"  # withdrawn, terminated
    if state.result == "lapsed":
        unpaid = bool(state.pauses) and state.pauses[-1].reason == "payment"
        outcome = "not_paid" if unpaid else "not_corrected"
    return Come(received, outcome, _day(state.closed))


def _day(at: datetime | None) -> date | None:
    return None if at is None else at.astimezone(CHINA).date()
