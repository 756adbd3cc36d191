"""待办, 我已办, 搜索, and what may be done with several pieces of work at once."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tongban.base.calendar import CHINA, Calendar
from tongban.base.queries import current_calendar
from tongban.base.sheets import sheet_response
from tongban.base.text import whole_number
from tongban.base.ui import fields, parts, work
from tongban.base.ui.format import cn_day, cn_weekday
from tongban.base.ui.rail import workbench
from tongban.base.ui.reminders import reminders
from tongban.engine import kinds
from tongban.engine.errors import Refused
from tongban.engine.models import Case, TaskRow
from tongban.engine.naming import applicant_names, names_known, title_holds, title_masked, title_told
from tongban.engine.people import scopes
from tongban.engine.services import perform
from tongban.faces.desk import colleagues, todo
from tongban.faces.desk.due import last_day, nearness
from tongban.faces.desk.frame import icon_of
from tongban.registry.access import account_of, record_access, staff_only
from tongban.registry.models import Account

FOUND = 60


@staff_only
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """待办 (全部、按类别、按到期日 …)."""
    account, now = account_of(request), datetime.now(CHINA)
    asked = todo.Asked.of(request.GET)
    calendar = current_calendar()
    waiting = todo.counts(account, now)
    page = todo.page_of(account, asked, now)
    said = [_("%(n)s 件已超期") % {"n": waiting.late}] if waiting.late else []
    said.append(_("%(n)s 件今天到期") % {"n": waiting.today})
    shell = workbench(
        request,
        _("待办 %(n)s 件") % {"n": waiting.total},
        "late" if asked.due == "late" else f"kind-{asked.kind}" if asked.kind else "todo",
        subtitle="，".join(said) + f"。{cn_day(now)} {cn_weekday(now)} {now:%H:%M}",
    )
    return render(
        request,
        "desk/todo.html",
        {
            "page": shell,
            "bars": todo.due_bars(todo.narrowed(account, _without_due(asked), now), asked, now, calendar),
            "filter": _filter(account, asked, waiting),
            "list": _list(asked, page, account, calendar, now) if page.rows else None,
            "bulk": work.BulkBar(
                (("claim", _("领到我名下")), ("release", _("放回")), ("reassign", _("转办")))
                if scopes(account).post_ids
                else (),
                work.Pager(
                    "", asked.address(after=page.next) if page.next else "", page.count, len(page.rows)
                ),
            ),
            "empty": _empty(asked, waiting.total),
            "export": reverse("desk:todo_export") + asked.address() if scopes(account).of("export") else "",
            "reminders": [
                parts.Notice("warn", one.words, acts=(parts.Act(one.link, one.href, small=True),), slim=True)
                for one in reminders(request)
            ],
            "may_take_in": bool(scopes(account).of("accept")),
            "back": asked.address(),
        },
    )


@staff_only
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The asked part of the list as XLSX: the rows one sees, of the units one may export from."""
    account, now = account_of(request), datetime.now(CHINA)
    reach = scopes(account).of("export")
    if not reach:
        return refused(request, _("您没有导出权限。需要导出的，请联系本单位负责人。"))
    asked = todo.Asked.of(request.GET)
    rows = todo.all_of(account, asked, now).filter(
        reach.q("case__org_id", "case__matter_id", "case__secrecy")
    )
    calendar = current_calendar()
    names = applicant_names(account, (t.case for t in rows))
    record_access(account, "export", "todo", rows=len(rows))
    return sheet_response(
        _("待办"),
        (
            (_("到期"), 18),
            (_("还剩"), 12),
            (_("编号"), 20),
            (_("标题"), 44),
            (_("申请人"), 24),
            (_("环节"), 18),
            (_("办理人"), 12),
            (_("转入时间"), 18),
        ),
        (
            (
                last_day(t.due_at) if t.due_at else None,
                nearness(calendar, t.due_at, t.opened_at, now, paused=t.case.paused).words,
                t.case.number,
                title_masked(t.case, names[t.case_id]),
                names[t.case_id],
                t.name,
                str(t.assignee) if t.assignee else "",
                t.opened_at,
            )
            for t in rows
        ),
    )


@staff_only
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Claim, put back or pass on the chosen tasks, each by its own command; what is refused is said by name."""
    account = account_of(request)
    given = request.POST.getlist("task") or request.POST.get("tasks", "").split(",")
    chosen = [c for c in given if all(map(whole_number, c.split("."))) and c.count(".") == 1][: todo.PAGE]
    back = HttpResponseRedirect(reverse("desk:todo") + _address(request.POST.get("back", "")))
    if not chosen:
        messages.warning(request, _("还没有选中任何一件。"))
        return back
    kind = request.POST.get("bulk", "")
    if kind not in ("claim", "release", "reassign"):
        return back
    data = {}
    if kind == "reassign":
        data = {k: request.POST.get(k, "").strip() for k in ("account", "post", "reason")}
        data = {k: v for k, v in data.items() if v}
        if not (data.get("reason") and (data.get("account") or data.get("post"))):
            return _ask_to_whom(request, account, chosen)
    done, said = 0, []
    for key in chosen:
        case_id, _dot, no = key.partition(".")
        try:
            perform(
                account,
                int(case_id),
                kind,
                command_id=uuid4(),
                data={"task": int(no), **data},
                channel="desk",
            )
            done += 1
        except Refused as refusal:
            said.append(refusal.message)
        except ValueError:
            continue
    names = {"claim": _("领到您名下"), "release": _("放回"), "reassign": _("转办")}
    if done:
        messages.success(
            request,
            ngettext("%(n)s 件已%(what)s。", "%(n)s 件已%(what)s。", done) % {"n": done, "what": names[kind]},
        )
    if said:
        messages.warning(
            request, _("%(n)s 件没有办成：%(why)s") % {"n": len(said), "why": "；".join(dict.fromkeys(said))}
        )
    return back


@staff_only
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """我已办: what the account has finished, latest first."""
    account = account_of(request)
    rows = TaskRow.objects.filter(done_by_id=account.pk, status="done", kind="human")
    before = _moment(request.GET.get("before", ""))
    shown = rows.filter(done_at__lt=before) if before else rows
    found = list(shown.select_related("case").order_by("-done_at", "-case_id", "-no")[: todo.PAGE + 1])
    last = found[todo.PAGE - 1].done_at if len(found) > todo.PAGE else None
    found = found[: todo.PAGE]
    names = applicant_names(account, (t.case for t in found))
    listing = work.WorkList(
        _("我已办"),
        tuple(
            parts.Column(n) for n in (_("状态"), _("类别"), _("标题"), _("编号"), _("我办的环节"), _("办于"))
        ),
        tuple(
            work.Row(
                f"{t.case_id}.{t.no}",
                title_told(t.case, names[t.case_id]),
                case_url(t.case),
                "",
                None,
                _phase(t.case),
                icon_of(t.case.kind),
                (t.case.number, t.name, f"{cn_day(t.done_at)}"),
            )
            for t in found
        ),
    )
    return render(
        request,
        "desk/list.html",
        {
            "page": workbench(request, _("我已办"), "done", subtitle=_("您办完的环节，最近的在前。")),
            "list": listing if found else None,
            "bulk": work.BulkBar(
                (),
                work.Pager(
                    "",
                    f"?before={last.isoformat()}".replace("+", "%2B") if last else "",
                    rows.count(),
                    len(found),
                ),
            ),
            "empty": parts.Empty(
                _("还没有您办完的环节"), _("办完一个环节后，会在这里看到它后来怎样。"), icon="check2-square"
            ),
        },
    )


@staff_only
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Cases one may see, by number, applicant, or matter."""
    account, now = account_of(request), datetime.now(CHINA)
    text = request.GET.get("q", "").strip()[:60]
    found: list[Case] = []
    if text:
        visible = Case.objects.visible_to(account)
        exact = visible.filter(number=text.replace(" ", "").upper()).first()
        if exact is not None:
            return HttpResponseRedirect(case_url(exact))
        found = list(
            visible.filter(
                Q(number__icontains=text.replace(" ", ""))
                | Q(applicant_name__icontains=text) & names_known(account)
                | title_holds(account, text)
                | Q(matter__name__icontains=text)
            ).order_by("-opened_at", "-id")[: FOUND + 1]
        )
    calendar = current_calendar()
    names = applicant_names(account, found)
    rows = tuple(case_row(c, names[c.pk], calendar, now) for c in found[:FOUND])
    count = (
        _("%(n)s 件") % {"n": len(found)}
        if len(found) <= FOUND
        else _("前 %(n)s 件，请写得更具体") % {"n": FOUND}
    )
    return render(
        request,
        "desk/list.html",
        {
            "page": workbench(
                request,
                _("“%(q)s”的办件") % {"q": text} if text else _("搜索办件"),
                "",
                query=text,
                subtitle=count if text else _("按编号、申请人或事项找您能看到的办件。"),
            ),
            "list": case_list(_("找到的办件"), rows) if rows else None,
            "bulk": work.BulkBar(()),
            "empty": parts.Empty(
                _("没有找到“%(q)s”") % {"q": text} if text else _("想找哪一件？"),
                _("只找您有权查看的办件。可以写编号的一部分、申请人姓名，或者事项名称。"),
                icon="search",
            ),
        },
    )


def case_list(caption: str, rows: tuple[work.Row, ...]) -> work.WorkList:
    """A list of whole cases."""
    columns = (_("到期"), _("类别"), _("标题"), _("编号"), _("申请人"), _("环节"))
    return work.WorkList(caption, tuple(parts.Column(c) for c in columns), rows)


def case_row(case: Case, name: str, calendar: Calendar, now: datetime) -> work.Row:
    """A case as a row: its own limit, not that of a step. `name` is the applicant's, as the reader may read it."""
    if case.concluded_at is None and case.decided_at is None:
        due = nearness(
            calendar, case.due_at, case.accepted_at or case.opened_at, now, paused=case.paused
        ).cell()
    else:
        due = None
    return work.Row(
        str(case.pk),
        title_told(case, name),
        case_url(case),
        f"{cn_day(case.opened_at)} 申请 · {_phase(case)}",
        due,
        kinds.kind(case.kind).name,
        icon_of(case.kind),
        (case.number, name, case.stage or _phase(case)),
    )


def case_url(case: Case) -> str:
    """Address of the case page."""
    return reverse("desk:case", args=[case.number])


def refused(request: HttpRequest, words: str, status: int = 403) -> HttpResponse:
    """A page that says why not, inside the workbench."""
    return render(
        request,
        "desk/refused.html",
        {"page": workbench(request, _("不能这样做")), "notice": parts.Notice("warn", _("没有办成"), words)},
        status=status,
    )


def _phase(case: Case) -> str:
    words = str(Case.Phase(case.phase).label)
    return f"{words} · {Case.Result(case.result).label}" if case.result else words


def _without_due(asked: todo.Asked) -> todo.Asked:
    return replace(asked, due="", after="")


def _filter(account: Account, asked: todo.Asked, waiting: todo.Counts) -> work.FilterBar:
    steps, matters = todo.steps_and_matters(account)
    segments = [
        parts.Tab(
            _("全部"), asked.address(kind="", whose=""), not asked.kind and not asked.whose, waiting.total
        )
    ]
    if len(waiting.kinds) > 1:
        segments += [
            parts.Tab(kinds.kind(k).name, asked.address(kind=k), asked.kind == k, n)
            for k, n in waiting.kinds.items()
        ]
    mine = todo.open_tasks(account).filter(assignee_id=account.pk).count()
    segments += [
        parts.Tab(_("我名下"), asked.address(whose="mine"), asked.whose == "mine", mine),
        parts.Tab(_("待领"), asked.address(whose="free"), asked.whose == "free", waiting.total - mine),
    ]
    tags = []
    if asked.due:
        tags.append((_("到期：%(when)s") % {"when": _due_words(asked.due)}, asked.address(due="")))
    if asked.text:
        tags.append((_("含“%(text)s”") % {"text": asked.text}, asked.address(text="")))
    return work.FilterBar(
        reverse("desk:todo"),
        work.Segmented(tuple(segments)),
        (
            work.Select(
                "step",
                _("环节"),
                (fields.Option("", _("全部环节")), *(fields.Option(s, s) for s in steps)),
                asked.step,
            ),
            work.Select(
                "matter",
                _("事项"),
                (
                    fields.Option("", _("全部事项")),
                    *(fields.Option(str(pk), name[:24]) for pk, name in matters),
                ),
                asked.matter,
            ),
        ),
        asked.text,
        tags=tuple(tags),
        hidden={k: v for k, v in (("kind", asked.kind), ("whose", asked.whose), ("due", asked.due)) if v},
        label=_("筛选待办"),
    )


def _due_words(due: str) -> str:
    if due in ("late", "paused", "soon"):
        return {"late": _("已超期"), "paused": _("计时暂停"), "soon": _("两天内")}[due]
    return _("%(day)s 之后") % {"day": due[6:]} if due.startswith(">") else due.partition("~")[2][5:]


def _list(
    asked: todo.Asked, page: todo.Page, account: Account, calendar: Calendar, now: datetime
) -> work.WorkList:
    def column(key: str, name: str) -> parts.Column:
        here = asked.sort == key
        return parts.Column(
            name,
            sort=asked.address(sort=key, down=here and not asked.down),
            sorted=("descending" if asked.down else "ascending") if here else "",
        )

    names = applicant_names(account, (t.case for t in page.rows))
    return work.WorkList(
        _("待办，共 %(n)s 件，当前显示 %(m)s 件") % {"n": page.count, "m": len(page.rows)},
        (
            column("due", _("到期")),
            parts.Column(_("类别")),
            column("title", _("标题")),
            column("number", _("编号")),
            parts.Column(_("申请人")),
            column("step", _("环节")),
        ),
        tuple(_row(t, names[t.case_id], account, calendar, now) for t in page.rows),
        "task",
    )


def _row(task: TaskRow, name: str, account: Account, calendar: Calendar, now: datetime) -> work.Row:
    case = task.case
    near = nearness(calendar, task.due_at, task.opened_at, now, paused=case.paused)
    notes = [_("%(day)s 转入") % {"day": cn_day(task.opened_at)}]
    if task.assignee_id == account.pk:
        notes.append(_("在您名下"))
    elif task.assignee_id is None:
        notes.append(_("待领"))
    if task.urged:
        notes.append(_("已催办 %(n)s 次") % {"n": task.urged})
    if case.level:
        notes.append({1: _("有预警"), 2: _("有黄牌"), 3: _("有红牌")}[case.level])
    return work.Row(
        f"{case.pk}.{task.no}",
        title_told(case, name),
        f"{case_url(case)}?task={task.no}",
        " · ".join(notes),
        near.cell(),
        kinds.kind(case.kind).name,
        icon_of(case.kind),
        (case.number, name, task.name),
        bool(task.urged),
    )


def _empty(asked: todo.Asked, total: int) -> parts.Empty:
    if asked.narrowed and total:
        return parts.Empty(
            _("这样筛选，一件也没有"),
            _("待办里另有 %(n)s 件。") % {"n": total},
            (parts.Act(_("看全部待办"), reverse("desk:todo"), "primary"),),
            "funnel",
        )
    return parts.Empty(
        _("没有待办"),
        _("轮到您的环节会出现在这里，最急的在最上面。"),
        (parts.Act(_("看我已办"), reverse("desk:done")),),
        "check2-square",
    )


def _ask_to_whom(request: HttpRequest, account: Account, chosen: list[str]) -> HttpResponse:
    """Second step of passing on: to whom, and why."""
    ids = [int(c.partition(".")[0]) for c in chosen]
    orgs = set(
        todo.open_tasks(account).filter(case_id__in=ids).exclude(org_id=None).values_list("org_id", flat=True)
    )
    asked = request.POST.get("asked") == "1"
    confirm = fields.Confirm(
        _("把 %(n)s 件转给谁？") % {"n": len(chosen)},
        reverse("desk:bulk"),
        _("转办"),
        parts.Act(_("不转了，回到待办"), reverse("desk:todo") + _address(request.POST.get("back", ""))),
        (_("转办记入每一件的全程留痕，时限不变。"),),
        hidden={
            "tasks": ",".join(chosen),
            "bulk": "reassign",
            "asked": "1",
            "back": request.POST.get("back", ""),
        },
        fields=(
            fields.Field(
                "account",
                _("转给哪位同事"),
                "select",
                request.POST.get("account", ""),
                required=False,
                options=colleagues.people_of(orgs, account),
                error=_("请选择一位同事") if asked and not request.POST.get("account") else "",
            ),
            fields.Field(
                "reason",
                _("转办原因"),
                "textarea",
                request.POST.get("reason", ""),
                rows=2,
                error=_("请写明原因") if asked and not request.POST.get("reason", "").strip() else "",
            ),
        ),
    )
    return render(
        request,
        "desk/confirm.html",
        {"page": workbench(request, _("转办 %(n)s 件") % {"n": len(chosen)}, "todo"), "confirm": confirm},
        status=422 if asked else 200,
    )


def _address(text: str) -> str:
    return text if text.startswith("?") and "\n" not in text else ""


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(CHINA) if found.tzinfo else found.replace(tzinfo=CHINA)
    except (ValueError, OverflowError):
        return None
