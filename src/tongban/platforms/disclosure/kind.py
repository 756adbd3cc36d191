"""What disclosure declares to the engine: releases and re-reviews as kinds of case, what the law adds, and who follows them."""

from tongban.engine.errors import Refused
from tongban.engine.kinds import (
    Change,
    Effect,
    Facts,
    Kind,
    on_effect,
    register_guard,
    register_kind,
    subscribe,
)
from tongban.engine.state import Command
from tongban.platforms.disclosure.standing import stand_of

RELEASE = Kind("release", "主动公开发布", number_prefix="FB", public=False)
REREVIEW = Kind("rereview", "定期评估审查", number_prefix="PS", public=False)
#: The publication limit runs from the signing: nothing stops it, nothing lengthens it (条例第二十六条).
_NO_DELAY = frozenset({"suspend", "extend", "request_correction", "charge"})
_SECRECY, _ASSESS = "secrecy", "assess"
#: After these events of a release its record may stand elsewhere.
_MOVES = ("task.opened", "case.accepted", "case.closed")
_DEEDS = {
    "register": "signed",
    "sign": "signed",
    "check": "checked",
    "passed": "reviewed",
    "returned": "returned",
}


def no_delay(command: Command, facts: Facts) -> None:
    """The publication limit is neither stopped nor lengthened."""
    if command.type in _NO_DELAY:
        raise Refused("not_permitted", "公开期限从签发之日起算，不能停止计时、延期或者补正。")


def another_person(command: Command, facts: Facts) -> None:
    """Nobody reviews what they wrote, changed or put a file to (先审查、后公开；审查由另一人).

    A guard and not a rule of the flow: it holds for every release, under whatever edition of the flow it began.
    """
    from tongban.platforms.disclosure.models import RecordCase
    from tongban.platforms.disclosure.services.deeds import has_written

    who = command.actor.account
    if command.actor.kind != "staff" or who is None or not facts.finished(_SECRECY):
        return
    row = RecordCase.objects.select_related("record").filter(pk=facts.case_id).first()
    if row is not None and has_written(who, row.record):
        raise Refused("same_person", "起草、修改过这份文件的人不能自己做保密审查，请另一位同志审查。")


def keep(change: Change) -> None:
    """In the transaction of what moved a release: its record stands where the case does."""
    from tongban.platforms.disclosure.models import RecordCase
    from tongban.platforms.disclosure.services.releasing import place

    row = RecordCase.objects.filter(pk=change.facts.case_id).first()
    if row is not None:
        place(row, stand_of(change.facts.state))


def note_deed(change: Change) -> None:
    """In the transaction of a step of a release: who checked, reviewed, signed stands with the record."""
    from tongban.platforms.disclosure.models import RecordCase
    from tongban.platforms.disclosure.services.deeds import tell
    from tongban.registry.models import Account

    said = change.event.payload
    task = change.facts.state.task(int(said["task"]))
    act = _DEEDS.get(
        str(said.get("outcome", "")) if task and task.node == _SECRECY else task.node if task else ""
    )
    row = RecordCase.objects.select_related("record").filter(pk=change.facts.case_id).first()
    if act and row is not None:
        detail = {name: str(said[name])[:500] for name in ("opinion", "reason", "outcome") if said.get(name)}
        tell(row.record, act, Account.objects.filter(pk=change.event.by or 0).first(), **detail)


def keep_assessment(change: Change) -> None:
    """In the transaction of an assessment: what it came to, with its reason."""
    from tongban.platforms.disclosure.models import RecordCase

    said = change.event.payload
    task = change.facts.state.task(int(said["task"]))
    if task is not None and task.node == _ASSESS:
        told = {"outcome": str(said.get("outcome", ""))[:12], "reason": str(said.get("reason", ""))[:300]}
        RecordCase.objects.filter(pk=change.facts.case_id).update(**told)


def conclude(change: Change) -> None:
    """In the transaction that ends a re-review: what becomes of the record."""
    from tongban.platforms.disclosure.models import RecordCase
    from tongban.platforms.disclosure.services.rereview import conclude as close

    row = RecordCase.objects.filter(pk=change.facts.case_id).first()
    if row is not None:
        close(row, agreed=change.facts.state.result == "done", at=change.event.at)


def release_opened(effect: Effect) -> None:
    """After a re-review found that something may be published: its release begins."""
    from tongban.platforms.disclosure.services import rereview

    rereview.release_opened(effect.case_id, effect.key)


def declare() -> None:
    """Called once, when the programme starts."""
    register_kind(RELEASE)
    register_kind(REREVIEW)
    for guard in (no_delay, another_person):
        register_guard(RELEASE.key, guard)
    for event_type in _MOVES:
        subscribe(event_type, keep, of=RELEASE.key)
    subscribe("task.done", note_deed, of=RELEASE.key)
    subscribe("task.done", keep_assessment, of=REREVIEW.key)
    subscribe("case.closed", conclude, of=REREVIEW.key)
    on_effect("case.closed", release_opened, "disclosure.release_opened")
