"""Who sees which manuscripts, and how long the steps of change control have taken (变更时限)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from tongban.base.calendar import CHINA, BeyondHorizon, load_calendar
from tongban.faces.authoring.models import Manuscript
from tongban.registry.grants import Scopes, scopes_for
from tongban.registry.models import Account
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import today

WRITERS = (Verb.DRAFT_MATTER,)
EDITORS = (Verb.DRAFT_MATTER, Verb.REVIEW_MATTER, Verb.PUBLISH_MATTER)
#: Change control of the matter library: a change is applied for within 20 working days, reviewed within 10.
APPLY_WITHIN, REVIEW_WITHIN = 20, 10
MUST_APPLY = (Manuscript.Cause.LAW, Manuscript.Cause.ROLE, Manuscript.Cause.HANDOVER)


def edits(account: Account) -> bool:
    """Whether the account writes, reviews or publishes matters anywhere."""
    held = scopes_for(account)
    return any(held.of(verb) for verb in EDITORS)


def manuscripts(account: Account) -> QuerySet[Manuscript]:
    """The manuscripts the account may see: of the units it writes, reviews or publishes for. The one predicate."""
    return (
        Manuscript.objects.filter(_within(scopes_for(account), EDITORS))
        .select_related(
            "organisation", "saved_by", "version__offering__matter", "version__reviewed_by", "base"
        )
        .defer("base__content")
    )


def waiting_for(account: Account) -> QuerySet[Manuscript]:
    """What the account has to do something about: write on, review, publish."""
    held = scopes_for(account)
    writing = Q(version=None) | Q(version__status="draft")
    review = Q(version__status="review", version__reviewed_at=None)
    passed = Q(version__status="review", version__reviewed_at__isnull=False)
    wanted = (
        (_within(held, WRITERS) & writing)
        | (_within(held, (Verb.REVIEW_MATTER,)) & review)
        | (_within(held, (Verb.PUBLISH_MATTER,)) & passed)
    )
    return Manuscript.objects.filter(wanted, dropped_at=None)


def may(account: Account, manuscript: Manuscript, verb: Verb) -> bool:
    """Whether the account holds a verb over the manuscript's unit."""
    matter = manuscript.version.offering.matter_id if manuscript.version is not None else None
    return scopes_for(account).of(verb).admits(manuscript.organisation_id, matter)


@dataclass(frozen=True, slots=True)
class Term:
    """A limit of change control: working days used of those allowed, and whether it is over."""

    name: str
    used: int
    allowed: int
    ended: bool

    @property
    def left(self) -> int:
        return self.allowed - self.used


def terms_of(manuscript: Manuscript, now: date | None = None) -> list[Term]:
    """申请: from the change of law to handing in; 审核: from handing in to the legal office's opinion."""
    day = now or today()
    version = manuscript.version
    handed = _day(version.submitted_at) if version is not None and version.submitted_at else None
    found = []
    if manuscript.occasion is not None and manuscript.cause in MUST_APPLY:
        found.append(
            Term("申请变更", _workdays(manuscript.occasion, handed or day), APPLY_WITHIN, handed is not None)
        )
    if handed is not None and version is not None and manuscript.state != "writing":
        ended = _day(version.reviewed_at) if version.reviewed_at else None
        found.append(Term("法制审核", _workdays(handed, ended or day), REVIEW_WITHIN, ended is not None))
    return found


def _within(held: Scopes, verbs: tuple[Verb, ...]) -> Q:
    """Manuscripts of the units where any of the verbs is held."""
    return held.of_any(*verbs).q(org="organisation_id", matter="version__offering__matter_id", secrecy=None)


def _workdays(begin: date, end: date) -> int:
    """Working days after `begin` up to `end`; the day of the event is not counted."""
    calendar = load_calendar()
    try:
        return max(0, calendar.W(end) - calendar.W(begin))
    except BeyondHorizon:
        return 0


def _day(at: datetime) -> date:
    return at.astimezone(CHINA).date()
