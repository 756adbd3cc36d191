"""Lawful erasure of a personal value (个人信息保护法第四十七条): the value goes, the chain stays whole.

What is erased is the value *and its salt*: whoever kept the salt could try every telephone number against the digest
that remains in the chain. That it was erased, by whom and why, becomes an event of the same chain.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import orjson
from django.db import connection, transaction

from tongban.engine import codec, kinds
from tongban.engine.errors import Refused
from tongban.engine.ledger.chain import event_hash
from tongban.engine.machine import apply
from tongban.engine.models import Attachment, Case, CaseData, EventPersonal
from tongban.engine.people import ERASED
from tongban.engine.queries import WHO, case_to_erase
from tongban.engine.state import Event
from tongban.registry.grants import scopes_for
from tongban.registry.models import Account


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased, and the event (number `recorded_seq` of the case) that says so."""

    number: str
    seq: int
    path: str
    recorded_seq: int


def erase_personal(
    account: Account, case: int, seq: int, path: str, reason: str, *, now: datetime | None = None
) -> Erased:
    """Erase the personal value at `path` (JSON Pointer) of event `seq` of the case with that id.

    Needs the verb "ledger" on the case. `reason` goes into the chain and must itself name nobody. What platforms made of
    the value (`kinds.on_erasure`) goes with it. With who applied (`WHO`) go the name on the case, every revision of the
    form and what was handed in; therefore only once the case is closed: until then the office needs them to do its duty.
    Raises Refused: not_found, not_permitted, missing_field, already_erased, case_open.
    """
    reason = reason.strip()
    if not reason:
        raise Refused("missing_field", "请写明清除个人信息的理由。")
    moment = now or datetime.now(UTC)
    command = uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, uid, org_id, matter_id, secrecy, seq, last_hash, phase FROM engine_case"
            " WHERE id = %s FOR UPDATE",
            [case],
        )
        row = cursor.fetchone()
        if row is None:
            raise Refused("not_found", "没有这个办件。")
        number, uid, org, matter, secrecy, last, last_hash, phase = row
        if not scopes_for(account).of("ledger").admits(org, matter, secrecy):
            raise Refused("not_permitted", "您没有清除该办件个人信息的权限。")
        cursor.execute(
            "SELECT erased_at IS NOT NULL FROM engine_event_personal WHERE case_id = %s AND seq = %s AND path = %s",
            [case, seq, path],
        )
        found = cursor.fetchone()
        if found is None:
            raise Refused("not_found", f"第 {seq} 号事件的 {path} 处没有个人信息。")
        if found[0]:
            raise Refused("already_erased", "该项个人信息此前已经清除。")
        whole = (seq, path) == (1, WHO)
        if whole and phase != Case.Phase.CLOSED:
            raise Refused("case_open", "办件还没有办结，办理所需的个人信息要等办结以后才能清除。")
        cursor.execute(
            "UPDATE engine_event_personal SET value = NULL, salt = '', erased_at = %s, erased_reason = %s"
            " WHERE case_id = %s AND seq = %s AND path = %s",
            [moment, reason, case, seq, path],
        )
        payload = {"seq": seq, "path": path, "reason": reason}
        event = Event("personal.erased", moment, moment, account.pk, payload)
        hash_ = event_hash(
            bytes(last_hash),
            case_uid=uid,
            seq=last + 1,
            type=event.type,
            v=event.v,
            occurred_at=moment,
            recorded_at=moment,
            actor_kind="staff",
            actor_id=account.pk,
            actor_org_id=None,
            on_behalf_of=None,
            channel="web",
            command_id=command,
            payload=payload,
        )
        cursor.execute(
            "INSERT INTO engine_event (case_id, seq, type, v, occurred_at, recorded_at, actor_kind, actor_id, channel,"
            " command_id, payload, prev_hash, hash)"
            " VALUES (%s, %s, %s, %s, %s, %s, 'staff', %s, 'web', %s, %s, %s, %s)",
            [
                case, last + 1, event.type, event.v, moment, moment, account.pk,
                command, orjson.dumps(payload).decode(), last_hash, hash_,
            ],
        )  # fmt: skip
        cursor.execute("SELECT state::text FROM engine_case_state WHERE case_id = %s", [case])
        after = apply(codec.decode(cursor.fetchone()[0]), event)
        cursor.execute(
            "WITH kept AS (UPDATE engine_case_state SET state = %s WHERE case_id = %s)"
            " UPDATE engine_case SET seq = %s, last_hash = %s WHERE id = %s",
            [codec.encode(after).decode(), case, last + 1, hash_, case],
        )
        files = _forget_applicant(case) if whole else ()
        for eraser in kinds.erasers():
            eraser(kinds.Erasure(case, seq, path, last + 1, moment, files))
    return Erased(number, seq, path, last + 1)


def erase_case(account: Account, case: int, reason: str) -> tuple[Erased, ...]:
    """Erase every personal value that a closed case still holds, who applied first; each becomes an event of its own.

    Raises Refused as `erase_personal`; already_erased where nothing is left.
    """
    with transaction.atomic():
        left = EventPersonal.objects.filter(case_id=case, erased_at=None).order_by("seq", "path")
        places = sorted(left.values_list("seq", "path"), key=lambda at: (at != (1, WHO), at))
        if not places and case_to_erase(case) is not None:
            raise Refused("already_erased", "该办件的个人信息此前已经清除。")
        if not places or (1, WHO) not in places:
            _closed(case)
        return tuple(erase_personal(account, case, seq, path, reason) for seq, path in places)


def _closed(case: int) -> None:
    row = case_to_erase(case)
    if row is None:
        raise Refused("not_found", "没有这个办件。")
    if row.phase != Case.Phase.CLOSED:
        raise Refused("case_open", "办件还没有办结，办理所需的个人信息要等办结以后才能清除。")


def _forget_applicant(case: int) -> tuple[str, ...]:
    """Take the applicant out of the case row, its form and its uploads; the digests of these, whose bytes are to go too."""
    row = case_to_erase(case)
    if row is None:
        raise Refused("not_found", "没有这个办件。")
    title = row.title.replace(row.applicant_name, ERASED) if row.applicant_name else row.title
    row.title, row.applicant_name, row.applicant_digest = title[:200], ERASED, ""
    row.save(update_fields=["title", "applicant_name", "applicant_digest"])
    CaseData.objects.filter(case_id=case).delete()
    uploads = Attachment.objects.filter(case_id=case)
    files = tuple(sorted(set(uploads.values_list("file_id", flat=True))))
    uploads.delete()
    return files
