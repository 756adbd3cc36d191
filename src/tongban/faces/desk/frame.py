"""The frame of the workbench: what the rail counts for this person, who they are, what waits under the bell."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA
from tongban.base.ui.shell import RailGroup, RailItem, Wearer
from tongban.engine import kinds
from tongban.engine.models import TaskRow
from tongban.engine.people import scopes
from tongban.faces.desk import todo
from tongban.platforms.supervision.models import Card
from tongban.registry.access import account_of
from tongban.registry.models import Account
from tongban.registry.queries import as_of

ICONS = {
    "licence": "file-earmark-check",
    "order": "exclamation-diamond",
    "ticket": "telephone",
    "consultation": "chat-left-text",
}
EDITORS = ("draft_matter", "review_matter", "publish_matter")


def rail(request: HttpRequest) -> Iterable[RailGroup]:
    """我的待办, 我跟进的, 本科室."""
    account = account_of(request)
    held = scopes(account)
    waiting = _waiting(request)
    home = reverse("desk:todo")
    yield RailGroup(
        _("我的待办"),
        (
            RailItem("todo", _("全部待办"), home, "inbox", waiting.total),
            *(
                RailItem(
                    f"kind-{k.key}",
                    k.name,
                    f"{home}?kind={k.key}",
                    icon_of(k.key),
                    waiting.kinds.get(k.key, 0),
                )
                for k in kinds.kinds()
                if waiting.kinds.get(k.key) or k.key == request.GET.get("kind")
            ),
            RailItem(
                "late", _("已超期"), f"{home}?due=late", "exclamation-octagon-fill", waiting.late, bad=True
            ),
        ),
    )
    follow = [RailItem("done", _("我已办"), reverse("desk:done"), "check2-square")]
    if held.of("accept"):
        follow.append(RailItem("counter", _("窗口收件"), reverse("desk:counter"), "plus-lg"))
        follow.append(RailItem("identity", _("窗口核验"), reverse("desk:identity"), "person-vcard"))
        follow.append(RailItem("helped", _("代办件"), reverse("desk:helped"), "people"))
    yield RailGroup(_("我跟进的"), tuple(follow))
    own = [RailItem("matters", _("事项库"), reverse("desk:matters"), "collection")]
    if held.of("view"):
        running = todo.unit_tasks(account).count()
        own.insert(0, RailItem("unit", _("科室在办"), reverse("desk:unit"), "diagram-3", running))
    if held.of("approve"):
        own.insert(0, RailItem("leader", _("领导驾驶舱"), reverse("desk:leader"), "bar-chart"))
    if held.of("handle"):
        own.append(RailItem("answers", _("公开答复"), reverse("desk:answers"), "chat-left-text"))
    if held.of("administer"):
        own.append(
            RailItem("staff-accounts", _("工作人员账号"), reverse("desk:staff_accounts"), "person-vcard")
        )
    yield RailGroup(_("本科室"), tuple(own))
    if held.of("view") or held.of("supervise"):
        yield RailGroup(
            _("权力运行"),
            (
                RailItem("depth", _("办理深度"), reverse("desk:coverage_depth"), "bar-chart"),
                RailItem("zero", _("零办件"), reverse("desk:coverage_zero"), "dash-circle"),
            ),
        )


def wearer(request: HttpRequest) -> Wearer:
    """“周澄 · 江北区市场监管局”, and how many messages are unread."""
    account = account_of(request)
    return Wearer(who_words(account), _waiting(request).urged + own_cards(account).count())


def who_words(account: Account) -> str:
    """Name and unit of a member of staff."""
    orgs = sorted(scopes(account).org_ids)
    node = as_of().nodes.get(orgs[0]) if orgs else None
    return f"{account.display_name} · {node.short_name or node.name}" if node else account.display_name


def urged(account: Account) -> QuerySet[TaskRow]:
    """Open work of the account that somebody has urged."""
    return todo.open_tasks(account).filter(urged__gt=0)


def own_cards(account: Account) -> QuerySet[Card]:
    """Cards in force that were given to the account."""
    return Card.objects.visible_to(account).filter(
        person_id=account.pk, status=Card.Status.VALID, level__gte=2
    )


def icon_of(kind: str) -> str:
    """The picture of a kind of case."""
    return ICONS.get(kind, "file-earmark-text")


def _waiting(request: HttpRequest) -> todo.Counts:
    """What waits for whoever asks; counted once for a page, though both rail and bell tell of it."""
    kept: todo.Counts | None = getattr(request, "waiting_at_the_desk", None)
    if kept is None:
        kept = todo.counts(account_of(request), datetime.now(CHINA))
        request.waiting_at_the_desk = kept  # type: ignore[attr-defined]
    return kept
