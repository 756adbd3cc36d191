"""A proof of one case that an outsider can check alone: its chain, and that each event is in a signed tree.

`verify_proof` and what it needs are pure and stand on `chain`, `merkle`, `note` and `base.canonical` only: with
those files and a public key obtained from elsewhere, nobody has to trust this installation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from tongban.base.canonical import CanonicalError, digest
from tongban.engine.ledger.chain import (
    GENESIS,
    ChainError,
    event_hash,
    personal_digest,
    sealed_places,
    utc_text,
)
from tongban.engine.ledger.merkle import (
    ProofError,
    inclusion_plan,
    leaf_hash,
    places,
    resolve,
    verify_inclusion,
)
from tongban.engine.ledger.note import NoteError, Verifier, open_note, read_head

FORMAT = "tongban-ledger-proof/1"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof shows: these events of this case, unchanged since the checkpoint was signed."""

    case_uid: UUID
    number: str  # as the proof names it
    events: int
    tree_size: int
    checkpoint: int
    signed_at: datetime | None
    personal: int  # personal values shown and fitting their digests
    withheld: int  # personal values of which only the digest is shown
    numbered: bool = (
        False  # whether the first event says the number: where it is closed, or old, nothing vouches for it
    )
    closed: int = 0  # events of which only the hash is shown: that they are in the tree, not what they say


#: Events that say to anybody only what the result itself says: no opinions, remarks, findings or reasons.
PUBLIC = frozenset({"case.accepted", "case.deemed_accepted", "result.issued", "case.closed"})


def make_proof(case_number: str, *, personal: bool = False, public: bool = False) -> dict[str, Any]:
    """The proof of a case as JSON values, against the newest checkpoint.

    Holds the events that this checkpoint covers; `unsealed` counts later ones. Personal values are left out unless
    `personal` says otherwise, as for the person they concern. `public` makes one for anybody: of events that are not
    PUBLIC it shows the hash and no more. Reads O(log n) rows of the tree for each event.
    Raises LookupError when there is no such case, LedgerError (E_LEDGER_UNSEALED) when no event of it is covered yet.
    """
    from django.db import connection

    from tongban.engine.ledger.errors import LedgerError
    from tongban.engine.ledger.models import Checkpoint
    from tongban.engine.ledger.sealing import read_nodes, signed_note
    from tongban.engine.models import EventPersonal, EventRow
    from tongban.engine.queries import console_case

    case = console_case(case_number)
    if case is None:
        raise LookupError(case_number)
    head = Checkpoint.objects.select_related("key").order_by("-no").first()
    size = head.tree_size if head else 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq, index FROM engine_ledger_leaf WHERE case_id = %s AND index < %s ORDER BY seq",
            [case.pk, size],
        )
        leaves = dict(cursor.fetchall())
    rows = list(EventRow.objects.filter(case_id=case.pk).order_by("seq"))
    if head is None or not leaves:
        raise LedgerError(
            "E_LEDGER_UNSEALED",
            f"办件 {case_number} 的事件尚未存证。",
            "请先运行 tongban ledger checkpoint。",
        )
    hash_ = partial(digest, name=head.hash_name)
    plans = {seq: inclusion_plan(index, size) for seq, index in leaves.items()}
    nodes = read_nodes(places(plans.values()), hash_)
    proof: dict[str, Any] = {
        "format": FORMAT,
        "made_at": utc_text(datetime.now(UTC)),
        "case": {"number": case.number, "uid": str(case.uid)},
        "hash": head.hash_name,
        "key": head.key.public,
        "checkpoint": signed_note(head),
        "unsealed": len(rows) - len(leaves),
        "events": [
            {
                "seq": row.seq,
                "type": row.type,
                "v": row.v,
                "occurred_at": utc_text(row.occurred_at),
                "recorded_at": utc_text(row.recorded_at),
                "actor_kind": row.actor_kind,
                "actor_id": row.actor_id,
                "actor_org_id": row.actor_org_id,
                "on_behalf_of": row.on_behalf_of,
                "channel": row.channel,
                "command_id": str(row.command_id),
                "payload": row.payload,
                "hash": bytes(row.hash).hex(),
                "leaf": leaves[row.seq],
                "path": [element.hex() for element in resolve(plans[row.seq], nodes, hash_)],
            }
            for row in rows
            if row.seq in leaves
        ],
    }
    if public:
        shut = ("seq", "hash", "leaf", "path")
        proof["events"] = [
            e if e["type"] in PUBLIC else {"closed": True, **{key: e[key] for key in shut}}
            for e in proof["events"]
        ]
    if personal:
        proof["personal"] = [
            {"seq": row.seq, "path": row.path, "salt": bytes(row.salt).hex(), "value": row.value}
            for row in EventPersonal.objects.filter(case_id=case.pk, erased_at=None).order_by("seq", "path")
            if row.seq in leaves
        ]
    return proof


def verify_proof(proof: Mapping[str, Any], public_key: str) -> Proven:
    """Check a proof against a public key (name+id+base64) that was not taken from the proof itself. Pure.

    Raises ProofError, naming the first event that does not fit.
    """
    try:
        return _verify(proof, Verifier.parse(public_key))
    except NoteError as error:
        raise ProofError(f"checkpoint: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, ProofError):
            raise
        raise ProofError(f"malformed proof: {error!r}") from None


def _verify(proof: Mapping[str, Any], verifier: Verifier) -> Proven:
    if proof["format"] != FORMAT:
        raise ProofError(f"unknown format {proof['format']!r}")
    head = read_head(open_note(proof["checkpoint"], verifier))
    if proof["hash"] != head.hash_name:
        raise ProofError(
            f"the proof speaks of {proof['hash']}, the checkpoint was signed over {head.hash_name}"
        )
    hash_ = partial(digest, name=head.hash_name)
    uid = UUID(proof["case"]["uid"])
    shown = {(row["seq"], row["path"]): row for row in proof.get("personal", ())}
    prev, withheld, fitting, closed = GENESIS, 0, 0, 0
    for number, event in enumerate(proof["events"], start=1):
        if event["seq"] != number:
            raise ProofError(f"event {number} is missing, event {event['seq']} stands in its place")
        shut = event.get("closed") is True
        computed = bytes.fromhex(event["hash"]) if shut else _hash(event, prev, uid, head.hash_name)
        if computed.hex() != event["hash"]:
            raise ProofError(f"event {number}: its hash is {computed.hex()}, the proof says {event['hash']}")
        try:
            path = [bytes.fromhex(element) for element in event["path"]]
            verify_inclusion(event["leaf"], head.size, leaf_hash(computed, hash_), path, head.root, hash_)
        except ProofError as error:
            raise ProofError(f"event {number} is not in the signed tree: {error}") from None
        closed += shut
        sealed = {} if shut else sealed_places(event["payload"])
        fit = _fitting(number, sealed, shown, head.hash_name)
        fitting += fit
        withheld += len(sealed) - fit
        prev = computed
    if not proof["events"]:
        raise ProofError("the proof holds no event")
    first = proof["events"][0].get("payload") or {}
    if first.get("number", proof["case"]["number"]) != proof["case"]["number"]:
        raise ProofError(f"the case is {first['number']}, the proof names {proof['case']['number']}")
    if shown:
        raise ProofError(f"a personal value without a place in an event: {min(shown)}")
    return Proven(
        case_uid=uid,
        number=proof["case"]["number"],
        events=len(proof["events"]),
        tree_size=head.size,
        checkpoint=head.no,
        signed_at=head.signed_at,
        personal=fitting,
        withheld=withheld,
        numbered="number" in first,
        closed=closed,
    )


def _fitting(
    number: int, sealed: Mapping[str, str], shown: dict[tuple[int, str], Mapping[str, Any]], hash_name: str
) -> int:
    """How many of an event's personal values are shown; each must fit its digest. Takes them out of `shown`."""
    fit = 0
    for place, expected in sealed.items():
        row = shown.pop((number, place), None)
        if row is None:
            continue
        if personal_digest(bytes.fromhex(row["salt"]), row["value"], hash_name).hex() != expected:
            raise ProofError(f"event {number}: the personal value at {place} does not fit its digest")
        fit += 1
    return fit


def _hash(event: Mapping[str, Any], prev: bytes, uid: UUID, hash_name: str) -> bytes:
    try:
        return event_hash(
            prev,
            case_uid=uid,
            seq=event["seq"],
            type=event["type"],
            v=event["v"],
            occurred_at=datetime.fromisoformat(event["occurred_at"]),
            recorded_at=datetime.fromisoformat(event["recorded_at"]),
            actor_kind=event["actor_kind"],
            actor_id=event["actor_id"],
            actor_org_id=event["actor_org_id"],
            on_behalf_of=event["on_behalf_of"],
            channel=event["channel"],
            command_id=UUID(event["command_id"]),
            payload=event["payload"],
            hash_name=hash_name,
        )
    except (ChainError, CanonicalError) as error:
        raise ProofError(f"event {event['seq']}: {error}") from None
