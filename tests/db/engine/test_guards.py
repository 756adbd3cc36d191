"""What the database itself refuses, whatever program writes."""

from collections.abc import Sequence

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg import IntegrityError

from tests.db.engine.city import City, row
from tongban.engine.errors import Refused
from tongban.engine.services import publish_flow, save_flow_draft


def refused(sql: str, params: Sequence[object] = ()) -> bool:
    """Whether the database refuses the statement, deferred checks included."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, params)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except DatabaseError:
        return True
    return False


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE engine_event SET type = 'x'",
        "DELETE FROM engine_event",
        "TRUNCATE engine_event",
        "UPDATE engine_event_personal SET value = '1'",
        "DELETE FROM engine_event_personal",
        "TRUNCATE engine_event_personal",
        "DELETE FROM engine_case",
        "UPDATE engine_case SET number = 'x'",
        "UPDATE engine_case SET kind = 'x'",
        "UPDATE engine_case SET offering_version_id = offering_version_id + 1",
        "UPDATE engine_case SET flow_id = flow_id + 1",
        "UPDATE engine_case SET parent_id = id",
        "UPDATE engine_case SET opened_at = now()",
        "UPDATE engine_case SET phase = 'closed', concluded_at = now()",
        "UPDATE engine_flowversion SET document = '{}'",
        "DELETE FROM engine_flowversion",
    ],
)
def test_history_and_fixed_parts_cannot_be_changed(city: City, sql: str) -> None:
    city.apply()
    assert refused(sql)


def test_finished_case_gets_no_open_task(city: City) -> None:
    case = city.granted()
    assert refused("UPDATE engine_task SET status = 'open' WHERE case_id = %s AND no = 1", [case.case_id])
    assert refused(
        "INSERT INTO engine_task SELECT 99, node, name, kind, 'open', opened_at, due_at, NULL, '', 0, assignee_id,"
        " case_id, NULL, org_id, post_id FROM engine_task WHERE case_id = %s AND no = 1",
        [case.case_id],
    )
    assert refused("UPDATE engine_case SET concluded_at = NULL WHERE id = %s", [case.case_id])


EVENT = (
    "INSERT INTO engine_event (case_id, seq, type, v, occurred_at, recorded_at, actor_kind, actor_id, channel, command_id,"
    " payload, prev_hash, hash) SELECT case_id, {seq}, 'note.added', 1, now(), now(), {kind}, {actor}, 'web', command_id,"
    " '{{}}', {prev}, {hash} FROM engine_event WHERE case_id = %s ORDER BY seq DESC LIMIT 1"
)
GOOD = {"seq": "seq + 1", "kind": "'staff'", "actor": "1", "prev": "hash", "hash": "hash"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": "seq + 2"},
        {"seq": "seq"},
        {"seq": "0"},
        {"prev": "prev_hash"},
        {"hash": "'\\x00'"},
        {"actor": "NULL"},
        {"kind": "'robot'"},
    ],
)
def test_event_must_continue_its_chain_and_name_its_actor(city: City, wrong: dict[str, str]) -> None:
    case = city.apply()
    assert refused(EVENT.format(**(GOOD | wrong)), [case.case_id])
    assert not refused(EVENT.format(**GOOD), [case.case_id])


def test_personal_value_may_only_be_erased_with_a_reason(city: City) -> None:
    city.apply()
    assert refused("UPDATE engine_event_personal SET value = NULL")
    assert not refused(
        "UPDATE engine_event_personal SET value = NULL, salt = '', erased_at = now(), erased_reason = '本人申请'"
    )
    assert refused("UPDATE engine_event_personal SET value = '1', erased_at = NULL, erased_reason = NULL")


def test_sub_case_has_no_sub_cases(city: City) -> None:
    parent = city.apply()
    child = city.apply(parent=parent.case_id)
    with pytest.raises(IntegrityError, match="sub-cases"):
        city.apply(parent=child.case_id)
    assert row(child).parent_id == parent.case_id


def test_flow_changes_only_as_a_new_version(city: City) -> None:
    again = save_flow_draft(None, key="permit", document={**city.flow.document, "name": "许可(新)"})
    assert (again.no, again.status) == (2, "draft")
    assert save_flow_draft(None, key="permit", document=city.flow.document).pk == again.pk
    same = publish_flow(None, again)
    assert same.pk == city.flow.pk, "the same flow is not published twice"
    with pytest.raises(Refused) as refusal:
        publish_flow(None, city.flow)
    assert refusal.value.code == "flow_not_draft"
    broken = save_flow_draft(None, key="broken", document={"nodes": [], "edges": []})
    with pytest.raises(Refused) as refusal:
        publish_flow(None, broken)
    assert refusal.value.code == "flow_has_problems"
