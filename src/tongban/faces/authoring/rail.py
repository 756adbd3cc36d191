"""What the rail shows those who write, review or publish matters."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.faces.authoring import queries
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """事项编制."""
    account = account_of(request)
    if not queries.edits(account):
        return
    yield RailGroup(
        _("事项编制"),
        (
            RailItem(
                "manuscripts",
                _("编制与审核"),
                reverse("authoring:manuscripts"),
                "pencil",
                queries.waiting_for(account).count(),
            ),
            RailItem("campaigns", _("清理规范"), reverse("authoring:campaigns"), "list-check"),
        ),
    )
