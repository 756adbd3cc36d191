"""What consultation declares to the engine: its kind, and that an answer is kept when the case is answered."""

from typing import Any

from tongban.engine.kinds import Change, Erasure, Kind, on_erasure, register_kind, subscribe
from tongban.engine.people import ERASED
from tongban.engine.queries import WHO

CONSULTATION = Kind("consultation", "咨询", number_prefix="ZX", house=True)
NODE = "answer"


def answered(change: Change) -> None:
    """In the transaction of the answer: keep its words beside the question."""
    task = change.facts.state.task(int(change.event.payload["task"]))
    if task is None or task.node != NODE:
        return
    _keep(change.facts.case_id, str(change.event.payload.get("opinion", "")), change.event.at)


def refused(change: Change) -> None:
    """A question that is not theirs is answered with the reason and whom to ask."""
    said = change.event.payload
    words = "\n".join(str(said[key]) for key in ("reason", "remedy") if said.get(key))
    _keep(change.facts.case_id, words, change.event.at)


def declare() -> None:
    """Called once, when the programme starts."""
    register_kind(CONSULTATION)
    subscribe("task.done", answered, of=CONSULTATION.key)
    subscribe("case.refused", refused, of=CONSULTATION.key)
    on_erasure(forget)


def forget(erasure: Erasure) -> None:
    """With who asked go their words; the answer is the office's and stays."""
    from tongban.platforms.consultation.models import Consultation

    if erasure.path == WHO:
        Consultation.objects.filter(pk=erasure.case_id).update(question=ERASED, text="")


def _keep(case_id: int, words: str, at: Any) -> None:
    from tongban.platforms.consultation.models import Consultation

    Consultation.objects.filter(pk=case_id).update(answer=words, answered_at=at)
