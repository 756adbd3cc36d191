"""The desk's register of requests: the list, one request with what the law adds to its steps, the counter, disputes."""

from datetime import date
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_date
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.models import Case
from tongban.engine.people import mask_name, scopes
from tongban.engine.queries import (
    can_see,
    case_definition,
    sees_personal,
    standing,
)
from tongban.engine.services import allowed
from tongban.engine.words import last_day
from tongban.faces.openness.views.acts import carry_out, command_of, day_of, forms_of, whole_of
from tongban.faces.openness.views.asked import asked_of, groups, options, typed_in, wrong_in
from tongban.platforms.inquiry import services
from tongban.platforms.inquiry.models import Digest, Dispute, Inquiry
from tongban.platforms.inquiry.queries import disputes_for, how_often, inquiries_for, units_taking, works_for
from tongban.platforms.inquiry.rules import CHANNELS
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account, Organisation
from tongban.registry.queries import organisation_name

PAGE = 50
_STATES = {"open": "办理中", "unconfirmed": "待确认", "paused": "计时暂停", "done": "已办结"}


@staff_only
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The register as far as one may see it, by state and words."""
    account = account_of(request)
    state, query = request.GET.get("state", ""), request.GET.get("q", "").strip()[:60]
    found = Paginator(_asked_for(account, state, query), PAGE).get_page(request.GET.get("page"))
    table = parts.table(
        (_("申请内容"), _("机关"), _("申请人"), _("渠道"), _("收到"), _("到期"), _("状态")),
        [
            (
                parts.Cell(r.subject, r.number, reverse("openness:one", args=[r.number])), organisation_name(r.org_id),
                r.get_applicant_type_display(), r.get_channel_display(), cn_date(r.received_on) if r.received_on else "—",
                _due(r), _chip(r),
            )
            for r in found
        ],
        _("申请登记簿"), caption_hidden=True, dense=True, empty=_("没有这样的申请。"),
    )  # fmt: skip
    return render(
        request,
        "openness/register.html",
        {
            "page": workbench(request, _("申请登记簿"), "inquiries", subtitle=_("%(n)s 件") % {"n": f"{found.paginator.count:,}"}),
            "table": table,
            "filter": work.FilterBar(
                reverse("openness:register"),
                selects=(
                    work.Select(
                        "state", _("状态"),
                        (fields.Option("", _("全部状态")), *(fields.Option(k, _(n)) for k, n in _STATES.items())), state,
                    ),
                ),
                query=query, query_label=_("编号或者内容"),
            ),
            "pager": work.BulkBar((), work.pager_of(found, {"state": state, "q": query}), keys=False),
            "kept": urlencode({"state": state, "q": query}),
            "may_enter": bool(_taking(account)), "may_export": bool(scopes(account).of("export")),
        },
    )  # fmt: skip


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The register as XLSX: what the list shows of the units whose lists one may take out, names as on the page."""
    account = account_of(request)
    if not scopes(account).of("export"):
        raise PermissionDenied
    state, query = request.GET.get("state", ""), request.GET.get("q", "").strip()[:60]
    rows = _asked_for(account, state, query)
    rows = rows.filter(pk__in=inquiries_for(account, "export").order_by().values("pk"))
    record_access(account, "export", "inquiries", q=query, state=state, rows=rows.count())
    return sheet_response(
        _("依申请公开登记簿"),
        (
            (_("申请编号"), 20), (_("机关"), 28), (_("申请人"), 20), (_("申请人类型"), 14), (_("所需信息"), 40), (_("文号"), 20),
            (_("渠道"), 12), (_("提交日期"), 12), (_("收到日期"), 12), (_("答复期限"), 14), (_("件数"), 6), (_("状态"), 12),
            (_("办理结果"), 28), (_("依据"), 28), (_("办结日期"), 12),
        ),
        (
            (
                r.number, organisation_name(r.org_id), _applicant(account, r), str(r.get_applicant_type_display()), r.subject,
                r.document, str(r.get_channel_display()), r.submitted_on, r.received_on, _due(r), r.items, _chip(r).text,
                r.outcome_name, r.article, r.concluded_on,
            )
            for r in rows.iterator(chunk_size=500)
        ),
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Typing in a request that came on paper, by fax or by word of mouth."""
    account = account_of(request)
    orgs = _taking(account)
    if not orgs:
        raise PermissionDenied
    typed = typed_in(request.POST)
    more = {
        k: request.POST.get(k, "").strip()[:40]
        for k in ("org", "channel", "submitted", "arrived", "confirmed")
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = wrong_in(typed, more["channel"])
        try:
            org = _office(orgs, more["org"])
            days = {
                k: day_of(more[k], k, needed=k == "submitted") for k in ("submitted", "arrived", "confirmed")
            }
            outcome = services.enter(
                account, org, asked_of(typed), channel=more["channel"], submitted=days["submitted"] or date.min,
                arrived=days["arrived"], confirmed=days["confirmed"], command_id=command_of(request.POST),
            )  # fmt: skip
        except Refused as refused:
            errors[str(refused.detail.get("field", "subject"))] = refused.message
        else:
            messages.success(
                request,
                _("已登记，编号 %(no)s，查询密码 %(secret)s，请告诉申请人。")
                % {"no": outcome.number, "secret": outcome.secret},
            )
            return redirect("openness:one", number=outcome.number)
    received = (
        fields.Field("org", _("收到申请的单位"), "select", more["org"] or orgs[0][0].code, error=errors.get("org", ""),
            options=options((o.code, name) for o, name in orgs)),
        fields.Field("channel", _("提交渠道"), "radio", more["channel"], error=errors.get("channel", ""),
            options=tuple(fields.Option(c.key, c.name, c.said) for c in CHANNELS.values() if c.key != "web")),
        fields.Field("submitted", _("提交日期"), "date", more["submitted"], _("信封邮戳、传真或者当面提交的日期"),
            errors.get("submitted", "")),
        fields.Field("arrived", _("签收日期"), "date", more["arrived"], _("邮寄的填写"), errors.get("arrived", ""), required=False),
        fields.Field("confirmed", _("双方确认的日期"), "date", more["confirmed"], _("平常信函、传真的填写"),
            errors.get("confirmed", ""), required=False),
    )  # fmt: skip
    asked = ((_("怎样收到的"), received), *groups(typed, errors))
    return render(
        request,
        "openness/enter.html",
        {
            "page": workbench(request, _("录入申请"), "inquiries", subtitle=_("当面、信函、传真收到的，按收到之日登记。")),
            "groups": asked, "summary": fields.summary_of(tuple(f for _name, those in asked for f in those)),
            "command_id": request.POST.get("command_id") or uuid4(),
        },
        status=422 if errors else 200,
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One request: what it asks, whose opinion, what it costs, what of it is public. The steps are on the case's page."""
    account = account_of(request)
    row = inquiries_for(account).filter(number=number.upper()).first()
    if row is None:
        raise Http404(_("没有这件申请，或者不归您的单位办理"))
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            messages.success(request, carry_out(request, account, row))
            return redirect("openness:one", number=row.number)
        except Refused as refused:
            errors[str(refused.detail.get("field", ""))] = refused.message
    works = any(can_see(account, row.case, verb) for verb in ("accept", "handle", "decide"))
    digest = Digest.objects.filter(pk=row.pk).first()
    return render(
        request,
        "openness/one.html",
        {
            "page": workbench(request, row.subject, "inquiries", subtitle=row.number),
            "row": row, "chip": _chip(row), "terms": _terms(account, row), "works": works,
            "often": how_often(row), "opinions": list(row.opinions.all()), "forms": forms_of(request.POST, row, errors) if works else {},
            "notice": parts.Notice("bad", next(iter(errors.values())), _("没有办成，填的内容还在。")) if errors else None,
            "digest": digest, "own": digest is not None and digest.proposed_by_id == account.pk,
            "live": digest is not None and digest.released_at is not None and digest.withdrawn_at is None,
            "command_id": uuid4(), "paused": row.case.paused, "draft": str(row.case.state.get("outcomes", {}).get("draft", "")),
            "did": request.POST.get("do", "") if errors else "",
            "did_opinion": whole_number(request.POST.get("opinion", "")) if errors else None,
            "words": request.POST.get("words", ""),
            "signing": _signing(row), "may": {a.type for a in allowed(account, row.case) if a.allowed},
        },
        status=409 if errors else 200,
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def disputes(request: HttpRequest) -> HttpResponse:
    """Reconsideration and litigation: the register, entering one, what came of it."""
    account = account_of(request)
    orgs = _own(account, "handle")
    typed = {
        k: request.POST.get(k, "").strip()[:300]
        for k in ("org", "way", "authority", "number", "filed_on", "about", "result", "ended_on", "note")
    }
    errors: dict[str, str] = {}
    if request.method == "POST":
        if not orgs:
            raise PermissionDenied
        try:
            _dispute(account, orgs, typed, request.POST.get("dispute", ""))
            messages.success(request, _("已登记。"))
            return redirect("openness:disputes")
        except Refused as refused:
            errors[str(refused.detail.get("field", "number"))] = refused.message
    found = Paginator(disputes_for(account), PAGE).get_page(request.GET.get("page"))
    pending = [
        d
        for d in disputes_for(account).filter(result=Dispute.Result.PENDING)
        if d.org_id in {o.pk for o, _n in orgs}
    ]
    new = (
        fields.Field("org", _("单位"), "select", typed["org"] or only_of(orgs), error=errors.get("org", ""),
            options=options((o.code, n) for o, n in orgs)),
        fields.Field("way", _("途径"), "radio", typed["way"], error=errors.get("way", ""),
            options=options(Dispute.Way.choices)),
        fields.Field("authority", _("复议机关或者法院"), value=typed["authority"], error=errors.get("authority", ""), maxlength=100),
        fields.Field("number", _("案号"), value=typed["number"], error=errors.get("number", ""), maxlength=80),
        fields.Field("filed_on", _("收到日期"), "date", typed["filed_on"], error=errors.get("filed_on", "")),
        fields.Field("about", _("所涉申请的编号"), value=typed["about"], error=errors.get("about", ""), required=False, maxlength=24),
    )  # fmt: skip
    ending = (
        fields.Field("dispute", _("案件"), "select", request.POST.get("dispute", ""),
            options=options((str(d.pk), f"{d.number} {d.authority}") for d in pending)),
        fields.Field("result", _("审理结果"), "radio", typed["result"], error=errors.get("result", ""),
            options=options(c for c in Dispute.Result.choices if c[0] != "pending")),
        fields.Field("ended_on", _("审结日期"), "date", typed["ended_on"], error=errors.get("ended_on", "")),
        fields.Field("note", _("说明"), value=typed["note"], required=False, maxlength=300),
    )  # fmt: skip
    return render(
        request,
        "openness/disputes.html",
        {
            "page": workbench(request, _("复议诉讼"), "disputes", subtitle=_("登记的案件按结果计入年度报告。")),
            "table": parts.table(
                (_("案号"), _("单位"), _("途径"), _("收到"), _("结果"), _("审结")),
                [
                    (parts.Cell(d.number, d.authority), organisation_name(d.org_id), d.get_way_display(), cn_date(d.filed_on),
                     parts.Chip("warn" if d.result == "pending" else "bad" if d.result == "corrected" else "ok", d.get_result_display()),
                     cn_date(d.ended_on) if d.ended_on else "—")
                    for d in found
                ],
                _("复议、诉讼案件"), caption_hidden=True, dense=True, empty=_("没有登记过的案件。"),
            ),
            "found": found, "said": "ending" if request.POST.get("dispute") else "new" if errors else "",
            "new": new if orgs else (), "ending": ending if pending else (), "summary": fields.summary_of((*new, *ending)),
        },
        status=422 if errors else 200,
    )  # fmt: skip


def _asked_for(account: Account, state: str, query: str) -> QuerySet[Inquiry]:
    """The register as far as the account sees it, by state and words: for the list and for its export."""
    rows = inquiries_for(account)
    match state:
        case "open":
            rows = rows.filter(outcome="", received_on__isnull=False)
        case "unconfirmed":
            rows = rows.filter(outcome="", received_on=None)
        case "paused":
            rows = rows.filter(case__paused=True)
        case "done":
            rows = rows.exclude(outcome="")
    if query:
        rows = rows.filter(Q(number=query.upper()) | Q(subject__icontains=query))
    return rows


def _applicant(account: Account, row: Inquiry) -> str:
    """Who asks; a person's name only to those whose work the request is."""
    name = row.case.applicant_name
    return name if sees_personal(account, row.case) else mask_name(name, row.case.applicant_kind)


def _signing(row: Inquiry) -> bool:
    return row.case.phase == "accepted" and any(
        t.get("node") == "sign" and t.get("status", "open") == "open" for t in row.case.state.get("tasks", ())
    )


def _terms(account: Account, row: Inquiry) -> parts.Terms:
    """What the law follows of a request: where it lies, its days, what came of it. What was typed in is on the case's page."""
    rows = (
        (_("下一步"), _next(row)),
        (_("收到申请的机关"), organisation_name(row.org_id)),
        (_("申请人"), f"{_applicant(account, row)}（{row.get_applicant_type_display()}）"),
        (_("提交"), f"{cn_date(row.submitted_on)}（{row.get_channel_display()}）"),
        (_("收到之日"), cn_date(row.received_on) if row.received_on else _("还没有确认")),
        (_("答复期限"), _due(row)),
        (_("件数"), _("%(n)s 件") % {"n": row.items} if row.received_on else ""),
        (_("办理结果"), row.outcome_name),
        (_("依据"), row.article),
        (_("答复内容"), row.answer),
    )
    return parts.Terms(tuple((name, said) for name, said in rows if said))


def _next(row: Inquiry) -> str:
    """What has to be done next, with whom it lies, and on which page; "—" once nothing has."""
    if row.case.phase == Case.Phase.CLOSED:
        return "—"
    if row.case.phase == Case.Phase.CORRECTING:
        return _("已告知补正，等申请人补充")
    if row.case.paused:
        return _("计时暂停，暂停的事由结束后继续办理")
    definition = case_definition(row.case)
    waiting = [task for task in standing(row.case)[1].open_tasks if task.kind == "human"]
    taken = Account.objects.filter(pk__in=[task.assignee for task in waiting if task.assignee])
    names = dict(taken.values_list("pk", "display_name"))
    said = [
        _("%(step)s，在%(who)s处；%(where)s")
        % {
            "step": definition.flow.nodes[task.node].name,
            "who": names.get(task.assignee or 0) or definition.post_name(task.post),
            "where": _("在本页确认收到，答复期限从确认的那一天起算")
            if row.received_on is None
            else _("在本页签发")
            if task.node == "sign"
            else _("请打开办件办理"),
        }
        for task in waiting
    ]
    return "；".join(said) or "—"


def _due(row: Inquiry) -> str:
    if row.outcome or row.received_on is None:
        return "—"
    if row.case.paused:
        return str(_("计时暂停"))
    return last_day(row.case.due_at.isoformat()) if row.case.due_at else "—"


def _chip(row: Inquiry) -> parts.Chip:
    if row.outcome:
        return parts.Chip("ok" if row.outcome in ("open", "partial") else "", row.outcome_name[:12])
    if row.received_on is None:
        return parts.Chip("warn", _("待确认"))
    return parts.Chip("hold", _("计时暂停")) if row.case.paused else parts.Chip("info", _("办理中"))


def _dispute(
    account: Account, orgs: list[tuple[Organisation, str]], typed: dict[str, str], ending: str
) -> None:
    if ending:
        row = disputes_for(account, "handle").filter(pk=whole_of(ending, "dispute")).first()
        if row is None:
            raise Refused("missing_field", _("没有这个案件。"), detail={"field": "dispute"})
        ended = day_of(typed["ended_on"], "ended_on", needed=True) or date.min
        services.end_dispute(account, row, result=typed["result"], ended_on=ended, note=typed["note"])
        return
    org = _office(orgs, typed["org"])
    about = (
        inquiries_for(account).filter(number=typed["about"].upper(), org=org).first()
        if typed["about"]
        else None
    )
    if typed["about"] and about is None:
        raise Refused("missing_field", _("没有这件申请。"), detail={"field": "about"})
    services.enter_dispute(
        account, org, way=typed["way"], authority=typed["authority"], number=typed["number"],
        filed_on=day_of(typed["filed_on"], "filed_on", needed=True) or date.min, inquiry=about,
    )  # fmt: skip


def only_of(orgs: list[tuple[Organisation, str]]) -> str:
    """The code of the only unit there is to choose; "" where there is a choice."""
    return orgs[0][0].code if len(orgs) == 1 else ""


def _office(orgs: list[tuple[Organisation, str]], code: str) -> Organisation:
    """The unit of that code among these; the only one where there is one."""
    org = orgs[0][0] if len(orgs) == 1 else next((o for o, _name in orgs if o.code == code), None)
    if org is None:
        raise Refused("missing_field", _("请选择单位。"), detail={"field": "org"})
    return org


def _taking(account: Account) -> list[tuple[Organisation, str]]:
    own = {o.pk for o, _n in _own(account, "accept")}
    return [(o, n) for o, n in units_taking() if o.pk in own]


def _own(account: Account, verb: str) -> list[tuple[Organisation, str]]:
    """The units of one's posts on which one has the verb."""
    held = scopes(account)
    rows = Organisation.objects.filter(pk__in=held.org_ids).order_by("code")
    return [(o, organisation_name(o.pk)) for o in rows if works_for(account, o.pk, verb)]
