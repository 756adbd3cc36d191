"""Case after case: chain, sealed leaves, personal values, the row, and the state as the fold of the events."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from typing import Any

import orjson

from tongban.base.console import Ticker
from tongban.engine import codec
from tongban.engine.ledger.chain import GENESIS, ChainError, event_hash, personal_digest, sealed_places
from tongban.engine.ledger.verify.report import Misfit, Report
from tongban.engine.ledger.verify.rows import CaseFacts, EventFacts, Groups, LeafFacts, PersonalFacts
from tongban.engine.machine import fold
from tongban.engine.state import Event, State

_CASES = (
    "SELECT id, uid, number, seq, last_hash,"
    " (SELECT s.state::text FROM engine_case_state s WHERE s.case_id = engine_case.id) FROM engine_case"
)
_EVENTS = (
    "SELECT case_id, seq, id, type, v, occurred_at, recorded_at, actor_kind, actor_id, actor_org_id, on_behalf_of,"
    " channel, command_id, payload::text, prev_hash, hash FROM engine_event"
)
_LEAVES = "SELECT case_id, seq, index, event_id, hash FROM engine_ledger_leaf"
_PERSONAL = "SELECT case_id, seq, path, salt, value::text, erased_at IS NOT NULL FROM engine_event_personal"


def check_cases(
    report: Report, tick: Ticker, only: Sequence[int] | None, hash_name: str, sealed_to: int
) -> None:
    """Every case, or those with the ids in `only`: four streams in the order of case ids, merged as they come."""

    def stream(sql: str, key: str, order: str) -> Groups:
        where = "" if only is None else f" WHERE {key} = ANY(%s)"
        return Groups(f"{sql}{where} ORDER BY {order}", [] if only is None else [list(only)])

    with (
        closing(stream(_CASES, "id", "id")) as cases,
        closing(stream(_EVENTS, "case_id", "case_id, seq")) as events,
        closing(stream(_LEAVES, "case_id", "case_id, seq")) as leaves,
        closing(stream(_PERSONAL, "case_id", "case_id, seq, path")) as personal,
    ):
        streams = (cases, events, leaves, personal)
        while (here := min((s.here for s in streams if s.here is not None), default=None)) is not None:
            rows = cases.take(here)
            chain = [_event(row) for row in events.take(here)]
            sealed = [LeafFacts(*row) for row in leaves.take(here)]
            misfit = check_case(
                CaseFacts(*rows[0]) if rows else None,
                chain,
                sealed,
                [PersonalFacts(*row) for row in personal.take(here)],
                hash_name=hash_name,
                sealed_to=sealed_to,
                counts=report.counts,
            )
            if misfit is not None:
                report.add(
                    misfit if misfit.case else Misfit(**{**_fields(misfit), "case": f"内部编号 {here}"})
                )
            report.counts.update(cases=len(rows), events=len(chain), unsealed=len(chain) - len(sealed))
            tick.advance(len(chain))


def check_case(
    case: CaseFacts | None,
    events: Sequence[EventFacts],
    leaves: Sequence[LeafFacts],
    personal: Sequence[PersonalFacts],
    *,
    hash_name: str,
    sealed_to: int,
    counts: Counter[str],
) -> Misfit | None:
    """The first thing that does not fit in one case: its chain, leaves, personal values, row and state. Pure.

    `sealed_to` is the id of the last sealed event: an event with a smaller id and without a leaf was slipped in.
    """
    number = case.number if case else _number(events)
    if case is None:
        return Misfit("case_missing", number, detail=f"尚存 {len(events)} 个事件、{len(leaves)} 个存证叶")
    chain = _Chain(case, events, leaves, hash_name, sealed_to)
    return (
        chain.first_misfit()
        or _check_personal(case, events, personal, hash_name, counts)
        or _check_row(case, events, counts)
    )


class _Chain:
    """The events of one case against each other and against what was sealed."""

    def __init__(
        self,
        case: CaseFacts,
        events: Sequence[EventFacts],
        leaves: Sequence[LeafFacts],
        hash_name: str,
        sealed_to: int,
    ) -> None:
        self.case, self.events, self.hash_name, self.sealed_to = case, events, hash_name, sealed_to
        self.leaves = {leaf.seq: leaf for leaf in leaves}

    def first_misfit(self) -> Misfit | None:
        prev, upcoming = GENESIS, 1
        for event in self.events:
            if event.seq != upcoming:
                return self._missing(upcoming)
            if misfit := self._event(event, prev):
                return misfit
            prev, upcoming = event.hash, upcoming + 1
        last = max((upcoming - 1, self.case.seq, *self.leaves))
        if last >= upcoming:
            return self._missing(upcoming)
        if self.case.seq < upcoming - 1:
            return self._misfit(
                "case_head", self.case.seq + 1, detail=f"办件记录只到第 {self.case.seq} 号事件"
            )
        if self.case.last_hash != prev:
            return self._misfit("case_head", 0, prev, self.case.last_hash)
        return None

    def _event(self, event: EventFacts, prev: bytes) -> Misfit | None:
        leaf = self.leaves.get(event.seq)
        computed = self._hash(event, prev, event.seq)
        if computed != event.hash or event.prev_hash != prev:
            return self._why(event, prev, computed, leaf)
        if leaf is None:
            if event.id <= self.sealed_to:
                return self._misfit("extra", event.seq, detail="该事件早于最后一次存证，却没有存证叶")
        elif leaf.hash != event.hash:
            elsewhere = next((s for s, other in self.leaves.items() if other.hash == event.hash), None)
            if elsewhere is not None:
                return self._misfit("reordered", event.seq, detail=f"存证时为第 {elsewhere} 号")
            return self._misfit("altered", event.seq, leaf.hash, event.hash, "链已重新计算，但与存证不符")
        elif leaf.event_id != event.id:
            return self._misfit(
                "reordered", event.seq, detail=f"存证时的流水号为 {leaf.event_id}，现为 {event.id}"
            )
        return None

    def _why(self, event: EventFacts, prev: bytes, computed: bytes, leaf: LeafFacts | None) -> Misfit:
        if computed == event.hash:  # the row is as written, only the copy of its predecessor's hash is not
            return self._misfit("broken_link", event.seq, prev, event.prev_hash)
        if self._hash(event, event.prev_hash, event.seq) == event.hash:
            return self._misfit("broken_link", event.seq, prev, event.prev_hash)
        for seq in sorted({other.seq for other in self.events} | self.leaves.keys()):
            if event.hash in (self._hash(event, event.prev_hash, seq), self._hash(event, prev, seq)):
                return self._misfit("reordered", event.seq, detail=f"原为第 {seq} 号")
        return self._misfit("altered", event.seq, leaf.hash if leaf else event.hash, computed)

    def _missing(self, seq: int) -> Misfit:
        leaf = self.leaves.get(seq)
        return self._misfit("missing", seq, leaf.hash if leaf else b"", b"")

    def _hash(self, event: EventFacts, prev: bytes, seq: int) -> bytes:
        try:
            return event_hash(
                prev,
                case_uid=self.case.uid,
                seq=seq,
                type=event.type,
                v=event.v,
                occurred_at=event.occurred_at,
                recorded_at=event.recorded_at,
                actor_kind=event.actor_kind,
                actor_id=event.actor_id,
                actor_org_id=event.actor_org_id,
                on_behalf_of=event.on_behalf_of,
                channel=event.channel,
                command_id=event.command_id,
                payload=event.payload,
                hash_name=self.hash_name,
            )
        except ChainError:  # what could never have been written: a fraction put into a payload
            return b""

    def _misfit(
        self, kind: str, seq: int, expected: bytes = b"", found: bytes = b"", detail: str = ""
    ) -> Misfit:
        return Misfit(kind, self.case.number, seq, expected.hex(), found.hex(), detail)


def _check_personal(
    case: CaseFacts,
    events: Sequence[EventFacts],
    personal: Sequence[PersonalFacts],
    hash_name: str,
    counts: Counter[str],
) -> Misfit | None:
    beside = {(row.seq, row.path): row for row in personal}
    recorded = {
        (event.payload.get("seq"), event.payload.get("path"))
        for event in events
        if event.type == "personal.erased" and isinstance(event.payload, dict)
    }
    for event in events:
        if not event.marked:
            continue
        for path, expected in sealed_places(event.payload).items():
            row = beside.pop((event.seq, path), None)
            if row is None:
                return Misfit("personal_missing", case.number, event.seq, detail=path)
            if row.erased:
                counts["erased"] += 1
                if (event.seq, path) not in recorded:
                    return Misfit("erasure_unrecorded", case.number, event.seq, detail=path)
                continue
            counts["personal"] += 1
            try:
                found = personal_digest(row.salt, orjson.loads(row.value or "null"), hash_name).hex()
            except ChainError:
                found = ""
            if found != expected:
                return Misfit("personal_altered", case.number, event.seq, expected, found, path)
    if beside:
        seq, path = min(beside)
        return Misfit("personal_extra", case.number, seq, detail=path)
    return None


def _check_row(case: CaseFacts, events: Sequence[EventFacts], counts: Counter[str]) -> Misfit | None:
    """The state kept on the case row is the fold of the events (invariant I2)."""
    counts["states"] += 1
    if _number(events) not in ("", case.number):
        return Misfit("state", case.number, detail=f"办件编号，首个事件写的是 {_number(events)}")
    try:
        folded = fold(Event(e.type, e.occurred_at, e.recorded_at, e.actor_id, e.payload, e.v) for e in events)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return Misfit("state", case.number, detail=f"事件无法重放：{error!r}")
    try:
        kept = codec.load(orjson.loads(case.state))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Misfit("state", case.number, detail=f"状态无法读取：{error!r}")
    if kept == folded:
        return None
    names = [name for name in State.__annotations__ if getattr(kept, name) != getattr(folded, name)]
    return Misfit("state", case.number, detail="、".join(names))


def _event(row: tuple[Any, ...]) -> EventFacts:
    return EventFacts._make((*row[:13], orjson.loads(row[13]), *row[14:], '"sealed"' in row[13]))


def _number(events: Sequence[EventFacts]) -> str:
    payload = events[0].payload if events else {}
    return str(payload.get("number", "")) if isinstance(payload, dict) else ""


def _fields(misfit: Misfit) -> dict[str, Any]:
    return {name: getattr(misfit, name) for name in Misfit.__dataclass_fields__}
