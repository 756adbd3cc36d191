"""What the hall and the lobby tell of a case: the headline, what to do, the way so far and the way to come.

Everything is drawn from the case's state. Names of officials do not occur: who has it is said by unit and post.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA, BeyondHorizon
from tongban.base.ui import clock, flow, parts
from tongban.base.ui.component import Shown
from tongban.base.ui.format import cn_date, cn_day, money
from tongban.engine import codec, kinds
from tongban.engine.definition import Definition
from tongban.engine.flow import GATHER, Node
from tongban.engine.models import Case
from tongban.engine.people import mask_name
from tongban.engine.queries import case_definition, helped_by
from tongban.engine.state import Precheck, State, Task
from tongban.engine.words import CHANNELS, HANDED
from tongban.faces.guide import fee_words
from tongban.faces.pictures import UNITS, clock_picture, deadlines, flow_picture, limit_words
from tongban.registry.models import Offering, Post
from tongban.registry.queries import as_of

RESULTS = {
    "granted": "准予", "denied": "不予批准", "partial": "部分准予", "done": "已办好", "refused": "不予受理",
    "lapsed": "逾期未补正，视为撤回", "withdrawn": "已撤回", "terminated": "已终止",
}  # fmt: skip
CHIPS: dict[str, tuple[parts.ChipKind, str]] = {
    "precheck": ("info", "预受理"), "applied": ("info", "待受理"), "correcting": ("warn", "等您补正"), "accepted": ("info", "办理中"),
    "suspended": ("hold", "计时暂停"), "decided": ("info", "待送达"), "closed": ("ok", "已办结"),
}  # fmt: skip
_BAD_ENDS = frozenset({"denied", "refused", "lapsed", "terminated"})
_PAUSES = {"correction": "等您补正", "payment": "等您缴费"}
NUMBER_HINT = "回执上的编号，13 位数字；有的前面有字母，也要填"
WRONG_PAIR = "编号和查询密码对不上。请看回执，密码是 12 位字母和数字，不分大小写。"
_FAR = 8  # steps to come that are shown at most


@dataclass(frozen=True, slots=True)
class Progress:
    """A tracking page's parts."""

    headline: str
    chip: parts.Chip
    todo: parts.Notice | None
    timeline: parts.Timeline
    clock: clock.Clock | None
    picture: flow.Flow | None
    facts: parts.Terms
    materials: tuple[tuple[str, parts.Chip], ...]
    has_it: str
    remedy: str
    reason: str


def case_name(case: Case) -> str:
    """What the case is about, by the guide's name (titles may name the applicant)."""
    return str(case.offering_version.name)


def case_row(case: Case) -> dict[str, Any]:
    """A case as one line of a list: its name, chip and address."""
    return {
        "case": case,
        "name": case_name(case),
        "chip": chip_of(case),
        "href": reverse("hall:case", args=[case.number]),
    }


def chip_of(case: Case) -> parts.Chip:
    """The state of a case as a chip, with what came out once it is closed."""
    if case.phase == Case.Phase.CLOSED:
        kind: parts.ChipKind = (
            "bad" if case.result in _BAD_ENDS else "" if case.result == "withdrawn" else "ok"
        )
        return parts.Chip(kind, RESULTS.get(case.result, _("已办结")))
    if case.phase == Case.Phase.SUSPENDED and codec.load(case.state).pauses[-1].reason == "correction":
        return parts.Chip("warn", _("等您补正"))
    kind, words = CHIPS[case.phase]
    return parts.Chip(kind, words)


def progress_of(
    case: Case, *, personal: bool, acts: tuple[parts.Act, ...] = (), now: datetime | None = None
) -> Progress:
    """Everything the tracking page draws. `personal`: for the applicant signed in, else masked (number and secret)."""
    now = now or timezone.now()
    state, defn = codec.load(case.state), case_definition(case)
    told = _Telling(case, state, defn, now)
    return Progress(
        headline=told.headline(),
        chip=chip_of(case),
        todo=told.todo(acts),
        timeline=parts.Timeline(
            (*sorted(told.past(), key=lambda m: str(m.at)), *told.present(), *told.future())
        ),
        clock=clock_picture(defn, state, now),
        picture=flow_picture(defn.flow, state, who=told.who, risks=False),
        facts=parts.Terms(told.facts(personal=personal)),
        materials=told.materials(),
        has_it=told.has_it(),
        remedy=str(state.decision.get("remedy") or state.refusal.get("remedy") or ""),
        reason=str(state.decision.get("reason") or state.refusal.get("reason") or ""),
    )


def last_day(due: datetime | None) -> date | None:
    """The last day on which one is in time; a due is the midnight after it."""
    return None if due is None else (due - timedelta(microseconds=1)).astimezone(CHINA).date()


class _Telling:
    """One case being told."""

    def __init__(self, case: Case, state: State, defn: Definition, now: datetime) -> None:
        self.case, self.state, self.defn, self.now = case, state, defn, now
        self.tree = as_of()
        codes = {t.post for t in state.open_tasks if t.post}
        members = {t.branch for t in state.tasks if t.kind == "subcase"}
        self.members: dict[str, int] = (
            {
                code: org
                for code, org in Offering.objects.filter(implementation_code__in=members).values_list(
                    "implementation_code", "organisation_id"
                )
                if code
            }
            if members
            else {}
        )
        self.posts = dict(Post.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}

    def headline(self) -> str:
        """The state as a sentence about the person who reads it."""
        case, state = self.case, self.state
        if (look := self._look()) is not None:
            if look.answered is None:
                return (
                    _("正在预审，最迟%(day)s答复") % {"day": cn_day(last_day(look.due))}
                    if look.due
                    else _("正在预审")
                )
            return _("预审有答复：还不能转为正式申请")
        if self._asked():
            n = len(state.corrections[-1].items)
            return _("等您补 %(n)s 项，补好后继续办理") % {"n": n}
        match case.phase:
            case Case.Phase.APPLIED:
                return _("申请已收到，等待受理")
            case Case.Phase.SUSPENDED:
                return _("%(why)s中，计时暂停") % {"why": self._pause(state.pauses[-1].reason)}
            case Case.Phase.DECIDED:
                return _("已作出决定，等待送达")
            case Case.Phase.CLOSED:
                return {
                    "granted": _("已办结：准予"), "denied": _("已办结：不予批准"), "done": _("已办好"),
                    "refused": _("没有受理"), "lapsed": _("到期没有补正，视为撤回申请"), "withdrawn": self._withdrawn(),
                    "terminated": _("办理已终止"), "partial": _("已办结：部分准予"),
                }.get(case.result, _("已办结"))  # fmt: skip
        stage = self._stage()
        due = last_day(self._due())
        if due is None:
            return _("正在办：%(stage)s") % {"stage": stage}
        return _("正在办：%(stage)s，最迟%(day)s办好") % {"stage": stage, "day": cn_day(due)}

    def todo(self, acts: tuple[parts.Act, ...]) -> parts.Notice | None:
        """What the person has to do now, or should know."""
        state = self.state
        if (look := self._look()) is not None:
            return None if look.answered is None else self._missing(look, acts)
        if self._asked():
            notice = state.corrections[-1]
            day = last_day(notice.due)
            left = self._workdays_to(day)
            title = _("请补齐下面 %(n)s 项") % {"n": len(notice.items)}
            if day is not None:
                title = _("请在 %(day)s前补齐") % {"day": cn_day(day)}
                if left is not None:
                    title += _("，还有 %(n)s 个工作日") % {"n": left} if left >= 0 else _("，已经过期")
            text = _(
                "这是一次性告知，不会再要别的材料。补正期间不计办理时间；到期未补的，视为撤回申请，可以重新申请。"
            )
            return parts.Notice("warn", title, text, acts)
        unpaid = [f for f in state.fees if f.paid is None]
        if unpaid:
            text = "；".join(f"{f.name} ¥{f.amount}" for f in unpaid)
            return parts.Notice(
                "warn", _("请缴费"), _("%(fees)s。请到窗口或者按缴款单缴纳，缴清后接着办。") % {"fees": text}
            )
        if state.phase == "closed" and state.certificate is not None:
            return parts.Notice("ok", _("结果已制作：%(name)s") % {"name": state.certificate.name}, "", acts)
        if self.case.result in ("denied", "refused"):
            return parts.Notice(
                "bad",
                _("没有获得准予，您可以申请复议或者起诉"),
                str(state.decision.get("reason") or state.refusal.get("reason") or ""),
                acts,
            )
        return None  # fmt: skip

    def past(self) -> Iterator[parts.Moment]:
        """What happened, one moment each, in no order."""
        s = self.state
        yield from self._looked()
        if s.applied:
            yield self._moment(s.applied, _("提交申请"), CHANNELS.get(self.case.channel, ""))
        if s.accepted:
            words = _("到期没有告知补正，自收到申请之日起视为受理。") if s.deemed_accepted else ""
            yield self._moment(s.accepted, _("受理"), words + _("开始计算办理时间。"))
        yield from self._corrected()
        yield from self._worked()
        yield from self._paused()
        for f in s.fees:
            title = _("应缴%(name)s %(amount)s") % {"name": f.name, "amount": money(Decimal(f.amount))}
            yield self._moment(f.charged, title, f.reduced)
            if f.paid:
                yield self._moment(f.paid, _("已缴%(name)s") % {"name": f.name})
        yield from self._ended()

    def _looked(self) -> Iterator[parts.Moment]:
        for p in self.state.prechecks:
            if p.due is not None:  # asked for here; else another system only tells what it answered
                yield self._moment(p.asked, _("申请预审"), CHANNELS.get(self.case.channel, ""))
            if p.answered is not None:
                told = {
                    "passed": _("预审：材料齐全"),
                    "incomplete": _("预审：还不齐全"),
                    "returned": _("预审：不符合条件"),
                }
                box = parts.PaperBox(_("还缺的"), "", tuple((i, "") for i in p.items)) if p.items else ""
                yield self._moment(p.answered, told[p.outcome], p.words, body=box)

    def _missing(self, look: Precheck, acts: tuple[parts.Act, ...]) -> parts.Notice:
        until = last_day(look.until)
        title = _("还缺 %(n)s 项") % {"n": len(look.items)} if look.items else _("预审意见：不符合申请条件")
        if until is not None:
            title += _("，请在 %(day)s前补好再交") % {"day": cn_day(until)}
        text = _("补好可以再请预审，也可以直接正式申请；到期不交的，这次预受理自动结束，不影响以后申请。")
        told = "；".join(look.items) or look.words
        return parts.Notice("warn", title, f"{told}。{text}" if told else text, acts)

    def _corrected(self) -> Iterator[parts.Moment]:
        s = self.state
        for c in s.corrections:
            until = last_day(c.due)
            text = _("补正期限到 %(day)s。") % {"day": cn_date(until)} if until else ""
            if not (self._asked() and c is s.corrections[-1]):
                yield self._moment(c.requested, _("告知补正"), text, body=_asked_box(c.items))
            if c.supplied:
                yield self._moment(c.supplied, _("您已补正"))
            if c.lapsed:
                over = _("到期没有补正，视为撤回申请") if c.before_acceptance else _("到期没有补正，接着办理")
                yield self._moment(c.lapsed, over)

    def _worked(self) -> Iterator[parts.Moment]:
        for t in self.state.tasks:
            node = self.defn.flow.nodes[t.node]
            told_elsewhere = (
                t.sent_by == "precheck"
                or (t.parent and t.sent_by not in HANDED)
                or node.duty
                in (
                    "accept",
                    "decide",
                    "deliver",
                )
            )
            if t.status == "done" and t.done and not told_elsewhere and t.kind in ("human", "subcase"):
                yield self._moment(
                    t.done, _("%(step)s完成") % {"step": _step_name(t, node)}, self._who_did(t, node)
                )

    def _paused(self) -> Iterator[parts.Moment]:
        for p in self.state.pauses:
            if p.reason != "correction":
                title = _("暂停计时：%(why)s") % {"why": self._pause(p.reason)}
                yield self._moment(
                    p.start, title, _("依据：%(basis)s") % {"basis": p.basis} if p.basis else ""
                )
                if p.end:
                    yield self._moment(p.end, _("恢复计时"))
        for e in self.state.extensions:
            length = f"{e.amount} {UNITS.get(e.unit, e.unit)}"
            yield self._moment(e.at, _("延长 %(n)s") % {"n": length}, e.reason)

    def _withdrawn(self) -> str:
        """By whom: only what staff wrote is in the state, what applicants write stays sealed."""
        by_staff = self.state.decision.get("ended", {}).get("reason")
        return _("窗口按您的要求撤回了申请") if by_staff else _("您已撤回申请")

    def _ended(self) -> Iterator[parts.Moment]:
        s, result = self.state, self.case.result
        if s.decided:
            outcome = str(s.decision.get("outcome", ""))
            title = _("作出决定：%(what)s") % {"what": RESULTS.get(outcome, outcome)}
            yield self._moment(s.decided, title, str(s.decision.get("reason") or ""))
        if c := s.certificate:
            yield self._moment(
                c.issued, _("制作%(name)s") % {"name": c.name}, _("编号 %(no)s") % {"no": c.number}
            )
        if s.delivered:
            yield self._moment(s.delivered, _("送达"), str(s.delivery.get("method", "")))
        if s.closed and result in ("refused", "withdrawn", "terminated", "lapsed"):
            said = s.refusal.get("reason") or s.decision.get("ended", {}).get("reason")
            yield self._moment(s.closed, RESULTS[result], str(said or ""))

    def present(self) -> Iterator[parts.Moment]:
        """Where it is now."""
        s = self.state
        if s.phase == "closed":
            return
        if self._asked():
            c = s.corrections[-1]
            box = _asked_box(c.items)
            then = _("在您这里。补齐后由%(who)s接着办，电话 %(phone)s。") % {
                "who": self._unit(self.case.org_id),
                "phone": self.case.offering_version.content.get("phone", ""),
            }
            yield parts.Moment(
                "now",
                _("等您补正"),
                _("现在"),
                _("%(day)s 起") % {"day": cn_day(c.requested)},
                then,
                c.requested,
                parts.Chip("hold", _("计时暂停")),
                box,
                "pause-fill",
            )
            return
        paused = s.paused
        for t in self._open():
            node = self.defn.flow.nodes[t.node]
            due = last_day(t.due)
            words = self._holder(t)
            if due is not None and not paused:
                words += _("。这一步最迟%(day)s办好") % {"day": cn_day(due)}
            chip = parts.Chip("hold", _("计时暂停")) if paused else None
            since = _("%(day)s 起") % {"day": cn_day(t.opened)}
            icon = "pause-fill" if paused else ""
            title = _("预审") if t.sent_by == "precheck" else _step_name(t, node)
            yield parts.Moment("now", title, _("现在"), since, words + "。", t.opened, chip, icon=icon)

    def future(self) -> Iterator[parts.Moment]:
        """The steps that usually come next: at forks, the way on which everything is in order."""
        if self.state.phase == "precheck":
            yield parts.Moment("next", _("转为正式申请"), _("之后"))
        if self.state.phase in ("closed", "precheck"):
            return
        seen = {t.node for t in self._open() if t.node != GATHER}
        waiting = [next(iter(seen), "")] if seen else []
        shown = 0
        while waiting and shown < _FAR:
            key = waiting.pop(0)
            for target in self._usual(key):
                if target in seen:
                    continue
                seen.add(target)
                node = self.defn.flow.nodes[target]
                waiting.append(target)
                if node.kind in ("human", "subcase", "notice") and node.name and not self._done(target):
                    shown += 1
                    yield parts.Moment("next", node.name, _("之后"), _within(node))
        yield parts.Moment("next", _("办结"), _("最后"))

    def who(self, node: Node) -> str:
        """Under a step of the diagram: when it was done, or who has it, or its limit."""
        done = [t for t in self.state.tasks if t.node == node.key and t.status == "done" and t.done]
        if done and done[-1].done:
            return cn_day(done[-1].done)
        if any(t.node == node.key for t in self._open()):
            return _("正在办")
        return limit_words(node.limit)

    def facts(self, *, personal: bool) -> tuple[tuple[str, Shown], ...]:
        """办件信息."""
        case, terms = self.case, self.defn.terms
        name = case.applicant_name if personal else mask_name(case.applicant_name, case.applicant_kind)
        promised, statutory = limit_words(terms.promised), limit_words(terms.statutory)
        rows: list[tuple[str, Shown]] = [
            (_("编号"), parts.Copy(case.number)),
            (_("申请人"), name),
            (_("方式"), CHANNELS.get(case.channel, case.channel)),
            (_("承办"), self._unit(case.org_id)),
        ]
        if case.channel == "counter" and (helper := helped_by(case)) is not None:
            rows.append((_("帮办代办"), self._unit(helper)))
        if promised:
            rows.append((_("承诺时限"), _("受理后 %(n)s") % {"n": promised}))
        if statutory:
            rows.append((_("法定时限"), _("受理后 %(n)s") % {"n": statutory}))
        rows += [(_(name), day) for name, day in deadlines(self.state)]
        rows.append((_("费用"), self._costs()))
        if terms.results:
            rows.append((_("结果"), "、".join(r.name for r in terms.results)))
        return tuple(rows)  # fmt: skip

    def _costs(self) -> str:
        """What it costs: of a kind that is free as a rule, what was charged all the same."""
        free = kinds.kind(self.case.kind).free
        if not free:
            return fee_words(self.case.offering_version.content)[0]
        charged = [f"{fee.name} {money(Decimal(fee.amount))}" for fee in self.state.fees]
        return "、".join(charged) or _(free)

    def materials(self) -> tuple[tuple[str, parts.Chip], ...]:
        """您交的材料."""
        words: dict[str, tuple[parts.ChipKind, str]] = {
            "supplied": ("info", _("已交")), "shared": ("ok", _("免交")), "later": ("warn", _("待补")),
            "passed": ("ok", _("合格")), "failed": ("bad", _("不合格")),
        }  # fmt: skip
        return tuple(
            (term.name, parts.Chip(*words.get(self.state.materials[key], ("", self.state.materials[key]))))
            for key, term in self.defn.terms.materials.items()
            if key in self.state.materials
        )

    def has_it(self) -> str:
        """Who has it now, by unit and post."""
        if self.state.phase == "closed":
            return ""
        if self._asked() or ((look := self._look()) is not None and look.answered is not None):
            return _("您")
        return "；".join(dict.fromkeys(self._holder(t) for t in self._open()))

    def _look(self) -> Precheck | None:
        """The look before the application, while there is none yet (预受理)."""
        return self.state.looked_at if self.state.phase == "precheck" else None

    # -- helpers -------------------------------------------------------------------------------------

    def _asked(self) -> bool:
        s = self.state
        if not s.corrections or s.phase not in ("correcting", "suspended"):
            return False
        last = s.corrections[-1]
        return last.supplied is None and last.lapsed is None

    def _open(self) -> list[Task]:
        return [t for t in self.state.open_tasks if not t.parent or t.sent_by in HANDED]

    def _stage(self) -> str:
        names = list(dict.fromkeys(self.defn.flow.nodes[t.node].name for t in self._open() if t.node))
        return "、".join(names[:2]) or _("办理")

    def _due(self) -> datetime | None:
        c = self.state.clock("promised") or self.state.clock("statutory")
        return c.due if c is not None and c.stopped is None else None

    def _holder(self, task: Task) -> str:
        if task.kind == "subcase":
            return self._unit(self.members.get(task.branch, 0)) or _("联办部门")
        place = self.defn.posts.get(task.post)
        unit = self._unit(place[1] if place else self.case.org_id)
        post = self.posts.get(task.post, "")
        return post if post.startswith(unit) else f"{unit}{post}"

    def _who_did(self, task: Task, node: Node) -> str:
        place = self.defn.posts.get(task.post)
        unit = self._unit(place[1] if place else self.members.get(task.branch, self.case.org_id))
        choice = next((c.name for c in node.choices if c.key == task.outcome), "")
        if task.kind == "subcase":
            choice = RESULTS.get(task.outcome, "")
        words = f"{unit}：{choice}" if choice else unit
        return words + (_("（到期没有答复，按规定视为同意）") if task.deemed else "")

    def _unit(self, org_id: int) -> str:
        node = self.tree.nodes.get(org_id)
        return node.name if node is not None else ""

    def _pause(self, code: str) -> str:
        special = self.defn.terms.special.get(code)
        return special.name if special is not None else _PAUSES.get(code, _("特别程序"))

    def _workdays_to(self, day: date | None) -> int | None:
        if day is None:
            return None
        try:
            return self.defn.calendar.W(day) - self.defn.calendar.W(self.now.astimezone(CHINA).date())
        except BeyondHorizon:
            return None

    def _done(self, key: str) -> bool:
        return any(t.node == key and t.status == "done" for t in self.state.tasks)

    def _usual(self, key: str) -> list[str]:
        """Where it goes from a node when each step comes out as its first choice says."""
        flow_ = self.defn.flow
        node, edges = flow_.nodes[key], flow_.after(key)
        if node.kind == "split":
            return [e.target for e in edges]
        outcomes = {k: n.choices[0].key for k, n in flow_.nodes.items() if n.choices} | self.state.outcomes
        facts = {"outcome": outcomes, "form": {}, "votes": {}, "materials": {}, "case": {}}
        for e in edges:
            if e.when and flow_.conditions[e.when].test(facts):
                return [e.target]
        plain = [e.target for e in edges if not e.when]
        return plain[:1] or [e.target for e in edges][:1]

    @staticmethod
    def _moment(at: datetime, title: str, text: str = "", *, body: Shown = "") -> parts.Moment:
        local = at.astimezone(CHINA)
        return parts.Moment("past", title, cn_day(at), f"{local:%H:%M}", text, local, body=body)


def _step_name(task: Task, node: Node) -> str:
    """What a step is called on the way: handed up or down, it says so."""
    return f"{node.name}（{HANDED[task.sent_by]}）" if task.sent_by in HANDED else node.name


def _asked_box(items: tuple[str, ...]) -> parts.PaperBox:
    return parts.PaperBox(_("一次性告知补正"), "", tuple((item, "") for item in items))


def _within(node: Node) -> str:
    words = limit_words(node.limit)
    return _("%(n)s内") % {"n": words} if words and words != "当天" else words
