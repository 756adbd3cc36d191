"""What the state of a case tells of its past, for questions about its whole life (`Facts.whole`)."""

from collections.abc import Iterator
from datetime import datetime

from tongban.engine.kinds import Facts
from tongban.engine.state import State, Task

#: What other systems tell is entered when they tell it; how late they are is watched where it comes in (报送).
TOLD = frozenset({"report", "import"})


def entered(facts: Facts, at: datetime) -> datetime:
    """When what happened at that instant stood on record: until then nobody could know but that it had not happened."""
    for task in entered_late(facts):
        if task.done == at and task.recorded is not None:
            return task.recorded
    return at


def entered_late(facts: Facts) -> tuple[Task, ...]:
    """The steps of a case that were entered later than they were done. Worked out once for all rules of a look."""
    global _last  # noqa: PLW0603 -- the last answer and nothing else; whoever finds another's works it out again
    state, found = _last
    if state is not facts.state:
        tasks = () if facts.channel in TOLD else facts.state.tasks
        found = tuple([t for t in tasks if t.recorded != t.done and t.recorded and t.done])
        _last = (facts.state, found)
    return found


_last: tuple[State | None, tuple[Task, ...]] = (None, ())


def entered_step(facts: Facts, task: Task) -> datetime | None:
    """When a step was done: in bulk, when that was entered, where that was later. None while it is open."""
    done, recorded = task.done, task.recorded
    if not facts.whole or done is None or recorded is None or recorded <= done or facts.channel in TOLD:
        return done
    return recorded


def totals(
    state: State, start: datetime, end: datetime, unit: str = ""
) -> Iterator[tuple[datetime, int, bool]]:
    """Until when a limit that ran from `start` to `end` was extended by how much: up to each extension, and at the end.

    The last says whether it is the one at the end.
    """
    extra = 0
    for extension in state.extensions:
        if start <= extension.at <= end and unit in ("", extension.unit):
            yield extension.at, extra, False
            extra += extension.amount
    yield end, extra, True
