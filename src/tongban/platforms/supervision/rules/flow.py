"""Rules about procedure (流程): what was skipped, done by the wrong person, asked twice, or left without reason."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tongban.engine.flow import Flow
from tongban.engine.kinds import Facts
from tongban.engine.state import Result, Task
from tongban.platforms.supervision.rules.rule import ContentRule, Level, Reading, Threshold, Thresholds

if TYPE_CHECKING:
    from datetime import datetime

NONE: Mapping[str, Threshold] = MappingProxyType({})
NEGATIVE: frozenset[Result] = frozenset({"denied", "partial"})


# P01


def _skipped(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    flow, tasks = facts.definition.flow, facts.state.tasks
    needed, nearest = _needed_before(flow)
    if _in_order(tasks, nearest):
        return
    done: dict[str, datetime] = {}
    for task in tasks:
        if task.status == "done" and task.done is not None and task.node not in done:
            done[task.node] = task.done
    seen: set[str] = set()
    for task in tasks:
        if task.node in seen or (task.status == "cancelled" and not facts.whole):
            continue
        # what is made up for later does not undo that the step began without it
        missing = sorted([k for k in needed.get(task.node, ()) if k not in done or done[k] > task.opened])
        if missing and (task.status != "cancelled" or task.done != task.opened):
            seen.add(task.node)
            names = "、".join(flow.nodes[key].name or key for key in missing)
            words = {"step": flow.nodes[task.node].name or task.node, "names": names}
            inputs = {"step": task.node, "missing": missing}
            yield Reading(f"step:{task.node}", inputs, words, task.no, task.by or task.assignee)


def _in_order(tasks: tuple[Task, ...], nearest: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether each step began after those right before it, which stand before it, were done, and so after all."""
    done: dict[str, datetime] = {}
    for task in tasks:
        for key in nearest.get(task.node, ()):
            if key not in done or done[key] > task.opened:
                return False
        if task.status == "done" and task.done is not None and task.node not in done:
            done[task.node] = task.done
    return True


def _any_missing(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 3 if inputs["missing"] else 0


def _needed_before(flow: Flow) -> tuple[Mapping[str, frozenset[str]], Mapping[str, tuple[str, ...]]]:
    """For each step all that must come before it, and of these the ones that no other of them needs: the nearest."""
    found = _needed.get(flow.sha256)
    if found is None:
        if len(_needed) > 4096:
            _needed.clear()
        whole = _dominators(flow)
        nearest = {
            key: tuple(sorted(k for k in before if not any(k in whole[other] for other in before - {k})))
            for key, before in whole.items()
        }
        found = _needed[flow.sha256] = (whole, nearest)
    return found


def _dominators(flow: Flow) -> Mapping[str, frozenset[str]]:
    """Human steps through which every way from the start to a node leads (its dominators)."""
    before: dict[str, set[str]] = {key: set() for key in flow.nodes}
    for source, edges in flow.edges.items():
        for edge in edges:
            before[edge.target].add(source)
    everything = frozenset(flow.nodes)
    dominators: dict[str, frozenset[str]] = dict.fromkeys(flow.nodes, everything)
    dominators[flow.start] = frozenset({flow.start})
    for _ in range(len(flow.nodes) + 1):
        changed = False
        for key in flow.nodes:
            if key == flow.start:
                continue
            ways = [dominators[source] for source in before[key]]
            through = frozenset.intersection(*ways) if ways else frozenset()
            # a join waits for every branch: whatever leads to any of them is needed when all are
            split = flow.nodes.get(flow.nodes[key].split)
            if flow.nodes[key].kind == "join" and split is not None and split.policy == "all":
                through = (
                    frozenset().union(*(way for way in ways if way != everything)) if ways else frozenset()
                )
            new = through | {key}
            if new != dominators[key]:
                dominators[key] = new
                changed = True
        if not changed:
            break
    human = frozenset(key for key, node in flow.nodes.items() if node.kind == "human")
    return {key: (found & human) - {key} for key, found in dominators.items()}


_needed: dict[
    str, tuple[Mapping[str, frozenset[str]], Mapping[str, tuple[str, ...]]]
] = {}  # by digest of the flow


# P03


def _same_hand(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    if facts.definition.terms.instant or facts.state.decided is None:
        return
    state, duties = facts.state, _duties(facts.definition.flow)
    accepting, deciding = {state.accepted_by}, {state.decided_by}
    decided = 0
    for task in state.tasks:
        duty = duties.get(task.node)
        if duty is not None and task.status == "done" and not task.deemed and task.by is not None:
            if duty == "accept":
                accepting.add(task.by)
            else:
                deciding.add(task.by)
                decided = task.no
    if accepting.isdisjoint(deciding):
        return
    for account in sorted(a for a in accepting & deciding if a is not None):
        inputs = {
            "accepted_by": sorted(a for a in accepting if a is not None),
            "decided_by": sorted(a for a in deciding if a is not None),
            "person": account,
        }
        yield Reading(f"person:{account}", inputs, task=decided, person=account)


def _duties(flow: Flow) -> Mapping[str, str]:
    """The steps of acceptance and of decision."""
    found = _duty_of.get(flow.sha256)
    if found is None:
        if len(_duty_of) > 4096:
            _duty_of.clear()
        found = {key: node.duty for key, node in flow.nodes.items() if node.duty in ("accept", "decide")}
        _duty_of[flow.sha256] = found
    return found


_duty_of: dict[str, Mapping[str, str]] = {}  # by digest of the flow


def _in_both(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 2 if inputs["person"] in inputs["accepted_by"] and inputs["person"] in inputs["decided_by"] else 0


# P05


def _asked_again(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    """Notices beyond what is allowed.

    In a joint case the lead's own and the members' gathered one are counted apart; a member that asked after the
    gathered one went out answers for that itself.
    """
    most = thresholds["most"]
    sent: dict[bool, int] = {False: 0, True: 0}
    for n, notice in enumerate(facts.state.corrections, start=1):
        gathered = bool(notice.members)
        sent[gathered] += 1
        if sent[gathered] > most:
            inputs = {"n": sent[gathered], "items": list(notice.items), "at": notice.requested.isoformat()}
            words = {"listed": "、".join(notice.items), "most": most}
            yield Reading(f"correction:{n}", inputs, words, notice.task, notice.by)
    for n, proposal in enumerate(facts.state.proposals, start=1):
        if proposal.late and not proposal.member:
            inputs = {"n": most + 1, "items": list(proposal.items), "at": proposal.at.isoformat()}
            words = {"listed": "、".join(proposal.items), "most": most}
            yield Reading(f"proposal:{n}", inputs, words, person=proposal.by)


def _too_often(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 2 if inputs["n"] > thresholds["most"] else 0


# P06


def _without_reason(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    state = facts.state
    if state.refusal:
        yield _reasons("refusal", "不予受理", state.refusal, _refuser(facts))
    if state.decided is not None and state.decision.get("outcome") in NEGATIVE:
        yield _reasons("decision", "不予许可", state.decision, state.decided_by)


def _reasons(episode: str, what: str, document: Mapping[str, Any], person: int | None) -> Reading:
    kept = {key: str(document.get(key, "")).strip() for key in ("reason", "remedy")}
    named = {"reason": "理由", "remedy": "救济途径"}
    lacking = "和".join(named[key] for key, text in kept.items() if not text)
    return Reading(episode, kept, {"what": what, "lacking": lacking}, person=person)


def _refuser(facts: Facts) -> int | None:
    nodes = facts.definition.flow.nodes
    for task in reversed(facts.state.tasks):
        node = nodes.get(task.node)
        if node is not None and node.duty == "accept" and task.by is not None:
            return task.by
    return None


def _reason_or_remedy_empty(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 0 if inputs["reason"] and inputs["remedy"] else 3


# P07


def _extended(facts: Facts, thresholds: Thresholds) -> Iterable[Reading]:
    for n, extension in enumerate(facts.state.extensions, start=1):
        inputs = {
            "n": n, "approver": extension.approver.strip(), "amount": extension.amount, "unit": extension.unit,
            "reason": extension.reason, "at": extension.at.isoformat(),
        }  # fmt: skip
        fault = "没有批准人" if not inputs["approver"] else f"已是第{n}次，超过允许的{thresholds['most']}次"
        yield Reading(f"extension:{n}", inputs, {"fault": fault}, person=extension.by)


def _unapproved_or_repeated(inputs: Mapping[str, Any], thresholds: Thresholds) -> Level:
    return 2 if not inputs["approver"] or inputs["n"] > thresholds["most"] else 0


P01 = ContentRule(
    id="P01",
    name="越环节办理",
    basis="电子监察规则；已公布的办理流程",
    inputs=("流程图", "已完成的环节"),
    words="“{step}”环节已经开始，此前应当完成的“{names}”没有办理记录。",
    judged="一个环节已经开始，而流程要求在它之前完成的环节没有办理记录的，发红牌。",
    thresholds=NONE,
    read=_skipped,
    judge=_any_missing,
)
P03 = ContentRule(
    id="P03",
    needs="decided",
    concerns=lambda defn: not defn.terms.instant,
    name="受理审批同一人",
    basis="电子监察规则（受理与决定分离）",
    inputs=("受理人", "决定人", "是否即办件"),
    words="受理和决定由同一人办理，违反岗位分离的要求。",
    judged="受理和决定是同一个人的，发黄牌；即办件不适用。",
    thresholds=NONE,
    read=_same_hand,
    judge=_in_both,
)
P05 = ContentRule(
    id="P05",
    needs="corrections proposals",
    name="未一次性告知",
    basis="《行政许可法》第三十二条第一款第四项（一次告知需要补正的全部内容）",
    inputs=("补正告知",),
    words="第{n}次告知补正（{listed}），补正内容应当一次告知。",
    judged="告知补正的次数多于允许次数的，发黄牌；需要补正的内容应当一次告知。",
    thresholds={"most": Threshold("允许告知的次数", "次", 1, 1, 5)},
    read=_asked_again,
    judge=_too_often,
)
P06 = ContentRule(
    id="P06",
    needs="against",
    name="无理由不予受理或不予许可",
    basis="《行政许可法》第三十八条第二款、第七十二条",
    inputs=("不予受理决定", "不予许可决定"),
    words="作出{what}的决定，没有写明{lacking}。",
    judged="不予受理或者不予许可的决定没有写明理由或者救济途径的，发红牌。",
    thresholds=NONE,
    read=_without_reason,
    judge=_reason_or_remedy_empty,
)
P07 = ContentRule(
    id="P07",
    needs="extensions",
    name="延期无审批",
    basis="《行政许可法》第四十二条（经本行政机关负责人批准，可以延长十日）",
    inputs=("延期记录",),
    words="第{n}次延期：{fault}。",
    judged="延期没有批准人，或者延期次数多于允许次数的，发黄牌。",
    thresholds={"most": Threshold("允许延期的次数", "次", 1, 1, 5)},
    read=_extended,
    judge=_unapproved_or_repeated,
)
