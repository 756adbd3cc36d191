"""Many new matters at once (成批导入): the same drafts and change lines as one by one, in a few statements a batch.

Only what is new to an offering goes this way; a batch that the database will not have, or a matter that already has a
version, is taken one at a time, so that each keeps its own verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, transaction
from django.db.models import OuterRef, Subquery

from tongban.base.canonical import canonical, digest
from tongban.registry.actors import Actor, account_of
from tongban.registry.changelog import change_line
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Matter, Offering, OfferingVersion, Organisation, RegistryChange
from tongban.registry.package import Known
from tongban.registry.projection import columns_of, parts_of
from tongban.registry.reports import Problem, Verdict
from tongban.registry.services.matters import code_of, import_matter, may_draft

if TYPE_CHECKING:
    from tongban.registry.models.matters import VersionPart

Content = Mapping[str, Any]
Place = tuple[str, str, str]


def import_batch(
    actor: Actor, contents: Sequence[Content], *, known: Known, change_note: str = "导入"
) -> list[Verdict]:
    """Take checked packages in as drafts, one verdict each in their order, in one transaction.

    The contents must have passed ``check_package`` against ``known``. What is refused is so with the code and words
    of ``import_matter``.
    """
    verdicts: dict[int, Verdict] = {}
    with transaction.atomic():
        newest = newest_versions(contents)
        fresh: list[int] = []
        for n, content in enumerate(contents):
            place = place_of(content)
            held = newest.get(place)
            if place not in newest:
                fresh.append(n)
            elif held is not None and bytes(held.content_sha256) == digest(canonical(content), "sha256"):
                verdicts[n] = Verdict("matter", code_of(content), "unchanged", (), held.pk)
        try:
            with transaction.atomic():
                verdicts |= _Drafts(actor, change_note).write([(n, contents[n]) for n in fresh])
        except (
            DatabaseError
        ):  # somebody in the batch cannot be stored: who it is, each one's own transaction tells
            verdicts = {n: v for n, v in verdicts.items() if v.outcome == "unchanged"}
        for n, content in enumerate(contents):
            if n not in verdicts:
                verdicts[n] = import_matter(actor, content, change_note=change_note, known=known)
    return [verdicts[n] for n in range(len(contents))]


def place_of(content: Content) -> Place:
    """Which offering a package is about: matter code, organisation code, region; "" for what it does not say."""
    matter, offering = content.get("matter"), content.get("offering")
    matter = matter if isinstance(matter, Mapping) else {}
    offering = offering if isinstance(offering, Mapping) else {}
    return (
        str(matter.get("code", "")),
        str(offering.get("org_code", "")),
        str(offering.get("region", "")),
    )


def newest_versions(contents: Sequence[Content]) -> dict[Place, OfferingVersion | None]:
    """The newest version of each offering these packages are about; None where the offering has none yet."""
    last = OfferingVersion.objects.filter(offering=OuterRef("pk")).order_by("-no").values("pk")[:1]
    offerings = {
        (o.matter.code, o.organisation.code, o.region_id): o.newest
        for o in Offering.objects.filter(matter__code__in={place_of(c)[0] for c in contents})
        .select_related("matter", "organisation")
        .annotate(newest=Subquery(last))
    }
    wanted = {place_of(c) for c in contents}
    versions = OfferingVersion.objects.in_bulk([pk for at, pk in offerings.items() if at in wanted and pk])
    return {at: versions.get(pk) for at, pk in offerings.items() if at in wanted}


@dataclass(slots=True)
class _Drafts:
    actor: Actor
    note: str
    lines: list[RegistryChange] = field(default_factory=list)

    def write(self, contents: Sequence[tuple[int, Content]]) -> dict[int, Verdict]:
        """First versions of offerings that are new here."""
        codes = {code for _, c in contents for code in (c["offering"]["org_code"], c["matter"].get("owner"))}
        units = {o.code: o for o in Organisation.objects.filter(code__in=codes - {None, ""})}
        known = Matter.objects.select_related("owner")
        matters = {m.code: m for m in known.filter(code__in={place_of(c)[0] for _, c in contents})}
        verdicts: dict[int, Verdict] = {}
        made: list[tuple[int, Content, Matter]] = []
        added: list[Matter] = []
        for n, content in contents:
            about, unit = content["matter"], units[content["offering"]["org_code"]]
            matter = matters.get(about["code"])
            try:
                owner = may_draft(self.actor, content, unit, matter, units)
            except RegistryRefused as refused:
                why = Problem("", refused.code, refused.message, "处理后重新导入")
                verdicts[n] = Verdict("matter", about["code"], "refused", (why,))
                continue
            if matter is None:
                matter = Matter(code=about["code"], name=about["name"], kind=about["kind_code"], owner=owner)
                matters[matter.code] = matter
                added.append(matter)
                after = {"name": matter.name, "kind": matter.kind, "owner": owner.key}
                self.lines.append(change_line(self.actor, "matter.added", "matter", matter.code, after=after))
            made.append((n, content, matter))
        Matter.objects.bulk_create(added)
        offerings = Offering.objects.bulk_create(
            Offering(
                matter=matter,
                organisation=units[content["offering"]["org_code"]],
                region_id=content["offering"]["region"],
                implementation_code=content["offering"].get("implementation_code") or None,
            )
            for _, content, matter in made
        )
        versions = OfferingVersion.objects.bulk_create(
            OfferingVersion(
                offering=offering,
                no=1,
                content=content,
                content_sha256=digest(canonical(content), "sha256"),
                change_note=self.note,
                drafted_by=account_of(self.actor),
                **columns_of(content),
            )
            for offering, (_, content, _) in zip(offerings, made, strict=True)
        )
        self._parts(versions)
        for version, (n, _, matter) in zip(versions, made, strict=True):
            key = f"{matter.code}/{version.offering_id}/{version.no}"
            after = {"sha256": bytes(version.content_sha256).hex()}
            self.lines.append(
                change_line(self.actor, "version.drafted", "version", key, after=after, reason=self.note)
            )
            verdicts[n] = Verdict("matter", matter.code, "created", (), version.pk)
        RegistryChange.objects.bulk_create(self.lines)
        return verdicts

    def _parts(self, versions: Sequence[OfferingVersion]) -> None:
        rows: dict[type[VersionPart], list[VersionPart]] = {}
        for version in versions:
            for part, columns in parts_of(version.content).items():
                rows.setdefault(part, []).extend(part(**{"version": version, **row}) for row in columns)
        for part, many in rows.items():
            part.objects.bulk_create(many)
