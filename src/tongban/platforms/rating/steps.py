"""Which steps of a case the applicant has met, and who worked on it. Pure: read from the case's state."""

from dataclasses import dataclass
from datetime import datetime

from tongban.engine.state import State


@dataclass(frozen=True, slots=True)
class Met:
    """A step the applicant has met; `no` counts corrections."""

    step: str
    no: int
    at: datetime


def met(state: State, steps: tuple[str, ...]) -> tuple[Met, ...]:
    """The steps among `steps` that have happened, oldest first. What was withdrawn before anything happened has none."""
    found: list[Met] = []
    refused = state.closed if state.result == "refused" else None
    if accepted := state.accepted or refused:
        found.append(Met("acceptance", 1, accepted))
    found += [Met("correction", n, c.supplied) for n, c in enumerate(state.corrections, 1) if c.supplied]
    if decided := state.decided or (state.closed if state.result == "done" else None):
        found.append(Met("result", 1, decided))
    if state.delivered:
        found.append(Met("delivery", 1, state.delivered))
    if state.closed and state.result not in ("withdrawn", "lapsed"):
        found.append(Met("answer", 1, state.closed))
    return tuple(sorted((m for m in found if m.step in steps), key=lambda m: (m.at, m.step)))


def workers(state: State) -> tuple[int, ...]:
    """The accounts that have worked on the case."""
    people = {t.by for t in state.tasks} | {t.assignee for t in state.tasks}
    people |= {state.accepted_by, state.decided_by, *(c.by for c in state.corrections)}
    return tuple(sorted(p for p in people if p is not None))
