"""What disclosure declares to the engine: releases and re-reviews as kinds of case, what the law adds, and who follows them."""

from tongban.base.calendar import CHINA
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
from tongban.engine.machine import set_by
from tongban.engine.state import Command
from tongban.platforms.disclosure.standing import stand_of

#: The publication limit runs from the signing: nothing stops it, nothing lengthens it (条例第二十六条).
_NO_DELAY = "公开期限从签发之日起算，不能停止计时、延期或者补正。"
_NO_APPLICANT = "这是本机关自己的工作，没有申请人，不收费，也没有参与人。"
_INSIDE = {"charge": _NO_APPLICANT, "pay": _NO_APPLICANT, "name_party": _NO_APPLICANT}
_STOPPING = ("suspend", "resume", "serve", "request_correction", "supply")
RELEASE = Kind(
    "release", "主动公开发布", number_prefix="FB", public=False,
    without=_INSIDE | dict.fromkeys((*_STOPPING, "extend"), _NO_DELAY),
    words={"withdraw": "收回发布", "reschedule": "改发布时间", "send_back": "退回前面的环节"}, form="发布内容", own="发布单位", house=True,
)  # fmt: skip
REREVIEW = Kind(
    "rereview", "定期评估审查", number_prefix="PS", public=False,
    without=_INSIDE
    | dict.fromkeys((*_STOPPING, "withdraw"), "定期评估由系统按期提起，没有补正、挂起和撤回；不必办的请终止。"),
    form="评估对象",
    own="评估单位",
    house=True,
)  # fmt: skip
_SECRECY, _ASSESS = "secrecy", "assess"
#: After these events of a release its record may stand elsewhere.
_MOVES = ("task.opened", "task.rescheduled", "case.accepted", "case.closed")
_HOLD = "hold"
#: What moves a release after it was decided, as the deeds of its record call it.
_MOVED = {"task.rescheduled": "rescheduled", "case.withdrawn": "taken_back"}
_DEEDS = {
    "register": "registered",
    "sign": "signed",
    "check": "checked",
    "passed": "reviewed",
    "returned": "returned",
}


def taken_back(command: Command, facts: Facts) -> None:
    """What was released for a set time is taken back by who released it, with a reason, until the time has come."""
    hold = next((t for t in facts.before.open_tasks if t.node == _HOLD), None)
    if command.type != "withdraw" or hold is None:
        return
    if not str(command.data.get("reason", "")).strip():
        raise Refused("missing_field", "请写明收回的原因。", detail={"field": "reason"})
    if hold.due is not None and hold.due <= command.at:
        raise Refused("no_moment", "发布的时间已经到了，不能收回；公开以后请在文件页面撤下。")
    setter = set_by(facts.before, hold)
    actor = command.actor
    own = setter is not None and (setter.post in actor.posts or setter.by == actor.account)
    if actor.kind == "staff" and not own:
        raise Refused("not_your_task", "定时发布由设定时间的岗位收回。")


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
    """In the transaction of a step of a release: who checked, reviewed, signed stands with the record.

    Who registers that it was signed before 登记签发 has not signed it: that is a deed of its own, with the day.
    """
    from tongban.platforms.disclosure.models import RecordCase
    from tongban.platforms.disclosure.services.deeds import tell_of

    said = change.event.payload
    task = change.facts.state.task(int(said["task"]))
    act = _DEEDS.get(
        str(said.get("outcome", "")) if task and task.node == _SECRECY else task.node if task else ""
    )
    row = RecordCase.objects.select_related("record").filter(pk=change.facts.case_id).first()
    if act and row is not None:
        detail = {name: str(said[name])[:500] for name in ("opinion", "reason", "outcome") if said.get(name)}
        since = stand_of(change.facts.state).since if act == "registered" else None
        if since is not None:
            detail["signed_on"] = since.astimezone(CHINA).date().isoformat()
        tell_of(row.record, act, change.event.by, **detail)


def note_move(change: Change) -> None:
    """In the transaction that moves a set release, or takes a release back: who did it and why stands with the record."""
    from tongban.platforms.disclosure.models import RecordCase
    from tongban.platforms.disclosure.services.deeds import tell_of

    said = change.event.payload
    row = RecordCase.objects.select_related("record").filter(pk=change.facts.case_id).first()
    if row is not None:
        detail = {name: str(said[name])[:500] for name in ("reason", "due", "was") if said.get(name)}
        tell_of(row.record, _MOVED[change.event.type], change.event.by, **detail)


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
    for guard in (taken_back, another_person):
        register_guard(RELEASE.key, guard)
    for event_type in _MOVES:
        subscribe(event_type, keep, of=RELEASE.key)
    subscribe("task.done", note_deed, of=RELEASE.key)
    for event_type in _MOVED:
        subscribe(event_type, note_move, of=RELEASE.key)
    subscribe("task.done", keep_assessment, of=REREVIEW.key)
    subscribe("case.closed", conclude, of=REREVIEW.key)
    on_effect("case.closed", release_opened, "disclosure.release_opened", of=REREVIEW.key)
