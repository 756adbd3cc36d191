"""Links between records (替代、修改、解读、征求意见…): set and taken back, with what they do to the validity of the other end."""

from django.db import transaction

from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Link, Record
from tongban.platforms.disclosure.services.records import EFFECTS, permitted, relate, tell
from tongban.registry.models import Account


def connect(account: Account, source: Record, target: Record, kind: str) -> Link:
    """`relate`, for what a form says. Raises Refused: "not_permitted", "same_record", "unknown_field"."""
    if kind not in Link.Kind.values:
        raise Refused("unknown_field", "没有这样的关联方式。")
    return relate(account, source, target, kind)


def disconnect(account: Account, link: Link) -> None:
    """Take a link back. What was marked as repealed or amended by nothing else is valid again.

    Who handles for the unit of either end may do so. Raises Refused "not_permitted".
    """
    if not scopes(account).of("handle").admits(link.target.publisher_id):
        permitted(account, link.source.publisher_id, "handle")
    with transaction.atomic():
        link.delete()
        effect = EFFECTS.get(Link.Kind(link.kind))
        others = [kind for kind, does in EFFECTS.items() if does == effect]
        if effect and not Link.objects.filter(target=link.target, kind__in=others).exists():
            Record.objects.filter(pk=link.target_id, validity=effect).update(validity=Record.Validity.VALID)
        other = link.target.index_number or str(link.target.uid)
        tell(link.source, "unrelated", account, kind=link.kind, target=other)
