"""What documents and archive add to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """档案: the filed cases."""
    if scopes(account_of(request)).of("view"):
        yield RailGroup(
            _("档案"), (RailItem("archive", _("归档文件"), reverse("papers:archive"), "collection"),)
        )
