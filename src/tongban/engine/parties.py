"""Who besides the applicant takes part in a case: agents (代理人), co-applicants (共同申请人), third parties (第三人).

An agent acts in the applicant's stead, and each event of theirs says so (`on_behalf_of`); a co-applicant acts for
themself; a third party is only told how far it is (`queries.concerns`). A helper (帮办代办) is a clerk of a town or village
who took the case in for another unit, named by `open_case`.

Nobody takes part unasked. `name_party` names a person by name and identity number, which makes an invitation and tells
nobody whether that person has an account; `answer_party` is theirs alone. Only who opens a case in another's stead, the
agent or the helper, takes part from the first event on. Every naming, answer and end is an event of the chain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from django.utils import timezone

from tongban.base.codes import CodeError, parse_citizen_id
from tongban.engine.errors import Refused
from tongban.engine.models import CaseParty, EventPersonal, EventRow, PartyInvitation
from tongban.engine.state import Actor, Sealed
from tongban.registry.identity import id_digest
from tongban.registry.models import Account
from tongban.registry.queries import today

NAMING = frozenset({"name_party", "end_party"})
ANSWER = "answer_party"
COMMANDS = NAMING | {ANSWER}
VERIFIED = (
    2  # real-name level from which an identity number proves who somebody is (`identity.find_resident`)
)
NAMED = (CaseParty.Role.AGENT, CaseParty.Role.CO_APPLICANT, CaseParty.Role.THIRD)
_WHO = "/who"  # place of the person's name in the payload of party.invited


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who takes part: an account, and in which role."""

    account: Account
    role: Literal["agent", "co", "third", "helper"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation as the person who is asked reads it: what about, by whom, as what."""

    id: int
    case_id: int
    matter: str
    org_id: int
    applicant: str
    role: str
    basis: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Taking:
    """Somebody who was asked to take part, or does, as who asked them reads it. `ref` is what `end_party` names."""

    ref: Mapping[str, int]
    name: str
    role: str
    status: str  # asked, taking, declined
    since: datetime


def only_openers(parties: Iterable[Party], opener: int | None) -> None:
    """Refuse with ``party_must_agree`` to begin a case with anybody as a party but who begins it."""
    if any(p.account.pk != opener for p in parties):
        raise Refused("party_must_agree", "参与人要本人同意。请先提交申请，再邀请他参与。")


def enrol(case_id: int, parties: Iterable[Party]) -> None:
    """Write down who takes part; in the transaction of the command that says so."""
    CaseParty.objects.bulk_create(
        [CaseParty(case_id=case_id, account=p.account, role=p.role) for p in parties], ignore_conflicts=True
    )


def read(case_id: int, type_: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What `name_party` or `end_party` asks for, as the machine is told it; the case is held.

    Raises Refused: "party_unreadable", "party_asked", "party_gone".
    """
    return _person(case_id, given) if type_ == "name_party" else _ending(case_id, given)


def invited(account: Account, case_id: int, given: Mapping[str, Any]) -> tuple[Actor, dict[str, Any]]:
    """Who answers an invitation, and what the machine is told; the case is held.

    Raises Refused "not_found" for what is not an open invitation of this person to this case.
    """
    asked = str(given.get("invitation", ""))
    row = _mine(account).filter(case_id=case_id, pk=int(asked)).first() if asked.isdecimal() else None
    if row is None:
        raise Refused("not_found", "没有这个邀请，或者已经答复、撤回了。")
    actor = Actor("resident", account.pk, account.display_name, None, frozenset(), frozenset({"invited"}))
    return actor, {**given, "role": row.role, "invitation": row.seq, "accept": bool(given.get("accept"))}


class Done(Protocol):
    """What a command came to: the types of its events, and the number of the last."""

    @property
    def events(self) -> tuple[str, ...]: ...
    @property
    def seq(self) -> int: ...


def record(case_id: int, type_: str, told: Mapping[str, Any], account: int | None, done: Done) -> None:
    """What a command about parties means for the rows; in its transaction."""
    rows = PartyInvitation.objects.filter(case_id=case_id)
    if type_ == "name_party":
        seq = done.seq - len(done.events) + 1 + done.events.index("party.invited")
        PartyInvitation.objects.create(
            case_id=case_id,
            seq=seq,
            role=told["role"],
            id_digest=told["who"].value["id"],
            asked_by_id=account,
        )
    elif type_ == ANSWER:
        status = PartyInvitation.Status.ACCEPTED if told["accept"] else PartyInvitation.Status.DECLINED
        rows.filter(seq=told["invitation"]).update(
            status=status, account_id=account, answered_at=timezone.now()
        )
        if told["accept"] and account is not None:
            CaseParty.objects.get_or_create(case_id=case_id, account_id=account, role=told["role"])
    elif "account" in told:
        CaseParty.objects.filter(case_id=case_id, account_id=told["account"], role=told["role"]).delete()
        rows.filter(account_id=told["account"], role=told["role"]).update(status=PartyInvitation.Status.ENDED)
    else:
        rows.filter(seq=told["invitation"]).update(status=PartyInvitation.Status.ENDED)


def invitations(account: Account) -> tuple[Asked, ...]:
    """The open invitations of a person whose identity was verified, the latest first."""
    rows = _mine(account).select_related("case__offering_version").order_by("-pk")
    return tuple(
        Asked(
            r.pk, r.case_id, r.case.offering_version.name, r.case.org_id, r.case.applicant_name, r.role, _basis(r),
            r.asked_at,
        )
        for r in rows
    )  # fmt: skip


def invitee(case_id: int, seq: int) -> Account | None:
    """The account of who is asked by that event, if there is one; for effects after the commit."""
    row = PartyInvitation.objects.filter(
        case_id=case_id, seq=seq, status=PartyInvitation.Status.ASKED
    ).first()
    if row is None:
        return None
    found = Account.objects.filter(
        kind=Account.Kind.RESIDENT, is_active=True, real_name_level__gte=VERIFIED, id_digest=row.id_digest
    ).first()
    return found if found is not None and _mine(found).filter(pk=row.pk).exists() else None


def parties_of(case_id: int) -> tuple[Taking, ...]:
    """Who takes part in a case and who was asked to, the first first; for who may name them (`allowed`)."""
    asked = PartyInvitation.objects.filter(case_id=case_id).order_by("pk")
    names = _names(case_id, [r.seq for r in asked])
    found = [
        Taking({"party": p.pk}, p.account.display_name, p.role, "taking", p.since)
        for p in CaseParty.objects.filter(case_id=case_id, role__in=NAMED)
        .select_related("account")
        .order_by("pk")
    ]
    found += [
        Taking({"invitation": r.pk}, names.get(r.seq, ""), r.role, r.status, r.answered_at or r.asked_at)
        for r in asked
        if r.status in (PartyInvitation.Status.ASKED, PartyInvitation.Status.DECLINED)
    ]
    return tuple(found)


def _mine(account: Account) -> Any:
    """Open invitations of this person: the number is theirs and verified, and the name is theirs too."""
    rows = PartyInvitation.objects.filter(status=PartyInvitation.Status.ASKED, case__concluded_at=None)
    if not account.id_digest or account.real_name_level < VERIFIED or account.kind != Account.Kind.RESIDENT:
        return rows.none()
    rows = rows.filter(id_digest=account.id_digest)
    right = [r.pk for r in rows if _names(r.case_id, [r.seq]).get(r.seq) == account.display_name]
    return rows.filter(pk__in=right)


def _person(case_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in given.items() if k not in ("name", "id_number", "account")}
    for field, what in (("name", "姓名"), ("id_number", "身份证号码")):
        if not str(given.get(field) or "").strip():
            raise Refused("missing_field", f"请填写参与人的{what}。", detail={"field": field})
    name = "".join(str(given["name"]).split())
    if not 2 <= len(name) <= 30:
        raise Refused("party_unreadable", "请填写证件上的姓名。", detail={"field": "name"})
    try:
        number = parse_citizen_id(str(given["id_number"]), today=today()).text
    except CodeError as error:
        raise Refused("party_unreadable", error.message, detail={"field": "id_number"}) from None
    digest, role = id_digest(Account.IdType.CITIZEN, number), str(given.get("role", ""))
    there = PartyInvitation.objects.filter(case_id=case_id, id_digest=digest, role=role)
    if there.filter(status__in=(PartyInvitation.Status.ASKED, PartyInvitation.Status.ACCEPTED)).exists():
        raise Refused("party_asked", "已经邀请过这个人以这个身份参与。", detail={"field": "id_number"})
    return told | {"who": Sealed({"name": name, "id": digest})}


def _ending(case_id: int, given: Mapping[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in given.items() if k not in ("party", "account", "role", "invitation")}
    ref = {k: int(str(given[k])) for k in ("party", "invitation") if str(given.get(k, "")).isdecimal()}
    if "party" in ref:
        party = CaseParty.objects.filter(case_id=case_id, pk=ref["party"], role__in=NAMED).first()
        if party is not None:
            return told | {"account": party.account_id, "role": party.role}
    elif "invitation" in ref:
        open_ = PartyInvitation.objects.filter(case_id=case_id, status=PartyInvitation.Status.ASKED)
        row = open_.filter(pk=ref["invitation"]).first()
        if row is not None:
            return told | {"invitation": row.seq, "role": row.role}
    raise Refused("party_gone", "这个办件里没有这个参与人或者邀请，可能已经解除。")


def _names(case_id: int, seqs: Iterable[int]) -> dict[int, str]:
    rows = EventPersonal.objects.filter(case_id=case_id, seq__in=list(seqs), path=_WHO, erased_at=None)
    return {seq: str(value["name"]) for seq, value in rows.values_list("seq", "value") if value}


def _basis(row: PartyInvitation) -> str:
    payload = (
        EventRow.objects.filter(case_id=row.case_id, seq=row.seq).values_list("payload", flat=True).first()
    )
    return str((payload or {}).get("basis", ""))
