"""Files of a case: who may add one to which material, and who may read it."""

from collections.abc import Iterable
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone

from tongban.base.models import StoredFile
from tongban.engine.errors import Refused
from tongban.engine.models import Attachment, Case
from tongban.engine.people import actor_on, is_own, scopes
from tongban.engine.queries import can_see, case_definition, sees_personal, standing
from tongban.registry.models import Account

#: A file that is none of the listed materials: what the office itself adds (现场勘验记录, 会议纪要 …).
OFFICE = "office"


def add_attachment(
    account: Account, case_id: int, material: str, stored: StoredFile, name: str
) -> Attachment:
    """Add a file to a material of a case, or to the office's own papers (`material="office"`).

    The applicant may until the case is decided, whoever works on it until it is closed. Earlier files of the material stay,
    marked as replaced when they came from the same hand. Raises Refused "not_found", "not_permitted", "closed",
    "material_unknown". What the file means is said by the command that follows (supply, note).
    """
    case = Case.objects.visible_to(account).select_related("offering_version").filter(pk=case_id).first()
    if case is None:
        raise Refused("not_found", "没有这个办件，或者您无权查看。")
    if case.phase == Case.Phase.CLOSED:
        raise Refused("closed", "办件已经办结，不能再添加附件。")
    info, state = standing(case)
    actor = actor_on(account, info, state, scopes(account))
    if "own" in actor.verbs:
        if case.phase == Case.Phase.DECIDED or material == OFFICE:
            raise Refused("not_permitted", "现在不能再添加这类附件。")
    elif actor.verbs.isdisjoint({"accept", "handle", "decide"}):
        raise Refused("not_permitted", "您没有为这个办件添加附件的权限。")
    if material != OFFICE and material not in case_definition(case).terms.materials:
        raise Refused("material_unknown", "材料清单里没有这一项。", detail={"material": material})
    Attachment.objects.filter(case=case, material=material, added_by=account, replaced_at=None).exclude(
        material=OFFICE
    ).update(replaced_at=timezone.now())
    return Attachment.objects.create(
        id=uuid4(), case=case, material=material, name=name[:255], file=stored, added_by=account
    )


def attachments(actor: Account, case: Case) -> QuerySet[Attachment]:
    """The files of a case that the actor may read: those of whom the case is, or is work; nobody else's."""
    rows = Attachment.objects.filter(case=case).select_related("file")
    if not (can_see(actor, case) and sees_personal(actor, case)):
        return rows.none()
    if is_own(actor, standing(case)[0]):
        return rows.exclude(material=OFFICE)
    return rows


def find_attachment(actor: Account, attachment_id: UUID) -> Attachment:
    """One file to send, by the same rule. Raises Refused "not_found"."""
    row = Attachment.objects.select_related("case", "file").filter(pk=attachment_id).first()
    if row is None or not attachments(actor, row.case).filter(pk=row.pk).exists():
        raise Refused("not_found", "没有这个文件，或者您无权查看。")
    return row


def files_in_force(case_id: int) -> list[Attachment]:
    """Every file of a case that no later one replaced; for effects after the commit, not for pages."""
    rows = Attachment.objects.select_related("file").filter(case_id=case_id, replaced_at=None)
    return list(rows.exclude(material=OFFICE).order_by("added_at"))


def take_over(source: Case, target: Case, materials: Iterable[str]) -> None:
    """Link the files of some materials of one case to another (共享材料); a file already there is left alone."""
    wanted = set(materials)
    for a in files_in_force(source.pk):
        if (
            a.material in wanted
            and not Attachment.objects.filter(
                case=target, material=a.material, file=a.file, replaced_at=None
            ).exists()
        ):
            Attachment.objects.create(
                id=uuid4(), case=target, material=a.material, name=a.name, file=a.file, added_by=a.added_by
            )
