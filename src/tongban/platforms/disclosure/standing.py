"""What a release has come to, in the words of the catalogue. Pure: read from the state of its case."""

from dataclasses import dataclass
from datetime import datetime

from tongban.engine.state import State, Task
from tongban.platforms.disclosure.rules import PROACTIVE, UNEXPLAINED

DRAFT, REVIEW, READY, RELEASED, CLOSED = "draft", "review", "ready", "released", "closed"
#: What the attributes of the flow are to the catalogue.
ATTRIBUTES = {
    PROACTIVE: "proactive",
    "on_request": "on_request",
    "withheld": "withheld",
    UNEXPLAINED: "withheld",
}
NO_REASON = "签发时没有说明理由"


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a record stands: its state, its attribute with the reason ("" while undecided), and who reviewed it.

    `since` is the day of signing as an instant, `release_at` the set time, `at` when the case ended.
    """

    state: str
    attribute: str = ""
    reason: str = ""
    explained: bool = True
    reviewer: int | None = None
    signer: int | None = None
    since: datetime | None = None
    release_at: datetime | None = None
    at: datetime | None = None


def stand_of(state: State) -> Stand:
    """Where the record of a release stands. One that was withdrawn or terminated is a draft again."""
    outcome = str(state.taken_on.get("outcome", ""))
    running = state.clock("promised")
    hold = _open(state, "hold")
    return Stand(
        state=_phase(state, outcome),
        attribute=ATTRIBUTES.get(outcome, ""),
        reason=str(state.taken_on.get("reason", "")) or (NO_REASON if outcome == UNEXPLAINED else ""),
        explained=outcome != UNEXPLAINED,
        reviewer=next(
            (t.by for t in reversed(state.tasks) if t.node == "secrecy" and t.outcome == "passed"), None
        ),
        signer=state.accepted_by,
        since=running.start if running is not None else None,
        release_at=hold.due if hold is not None else None,
        at=state.closed,
    )


def _phase(state: State, outcome: str) -> str:
    if state.closed is not None:
        if state.result != "done":
            return DRAFT
        return RELEASED if outcome == PROACTIVE else CLOSED
    if _open(state, "hold") is not None:
        return READY
    return DRAFT if _open(state, "check") is not None else REVIEW


def _open(state: State, node: str) -> Task | None:
    return next((t for t in state.open_tasks if t.node == node), None)
