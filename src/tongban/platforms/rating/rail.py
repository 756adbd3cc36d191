"""What the rail shows who sees the ratings of a unit."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """群众评价: shares of the ratings, for who may view the unit's cases."""
    if scopes(account_of(request)).of("view"):
        yield RailGroup(_("群众评价"), (RailItem("ratings", _("好差评"), reverse("rating:index"), "star"),))
