"""预受理: papers are looked at before they are applied with, within a time the matter promises (`limits.precheck`).

What is found ready becomes the application as it stands: same number, same form, same files. What is not is told at
once; the applicant fills it in and asks again, applies all the same (nobody is kept from applying), or lets it lapse.
No clock of the law runs before the application.
"""

from typing import Any

from tongban.engine import clock
from tongban.engine.errors import Instead
from tongban.engine.machine import may
from tongban.engine.machine.apply import limit_out
from tongban.engine.machine.run import Run, done
from tongban.engine.state import Limit

OUTCOMES = {"passed": "齐全，转为正式申请", "incomplete": "还不齐全", "returned": "不符合申请条件"}
#: What may be done to a case that is only being looked at.
COMMANDS = frozenset(
    {
        "claim", "release", "reassign", "answer_precheck", "ask_precheck", "apply", "withdraw", "urge", "note",
        "name_party", "answer_party", "end_party", "tick", "find", "handle_finding", "anchor",
    }
)  # fmt: skip


def begin(run: Run, payload: dict[str, Any]) -> None:
    """The case begins by being looked at; `payload` is what it would have been applied for with."""
    _ask(run, payload)


def ask(run: Run) -> None:
    """再次预审: after an answer that something is missing, with what has been filled in."""
    may.present_now(run)
    payload: dict[str, Any] = {}
    if materials := may.handed(run):
        payload["materials"] = materials
    if "application" in run.data:
        payload["application"] = run.data["application"]
    if note := run.own_words("note"):
        payload["note"] = note
    _ask(run, payload)


def answer(run: Run) -> None:
    """预受理答复: ready, incomplete with everything that is missing, or returned with the reason."""
    outcome = str(run.data.get("outcome", ""))
    if outcome not in OUTCOMES:
        raise run.refuse("choose_outcome", "请选择预受理结论。", outcomes=list(OUTCOMES))
    items = run.texts("items", "还缺的内容")
    words = str(run.data.get("words", "")).strip()
    told: dict[str, Any] = {"outcome": outcome}
    told |= {name: said for name, said in (("items", items), ("words", words)) if said}
    if run.state.phase != "precheck":  # what another system looked at before it took the application on
        may.record_precheck(run)
        run.emit("precheck.answered", told)
        return
    task = may.answer_precheck(run)
    if outcome == "incomplete" and not items:
        raise run.refuse("missing_field", "请一次写全还缺什么。", field="items")
    if outcome == "returned":
        run.text("words", "不符合条件的说明")
    missing = may.missing_materials(run, run.state.materials) if outcome == "passed" else {}
    if missing:
        raise run.refuse(
            "materials_missing",
            may.listed("必备材料不齐，不能转为正式申请：", missing),
            Instead("answer_precheck", "答复还不齐全"),
            materials=list(missing),
        )
    done(run, task, outcome)
    if outcome != "passed":
        until = clock.due(run.defn.calendar, run.defn.terms.correction, run.at, ())
        told |= {} if until is None else {"until": until.isoformat()}
    run.emit("precheck.answered", told)
    if outcome == "passed":
        run.begin({"kind": run.state.kind, "materials": {}})


def apply_now(run: Run) -> None:
    """正式申请: the applicant applies, whatever was said of the papers; nothing has to be handed in again."""
    may.apply_formally(run)
    materials = may.handed(run)
    if run.facts.channel == "web":
        missing = may.missing_materials(run, {**run.state.materials, **materials})
        if missing:
            raise run.refuse(
                "materials_missing", may.listed("还缺少必要材料：", missing), materials=list(missing)
            )
    for task in run.state.open_tasks:
        run.emit("task.cancelled", {"task": task.no})
    payload: dict[str, Any] = {"kind": run.state.kind, "materials": materials}
    if "application" in run.data:
        payload["application"] = run.data["application"]
    run.begin(payload)


def lapse(run: Run) -> None:
    """Nothing came after the answer: what was never applied for ends, and counts as no case."""
    run.emit("precheck.lapsed")
    run.close("lapsed")


def _ask(run: Run, payload: dict[str, Any]) -> None:
    limit = run.defn.terms.precheck
    node = next((n for n in run.defn.flow.nodes.values() if n.duty == "accept" and n.multi is None), None)
    if limit is None or node is None or run.defn.terms.by_office:
        raise run.refuse("no_precheck", "这个事项不办预受理，请直接申请。", Instead("submit", "申请"))
    running = run.arm("precheck", limit, run.at)
    run.emit("precheck.asked", payload | {"clocks": running})
    step: dict[str, Any] = {
        "sent_by": "precheck",
        "limit": limit_out(Limit(limit.amount, limit.unit, counted=False)),
    }
    if running[0].get("due"):
        step["due"] = running[0]["due"]
    run.open_task(node, 0, "", **step)
