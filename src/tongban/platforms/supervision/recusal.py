"""Recusal (回避): relations that people on posts declare, and that whoever is related works on no case of that applicant.

The guard prevents it here; R03 finds it where it happened elsewhere, was forced, or was declared only afterwards.
"""

import time
from datetime import date
from uuid import uuid4

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet

from tongban.base import present
from tongban.engine.errors import Instead, Refused
from tongban.engine.kinds import Facts
from tongban.engine.models import TaskRow
from tongban.engine.patterns import applicant_of
from tongban.engine.people import scopes
from tongban.engine.queries import find_case
from tongban.engine.services import perform
from tongban.engine.state import Actor, Command
from tongban.platforms.supervision.models import Relation
from tongban.registry.identity import id_digest, identity_doubts
from tongban.registry.models import Account, Holding

KEEP = 30.0  # seconds for which a process may go on with the list of those who declared something
ACTS = frozenset({"complete", "accept", "refuse", "claim", "extend", "suspend"})


def declare_relation(account: Account, *, words: str, id_type: str, id_number: str) -> Relation:
    """Declare, from today on, a relation to the person or firm of that number. Raises Refused: missing_field, id_number."""
    if account.kind != Account.Kind.STAFF:
        raise Refused("not_permitted", "回避由工作人员申报。")
    if not words.strip():
        raise Refused("missing_field", "请写明是什么关系。", detail={"field": "words"})
    if not id_number.strip() or identity_doubts(id_type, id_number):
        raise Refused("id_number_wrong", "证件号码不对，请核对。", detail={"field": "id_number"})
    made = Relation.objects.create(
        account=account, words=words.strip()[:200], digest=id_digest(id_type, id_number),
        valid=DateRange(_today(), None), declared_at=present.now(),
    )  # fmt: skip
    _declared.clear()
    return made


def declare_for_case(account: Account, *, number: str, words: str) -> Relation:
    """Declare, from today on, a reason to stand back in one case the account works on or sees.

    Raises Refused: not_permitted, not_found, missing_field.
    """
    if account.kind != Account.Kind.STAFF:
        raise Refused("not_permitted", "回避由工作人员申报。")
    if not words.strip():
        raise Refused("missing_field", "请写明是什么关系。", detail={"field": "words"})
    case = find_case(account, number.strip().upper())
    if case is None:
        raise Refused("not_found", "没有这件办件，或者您无权查看。", detail={"field": "number"})
    made = Relation.objects.create(
        account=account,
        words=words.strip()[:200],
        case=case,
        case_number=case.number,
        valid=DateRange(_today(), None),
        declared_at=present.now(),
    )
    _declared.clear()
    return made


def may_decide(account: Account, relation: Relation) -> str:
    """Why the account may not decide about a declaration; "" when it may: who approves in a unit of whoever declared."""
    if relation.account_id == account.pk:
        return "本人的回避由负责人决定。"
    units = scopes(relation.account).org_ids
    approves = scopes(account).of("approve")
    return "" if any(approves.admits(org) for org in units) else "回避由申报人所在单位的负责人决定。"


def relations_of(account: Account) -> QuerySet[Relation]:
    """The declarations an account may see: its own, those it decides about, those of units it supervises."""
    held = scopes(account)
    orgs: set[int] = set()
    everywhere = False
    for verb in ("approve", "supervise"):
        for clause in held.of(verb).clauses:
            everywhere |= clause.orgs is None and clause.matters is None
            orgs |= clause.orgs or set()
    seen = Q(account=account)
    if everywhere:
        return Relation.objects.all()
    if orgs:
        now = Holding.objects.filter(post__organisation_id__in=orgs, valid__contains=_today())
        seen |= Q(account_id__in=now.values("account_id"))
    return Relation.objects.filter(seen)


@transaction.atomic
def decide(
    account: Account, relation_id: int, *, grant: bool, words: str, hand_to: int | None = None
) -> list[str]:
    """决定回避: granted, the open work of whoever declared goes to a colleague; dismissed, they work on.

    Gives the numbers of the cases that were handed on. Raises Refused: not_found, not_permitted, decided_already,
    missing_field, and those of 转办.
    """
    row = relations_of(account).select_for_update(of=("self",)).filter(pk=relation_id).first()
    if row is None:
        raise Refused("not_found", "没有这条申报，或者您无权查看。")
    if refusal := may_decide(account, row):
        raise Refused("not_permitted", refusal)
    if row.status != Relation.Status.PENDING:
        raise Refused("decided_already", "这条申报已经决定。")
    if not words.strip():
        raise Refused("missing_field", "请写明决定的理由。", detail={"field": "words"})
    row.status = Relation.Status.GRANTED if grant else Relation.Status.DISMISSED
    row.decided_by, row.decided_at, row.decision = account, present.now(), words.strip()[:200]
    row.save(update_fields=["status", "decided_by", "decided_at", "decision"])
    _declared.clear()
    return _hand_on(account, row, hand_to, words) if grant else []


def work_of(relation: Relation) -> list[TaskRow]:
    """The open steps that are in the name of whoever declared, in the case or cases the declaration is about."""
    rows = TaskRow.objects.filter(assignee_id=relation.account_id, status="open", kind="human")
    about = Q(case_id=relation.case_id) if relation.case_id else Q(case__applicant_digest=relation.digest)
    return list(rows.filter(about).select_related("case").order_by("case_id", "no"))


def _hand_on(account: Account, relation: Relation, to: int | None, words: str) -> list[str]:
    org = min(scopes(account).org_ids, default=None)
    # who decides about standing back hands the work on, also where their post does not assign work otherwise
    hand = Actor("staff", account.pk, account.display_name, org, frozenset(), frozenset({"assign"}))
    numbers = []
    for task in work_of(relation):
        if to is None:
            raise Refused(
                "missing_field", "他名下还有相关的工作，请选择转给哪位同事。", detail={"field": "hand_to"}
            )
        data = {"task": task.no, "account": to, "reason": f"回避（{relation.words}）：{words.strip()}"[:500]}
        perform(hand, task.case_id, "reassign", command_id=uuid4(), data=data)
        numbers.append(task.case.number)
    return numbers


def end_relation(account: Account, relation_id: int) -> None:
    """The relation is over as of today; it stays on record. Raises Refused("not_found")."""
    row = Relation.objects.filter(pk=relation_id, account=account, valid__endswith=None).first()
    if row is None:
        raise Refused("not_found", "没有这条申报，或者已经结束。")
    row.valid = DateRange(row.valid.lower, max(_today(), row.valid.lower), "[]")
    row.save(update_fields=["valid"])


def stand_back(command: Command, facts: Facts) -> None:
    """The guard of every kind of case: who has declared a relation to the applicant does not work on the case."""
    person = command.actor.account
    if (
        command.type not in ACTS
        or person is None
        or command.actor.kind != "staff"
        or person not in _declaring()
    ):
        return
    applicant = applicant_of(facts.case_id)
    of = Q(case_id=facts.case_id) | Q(digest=applicant) if applicant else Q(case_id=facts.case_id)
    rows = Relation.objects.filter(of, account_id=person, valid__contains=_today())
    related = rows.exclude(status=Relation.Status.DISMISSED).first()
    if related is not None:
        raise Refused(
            "recusal", f"您申报过与申请人的关系（{related.words}），应当回避，请转给其他同事办理。",
            (Instead("reassign", "转办"),),
        )  # fmt: skip


def _declaring() -> frozenset[int]:
    if not _declared or time.monotonic() - _declared[0][0] > KEEP:
        people = Relation.objects.filter(valid__contains=_today()).values_list("account_id", flat=True)
        _declared[:] = [(time.monotonic(), frozenset(people))]
    return _declared[0][1]


def _today() -> date:
    return present.now().date()


_declared: list[tuple[float, frozenset[int]]] = []
