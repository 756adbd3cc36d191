"""补正: what is missing is asked for once, and comes; in a joint approval through the lead (see `joint`)."""

from typing import Any

from tongban.engine import clock
from tongban.engine.errors import Instead
from tongban.engine.machine import joint, may
from tongban.engine.machine.apply import limit_out
from tongban.engine.machine.run import Run
from tongban.engine.state import Limit, Task


def request_correction(run: Run) -> None:
    """补正告知: everything that is missing, at once (行政许可法第三十二条). The clock does not run while we wait."""
    ask(run, may.ask(run))


def ask(run: Run, task: Task) -> None:
    """The notice itself: by a member of a joint approval a proposal to the lead, by anybody else to the applicant."""
    items = run.texts("items", "补正内容")
    proposals = () if may.member(run) else run.state.proposed
    if proposals:
        items = joint.merged(run, items)
    if not items:
        raise run.refuse("missing_field", "请列出需要补正的全部内容。", field="items")
    if may.member(run):
        joint.propose(run, task, items)
        return
    payload: dict[str, Any] = {"items": items, "before": run.state.phase == "applied", "task": task.no}
    if joint.asked_before(run):
        payload |= _once_more(run)
    limit = run.defn.terms.correction
    if days := run.data.get("days"):
        limit = Limit(run.whole(days, "补正期限", 1, 60), limit.unit)
    payload["limit"] = limit_out(limit)
    end = clock.due(run.defn.calendar, limit, run.at, ())
    if end is not None:
        payload["due"] = end.isoformat()
    if proposals:
        payload["members"] = list(dict.fromkeys(p.member for p in proposals))
    joint.gathered(run)
    run.emit("correction.requested", payload)
    joint.pass_on(run, proposals, payload)


def _once_more(run: Run) -> dict[str, Any]:
    if not run.forcing():
        raise run.refuse(
            "already_asked",
            "补正只能一次性告知，本件已经告知过。确需再次告知的，由有权限的人员说明理由后强制执行。",
            Instead("accept", "受理"),
            Instead("refuse", "不予受理"),
        )
    return {"forced": ["second_correction"], "reason": run.text("reason", "再次告知的理由")}


def begun_anew(run: Run) -> dict[str, Any]:
    """The case's limits count from now on again, those of its open steps go on."""
    steps = {k: due for k, due in run.dues_on_resuming(run.at).items() if k.startswith("task:")}
    return {"clocks": run.clocks_afresh(run.at), "dues": steps}


def supply(run: Run) -> None:
    """补正材料: what was asked for has come; acceptance begins to count again, or the stopped clocks go on."""
    may.supply_now(run)
    notice = run.state.corrections[-1]
    materials = may.handed(run)
    payload: dict[str, Any] = {}
    if materials:
        payload["materials"] = materials
    if "application" in run.data:
        payload["application"] = run.data["application"]
    if note := run.own_words("note"):
        payload["note"] = note
    payload["dues"] = run.dues_on_resuming(run.at)
    if not notice.before_acceptance and run.defn.terms.correction_restarts:
        payload |= begun_anew(run)
    if notice.before_acceptance and run.defn.terms.acceptance is not None:
        payload["clocks"] = run.arm_afresh("acceptance", run.defn.terms.acceptance, run.at)
    run.emit("correction.supplied", payload)
    joint.share(run, notice, payload)
