"""What disclosure on request puts into the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.faces.openness.reminding import reminders_for
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """依申请公开: the register, disputes, annual reports."""
    if not scopes(account_of(request)).of("view"):
        return
    waiting = reminders_for(account_of(request)).count()
    yield RailGroup(
        _("依申请公开"),
        (
            RailItem("inquiries", _("申请登记簿"), reverse("openness:register"), "envelope-paper"),
            RailItem("disputes", _("复议诉讼"), reverse("openness:disputes"), "clipboard-check"),
            RailItem(
                "reports", _("年度报告"), reverse("openness:reports"), "bar-chart", waiting or None, bad=True
            ),
        ),
    )
