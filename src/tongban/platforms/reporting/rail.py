"""What reports of departments' systems add to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.platforms.reporting.overview import may_look
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """业务系统: what they report, and what hangs."""
    if may_look(account_of(request)):
        yield RailGroup(
            _("业务系统"), (RailItem("reporting", _("系统报送"), reverse("reporting:index"), "diagram-3"),)
        )
