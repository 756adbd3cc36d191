"""Who acts on a case: an account's posts and permissions turned into the actor the machine trusts, and who may see it."""

from collections import OrderedDict
from collections.abc import Collection
from datetime import date, datetime
from threading import Lock
from typing import Literal

from tongban.base.calendar import CHINA
from tongban.engine.carry import Standing
from tongban.engine.models.parties import CaseParty
from tongban.engine.state import Actor, State
from tongban.registry.grants import Scopes, scopes_for
from tongban.registry.models import Account, Holding

#: What holding the post of an open task lets one do on the case, where one's grants reach the post's own unit: the
#: departments of a joint review work on a case that belongs to another.
WORKING = frozenset({"accept", "handle", "decide"})

#: The verbs that make a case one's work. Who holds none of them on it (who watches, counts, reviews) sees it without
#: personal values, names among them.
HANDLING = ("accept", "handle", "decide", "approve")

#: In which roles one takes part so far that the case is shown. A third party (第三人) is told only what concerns them, by
#: `queries.concerns`: to this predicate, and so to every list, page, file, paper and program, the case is not theirs.
TAKING_PART = (CaseParty.Role.AGENT, CaseParty.Role.CO_APPLICANT, CaseParty.Role.HELPER)

_KEEP = 4096
_lock = Lock()
_remembered: OrderedDict[tuple[int, bool, str, date], Scopes] = OrderedDict()


def scopes(account: Account, permissions: str = "") -> Scopes:
    """The account's scopes today. With the registry's token in hand (read with the case) no query is needed."""
    if not permissions:
        return scopes_for(account)
    key = (account.pk, account.is_active, permissions, datetime.now(CHINA).date())
    found = _remembered.get(key)
    if found is None:
        found = scopes_for(account)
        with _lock:
            _remembered[key] = found
            while len(_remembered) > _KEEP:
                _remembered.popitem(last=False)
    return found


def actor_on(account: Account, case: Standing, state: State, held: Scopes, task: object = None) -> Actor:
    """The account as it may act on this case now; `task` is the number the command names, if it does.

    In their own case staff are applicants like everybody else, whatever their posts permit (回避, 公务员法第七十六条).
    """
    role = role_in(account, case)
    if role:
        stead = case.applicant if role == CaseParty.Role.AGENT else None
        name = account.display_name
        verbs = frozenset({"own", "co"}) if role == CaseParty.Role.CO_APPLICANT else frozenset({"own"})
        return Actor("resident", account.pk, name, None, frozenset(), verbs, stead)
    verbs = held.verbs_on(case.org, case.matter, case.secrecy)
    org = stead = None
    wanted = str(task) if task else ""
    for open_task in state.open_tasks:
        if open_task.assignee == account.pk and wanted in ("", str(open_task.no)):
            stead = open_task.delegator
        place = held.posts.get(open_task.post)
        if place is None:
            continue
        if org is None or str(open_task.no) == wanted:
            org = place[1]
        if place[1] != case.org:
            verbs |= held.verbs_on(place[1], case.matter, case.secrecy) & WORKING
    if org is None and held.posts:
        org = min(held.posts.values())[1]
    kind: Literal["resident", "staff"] = "resident" if account.kind == Account.Kind.RESIDENT else "staff"
    return Actor(kind, account.pk, account.display_name, org, frozenset(held.posts), verbs, stead)


def role_in(account: Account, case: Standing) -> str:
    """As what the case is the account's own: "applicant", "co" 共同申请人, "agent" 代理人; "" when it is not."""
    if case.applicant is not None and case.applicant == account.pk:
        return "applicant"
    if account.kind != Account.Kind.RESIDENT:
        return ""
    roles = CaseParty.objects.filter(case_id=case.id, account_id=account.pk).exclude(
        role=CaseParty.Role.THIRD
    )
    return roles.order_by("-role").values_list("role", flat=True).first() or ""


def is_own(account: Account, case: Standing) -> bool:
    """Whether the account is the applicant, one of them, or their agent."""
    return bool(role_in(account, case))


#: Stands where the applicant's name stood, once it was erased by law.
ERASED = "已依法删除"


def mask_name(name: str, kind: str) -> str:
    """A person's name with all but the first character hidden; an organisation's name is public."""
    return name if kind == "organisation" or name in ("", ERASED) else name[0] + "*" * max(len(name) - 1, 1)


def takes_part(account: Account, case_id: int) -> bool:
    """Whether the account takes part in a case so far that it is shown it: anybody but a third party."""
    rows = CaseParty.objects.filter(case_id=case_id, account_id=account.pk, role__in=TAKING_PART)
    return rows.exists()


def serves_in(account_id: int, orgs: Collection[int]) -> bool:
    """Whether the account is in use, of the staff, and holds a post in one of these units today."""
    return Holding.objects.filter(
        account_id=account_id, account__is_active=True, account__kind=Account.Kind.STAFF,
        post__organisation_id__in=orgs, post__abolished_on=None, valid__contains=datetime.now(CHINA).date(),
    ).exists()  # fmt: skip
