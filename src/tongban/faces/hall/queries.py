"""Reads of the hall: drafts, messages, one's own cases."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from tongban.engine.models import Case
from tongban.faces.hall.models import Draft, Notice
from tongban.registry.models import Account


def draft_of(account: Account | None, visitor: str, draft_id: UUID) -> Draft | None:
    """The draft if it is theirs: of the account, or begun in this browser and nobody's yet. Expired ones are gone."""
    return _theirs(account, visitor).filter(pk=draft_id).first()


def is_somebodys(draft_id: UUID) -> bool:
    """Whether a draft of that key is kept for an account: who is not signed in may be the one."""
    return Draft.objects.filter(pk=draft_id, account__isnull=False).exists()


def drafts_of(account: Account | None, visitor: str, *, version_code: str = "") -> QuerySet[Draft]:
    """Their drafts that are not sent, newest first; of one guide when its code is given."""
    rows = _theirs(account, visitor).filter(sent_at=None, removed_at=None)
    if version_code:
        rows = rows.filter(version__offering__implementation_code=version_code, purpose=Draft.Purpose.APPLY)
    return rows


def cases_of(account: Account) -> QuerySet[Case]:
    """The account's own cases, newest first."""
    rows = Case.objects.visible_to(account).filter(
        Q(applicant=account) | Q(parties__account=account, parties__role__in=("agent", "co"))
    )
    return rows.select_related("offering_version", "offering").order_by("-opened_at", "-id").distinct()


def notices_of(account: Account) -> QuerySet[Notice]:
    """The account's messages, newest first."""
    return Notice.objects.filter(account=account).select_related("case")


def unread(account: Account) -> int:
    """How many messages the account has not read."""
    return Notice.objects.filter(account=account, read_at=None).count()


def expired(now: datetime) -> QuerySet[Draft]:
    """Drafts whose time is over, and those deleted for more than a day."""
    return Draft.objects.filter(Q(expires_at__lte=now) | Q(removed_at__lte=now - timedelta(days=1)))


def _theirs(account: Account | None, visitor: str) -> QuerySet[Draft]:
    mine = Q(account=account) if account is not None else Q(pk__in=[])
    if visitor:
        mine |= Q(account=None, visitor=visitor)
    rows = Draft.objects.filter(mine, expires_at__gt=timezone.now())
    return rows.select_related(
        "version__offering__matter", "version__offering__organisation", "case", "account"
    )
