"""Accounts of the demo city as rows: staff who may sign in, residents who apply."""

from django.contrib.auth.hashers import make_password

from tongban.project.demo.accounts import DEMO_ACCOUNTS, PASSWORD
from tongban.project.demo.people import Firm, Person
from tongban.registry.identity import set_identity
from tongban.registry.models import Account


def open_staff_accounts() -> None:
    """Give the staff among DEMO_ACCOUNTS their password; everybody else keeps none and cannot sign in."""
    hashed = make_password(PASSWORD)
    names = [a.username for a in DEMO_ACCOUNTS]
    Account.objects.filter(username__in=names, kind=Account.Kind.STAFF).update(password=hashed)


def open_resident(username: str, who: Person, firm: Firm | None = None, *, signs_in: bool = False) -> Account:
    """A resident's account at real-name level 2 (an agent of a firm: 3, by its digital licence)."""
    account = Account(
        username=username, display_name=who.name, kind=Account.Kind.RESIDENT, phone=who.phone,
        real_name_level=3 if firm else 2, password=make_password(PASSWORD if signs_in else None),
    )  # fmt: skip
    set_identity(account, Account.IdType.CITIZEN, who.id_number)
    account.save()
    return account
