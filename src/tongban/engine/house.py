"""Offerings that the house opens for itself: kinds of case nobody looks up in the catalogue (咨询, 回访 …).

Each is an ordinary published version with an ordinary flow, one for each organisation that answers. What sets them
apart is the key of their flow, which begins with `PREFIX`; lists of matters leave them out.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from django.db import connection, transaction

from tongban.base.canonical import digest
from tongban.engine.flows import publish_flow, save_flow_draft
from tongban.registry.actors import INSTALLATION
from tongban.registry.models import HOUSE_FLOWS, Grant, Matter, OfferingVersion, Organisation, Post
from tongban.registry.models.permissions import Secrecy
from tongban.registry.queries import as_of, organisation_name, today
from tongban.registry.services.matters import (
    draft_version,
    known_here,
    pass_review,
    publish,
    submit_for_review,
)
from tongban.registry.services.permissions import give_grant

BEGINS = date(2020, 1, 1)  # any day before the first case


@dataclass(frozen=True, slots=True)
class Earlier:
    """What held before: the rules of a kind of case from a day on, until the next ones."""

    starts: date
    content: Mapping[str, Any]


def house_version(kind: str, org: int, on: date | None = None) -> OfferingVersion | None:
    """The version in force (today when no day is said) under which an organisation takes cases of a kind of the house's own."""
    rows = OfferingVersion.objects.filter(
        flow_key__startswith=f"{HOUSE_FLOWS}{kind}-",
        offering__organisation_id=org,
        status__in=("published", "retired"),
        valid__contains=on or today(),
    )
    return rows.select_related("offering__organisation", "offering__matter").first()


@transaction.atomic
def establish(
    kind: str,
    org: Organisation,
    content: Mapping[str, Any],
    flow: Mapping[str, Any],
    roles: Mapping[str, str],
    permits: Mapping[str, Collection[str]] = MappingProxyType({}),
    *,
    also: Mapping[str, str] = MappingProxyType({}),
    starts: date = BEGINS,
    earlier: Sequence[Earlier] = (),
    upwards: bool = False,
) -> OfferingVersion | None:
    """Publish a kind of the house's own for one organisation, once; answers with the version in force.

    In `content` and `flow`, "{key}" is the kind, "{org}" the organisation's credit code, "{name}" its name, and each
    name in `roles` the code of its post with that role (the first by code; "acceptor|document_clerk": the first role it
    has). None where the organisation lacks such a post: it takes no cases of this kind; with `upwards` the post of the
    nearest organisation above it does. `also` are more names with what
    they stand for, posts of other units among them. `permits` (role → verbs) are what the work needs beyond the default
    permissions of these roles, on this matter only and up to the highest secrecy. `starts` is when the content holds
    from; `earlier` what held before, oldest first, for cases of that time. Where an older edition is published, those
    that begin after it are added; where the template differs from that of the newest edition, one is added from today:
    a changed step, form or checklist reaches every unit, and each case keeps the edition it began with. Asked for by
    several processes at once, one establishes it and the others wait and find it. Raises Refused or RegistryRefused for
    a template with faults.
    """
    note = _made_of(content, flow, roles)
    known = house_version(kind, org.pk)
    if known is not None and not _outdated(known, starts, note):
        return known
    with connection.cursor() as cursor:  # by kind, not by unit: what it permits is given once for all units
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{HOUSE_FLOWS}{kind}"])
    known = house_version(kind, org.pk)
    if known is not None and not _outdated(known, starts, note):
        return known
    newest = None if known is None else _newest(known)
    there = _begins(newest)
    if there is not None and starts <= there:  # the same rules otherwise carried out
        starts = max(today(), there + timedelta(days=1))
    said = {
        "key": f"{HOUSE_FLOWS}{kind}-{org.key}",
        "org": org.code,
        "name": organisation_name(org.pk),
        "region": org.region_id,
        **also,
    }
    for name, role in roles.items():
        post = _post(org.pk, role)
        if post is None and upwards:
            post = next(
                (found for node in as_of().ancestors(org.pk) if (found := _post(node.id, role))), None
            )
        if post is None:
            return None
        said[name] = post.code
    document, known_codes = _filled(flow, said), known_here()
    published = publish_flow(None, save_flow_draft(None, key=said["key"], document=document))
    for edition in (*earlier, Earlier(starts, content)):
        if there is not None and edition.starts <= there:
            continue
        draft = draft_version(
            INSTALLATION, _filled(edition.content, said), change_note=note, known=known_codes
        )
        version = submit_for_review(INSTALLATION, draft, known=known_codes)
        version = pass_review(INSTALLATION, version, opinion="平台固定业务，按制度办理。")
        newest = publish(
            INSTALLATION,
            version,
            starts=edition.starts,
            flow_sha256=bytes.fromhex(published.sha256),
            known=known_codes,
        )
        _permit(newest.offering.matter, permits)
    return house_version(kind, org.pk) or newest


def _outdated(known: OfferingVersion, starts: date, note: str) -> bool:
    """Whether the rules that hold from `starts` on, or the template as it is now, are not published for the unit yet."""
    newest = _newest(known)
    begins = _begins(newest)
    return newest is None or begins is None or begins < starts or newest.change_note != note


def _newest(known: OfferingVersion) -> OfferingVersion | None:
    """The newest edition that was published for the unit, be it in force yet or not."""
    rows = OfferingVersion.objects.filter(offering_id=known.offering_id, valid__isnull=False)
    return rows.order_by("-no").first()


def _made_of(*template: Mapping[str, Any]) -> str:
    """What an edition notes of the template it was made of; another template, another note."""
    told = json.dumps([dict(part) for part in template], ensure_ascii=False, sort_keys=True)
    return f"平台固定业务，模板 {digest(told.encode(), 'sha256').hex()[:16]}"


def _begins(version: OfferingVersion | None) -> date | None:
    return None if version is None or version.valid is None else version.valid.lower


def _post(org: int, roles: str) -> Post | None:
    for role in roles.split("|"):
        post = Post.objects.filter(organisation_id=org, role=role, abolished_on=None).order_by("code").first()
        if post is not None:
            return post
    return None


def _permit(matter: Matter, permits: Mapping[str, Collection[str]]) -> None:
    """Give roles what the matter asks of them, each once for all units."""
    known = set(Grant.objects.filter(matter=matter).exclude(role="").values_list("role", "verb"))
    for role, verbs in permits.items():
        for verb in verbs:
            if (role, verb) not in known:
                give_grant(
                    INSTALLATION, verb=verb, role=role, matter=matter, secrecy_cap=max(Secrecy.values), starts=BEGINS,
                    reason="平台固定业务",
                )  # fmt: skip


def _filled(template: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    text = json.dumps(template, ensure_ascii=False)
    for name, value in said.items():
        text = text.replace("{" + name + "}", json.dumps(value, ensure_ascii=False)[1:-1])
    filled: dict[str, Any] = json.loads(text)
    return filled
