"""Recusal (回避): relations that people on posts declare, and that whoever is related works on no case of that applicant.

The guard prevents it here; R03 finds it where it happened elsewhere, was forced, or was declared only afterwards.
"""

import time
from datetime import date, datetime

from django.db.backends.postgresql.psycopg_any import DateRange

from tongban.base.calendar import CHINA
from tongban.engine.errors import Instead, Refused
from tongban.engine.kinds import Facts
from tongban.engine.patterns import applicant_of
from tongban.engine.state import Command
from tongban.platforms.supervision.models import Relation
from tongban.registry.identity import id_digest, identity_doubts
from tongban.registry.models import Account

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
        valid=DateRange(_today(), None),
    )  # fmt: skip
    _declared.clear()
    return made


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
    if not applicant:
        return
    related = Relation.objects.filter(account_id=person, digest=applicant, valid__contains=_today()).first()
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
    return datetime.now(CHINA).date()


_declared: list[tuple[float, frozenset[int]]] = []
