"""Who may do what with bulletins: the supervision office writes and releases, every member of staff reads what is released."""

from django.db.models import QuerySet

from tongban.engine.people import scopes
from tongban.faces.bulletin.models import Bulletin
from tongban.registry.models import Account


def is_office(account: Account) -> bool:
    """Whether the account is of the supervision office: it supervises all units."""
    return scopes(account).of("supervise").admits(None)


def visible_to(account: Account) -> QuerySet[Bulletin]:
    """The bulletins an account reads: staff the released ones, the office its drafts too."""
    if account.kind != Account.Kind.STAFF:
        return Bulletin.objects.none()
    if is_office(account):
        return Bulletin.objects.all()
    return Bulletin.objects.filter(status=Bulletin.Status.RELEASED)
