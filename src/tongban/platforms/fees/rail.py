"""What payment orders add to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """收费: for those who take money in."""
    if scopes(account_of(request)).of("accept"):
        yield RailGroup(_("收费"), (RailItem("fees", _("缴款单"), reverse("fees:index"), "cash-coin"),))
