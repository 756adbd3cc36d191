"""What stands around a workbench page: every app adds its own groups to the rail, and somebody says who is signed in.

Registered in `AppConfig.ready`, so that a room never has to import another one to draw the same frame.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from tongban.base.ui.shell import NOBODY, RailGroup, StaffPage, Wearer, staff_page

Groups = Callable[[HttpRequest], Iterable[RailGroup]]


@dataclass(slots=True)
class _Frame:
    groups: list[tuple[int, Groups]] = field(default_factory=list)
    wearer: Callable[[HttpRequest], Wearer] = lambda _: NOBODY


_frame = _Frame()


def register_rail(order: int, groups: Groups) -> None:
    """Show what `groups(request)` gives in the rail; lower orders stand higher."""
    if all(known is not groups for _, known in _frame.groups):
        _frame.groups.append((order, groups))
        _frame.groups.sort(key=lambda pair: pair[0])


def register_wearer(wearer: Callable[[HttpRequest], Wearer]) -> None:
    """Have `wearer(request)` say who is signed in."""
    _frame.wearer = wearer


def workbench(
    request: HttpRequest,
    title: str,
    kind: str = "",
    *,
    subtitle: str = "",
    query: str = "",
    bare: bool = False,
) -> StaffPage:
    """A workbench page with its rail, for a request of somebody who is signed in.

    Rail and bell are made when the page is drawn: a view that turns away or sends on has counted nothing.
    """

    def rail() -> tuple[RailGroup, ...]:
        return tuple(group for _, groups in _frame.groups for group in groups(request) if group.items)

    return staff_page(
        title,
        kind,
        rail=cast("tuple[RailGroup, ...]", SimpleLazyObject(rail)),
        subtitle=subtitle,
        wearer=cast("Wearer", SimpleLazyObject(lambda: _frame.wearer(request))),
        query=query,
        bare=bare,
    )
