"""The three page shells: public face, workbench, wall screen. A view passes one of these to its template as `page`."""

from collections.abc import Sequence
from dataclasses import dataclass

from tongban.base.ui.site import Link


@dataclass(frozen=True, slots=True)
class PublicPage:
    """`ui/public.html`. The title says the state or the question, not the module."""

    title: str
    section: str = ""
    crumbs: tuple[Link, ...] = ()
    lead: str = ""
    home: bool = False  # home has its own opener: no title, no crumbs, hotline instead of the small search
    query: str = ""


def public_page(
    title: str,
    section: str = "",
    crumbs: Sequence[tuple[str, str]] = (),
    *,
    lead: str = "",
    home: bool = False,
    query: str = "",
) -> PublicPage:
    """A public page.

    `section` is the key of a `Site.nav` tab; `crumbs` are (text, href) from the second level down to the parent: the
    shell puts 首页 before them and the title after them.
    """
    return PublicPage(title, section, tuple(Link(t, h) for t, h in crumbs), lead, home, query)


@dataclass(frozen=True, slots=True)
class RailItem:
    key: str
    name: str
    href: str
    icon: str
    count: int | None = None
    bad: bool = False  # the count is a breach


@dataclass(frozen=True, slots=True)
class RailGroup:
    name: str
    items: tuple[RailItem, ...]


@dataclass(frozen=True, slots=True)
class Wearer:
    """Who sits at the workbench: “周澄 · 市场监管局许可科”, and how much waits under the bell."""

    who: str = ""
    unread: int = 0


NOBODY = Wearer()


@dataclass(frozen=True, slots=True)
class StaffPage:
    """`ui/staff.html`. The first rail group is the one phones keep; what rail and bell count is asked when they are drawn."""

    title: str
    kind: str
    rail: Sequence[RailGroup] = ()
    subtitle: str = ""
    wearer: Wearer = NOBODY
    unread_href: str = "/desk/messages/"
    account_href: str = "/desk/account/"
    query: str = ""
    bare: bool = False  # the page draws its own heading (case page)


def staff_page(
    title: str,
    kind: str = "",
    *,
    rail: Sequence[RailGroup] = (),
    subtitle: str = "",
    wearer: Wearer = NOBODY,
    query: str = "",
    bare: bool = False,
) -> StaffPage:
    """A workbench page. `kind` is the key of the rail item that is current."""
    return StaffPage(title, kind, rail, subtitle, wearer, query=query, bare=bare)
