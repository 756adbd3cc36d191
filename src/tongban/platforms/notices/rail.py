"""What the rail shows who administers the installation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.platforms.notices.queries import may_administer
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """通知: deliveries and templates."""
    if may_administer(account_of(request)):
        yield RailGroup(
            _("通知"),
            (
                RailItem("deliveries", _("发送情况"), reverse("notices:deliveries"), "send"),
                RailItem("templates", _("通知模板"), reverse("notices:templates"), "envelope-paper"),
            ),
        )
