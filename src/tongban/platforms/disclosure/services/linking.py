"""Links between records (替代、修改、解读、征求意见…): set, agreed to, taken back, with what they do to the other end's validity."""

from django.db import transaction

from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.services.deeds import tell
from tongban.platforms.disclosure.services.permitting import permitted, speaks_for
from tongban.platforms.disclosure.services.validity import EFFECTS, mark
from tongban.registry.models import Account


def relate(account: Account, source: Record, target: Record, kind: str) -> Link:
    """Say how one record stands to another.

    What ends or changes a document is said by its own unit, or by one above it; said by somebody else it waits until one
    of these agrees (`agree`), and the public is told nothing of it.

    Raises Refused: "not_permitted", "same_record", "unknown_field".
    """
    if kind not in Link.Kind.values:
        raise Refused("unknown_field", "没有这样的关联方式。")
    permitted(account, source.publisher_id, "handle")
    if source.pk == target.pk:
        raise Refused("same_record", "文件不能与自己建立关联。")
    agreed = Link.Kind(kind) not in EFFECTS or speaks_for(account, target.publisher_id)
    with transaction.atomic():
        link, created = Link.objects.get_or_create(
            source=source, target=target, kind=Link.Kind(kind), defaults={"confirmed": agreed}
        )
        if created:
            tell(source, "related", account, kind=kind, target=_name(target))
            mark([target.pk])
    return link


def may_agree(account: Account, link: Link) -> bool:
    """Whether a link waits for the agreement of this person's unit."""
    return not link.confirmed and speaks_for(account, link.target.publisher_id)


def agree(account: Account, link: Link) -> None:
    """Agree to what another unit's document does to one's own, or to one of a unit below. Raises Refused "not_permitted"."""
    if not speaks_for(account, link.target.publisher_id):
        permitted(account, link.target.publisher_id, "handle")
    with transaction.atomic():
        held = Link.objects.select_for_update(of=("self",)).select_related("source", "target").get(pk=link.pk)
        if not held.confirmed:
            held.confirmed = True
            held.save(update_fields=["confirmed"])
            tell(held.target, "agreed", account, kind=held.kind, source=_name(held.source))
            mark([held.target_id])


def disconnect(account: Account, link: Link) -> None:
    """Take a link back, with what it did. Who handles for the unit of either end may do so. Raises Refused "not_permitted"."""
    if not scopes(account).of("handle").admits(link.target.publisher_id):
        permitted(account, link.source.publisher_id, "handle")
    with transaction.atomic():
        link.delete()
        mark([link.target_id])
        tell(link.source, "unrelated", account, kind=link.kind, target=_name(link.target))


def _name(record: Record) -> str:
    return record.index_number or str(record.uid)
