"""Definitions of cases, compiled once per process. Published versions never change, so nothing here is ever stale."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from types import MappingProxyType
from typing import TypeVar

from tongban.base.calendar import CHINA, Calendar, load_calendar
from tongban.base.models import CalendarVersion
from tongban.base.queries import calendar_edition
from tongban.engine.definition import Definition, Terms, compile_terms
from tongban.engine.errors import Refused
from tongban.engine.flow import Flow, compile_flow
from tongban.engine.flows import flow_by_sha
from tongban.engine.models import FlowVersion
from tongban.registry.models import OfferingVersion, Post
from tongban.registry.tree import as_of

K = TypeVar("K")
V = TypeVar("V")
Posts = Mapping[str, tuple[int, int]]

_KEEP = 2048
_lock = Lock()
_flows: OrderedDict[int, Flow] = OrderedDict()
_flow_of: OrderedDict[int, int] = OrderedDict()
_terms: OrderedDict[int, Terms] = OrderedDict()
_definitions: OrderedDict[tuple[int, int, int | None, str], Definition] = OrderedDict()
_posts: OrderedDict[str, Posts] = OrderedDict()
_post_names: OrderedDict[str, Mapping[str, str]] = OrderedDict()


def definition(version_id: int, flow_id: int, calendar_no: int | None, permissions: str) -> Definition:
    """What a case of this offering version and flow is carried out under.

    `calendar_no` is the edition of the official calendar (None: the shipped one), `permissions` the registry's token
    for posts; both are read with the case, so that neither is older than the transaction.
    """
    key = (version_id, flow_id, calendar_no, permissions)
    found = _definitions.get(key)
    if found is None:
        found = Definition(
            flow(flow_id),
            terms(version_id),
            _calendar(calendar_no),
            posts(permissions),
            post_names(permissions),
        )
        _remember(_definitions, key, found)
    return found


def flow(flow_id: int) -> Flow:
    """The compiled flow of a published flow version."""
    found = _flows.get(flow_id)
    if found is None:
        row = FlowVersion.objects.only("document", "status").get(pk=flow_id)
        found = compile_flow(row.document)
        if row.status != FlowVersion.Status.DRAFT:
            _remember(_flows, flow_id, found)
    return found


def flow_of(version: OfferingVersion) -> int:
    """The published flow that the offering version names; remembered once the version is published.

    Raises Refused "no_flow".
    """
    found = _flow_of.get(version.pk)
    if found is None:
        if version.flow_sha256 is None:
            raise Refused("no_flow", "这个事项还没有配置办理流程，不能收件。")
        found = flow_by_sha(version.flow_sha256).pk
        if version.status != OfferingVersion.Status.DRAFT:
            _remember(_flow_of, version.pk, found)
    return found


def terms(version_id: int) -> Terms:
    """The compiled terms of an offering version; remembered once it is past drafting."""
    found = _terms.get(version_id)
    if found is None:
        row = OfferingVersion.objects.only("content", "status").get(pk=version_id)
        found = compile_terms(row.content, version_id)
        if row.status in (OfferingVersion.Status.PUBLISHED, OfferingVersion.Status.RETIRED):
            _remember(_terms, version_id, found)
    return found


def posts(permissions: str) -> Posts:
    """Post code → (post id, organisation id) of every post that exists, as of the registry's token."""
    found = _posts.get(permissions)
    if found is None:
        rows = Post.objects.filter(abolished_on=None).values_list("code", "pk", "organisation_id")
        found = MappingProxyType({code: (post, org) for code, post, org in rows})
        _remember(_posts, permissions, found, keep=4)
    return found


def post_names(permissions: str) -> Mapping[str, str]:
    """Post code → what people call it, with its unit (“江北区城管局审查岗”), as of the registry's token."""
    found = _post_names.get(permissions)
    if found is None:
        nodes = as_of(datetime.now(CHINA).date()).nodes
        rows = Post.objects.filter(abolished_on=None).values_list("code", "name", "organisation_id")
        found = MappingProxyType(
            {code: f"{nodes[org].short_name if org in nodes else ''}{name}" for code, name, org in rows}
        )
        _remember(_post_names, permissions, found, keep=4)
    return found


def newest_calendar() -> int | None:
    """The edition of the official calendar in force; None while only the shipped one is there."""
    rows = CalendarVersion.objects.filter(code="cn", published_at__isnull=False)
    return rows.order_by("-no").values_list("no", flat=True).first()


def asks_form(defn: Definition) -> bool:
    """Whether the definition could ask about the form (conditions, dates), so that it must be read at every step."""
    if defn.flow.conditions or any(node.since for node in defn.flow.nodes.values()):
        return True
    return any(m.when is not None for m in defn.terms.materials.values())


def _calendar(no: int | None) -> Calendar:
    return load_calendar() if no is None else calendar_edition("cn", no)


def _remember(store: OrderedDict[K, V], key: K, value: V, keep: int = _KEEP) -> None:
    with _lock:
        store[key] = value
        while len(store) > keep:
            store.popitem(last=False)
