"""One command that opens or ends more than one statement writes: nothing is lost between them."""

from typing import Any

import pytest

from tests.db.engine.city import City, build, row
from tongban.engine import codec
from tongban.engine.models import EventRow, TaskRow
from tongban.engine.queries import state_at
from tongban.engine.services import Outcome
from tongban.engine.store import MOST, MOST_BEGUN, MOST_OPENING

BRANCHES = ("r1", "r2", "r3", "r4", "r5")
WIDE: dict[str, Any] = {
    "key": "wide",
    "name": "多头审查",
    "nodes": [
        {"key": "start", "kind": "start"},
        {"key": "fork", "kind": "split"},
        *({"key": key, "kind": "human", "name": f"审查{key}", "post": "SA", "duty": "review"} for key in BRANCHES),
        {"key": "join", "kind": "join", "split": "fork"},
        {"key": "again", "kind": "split"},
        *({"key": f"{key}b", "kind": "human", "name": f"复查{key}", "post": "SB", "duty": "review"} for key in BRANCHES),
        {"key": "joined", "kind": "join", "split": "again"},
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "fork"},
        *({"from": "fork", "to": key} for key in BRANCHES),
        *({"from": key, "to": "join"} for key in BRANCHES),
        {"from": "join", "to": "again"},
        *({"from": "again", "to": f"{key}b"} for key in BRANCHES),
        *({"from": f"{key}b", "to": "joined"} for key in BRANCHES),
        {"from": "joined", "to": "end"},
    ],
}  # fmt: skip


@pytest.fixture
def city(db: None, plugins: None) -> City:
    return build(WIDE)


def test_tasks_and_events_are_all_there_however_many_a_command_has(city: City) -> None:
    case = city.apply()
    assert len(case.events) > MOST_OPENING
    _fits(case, {"open": 5})
    for no in range(1, 6):
        last = city.do("reviewer", case, "complete", task=no)
    assert len(last.events) > MOST
    _fits(case, {"done": 5, "open": len(BRANCHES)})
    assert len(BRANCHES) > 2 * MOST_BEGUN, "five are opened by three statements"
    city.do("applicant", case, "withdraw")
    _fits(case, {"done": 5, "cancelled": len(BRANCHES)})


def _fits(case: Outcome, expected: dict[str, int]) -> None:
    """The rows of tasks and events are those of the state, which is the fold of the events."""
    found = row(case)
    state = state_at(found.pk)
    assert codec.load(found.state) == state
    assert list(
        EventRow.objects.filter(case_id=found.pk).order_by("seq").values_list("seq", flat=True)
    ) == list(range(1, state.seq + 1))
    rows = list(
        TaskRow.objects.filter(case_id=found.pk).order_by("no").values_list("no", "node", "status", "done_at")
    )
    assert rows == [(t.no, t.node, t.status, t.done) for t in state.tasks]
    assert {status: sum(r[2] == status for r in rows) for status in {r[2] for r in rows}} == expected
