"""What disclosure adds to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """信息公开: for those who see records of a unit."""
    if scopes(account_of(request)).of("view"):
        yield RailGroup(
            _("信息公开"),
            (
                RailItem("disclosure", _("公开文件"), reverse("disclosure:records"), "file-earmark-text"),
                RailItem("columns", _("栏目检查"), reverse("disclosure:gaps"), "list-check"),
                RailItem("provisions", _("公开规定"), reverse("disclosure:provisions"), "gear"),
                RailItem("figures", _("数量、质量、责任"), reverse("disclosure:figures"), "bar-chart"),
                RailItem("withheld", _("不公开信息评估"), reverse("disclosure:withheld"), "clipboard-check"),
            ),
        )
