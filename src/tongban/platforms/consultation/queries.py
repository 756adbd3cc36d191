"""Reads of consultation: what is public, and what waits at the desk."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.platforms.consultation.models import Consultation, PublicAnswer
from tongban.registry.models import Account
from tongban.registry.search import terms_of


def public_answers(*, matter_ids: Collection[int] | None = None) -> QuerySet[PublicAnswer]:
    """Answers the public may read, newest first; about these matters when they are said."""
    rows = PublicAnswer.objects.filter(released_at__isnull=False, withdrawn_at=None)
    if matter_ids is not None:
        rows = rows.filter(consultation__about_id__in=list(matter_ids))
    return rows.select_related("consultation__about", "consultation__org").order_by("-released_at")


def find_answers(text: str, limit: int = 5) -> list[PublicAnswer]:
    """Public answers that hold the words that matter of a question, those with most of them first."""
    asked = {term.lexeme for term in terms_of(text) if term.needed}
    if not asked:
        return []
    rows = list(public_answers().filter(words__overlap=sorted(asked))[:200])
    rows.sort(key=lambda row: (-len(asked & set(row.words)), -row.pk))
    return [row for row in rows if len(asked & set(row.words)) * 2 >= len(asked)][:limit]


def answered_for(account: Account) -> QuerySet[Consultation]:
    """Answered consultations of the units whose answers the account may make public, newest first."""
    reach = scopes(account).of("handle").q(org="org_id", matter="case__matter_id", secrecy="case__secrecy")
    rows = Consultation.objects.filter(reach, answered_at__isnull=False)
    return rows.select_related("public", "about", "org", "case").order_by("-answered_at", "-pk")


def may_publish(account: Account, consultation: Consultation) -> bool:
    """Whether the account may propose or release this answer: it handles cases of the unit that gave it."""
    case: Case = consultation.case
    return scopes(account).of("handle").admits(case.org_id, case.matter_id, case.secrecy)


def consultation_of(case: Case) -> Consultation | None:
    """The question a case carries; the caller has found the case by what its asker may see."""
    rows = Consultation.objects.select_related("about", "org", "follows", "public")
    return rows.filter(Q(pk=case.pk)).first()
