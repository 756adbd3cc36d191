"""decide(definition, state, command, facts, now) → events: what a command does, or a typed refusal."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from tongban.engine import clock
from tongban.engine.definition import Definition
from tongban.engine.errors import Instead
from tongban.engine.flow import Node
from tongban.engine.machine import may
from tongban.engine.machine.apply import limit_out
from tongban.engine.machine.run import Facts, Run
from tongban.engine.state import Command, Event, Finding, Limit, State, Task

__all__ = ["COMMANDS", "Facts", "decide", "issue", "wake"]

LATE_ENTRY = timedelta(minutes=5)  # an occurrence further back than this is a back-dated entry (补录)
OPENING = frozenset({"submit"})
DECISIONS = {"granted": "准予", "partial": "部分准予", "denied": "不予"}


def decide(defn: Definition, state: State, command: Command, facts: Facts, now: datetime) -> tuple[Event, ...]:
    """The events that carry out a command on a case. Pure: the same arguments give the same answer.

    Raises Refused, with a stable code and what is allowed instead, and then nothing has happened.
    """
    handler = COMMANDS.get(command.type)
    run = Run(defn, state, command, facts, now)
    if handler is None:
        raise run.refuse("unknown_command", f"没有“{command.type}”这个操作。")
    if command.expected_seq is not None and command.expected_seq != state.seq:
        raise run.refuse("stale", "这个办件刚刚有人处理过,请看过最新情况再办。", seq=state.seq)
    _in_order(run)
    handler(run)
    return tuple(run.events)


def issue(state: State, findings: tuple[Finding, ...], now: datetime) -> tuple[Event, ...]:
    """Events for findings of supervision that the case does not carry yet; the same finding is issued once."""
    events = []
    for f in findings:
        if f"{f.rule}|{f.episode}|{f.level}" in state.findings:
            continue
        payload: dict[str, Any] = {"rule": f.rule, "level": f.level, "episode": f.episode, "words": f.words}
        if f.task:
            payload["task"] = f.task
        payload["inputs"] = dict(f.inputs)
        events.append(Event("finding.issued", now, now, None, payload))
    return tuple(events)


def wake(defn: Definition, state: State) -> datetime | None:
    """The next instant at which time itself does something to the case (see `tick`); None if nothing waits."""
    if state.phase in ("new", "closed"):
        return None
    times: list[datetime] = []
    if state.phase == "applied" and (acceptance := state.clock("acceptance")) and acceptance.due:
        times.append(acceptance.due)
    if (notice := state.clock("correction")) and notice.stopped is None and notice.due:
        times.append(notice.due)
    for task in state.open_tasks:
        if task.due is not None and _passes_by_itself(defn.flow.nodes[task.node], task):
            times.append(task.due)
    return min(times, default=None)


def _passes_by_itself(node: Node, task: Task) -> bool:
    return task.kind in ("wait", "notice") or (node.silence is not None and not task.parent)


def _in_order(run: Run) -> None:
    """Refuse what happened in the future, before the case began, or long ago without the right to enter it late."""
    at, now, state = run.at, run.now, run.state
    if at > now + timedelta(seconds=5):
        raise run.refuse("in_the_future", "发生时间不能晚于现在。")
    if now - at > LATE_ENTRY and run.actor.kind != "system":
        may.has(run, "backdate", "补录以前发生的事项需要补录权限。")
        run.text("reason", "补录原因")
    if state.applied is not None and at < state.applied:
        raise run.refuse("before_the_case", "发生时间不能早于申请时间。")
    if run.command.type in OPENING:
        if state.phase != "new":
            raise run.refuse("already_open", "这个办件已经建立。")
        return
    if state.phase == "new":
        raise run.refuse("not_open", "办件还没有建立。")
    if state.phase == "closed" and run.command.type not in AFTER_CLOSING:
        raise run.refuse("closed", "办件已经办结,不能再这样处理。", *_after_closing())


def _after_closing() -> tuple[Instead, ...]:
    return (Instead("note", "备注"),)


# opening


def _submit(run: Run) -> None:
    """申请: the case begins. Counters may take in what is incomplete (and then ask for the rest); the web may not."""
    defn, data = run.defn, run.data
    if not defn.terms.active and not run.forcing():
        raise run.refuse("matter_inactive", "这个事项已经取消或暂停,不再收件。")
    materials = {k: str(v) for k, v in data.get("materials", {}).items()}
    unknown = [k for k in materials if k not in defn.terms.materials]
    if unknown:
        raise run.refuse("material_unknown", "提交了材料清单以外的材料。", materials=unknown)
    if run.command.channel == "web":
        missing = may.missing_materials(run, materials)
        if missing:
            raise run.refuse("materials_missing", _listed("还缺少必要材料:", missing), materials=list(missing))
    payload: dict[str, Any] = {"kind": data.get("kind", "licence"), "materials": materials}
    if data.get("parent") is not None:
        payload["parent"] = data["parent"]
    if "application" in data:
        payload["application"] = data["application"]
    if data.get("reason"):
        payload["reason"] = str(data["reason"])
    accepting = any(n.duty == "accept" for n in defn.flow.nodes.values())
    if accepting and not defn.terms.by_office:
        payload["clocks"] = run.arm("acceptance", defn.terms.acceptance, run.at)
    run.emit("case.applied", payload)
    run.leave(defn.flow.nodes[defn.flow.start], 0, "")
    if not accepting and run.state.phase == "applied":
        run.emit("case.accepted", {"clocks": _case_clocks(run, run.at)})


def _case_clocks(run: Run, start: datetime) -> list[dict[str, Any]]:
    terms = run.defn.terms
    return run.arm("statutory", terms.statutory, start) + run.arm("promised", terms.promised, start)


def _listed(words: str, names: dict[str, str]) -> str:
    return words + "、".join(names.values()) + "。"


# working on tasks


def _claim(run: Run) -> None:
    task = may.take(run, run.data.get("task"))
    if task.assignee == run.actor.account:
        raise run.refuse("already_claimed", "这件工作已经在您名下。")
    run.emit("task.claimed", {"task": task.no})


def _release(run: Run) -> None:
    task = may.take(run, run.data.get("task"))
    if task.assignee != run.actor.account:
        raise run.refuse("not_claimed", "这件工作不在您名下。")
    run.emit("task.released", {"task": task.no})


def _complete(run: Run) -> None:
    """办理: finish a step with one of its outcomes; duties add what the law asks of that step."""
    task = may.work(run, run.data.get("task"))
    node = run.defn.flow.nodes[task.node]
    if task.parent:
        _finish_cosign(run, task)
        return
    if task.delegator is not None and task.assignee == run.actor.account:
        opinion = run.text("opinion", "办理意见")
        run.emit("task.handed_back", {"task": task.no, "account": task.delegator, "opinion": opinion})
        return
    may.nothing_cosigning(run, task)
    outcome = str(run.data.get("outcome") or (node.choices[0].key if len(node.choices) == 1 else ""))
    if node.duty == "accept":
        if outcome == "refuse":
            _refuse_task(run, task)
        else:
            _accept_task(run, task)
        return
    choice = next((c for c in node.choices if c.key == outcome), None)
    if node.choices and choice is None:
        raise run.refuse("choose_outcome", "请选择办理结论。", outcomes=[c.key for c in node.choices])
    if choice is not None:
        for need in choice.needs:
            run.text(need, NEEDS.get(need, need))
    if node.duty in ("decide", "deliver"):
        may.not_paused(run)
    if node.duty == "decide":
        _decide_task(run, task, node, outcome or "granted")
    elif node.duty == "deliver":
        _deliver_task(run, task, node, outcome)
    else:
        _done(run, task, outcome)
        _go_on(run, task, node, outcome)


NEEDS = {"opinion": "办理意见", "reason": "理由", "remedy": "救济途径", "basis": "依据"}


def _done(run: Run, task: Task, outcome: str, **more: Any) -> None:
    payload: dict[str, Any] = {"task": task.no, **more}
    if outcome:
        payload["outcome"] = outcome
    if opinion := str(run.data.get("opinion", "")).strip():
        payload["opinion"] = opinion
    if reason := str(run.data.get("reason", "")).strip():
        payload["reason"] = reason
    if run.defn.flow.nodes[task.node].multi is not None:
        payload["vote"] = True
    run.emit("task.done", payload)


def _go_on(run: Run, task: Task, node: Node, outcome: str) -> None:
    """After a step: its 会签 or joint section counts it, anything else moves on."""
    if node.multi is not None:
        counts = not node.multi.counts or outcome in node.multi.counts
        run.arrive(task.split, node, counts=counts)
    elif node.kind == "subcase":
        run.arrive(task.split, node, counts=outcome in ("granted", "partial", "done", "deemed"))
    else:
        run.leave(node, task.split, task.branch)


def _finish_cosign(run: Run, task: Task) -> None:
    run.text("opinion", "会签意见")
    _done(run, task, str(run.data.get("outcome", "")))


# 受理


def _accept(run: Run) -> None:
    _accept_task(run, may.duty(run, "accept"))


def _accept_task(run: Run, task: Task) -> None:
    """受理: the case is taken on and its clocks begin (行政许可法第三十二、四十二条)."""
    may.accept_now(run)
    supplied = {k: str(v) for k, v in run.data.get("materials", {}).items()}
    missing = may.missing_materials(run, {**run.state.materials, **supplied})
    forced: list[str] = []
    if missing:
        if not run.forcing():
            raise run.refuse(
                "materials_missing",
                _listed("必备材料不齐,不能受理:", missing),
                Instead("request_correction", "一次性告知补正"),
                materials=list(missing),
            )
        forced.append("materials_missing")
    _done(run, task, "accept")
    payload: dict[str, Any] = {"clocks": _case_clocks(run, run.at)}
    if supplied:
        payload["materials"] = supplied
    if forced:
        payload["forced"] = forced
    run.emit("case.accepted", payload)
    run.leave(run.defn.flow.nodes[task.node], task.split, task.branch)


def _refuse(run: Run) -> None:
    _refuse_task(run, may.duty(run, "accept"))


def _refuse_task(run: Run, task: Task) -> None:
    """不予受理: with reason and remedy, in writing (行政许可法第三十二、三十八条)."""
    may.accept_now(run)
    reason, remedy = str(run.data.get("reason", "")).strip(), str(run.data.get("remedy", "")).strip()
    if not run.forcing():
        reason = run.text("reason", "不予受理的理由")
        remedy = run.text("remedy", "救济途径")
    _done(run, task, "refuse")
    run.emit("case.refused", {"reason": reason, "remedy": remedy})
    run.close("refused")


# 补正


def _request_correction(run: Run) -> None:
    """补正告知: everything that is missing, at once (行政许可法第三十二条). The clock does not run while we wait."""
    task = may.ask(run)
    items = [str(i).strip() for i in run.data.get("items", ()) if str(i).strip()]
    if not items:
        raise run.refuse("missing_field", "请列出需要补正的全部内容。", field="items")
    forced: list[str] = []
    if run.state.corrections:
        if not run.forcing():
            raise run.refuse(
                "already_asked",
                "补正只能一次性告知,本件已经告知过。确需再次告知的,由有权限的人员说明理由后强制执行。",
                Instead("accept", "受理"),
                Instead("refuse", "不予受理"),
            )
        run.text("reason", "再次告知的理由")
        forced.append("second_correction")
    before = run.state.phase == "applied"
    limit = run.defn.terms.correction
    if days := run.data.get("days"):
        limit = Limit(_whole(run, days, "补正期限", 1, 60), limit.unit)
    payload: dict[str, Any] = {"items": items, "before": before, "task": task.no, "limit": limit_out(limit)}
    end = clock.due(run.defn.calendar, limit, run.at, ())
    if end is not None:
        payload["due"] = end.isoformat()
    if forced:
        payload |= {"forced": forced, "reason": str(run.data["reason"])}
    if run.state.parent is not None:
        run.emit("correction.proposed", {"items": items})
        payload["via"] = "lead"
    run.emit("correction.requested", payload)


def _supply(run: Run) -> None:
    """补正材料: what was asked for has come; acceptance begins to count again, or the stopped clocks go on."""
    may.supply_now(run)
    notice = run.state.corrections[-1]
    materials = {k: str(v) for k, v in run.data.get("materials", {}).items()}
    payload: dict[str, Any] = {}
    if materials:
        payload["materials"] = materials
    if "application" in run.data:
        payload["application"] = run.data["application"]
    if note := str(run.data.get("note", "")).strip():
        payload["note"] = note
    if notice.before_acceptance:
        payload["clocks"] = run.arm("acceptance", run.defn.terms.acceptance, run.at)
    else:
        payload["dues"] = run.dues_on_resuming(run.at)
    run.emit("correction.supplied", payload)


# 挂起、恢复、延期


def _suspend(run: Run) -> None:
    """挂起: a special procedure begins and the clocks stand still (行政许可法第四十五条)."""
    may.suspend_now(run)
    code = str(run.data.get("procedure", "")).strip()
    special = run.defn.terms.special.get(code)
    if special is None and code not in may.LAWFUL_PAUSES:
        raise run.refuse(
            "procedure_unknown",
            "请选择本事项规定的特别程序。",
            field="procedure",
            procedures=[*run.defn.terms.special, *may.LAWFUL_PAUSES],
        )
    payload: dict[str, Any] = {"reason": code}
    forced = run.forcing()
    for name, what in (("basis", "法律依据"), ("document", "书面告知文号"), ("approver", "批准人")):
        payload[name] = str(run.data.get(name, "")).strip() if forced else run.text(name, what)
    days = _whole(run, run.data.get("days"), "所需时间", 1, 365)
    end = clock.due(run.defn.calendar, Limit(days), run.at, ())
    if end is not None:
        payload["expected"] = end.isoformat()
    run.emit("case.suspended", payload)


def _resume(run: Run) -> None:
    """恢复: the special procedure is over, the clocks go on from where they stood."""
    may.resume_now(run)
    payload: dict[str, Any] = {"dues": run.dues_on_resuming(run.at)}
    if outcome := str(run.data.get("outcome", "")).strip():
        payload["outcome"] = outcome
    run.emit("case.resumed", payload)


def _extend(run: Run) -> None:
    """延期: once, by the unit's responsible leader, telling the applicant why (行政许可法第四十二条)."""
    may.extend_now(run)
    reason = run.text("reason", "延期理由")
    most = run.defn.terms.extension
    amount = _whole(run, run.data.get("amount"), "延长时间", 1, most.amount)
    dues: dict[str, str] = {}
    for c in run.state.clocks:
        if c.stopped is None and c.purpose in ("statutory", "promised"):
            end = run.due(c.limit, c.start, c.extra + amount)
            if end is not None:
                dues[c.purpose] = end
    run.emit(
        "case.extended",
        {"amount": amount, "unit": most.unit, "reason": reason, "approver": run.actor.name, "dues": dues},
    )


def _whole(run: Run, value: Any, what: str, least: int, most: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        raise run.refuse("missing_field", f"请填写{what}(整数)。") from None
    if not least <= number <= most:
        raise run.refuse("out_of_range", f"{what}应在 {least} 到 {most} 之间。", least=least, most=most)
    return number


# 退回、转办、委派、加签、催办


def _send_back(run: Run) -> None:
    """退回: an earlier step is done again; what was done stays on record."""
    task = may.work(run, run.data.get("task"))
    may.not_paused(run)
    run.text("reason", "退回原因")
    targets = may.back_targets(run, task)
    target = str(run.data.get("to", "")) or (targets[0] if targets else "")
    if target not in targets:
        raise run.refuse("cannot_send_back", "不能退回到这个环节。", steps=targets)
    node = run.defn.flow.nodes[target]
    for cosign in run.state.open_tasks:
        if cosign.parent == task.no:
            run.emit("task.cancelled", {"task": cosign.no})
    _done(run, task, "returned", to=target)
    earlier = next(t for t in reversed(run.state.tasks) if t.node == target and not t.parent)
    run.open_task(node, task.split, task.branch, sent_by="return", **({"assignee": earlier.by} if earlier.by else {}))


def _reassign(run: Run) -> None:
    """转办: another person or post of the house does it."""
    task = may.reassign(run, run.data.get("task"))
    payload: dict[str, Any] = {"task": task.no, "reason": run.text("reason", "转办原因")}
    if post := run.data.get("post"):
        if post not in run.defn.posts:
            raise run.refuse("post_unknown", "没有这个岗位。", field="post")
        payload["post"] = str(post)
    if account := run.data.get("account"):
        payload["account"] = int(account)
    if len(payload) == 2:
        raise run.refuse("missing_field", "请选择转给哪个岗位或哪位同事。", field="post")
    run.emit("task.reassigned", payload)


def _delegate(run: Run) -> None:
    """委派: a colleague prepares it and it comes back to who delegated it."""
    task = may.work(run, run.data.get("task"))
    account = run.data.get("account")
    if not account or int(account) == run.actor.account:
        raise run.refuse("missing_field", "请选择委派给哪位同事。", field="account")
    if task.delegator is not None:
        raise run.refuse("already_delegated", "这件工作是别人委派给您的,不能再委派。")
    run.emit(
        "task.delegated",
        {"task": task.no, "account": int(account), "delegator": run.actor.account, "reason": str(run.data.get("reason", ""))},
    )  # fmt: skip


def _add_signer(run: Run) -> None:
    """加签: another post gives its opinion before this step can be finished."""
    task = may.work(run, run.data.get("task"))
    post = str(run.data.get("post", ""))
    if post not in run.defn.posts:
        raise run.refuse("post_unknown", "没有这个岗位。", field="post")
    if any(t.parent == task.no and t.post == post for t in run.state.open_tasks):
        raise run.refuse("already_cosigning", "已经请这个岗位会签。")
    payload: dict[str, Any] = {
        "node": task.node, "post": post, "split": task.split, "branch": f"{task.branch}+{post}",
        "sent_by": "cosign", "parent": task.no, "generation": 1 + sum(1 for t in run.state.tasks if t.parent == task.no),
    }  # fmt: skip
    if task.limit is not None:
        payload["limit"] = limit_out(task.limit)
        if task.due is not None:
            payload["due"] = task.due.isoformat()
    run.emit("task.opened", payload)


def _urge(run: Run) -> None:
    """催办: a reminder on record to whoever has it now."""
    may.urge_now(run)
    tasks = [t for t in run.state.open_tasks if t.kind == "human"]
    if not tasks:
        raise run.refuse("nobody_has_it", "现在没有人在办,不需要催办。")
    words = str(run.data.get("words", "")).strip()
    for task in tasks:
        run.emit("task.urged", {"task": task.no, "words": words})


# 决定、送达


def _decide_task(run: Run, task: Task, node: Node, outcome: str) -> None:
    """决定: granted, partly granted or denied; a denial names reason and remedy (行政许可法第三十八条)."""
    if outcome not in DECISIONS:  # e.g. sent on to a meeting: an ordinary step
        _done(run, task, outcome)
        _go_on(run, task, node, outcome)
        return
    payload: dict[str, Any] = {"outcome": outcome, "reason": "", "remedy": ""}
    if outcome == "denied" and not run.forcing():
        payload["reason"] = run.text("reason", "不予许可的理由")
        payload["remedy"] = run.text("remedy", "救济途径")
    else:
        payload["reason"] = str(run.data.get("reason", "")).strip()
        payload["remedy"] = str(run.data.get("remedy", "")).strip()
    if document := str(run.data.get("document", "")).strip():
        payload["document"] = document
    if run.defn.terms.discretion and outcome != "denied":
        payload["discretion"] = _discretion(run)
    _done(run, task, outcome)
    if node.multi is not None:  # decided by several: the last one makes the decision
        _go_on(run, task, node, outcome)
        return
    payload["clocks"] = run.arm("delivery", run.defn.terms.delivery, run.at)
    run.emit("decision.made", payload)
    if outcome != "denied":
        run.issue_result(run.data.get("certificate") or {})
    run.leave(node, task.split, task.branch)


def _discretion(run: Run) -> dict[str, Any]:
    """裁量: the band and the amount; leaving the band needs a reason and is on record (行政处罚法第三十四条)."""
    bands = run.defn.terms.discretion.get("bands", [])
    level = run.text("band", "裁量阶次")
    band = next((b for b in bands if b["level"] == level), None)
    if band is None:
        raise run.refuse("band_unknown", "没有这个裁量阶次。", bands=[b["level"] for b in bands])
    try:
        amount = Decimal(str(run.data.get("amount", "")))
    except InvalidOperation:
        raise run.refuse("missing_field", "请填写处罚数额。", field="amount") from None
    inside = Decimal(str(band["min"])) <= amount <= Decimal(str(band["max"]))
    chosen: dict[str, Any] = {"band": level, "amount": str(amount), "inside": inside}
    if not inside:
        chosen["reason"] = run.text("discretion_reason", "偏离裁量基准的理由(须经集体讨论)")
    return chosen


def _deliver_task(run: Run, task: Task, node: Node, outcome: str) -> None:
    """送达: how and to whom (行政许可法第四十四条)."""
    method = run.text("method", "送达方式")
    _done(run, task, outcome)
    payload = {"method": method, "receiver_signed": bool(run.data.get("receiver_signed", True))}
    if express := str(run.data.get("express", "")).strip():
        payload["express"] = express
    if certificate := run.data.get("certificate"):
        run.issue_result(certificate)
    run.emit("case.delivered", payload)
    run.leave(node, task.split, task.branch)


# 撤回、终止、收费、备注


def _withdraw(run: Run) -> None:
    """撤回: the applicant takes the application back, any time before the decision."""
    may.withdraw_now(run)
    run.emit("case.withdrawn", {"reason": str(run.data.get("reason", "")).strip()})
    run.close("withdrawn")


def _terminate(run: Run) -> None:
    """终止: by law, with reason and basis, by who may approve (e.g. 行政许可法第四十二条以外的法定终止情形)."""
    may.terminate_now(run)
    run.emit("case.terminated", {"reason": run.text("reason", "终止理由"), "basis": run.text("basis", "依据")})
    run.close("terminated")


def _charge(run: Run) -> None:
    """收费: only by the version's table (行政许可法第五十八、五十九条)."""
    may.handle_now(run)
    terms = run.defn.terms
    name = run.text("name", "收费项目")
    fee = terms.fees.get(name) or next((f for f in terms.fees.values() if f.name == name), None)
    try:
        amount = Decimal(str(run.data.get("amount", fee.amount if fee else "")))
    except InvalidOperation:
        raise run.refuse("missing_field", "请填写收费金额。", field="amount") from None
    reduced = str(run.data.get("reduced", "")).strip()
    forced: list[str] = []
    if amount < 0:
        raise run.refuse("out_of_range", "金额不能为负。", field="amount")
    wrong = None
    if fee is None:
        wrong = ("fee_not_listed", "本事项不收这项费用。")
    elif fee.amount is not None and amount > fee.amount:
        wrong = ("fee_above_standard", f"超过收费标准 {fee.amount} 元。")
    elif fee.amount is not None and amount < fee.amount and not reduced:
        wrong = ("fee_reduction_basis", "低于收费标准,请填写减免依据。")
    if wrong is not None:
        if not run.forcing():
            raise run.refuse(*wrong)
        forced.append(wrong[0])
    payload: dict[str, Any] = {"name": fee.name if fee else name, "amount": str(amount)}
    if fee is not None:
        payload["standard"] = fee.standard
    for key, value in (("bill", str(run.data.get("bill", "")).strip()), ("reduced", reduced)):
        if value:
            payload[key] = value
    if forced:
        payload["forced"] = forced
    run.emit("fee.charged", payload)


def _pay(run: Run) -> None:
    """缴费: the fee is paid; a payment step that waited for it goes on."""
    name = run.text("name", "收费项目")
    fee = next((f for f in run.state.fees if f.name == name and f.paid is None), None)
    if fee is None:
        raise run.refuse("nothing_to_pay", "没有待缴的这项费用。")
    run.emit("fee.paid", {"name": name, "bill": run.text("bill", "缴款单号")})
    for task in run.state.open_tasks:
        node = run.defn.flow.nodes[task.node]
        waits_for = run.defn.terms.fees.get(node.text) if task.kind == "payment" else None
        if waits_for is not None and waits_for.name == name:
            _done(run, task, "paid")
            run.leave(node, task.split, task.branch)


def _note(run: Run) -> None:
    may.see(run)
    run.emit("note.added", {"text": run.text("text", "备注内容")})


# sub-cases and time


def _child_concluded(run: Run) -> None:
    """A sub-case of a joint approval has ended: its member arrives at the lead's section."""
    may.be_system(run)
    member = run.text("member", "子办件事项")
    task = next((t for t in run.state.open_tasks if t.kind == "subcase" and t.branch == member), None)
    if task is None:  # deemed agreed before, or the section is closed: on record all the same
        run.emit("child.concluded", {"member": member, "result": str(run.data.get("result", "")), "late": True})
        return
    result = run.text("result", "子办件结果")
    run.emit("child.concluded", {"member": member, "result": result, "case": run.data.get("child")})
    _done(run, task, result, **({"child": run.data["child"]} if run.data.get("child") else {}))
    _go_on(run, task, run.defn.flow.nodes[task.node], result)


def _tick(run: Run) -> None:
    """Time has passed: everything that the law or the flow attaches to its passing now happens."""
    may.be_system(run)
    for _ in range(MOST_AT_ONCE):
        end = wake(run.defn, run.state)
        if end is None or end > run.now:
            return
        _time_passed(run, end)


MOST_AT_ONCE = 50


def _time_passed(run: Run, end: datetime) -> None:
    state = run.state
    acceptance, notice = state.clock("acceptance"), state.clock("correction")
    if state.phase == "applied" and acceptance is not None and acceptance.due == end:
        _deem_accepted(run)
    elif notice is not None and notice.stopped is None and notice.due == end:
        _lapse(run)
    else:
        task = next(
            t for t in state.open_tasks if t.due == end and _passes_by_itself(run.defn.flow.nodes[t.node], t)
        )
        node = run.defn.flow.nodes[task.node]
        if task.kind in ("wait", "notice"):
            _done(run, task, "elapsed")
        else:
            assert node.silence is not None
            run.emit("opinion.deemed_agreed", {"task": task.no, "outcome": node.silence.outcome, "basis": node.silence.basis})
            _done(run, task, node.silence.outcome, deemed=True)
        _go_on(run, task, node, run.state.tasks[task.no - 1].outcome)


def _deem_accepted(run: Run) -> None:
    """逾期不告知补正的,自收到申请之日起即为受理 (行政许可法第三十二条第四项)."""
    task = next((t for t in run.state.open_tasks if run.defn.flow.nodes[t.node].duty == "accept"), None)
    started = run.state.corrections[-1].supplied if run.state.corrections else run.state.applied
    since = started or run.at
    if task is not None:
        _done(run, task, "accept", deemed=True)
    run.emit("case.deemed_accepted", {"as_of": since.isoformat(), "clocks": _case_clocks(run, since)})
    if task is not None:
        run.leave(run.defn.flow.nodes[task.node], task.split, task.branch)


def _lapse(run: Run) -> None:
    """逾期不补正: before acceptance the case ends (补正不来办结); after it the clocks go on and the office decides."""
    before = run.state.corrections[-1].before_acceptance
    run.emit("correction.lapsed", {} if before else {"dues": run.dues_on_resuming(run.at)})
    if before:
        run.close("lapsed")


COMMANDS: dict[str, Callable[[Run], None]] = {
    "submit": _submit,
    "claim": _claim,
    "release": _release,
    "complete": _complete,
    "accept": _accept,
    "refuse": _refuse,
    "request_correction": _request_correction,
    "supply": _supply,
    "suspend": _suspend,
    "resume": _resume,
    "extend": _extend,
    "send_back": _send_back,
    "reassign": _reassign,
    "delegate": _delegate,
    "add_signer": _add_signer,
    "urge": _urge,
    "withdraw": _withdraw,
    "terminate": _terminate,
    "charge": _charge,
    "pay": _pay,
    "note": _note,
    "child_concluded": _child_concluded,
    "tick": _tick,
}
AFTER_CLOSING = frozenset({"note", "child_concluded", "pay", "tick"})
