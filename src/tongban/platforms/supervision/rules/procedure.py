"""Rules about procedure, second part (流程): what was entered late, by whom it was not to be done, or what the law asks for."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.engine.kinds import Facts
from tongban.engine.state import State
from tongban.platforms.supervision.rules.flow import NONE
from tongban.platforms.supervision.rules.past import TOLD, entered_late
from tongban.platforms.supervision.rules.rule import ContentRule, Level, Reading, Threshold, Thresholds
from tongban.platforms.supervision.rules.standstill import special
from tongban.platforms.supervision.rules.time import handler

PENALTY = "02"  # 行政处罚, GB/T 39046 A.1


# P02


def _entered_late(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    state = facts.state
    if facts.channel in TOLD:
        return
    calendar = facts.definition.calendar
    if (
        state.applied != state.applied_recorded
        and state.applied is not None
        and state.applied_recorded is not None
    ):
        late = _workdays(calendar, state.applied, state.applied_recorded)
        if late:
            yield _late("applied", "收件", state.applied, state.applied_recorded, late, 0, state.accepted_by)
    for task in entered_late(facts):
        if (
            task.status == "done"
            and task.by is not None
            and task.recorded is not None
            and task.done is not None
            and not task.deemed
            and task.recorded.date() != task.done.date()
        ):
            late = _workdays(calendar, task.done, task.recorded)
            node = facts.definition.flow.nodes.get(task.node)
            name = (node.name if node else "") or task.node
            yield _late(f"task:{task.no}", name, task.done, task.recorded, late, task.no, task.by)
    if state.decided is not None and not facts.definition.terms.instant:
        yield from _burst(state, state.decided, thresholds)


def _burst(state: State, decided: datetime, thresholds: Thresholds) -> Iterable[Reading]:
    """Steps entered all at once, up to the decision; where they were too few by then, the first that are enough."""
    entered = [
        (task.recorded, task.no)
        for task in state.tasks
        if task.recorded is not None and task.status == "done" and task.by is not None and not task.deemed
    ]
    steps, within = thresholds["steps"], timedelta(seconds=thresholds["seconds"])
    if len(entered) < steps:
        return
    entered.sort()
    if entered[steps - 1][0] - entered[0][0] > within:
        return
    by_then = [at for at, no in entered if (state.tasks[no - 1].done or at) <= decided]
    upto = max(by_then) if by_then else entered[0][0]
    several = entered[: max(steps, sum(at <= upto for at, _ in entered))]
    seconds = int((several[-1][0] - several[0][0]).total_seconds())
    inputs = {"steps": len(several), "seconds": seconds}
    said = f"{len(several)}个环节在{seconds}秒之内全部录入"
    yield Reading("burst", inputs, {"fault": said}, person=state.tasks[several[-1][1] - 1].by)


def _late(
    episode: str, step: str, done: datetime, recorded: datetime, late: int, task: int, person: int | None
) -> Reading:
    inputs = {"step": step, "done": done.isoformat(), "recorded": recorded.isoformat(), "late": late}
    said = f"“{step}”{done.astimezone(CHINA):%Y年%-m月%-d日}办理，{late}个工作日之后才录入"
    return Reading(episode, inputs, {"fault": said}, task, person)


def _workdays(calendar: Calendar, first: datetime, last: datetime) -> int:
    try:
        return calendar.W(last.astimezone(CHINA).date()) - calendar.W(first.astimezone(CHINA).date())
    except BeyondHorizon:
        return 0


def _too_late_or_at_once(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    if "late" in inputs:
        return 2 if inputs["late"] > thresholds["days"] else 0
    many = inputs["steps"] >= thresholds["steps"]
    return 2 if many and inputs["seconds"] <= thresholds["seconds"] else 0


# P04


def _beyond_office(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    nodes, names = facts.definition.flow.nodes, facts.definition
    for task in facts.state.tasks:
        if task.acting and task.status == "done":
            node = nodes.get(task.node)
            if node is not None and node.duty in ("check", "decide"):
                inputs = {"step": task.node, "post": task.post, "acting": task.acting}
                words = {
                    "step": node.name or node.key, "post": names.post_name(task.post),
                    "acting": names.post_name(task.acting),
                }  # fmt: skip
                yield Reading(f"task:{task.no}", inputs, words, task.no, task.by)


def _not_the_post(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["acting"] and inputs["acting"] != inputs["post"] else 0


# P08


def _ungrounded(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    for n, pause in special(facts.state):
        kept = {key: str(getattr(pause, key)).strip() for key in ("basis", "document", "approver")}
        named = {"basis": "法律依据", "document": "书面告知", "approver": "批准人"}
        lacking = "、".join(named[key] for key, text in kept.items() if not text)
        if lacking:
            term = facts.definition.terms.special.get(pause.reason)
            words = {"procedure": term.name if term else "特别程序", "lacking": lacking}
            yield Reading(f"pause:{n}", {"procedure": pause.reason, **kept}, words, person=handler(facts))


def _ground_missing(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 0 if inputs["basis"] and inputs["document"] and inputs["approver"] else 2


# P09


def _unheard(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    state, term = facts.state, facts.definition.terms.special.get("hearing")
    if term is None or not term.required or state.decided is None:
        return
    held = [
        p.end.isoformat() for p in state.pauses if p.reason == "hearing" and p.end is not None and p.end <= state.decided
    ]  # fmt: skip
    nodes = facts.definition.flow.nodes
    for task in state.tasks:
        node = nodes.get(task.node)
        if node is None or "听证会" not in node.name or task.status != "done" or task.done is None:
            continue
        if task.done <= state.decided:
            held.append(task.done.isoformat())
    yield Reading("hearing", {"held": held, "decided": state.decided.isoformat()}, person=state.decided_by)


def _no_hearing(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 0 if inputs["held"] else 3


# P11


def _out_of_use(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    state = facts.state
    inactive = "matter_inactive" in state.forced or not facts.definition.terms.active
    if inactive and state.accepted is not None and not state.deemed_accepted:
        inputs = {"active": False, "accepted": state.accepted.isoformat()}
        yield Reading("case", inputs, {"name": facts.definition.terms.name}, person=state.accepted_by)


def _not_in_use(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 0 if inputs["active"] else 3


# P12

BEFORE_DECIDING = ("立案", "调查", "告知")
AFTER_DECIDING = ("送达", "执行")


def _penalty_steps(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    """What a penalty of the ordinary procedure went through, by the names of its steps and stages.

    A penalty on the spot (当场处罚) has none of them; who is not punished need not be told beforehand.
    """
    state, terms = facts.state, facts.definition.terms
    if terms.power != PENALTY or terms.instant or state.decided is None:
        return
    nodes = facts.definition.flow.nodes
    punished = state.decision.get("outcome") != "denied"
    stages = [("decision", BEFORE_DECIDING if punished else BEFORE_DECIDING[:2], state.decided)]
    if state.closed is not None and punished and state.result in ("granted", "partial"):
        stages.append(("end", AFTER_DECIDING, state.closed))
    for episode, needed, at in stages:
        done = {t.node for t in state.tasks if t.status == "done" and t.done is not None and t.done <= at}
        gone = "".join(nodes[key].name + nodes[key].stage for key in sorted(done) if key in nodes)
        missing = [word for word in needed if word not in gone]
        inputs = {"needed": list(needed), "missing": missing}
        yield Reading(episode, inputs, {"names": "、".join(missing)}, person=state.decided_by)


def _stage_missing(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["missing"] else 0


P02 = ContentRule(
    id="P02",
    needs="entered_late hasty",
    name="先办后补录",
    basis="电子监察规则（网上实时办理、实时录入）",
    inputs=("办理时间", "录入时间", "各环节录入的时间跨度"),
    words="{fault}，没有随办随录。",
    judged="办理以后过了规定的天数才录入，或者全部环节在很短时间里集中录完的，发黄牌；即办件不判。",
    thresholds={
        "days": Threshold("录入可以晚于办理", "个工作日", 1, 0, 30),
        "steps": Threshold("集中录入至少几个环节", "个", 3, 2, 20),
        "seconds": Threshold("全部环节在多长时间内录完", "秒", 60, 1, 3600),
    },
    read=_entered_late,
    judge=_too_late_or_at_once,
)
P04 = ContentRule(
    id="P04",
    needs="acting",
    name="越权审批",
    basis="《行政许可法》第七十四条（超越法定职权）；《行政处罚法》第十七条；岗位职责规定",
    inputs=("环节规定的岗位", "实际办理的岗位"),
    words="“{step}”应由{post}办理，实际由{acting}办理。",
    judged="环节由流程规定以外的岗位办理的，发红牌。",
    thresholds=NONE,
    read=_beyond_office,
    judge=_not_the_post,
)
P08 = ContentRule(
    id="P08",
    needs="pauses",
    name="特别程序手续不全",
    basis="《行政许可法》第四十五条（应当将所需时间书面告知申请人）",
    inputs=("法律依据", "书面告知文号", "批准人"),
    words="因“{procedure}”停止计时，没有{lacking}。",
    judged="停止计时的特别程序缺少法律依据、书面告知或者批准人的，发黄牌。",
    thresholds=NONE,
    read=_ungrounded,
    judge=_ground_missing,
)
P09 = ContentRule(
    id="P09",
    needs="decided",
    concerns=lambda defn: "hearing" in defn.terms.special and defn.terms.special["hearing"].required,
    name="应听证未听证",
    basis="《行政许可法》第四十六条、第四十七条；《行政处罚法》第六十三条",
    inputs=("事项是否应当听证", "听证时间", "决定时间"),
    words="本事项应当听证，作出决定之前没有听证记录。",
    judged="应当听证的事项，作出决定之前没有听证记录的，发红牌。",
    thresholds=NONE,
    read=_unheard,
    judge=_no_hearing,
)
P11 = ContentRule(
    id="P11",
    needs="forced out_of_use",
    name="已取消或暂停的事项仍受理",
    basis="行政权力事项清单管理规定；《行政许可法》第六十九条",
    inputs=("事项状态", "受理时间"),
    words="“{name}”已经取消或者暂停，仍然受理。",
    judged="事项已经取消或者暂停，仍然受理的，发红牌；视为受理的不算。",
    thresholds=NONE,
    read=_out_of_use,
    judge=_not_in_use,
)
P12 = ContentRule(
    id="P12",
    needs="decided",
    concerns=lambda defn: defn.terms.power == PENALTY and not defn.terms.instant,
    name="处罚程序缺环节",
    basis="《行政处罚法》第四十四条、第五十四条、第六十一条（立案、调查、告知、送达、执行）",
    inputs=("已完成的环节", "决定"),
    words="行政处罚没有{names}环节的记录。",
    judged="普通程序的行政处罚，作出决定时没有立案、调查、告知的记录，或者办结时没有送达、执行的记录的，发红牌。",
    thresholds=NONE,
    read=_penalty_steps,
    judge=_stage_missing,
)
