"""我的账户 and 消息: who I am here, how I sign in, what was said to me."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tongban.base.calendar import CHINA
from tongban.base.queries import current_calendar
from tongban.base.ui import parts, work
from tongban.base.ui.rail import workbench
from tongban.engine import kinds
from tongban.engine.naming import applicant_names, title_told
from tongban.engine.people import scopes
from tongban.faces.desk import frame, todo
from tongban.faces.desk.due import nearness
from tongban.faces.desk.views.todo import case_url
from tongban.platforms.supervision.cardbox import card_box
from tongban.registry.access import account_of, staff_only
from tongban.registry.models.permissions import Verb
from tongban.registry.queries import as_of, posts_of


@staff_only
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """我的账户: posts and what they permit; password and second factor."""
    account = account_of(request)
    tree, held = as_of(), scopes(account)
    posts = tuple(
        (p.name, tree.nodes[p.organisation_id].name if p.organisation_id in tree.nodes else "", p.duties)
        for p in posts_of(account)
    )
    verbs = "、".join(str(Verb(v).label) for v in Verb.values if held.of(v)) or _("没有授权")
    return render(
        request,
        "desk/account.html",
        {
            "page": workbench(request, account.display_name, "account", subtitle=_("我的账户")),
            "posts": parts.table(
                (_("岗位"), _("单位"), _("职责")), posts, _("我的岗位"), caption_hidden=True, dense=True
            ),
            "terms": parts.Terms(
                (
                    (_("账号"), account.username),
                    (_("可以做的"), verbs),
                    (_("上次登录"), f"{account.last_login:%Y-%m-%d %H:%M}" if account.last_login else "—"),
                )
            ),
        },
    )


@staff_only
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """消息: work that was urged, cards that were given to me."""
    account, now = account_of(request), datetime.now(CHINA)
    calendar = current_calendar()
    urged = list(frame.urged(account).select_related("case").order_by("due_at")[: todo.PAGE])
    names = applicant_names(account, (t.case for t in urged))
    rows = tuple(
        work.Row(
            f"{t.case_id}.{t.no}",
            title_told(t.case, names[t.case_id]),
            case_url(t.case),
            _("已催办 %(n)s 次") % {"n": t.urged},
            nearness(calendar, t.due_at, t.opened_at, now, paused=t.case.paused).cell(),
            kinds.kind(t.case.kind).name,
            frame.icon_of(t.case.kind),
            (t.case.number, names[t.case_id], t.name),
            unread=True,
        )
        for t in urged
    )
    columns = tuple(
        parts.Column(c) for c in (_("到期"), _("类别"), _("标题"), _("编号"), _("申请人"), _("环节"))
    )
    return render(
        request,
        "desk/messages.html",
        {
            "page": workbench(request, _("消息"), "messages", subtitle=_("催办和发给您的牌。")),
            "list": work.WorkList(_("被催办的"), columns, rows) if rows else None,
            "cards": [card_box(c, case=True) for c in frame.own_cards(account)[:20]],
            "empty": parts.Empty(_("没有新消息"), _("有人催办，或者给您发了牌，会出现在这里。"), icon="bell"),
        },
    )
