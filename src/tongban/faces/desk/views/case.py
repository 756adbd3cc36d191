"""The pages of one case: 办理 · 材料 · 流程图 · 全程留痕 · 监察 · 相关办件, and doing something to it."""

from collections.abc import Collection, Mapping
from typing import Any

import orjson
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tongban.base.calendar import CHINA
from tongban.base.text import whole_number
from tongban.base.ui import parts, work
from tongban.base.ui.fields import Option
from tongban.base.ui.format import cn_day, cn_time
from tongban.engine import kinds, queries
from tongban.engine.bpmn.export import export as export_bpmn
from tongban.engine.errors import Refused
from tongban.engine.ledger.errors import LedgerError
from tongban.engine.ledger.proof import make_proof
from tongban.engine.ledger.verify import verify
from tongban.engine.models import Case, EventRow
from tongban.engine.naming import applicant_names
from tongban.engine.people import scopes
from tongban.engine.services import allowed, perform
from tongban.faces.desk import colleagues, delivering, panel
from tongban.faces.desk.case import View, open_view, picture
from tongban.faces.desk.due import last_day
from tongban.faces.desk.panel import Sent
from tongban.faces.desk.views.accesses import accesses_shown
from tongban.faces.desk.views.materials import form_shown, materials_shown
from tongban.faces.desk.views.pages import case_page
from tongban.faces.desk.views.todo import case_list, case_row, case_url
from tongban.platforms.delivery.services import done_by_post, wish_of
from tongban.platforms.disclosure.beside import document
from tongban.platforms.supervision import beside
from tongban.platforms.supervision.cardbox import card_box
from tongban.platforms.supervision.models import IN_FORCE
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.queries import as_of

SHOWN = 6
DONE = {
    "accept": "已受理。",
    "refuse": "已作出不予受理决定。",
    "request_correction": "补正告知已发出，补正期间不计时。",
    "complete": "已提交。",
    "claim": "已领到您名下。",
    "release": "已放回，同岗位的同事可以领取。",
    "suspend": "已挂起，计时停止。",
    "resume": "已恢复计时。",
    "extend": "已延期。",
    "send_back": "已退回。",
    "reassign": "已转办。",
    "delegate": "已委派。",
    "add_signer": "已请对方会签。",
    "urge": "催办已记录。",
    "withdraw": "已代申请人撤回。",
    "terminate": "已终止办理。",
    "note": "备注已记录。",
    "charge": "缴费单已生成。",
    "supply": "补正材料已收到。",
}


@staff_only
@require_safe
def handle(request: HttpRequest, number: str) -> HttpResponse:
    """办理."""
    return _handling(request, open_view(account_of(request), number))


@staff_only
@require_POST
def act(request: HttpRequest, number: str) -> HttpResponse:
    """Carry out what a form of the panel says; a refusal shows its words and keeps what was typed."""
    account = account_of(request)
    view = open_view(account, number)
    try:
        sent = panel.read(request.POST)
    except ValueError:
        return _handling(
            request,
            view,
            notice=parts.Notice("bad", _("没有收到完整的内容"), _("请在这一页重新提交一次。")),
            status=422,
        )
    wish = wish_of(view.case.pk)
    type_, data, missing = panel.data_of(
        sent, delivering.with_address(view, allowed(account, view.case), wish)
    )
    address, wrong = delivering.take_address(data)
    missing = {**wrong, **missing}
    if missing:
        said = parts.Notice(
            "bad",
            _("还差一点，没有提交"),
            "；".join(said.rstrip("。") for said in missing.values()) + "。" + _("您填的内容都在。"),
            id="refused",
        )
        return _handling(request, view, notice=said, sent=sent, errors=missing, status=422)
    try:
        with transaction.atomic():
            perform(
                account,
                view.case.pk,
                type_,
                command_id=sent.command_id,
                data=data,
                expected_seq=sent.expected_seq,
                channel="desk",
            )
            if address is not None:
                done_by_post(view.case.pk, address)
    except Refused as refusal:
        if refusal.code == "not_found":
            raise Http404(number) from None
        field = str(refusal.detail.get("field", ""))
        said = parts.Notice("bad", refusal.message, _refusal_help(refusal), id="refused")
        view = open_view(account, number)
        errors = {field: refusal.message} if field else {}
        return _handling(request, view, notice=said, sent=sent, errors=errors, status=409)
    request.session.pop(_draft_key(number), None)
    messages.success(request, _(DONE.get(type_, "已办好。")))
    if Case.objects.visible_to(account).filter(pk=view.case.pk).exists():
        return HttpResponseRedirect(case_url(view.case))
    messages.info(request, _("本件已经不在您能看到的范围里。"))
    return HttpResponseRedirect(reverse("desk:todo"))


@staff_only
@require_POST
def draft(request: HttpRequest, number: str) -> HttpResponse:
    """Keep what is being typed into the main form, for this person and this sign-in."""
    open_view(account_of(request), number)
    kept = {
        k: v[:4000] for k, v in request.POST.items() if k not in ("csrfmiddlewaretoken", "command_id", "seq")
    }
    request.session[_draft_key(number)] = kept
    return JsonResponse({"saved_at": f"{timezone.localtime():%H:%M}"})


@staff_only
@require_safe
def flow(request: HttpRequest, number: str) -> HttpResponse:
    """流程图: the whole flow, its steps as a table."""
    view = open_view(account_of(request), number)
    rows = []
    for task in view.state.tasks:
        node = view.definition.flow.nodes.get(task.node)
        if task.kind != "human" or node is None:
            continue
        state = {
            "done": parts.Chip("ok", _("办完")),
            "cancelled": parts.Chip("", _("不再需要")),
            "open": parts.Chip("info", _("在办")),
        }[task.status]
        who = view.people.get(task.by or 0, "") if task.status == "done" else view.holder(task)
        rows.append(
            (
                parts.Cell(
                    node.name or node.key,
                    _("第 %(n)s 次") % {"n": task.generation} if task.generation > 1 else "",
                ),
                who or _("系统"),
                state,
                cn_time(task.opened),
                cn_time(task.done) if task.done else "",
                cn_day(last_day(task.due)) if task.due else "",
            )
        )
    steps = parts.table(
        (_("环节"), _("谁"), _("状态"), _("转入"), _("办完"), _("期限")),
        rows,
        _("环节"),
        caption_hidden=True,
        dense=True,
        empty=_("还没有开始"),
    )
    return case_page(
        request,
        view,
        "flow",
        {"flow": picture(view), "steps": steps, "key": view.definition.flow.key, "no": view.case.flow.no},
    )


@staff_only
@require_safe
def flow_file(request: HttpRequest, number: str) -> HttpResponse:
    """The flow of the case as BPMN 2.0."""
    view = open_view(account_of(request), number)
    response = HttpResponse(export_bpmn(view.definition.flow), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{view.definition.flow.key}.bpmn"'
    return response


@staff_only
@require_safe
def trail(request: HttpRequest, number: str) -> HttpResponse:
    """全程留痕: every event with its hash; with `?at=n` also the case as it stood after event n."""
    view = open_view(account_of(request), number)
    at = whole_number(request.GET.get("at", "")) or 0
    then: dict[str, Any] = {}
    if 0 < at <= view.case.seq:
        state = queries.state_at(view.case.pk, at)
        then = {
            "then_no": at,
            "then_flow": picture(view, state, note=""),
            "then_terms": parts.Terms(_state_words(view, state)),
            "before": at - 1,
            "after": at + 1 if at < view.case.seq else 0,
        }
    return case_page(
        request,
        view,
        "trail",
        {
            "trail": _trail(view),
            "checked": _verified(view),
            "at": at,
            "may_prove": _may_prove(view),
            "accesses": accesses_shown(view, whole_number(request.GET.get("taken", ""))),
            **then,
        },
    )


@staff_only
@require_safe
def proof(request: HttpRequest, number: str) -> HttpResponse:
    """The proof of the case as a file that an outsider can check alone."""
    view = open_view(account_of(request), number)
    if not _may_prove(view):
        raise Http404(number)
    try:
        made = make_proof(number)
    except (LedgerError, LookupError) as error:
        messages.warning(
            request, _("现在还不能导出证明：%(why)s") % {"why": getattr(error, "message", str(error))}
        )
        return HttpResponseRedirect(reverse("desk:trail", args=[number]))
    record_access(view.account, "proof", number, events=len(made["events"]))
    response = HttpResponse(orjson.dumps(made, option=orjson.OPT_INDENT_2), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{number}-proof.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@staff_only
@require_safe
def watch(request: HttpRequest, number: str) -> HttpResponse:
    """监察: the cards of the case with what they were based on, and its risk points."""
    view = open_view(account_of(request), number)
    return case_page(
        request,
        view,
        "watch",
        {
            "cards": [card_box(c, detail=True) for c in view.cards],
            "empty": parts.Empty(
                _("没有预警和牌"),
                _("监察规则在每一步之后和期限临近时自动检查，目前没有发现。"),
                icon="shield-check",
            ),
            "risks": _risks(view),
        },
    )


@staff_only
@require_safe
def related(request: HttpRequest, number: str) -> HttpResponse:
    """相关办件: the joint case and its parts."""
    view = open_view(account_of(request), number)
    names = applicant_names(view.account, view.related)
    rows = tuple(case_row(c, names[c.pk], view.definition.calendar, view.now) for c in view.related)
    return case_page(
        request,
        view,
        "related",
        {
            "list": case_list(_("相关办件"), rows) if rows else None,
            "empty": parts.Empty(_("没有相关办件"), _("联办的主件和各部门的办件会列在这里。")),
        },
    )


def _handling(
    request: HttpRequest,
    view: View,
    *,
    notice: parts.Notice | None = None,
    sent: Sent | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    account, case = view.account, view.case
    wish = wish_of(case.pk)
    elsewhere = kinds.kind(case.kind).elsewhere
    here = tuple(a for a in allowed(account, case) if a.type not in elsewhere)
    actions = delivering.with_address(view, here, wish)
    orgs = {case.org_id, *scopes(account).org_ids}
    orgs |= {
        view.definition.posts[t.post][1] for t in view.state.open_tasks if t.post in view.definition.posts
    }
    typed = {k: v for k, v in (request.session.get(_draft_key(case.number)) or {}).items() if v}
    wished = delivering.wished(view, wish)
    shown = panel.panels(
        actions,
        action=reverse("desk:act", args=[case.number]),
        seq=case.seq,
        who=_post_words(view),
        waiting=view.waiting,
        choices=panel.Choices(
            colleagues.people_of(orgs, account), colleagues.posts_of(orgs), _elsewhere(view, orgs)
        ),
        claims=_claims(view),
        sent=sent,
        errors=errors,
        draft=reverse("desk:draft", args=[case.number]),
        drafted=(wished or typed) if wished.get("task_no") != typed.get("task_no") else wished | typed,
    )
    opinions = [e for e in view.entries if e.payload.get("opinion")]
    rows = _trail(view, last=SHOWN)
    return case_page(
        request,
        view,
        "case",
        {
            "panels": shown,
            "mine": any(p.submit for p in shown.main),
            "notice": notice,
            "flow": picture(view),
            "trail": rows,
            "materials": materials_shown(view, brief=True) if view.files or not view.own else None,
            "form": form_shown(view),
            "opinions": [(e.actor, cn_time(e.occurred_at), e.words, e.payload["opinion"]) for e in opinions],
            "cards": [card_box(c) for c in view.cards if c.status in IN_FORCE][-3:],
            "risks": _risks(view, here=True),
            "about": beside.about(account, case),
            "document": document(account, case),
            "discretion": beside.discretion(case, view.definition, view.now),
            "opened": sent.type if sent is not None else "",
            "locked": shown.locked,
            "wish": wish,
            "wish_whole": wish is not None and queries.sees_personal(view.account, case),
        },
        status=status,
    )


def _claims(view: View) -> dict[int, str]:
    posts = scopes(view.account).posts
    claims = {}
    for task in view.state.open_tasks:
        if task.kind != "human" or task.post not in posts:
            continue
        if task.assignee is None:
            claims[task.no] = "claim"
        elif task.assignee == view.account.pk:
            claims[task.no] = "release"
    return claims


def _elsewhere(view: View, orgs: Collection[int]) -> tuple[Option, ...]:
    """Posts above, below and beside the case's unit: whom a part of the work can be handed up or down to."""
    if not any(t.kind == "human" and t.post in scopes(view.account).posts for t in view.state.open_tasks):
        return ()
    tree = as_of()
    node = tree.nodes.get(view.case.org_id)
    top = view.case.org_id if node is None or node.parent_id is None else node.parent_id
    around = tree.subtree(top) | {n.id for n in tree.ancestors(top)}
    return colleagues.posts_of(around - set(orgs))


def _post_words(view: View) -> str:
    posts = scopes(view.account).posts
    mine = [t.post for t in view.state.open_tasks if t.post in posts]
    return (
        f"{colleagues.post_name(mine[0])} · {view.account.display_name}"
        if mine
        else view.account.display_name
    )


def _refusal_help(refusal: Refused) -> str:
    said = _("什么都没有改动，您填的内容都在。")
    if refusal.code == "stale":
        said = _("下面已经是最新情况，您填的内容都在，看过以后再提交一次。")
    if refusal.instead:
        said += _("现在可以：") + "、".join(i.label for i in refusal.instead) + "。"
    return said


def _draft_key(number: str) -> str:
    return f"draft:{number}"


def _trail(view: View, last: int = 0) -> work.Trail:
    rows = list(
        EventRow.objects.filter(case_id=view.case.pk).order_by("seq").values_list("seq", "hash", "prev_hash")
    )
    hashes = {seq: (bytes(h).hex(), bytes(p).hex()) for seq, h, p in rows}
    shown = []
    base = reverse("desk:trail", args=[view.case.number])
    entries = view.entries[-last:][::-1] if last else view.entries
    for e in entries:
        own, prev = hashes.get(e.seq, ("", ""))
        before = hashes.get(e.seq - 1, ("", ""))[0]
        late = _("（补录）") if e.late else ""
        what: str = f"{e.words}{late}"
        if not last:
            what = format_html('<a href="{}?at={}">{}</a>. {}', base, e.seq, e.seq, what)
        shown.append(
            work.TrailRow(
                f"{e.occurred_at.astimezone(CHINA):%m-%d %H:%M}",
                e.actor,
                what,
                own,
                prev if e.seq > 1 else "",
                broken=e.seq > 1 and prev != before,
            )
        )
    more = parts.Act(_("全部 %(n)s 条，校验和导出证明") % {"n": view.case.seq}, base) if last else None
    return work.Trail(tuple(shown), more)


def _verified(view: View) -> parts.Notice:
    try:
        report = verify(case=view.case.number)
    except (LookupError, LedgerError) as error:
        return parts.Notice("warn", _("现在不能校验"), getattr(error, "message", str(error)), slim=True)
    if report.ok:
        sealed = view.case.seq - report.counts.get("unsealed", 0)
        text = _("%(n)s 条首尾相接，逐条重算哈希一致；其中 %(s)s 条已进入签名检查点。") % {
            "n": view.case.seq,
            "s": sealed,
        }
        return parts.Notice(
            "ok", _("校验通过，%(at)s") % {"at": f"{timezone.localtime():%H:%M:%S}"}, text, slim=True
        )
    return parts.Notice("bad", _("校验不通过"), str(report.first), slim=True)


def _may_prove(view: View) -> bool:
    held = scopes(view.account)
    row = (view.case.org_id, view.case.matter_id, view.case.secrecy)
    return held.of("ledger").admits(*row) or view.personal


def _risks(view: View, *, here: bool = False) -> list[tuple[str, parts.Chip, str, str]]:
    """Risk points of the version: (step or kind, grade, what, how it is prevented); `here` only of the open steps."""
    content, nodes = view.case.offering_version.content, view.definition.flow.nodes
    steps = {s.get("key"): s.get("name", "") for s in content.get("steps", ())}
    steps |= {key: node.name for key, node in nodes.items() if node.name}
    names = {nodes[t.node].name for t in view.state.open_tasks}
    keys = {t.node for t in view.state.open_tasks} | names
    grades = {"high": ("warn", "高"), "mid": ("warn", "中"), "low": ("", "低")}
    found = []
    for risk in content.get("risk_points", ()):
        if here and risk.get("step") not in keys:
            continue
        kind, word = grades.get(risk.get("grade", ""), ("", ""))
        chip = parts.Chip(kind, word)  # type: ignore[arg-type]
        found.append(
            (
                steps.get(risk.get("step"), risk.get("step")) or risk.get("kind", ""),
                chip,
                f"{risk.get('name', '')}：{risk.get('description', '')}",
                risk.get("measure", ""),
            )
        )
    return found


def _state_words(view: View, state: Any) -> tuple[tuple[str, str], ...]:
    names = view.definition.flow.nodes
    rows = [
        (_("阶段"), str(Case.Phase(state.phase).label) if state.phase != "new" else _("未申请")),
        (
            _("在办环节"),
            "、".join(
                f"{names[t.node].name}（{view.holder(t)}）" for t in state.open_tasks if t.kind == "human"
            )
            or "—",
        ),
        (_("计时"), _("停止") if state.paused else _("进行")),
    ]
    for purpose, name in (("promised", _("承诺期限")), ("statutory", _("法定期限"))):
        clock = state.clock(purpose)
        if clock is not None:
            rows.append((name, cn_day(last_day(clock.due)) if clock.due else _("暂停，未定")))
    if state.result:
        rows.append((_("结果"), str(Case.Result(state.result).label)))
    rows.append((_("材料"), _("%(n)s 份") % {"n": len(state.materials)}))
    return tuple(rows)
