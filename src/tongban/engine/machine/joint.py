"""Joint approval (并联审批) within one case: what a member asks, what the lead gathers and sends, who disagrees.

A member asks the applicant for nothing itself. It proposes; the lead gathers the proposals and sends one notice; the
applicant answers once, to the lead; every member gets its part. What crosses from case to case travels as commands of
the system (`engine/joint.py`).
"""

from dataclasses import replace
from typing import Any

from tongban.base.calendar import CHINA
from tongban.engine.errors import Instead
from tongban.engine.flow import GATHER
from tongban.engine.machine import may
from tongban.engine.machine.run import Run, done
from tongban.engine.state import Correction, Proposal, Task

# at a member


def propose(run: Run, task: Task, items: list[str]) -> None:
    """补正建议: a member tells the lead what the applicant has to mend.

    After the one notice it is refused (行政许可法第三十二条: 一次告知全部内容); by force, with reason, it goes to the
    lead marked as late.
    """
    payload: dict[str, Any] = {"items": items, "task": task.no}
    if run.state.noticed is not None:
        if not run.forcing():
            day = run.state.noticed.astimezone(CHINA)
            raise run.refuse(
                "notice_sent",
                f"牵头单位已于{day.month}月{day.day}日一次性告知申请人，逾期提出的补正不再告知。"
                "确需再次告知的，由有权限的人员说明理由后强制提出。",
                Instead("accept", "受理"),
                Instead("refuse", "不予受理"),
            )
        reason = run.text("reason", "再次告知的理由")
        payload |= {"late": True, "forced": ["second_correction"], "reason": reason}
    run.emit("correction.proposed", payload)


def take_notice(run: Run) -> None:
    """告知转达: the lead has sent its one notice, with what this member proposed (`items`) or without anything of it."""
    may.be_system(run)
    items = [str(i) for i in run.data.get("items", ())]
    if not items or run.state.phase not in ("applied", "accepted"):
        run.emit("correction.noticed", {"items": items} if items else {})
        return
    payload: dict[str, Any] = {
        "items": items, "before": run.state.phase == "applied", "task": 0, "via": "lead",
        "limit": list(run.data.get("limit", ())), "due": run.data.get("due"),
    }  # fmt: skip
    run.emit("correction.requested", payload)


def take_back(run: Run) -> None:
    """建议退回: the lead does not pass the proposal on."""
    may.be_system(run)
    if run.state.proposed:
        run.emit("correction.returned", {"reason": run.text("reason", "退回原因")})


# at the lead


def gather(run: Run) -> None:
    """汇总: a member's proposal has come. The lead's window gets a step with a limit of its own.

    What comes after the one notice (or after the decision) goes back, unless it was forced.
    """
    may.be_system(run)
    state = run.state
    said: dict[str, Any] = {"member": run.text("member", "协办事项")}
    if case := run.data.get("case"):
        said["case"] = case
    late = bool(run.data.get("late"))
    why = ""
    if GATHER not in run.defn.flow.nodes:
        why = "主办件没有牵头窗口，请直接与主办单位联系。"
    elif state.phase in ("decided", "closed"):
        why = "联办件已经作出决定。"
    elif _sent(state.corrections) and not late:
        why = "一次性告知已经发出，逾期提出的补正不再告知。"
    if why:
        run.emit("correction.returned", {**said, "reason": why})
        return
    said["items"] = [str(i) for i in run.data.get("items", ())]
    if late:
        said["late"] = True
    run.emit("correction.gathered", said)
    if _gathering(run) is None:
        step = replace(run.defn.flow.nodes[GATHER], limit=run.defn.terms.joint.gather)
        run.open_task(step, 0, "")


def merged(run: Run, items: list[str]) -> list[str]:
    """What the lead wrote, and whatever of the proposals it left out: one notice names everything."""
    return list(dict.fromkeys([*items, *(i for p in run.state.proposed for i in p.items)]))


def asked_before(run: Run) -> bool:
    """Whether a notice of this sort went out: the lead's own (收件时), or the gathered one (各部门审查时)."""
    gathered = bool(run.state.proposed)
    return any(bool(c.members) == gathered for c in run.state.corrections)


def gathered(run: Run) -> None:
    """The notice goes out: the gathering step is done, by whoever sends it."""
    if step := _gathering(run):
        done(run, step, "send")


def pass_on(run: Run, proposals: tuple[Proposal, ...], notice: dict[str, Any]) -> None:
    """Tell every member still at work that the notice is out, and its own part of it."""
    for task in run.state.open_tasks:
        if task.kind != "subcase":
            continue
        told: dict[str, Any] = {"member": task.branch, "limit": notice["limit"], "due": notice.get("due")}
        if own := [i for p in proposals if p.member == task.branch for i in p.items]:
            told["items"] = own
        run.emit("correction.passed", told)


def share(run: Run, notice: Correction, given: dict[str, Any]) -> None:
    """The applicant's one answer, for every member whose words stood in the notice and who is still at work."""
    said: dict[str, Any] = {key: given[key] for key in ("materials", "note") if key in given}
    for task in run.state.open_tasks:
        if task.kind == "subcase" and task.branch in notice.members:
            run.emit("correction.shared", {"member": task.branch, **said})


def give_back(run: Run, member: str = "", reason: str = "") -> None:
    """Return proposals (of one member, or all) that will not be passed on; the gathering ends when none is left."""
    for p in run.state.proposed:
        if member in ("", p.member):
            said: dict[str, Any] = {"member": p.member, "reason": reason}
            run.emit("correction.returned", said if p.case is None else {**said, "case": p.case})


def nothing_left(run: Run) -> None:
    """Close the gathering step when no proposal waits any more (the member has decided meanwhile)."""
    step = _gathering(run)
    if step is not None and not run.state.proposed:
        run.emit("task.cancelled", {"task": step.no})


def _gathering(run: Run) -> Task | None:
    return next((t for t in run.state.open_tasks if t.node == GATHER), None)


def _sent(corrections: tuple[Correction, ...]) -> bool:
    return any(c.members for c in corrections)
