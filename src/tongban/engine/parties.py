"""Who besides the applicant takes part in a case: agents (代理人), co-applicants (共同申请人), third parties (第三人).

Named in the application or later by `perform(…, "name_party")`; every naming and its end is an event of the chain. An
agent acts in the applicant's stead, and each event of theirs says so (`on_behalf_of`); a co-applicant acts for
themself; a third party only looks on. A helper (帮办代办) is a clerk of a town or village who took the case in for
another unit, named by `open_case`: they follow it as a third party does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tongban.engine.errors import Refused
from tongban.engine.models import CaseParty
from tongban.registry.models import Account

NAMING = frozenset({"name_party", "end_party"})


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who takes part: a resident's account, and in which role."""

    account: Account
    role: Literal["agent", "co", "third", "helper"]


def enrol(case_id: int, parties: Iterable[Party]) -> None:
    """Write down who takes part; in the transaction of the command that says so."""
    CaseParty.objects.bulk_create(
        [CaseParty(case_id=case_id, account=p.account, role=p.role) for p in parties], ignore_conflicts=True
    )


def check(data: Mapping[str, Any]) -> None:
    """Only residents take part. Raises Refused("party_unknown")."""
    given = str(data.get("account", ""))
    known = given.isdecimal() and Account.objects.filter(
        pk=int(given), kind=Account.Kind.RESIDENT, is_active=True
    )
    if not known or not known.exists():
        raise Refused("party_unknown", "没有这个人的账号,请先登记。", detail={"field": "account"})


def record(case_id: int, type_: str, data: Mapping[str, Any]) -> None:
    """What `name_party` or `end_party` means for the rows; in its transaction."""
    account, role = int(str(data["account"])), str(data["role"])
    if type_ == "name_party":
        CaseParty.objects.get_or_create(case_id=case_id, account_id=account, role=role)
    else:
        CaseParty.objects.filter(case_id=case_id, account_id=account, role=role).delete()
