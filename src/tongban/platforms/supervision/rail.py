"""What supervision adds to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.platforms.supervision.models import IN_FORCE, Card
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """监察: the board, cards still in force of open cases, the rules."""
    account = account_of(request)
    held = scopes(account)
    if not (held.of("view") or held.of("supervise")):
        return
    open_ = Card.objects.visible_to(account).filter(
        status__in=IN_FORCE, level__gte=2, case__concluded_at=None
    )
    yield RailGroup(
        _("电子监察"),
        (
            RailItem("board", _("监察看板"), reverse("supervision:board"), "bar-chart"),
            RailItem(
                "cards",
                _("红黄牌"),
                f"{reverse('supervision:cards')}?open=1",
                "exclamation-diamond",
                open_.count(),
                bad=True,
            ),
            RailItem("rules", _("监察规则"), reverse("supervision:rules"), "book"),
            *(
                (RailItem("trials", _("假设推演"), reverse("supervision:trials"), "question-circle"),)
                if held.of("supervise").admits(None)
                else ()
            ),
        ),
    )
