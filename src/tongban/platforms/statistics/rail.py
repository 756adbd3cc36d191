"""What statistics adds to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """统计分析, for who supervises."""
    if scopes(account_of(request)).of("supervise"):
        yield RailGroup(
            _("统计分析"), (RailItem("statistics", _("统计分析"), reverse("statistics:board"), "bar-chart"),)
        )
