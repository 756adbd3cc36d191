"""Who takes part in a case: asked and dismissed on one's own case, and one's own answers to being asked."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.base.ui import fields, parts
from tongban.base.ui.format import cn_date, cn_time
from tongban.base.ui.shell import public_page
from tongban.engine.errors import Refused
from tongban.engine.machine import Action
from tongban.engine.models import Case
from tongban.engine.parties import VERIFIED, Taking, invitations, parties_of
from tongban.engine.queries import Concern, concerns
from tongban.engine.services import allowed, perform
from tongban.engine.words import ROLES
from tongban.faces.hall.queries import cases_of, notices_of
from tongban.faces.hall.views.me import shell, whose
from tongban.faces.progress import CHIPS, RESULTS, case_name
from tongban.faces.rate import within
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

ASKS_AN_HOUR = 10
DUTIES = {
    "agent": "替申请人办理：能看到申请表和材料，能补正、催办、撤回，留痕里写明是代理",
    "co": "与申请人一起申请：能看到申请表和材料，能以自己的名义办理",
    "third": "与这件事有利害关系：只告诉办到哪一步，看不到申请表和材料",
}
_STATUS: dict[str, tuple[parts.ChipKind, str]] = {
    "asked": ("info", "等本人答复"), "taking": ("ok", "已同意，正在参与"), "declined": ("", "已谢绝"),
}  # fmt: skip


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def parties(request: HttpRequest, number: str) -> HttpResponse:
    """Who takes part in one's own case, and a form to ask somebody else. Whether they have an account is not told."""
    account, row, action = _own(request, number)
    given = {f.name: request.POST.get(f.name, "").strip()[:100] for f in action.fields}
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _ask(request, account, row, action, given)
        if not errors:
            flash.success(
                request, _("已邀请。%(name)s登录后在“我的办事—参与”里答复。") % {"name": given["name"]}
            )
            return redirect("hall:parties", number=row.number)
    asked = tuple(
        fields.Field(
            f.name, f.label, "radio" if f.type == "select" else "idcard" if f.name == "id_number" else "text",
            given[f.name], f.help, errors.get(f.name, ""), maxlength=100,
            options=tuple(fields.Option(k, name, _(DUTIES[k])) for k, name in f.choices),
        )
        for f in action.fields
    )  # fmt: skip
    return render(
        request,
        "hall/track/parties.html",
        {
            "page": public_page(_("参与人"), "track", _crumbs(row)),
            "case": row,
            "name": case_name(row),
            "table": parts.table(
                (_("姓名"), _("身份"), _("状态"), _("时间"), parts.Column(_("操作"), hidden_name=True)),
                [_line(row, p, action) for p in parties_of(row.pk)],
                _("参与人"), caption_hidden=True, empty=_("还没有邀请别人参与。"),
            ),
            "why_not": "" if action.allowed else action.why,
            "asked": asked if action.allowed else (),
            "summary": fields.summary_of(asked),
            "command_id": uuid4(),
        },
        status=422 if errors else 200,
    )  # fmt: skip


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, number: str, kind: str, ref: str) -> HttpResponse:
    """Ask, then end somebody's part, or take an invitation back."""
    account, row, action = _own(request, number)
    found = next((p for p in parties_of(row.pk) if p.ref == {kind: int(ref)}), None)
    if found is None or not action.allowed:
        raise Http404(_("没有这个参与人"))
    words, error = request.POST.get("reason", "").strip()[:500], ""
    if request.method == "POST":
        try:
            command = UUID(request.POST.get("command_id", ""))
            perform(account, row.pk, "end_party", command_id=command, data={**found.ref, "reason": words})
        except ValueError:
            error = _("页面放得太久了，请再按一次。")
        except Refused as refused:
            error = refused.message
        else:
            flash.success(request, _("已解除，他不再参与这件办件。"))
            return redirect("hall:parties", number=row.number)
    back = parts.Act(_("不解除，回到参与人"), reverse("hall:parties", args=[row.number]))
    confirm = fields.Confirm(
        _("解除参与？"), request.path, _("解除"), back,
        (_("以前他办过的仍然有效，留痕不变；以后不能再看、再办这件办件。"),),
        ((_("姓名"), found.name), (_("身份"), _(ROLES[found.role]))),
        (fields.Field("reason", _("理由"), "textarea", words, rows=3, maxlength=500),),
        danger=True, command_id=str(uuid4()),
    )  # fmt: skip
    return render(
        request,
        "hall/track/act.html",
        {
            "page": public_page(_("解除参与"), "track", _crumbs(row)),
            "confirm": confirm,
            "summary": fields.ErrorSummary((("f-reason", error),), _("您写的内容还在。")) if error else None,
        },
        status=422 if error else 200,
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD"])
def mine(request: HttpRequest) -> HttpResponse:
    """What one is asked to take part in, and what one is told of as a third party."""
    account = whose(request)
    told = concerns(account)
    return render(
        request,
        "hall/me/parties.html",
        {
            **shell(request, account, "parties", _("参与的办件")),
            "invitations": [
                (i, _(ROLES[i.role]), _(DUTIES[i.role]), organisation_name(i.org_id), cn_time(i.asked_at), uuid4())
                for i in invitations(account)
            ],
            "verified": account.real_name_level >= VERIFIED,
            "table": parts.table(
                (_("事项"), _("编号"), _("办理单位"), _("申请日期"), _("办到哪一步")),
                [_concern(c) for c in told],
                _("与我有关的办件"), caption_hidden=True,
            )
            if told
            else None,
            "told": notices_of(account).filter(case_id__in=[c.case_id for c in told]).exclude(type="party.invited")[:20],
            "empty": parts.Empty(
                _("没有等您答复的邀请"), _("有人请您做代理人、共同申请人或者第三人，会出现在这里，您同意了才算参与。"),
                icon="people",
            ),
        },
    )  # fmt: skip


@never_cache
@login_required
@require_POST
def answer(request: HttpRequest, invitation: int) -> HttpResponse:
    """Agree, or decline. The same answer sent twice has one effect."""
    account = whose(request)
    case_id = next((i.case_id for i in invitations(account) if i.id == invitation), None)
    if case_id is None:
        raise Http404(_("没有这个邀请，或者已经答复、撤回了"))
    accept = request.POST.get("answer") == "accept"
    try:
        command = UUID(request.POST.get("command_id", ""))
        done = perform(
            account,
            case_id,
            "answer_party",
            command_id=command,
            data={"invitation": invitation, "accept": accept},
        )
    except ValueError:
        flash.error(request, _("页面放得太久了，请再按一次。"))
    except Refused as refused:
        flash.error(request, refused.message)
    else:
        flash.success(request, _("已同意，您已参与这件办件。") if accept else _("已谢绝。"))
        if accept and cases_of(account).filter(pk=done.case_id).exists():
            return redirect("hall:case", number=done.number)
    return redirect("hall:me-parties")


def _ask(
    request: HttpRequest, account: Account, row: Case, action: Action, given: dict[str, str]
) -> dict[str, str]:
    errors = {f.name: _("请填写%(what)s") % {"what": f.label} for f in action.fields if not given[f.name]}
    if errors or not action.allowed:
        return errors or {"role": action.why}
    if not within(request, "invite", ASKS_AN_HOUR, 3600):
        return {"name": _("这一小时邀请得太多了，请过一会儿再试。")}
    try:
        command = UUID(request.POST.get("command_id", ""))
        perform(account, row.pk, "name_party", command_id=command, data=given)
    except ValueError:
        return {"role": _("页面放得太久了，请再按一次。")}
    except Refused as refused:
        name = str(refused.detail.get("field", ""))
        return {name if name in given else "role": refused.message}
    return {}


def _own(request: HttpRequest, number: str) -> tuple[Account, Case, Action]:
    """One's own case and whether one may name parties. 404 for what is not one's own."""
    account = whose(request)
    row = cases_of(account).filter(number=number.upper()).first()
    if row is None:
        raise Http404(_("没有这个办件，或者它不是您的"))
    action = next((a for a in allowed(account, row) if a.type == "name_party"), None)
    return account, row, action or Action("name_party", "", allowed=False, why=_("这件办件已经办结。"))


def _line(row: Case, p: Taking, action: Action) -> tuple[Any, ...]:
    kind, words = _STATUS[p.status]
    ((name, ref),) = p.ref.items()
    gone: Any = "–"
    if action.allowed and p.status != "declined":
        gone = parts.Cell(
            _("解除") if p.status == "taking" else _("撤回"), "",
            reverse("hall:party-end", args=[row.number, name, ref]),
        )  # fmt: skip
    return p.name or _("（已清除）"), _(ROLES[p.role]), parts.Chip(kind, _(words)), cn_time(p.since), gone


def _concern(c: Concern) -> tuple[Any, ...]:
    kind, words = CHIPS[c.phase] if c.concluded_at is None else ("", RESULTS.get(c.result, "已办结"))
    number = parts.Cell(c.number, number=True)
    return c.matter, number, organisation_name(c.org_id), cn_date(c.opened_at), parts.Chip(kind, _(words))


def _crumbs(row: Case) -> tuple[tuple[str, str], ...]:
    case = reverse("hall:case", args=[row.number])
    return ((_("进度与结果"), reverse("hall:track")), (_("办件 %(no)s") % {"no": row.number}, case))
