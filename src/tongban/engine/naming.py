"""The applicant's name as an account may read it: in full where the case is the account's work, masked for who watches.

The one rule for every face and the API. A page asks once for all the cases it shows.
"""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Exists, F, OuterRef, Q

from tongban.engine.models import Case, CaseParty
from tongban.engine.people import HANDLING, TAKING_PART, mask_name
from tongban.engine.queries import Entry
from tongban.engine.sight import visible
from tongban.registry.grants import EVERYTHING
from tongban.registry.models import Account


def applicant_names(actor: Account, cases: Iterable[Case]) -> dict[int, str]:
    """The applicants' names by key of the case, each as the actor may read it. One query."""
    shown = list(cases)
    known = known_among(actor, [c.pk for c in shown])
    return {c.pk: applicant_name(c, known=c.pk in known) for c in shown}


def known_among(actor: Account, keys: Collection[int]) -> set[int]:
    """Those of the cases, by key, whose personal values the actor may know. One query."""
    rows = Case.objects.visible_to(actor).filter(names_known(actor), pk__in=keys)
    return set(rows.values_list("pk", flat=True)) if keys else set()


def applicant_name(case: Case, *, known: bool) -> str:
    """The applicant's name of one case, in full where `queries.sees_personal` says that the reader may know it."""
    return case.applicant_name if known else mask_name(case.applicant_name, case.applicant_kind)


def names_known(actor: Account) -> Q:
    """The cases whose applicant the actor may know by name, and so may search by it: `sees_personal` for many cases."""
    reach = visible(actor, *HANDLING)
    if reach is EVERYTHING:
        return reach
    party = CaseParty.objects.filter(case_id=OuterRef("pk"), account_id=actor.pk, role__in=TAKING_PART)
    return Q(applicant_id=actor.pk) | Q(Exists(party)) | reach


def title_masked(case: Case, name: str | None = None) -> str:
    """The title of a case as it is, save that it names the applicant as `applicant_names` gave it, or masked."""
    if not case.applicant_name or case.applicant_name not in case.title:
        return case.title
    said = mask_name(case.applicant_name, case.applicant_kind) if name is None else name
    return case.title.replace(case.applicant_name, said)


def title_holds(actor: Account, text: str) -> Q:
    """The cases whose title holds a text; a title that names the applicant is searched by who may know the name."""
    unnamed = Q(applicant_name="") | ~Q(title__contains=F("applicant_name"))
    return Q(title__icontains=text) & (unnamed | names_known(actor))


def title_told(case: Case, name: str) -> str:
    """The title of a case with the applicant's name in it, as `applicant_names` gave it, and no other."""
    if case.applicant_name and case.applicant_name in case.title:
        return case.title.replace(case.applicant_name, name)
    return f"{case.title}：{name}"


def phone_told(entries: Sequence[Entry]) -> str:
    """The telephone number an applicant gave, as the events of the case tell it to their reader; "" where they do not."""
    for entry in entries[:1]:
        who = (entry.payload.get("application") or {}).get("who")
        if isinstance(who, dict) and who.get("phone"):
            return str(who["phone"])
    return ""
