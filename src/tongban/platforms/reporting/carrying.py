"""From an object to commands of its case: what it waits for, what it asks the engine to do. Writes nothing.

A reported object tells what has happened. Guards that a person may override with a reason are overridden, and the
reason is on record: what was done wrongly is carded, not refused and not put right.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tongban.engine.appending import Course
from tongban.engine.definition import Definition
from tongban.engine.errors import Refused
from tongban.engine.state import State, Task
from tongban.platforms.reporting.objects import (
    NAMES,
    Acceptance,
    CorrectionNotice,
    CorrectionSupplied,
    Decision,
    Delivery,
    PreAcceptance,
    Reported,
    SpecialProcedureEnd,
    SpecialProcedureStart,
    Step,
)

REASON = "业务系统报送"
PERSONAL = {
    "applicant",
    "id_type",
    "id_number",
    "phone",
    "receiver",
    "form",
    "title",
}  # never in the clear in a chain
EXTENSION = frozenset({"extension", "延长审批"})
Told = tuple[str, Mapping[str, Any]]  # type and data of a command


def waits_for(course: Course, reported: Reported, last_step: int) -> str:
    """The type of the object that has to come first, where the object itself does not say; "" when it may go.

    Asked only of objects without `no`: those with one wait for the number before.
    """
    state = course.state
    if state.phase in ("applied", "correcting") and not isinstance(
        reported, PreAcceptance | Acceptance | CorrectionNotice | CorrectionSupplied
    ):
        if isinstance(reported, Decision) and reported.outcome == "withdrawn":
            return ""
        return "correction_supplied" if state.phase == "correcting" else "acceptance"
    if state.phase == "correcting" and isinstance(reported, Acceptance):
        return "correction_supplied"
    match reported:
        case Step(step_no=no) if no is not None and no > last_step + 1:
            return "step"
        case CorrectionSupplied() if not _asked(state):
            return "correction_notice"
        case SpecialProcedureEnd() if not state.paused:
            return "special_procedure_start"
        case Decision() if state.paused:
            return (
                "correction_supplied" if state.pauses[-1].reason == "correction" else "special_procedure_end"
            )
        case Decision(outcome="granted" | "partial" | "denied") if _open(course, "decide") is None:
            return "step"
        case Delivery() if state.phase not in ("decided", "closed"):
            return "decision"
    return ""


def commands(course: Course, reported: Reported) -> Iterator[Told]:
    """The commands that record the object, one after the other. Raises Refused."""
    return _COMMANDS[reported.type](course, reported)


def amendment(reported: Reported) -> Iterator[Told]:
    """The command that records a corrected version of an object beside what was recorded before."""
    said = reported.model_dump(
        mode="json", exclude={"case", "matter", "key", "version", "type", "no"} | PERSONAL
    )
    told = "；".join(f"{name}={value}" for name, value in said.items() if value not in ("", None, [], {}))
    name = NAMES[reported.type]
    yield "note", {"text": f"业务系统更正“{name}”（第 {reported.version} 版）：{told}"[:4000]}


def _pre_acceptance(course: Course, reported: PreAcceptance) -> Iterator[Told]:
    yield "answer_precheck", {"outcome": reported.outcome, "words": reported.words}


def _acceptance(course: Course, reported: Acceptance) -> Iterator[Told]:
    if reported.outcome == "refused":
        yield "refuse", {"reason": reported.reason, "remedy": reported.remedy, "force": True}
    else:
        yield "accept", {"materials": reported.materials, "force": True}


def _notice(course: Course, reported: CorrectionNotice) -> Iterator[Told]:
    more = {"days": reported.days} if reported.days else {}
    yield (
        "request_correction",
        {"items": reported.items, "reason": reported.reason or REASON, "force": True, **more},
    )


def _supplied(course: Course, reported: CorrectionSupplied) -> Iterator[Told]:
    yield "supply", {"materials": reported.materials, "note": reported.words}


def _resumed(course: Course, reported: SpecialProcedureEnd) -> Iterator[Told]:
    yield "resume", {"outcome": reported.outcome}


def _special(course: Course, reported: SpecialProcedureStart) -> Iterator[Told]:
    if reported.procedure in EXTENSION:
        yield "extend", {"amount": reported.days, "reason": reported.reason or REASON, "force": True}
        return
    yield "suspend", {
        "procedure": reported.procedure, "days": reported.days, "basis": reported.basis or reported.reason,
        "document": reported.document, "approver": reported.approver, "force": True,
    }  # fmt: skip


def _step(course: Course, reported: Step) -> Iterator[Told]:
    task = _task_at(course, reported.step)
    if task is None:
        yield "skip_to", {"node": _node_named(course, reported.step)}
        task = _task_at(course, reported.step)
    if task is None:
        raise _not_open(course, reported.step)
    outcome = _outcome(course.definition, task, reported.outcome)
    yield "complete", {"task": task.no, "outcome": outcome, "opinion": reported.opinion, "method": REASON}


def _decision(course: Course, reported: Decision) -> Iterator[Told]:
    if reported.fee and reported.fee.strip("0."):
        name = reported.fee_name or next((f.name for f in course.definition.terms.fees.values()), "收费")
        yield (
            "charge",
            {
                "name": name,
                "amount": reported.fee,
                "bill": reported.bill,
                "reduced": reported.basis,
                "force": True,
            },
        )
        if reported.bill:
            yield "pay", {"name": name, "bill": reported.bill}
    if reported.outcome in ("withdrawn", "terminated"):
        type_ = "withdraw" if reported.outcome == "withdrawn" else "terminate"
        yield type_, {"reason": reported.reason or REASON, "basis": reported.basis or REASON}
        return
    task = _open(course, "decide")
    if task is None:
        node = next((n.key for n in course.definition.flow.nodes.values() if n.duty == "decide"), "")
        yield "skip_to", {"node": node}
        task = _open(course, "decide")
    if task is None:
        raise _not_open(course, "决定")
    data: dict[str, Any] = {
        "task": task.no, "outcome": reported.outcome, "reason": reported.reason, "remedy": reported.remedy,
        "document": reported.document, "force": True,
    }  # fmt: skip
    given = {
        "name": reported.result_name,
        "number": reported.result_number,
        "valid_until": reported.valid_until,
    }
    if any(given.values()):
        data["certificate"] = given
    yield "complete", data


def _delivery(course: Course, reported: Delivery) -> Iterator[Told]:
    task = _open(course, "deliver")
    if task is None:
        yield "note", {"text": f"领取登记：{reported.method}"}
        return
    yield "complete", {"task": task.no, "method": reported.method, "express": reported.express}


def _task_at(course: Course, step: str) -> Task | None:
    """The open task of the step of that code or name."""
    nodes = course.definition.flow.nodes
    return next((t for t in course.state.open_tasks if step in (nodes[t.node].key, nodes[t.node].name)), None)


def _node_named(course: Course, step: str) -> str:
    """The key of a step that has not been done yet. Raises Refused: step_unknown, step_not_open."""
    nodes = [n for n in course.definition.flow.nodes.values() if n.kind == "human"]
    found = next((n.key for n in nodes if step in (n.key, n.name)), None)
    if found is None:
        raise Refused(
            "step_unknown",
            f"流程里没有“{step}”这个环节。",
            detail={"steps": [n.name or n.key for n in nodes]},
        )
    if any(t.node == found and t.status == "done" for t in course.state.tasks):
        raise _not_open(course, step)
    return found


def _not_open(course: Course, step: str) -> Refused:
    nodes = course.definition.flow.nodes
    return Refused(
        "step_not_open", f"“{step}”环节已经办过，或者现在办不到。",
        detail={"open": [nodes[t.node].name or t.node for t in course.state.open_tasks]},
    )  # fmt: skip


def _outcome(defn: Definition, task: Task, said: str) -> str:
    choices = defn.flow.nodes[task.node].choices
    return next((c.key for c in choices if said in (c.key, c.name)), said)


def _open(course: Course, duty: str) -> Task | None:
    nodes = course.definition.flow.nodes
    return next((t for t in course.state.open_tasks if nodes[t.node].duty == duty), None)


def _asked(state: State) -> bool:
    last = state.corrections[-1] if state.corrections else None
    return last is not None and last.supplied is None and last.lapsed is None


_COMMANDS: Mapping[str, Callable[[Course, Any], Iterator[Told]]] = {
    "pre_acceptance": _pre_acceptance, "acceptance": _acceptance, "correction_notice": _notice,
    "correction_supplied": _supplied, "step": _step, "special_procedure_start": _special,
    "special_procedure_end": _resumed, "decision": _decision, "delivery": _delivery,
}  # fmt: skip
