"""Joint approval (并联审批) between cases: what a lead asks of its members and they of it, by effects after the commit.

A command locks one case only. What a parent asks of its members, and what a member's end means to its parent, travels
through the outbox as another command with an id derived from the event: it happens once however often it is tried.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from tongban.base.calendar import CHINA
from tongban.engine import kinds
from tongban.engine.attachments import files_in_force, take_over
from tongban.engine.errors import Refused
from tongban.engine.kinds import Effect
from tongban.engine.models import Case
from tongban.engine.queries import case_form, case_row, member_case, personal_values, standing
from tongban.engine.services import Applicant, Handed, kind_of, open_case, perform
from tongban.engine.state import SYSTEM
from tongban.registry.models import OfferingVersion

CHILDREN = UUID("0b7a0f57-31a2-4a77-8b3f-8c9b1a5f2d10")  # namespace of the ids of these commands
#: A member that cannot take a message any more (decided, closed, asked nothing) has no use for it.
OVER = frozenset({"closed", "too_late", "nothing_asked"})


def declare() -> None:
    """Called once, when the programme starts."""
    for topic, handler in (
        ("child.opened", open_child),
        ("child:case.closed", tell_parent),
        ("child:correction.proposed", tell_lead),
        ("correction.passed", pass_notice),
        ("correction.returned", return_proposal),
        ("correction.shared", share_answer),
        ("child.ended", end_member),
    ):
        kinds.on_effect(topic, handler, "joint")


def open_child(effect: Effect) -> None:
    """`child.opened` of a parent: begin the member's own case, with the parent's applicant, form and shared materials.

    It is a case of the member's own kind, with the form that its own version asks for. A member that cannot be opened
    (its matter is not in force) comes home at once as "unopened", so that the lead window sees it instead of waiting
    for ever.
    """
    member = effect.payload["payload"]["member"]
    parent = case_row(effect.case_id)
    version = (
        OfferingVersion.objects.select_related("offering")
        .filter(
            offering__implementation_code=member,
            status=OfferingVersion.Status.PUBLISHED,
            valid__contains=datetime.now(CHINA).date(),
        )
        .first()
    )
    if version is None:
        _come_home_unopened(effect, member)
        return
    try:
        open_case(
            SYSTEM,
            offering_version=version,
            data=member_form(parent.offering_version.content, member, version.content, case_form(parent)),
            applicant=Applicant(
                parent.applicant_name,
                "organisation" if parent.applicant_kind == "organisation" else "person",
                account=parent.applicant,
            ),
            materials=_shared(parent, version),
            channel="joint",
            command_id=uuid5(CHILDREN, f"open {effect.key}"),
            parent=parent.pk,
            kind=kind_of(version),
        )
    except Refused:
        _come_home_unopened(effect, member)


def member_form(
    content: Mapping[str, Any], member: str, wanted: Mapping[str, Any], form: Mapping[str, Any]
) -> dict[str, Any]:
    """The member's own form out of the joint one: the fields its version asks for, under the names it gives them.

    `content` is the joint matter's, whose `params.members[].fields` says which joint field is which of the member's: one
    name, or several that are asked once. What bears the same name is the same.
    A version that declares no form takes the joint one as it is.
    """
    names = [f["name"] for g in wanted.get("form", {}).get("groups", ()) for f in g.get("fields", ())]
    if not names:
        return dict(form)
    members = content.get("params", {}).get("members", ())
    told = next((m.get("fields") or {} for m in members if m.get("offering") == member), {})
    joint_name = {
        own: joint for joint, owns in told.items() for own in ([owns] if isinstance(owns, str) else owns)
    }
    return {name: form[joint_name.get(name, name)] for name in names if joint_name.get(name, name) in form}


def tell_parent(effect: Effect) -> None:
    """`child:case.closed`: its result arrives at the parent's joint section."""
    child = case_row(effect.case_id)
    if child.parent_id is None:  # not possible for this topic
        return
    perform(
        SYSTEM, child.parent_id, "child_concluded", command_id=uuid5(CHILDREN, f"home {effect.key}"),
        data={
            "member": child.offering.implementation_code, "result": effect.payload["payload"]["result"],
            "child": child.pk,
        },
        channel="joint",
    )  # fmt: skip


def tell_lead(effect: Effect) -> None:
    """`child:correction.proposed`: a member's proposal arrives at the lead's window."""
    child = case_row(effect.case_id)
    if child.parent_id is None:  # not possible for this topic
        return
    said = effect.payload["payload"]
    data = {"member": child.offering.implementation_code, "case": child.pk, "items": said["items"]}
    if said.get("late"):
        data["late"] = True
    perform(
        SYSTEM, child.parent_id, "gather_correction", command_id=uuid5(CHILDREN, f"gather {effect.key}"), data=data,
        channel="joint",
    )  # fmt: skip


def pass_notice(effect: Effect) -> None:
    """`correction.passed` of the lead: the one notice is out, from this instant; the member's clock stops with it."""
    _to_member(effect, "take_notice", ("items", "limit", "due"))


def return_proposal(effect: Effect) -> None:
    """`correction.returned` of the lead: the member's proposal was not passed on. (The member's own event says it.)"""
    if "member" in effect.payload["payload"]:
        _to_member(effect, "take_back", ("reason",))


def share_answer(effect: Effect) -> None:
    """`correction.shared` of the lead: what the applicant answered, as far as it concerns the member."""
    said = effect.payload["payload"]
    parent = case_row(effect.case_id)
    child = member_case(effect.case_id, said["member"])
    if child is None:
        return
    asked = {m["key"] for m in child.offering_version.content.get("materials", ())}
    data: dict[str, Any] = {"materials": {k: "shared" for k in said.get("materials", {}) if k in asked}}
    if note := personal_values(effect.case_id, effect.payload["seq"]).get("/note", said.get("note")):
        data["note"] = note
    form = member_form(
        parent.offering_version.content, said["member"], child.offering_version.content, case_form(parent)
    )
    if form != dict(case_form(child)):
        data["form"] = form
    take_over(parent, child, data["materials"])
    _tell(effect, child, "supply", data)


def end_member(effect: Effect) -> None:
    """`child.ended` of the lead: the joint case is over before its member; withdrawn with it, or ended by office."""
    said = effect.payload["payload"]
    child = member_case(effect.case_id, said["member"])
    if child is None:
        return
    withdrawn = said["result"] == "withdrawn"
    words = "申请人撤回联办申请" if withdrawn else "联办件已经结束"
    data = {"reason": words} if withdrawn else {"reason": words, "basis": "主办件办结"}
    _tell(effect, child, "withdraw" if withdrawn else "terminate", data)


def _to_member(effect: Effect, command: str, keys: tuple[str, ...]) -> None:
    said = effect.payload["payload"]
    child = member_case(effect.case_id, said["member"])
    if child is not None:
        _tell(effect, child, command, {key: said[key] for key in keys if key in said})


def _tell(effect: Effect, child: Case, command: str, data: Mapping[str, Any]) -> None:
    """A command of the system on the member's case, as of the instant of the lead's event."""
    at = datetime.fromisoformat(str(effect.payload["occurred_at"]))
    try:
        perform(
            SYSTEM, child.pk, command, command_id=uuid5(CHILDREN, f"{command} {effect.key}"), data=data, channel="joint",
            occurred_at=max(at, child.opened_at),
        )  # fmt: skip
    except Refused as refusal:
        if refusal.code not in OVER:
            raise


def _shared(parent: Case, version: OfferingVersion) -> list[Handed]:
    """The joint case's materials that the member asks for too: one file, linked from both cases."""
    _, state = standing(parent)
    wanted = {m["key"] for m in version.content.get("materials", ())} & set(state.materials)
    files = [a for a in files_in_force(parent.pk) if a.material in wanted]
    with_file = {a.material for a in files}
    return [Handed(a.material, "shared", a.file, a.name) for a in files] + [
        Handed(key, "later" if state.materials[key] == "later" else "shared")
        for key in state.materials
        if key in wanted - with_file
    ]


def _come_home_unopened(effect: Effect, member: str) -> None:
    perform(
        SYSTEM, effect.case_id, "child_concluded", command_id=uuid5(CHILDREN, f"unopened {effect.key}"),
        data={"member": member, "result": "unopened"}, channel="joint",
    )  # fmt: skip
