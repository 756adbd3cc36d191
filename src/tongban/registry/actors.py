"""Who acts: a signed-in account, or the installation itself when it sets itself up or imports."""

from typing import Final, final

from tongban.registry.models import Account


@final
class Installation:
    """The installation acting for itself: first set-up, packages imported by an operator at the console."""

    display_name: Final = "本系统"

    def __repr__(self) -> str:
        return "INSTALLATION"


INSTALLATION: Final = Installation()

Actor = Account | Installation


def account_of(actor: Actor) -> Account | None:
    """The account to write into a row, or None when the installation acts."""
    return None if isinstance(actor, Installation) else actor
