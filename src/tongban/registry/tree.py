"""The organisation tree as it stood on a day (机构树): pure lookups over one read, remembered until it changes."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Literal

from django.db import connection

from tongban.registry.models import OrganisationVersion

Topic = Literal["tree", "permissions", "guides", "catalogue", "answers"]
"""What has a token of its own."""


@dataclass(frozen=True, slots=True)
class Node:
    """One organisation as it stood. ``abolished``: it no longer exists, the names are its last ones."""

    id: int
    key: str
    code: str
    name: str
    short_name: str
    level: str
    region: str
    parent_id: int | None
    abolished: bool = False


@dataclass(frozen=True)
class Tree:
    """Every organisation that exists on a day or existed before it, under its parent of that day."""

    on: date
    nodes: Mapping[int, Node]
    _children: Mapping[int | None, tuple[int, ...]] = field(repr=False)

    def __contains__(self, org_id: object) -> bool:
        """Whether the organisation exists on the day."""
        return org_id in self.nodes and not self.nodes[org_id].abolished  # type: ignore[index]

    def __getitem__(self, org_id: int) -> Node:
        return self.nodes[org_id]

    def roots(self) -> tuple[Node, ...]:
        """The organisations without a parent."""
        return tuple(self.nodes[i] for i in self._children.get(None, ()))

    def children(self, org_id: int) -> tuple[Node, ...]:
        """Those directly below, in order of their number."""
        return tuple(self.nodes[i] for i in self._children.get(org_id, ()))

    def subtree(self, org_id: int) -> frozenset[int]:
        """The organisation and all below it, abolished ones included: their cases still need somebody."""
        if org_id not in self.nodes:
            return frozenset()
        found: set[int] = set()
        stack = [org_id]
        while stack:
            here = stack.pop()
            if here not in found:
                found.add(here)
                stack.extend(self._children.get(here, ()))
        return frozenset(found)

    def ancestors(self, org_id: int) -> Iterator[Node]:
        """The parent, its parent and so on."""
        seen = {org_id}
        parent = self.nodes[org_id].parent_id if org_id in self.nodes else None
        while parent is not None and parent not in seen and parent in self.nodes:
            seen.add(parent)
            yield self.nodes[parent]
            parent = self.nodes[parent].parent_id


def as_of(on: date) -> Tree:
    """The tree of a day. One small query when it is remembered, one more when it is not."""
    key = (generation("tree"), on)
    with _lock:
        if key in _remembered:
            _remembered.move_to_end(key)
            return _remembered[key]
    tree = _read(on)
    with _lock:
        _remembered[key] = tree
        while len(_remembered) > _KEEP:
            _remembered.popitem(last=False)
    return tree


def generation(topic: Topic) -> str:
    """The token of a topic; differs whenever the data of that topic differ. Good for cache keys and ETags.

    Inside a transaction that changed them it differs from what others see, and again with every change. Within `steady`
    each topic is asked for once.
    """
    known = _steady.get()
    if known is None:
        return _asked(topic)
    if topic not in known:
        known[topic] = _asked(topic)
    return known[topic]


def generations() -> dict[str, str]:
    """The tokens of all topics that ever changed: one small query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT topic, token::text, nullif(current_setting('tongban.touched_' || topic, true), '') "
            "FROM registry_generation"
        )
        return {topic: _told(stored, touched) for topic, stored, touched in cursor.fetchall()}


@contextmanager
def steady() -> Iterator[None]:
    """Within this the tokens stay as they are first read: for one answer that changes nothing and names many units.

    A page of the catalogue names eighty organisations, and each name would ask again whether the tree still holds.
    """
    before = _steady.set({})
    try:
        yield
    finally:
        _steady.reset(before)


_steady: ContextVar[dict[Topic, str] | None] = ContextVar("tokens that stay", default=None)


def _asked(topic: Topic) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT token FROM registry_generation WHERE topic = %s)::text,"
            " nullif(current_setting(%s, true), '')",
            [topic, f"tongban.touched_{topic}"],
        )
        return _told(*cursor.fetchone())


def _told(stored: str | None, touched: str | None) -> str:
    return f"{stored}+{touched}" if touched else str(stored)


_KEEP = 32
_remembered: OrderedDict[tuple[str, date], Tree] = OrderedDict()
_lock = Lock()


def _read(on: date) -> Tree:
    rows = (
        OrganisationVersion.objects.filter(valid__startswith__lte=on)
        .order_by("organisation_id", "valid__startswith")
        .values_list(
            "organisation_id",
            "organisation__key",
            "organisation__code",
            "name",
            "short_name",
            "organisation__level",
            "organisation__region_id",
            "parent_id",
            "valid",
        )
    )
    nodes: dict[int, Node] = {}
    for org_id, key, code, name, short, level, region, parent, valid in rows:
        ended = valid.upper is not None and valid.upper <= on
        nodes[org_id] = Node(org_id, key, code, name, short, level, region, parent, ended)
    children: dict[int | None, list[int]] = {}
    for node in nodes.values():
        parent_id = node.parent_id if node.parent_id in nodes else None
        children.setdefault(parent_id, []).append(node.id)
    return Tree(on, nodes, {parent: tuple(ids) for parent, ids in children.items()})
