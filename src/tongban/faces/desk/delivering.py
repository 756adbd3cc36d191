"""制证送达 at the desk: begins with what the applicant chose, and what is sent by express has a number and an address."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from tongban.engine.machine import Action
from tongban.engine.machine.options import Field as Asked
from tongban.engine.queries import case_data
from tongban.faces.desk.case import View
from tongban.platforms.delivery import services as delivery
from tongban.platforms.delivery.models import Wish

#: Where the parcel goes, as the page of an application names it. Personal: it never comes into the chain.
_NAMES = delivery.NAMES[1:]
_BY_POST = ("method", str(Wish.Way.EXPRESS))


def wished(view: View, wish: Wish | None) -> dict[str, str]:
    """What the form of the delivery step begins with; nothing where no such step is open, or nothing was chosen."""
    nodes = view.definition.flow.nodes
    task = next((t for t in view.state.open_tasks if nodes[t.node].duty == "deliver"), None)
    if task is None:
        return {}
    method = delivery.method_of(wish, _form(view))
    return {"task_no": str(task.no), "method": method} if method else {}


def with_address(view: View, actions: Sequence[Action], wish: Wish | None) -> list[Action]:
    """The actions; a delivery asks for the address as well where the applicant gave none."""
    if (wish is not None and wish.address) or not any(_delivers(a) for a in actions):
        return list(actions)
    said = delivery.told(_form(view)) if view.personal else delivery.Said()
    asked = (
        Asked("_to_name", _("收件人"), beside=_BY_POST, value=said.name),
        Asked("_to_phone", _("收件电话"), beside=_BY_POST, value=said.phone),
        Asked("_to_address", _("收件地址"), beside=_BY_POST, value=said.address),
    )
    return [replace(a, fields=(*a.fields, *asked)) if _delivers(a) else a for a in actions]


def take_address(data: dict[str, Any]) -> tuple[delivery.Said | None, Mapping[str, str]]:
    """Take the address out of a command's data: (what was said, what is wrong with it by field); None for no address."""
    given = {name: str(data.pop(name)) for name in _NAMES if name in data}
    return delivery.read({"_way": Wish.Way.EXPRESS, **given}) if given else (None, {})


def _delivers(action: Action) -> bool:
    return any(f.beside == _BY_POST for f in action.fields)


def _form(view: View) -> Mapping[str, Any]:
    form = case_data(view.account, view.case)
    return form.data if form is not None else {}
