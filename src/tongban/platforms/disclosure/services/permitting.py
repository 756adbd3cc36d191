"""Who may do something to records, and which records are still open to it: asked, and refused, in one place."""

from tongban.engine.errors import Refused
from tongban.engine.people import scopes
from tongban.platforms.disclosure.models import Record
from tongban.registry.models import Account
from tongban.registry.queries import as_of


def permitted(account: Account, org_id: int, verb: str) -> None:
    """Refuse who has not the verb in the unit. Raises Refused("not_permitted")."""
    if not scopes(account).of(verb).admits(org_id):
        raise Refused("not_permitted", "您没有这个单位信息公开的权限。")


def speaks_for(account: Account, org_id: int) -> bool:
    """Whether somebody handles the documents of a unit, or of one above it."""
    scope = scopes(account).of("handle")
    return scope.admits(org_id) or any(scope.admits(node.id) for node in as_of().ancestors(org_id))


def drafted(account: Account | None, record: Record) -> Record:
    """The record, held for this transaction: a draft that this person works on; None stands for the house itself.

    Raises Refused: "not_permitted", "frozen" for what was handed on or published.
    """
    if account is not None:
        permitted(account, record.publisher_id, "handle")
    held = Record.objects.select_for_update(of=("self",)).get(pk=record.pk)
    if held.state != Record.State.DRAFT:
        raise frozen()
    return held


def may_change(account: Account | None, record: Record) -> None:
    """Refuse as `drafted` would, holding nothing: before something that takes long, which `drafted` then ends.

    Raises Refused: "not_permitted", "frozen".
    """
    if account is not None:
        permitted(account, record.publisher_id, "handle")
    if not Record.objects.filter(pk=record.pk, state=Record.State.DRAFT).exists():
        raise frozen()


def frozen() -> Refused:
    """Why what was handed on or published is not changed."""
    return Refused("frozen", "已经提交或公开的内容不能直接修改；要改请撤下后重新发布。")
