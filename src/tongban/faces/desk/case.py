"""What the pages of one case have in common: the case as this person may see it, its head with the clock, its tabs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA
from tongban.base.ui import flow, parts, work
from tongban.base.ui.format import cn_day
from tongban.engine import kinds, queries
from tongban.engine.attachments import attachments
from tongban.engine.definition import Definition
from tongban.engine.flow import Node
from tongban.engine.models import Attachment, Case
from tongban.engine.naming import applicant_name, phone_told, title_told
from tongban.engine.people import scopes
from tongban.engine.queries import Entry
from tongban.engine.state import State, Task
from tongban.engine.words import CHANNELS
from tongban.faces.desk.due import last_day, nearness
from tongban.faces.pictures import clock_picture, deadlines, flow_picture
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.queries import cards_of
from tongban.registry.models import Account
from tongban.registry.queries import as_of

CHIP = {
    "granted": ("ok", "准予"),
    "denied": ("", "不予"),
    "partial": ("ok", "部分准予"),
    "done": ("ok", "办结"),
    "refused": ("", "不予受理"),
    "lapsed": ("", "逾期未补正，视为撤回"),
    "withdrawn": ("", "已撤回"),
    "terminated": ("", "已终止"),
}


@dataclass
class View:
    """One case for one person. Everything is read once, and only when a page asks for it."""

    account: Account
    case: Case
    now: datetime

    @cached_property
    def state(self) -> State:
        """The case as the engine knows it."""
        return queries.standing(self.case)[1]

    @cached_property
    def definition(self) -> Definition:
        """What it is carried out under."""
        return queries.case_definition(self.case)

    @cached_property
    def personal(self) -> bool:
        """Whether personal values are shown to this person."""
        return queries.sees_personal(self.account, self.case)

    @cached_property
    def applicant(self) -> str:
        """The applicant's name as this person may read it."""
        return applicant_name(self.case, known=self.personal)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The events in words."""
        return queries.timeline(self.account, self.case)

    @cached_property
    def cards(self) -> list[Card]:
        """The cards of the case that this person may see."""
        return list(cards_of(self.account, self.case.pk))

    @cached_property
    def files(self) -> list[Attachment]:
        """The files in force that this person may read."""
        return [a for a in attachments(self.account, self.case) if a.replaced_at is None]

    @cached_property
    def related(self) -> list[Case]:
        """Parent and children that this person may see."""
        around = Case.objects.visible_to(self.account)
        found = list(around.filter(parent_id=self.case.pk).order_by("id"))
        if self.case.parent_id:
            found = list(around.filter(pk=self.case.parent_id)) + list(
                around.filter(parent_id=self.case.parent_id).exclude(pk=self.case.pk).order_by("id")
            )
        return found

    @cached_property
    def people(self) -> Mapping[int, str]:
        """Names of who did or has a step."""
        wanted = {pk for t in self.state.tasks for pk in (t.by, t.assignee) if pk}
        return dict(Account.objects.filter(pk__in=wanted).values_list("pk", "display_name"))

    def holder(self, task: Task) -> str:
        """Who has a task: a person, else the post."""
        if task.assignee and task.assignee in self.people:
            return self.people[task.assignee]
        return self.definition.post_name(task.post)

    @property
    def own(self) -> str:
        """What the unit is called whose own work the case is; "" where somebody applied."""
        return kinds.kind(self.case.kind).own

    @property
    def form_name(self) -> str:
        """What the filled form is called that opened the case."""
        return _(kinds.kind(self.case.kind).form)

    @property
    def waiting(self) -> str:
        """Who has it now, where it is not this person: a sentence."""
        if self.case.phase == Case.Phase.CLOSED:
            return _("本件已经办结，不再需要办理。")
        open_tasks = [t for t in self.state.open_tasks if t.kind == "human"]
        if self.case.phase == Case.Phase.CORRECTING:
            return _("已告知补正，在等申请人补齐。")
        if self.case.phase == Case.Phase.PRECHECK and not open_tasks:
            return _("预受理已经答复，在等申请人补齐、再次预审或者正式申请。")
        if not open_tasks:
            return _("正由系统等待下一步（%(step)s）。") % {"step": self.case.stage or _("自动环节")}
        said = []
        for t in open_tasks[:3]:
            node = self.definition.flow.nodes[t.node]
            due = f"，{cn_day(last_day(t.due))} 前" if t.due else ""
            said.append(f"“{node.name}”在{self.holder(t)}处{due}")
        return "；".join(said) + "。"


def open_view(account: Account, number: str) -> View:
    """The case of that number for this person. Raises Http404 also where it is not theirs to see."""
    case = (
        Case.objects.visible_to(account)
        .select_related("offering_version", "matter", "org", "flow")
        .filter(number=number)
        .first()
    )
    if case is None:
        raise Http404(number)
    return View(account, case, datetime.now(CHINA))


def head(view: View, tab: str, acts: tuple[parts.Act, ...] = ()) -> work.CaseHead:
    """Title, state, facts, clock and tabs."""
    case = view.case
    node = as_of().nodes.get(case.org_id)
    facts: list[tuple[str, str]] = [(_("编号"), case.number), _applicant(view)]
    if view.personal and (phone := phone_told(view.entries)):
        facts.append((_("联系"), phone))
    facts += [
        (_("承办"), (node.short_name or node.name) if node else ""),
        (_("事项版本"), _("第 %(no)s 版") % {"no": case.offering_version.no}),
        *(((_("来源"), CHANNELS.get(case.channel, case.channel)),) if not view.own else ()),
        (_("提起") if view.own else _("申请"), f"{cn_day(case.opened_at)}"),
        *((_(name), day) for name, day in deadlines(view.state)),
    ]
    return work.CaseHead(
        title_told(case, view.applicant),
        state_chip(view),
        tuple(facts),
        acts,
        clock_picture(view.definition, view.state, view.now, heading=False),
        parts.TabBar(_("办件分页"), _tabs(view, tab)),
    )


def _applicant(view: View) -> tuple[str, str]:
    """Who applied, and whether that is a firm or a person; of a unit's own work the unit."""
    if view.own:
        return _(view.own), view.applicant
    what = _("企业") if view.case.applicant_kind == "organisation" else _("个人")
    return _("申请人"), f"{view.applicant}（{what}）"


def state_chip(view: View) -> parts.Chip:
    """How it stands, with the limit where one runs."""
    case = view.case
    if case.phase == Case.Phase.CLOSED and case.result in CHIP:
        kind, words = CHIP[case.result]
        return parts.Chip(kind, f"{_('已办结')} · {words}")  # type: ignore[arg-type]
    if case.phase == Case.Phase.DECIDED:
        return parts.Chip("info", _("待送达"))
    if case.phase == Case.Phase.PRECHECK:
        look = view.state.looked_at
        if look is None or look.due is None or look.answered is not None:
            return parts.Chip("hold", _("预受理 · 等申请人补齐"))
        near = nearness(view.definition.calendar, look.due, look.asked, view.now)
        return parts.Chip(near.kind, f"{_('预受理')}{near.words}", near.chip().icon)
    if case.phase in (Case.Phase.APPLIED, Case.Phase.CORRECTING):
        clock = view.state.clock("acceptance")
        due = clock.due if clock and clock.stopped is None else None
        if case.phase == Case.Phase.CORRECTING or due is None:
            return parts.Chip(
                "hold" if case.phase == Case.Phase.CORRECTING else "info", str(Case.Phase(case.phase).label)
            )
        near = nearness(view.definition.calendar, due, case.opened_at, view.now)
        return parts.Chip(near.kind, f"{_('受理')}{near.words}", near.chip().icon)
    near = nearness(
        view.definition.calendar,
        case.due_at,
        case.accepted_at or case.opened_at,
        view.now,
        paused=case.paused,
    )
    return near.chip()


def picture(view: View, state: State | None = None, *, note: str = "") -> flow.Flow:
    """The flow with what is done and where it is; under each step who has or had it."""
    held = state or view.state

    def who(node: Node) -> str:
        tasks = [t for t in held.tasks if t.node == node.key and not t.parent]
        if not tasks:
            return ""
        task = tasks[-1]
        if task.status == "done" and task.done:
            name = view.people.get(task.by or 0, _("系统") if task.by is None else "")
            return (
                f"{task.done.astimezone(CHINA):%m-%d} · {name}"
                if name
                else f"{task.done.astimezone(CHINA):%m-%d}"
            )
        if task.status == "open":
            return (
                _("您")
                if task.assignee == view.account.pk or task.post in scopes(view.account).posts
                else view.holder(task)
            )
        return ""

    return flow_picture(view.definition.flow, held, who=who, title=_("办到哪一步"), note=note)


def _tabs(view: View, tab: str) -> tuple[parts.Tab, ...]:
    number = view.case.number
    rows: list[tuple[str, str, int | None]] = [
        ("case", _("办理"), None),
        ("materials", _("材料"), len(view.state.materials) or None),
        ("flow", _("流程图"), None),
        ("trail", _("全程留痕"), view.case.seq),
        ("watch", _("监察"), len(view.cards) or None),
    ]
    if view.related:
        rows.append(("related", _("相关办件"), len(view.related)))
    return tuple(
        parts.Tab(name, reverse(f"desk:{key}", args=[number]), key == tab, count) for key, name, count in rows
    )


def kind_name(case: Case) -> str:
    """办件, 执法案件, 联办件 …"""
    return kinds.kind(case.kind).name
