"""What the lobby adds to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.faces.lobby.models import Hall
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """大厅: calling, reception, figures; for those who take in, where there is a hall."""
    if scopes(account_of(request)).of("accept") and Hall.objects.filter(open=True).exists():
        yield RailGroup(
            _("大厅"),
            (
                RailItem("lobby", _("叫号窗口"), reverse("lobby:window"), "megaphone"),
                RailItem("reception", _("导办取号"), reverse("lobby:reception"), "receipt"),
                RailItem("lobby-figures", _("大厅情况"), reverse("lobby:figures"), "bar-chart"),
            ),
        )
