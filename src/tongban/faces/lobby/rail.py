"""What the lobby adds to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.faces.lobby import queries
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """大厅: calling and reception for those who serve a hall, figures for those who look at it too."""
    account = account_of(request)
    seen = queries.halls_seen(account)
    items = []
    if any(queries.serves(account, hall) for hall in seen):
        items += [
            RailItem("lobby", _("叫号窗口"), reverse("lobby:window"), "megaphone"),
            RailItem("reception", _("导办取号"), reverse("lobby:reception"), "receipt"),
        ]
    if seen:
        items.append(RailItem("lobby-figures", _("大厅情况"), reverse("lobby:figures"), "bar-chart"))
    yield RailGroup(_("大厅"), tuple(items))
