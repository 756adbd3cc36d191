"""The hash chain: what is hashed, what is refused, and that personal values stay outside."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.base.canonical import canonical, digest
from tongban.engine.carry import Standing, chain
from tongban.engine.ledger.chain import (
    GENESIS,
    ChainError,
    event_hash,
    personal_digest,
    seal_payload,
    sealed_places,
    unsealed,
    utc_text,
)
from tongban.engine.state import Actor, Command, Event, Sealed

UID = UUID("6f7b1c0a-58f4-4c2e-9b67-3a0f7d6c1e11")
COMMAND = UUID("0b9d9c3e-7f55-4f5d-8a44-2d1f0c3b9a77")
AT = datetime(2026, 4, 27, 9, 30, 0, 120_000, tzinfo=timezone(timedelta(hours=8)))
ROW = {
    "case_uid": UID,
    "seq": 3,
    "type": "task.done",
    "v": 1,
    "occurred_at": AT,
    "recorded_at": AT + timedelta(seconds=1),
    "actor_kind": "staff",
    "actor_id": 12,
    "actor_org_id": 4,
    "on_behalf_of": None,
    "channel": "web",
    "command_id": COMMAND,
    "payload": {"task": 3, "outcome": "pass", "opinion": "申请材料齐全，符合法定形式。"},
}
KNOWN = "f94bb80f02bae2184b42a42cfb75e796f7a94e7f50b4ff20a484f9fef7f49ab6"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc/~键", max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(st.text("abc/~键", max_size=5), JSON, max_size=5)


def test_the_hash_is_that_of_the_canonical_row_after_the_one_before() -> None:
    row = {**ROW, "occurred_at": "2026-04-27T01:30:00.120000Z", "recorded_at": "2026-04-27T01:30:01.120000Z"}
    assert event_hash(GENESIS, **ROW, hash_name="sha256") == digest(GENESIS + canonical(row), "sha256")
    assert event_hash(GENESIS, **ROW, hash_name="sm3") == digest(GENESIS + canonical(row), "sm3")


def test_the_hash_of_a_known_event_never_changes() -> None:
    """A chain written by one release is verified by the next: this value may not be adapted, ever."""
    assert event_hash(GENESIS, **ROW, hash_name="sha256").hex() == KNOWN


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("case_uid", COMMAND),
        ("seq", 4),
        ("type", "task.claimed"),
        ("v", 2),
        ("occurred_at", AT - timedelta(microseconds=1)),
        ("recorded_at", AT),
        ("actor_kind", "system"),
        ("actor_id", 13),
        ("actor_org_id", None),
        ("on_behalf_of", 9),
        ("channel", "counter"),
        ("command_id", UID),
        ("payload", {**ROW["payload"], "outcome": "fail"}),
    ],
)
def test_every_column_is_covered(column: str, other: object) -> None:
    assert event_hash(GENESIS, **{**ROW, column: other}) != event_hash(GENESIS, **ROW)


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("v", 1.0),
        ("v", 1.9),
        ("v", True),
        ("v", "1"),
        ("seq", 3.0),
        ("seq", 3.5),
        ("seq", "3"),
        ("type", ["task.done"]),
    ],
)
def test_a_number_written_otherwise_is_another_event(column: str, other: object) -> None:
    """Proofs are read from JSON that anybody may have written."""
    assert event_hash(GENESIS, **{**ROW, column: other}) != event_hash(GENESIS, **ROW)


@pytest.mark.parametrize("column", ["seq", "v", "actor_id"])
def test_a_number_without_exact_spelling_is_refused(column: str) -> None:
    with pytest.raises(ChainError):
        event_hash(GENESIS, **{**ROW, column: 2**53})


def test_the_events_of_one_command_are_chained_each_with_its_own_author_and_instant() -> None:
    """Staff, the system, staff again; at the instant of the command, at another, at the same written in another zone."""
    case = Standing(1, UID, "A1", "licence", "许可", 1, 1, 5, None, "person", None, 0, "web")
    command = Command(COMMAND, "complete", Actor("staff", 12, "李四", 5, behalf=9), AT, {}, "counter")
    early, now = AT - timedelta(days=1), AT + timedelta(seconds=1)
    told = [(12, AT), (None, AT), (12, early), (12, AT), (12, AT.astimezone(UTC)), (77, AT), (None, now)]
    events = [Event("note.added", at, now, by, {"text": str(n)}) for n, (by, at) in enumerate(told)]
    chained, last = chain(case, 4, GENESIS, command, events, now), GENESIS
    for seq, (event, link) in enumerate(zip(events, chained.rows, strict=True), start=5):
        own = event.by == 12
        last = event_hash(
            last, case_uid=UID, seq=seq, type=event.type, v=1, occurred_at=event.at, recorded_at=now,
            actor_kind="staff" if own else "system", actor_id=event.by, actor_org_id=5 if own else None,
            on_behalf_of=9 if own else None, channel="counter", command_id=COMMAND, payload=event.payload,
        )  # fmt: skip
        assert (link.seq, link.hash) == (seq, last)
    assert chained.last == last


def test_the_event_before_is_covered() -> None:
    assert event_hash(b"\x01" * 32, **ROW) != event_hash(GENESIS, **ROW)


def test_an_instant_is_hashed_the_same_in_every_time_zone() -> None:
    assert event_hash(GENESIS, **{**ROW, "occurred_at": AT.astimezone(UTC)}) == event_hash(GENESIS, **ROW)
    assert utc_text(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ChainError, match="zone"):
        event_hash(GENESIS, **{**ROW, "occurred_at": datetime(2026, 1, 1)})  # noqa: DTZ001


@given(PAYLOADS)
def test_a_payload_hashes_the_same_after_json_and_back_in_any_key_order(payload: dict[str, object]) -> None:
    if sealed_places(payload) or _has_nul(payload):
        return
    plain, personal = seal_payload(payload)
    back = orjson.loads(orjson.dumps(dict(reversed(plain.items()))))
    assert personal == []
    assert event_hash(GENESIS, **{**ROW, "payload": back}) == event_hash(GENESIS, **{**ROW, "payload": plain})


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), Decimal("1.50"), AT, AT.date(), UID, b"bytes", {1, 2}, {1: "key"}, object()],
    ids=lambda value: type(value).__name__,
)
def test_what_jsonb_would_not_give_back_is_refused(value: object) -> None:
    with pytest.raises(ChainError):
        seal_payload({"deep": [{"in": value}]})


@pytest.mark.parametrize("value", ["\0", "a\0b", 2**53])
def test_what_jsonb_or_other_readers_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(ChainError):
        event_hash(GENESIS, **{**ROW, "payload": {"x": value}})


def test_a_backslash_before_u0000_is_only_text() -> None:
    assert event_hash(GENESIS, **{**ROW, "payload": {"x": "\\u0000"}}) != GENESIS


def test_a_refusal_says_where() -> None:
    with pytest.raises(ChainError, match="/fees/1/amount"):
        seal_payload({"fees": [{"amount": "1"}, {"amount": 1.5}]})


def test_a_personal_value_leaves_its_salted_digest() -> None:
    payload, personal = seal_payload(
        {"applicant": {"phone": Sealed("13800000000"), "kind": "person"}}, lambda: b"s" * 16
    )
    assert [tuple(p) for p in personal] == [("/applicant/phone", b"s" * 16, "13800000000")]
    assert payload == {
        "applicant": {"phone": {"sealed": personal_digest(b"s" * 16, "13800000000").hex()}, "kind": "person"}
    }
    assert sealed_places(payload) == {"/applicant/phone": payload["applicant"]["phone"]["sealed"]}
    assert unsealed(payload, {"/applicant/phone": "13800000000"})["applicant"]["phone"] == "13800000000"
    assert unsealed(payload, {}) == payload


def test_the_same_value_never_leaves_the_same_digest() -> None:
    first, second = (seal_payload({"phone": Sealed("13800000000")})[0] for _ in range(2))
    assert first != second


def test_paths_are_json_pointers() -> None:
    _, personal = seal_payload(
        {"a/b": [{"c~d": Sealed(1)}, MappingProxyType({"e": Sealed([2, {"f": "g"}])})]}
    )
    assert [p.path for p in personal] == ["/a~1b/0/c~0d", "/a~1b/1/e"]


@pytest.mark.parametrize(
    "payload",
    [
        {"x": {"sealed": "looks like one"}},
        {"sealed": "at the top"},
        {"x": Sealed(Sealed(1))},
        {"x": Sealed(1.5)},
    ],
)
def test_a_payload_cannot_pretend_to_be_sealed(payload: dict[str, object]) -> None:
    with pytest.raises(ChainError):
        seal_payload(payload)


@given(PAYLOADS, st.lists(JSON, min_size=1, max_size=3))
def test_sealing_then_unsealing_gives_the_values_back(
    payload: dict[str, object], values: list[object]
) -> None:
    if sealed_places(payload) or any(sealed_places({"x": value}) for value in values):
        return
    sealed, personal = seal_payload({"open": payload, "own": [Sealed(value) for value in values]})
    assert unsealed(sealed, {p.path: p.value for p in personal}) == {"open": payload, "own": values}
    assert set(sealed_places(sealed)) == {p.path for p in personal}


def _has_nul(value: object) -> bool:
    return "\\u0000" in orjson.dumps(value).decode()
