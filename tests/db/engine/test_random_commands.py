"""Whatever people try, in whatever order: the row equals the fold of its events, and every promise of the store holds."""

from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.db.engine.city import City, row
from tongban.engine import codec
from tongban.engine.errors import Refused
from tongban.engine.models import EventRow, TaskRow, Watch
from tongban.engine.queries import state_at
from tongban.engine.services import SYSTEM, perform

WHO = (
    "applicant",
    "stranger",
    "clerk",
    "reviewer",
    "neighbour",
    "section_head",
    "head",
    "outsider",
    "system",
)
WHAT: tuple[tuple[str, dict[str, Any]], ...] = (
    ("claim", {}), ("release", {}), ("accept", {}), ("refuse", {"reason": "材料虚假", "remedy": "可以申请复议"}),
    ("request_correction", {"items": ["平面图"]}), ("supply", {"note": "补齐"}), ("complete", {"outcome": "pass"}),
    ("complete", {"outcome": "agree"}), ("complete", {"outcome": "granted"}), ("complete", {"method": "邮寄"}),
    ("complete", {"outcome": "denied", "reason": "不合规", "remedy": "可以诉讼"}),
    ("suspend", {"procedure": "visit", "days": 3, "basis": "法", "document": "号", "approver": "长"}), ("resume", {}),
    ("extend", {"amount": 5, "reason": "复杂"}), ("send_back", {"reason": "重审"}), ("urge", {}),
    ("reassign", {"post": "KZ", "reason": "出差"}), ("add_signer", {"post": "FG"}), ("charge", {"name": "cost"}),
    ("pay", {"name": "工本费", "bill": "B1"}), ("note", {"text": "备注"}), ("withdraw", {}), ("tick", {}),
    ("terminate", {"reason": "注销", "basis": "法"}),
)  # fmt: skip
USUAL = (
    ("clerk", 2), ("reviewer", 6), ("neighbour", 6), ("section_head", 7), ("head", 8), ("clerk", 9),
)  # fmt: skip

steps = st.tuples(st.sampled_from(WHO), st.integers(0, len(WHAT) - 1))
mixed = st.lists(st.one_of(steps, st.sampled_from(USUAL)), min_size=4, max_size=16)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    commands=st.one_of(
        mixed, mixed.map(lambda extra: [*USUAL, *extra]), mixed.map(lambda extra: [*extra, *USUAL])
    )
)
def test_row_equals_fold_after_any_commands(city: City, commands: list[tuple[str, int]]) -> None:
    case = city.apply()
    for who, what in commands:
        type_, data = WHAT[what]
        account = SYSTEM if who == "system" else city.person(who)
        before, command = row(case), uuid4()
        try:
            done = perform(account, case.case_id, type_, command_id=command, data=data)
        except Refused:
            after = row(case)
            assert (after.seq, after.state) == (before.seq, before.state)
            continue
        again = perform(account, case.case_id, type_, command_id=command, data=data)
        assert (again.replayed, again.seq, again.events) == (True, done.seq, done.events)
        check(case.case_id)


def check(case_id: int) -> None:
    """The row, the tasks, the watch and the chain of one case agree with each other."""
    found = row(case_id)
    state = codec.load(found.state)
    assert state == state_at(case_id)
    assert (found.seq, found.phase, found.result, found.level) == (
        state.seq,
        state.phase,
        state.result,
        state.level,
    )
    chain = list(
        EventRow.objects.filter(case_id=case_id).order_by("seq").values_list("seq", "prev_hash", "hash")
    )
    assert [seq for seq, _, _ in chain] == list(range(1, found.seq + 1))
    assert all(bytes(b[1]) == bytes(a[2]) for a, b in pairwise(chain))
    assert bytes(found.last_hash) == bytes(chain[-1][2])
    tasks = {t.no: t for t in TaskRow.objects.filter(case_id=case_id)}
    assert [(t.no, t.status, t.due, t.assignee) for t in state.tasks] == [
        (t.no, t.status, t.due_at, t.assignee_id) for _, t in sorted(tasks.items())
    ]
    if found.phase == "closed":
        assert all(t.status != "open" for t in tasks.values())
    watch = Watch.objects.filter(pk=case_id).first()
    assert (watch.fire_at if watch else None) == found.wake_at
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@pytest.mark.parametrize("what", range(len(WHAT)))
def test_stranger_can_do_nothing(city: City, what: int) -> None:
    case = city.apply()
    type_, data = WHAT[what]
    for who in ("stranger", "outsider"):
        with pytest.raises(Refused) as refusal:
            perform(city.person(who), case.case_id, type_, command_id=uuid4(), data=data)
        assert refusal.value.code == "not_found"
