"""Finishing steps: acceptance, review, decision, delivery, and what each duty asks in law."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from tongban.base.calendar import CHINA
from tongban.engine.errors import Instead
from tongban.engine.flow import GATHER, Choice, Node
from tongban.engine.machine import joint, may, notice
from tongban.engine.machine.run import Run, done, ticked
from tongban.engine.state import Task

DECISIONS = {"granted": "准予", "partial": "部分准予", "denied": "不予"}
# 行政复议法第二十条、行政诉讼法第四十六条
BY_POST = "邮寄"
REMEDY = "自收到决定之日起六十日内可以申请行政复议，或者六个月内提起行政诉讼。"

# working on tasks


def claim(run: Run) -> None:
    """签收: the person takes a free task in their name."""
    task = may.take(run, run.data.get("task"))
    if task.assignee == run.actor.account:
        raise run.refuse("already_claimed", "这件工作已经在您名下。")
    run.emit("task.claimed", {"task": task.no})


def release(run: Run) -> None:
    """退签: the task is free again for its post."""
    task = may.take(run, run.data.get("task"))
    if task.assignee != run.actor.account:
        raise run.refuse("not_claimed", "这件工作不在您名下。")
    run.emit("task.released", {"task": task.no})


def complete(run: Run) -> None:
    """办理: finish a step with one of its outcomes; duties add what the law asks of that step."""
    task = may.work(run, run.data.get("task"))
    node = run.defn.flow.nodes[task.node]
    if not task.parent and task.delegator is not None and task.assignee == run.actor.account:
        _hand_back(run, task, task.delegator)
        return
    may.nothing_cosigning(run, task)
    if task.parent:
        _finish_cosign(run, task)
        return
    outcome = str(run.data.get("outcome") or (node.choices[0].key if len(node.choices) == 1 else ""))
    if node.duty == "accept":
        if outcome == "refuse":
            _refuse_task(run, task)
        else:
            _accept_task(run, task, outcome)
        return
    _chosen(run, node, outcome, node.choices)
    if node.duty in ("decide", "deliver"):
        may.not_paused(run)
    if node.key == GATHER:
        _gather_task(run, task, outcome)
    elif node.duty == "decide":
        _decide_task(run, task, node, outcome or "granted")
    elif node.duty == "deliver":
        _deliver_task(run, task, node, outcome)
    else:
        done(run, task, outcome)
        go_on(run, task, node, outcome)


def _hand_back(run: Run, task: Task, to: int) -> None:
    opinion = run.text("opinion", "办理意见")
    run.emit("task.handed_back", {"task": task.no, "account": to, "opinion": opinion})


NEEDS = {"opinion": "办理意见", "reason": "理由", "remedy": "救济途径", "basis": "依据"}


def _chosen(run: Run, node: Node, outcome: str, among: tuple[Choice, ...]) -> None:
    """The outcome is one of these, and what it asks for is given. Raises Refused: "choose_outcome", "missing_field"."""
    choice = next((c for c in among if c.key == outcome), None)
    if among and choice is None:
        raise run.refuse("choose_outcome", "请选择办理结论。", outcomes=[c.key for c in among])
    for need in choice.needs if choice is not None else ():
        if need == "checklist":
            _all_ticked(run, node)
        else:
            run.text(need, NEEDS.get(need, need))


def _all_ticked(run: Run, node: Node) -> None:
    if len(ticked(run, node)) < len(node.checklist):
        raise run.refuse(
            "missing_field", "请逐项核对审查要点；有一项不能确认，就不能这样办。", field="checklist"
        )


def go_on(run: Run, task: Task, node: Node, outcome: str) -> None:
    """After a step: its 会签 or joint section counts it, anything else moves on."""
    if node.multi is not None:
        counts = not node.multi.counts or outcome in node.multi.counts
        run.arrive(task.split, node, counts=counts)
    elif node.kind == "subcase":
        run.arrive(task.split, node, counts=outcome in ("granted", "partial", "done", "deemed"))
    else:
        run.leave(node, task.split, task.branch)


def _gather_task(run: Run, task: Task, outcome: str) -> None:
    """汇总补正: the one notice to the applicant, or the proposals back to their departments."""
    if outcome == "send":
        may.notify_now(run)
        notice.ask(run, task)
        return
    done(run, task, outcome)
    joint.give_back(run, reason=str(run.data["reason"]).strip())


def _finish_cosign(run: Run, task: Task) -> None:
    run.text("opinion", "会签意见")
    done(run, task, str(run.data.get("outcome", "")))


# 受理


def accept(run: Run) -> None:
    """受理, as a standing action."""
    _accept_task(run, may.duty(run, "accept"))


def _accept_task(run: Run, task: Task, outcome: str = "") -> None:
    """受理: the case is taken on and its clocks begin (行政许可法第三十二、四十二条).

    Where the step knows several ways of taking it on, one is chosen and stands in the state (`taken_on`). A step with
    `since` has the limits run from that date of the form.
    """
    may.accept_now(run)
    node = run.defn.flow.nodes[task.node]
    ways = tuple(c for c in node.choices if c.key != "refuse")
    if len(ways) > 1:
        _chosen(run, node, outcome, ways)
    supplied = may.materials(run)
    missing = may.missing_materials(run, {**run.state.materials, **supplied})
    forced: list[str] = []
    if missing:
        if not run.forcing():
            raise run.refuse(
                "materials_missing",
                may.listed("必备材料不齐，不能受理：", missing),
                Instead("request_correction", "一次性告知补正"),
                materials=list(missing),
            )
        forced.append("materials_missing")
    done(run, task, outcome if len(ways) > 1 else "accept")
    payload: dict[str, Any] = {"clocks": run.case_clocks(_since(run, node))}
    if len(ways) > 1:
        payload["way"] = {"outcome": outcome, "reason": str(run.data.get("reason", "")).strip()}
    if supplied:
        payload["materials"] = supplied
    if forced:
        payload["forced"] = forced
    run.emit("case.accepted", payload)
    run.leave(run.defn.flow.nodes[task.node], task.split, task.branch)


def _since(run: Run, node: Node) -> datetime:
    """From when the case's limits run: now, or the date of the form that the step names. Raises Refused."""
    if not node.since:
        return run.at
    try:
        day = date.fromisoformat(str(run.facts.form.get(node.since, "")))
    except ValueError:
        raise run.refuse("missing_field", "没有写明起算的日期。", field=node.since) from None
    if day > run.at.date():
        raise run.refuse("out_of_range", "起算的日期不能晚于今天。", field=node.since)
    return min(run.at, datetime.combine(day, time(), CHINA))


def refuse(run: Run) -> None:
    """不予受理, as a standing action."""
    _refuse_task(run, may.duty(run, "accept"))


def _refuse_task(run: Run, task: Task) -> None:
    """不予受理: with reason and remedy, in writing (行政许可法第三十二、三十八条)."""
    may.refuse_now(run, task)
    reason, remedy = str(run.data.get("reason", "")).strip(), str(run.data.get("remedy", "")).strip()
    if not run.forcing():
        reason = run.text("reason", "不予受理的理由")
        remedy = run.text("remedy", "救济途径")
    done(run, task, "refuse")
    run.emit("case.refused", {"reason": reason, "remedy": remedy})
    run.close("refused")


# 决定、送达


def _decide_task(run: Run, task: Task, node: Node, outcome: str) -> None:
    """决定: granted, partly granted or denied; a denial names reason and remedy (行政许可法第三十八条)."""
    if outcome not in DECISIONS:  # e.g. sent on to a meeting: an ordinary step
        done(run, task, outcome)
        go_on(run, task, node, outcome)
        return
    payload: dict[str, Any] = {"outcome": outcome, **_grounds(run, outcome)}
    if document := str(run.data.get("document", "")).strip():
        payload["document"] = document
    if run.defn.terms.discretion and outcome != "denied":
        payload["discretion"] = _discretion(run)
    done(run, task, outcome)
    split, branch = task.split, task.branch
    if node.multi is not None:  # decided by several: the vote that closes the section makes the decision
        votes_for = outcome in (node.multi.counts or ("granted", "partial"))
        if not run.count(task.split, node, counts=votes_for):
            return
        section = run.state.splits[task.split - 1]
        split, branch = section.outer, section.outer_branch
        if section.agreed < section.need and outcome != "denied":
            payload |= {"outcome": "denied", "reason": "会签没有通过", "remedy": REMEDY}
        elif section.agreed >= section.need and outcome == "denied":
            payload |= {"outcome": "granted", "reason": "", "remedy": ""}
    payload["clocks"] = run.arm("delivery", run.defn.terms.delivery, run.at)
    run.emit("decision.made", payload)
    if payload["outcome"] != "denied":
        run.issue_result(run.data.get("certificate") or {})
    run.leave(node, split, branch)


def _grounds(run: Run, outcome: str) -> dict[str, Any]:
    """Reason and remedy of a decision, and the objections it goes against."""
    if outcome == "denied" and not run.forcing():
        return {"reason": run.text("reason", "不予许可的理由"), "remedy": run.text("remedy", "救济途径")}
    said = {name: str(run.data.get(name, "")).strip() for name in ("reason", "remedy")}
    return said | (_against(run, may.objections(run)) if outcome == "granted" else {})


def _against(run: Run, objectors: tuple[Task, ...]) -> dict[str, Any]:
    """A department disagrees: by the matter's rule nothing is granted (veto), or the lead grants with reasons."""
    policy = run.defn.terms.joint.objection if objectors else ""
    names = "、".join(dict.fromkeys(run.defn.flow.nodes[t.node].name or t.node for t in objectors))
    if policy == "veto":
        raise run.refuse(
            "vetoed", f"“{names}”有部门不同意，按本事项的规定不能准予。", tasks=[t.no for t in objectors]
        )
    if policy != "lead":
        return {}
    return {
        "reason": run.text("reason", f"不采纳不同意见的理由（“{names}”）"),
        "objections": [t.no for t in objectors],
    }


def _discretion(run: Run) -> dict[str, Any]:
    """裁量: the band and the amount; leaving the band needs a reason and is on record (行政处罚法第三十四条)."""
    bands = run.defn.terms.discretion.get("bands", [])
    level = run.text("band", "裁量阶次")
    band = next((b for b in bands if b["level"] == level), None)
    if band is None:
        raise run.refuse("band_unknown", "没有这个裁量阶次。", bands=[b["level"] for b in bands])
    amount = run.amount("处罚数额")
    inside = Decimal(str(band["min"])) <= amount <= Decimal(str(band["max"]))
    chosen: dict[str, Any] = {"band": level, "amount": f"{amount:f}", "inside": inside}
    reason, discussion = (str(run.data.get(name, "")).strip() for name in ("discretion_reason", "discussion"))
    if not inside and not run.forcing():
        reason = run.text("discretion_reason", "偏离裁量基准的理由（须经集体讨论）")
        discussion = run.text("discussion", "集体讨论记录")
    circumstances = run.texts("circumstances", "裁量情节")
    said = {"reason": reason, "discussion": discussion, "circumstances": circumstances}
    return chosen | {name: value for name, value in said.items() if value}


def _deliver_task(run: Run, task: Task, node: Node, outcome: str) -> None:
    """送达: how and to whom (行政许可法第四十四条)."""
    method = run.text("method", "送达方式")
    done(run, task, outcome)
    payload = {"method": method, "receiver_signed": bool(run.data.get("receiver_signed", True))}
    if express := str(run.data.get("express", "")).strip():
        payload["express"] = express
    elif method == BY_POST:
        payload["express_missing"] = True  # told without it: on record, and nobody makes one up
    if certificate := run.data.get("certificate"):
        run.issue_result(certificate)
    run.emit("case.delivered", payload)
    run.leave(node, task.split, task.branch)
