"""What documents and archive add to the rail of the workbench."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.ui.shell import RailGroup, RailItem
from tongban.engine.people import scopes
from tongban.platforms.papers.disposal import may_dispose, may_set_rules
from tongban.registry.access import account_of


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """档案: the filed cases, how long they are kept, the forms and words of documents."""
    account = account_of(request)
    items = []
    if scopes(account).of("view"):
        items.append(RailItem("archive", _("归档文件"), reverse("papers:archive"), "collection"))
    if may_set_rules(account) or may_dispose(account):
        items.append(RailItem("retention", _("保管期限"), reverse("papers:retention"), "clock"))
    if may_dispose(account):
        items.append(RailItem("due", _("到期处置"), reverse("papers:due"), "calendar-check"))
    if may_set_rules(account):
        items.append(RailItem("forms", _("文书格式"), reverse("papers:forms"), "file-earmark-text"))
    if scopes(account).of("administer"):
        items.append(RailItem("offices", _("机关用语"), reverse("papers:offices"), "building"))
    if items:
        yield RailGroup(_("档案和文书"), tuple(items))
