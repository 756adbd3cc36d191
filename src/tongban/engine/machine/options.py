"""allowed(…): what an actor may do to a case now, and for the rest, why not. Pages draw their panels from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Literal
from uuid import UUID

from tongban.base.calendar import CHINA
from tongban.engine.definition import Definition
from tongban.engine.errors import Refused
from tongban.engine.flow import GATHER, Node
from tongban.engine.machine import joint, may, precheck
from tongban.engine.machine.results import ENDINGS
from tongban.engine.machine.run import Facts, Run
from tongban.engine.state import Actor, Command, State, Task

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Field:
    """Something a command asks of the person. `when` names the outcomes for which it is asked; empty = always.

    `beside` is another field and its value: asked only with that.
    """

    name: str
    label: str
    type: Literal[
        "text",
        "textarea",
        "lines",
        "several",
        "number",
        "money",
        "select",
        "check",
        "person",
        "post",
        "other_post",
    ] = "text"
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    when: tuple[str, ...] = ()
    value: str = ""  # to begin with
    beside: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done, or cannot and why. `outcomes` are (key, name) pairs for `complete`."""

    type: str
    label: str
    allowed: bool
    why: str = ""
    code: str = ""
    task: int = 0
    node: str = ""
    fields: tuple[Field, ...] = ()
    outcomes: tuple[tuple[str, str], ...] = ()


OPINION = Field("opinion", "办理意见", "textarea", required=False)
REASON = Field("reason", "理由", "textarea")
REMEDY = Field(
    "remedy", "救济途径", "textarea", help="告知申请人依法申请行政复议或者提起行政诉讼的途径和期限"
)


_REVOKING = (
    Field("how", "怎样失效", "select", choices=tuple(ENDINGS.items())),
    Field("reason", "理由", "textarea"),
    Field("basis", "依据", help="法律、法规的名称和条款，例如《行政许可法》第六十九条第一款第一项"),
)


def allowed(defn: Definition, state: State, actor: Actor, facts: Facts, now: datetime) -> tuple[Action, ...]:
    """Every action this kind of actor could wish for, in the order a person looks for it.

    An action that is not allowed carries the refusal's words in `why`; it is decided by the very guards that
    `decide` uses.
    """
    probe = Run(defn, state, Command(NOBODY, "probe", actor, now), facts, now)
    if state.phase == "new":
        return ()
    if state.phase == "closed":
        return _after_closing(probe)
    if state.phase == "precheck":
        return _looked_at(probe)
    actions = [] if actor.kind == "resident" else _steps(probe)
    idle = {type_ for type_, nothing in _IDLE.items() if nothing(probe)}
    for type_, label, guard, fields, kinds in _STANDING:
        if actor.kind in kinds and type_ not in idle:
            actions.append(_try(probe, type_, label, guard, fields(probe)))
    return tuple(actions)


def _nobody_asked(run: Run) -> bool:
    """No open pause in which somebody's opinion is asked for: nobody wishes to note that a letter has arrived."""
    special = run.defn.terms.special.get(run.state.pauses[-1].reason) if run.state.paused else None
    return special is None or not special.silence


def _no_moment(run: Run) -> bool:
    """Nothing waits for a moment that was set: nobody wishes to move one."""
    return not any(run.defn.flow.nodes[t.node].until for t in run.state.open_tasks)


#: Of what may be done at any point, when it is not even shown: there is nothing it could be about.
_IDLE: Mapping[str, Callable[[Run], bool]] = {"serve": _nobody_asked, "reschedule": _no_moment}


def _looked_at(run: Run) -> tuple[Action, ...]:
    """What can be done before there is an application (预受理)."""
    actions = []
    task = next((t for t in run.state.open_tasks if t.kind == "human"), None)
    if run.actor.kind != "resident" and task is not None:
        fields = (
            Field("items", "还缺什么", "lines", help="一行一项，一次写全", when=("incomplete",)),
            Field("words", "说明", "textarea", when=("returned",), help="为什么不符合条件，申请人可以怎么办"),
        )
        outcomes = tuple(precheck.OUTCOMES.items())
        actions.append(
            _try(run, "answer_precheck", "预受理答复", may.answer_precheck, fields, task, outcomes)
        )
    note = Field("note", "说明", "textarea", required=False)
    actions.append(_try(run, "ask_precheck", "再次预审", may.present_now, (note,)))
    actions.append(_try(run, "apply", "正式申请", may.apply_formally))
    for type_, label, able, asked, who in _STANDING:
        if run.actor.kind in who and type_ in precheck.COMMANDS:
            actions.append(_try(run, type_, label, able, asked(run)))
    return tuple(actions)


def _after_closing(run: Run) -> tuple[Action, ...]:
    """What can still be done about a result in force; nothing else is offered once a case is closed."""
    certificate = run.state.certificate
    if run.actor.kind != "staff" or certificate is None or certificate.ended is not None:
        return ()
    return (_try(run, "revoke_result", "撤销或者注销证照", may.revoke_now, _REVOKING),)


def _steps(run: Run) -> list[Action]:
    actions: list[Action] = []
    for task in run.state.open_tasks:
        node = run.defn.flow.nodes[task.node]
        if task.kind != "human":
            continue
        if node.duty == "accept" and not task.parent:
            guard = partial(_accepting, task)
            if sum(c.key != "refuse" for c in node.choices) > 1:
                outcomes = tuple((c.key, c.name) for c in node.choices)
                name, asked = node.name or node.key, _step_fields(run, task)
                actions.append(_try(run, "complete", name, guard, asked, task, outcomes))
                continue
            actions.append(_try(run, "accept", "受理", guard, (OPINION,), task))
            if not node.choices or any(c.key == "refuse" for c in node.choices):
                actions.append(_try(run, "refuse", "不予受理", guard, (REASON, REMEDY), task))
            continue
        actions.append(_complete(run, task))
    return actions


def _accepting(task: Task, run: Run) -> None:
    may.work(run, task.no)
    may.accept_now(run)


def _complete(run: Run, task: Task) -> Action:
    node = run.defn.flow.nodes[task.node]
    if task.parent:
        opinion = Field("opinion", "会签意见", "textarea")
        return _try(run, "complete", f"会签：{node.name}", lambda r: may.work(r, task.no), (opinion,), task)
    if task.delegator is not None:
        opinion = Field("opinion", "办理意见", "textarea")
        return _try(
            run, "complete", f"办好交回：{node.name}", lambda r: may.work(r, task.no), (opinion,), task
        )

    def guard(r: Run) -> None:
        may.work(r, task.no)
        may.nothing_cosigning(r, task)
        if node.duty in ("decide", "deliver"):
            may.not_paused(r)
        if node.key == GATHER:
            may.notify_now(r)

    vetoed = node.duty == "decide" and run.defn.terms.joint.objection == "veto" and may.objections(run)
    outcomes = tuple((c.key, c.name) for c in node.choices if not (vetoed and c.key == "granted"))
    return _try(run, "complete", node.name or node.key, guard, _step_fields(run, task), task, outcomes)


def _step_fields(run: Run, task: Task) -> tuple[Field, ...]:
    node = run.defn.flow.nodes[task.node]
    if node.key == GATHER:
        return _gathered(run)
    needs: dict[str, list[str]] = {}
    for choice in node.choices:
        for need in choice.needs:
            needs.setdefault(need, []).append(choice.key)
    if node.duty == "decide":
        for need in ("reason", "remedy"):
            if "denied" not in needs.setdefault(need, []):
                needs[need].append("denied")
        if run.defn.terms.joint.objection == "lead" and may.objections(run):
            needs["reason"].append("granted")
    everyone = {c.key for c in node.choices}
    checks = needs.pop("checklist", [])
    fields = [
        Field(
            "opinion",
            "办理意见",
            "textarea",
            required=bool(everyone) and set(needs.pop("opinion", ())) >= everyone,
        )
    ]
    labels = {"reason": "理由", "remedy": "救济途径", "basis": "依据"}
    fields += [
        Field(
            need,
            labels.get(need, need),
            "textarea",
            when=tuple(keys),
            help=REMEDY.help if need == "remedy" else "",
        )
        for need, keys in needs.items()
        if any(k in everyone for k in keys)
    ]
    fields += _beside(run, node, tuple(checks))
    if node.duty == "decide" and (bands := run.defn.terms.discretion.get("bands")):
        unit = run.defn.terms.discretion.get("unit", "元")
        levels = tuple((b["level"], f"{b['level']}({b['min']}–{b['max']} {unit})") for b in bands)
        fields += [
            _circumstances(bands),
            Field("band", "裁量阶次", "select", choices=levels),
            Field("amount", f"处罚数额（{unit}）", "money"),
            Field("discretion_reason", "偏离裁量基准的理由", "textarea", required=False),
            Field(
                "discussion", "集体讨论记录", required=False, help="偏离裁量基准时必填：会议日期和记录编号"
            ),
        ]
    if node.duty == "deliver":
        methods = (
            ("窗口领取", "窗口领取"),
            ("邮寄", "邮寄"),
            ("电子送达", "电子送达"),
            ("直接送达", "直接送达"),
        )
        fields += [
            Field("method", "送达方式", "select", choices=methods),
            Field("express", "快递单号", beside=("method", "邮寄")),
        ]
    return tuple(fields)


def _beside(run: Run, node: Node, when: tuple[str, ...]) -> list[Field]:
    """The points to tick, and the moments that are said with the step."""
    points = tuple((str(n), point) for n, point in enumerate(node.checklist, start=1))
    ticks = (
        [Field("checklist", "审查要点", "several", choices=points, when=when, help=CHECKS)] if points else []
    )
    return ticks + [
        Field(wait.until, wait.name or wait.until, required=False, help=MOMENT, when=outcomes)
        for wait, outcomes in _waits_after(run, node)
    ]


CHECKS = "逐项核对；有一项不能确认，就不要通过"
WHEN = "写成 2026-11-25 09:00 这样"
MOMENT = f"{WHEN}；不填就是马上"


def _waits_after(run: Run, node: Node) -> list[tuple[Node, tuple[str, ...]]]:
    """The waits for a moment that follow right on the step, with the outcomes that lead there: it is said with the step."""
    found: dict[str, list[str]] = {}
    for choice in node.choices:
        there = _right_after(run, node, choice.key)
        if there is not None and there.kind == "wait" and there.until:
            found.setdefault(there.key, []).append(choice.key)
    return [(run.defn.flow.nodes[key], tuple(outcomes)) for key, outcomes in found.items()]


def _right_after(run: Run, node: Node, outcome: str) -> Node | None:
    """Where the step leads with an outcome, past what nobody has to do; None where that is several ways at once."""
    flow, facts = run.defn.flow, run.facts_for_conditions()
    facts["outcome"] = {**facts["outcome"], node.key: outcome}
    for _ in flow.nodes:
        chosen = flow.way_out(node.key, lambda: facts)
        if chosen is None:
            return None
        node = flow.nodes[chosen.target]
        if node.kind not in ("decision", "auto"):
            return node
    return None


def _circumstances(bands: Sequence[Mapping[str, Any]]) -> Field:
    """The circumstances that the benchmark names, to be ticked; where it names none, written one a line."""
    named = {c: f"{c}（{b['level']}）" for b in reversed(bands) for c in b.get("circumstances", ())}
    if not named:
        return Field("circumstances", "适用情节", "lines", required=False, help="一行一项")
    return Field(
        "circumstances", "适用情节", "several", required=False, choices=tuple(reversed(named.items()))
    )


def _try(
    run: Run,
    type_: str,
    label: str,
    guard: Callable[[Run], object],
    fields: tuple[Field, ...] = (),
    task: Task | None = None,
    outcomes: tuple[tuple[str, str], ...] = (),
) -> Action:
    no, node = (task.no, task.node) if task else (0, "")
    try:
        guard(run)
    except Refused as refusal:
        return Action(type_, label, allowed=False, why=refusal.message, code=refusal.code, task=no, node=node)
    return Action(type_, label, allowed=True, task=no, node=node, fields=fields, outcomes=outcomes)


def _task_choice(run: Run) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(t.no), run.defn.flow.nodes[t.node].name) for t in run.state.open_tasks if t.kind == "human"
    )


def _post_choice(run: Run) -> tuple[tuple[str, str], ...]:
    return tuple((code, run.defn.post_name(code)) for code in sorted(run.defn.posts))


def _procedures(run: Run) -> tuple[tuple[str, str], ...]:
    own: Mapping[str, str] = {s.code: s.name for s in run.defn.terms.special.values()}
    return tuple({**own, **may.LAWFUL_PAUSES}.items())


def _asking(run: Run) -> tuple[Field, ...]:
    fields = (Field("items", "需要补正的全部内容", "lines", help="一行一项，一次写全"),)
    days = Field(
        "days",
        "补正期限（工作日）",
        "number",
        required=False,
        help=f"不填为 {run.defn.terms.correction.amount} 个工作日",
    )
    return (*fields, days)


def _gathered(run: Run) -> tuple[Field, ...]:
    """What the members proposed, ready to be sent: one line each, in their words."""
    told = "\n".join(joint.merged(run, []))
    asked = (replace(f, when=("send",), value=told if f.name == "items" else "") for f in _asking(run))
    return (*asked, replace(REASON, label="退回原因", when=("return",)))


def _suspending(run: Run) -> tuple[Field, ...]:
    return (
        Field("procedure", "特别程序", "select", choices=_procedures(run)),
        Field("days", "所需时间（工作日）", "number"),
        Field("basis", "法律依据"),
        Field("document", "书面告知文号"),
        Field("approver", "批准人"),
    )


def _extending(run: Run) -> tuple[Field, ...]:
    most = run.defn.terms.extension.amount
    return (
        Field("amount", f"延长（工作日，最多 {most}）", "number"),
        Field("reason", "延期理由", "textarea"),
    )


def _with_task(*fields: Field) -> Callable[[Run], tuple[Field, ...]]:
    return lambda run: (Field("task", "环节", "select", choices=_task_choice(run)), *fields)


def _can_send_back(run: Run) -> None:
    task = may.work(run, None)
    may.not_paused(run)
    if not may.ways_back(run, task):
        raise run.refuse("cannot_send_back", "前面没有可以退回的环节。")


def _back_fields(run: Run) -> tuple[Field, ...]:
    try:
        targets = may.ways_back(run, may.work(run, None))
    except Refused:
        return ()
    names = tuple((t, run.defn.flow.nodes[t].name or t) for t in targets)
    return (Field("to", "退回到", "select", choices=names), Field("reason", "退回原因", "textarea"))


def _can_delegate(run: Run) -> None:
    may.work(run, None)


def _can_hand_over(run: Run) -> None:
    may.work(run, None)
    may.not_paused(run)


def _can_reassign(run: Run) -> None:
    for task in run.state.open_tasks:
        if task.kind == "human":
            may.reassign(run, task.no)
            return
    raise run.refuse("nobody_has_it", "现在没有人在办。")


def _rescheduling(run: Run) -> tuple[Field, ...]:
    wait = next((t for t in run.state.open_tasks if run.defn.flow.nodes[t.node].until), None)
    if wait is None:
        return ()
    node = run.defn.flow.nodes[wait.node]
    now = f"{wait.due.astimezone(CHINA):%Y-%m-%d %H:%M}" if wait.due else ""
    return (
        Field(node.until, node.name or node.until, help=WHEN, value=now),
        Field("reason", "改期原因", "textarea"),
    )


def _nothing(_: Run) -> tuple[Field, ...]:
    return ()


def _fields(*fields: Field) -> Callable[[Run], tuple[Field, ...]]:
    return lambda _: fields


def _withdrawing(run: Run) -> tuple[Field, ...]:
    if run.actor.kind != "staff":
        return (Field("reason", "撤回原因", "textarea", required=False),)
    return (
        Field(
            "reason", "撤回原因", "textarea",
            help="写明申请人怎样提出、凭证是什么（如书面撤回申请）。撤回后不能恢复，申请人会收到通知。",
        ),
    )  # fmt: skip


_PARTY = (
    Field(
        "role", "参与身份", "select", choices=(("agent", "代理人"), ("co", "共同申请人"), ("third", "第三人"))
    ),
    Field("name", "姓名", help="与身份证一致"),
    Field("id_number", "身份证号码", help="用来确认是本人；他同意以后才参与"),
    Field("basis", "依据", help="例如授权委托书、共同经营协议"),
)
_STAFF = frozenset({"staff"})
_BOTH = frozenset({"staff", "resident"})
_STANDING: tuple[
    tuple[str, str, Callable[[Run], object], Callable[[Run], tuple[Field, ...]], frozenset[str]], ...
] = (
    ("request_correction", "一次性告知补正", may.ask, _asking, _STAFF),
    ("supply", "提交补正材料", may.supply_now, _fields(Field("note", "补正说明", "textarea", required=False)), _BOTH),
    ("suspend", "挂起（特别程序）", may.suspend_now, _suspending, _STAFF),
    (
        "serve", "登记征询函送达", may.serve_now,
        _fields(Field("received", "对方收到的日期", help="写成 2026-03-02")), _STAFF,
    ),
    ("resume", "恢复计时", may.resume_now, _fields(Field("outcome", "特别程序结果", "textarea", required=False)), _STAFF),
    ("extend", "延期", may.extend_now, _extending, _STAFF),
    ("reschedule", "改定时", may.reschedule_now, _rescheduling, _STAFF),
    ("send_back", "退回", _can_send_back, _back_fields, _STAFF),
    (
        "reassign", "转办", _can_reassign,
        _with_task(
            Field("post", "转到岗位", "post", required=False),
            Field("account", "转给", "person", required=False),
            Field("reason", "转办原因", "textarea"),
        ),
        _STAFF,
    ),
    ("delegate", "委派", _can_delegate, _fields(Field("account", "委派给", "person")), _STAFF),
    (
        "add_signer", "加签", _can_delegate,
        lambda run: (Field("post", "请哪个岗位会签", "post", choices=_post_choice(run)),),
        _STAFF,
    ),
    (
        "hand_over", "上报、下转", _can_hand_over,
        _fields(
            Field("post", "转给哪个单位的岗位", "other_post"),
            Field("days", "办理期限（工作日）", "number", help="不能超过本件的办理期限"),
            Field("reason", "交办内容", "textarea"),
        ),
        _STAFF,
    ),
    (
        "charge", "收费", may.handle_now,
        _fields(
            Field("name", "收费项目"),
            Field("amount", "金额（元）", "money", required=False),
            Field("reduced", "减免依据", required=False)),
        _STAFF,
    ),
    ("name_party", "邀请参与人", may.parties_now, _fields(*_PARTY), _BOTH),
    ("urge", "催办", may.urge_now, _fields(Field("words", "催办内容", "textarea", required=False)), _BOTH),
    ("withdraw", "撤回申请", may.withdraw_now, _withdrawing, _BOTH),
    ("terminate", "终止办理", may.terminate_now, _fields(REASON, Field("basis", "依据")), _STAFF),
    ("note", "备注", may.see, _fields(Field("text", "备注内容", "textarea")), _STAFF),
)  # fmt: skip
