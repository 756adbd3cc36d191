"""Who sees a case, and who may do what on it: one predicate, said as SQL for lists and once more for a case in hand.

A test holds the two together.
"""

from django.db.models import Exists, OuterRef, Q

from tongban.engine.carry import Standing
from tongban.engine.models.parties import CaseParty
from tongban.engine.models.tasks import TaskRow
from tongban.engine.people import TAKING_PART, scopes, takes_part
from tongban.engine.state import State
from tongban.registry.grants import EVERYTHING, Scopes
from tongban.registry.models import Account

#: By which ties, besides grants, a verb reaches a case.
TIES = {"view": ("own", "party", "task"), "accept": ("task",), "handle": ("task",), "decide": ("task",)}


def visible(actor: Account, *verbs: str) -> Q:
    """The cases on which the account may do one of the verbs ("view" if none is said).

    Where grants reach, and by ties that a verb knows; what several verbs have in common is asked once.

    Ties: one's own case, a case one takes part in (not as a third party), a case with a task on one's post or by one's hand.
    """
    verbs = verbs or ("view",)
    held = scopes(actor)
    reach = held.of_any(*verbs).q(org="org_id", matter="matter_id", secrecy="secrecy")
    if reach is EVERYTHING:
        return reach
    ties = {tie for verb in verbs for tie in TIES.get(verb, ())}
    if "own" in ties:
        reach |= Q(applicant_id=actor.pk)
    if "task" in ties and actor.kind != Account.Kind.RESIDENT:
        mine = Q(assignee_id=actor.pk) | Q(done_by_id=actor.pk)
        if held.posts:
            mine |= Q(post_id__in=sorted(held.post_ids))
        reach |= Q(Exists(TaskRow.objects.filter(mine, case_id=OuterRef("pk"))))
    if "party" in ties:
        parties = CaseParty.objects.filter(account_id=actor.pk, role__in=TAKING_PART)
        reach |= Q(Exists(parties.filter(case_id=OuterRef("pk"))))
    return reach


def reaches(account: Account, case: Standing, state: State, held: Scopes, verb: str = "view") -> bool:
    """Whether the account may do `verb` on the case: the answer of `visible` for one case in hand."""
    if held.of(verb).admits(case.org, case.matter, case.secrecy):
        return True
    ties = TIES.get(verb, ())
    if "own" in ties and case.applicant is not None and case.applicant == account.pk:
        return True
    if "task" in ties and account.kind != Account.Kind.RESIDENT:
        posts, me = held.posts, account.pk
        if any(t.post in posts or me in (t.assignee, t.by) for t in state.tasks):
            return True
    return "party" in ties and takes_part(account, case.id)
