"""投诉: complaints about cases as who supervises sees them: what of, about whom, how far, what was found."""

from collections.abc import Mapping
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tongban.base import present
from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_day, cn_time
from tongban.base.ui.parts import ChipKind
from tongban.base.ui.rail import workbench
from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.supervision import orders
from tongban.platforms.supervision.complaints import complaints_of, promised_days
from tongban.platforms.supervision.models import Complaint
from tongban.platforms.supervision.rules.rule import MOMENT
from tongban.platforms.supervision.views.cards import refused
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account
from tongban.registry.queries import organisation_name

PAGE = 30
STATES = {"open": "正在办理", "answered": "已答复"}
_VERDICTS: Mapping[str, ChipKind] = {"founded": "bad", "partly": "warn", "unfounded": "ok", "refused": ""}


@staff_only
@require_safe
def complaints(request: HttpRequest) -> HttpResponse:
    """The complaints one may see, newest first."""
    account = account_of(request)
    asked = _asked(request)
    rows = complaints_asked(account, asked)
    open_ = Count("pk", filter=Q(answered_at=None))
    counts = (
        complaints_asked(account, {**asked, "state": ""}).order_by().aggregate(all=Count("pk"), open=open_)
    )
    count = rows.count()
    offset = whole_number(request.GET.get("after", "")) or 0
    found = list(rows.select_related("case")[offset : offset + PAGE])
    before = "?" + urlencode({**asked, "after": max(0, offset - PAGE)}) if offset else ""
    after = "?" + urlencode({**asked, "after": offset + PAGE}) if offset + len(found) < count else ""
    return render(
        request,
        "supervision/list.html",
        {
            "page": workbench(request, _("投诉 %(n)s 件") % {"n": f"{count:,}"}, "complaints", subtitle=_promise()),
            "filter": _filter(asked, counts),
            "table": _table(found) if found else None,
            "pager": work.BulkBar((), work.Pager(before, after, count, len(found)), keys=False),
            "empty": parts.Empty(_("没有这样的投诉"), _("换一个条件看看，或者看全部。"),
                                 (parts.Act(_("看全部"), reverse("supervision:complaints")),), "megaphone")
            if asked
            else parts.Empty(_("还没有投诉"), _("申请人在办件的进度页上可以投诉。"), icon="megaphone"),
            "export": reverse("supervision:complaints_export") + "?" + urlencode(asked) if scopes(account).of("export") else "",
        },
    )  # fmt: skip


@staff_only
@require_safe
def complaints_export(request: HttpRequest) -> HttpResponse:
    """The asked complaints as XLSX, of the units one may export from. Who complains is not in it."""
    account = account_of(request)
    reach = scopes(account).of("export")
    if not reach:
        return refused(request, _("您没有导出权限。"))
    rows = complaints_asked(account, _asked(request)).filter(
        reach.q("case__org_id", "case__matter_id", "case__secrecy")
    )
    record_access(account, "export", "complaints", rows=rows.count())
    names = (
        (_("投诉"), 18), (_("类别"), 28), (_("被投诉办件"), 18), (_("被投诉单位"), 28), (_("内容"), 60), (_("办理单位"), 28),
        (_("投诉时间"), 18), (_("结论"), 12), (_("答复时间"), 18), (_("答复"), 60),
    )  # fmt: skip
    return sheet_response(
        _("投诉"),
        names,
        (
            (
                c.number, c.get_topic_display(), c.about_number, c.org_name, c.words, organisation_name(c.taken_by_id),
                c.filed_at, c.get_verdict_display(), c.answered_at, c.answer,
            )
            for c in rows.iterator(chunk_size=500)
        ),
    )  # fmt: skip


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def order(request: HttpRequest, number: str) -> HttpResponse:
    """督办: the form with which a complaint that was found true becomes an order to the unit, and its sending."""
    account = account_of(request)
    complaint = complaints_of(account).filter(number=number).select_related("about").first()
    if complaint is None:
        raise Http404(number)
    demand, error = request.POST.get("demand", ""), ""
    if request.method == "POST":
        try:
            made = orders.order_on_complaint(account, number, demand=demand)
        except Refused as refusal:
            if "field" not in refusal.detail:
                return refused(request, refusal.message)
            error = refusal.message
        else:
            messages.success(request, _("已下发，责任单位核实以后签收、反馈。"))
            return HttpResponseRedirect(reverse("desk:case", args=[made.case.number]))
    elif (why_not := orders.may_order(account, complaint)) is not None:
        return refused(request, why_not.message)
    field = fields.Field(
        "demand",
        _("督办要求"),
        "textarea",
        demand,
        _("要求单位查明什么、怎样整改、怎样答复投诉人"),
        error,
        rows=4,
        maxlength=2000,
    )
    return render(
        request,
        "supervision/complaint_order.html",
        {
            "page": workbench(request, _("督办投诉 %(number)s") % {"number": number}, "complaints",
                              subtitle=_course()),
            "complaint": complaint, "facts": _facts(complaint), "field": field,
            "summary": fields.summary_of((field,)) if error else None, "back": reverse("supervision:complaints"),
        },
        status=409 if error else 200,
    )  # fmt: skip


def _promise() -> str:
    taken, answered = promised_days()
    return _(
        "申请人对自己办件的投诉，由被投诉单位以外的单位办理；受理 %(taken)s 个工作日，答复 %(answered)s 个工作日。"
    ) % {"taken": taken, "answered": answered}


def _course() -> str:
    """How an order on a complaint goes on: the unit answers as for a yellow card."""
    days = {"sign": "sign", "answer": "answer_yellow", "review": "review1"}
    return _(
        "责任单位 %(sign)s 个工作日内签收，%(answer)s 个工作日内反馈，监察部门 %(review)s 个工作日内复核。"
    ) % {name: orders.days_of(step) for name, step in days.items()}


def _facts(complaint: Complaint) -> parts.Terms:
    return parts.Terms(
        (
            (_("类别"), complaint.get_topic_display()),
            (_("被投诉单位"), complaint.org_name),
            (_("被投诉办件"), complaint.about_number),
            (_("投诉内容"), complaint.words),
            (_("结论"), complaint.get_verdict_display()),
            (_("答复"), complaint.answer or "—"),
        )
    )


def complaints_asked(account: Account, asked: Mapping[str, str]) -> QuerySet[Complaint]:
    """The complaints an account may see, as asked, newest first."""
    rows = complaints_of(account).order_by("-filed_at", "-pk")
    if asked.get("state"):
        rows = rows.filter(answered_at__isnull=asked["state"] == "open")
    if asked.get("topic"):
        rows = rows.filter(topic=asked["topic"])
    if asked.get("verdict"):
        rows = rows.filter(verdict=asked["verdict"])
    if asked.get("q"):
        text = asked["q"]
        rows = rows.filter(
            Q(number__icontains=text) | Q(about_number__icontains=text) | Q(org_name__icontains=text)
            | Q(words__icontains=text)
        )  # fmt: skip
    return rows


def _table(found: list[Complaint]) -> parts.Table:
    return parts.table(
        (_("投诉"), _("类别"), _("被投诉单位"), _("办理单位"), parts.Column(_("期限"), short=True), _("结论"),
         parts.Column(_("投诉时间"), short=True)),
        tuple(
            (
                parts.Cell(c.number, c.words[:60], reverse("desk:case", args=[c.number])),
                c.get_topic_display(),
                parts.Cell(c.org_name, c.about_number),
                organisation_name(c.taken_by_id),
                _due(c),
                parts.Chip(_VERDICTS[c.verdict], c.get_verdict_display()) if c.verdict else "—",
                cn_time(c.filed_at),
            )
            for c in found
        ),
        _("投诉"),
        caption_hidden=True,
        dense=True,
    )  # fmt: skip


def _due(complaint: Complaint) -> parts.Cell | parts.Chip | str:
    """Until when it is to be answered; of what was answered, when that was."""
    if complaint.answered_at is not None:
        return parts.Cell(cn_day(complaint.answered_at), _("已答复"))
    due = complaint.case.due_at
    if due is None:
        return _("待受理")
    day = cn_day(due - MOMENT)
    return parts.Chip("over", _("%(day)s 已超") % {"day": day}) if due <= present.now() else day


def _asked(request: HttpRequest) -> dict[str, str]:
    get = request.GET
    known = {"state": STATES, "topic": Complaint.Topic.values, "verdict": Complaint.Verdict.values}
    asked = {name: get.get(name, "") for name, values in known.items() if get.get(name, "") in values}
    asked["q"] = get.get("q", "").strip()[:60]
    return {k: v for k, v in asked.items() if v}


def _filter(asked: Mapping[str, str], counts: Mapping[str, int]) -> work.FilterBar:
    def address(**over: str) -> str:
        return "?" + urlencode({k: v for k, v in {**asked, **over}.items() if v})

    n = {"open": counts["open"], "answered": counts["all"] - counts["open"]}
    tabs = [parts.Tab(_("全部"), address(state=""), "state" not in asked, counts["all"])]
    tabs += [
        parts.Tab(_(name), address(state=key), asked.get("state") == key, n[key])
        for key, name in STATES.items()
    ]
    topics = (
        fields.Option("", _("全部类别")),
        *(fields.Option(str(v), str(t)) for v, t in Complaint.Topic.choices),
    )
    verdicts = (
        fields.Option("", _("全部结论")),
        *(fields.Option(str(v), str(t)) for v, t in Complaint.Verdict.choices),
    )
    return work.FilterBar(
        reverse("supervision:complaints"),
        work.Segmented(tuple(tabs), _("状态")),
        (
            work.Select("topic", _("类别"), topics, asked.get("topic", "")),
            work.Select("verdict", _("结论"), verdicts, asked.get("verdict", "")),
        ),
        asked.get("q", ""),
        _("编号、单位或者内容"),
        ((f"{_('含')}：{asked['q']}", address(q="")),) if "q" in asked else (),
        {k: v for k, v in asked.items() if k == "state"},
        label=_("筛选投诉"),
    )  # fmt: skip
