"""The course of a case: how it begins and ends, what it costs, its sub-cases, and what time itself brings."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tongban.engine import clock
from tongban.engine.definition import Definition, FeeTerm
from tongban.engine.flow import Node
from tongban.engine.machine import joint, may, notice, precheck
from tongban.engine.machine.run import Run, done
from tongban.engine.machine.steps import go_on
from tongban.engine.state import Pause, State, Task

MOST_EVENTS = 1_000  # of a case, after which applicants add no more remarks
MOMENT = timedelta(microseconds=1)
PAYMENT = "payment"  # why the clocks stand still while a fee is awaited

# opening


def submit(run: Run) -> None:
    """申请: the case begins. Counters may take in what is incomplete (and then ask for the rest); the web may not."""
    defn, data = run.defn, run.data
    inactive = not defn.terms.active
    if inactive and not run.forcing():
        raise run.refuse("matter_inactive", "这个事项已经取消或暂停，不再收件。")
    may.apply_for(run)
    materials = may.materials(run)
    if run.command.channel == "web" and not data.get("precheck"):
        missing = may.missing_materials(run, materials)
        if missing:
            raise run.refuse(
                "materials_missing", may.listed("还缺少必要材料：", missing), materials=list(missing)
            )
    if any(post not in defn.posts for post in data.get("posts", {}).values()):
        raise run.refuse("post_unknown", "没有这个岗位。", field="posts")
    payload: dict[str, Any] = {"kind": data.get("kind", "licence"), "materials": materials}
    if run.facts.number:
        payload["number"] = run.facts.number  # a proof of the chain is then one of the number people know
    payload |= {
        name: data[name]
        for name in ("parent", "posts", "application", "parties", "doubts")
        if data.get(name) is not None
    }
    if reason := data.get("reason"):
        payload["reason"] = str(reason)
    if inactive:
        payload["forced"] = ["matter_inactive"]
    if data.get("precheck"):
        precheck.begin(run, payload)
        return
    run.begin(payload)


# 撤回、终止、收费、备注


def withdraw(run: Run) -> None:
    """撤回: the applicant takes the application back, any time before the decision; staff say how they asked for it."""
    may.withdraw_now(run)
    if run.actor.kind == "staff" and "*" not in run.actor.verbs:
        run.text("reason", "撤回原因")
    run.emit("case.withdrawn", {"reason": run.own_words("reason")} | run.never_applied())
    run.close("withdrawn")


def terminate(run: Run) -> None:
    """终止: by law, with reason and basis, by who may approve (e.g. 行政许可法第四十二条以外的法定终止情形)."""
    may.terminate_now(run)
    run.emit(
        "case.terminated", {"reason": run.text("reason", "终止理由"), "basis": run.text("basis", "依据")}
    )
    run.close("terminated")


def charge(run: Run) -> None:
    """收费: only by the version's table (行政许可法第五十八、五十九条)."""
    may.handle_now(run)
    terms = run.defn.terms
    name = run.text("name", "收费项目")
    fee = terms.fees.get(name) or next((f for f in terms.fees.values() if f.name == name), None)
    amount = run.amount("收费金额", fee.amount if fee else None)
    reduced = str(run.data.get("reduced", "")).strip()
    forced: list[str] = []
    wrong = _against_the_table(fee, amount, reduced)
    if wrong is not None:
        if not run.forcing():
            raise run.refuse(*wrong)
        forced.append(wrong[0])
    payload: dict[str, Any] = {"name": fee.name if fee else name, "amount": f"{amount:f}"}
    if fee is not None:
        payload["standard"] = fee.standard
    said = {"bill": str(run.data.get("bill", "")).strip(), "reduced": reduced}
    payload |= {key: value for key, value in said.items() if value}
    if forced:
        payload["forced"] = forced
    waits = fee is not None and fee.wait is not None and amount > 0
    if waits:
        may.await_payment(run)
    run.emit("fee.charged", payload)
    if fee is not None and fee.wait is not None and waits:
        end = clock.due(run.defn.calendar, fee.wait, run.at, ())
        said = {"reason": PAYMENT, "basis": fee.standard} | (
            {} if end is None else {"expected": end.isoformat()}
        )
        run.emit("case.suspended", said)


def _against_the_table(fee: FeeTerm | None, amount: Decimal, reduced: str) -> tuple[str, str] | None:
    """What is wrong with a charge, as a refusal's code and words; None when it is by the table."""
    if fee is None:
        return "fee_not_listed", "本事项不收这项费用。"
    if fee.amount is not None and amount > fee.amount:
        return "fee_above_standard", f"超过收费标准 {fee.amount} 元。"
    if fee.amount is not None and amount < fee.amount and not reduced:
        return "fee_reduction_basis", "低于收费标准，请填写减免依据。"
    return None


def pay(run: Run) -> None:
    """缴费: the fee is paid; a payment step that waited for it goes on."""
    may.take_payment(run)
    name = run.text("name", "收费项目")
    fee = next((f for f in run.state.fees if f.name == name and f.paid is None), None)
    if fee is None:
        raise run.refuse("nothing_to_pay", "没有待缴的这项费用。")
    run.emit("fee.paid", {"name": name, "bill": run.text("bill", "缴款单号")})
    if run.state.paused and run.state.pauses[-1].reason == PAYMENT:
        run.emit("case.resumed", notice.begun_anew(run))
    for task in run.state.open_tasks:
        node = run.defn.flow.nodes[task.node]
        waits_for = run.defn.terms.fees.get(node.text) if task.kind == "payment" else None
        if waits_for is not None and waits_for.name == name:
            done(run, task, "paid")
            run.leave(node, task.split, task.branch)


def note(run: Run) -> None:
    """备注: a remark on record; it changes nothing."""
    may.see(run)
    if run.actor.kind == "resident" and run.state.seq >= MOST_EVENTS:
        raise run.refuse("too_many", "这个办件的记录已经太多，不能再添备注，请联系窗口。")
    run.emit("note.added", {"text": run.text("text", "备注内容")})


# sub-cases and time


def wake(defn: Definition, state: State) -> datetime | None:
    """The next instant at which time itself does something to the case (see `tick`); None if nothing waits."""
    if state.phase in ("new", "closed"):
        return None
    times: list[datetime] = []
    if state.phase == "precheck":
        return None if state.looked_at is None else state.looked_at.until
    if state.phase == "applied" and (acceptance := state.clock("acceptance")) and acceptance.due:
        times.append(acceptance.due)
    if (notice := state.clock("correction")) and notice.stopped is None and notice.due:
        times.append(notice.due)
    if (pause := _over_by_itself(defn, state)) is not None and pause.expected is not None:
        times.append(pause.expected)
    nodes = defn.flow.nodes
    times += [
        t.due for t in state.tasks if t.due and t.status == "open" and _passes_by_itself(nodes[t.node], t)
    ]
    return min(times, default=None)


def _over_by_itself(defn: Definition, state: State) -> Pause | None:
    """The open pause, when time alone ends it: a fee not paid, an opinion not given."""
    if not state.paused:
        return None
    pause = state.pauses[-1]
    special = defn.terms.special.get(pause.reason)
    return pause if pause.reason == PAYMENT or (special is not None and special.silence) else None


def _passes_by_itself(node: Node, task: Task) -> bool:
    return task.kind in ("wait", "notice") or (node.silence is not None and not task.parent)


def child_concluded(run: Run) -> None:
    """A sub-case of a joint approval has ended: its member arrives at the lead's section."""
    may.be_system(run)
    member = run.text("member", "子办件事项")
    task = next((t for t in run.state.open_tasks if t.kind == "subcase" and t.branch == member), None)
    if task is None:  # deemed agreed before, or the section is closed: on record all the same
        run.emit(
            "child.concluded", {"member": member, "result": str(run.data.get("result", "")), "late": True}
        )
        return
    result = run.text("result", "子办件结果")
    run.emit("child.concluded", {"member": member, "result": result, "case": run.data.get("child")})
    joint.give_back(run, member, "协办事项已经办结")
    joint.nothing_left(run)
    done(run, task, result, **({"child": run.data["child"]} if run.data.get("child") else {}))
    go_on(run, task, run.defn.flow.nodes[task.node], result)


def tick(run: Run) -> None:
    """Time has passed: everything that the law or the flow attaches to its passing now happens."""
    may.be_system(run)
    for _ in range(MOST_AT_ONCE):
        end = wake(run.defn, run.state)
        if end is None or end > run.at:
            return
        _time_passed(run, end)


MOST_AT_ONCE = 50


def _time_passed(run: Run, end: datetime) -> None:
    state = run.state
    acceptance, asked = state.clock("acceptance"), state.clock("correction")
    pause = _over_by_itself(run.defn, state)
    if state.phase == "precheck":
        precheck.lapse(run)
    elif state.phase == "applied" and acceptance is not None and acceptance.due == end:
        _deem_accepted(run)
    elif asked is not None and asked.stopped is None and asked.due == end:
        _lapse(run)
    elif pause is not None and pause.expected == end:
        _pause_over(run, pause)
    else:
        task = next(
            t for t in state.open_tasks if t.due == end and _passes_by_itself(run.defn.flow.nodes[t.node], t)
        )
        node = run.defn.flow.nodes[task.node]
        if node.silence is None:
            done(run, task, "elapsed")
        else:
            run.emit(
                "opinion.deemed_agreed",
                {"task": task.no, "outcome": node.silence.outcome, "basis": node.silence.basis},
            )
            done(run, task, node.silence.outcome, deemed=True)
        go_on(run, task, node, run.state.tasks[task.no - 1].outcome)


def _deem_accepted(run: Run) -> None:
    """逾期不告知补正的,自收到申请之日起即为受理 (行政许可法第三十二条第四项)."""
    task = next((t for t in run.state.open_tasks if run.defn.flow.nodes[t.node].duty == "accept"), None)
    started = run.state.corrections[-1].supplied if run.state.corrections else run.state.applied
    since = started or run.at
    if task is not None:
        done(run, task, "accept", deemed=True)
    run.emit("case.deemed_accepted", {"as_of": since.isoformat(), "clocks": run.case_clocks(since)})
    if task is not None:
        run.leave(run.defn.flow.nodes[task.node], task.split, task.branch)


def _pause_over(run: Run, pause: Pause) -> None:
    """Nobody paid: the application is given up. Nobody answered: what the law takes for granted, and the clocks go on."""
    if pause.reason == PAYMENT:
        unpaid = [fee.name for fee in run.state.fees if fee.paid is None]
        run.emit("fee.lapsed", {"name": unpaid[-1] if unpaid else ""})
        run.close("lapsed")
        return
    special = run.defn.terms.special[pause.reason]
    over = min(run.at, pause.expected or run.at) - MOMENT  # with the last day, however late it is noticed
    said = {"outcome": special.silence, "basis": special.basis, "deemed": True}
    run.emit("case.resumed", {"dues": run.dues_on_resuming(over)} | said, at=over)


def _lapse(run: Run) -> None:
    """逾期不补正: the case ends (补正不来办结); after acceptance, as a rule, the clocks go on and the office decides."""
    ends = run.state.corrections[-1].before_acceptance or run.defn.terms.correction_ends
    run.emit("correction.lapsed", {} if ends else {"dues": run.dues_on_resuming(run.at)})
    if ends:
        run.close("lapsed")
