"""监察通报 in the rail of the workbench, for all staff."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.faces.bulletin.models import Bulletin
from tongban.faces.bulletin.queries import is_office
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """监察通报: what waits to be released is counted for the office."""
    office = is_office(account_of(request))
    drafts = Bulletin.objects.filter(status=Bulletin.Status.DRAFT).count() if office else 0
    yield RailGroup(
        _("监察通报"), (RailItem("bulletin", _("监察通报"), reverse("bulletin:index"), "megaphone", drafts),)
    )
