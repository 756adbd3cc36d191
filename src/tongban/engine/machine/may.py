"""Guards: who may do what to a case now. Each returns what it found, or raises Refused saying why.

`decide` asks them before it acts and `allowed` asks them to show what could be done, so that a button and
its command never disagree.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tongban.engine.errors import Instead
from tongban.engine.flow import GATHER
from tongban.engine.machine.run import Run
from tongban.engine.state import State, Task

# Procedures whose time the law itself leaves out of the limit (行政许可法第四十五条).
LAWFUL_PAUSES: Mapping[str, str] = {
    "hearing": "听证",
    "tender": "招标",
    "auction": "拍卖",
    "testing": "检测",
    "inspection": "检验",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
}
# What may be said of a material: handed in, taken over from another office, to follow (容缺), and the office's verdicts.
STATUSES = ("supplied", "shared", "later", "passed", "failed")
_APPLICANTS_TURN = frozenset(
    {"correction", "payment"}
)  # why a case stands still that goes on when the applicant acts
URGED_AGAIN = timedelta(days=1)
DUTY_VERB = {"accept": "accept", "decide": "decide"}


def has(run: Run, verb: str, message: str) -> None:
    """The actor's grants give the verb on this case."""
    if verb not in run.actor.verbs and "*" not in run.actor.verbs:
        raise run.refuse("not_permitted", message, verb=verb)


def be_system(run: Run) -> None:
    """Only the system itself does this."""
    if run.actor.kind != "system":
        raise run.refuse("not_permitted", "这个操作由系统自动完成。")


def watch(run: Run) -> None:
    """Whoever the platform says may deal with findings: it has asked its own permissions and says so by the verb."""
    if "findings" not in run.actor.verbs and run.actor.kind != "system":
        raise run.refuse("not_permitted", "监察处理请在监察页面进行。")


def see(run: Run) -> None:
    """Anyone who may work on the case or watch over it; the applicant too."""
    if not (run.actor.kind == "system" or run.actor.verbs):
        raise run.refuse("not_permitted", "您没有处理这个办件的权限。")


def find(run: Run, no: Any) -> Task:
    """The open task of that number; without a number, the only one this actor could work on."""
    if no in (None, ""):
        mine = [t for t in run.state.open_tasks if _could_work(run, t)]
        if len(mine) != 1:
            said = "请选择要办理的环节。" if mine else "现在没有由您办理的环节。"
            raise run.refuse("choose_task", said, tasks=[t.no for t in mine])
        return mine[0]
    try:
        task = run.state.task(int(str(no)))
    except ValueError:
        task = None
    if task is None or task.status != "open":
        raise run.refuse("task_not_open", "这个环节已经办完或不存在，请看最新进度。")
    return task


def work(run: Run, no: Any) -> Task:
    """The actor may finish this task: holds its post (or has it by name), the verb of its duty, and is not set apart."""
    task = find(run, no)
    node = run.defn.flow.nodes[task.node]
    if task.kind != "human":
        raise run.refuse("not_by_hand", f"“{node.name or node.key}”由系统等待，不需要人工办理。")
    if not _could_work(run, task):
        who = f"由{run.defn.post_name(task.post)}办理" if task.assignee is None else "已有承办人"
        raise run.refuse("not_your_task", f"“{node.name or node.key}”{who}。", post=task.post)
    if task.assignee not in (None, run.actor.account) and run.actor.kind != "system":
        raise run.refuse("claimed_by_other", "这件工作已由同事承办，请先请对方退回或转办。")
    if not task.parent:
        has(run, DUTY_VERB.get(node.duty, "handle"), f"您的岗位没有“{node.name or node.key}”的办理权限。")
        apart(run, task)
    return task


def take(run: Run, no: Any) -> Task:
    """The task is free, or already the actor's, and could be worked on by them."""
    task = find(run, no)
    if not _could_work(run, task):
        raise run.refuse("not_your_task", f"这件工作由{run.defn.post_name(task.post)}办理。", post=task.post)
    if task.assignee not in (None, run.actor.account):
        raise run.refuse("claimed_by_other", "这件工作已由同事承办。")
    return task


def apart(run: Run, task: Task) -> None:
    """Separation of duties: whoever did certain earlier steps may not do this one (受理与决定分离).

    What was done elsewhere by the same hand all the same is imported as it was; rule P03 cards it.
    """
    if "*" in run.actor.verbs and run.data.get("force"):
        return
    node = run.defn.flow.nodes[task.node]
    for other in node.apart_from:
        if any(
            t.node == other and t.by == run.actor.account and t.by
            for t in run.state.tasks
            if t.status == "done"
        ):
            name = run.defn.flow.nodes[other].name or other
            raise run.refuse("same_person", f"您已办理“{name}”，按规定不能再办“{node.name or node.key}”。")


def nothing_cosigning(run: Run, task: Task) -> None:
    """Nobody asked to co-sign (加签) is still to answer."""
    waiting = [run.defn.post_name(t.post) for t in run.state.open_tasks if t.parent == task.no]
    if waiting:
        raise run.refuse("cosign_open", f"还在等会签意见：{'、'.join(waiting)}。", posts=waiting)


def not_paused(run: Run) -> None:
    """The clocks run."""
    if run.state.paused:
        raise run.refuse("suspended", "办件正在挂起，请先恢复。", Instead("resume", "恢复"))


def duty(run: Run, which: str) -> Task:
    """The open task with that duty, which the actor may work on."""
    task = next((t for t in run.state.open_tasks if run.defn.flow.nodes[t.node].duty == which), None)
    if task is None:
        raise run.refuse(
            "no_such_step", "现在没有待受理的环节。" if which == "accept" else "现在没有这个环节。"
        )
    return work(run, task.no)


def answer_precheck(run: Run) -> Task:
    """The papers lie before the actor to be looked at (预受理)."""
    look = run.state.looked_at
    if run.state.phase != "precheck" or look is None or look.answered is not None:
        raise run.refuse("nothing_to_answer", "现在没有等着答复的预受理。")
    return work(run, next(t.no for t in run.state.open_tasks if t.sent_by == "precheck"))


def record_precheck(run: Run) -> None:
    """A look taken elsewhere is told by the system that took it; what is applied for here is accepted or not."""
    if "*" not in run.actor.verbs:
        raise run.refuse("nothing_to_answer", "这件已经正式申请，请办理受理。", Instead("accept", "受理"))


def present_now(run: Run) -> None:
    """Something was missing, and the applicant (or the counter for them) has it looked at again."""
    look = run.state.looked_at
    if run.state.phase != "precheck" or look is None:
        raise run.refuse("nothing_asked", "这件已经正式申请，不再预审。")
    if look.answered is None:
        raise run.refuse("already_asked", "正在预审，请等答复。")
    _for_the_applicant(run)


def apply_formally(run: Run) -> None:
    """Looked at or not, the applicant may apply (行政许可法第二十九条), or the counter for them."""
    if run.state.phase != "precheck":
        raise run.refuse("already_open", "这件已经正式申请。")
    _for_the_applicant(run)


def _for_the_applicant(run: Run) -> None:
    if run.actor.kind == "resident":
        applicant(run)
    elif run.actor.kind == "staff":
        has(run, "accept", "代申请人提交需要收件权限。")


def accept_now(run: Run) -> None:
    """The case waits to be accepted and nothing asked of the applicant is outstanding."""
    if run.state.phase == "correcting":
        raise run.refuse("waiting_for_correction", "已发补正告知，等申请人补齐后再受理。")
    if run.state.proposed:
        raise run.refuse("waiting_for_lead", "已向牵头单位提出补正，等它一次告知申请人或者退回后再受理。")
    if run.state.phase != "applied":
        raise run.refuse("already_accepted", "本件已经受理。")


def refuse_now(run: Run, task: Task) -> None:
    """As for accepting, where the flow knows a refusal: some kinds take everything on and answer (依申请公开)."""
    accept_now(run)
    choices = run.defn.flow.nodes[task.node].choices
    if choices and not any(c.key == "refuse" for c in choices):
        raise run.refuse("choose_outcome", "这类申请都要登记并答复，没有不予受理。")


def ask(run: Run) -> Task:
    """Someone who works on the case may ask the applicant for what is missing."""
    state = run.state
    if state.phase == "correcting" or (state.corrections and _waiting(run)):
        raise run.refuse("waiting_for_correction", "已发补正告知，申请人还没有补齐。")
    if member(run) and state.proposed:
        raise run.refuse("waiting_for_lead", "已向牵头单位提出补正，等它一次告知申请人或者退回。")
    if state.phase == "applied":
        return duty(run, "accept")
    if state.phase == "suspended":
        raise run.refuse("suspended", "办件正在挂起，请先恢复。", Instead("resume", "恢复"))
    if state.phase != "accepted":
        raise run.refuse("too_late", "已经作出决定，不能再要求补正。")
    return _working(run)


def notify_now(run: Run) -> None:
    """The lead's one notice: after acceptance, before the decision, while the clock runs."""
    not_paused(run)
    if run.state.phase != "accepted":
        raise run.refuse("too_late", "已经作出决定，不能再要求补正。")


def supply_now(run: Run) -> None:
    """Something is asked for, and the actor is the applicant or takes it in for them."""
    if not _waiting(run):
        raise run.refuse("nothing_asked", "目前没有需要补正的材料。")
    if member(run) and run.actor.kind != "system":
        raise run.refuse("answer_the_lead", "补正由牵头单位一次告知，请在联办件里一次提交。")
    if run.actor.kind == "staff":
        _any_verb(run, ("accept", "handle"), "收取补正材料需要收件权限。")
    elif run.actor.kind == "resident":
        applicant(run)


def suspend_now(run: Run) -> None:
    """Accepted, running, and the actor works on it."""
    if run.state.phase == "suspended":
        raise run.refuse("suspended", "办件已经挂起。", Instead("resume", "恢复"))
    if run.state.phase != "accepted":
        raise run.refuse("not_accepted", "受理之后、决定之前才能挂起。")
    _working(run)


def resume_now(run: Run) -> None:
    """Suspended for a procedure (a correction ends by being supplied instead)."""
    state = run.state
    if state.phase != "suspended":
        raise run.refuse("not_suspended", "办件没有挂起。")
    if state.pauses[-1].reason == "correction":
        raise run.refuse("waiting_for_correction", "正在等申请人补正，补齐后自动恢复。")
    if state.pauses[-1].reason == "payment":
        raise run.refuse("waiting_for_payment", "正在等申请人缴费，缴清后自动恢复。")
    _working(run)


def serve_now(run: Run) -> None:
    """Suspended for a procedure in which somebody was asked by letter."""
    state = run.state
    if state.phase != "suspended" or state.pauses[-1].reason not in run.defn.terms.special:
        raise run.refuse("not_suspended", "没有正在等答复的征询。")
    _working(run)


def await_payment(run: Run) -> None:
    """The clocks run, so that they can stand still until the fee is paid."""
    not_paused(run)
    if run.state.phase != "accepted":
        raise run.refuse("not_accepted", "受理之后、决定之前才能发收费通知。")


def extend_now(run: Run) -> None:
    """Running, not extended as often as the matter allows, and the actor may approve."""
    if run.state.phase not in ("accepted", "suspended"):
        raise run.refuse("not_accepted", "受理之后、决定之前才能延期。")
    has(run, "approve", "延期由本机关负责人批准。")
    if len(run.state.extensions) >= run.defn.terms.extensions and not run.forcing():
        raise run.refuse("already_extended", "延期只能一次，本件已经延期。")


def reassign(run: Run, no: Any) -> Task:
    """Whoever has the task, or may assign work in the unit."""
    task = find(run, no)
    if task.kind != "human":
        raise run.refuse("not_by_hand", "这个环节由系统等待，不能转办。")
    if not _could_work(run, task):
        has(run, "assign", "转办需要承办人本人或有分派权限的人员操作。")
    return task


def set_by(state: State, wait: Task) -> Task | None:
    """The step with which the moment of a wait was said: the last one that was done before it."""
    done = [
        t for t in state.tasks if t.status == "done" and t.kind == "human" and not t.parent and t.no < wait.no
    ]
    return max(done, key=lambda t: (t.done or t.opened, t.no), default=None)


def reschedule_now(run: Run) -> Task:
    """Something waits for a set moment that has not come, and the actor set it or holds the post that did."""
    wait = next((t for t in run.state.open_tasks if run.defn.flow.nodes[t.node].until), None)
    if wait is None:
        raise run.refuse("no_moment", "没有设定的时间，或者时间已经到了，不能再改。")
    if wait.due is not None and wait.due <= run.at:
        raise run.refuse("no_moment", "设定的时间已经到了，不能再改。")
    setter = set_by(run.state, wait)
    name = run.defn.flow.nodes[wait.node].name or wait.node
    if setter is None or not _did_or_could(run, setter):
        who = run.defn.post_name(setter.post) if setter else "设定的人"
        raise run.refuse("not_your_task", f"“{name}”的时间由{who}设定，也由{who}修改。")
    return wait


def urge_now(run: Run) -> None:
    """A leader or a supervisor may urge a running case, and the applicant once a day, while it is not their own turn."""
    if run.actor.kind == "resident":
        applicant(run)
        if run.state.phase == "correcting" or (
            run.state.paused and run.state.pauses[-1].reason in _APPLICANTS_TURN
        ):
            raise run.refuse("your_turn", "现在等您补正或者缴费，办好以后接着办，不用催。")
        if run.state.urged is not None and run.at - run.state.urged < URGED_AGAIN:
            raise run.refuse("urged_lately", "您催过了，经办人已经收到；一天以后还没有进展可以再催。")
        return
    _any_verb(run, ("urge", "assign", "supervise", "approve"), "催办需要督办或分派权限。")


def parties_now(run: Run) -> None:
    """The applicant themself (an agent names no other), or the counter for them."""
    if run.actor.kind == "resident":
        applicant(run)
        if run.actor.behalf is not None:
            raise run.refuse("not_permitted", "代理人不能再指定参与人，请由申请人本人办理。")
        if "co" in run.actor.verbs:  # an agent speaks for the applicant: nobody else lends their voice
            raise run.refuse("not_permitted", "共同申请人不能替申请人指定参与人，请由申请人本人办理。")
    else:
        has(run, "accept", "登记参与人需要收件权限。")


def withdraw_now(run: Run) -> None:
    """Before the decision; by the applicant, or at the counter for them."""
    if run.state.phase in ("decided", "closed"):
        raise run.refuse("too_late", "已经作出决定，不能撤回。")
    if run.defn.terms.by_office:
        raise run.refuse("not_applied_for", "依职权办理的事项不能撤回。")
    if run.actor.kind == "resident":
        applicant(run)
    elif run.actor.kind == "staff":
        has(run, "accept", "由工作人员撤回，需要收件权限。")


def terminate_now(run: Run) -> None:
    """Accepted or office-initiated, not yet decided; by who may approve."""
    if run.state.phase in ("decided", "closed"):
        raise run.refuse("too_late", "已经作出决定，不能终止。")
    has(run, "approve", "终止办理由本机关负责人批准。")


def revoke_now(run: Run) -> None:
    """There is a result in force; by who may approve (本机关负责人)."""
    certificate = run.state.certificate
    if certificate is None:
        raise run.refuse("no_result", "这个办件没有发过证照或者文书。")
    if certificate.ended is not None:
        raise run.refuse("result_ended", "这份证照已经失效，不能再撤销、注销或者换发。")
    has(run, "approve", "撤销、注销证照由本机关负责人批准。")


def replace_now(run: Run) -> None:
    """As for revoking; the system does it when the newer result is issued."""
    if run.actor.kind == "resident":
        raise run.refuse("not_permitted", "换发由发证机关办理。")
    revoke_now(run)


def handle_now(run: Run) -> None:
    """The actor works on the case: accepts, handles or decides."""
    _any_verb(run, ("accept", "handle", "decide"), "您没有办理这个办件的权限。")


def take_payment(run: Run) -> None:
    """A payment is entered by the counter that took it or by the gateway that reports it, never by who owes it."""
    if run.actor.kind == "resident":
        raise run.refuse("not_permitted", "缴费结果由收费窗口或支付平台登记。")
    _any_verb(run, ("accept", "handle"), "登记缴费需要收件或办理权限。")


def applicant(run: Run) -> None:
    """The actor is this case's applicant or their agent; the shell says so by the verb "own"."""
    has(run, "own", "只有申请人本人可以这样做。")


def ways_back(run: Run, task: Task) -> dict[str, list[tuple[int, str]]]:
    """Steps done earlier to which the case can be sent back, latest first, and how to get there.

    Steps of the same branch, and of parallel sections before it that are through: for these the sections to open
    again, outermost first, each with the branch that is gone into. Not steps of a branch beside it that still runs,
    and from inside a branch not steps before the fork: the others at work there would lose theirs.
    """
    ways: dict[str, list[tuple[int, str]]] = {}
    for t in reversed(run.state.tasks):
        node = run.defn.flow.nodes[t.node]
        if (
            t.status != "done"
            or t.kind != "human"
            or t.parent
            or t.node in (task.node, GATHER)
            or t.node in ways
        ):
            continue
        if node.duty == "accept" or node.multi is not None or task.node == GATHER:
            continue
        way: list[tuple[int, str]] = []
        split, branch = t.split, t.branch
        while split and (split, branch) != (task.split, task.branch):
            section = run.state.splits[split - 1]
            if not section.closed_seq:
                break
            way.insert(0, (split, branch))
            split, branch = section.outer, section.outer_branch
        if (split, branch) == (task.split, task.branch):
            ways[t.node] = way
    return ways


def member(run: Run) -> bool:
    """The case is a member (子办件) of a joint approval, opened by it: it speaks to the applicant through the lead."""
    return run.state.parent is not None and run.facts.channel == "joint"


def objections(run: Run) -> tuple[Task, ...]:
    """Whoever of the assisting departments disagreed: the last word of each member or opinion in a parallel section."""
    last: dict[tuple[str, str], Task] = {}
    for t in run.state.tasks:
        if t.split and t.status == "done" and not t.parent and run.defn.flow.nodes[t.node].duty != "decide":
            last[t.node, t.branch] = t
    return tuple(t for t in last.values() if t.outcome in run.defn.terms.joint.against)


def apply_for(run: Run) -> None:
    """Applicants begin only what is applied for; what the office begins (依职权) is begun by the office."""
    if run.defn.terms.by_office and run.actor.kind == "resident":
        raise run.refuse("not_applied_for", "这个事项由机关依职权办理，不能申请。")


def materials(run: Run) -> dict[str, str]:
    """What the command says of materials, material → status. Raises Refused: "missing_field", "material_unknown"."""
    given = run.data.get("materials") or {}
    if not isinstance(given, Mapping):
        raise run.refuse("missing_field", "材料请按“材料：状态”逐项填写。", field="materials")
    unknown = [str(k) for k in given if k not in run.defn.terms.materials]
    if unknown:
        raise run.refuse("material_unknown", "提交了材料清单以外的材料。", materials=unknown)
    said = {k: str(v) for k, v in given.items()}
    odd = [k for k, status in said.items() if status not in STATUSES]
    if odd:
        raise run.refuse(
            "missing_field", f"材料的状态只能是 {'、'.join(STATUSES)}。", field="materials", materials=odd
        )
    return said


def handed(run: Run) -> dict[str, str]:
    """The same of what was handed in: from applicants no verdicts of the office. Raises Refused("not_permitted") too."""
    said = materials(run)
    if run.actor.kind == "resident" and not set(said.values()) <= {"supplied", "later"}:
        raise run.refuse("not_permitted", "材料是否核验、合格由机关认定。", materials=list(said))
    return said


def listed(words: str, names: Mapping[str, str]) -> str:
    """A sentence that ends in a list of names."""
    return words + "、".join(names.values()) + "。"


def missing_materials(run: Run, have: Mapping[str, str]) -> dict[str, str]:
    """Necessary materials that are neither supplied nor shared nor allowed later: key → name."""
    missing: dict[str, str] = {}
    facts: dict[str, Any] | None = None
    for m in run.defn.terms.materials.values():
        if m.key in have or m.necessity in ("optional", "later"):
            continue
        if m.necessity == "conditional":
            if m.when is None:
                continue
            facts = facts or run.facts_for_conditions()
            if not m.when.test(facts):
                continue
        missing[m.key] = m.name
    return missing


def _could_work(run: Run, task: Task) -> bool:
    if run.actor.kind == "system" or "*" in run.actor.verbs:  # what was done elsewhere is recorded as it was
        return True
    return task.post in run.actor.posts or (task.assignee is not None and task.assignee == run.actor.account)


def _did_or_could(run: Run, task: Task) -> bool:
    """Whether the actor did the step, or holds the post that it belongs to."""
    return _could_work(run, task) or (task.by is not None and task.by == run.actor.account)


def _working(run: Run) -> Task:
    """An open task that the actor works on."""
    for task in run.state.open_tasks:
        if task.kind == "human" and _could_work(run, task) and task.assignee in (None, run.actor.account):
            return task
    raise run.refuse("not_your_task", "由正在办理本件的岗位操作。")


def _waiting(run: Run) -> bool:
    last = run.state.corrections[-1] if run.state.corrections else None
    return last is not None and last.supplied is None and last.lapsed is None


def _any_verb(run: Run, verbs: tuple[str, ...], message: str) -> None:
    if "*" not in run.actor.verbs and run.actor.verbs.isdisjoint(verbs):
        raise run.refuse("not_permitted", message)
