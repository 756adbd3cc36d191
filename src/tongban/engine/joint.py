"""Joint approval (并联审批): sub-cases opened and their results brought home, by effects after the commit.

A command locks one case only. What a parent asks of its members, and what a member's end means to its parent, travels
through the outbox as another command with an id derived from the event: it happens once however often it is tried.
"""

from datetime import datetime
from uuid import UUID, uuid5

from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.kinds import Effect
from tongban.engine.queries import case_form, case_row, standing
from tongban.engine.services import Applicant, Handed, open_case, perform
from tongban.engine.state import SYSTEM
from tongban.registry.models import OfferingVersion

CHILDREN = UUID("0b7a0f57-31a2-4a77-8b3f-8c9b1a5f2d10")  # namespace of the ids of these commands


def open_child(effect: Effect) -> None:
    """`child.opened` of a parent: begin the member's own case, with the parent's applicant, form and shared materials.

    A member that cannot be opened (its matter is not in force) comes home at once as "unopened", so that the lead window
    sees it instead of waiting for ever.
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
        _, state = standing(parent)
        wanted = {m["key"] for m in version.content.get("materials", ())}
        open_case(
            SYSTEM,
            offering_version=version,
            data=case_form(parent),
            applicant=Applicant(
                parent.applicant_name,
                "organisation" if parent.applicant_kind == "organisation" else "person",
                account=parent.applicant,
            ),
            materials=[Handed(key, "shared") for key in state.materials if key in wanted],
            channel="joint",
            command_id=uuid5(CHILDREN, f"open {effect.key}"),
            parent=parent.pk,
            kind=parent.kind,
        )
    except Refused:
        _come_home_unopened(effect, member)


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


def _come_home_unopened(effect: Effect, member: str) -> None:
    perform(
        SYSTEM, effect.case_id, "child_concluded", command_id=uuid5(CHILDREN, f"unopened {effect.key}"),
        data={"member": member, "result": "unopened"}, channel="joint",
    )  # fmt: skip
