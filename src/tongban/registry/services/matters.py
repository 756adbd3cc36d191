"""The life of a matter's versions: draft → legal review → published → retired, errata, import and export.

Content changes in draft only; what the reviewer approved is what is published. A version in force is never changed.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import orjson
from django.db import DatabaseError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from tongban.base.calendar import CHINA
from tongban.base.canonical import canonical, digest
from tongban.registry.actors import Actor, Installation, account_of
from tongban.registry.authority import require
from tongban.registry.changelog import record_change
from tongban.registry.errors import RegistryRefused
from tongban.registry.flows import published_flow
from tongban.registry.guides import index_guide
from tongban.registry.models import Erratum, Matter, Offering, OfferingVersion, Organisation, Post, Region
from tongban.registry.models.permissions import Verb
from tongban.registry.package import Known, check_package
from tongban.registry.periods import spell
from tongban.registry.projection import columns_of, write_parts
from tongban.registry.reports import Problem, Report, Verdict

Status = OfferingVersion.Status


def known_here() -> Known:
    """The codes a package may refer to in this installation."""
    return Known(
        org_codes=frozenset(Organisation.objects.values_list("code", flat=True)),
        region_codes=frozenset(Region.objects.values_list("code", flat=True)),
        post_codes=frozenset(Post.objects.filter(abolished_on=None).values_list("code", flat=True)),
    )


@transaction.atomic
def draft_version(
    actor: Actor, content: Mapping[str, Any], *, change_note: str = "", known: Known | None = None
) -> OfferingVersion:
    """Begin a new version from a package; the matter and offering are made where they are new.

    Needs ``draft_matter`` at the offering organisation. Raises ``package_refused`` (with ``problems``), ``draft_open``
    (another draft or review of this offering is open), ``kind_differs``, ``owner_outside``, ``not_permitted``.
    """
    _checked(content, known)
    offering = _offering_for(actor, content)
    Offering.objects.select_for_update().get(pk=offering.pk)
    if offering.versions.filter(status__in=[Status.DRAFT, Status.REVIEW]).exists():
        raise RegistryRefused("draft_open", "该事项已有一份编制中或审核中的版本，请先完成或删除它。")
    last = offering.versions.order_by("-no").first()
    version = OfferingVersion.objects.create(
        offering=offering,
        no=1 if last is None else last.no + 1,
        content=content,
        content_sha256=digest(canonical(content), "sha256"),
        change_note=change_note,
        drafted_by=account_of(actor),
        **columns_of(content),
    )
    write_parts(version, fresh=True)
    _log(
        actor,
        "version.drafted",
        version,
        after={"sha256": bytes(version.content_sha256).hex()},
        reason=change_note,
    )
    return version


@transaction.atomic
def save_draft(
    actor: Actor,
    version: OfferingVersion,
    content: Mapping[str, Any],
    *,
    change_note: str | None = None,
    known: Known | None = None,
) -> OfferingVersion:
    """Replace the content of a draft.

    Raises ``not_draft``, ``offering_differs``, ``package_refused``, ``owner_outside``, ``not_permitted``.
    """
    held = _held(version, Status.DRAFT)
    _require(actor, Verb.DRAFT_MATTER, held)
    _checked(content, known)
    if _place(content) != _place(held.content):
        raise RegistryRefused("offering_differs", "内容属于另一个事项、机构或区划，不能存入这份草稿。")
    may_draft(actor, content, held.offering.organisation, held.offering.matter)
    before = bytes(held.content_sha256).hex()
    held.content = dict(content)
    held.content_sha256 = digest(canonical(content), "sha256")
    held.drafted_by = account_of(actor)
    if change_note is not None:
        held.change_note = change_note
    for name, value in columns_of(content).items():
        setattr(held, name, value)
    held.save()
    write_parts(held)
    _log(
        actor,
        "version.saved",
        held,
        before={"sha256": before},
        after={"sha256": bytes(held.content_sha256).hex()},
        reason=held.change_note,
    )
    return held


@transaction.atomic
def delete_draft(actor: Actor, version: OfferingVersion, *, reason: str = "") -> None:
    """Throw a draft away. Raises ``not_draft``, ``not_permitted``."""
    held = _held(version, Status.DRAFT)
    _require(actor, Verb.DRAFT_MATTER, held)
    _log(actor, "version.deleted", held, before={"sha256": bytes(held.content_sha256).hex()}, reason=reason)
    held.delete()


@transaction.atomic
def submit_for_review(
    actor: Actor, version: OfferingVersion, *, known: Known | None = None
) -> OfferingVersion:
    """Hand a draft to legal review (法制审核); from here the content is frozen.

    Raises ``not_draft``, ``package_refused``, ``not_permitted``.
    """
    held = _held(version, Status.DRAFT)
    _require(actor, Verb.DRAFT_MATTER, held)
    _checked(held.content, known)
    held.status = Status.REVIEW
    held.submitted_at = timezone.now()
    held.reviewed_by, held.reviewed_at, held.review_opinion = None, None, ""
    held.save()
    _log(actor, "version.submitted", held)
    return held


@transaction.atomic
def return_to_draft(actor: Actor, version: OfferingVersion, *, opinion: str) -> OfferingVersion:
    """Send a version back from review with an opinion.

    Raises ``not_in_review``, ``opinion_missing``, ``not_permitted`` (needs ``review_matter`` or ``publish_matter``).
    """
    held = _held(version, Status.REVIEW)
    try:
        _require(actor, Verb.REVIEW_MATTER, held)
    except RegistryRefused:
        _require(actor, Verb.PUBLISH_MATTER, held)
    if not opinion.strip():
        raise RegistryRefused("opinion_missing", "退回须写明意见。")
    held.status = Status.DRAFT
    held.reviewed_by, held.reviewed_at, held.review_opinion = account_of(actor), timezone.now(), opinion
    held.save()
    _log(actor, "version.returned", held, reason=opinion)
    return held


@transaction.atomic
def pass_review(actor: Actor, version: OfferingVersion, *, opinion: str) -> OfferingVersion:
    """Pass legal review of the content that `version` holds. The reviewer may not be the one who drafted.

    Raises ``not_in_review``, ``review_outdated`` (the content is another one by now), ``opinion_missing``,
    ``own_draft``, ``not_permitted`` (needs ``review_matter``).
    """
    held = _held(version, Status.REVIEW)
    _require(actor, Verb.REVIEW_MATTER, held)
    if bytes(held.content_sha256) != bytes(version.content_sha256):
        raise RegistryRefused(
            "review_outdated", "您看的内容已经退回修改过，不是现在送审的内容。请看过现在的内容再决定。"
        )
    if not opinion.strip():
        raise RegistryRefused("opinion_missing", "审核须写明意见。")
    if not isinstance(actor, Installation) and held.drafted_by_id == actor.pk:
        raise RegistryRefused("own_draft", "编制人不能审核自己编制的事项，请由另一名审核人员办理。")
    held.reviewed_by, held.reviewed_at, held.review_opinion = account_of(actor), timezone.now(), opinion
    held.save()
    _log(
        actor,
        "version.reviewed",
        held,
        after={"sha256": bytes(held.content_sha256).hex()},
        reason=opinion,
    )
    return held


@transaction.atomic
def publish(
    actor: Actor,
    version: OfferingVersion,
    *,
    starts: date | None = None,
    flow_sha256: bytes | None = None,
    known: Known | None = None,
) -> OfferingVersion:
    """Put a reviewed version in force from a day (today when not said); the one before ends that day.

    Raises ``not_in_review``, ``not_reviewed``, ``package_refused``, ``matter_cancelled``, ``starts_in_past`` (what was
    in force on past days does not change), ``starts_before_current``, ``later_version_exists``,
    ``not_permitted`` (needs ``publish_matter``).
    """
    offering = Offering.objects.select_for_update().get(pk=version.offering_id)
    held = _held(version, Status.REVIEW)
    _require(actor, Verb.PUBLISH_MATTER, held)
    if held.reviewed_at is None:
        raise RegistryRefused("not_reviewed", "尚未通过法制审核，不能发布。")
    if offering.matter.status == Matter.Status.CANCELLED:
        raise RegistryRefused("matter_cancelled", "事项已取消，不能再发布版本。")
    _checked(held.content, known)
    today = datetime.now(CHINA).date()
    starts = starts or today
    in_force = list(
        offering.versions.filter(status__in=[Status.PUBLISHED, Status.RETIRED]).order_by("valid__startswith")
    )
    if starts < today and in_force and not isinstance(actor, Installation):
        raise RegistryRefused("starts_in_past", "生效日期不能早于今天：过去各日的有效版本不再改变。")
    if any(other.valid.lower > starts for other in in_force):
        raise RegistryRefused(
            "later_version_exists", "已有更晚生效的版本，请先停用它，或选择更晚的生效日期。"
        )
    if any(other.valid.lower == starts for other in in_force):
        raise RegistryRefused("starts_before_current", "当前版本同日生效，新版本须晚一天以上生效。")
    for other in in_force:
        if other.valid.upper is None or other.valid.upper > starts:
            before = spell(other.valid)
            other.valid = DateRange(other.valid.lower, starts)
            if starts <= today:
                other.status = Status.RETIRED
            other.save(update_fields=["valid", "status"])
            _log(
                actor,
                "version.superseded",
                other,
                before={"period": before},
                after={"period": spell(other.valid)},
            )
    held.status = Status.PUBLISHED
    held.valid = DateRange(starts, None)
    held.flow_sha256 = flow_sha256
    held.published_by, held.published_at = account_of(actor), timezone.now()
    held.save()
    _recode(actor, offering, held.content)
    _follow(actor, offering.matter, held)
    index_guide(held)
    _log(actor, "version.published", held, after={"period": spell(held.valid)}, reason=held.change_note)
    return held


@transaction.atomic
def retire(actor: Actor, version: OfferingVersion, *, reason: str, on: date | None = None) -> OfferingVersion:
    """End a version without a successor from a day (today when not said).

    Raises ``not_published``, ``reason_missing``, ``retire_day`` (past, or before the version began), ``not_permitted``.
    """
    Offering.objects.select_for_update().get(pk=version.offering_id)
    held = _held(version, Status.PUBLISHED)
    _require(actor, Verb.PUBLISH_MATTER, held)
    if not reason.strip():
        raise RegistryRefused("reason_missing", "请写明停用的原因或依据。")
    today = datetime.now(CHINA).date()
    on = on or today
    too_early = on < today and not isinstance(actor, Installation)
    if too_early or on <= held.valid.lower or (held.valid.upper is not None and on > held.valid.upper):
        raise RegistryRefused("retire_day", "停用日期须晚于生效日期，且不早于今天。")
    before = spell(held.valid)
    held.valid = DateRange(held.valid.lower, on)
    held.status = Status.RETIRED
    held.retire_reason = reason
    held.save(update_fields=["valid", "status", "retire_reason"])
    _log(
        actor,
        "version.retired",
        held,
        before={"period": before},
        after={"period": spell(held.valid)},
        reason=reason,
    )
    return held


@transaction.atomic
def cancel_matter(
    actor: Actor, matter: Matter, *, reason: str, on: date | None = None, merged_into: Matter | None = None
) -> Matter:
    """Take a matter out of the catalogue (清理规范): its versions in force end, its code stays for the record.

    Raises ``reason_missing``, ``matter_cancelled``, ``not_permitted`` and what ``retire`` raises.
    """
    held = Matter.objects.select_for_update().get(pk=matter.pk)
    require(actor, Verb.PUBLISH_MATTER, held.owner_id, held.pk)
    if not reason.strip():
        raise RegistryRefused("reason_missing", "请写明取消或合并的依据。")
    if held.status == Matter.Status.CANCELLED:
        raise RegistryRefused("matter_cancelled", "事项已经取消。")
    for version in OfferingVersion.objects.filter(offering__matter=held, status=Status.PUBLISHED):
        retire(actor, version, reason=reason, on=on)
    before = held.status
    held.status = Matter.Status.CANCELLED
    held.save(update_fields=["status"])
    record_change(
        actor,
        "matter.cancelled",
        "matter",
        held.code,
        before={"status": str(before)},
        after={"status": "cancelled", "merged_into": None if merged_into is None else merged_into.code},
        reason=reason,
    )
    return held


@transaction.atomic
def add_erratum(
    actor: Actor, version: OfferingVersion, *, field: str, old: str, new: str, reason: str
) -> Erratum:
    """Note a mistake in a version in force; it is shown beside the text and changes nothing else.

    Raises ``not_published`` (a draft is simply corrected), ``reason_missing``, ``not_permitted``.
    """
    _require(actor, Verb.PUBLISH_MATTER, version)
    if version.status not in (Status.PUBLISHED, Status.RETIRED):
        raise RegistryRefused("not_published", "只有已发布的版本才需要勘误，草稿请直接修改。")
    if not reason.strip():
        raise RegistryRefused("reason_missing", "请写明勘误的原因。")
    approver = account_of(actor)
    if approver is None:
        raise RegistryRefused("not_permitted", "勘误须由具体人员批准。")
    erratum = Erratum.objects.create(
        version=version, field=field, old=old, new=new, reason=reason, approved_by=approver
    )
    _log(actor, "version.erratum", version, after={"field": field, "old": old, "new": new}, reason=reason)
    return erratum


def export_matter(version: OfferingVersion) -> bytes:
    """The package of a version as canonical JSON; importing and exporting it again gives the same bytes."""
    return canonical(version.content)


def import_matter(
    actor: Actor,
    package: bytes | Mapping[str, Any],
    *,
    publish_from: date | None = None,
    change_note: str = "导入",
    known: Known | None = None,
) -> Verdict:
    """Take one package in as a draft, replacing an open draft of the same offering; never raises for its content.

    With ``publish_from`` it is also reviewed and published from that day, which needs the permissions of all three
    steps; it is then handled by the newest published flow of its ``flow_key``. Where none is published the guide is in
    force all the same, with a warning: no application is taken until a version comes after its flow. A package equal to
    the newest version is ``unchanged``, unless that has no flow and now could have one.
    """
    try:
        content = orjson.loads(package) if isinstance(package, bytes) else package
    except orjson.JSONDecodeError as error:
        why = Problem("", "shape.type", f"不是 JSON：{error}", "用导出功能得到的文件，或对照说明改正")
        return Verdict("matter", "", "refused", (why,))
    known = known or known_here()
    problems = check_package(content, known)
    code = code_of(content)
    if any(problem.level == "error" for problem in problems):
        return Verdict("matter", code, "refused", tuple(problems))
    flow = published_flow(content.get("flow_key") or "") if publish_from is not None else None
    if publish_from is not None and content.get("flow_key") and flow is None:
        problems = [*problems, _without_flow(content["flow_key"])]
    try:
        with transaction.atomic():
            outcome, version = _take(actor, content, change_note, known, relink=flow is not None)
            if publish_from is not None and version.status in (Status.DRAFT, Status.REVIEW):
                if version.status == Status.DRAFT:
                    version = submit_for_review(actor, version, known=known)
                if version.reviewed_at is None:
                    version = pass_review(actor, version, opinion="随数据包导入，已在来源系统审核")
                version = publish(actor, version, starts=publish_from, flow_sha256=flow, known=known)
    except RegistryRefused as refused:
        why = Problem("", refused.code, refused.message, "处理后重新导入")
        return Verdict("matter", code, "refused", (*problems, why))
    except DatabaseError as error:
        why = Problem("", "shape.value", f"数据库不能保存：{error}", "核对各项长度与取值")
        return Verdict("matter", code, "refused", (*problems, why))
    return Verdict("matter", code, outcome, tuple(problems), version.pk)


def import_matters(
    actor: Actor, packages: Iterable[bytes | Mapping[str, Any]], *, publish_from: date | None = None
) -> Report:
    """Take many packages in; each has its own verdict and its own transaction."""
    known = known_here()
    report = Report()
    for package in packages:
        report.verdicts.append(import_matter(actor, package, publish_from=publish_from, known=known))
    return report


def may_draft(
    actor: Actor,
    content: Mapping[str, Any],
    unit: Organisation,
    matter: Matter | None,
    units: Mapping[str, Organisation] = MappingProxyType({}),
) -> Organisation:
    """The one predicate of drafting: may the actor write this package for the unit? Answers with the matter's owner.

    `matter` is the one of the catalogue, None for a new one. An owner (权力主管机构) the catalogue does not know yet must be
    a unit the actor drafts for. `units` are known by their codes already. Raises ``not_permitted``, ``kind_differs``,
    ``owner_outside``.
    """
    about = content["matter"]
    require(actor, Verb.DRAFT_MATTER, unit.pk, None if matter is None else matter.pk)
    if matter is not None and matter.kind != about["kind_code"]:
        raise RegistryRefused(
            "kind_differs", f"事项类型与目录不一致（目录为“{matter.get_kind_display()}”）。"
        )
    code = about.get("owner") or unit.code
    known = unit if matter is None else matter.owner
    owner = next((o for o in (known, unit) if o.code == code), None)
    if owner is None:
        owner = units.get(code) or Organisation.objects.get(code=code)
        try:
            require(actor, Verb.DRAFT_MATTER, owner.pk, None if matter is None else matter.pk)
        except RegistryRefused:
            raise RegistryRefused(
                "owner_outside", f"权力主管机构 {code} 不在您编制事项的范围内，不能替它设事项。"
            ) from None
    return owner


def code_of(content: Any) -> str:
    """The matter code of a package, "" where it has none."""
    matter = content.get("matter") if isinstance(content, Mapping) else None
    code = matter.get("code") if isinstance(matter, Mapping) else None
    return code if isinstance(code, str) else ""


def _without_flow(key: str) -> Problem:
    return Problem(
        "flow_key",
        "flow.unpublished",
        f"办理流程“{key}”还没有发布，公布以后只能看，不能收件",
        "用 tongban flow import 和 tongban flow publish 发布流程，再导入一次",
        "warning",
    )


def _take(
    actor: Actor, content: Mapping[str, Any], note: str, known: Known, *, relink: bool
) -> tuple[Any, OfferingVersion]:
    offering = _find_offering(content)
    newest = None if offering is None else offering.versions.order_by("-no").first()
    if newest is not None:
        same = bytes(newest.content_sha256) == digest(canonical(content), "sha256")
        if same and not (relink and newest.status == Status.PUBLISHED and newest.flow_sha256 is None):
            return "unchanged", newest
        if newest.status == Status.REVIEW:
            raise RegistryRefused("in_review", "该事项有一份版本正在审核，请先完成审核或退回。")
        if newest.status == Status.DRAFT:
            return "updated", save_draft(actor, newest, content, change_note=note, known=known)
    return "created", draft_version(actor, content, change_note=note, known=known)


def _checked(content: Mapping[str, Any], known: Known | None) -> None:
    problems = check_package(content, known or known_here())
    errors = [problem for problem in problems if problem.level == "error"]
    if errors:
        first = errors[0]
        raise RegistryRefused(
            "package_refused",
            f"事项数据有 {len(errors)} 处错误，如 {first.field}：{first.why}。",
            problems=problems,
        )


def _place(content: Mapping[str, Any]) -> tuple[str, str, str]:
    return content["matter"]["code"], content["offering"]["org_code"], content["offering"]["region"]


def _find_offering(content: Mapping[str, Any]) -> Offering | None:
    matter, organisation, region = _place(content)
    return Offering.objects.filter(
        matter__code=matter, organisation__code=organisation, region_id=region
    ).first()


def _offering_for(actor: Actor, content: Mapping[str, Any]) -> Offering:
    about, place = content["matter"], content["offering"]
    organisation = Organisation.objects.get(code=place["org_code"])
    matter = Matter.objects.select_related("owner").filter(code=about["code"]).first()
    owner = may_draft(actor, content, organisation, matter)
    if matter is None:
        matter = Matter.objects.create(
            code=about["code"], name=about["name"], kind=about["kind_code"], owner=owner
        )
        record_change(
            actor,
            "matter.added",
            "matter",
            matter.code,
            after={"name": matter.name, "kind": matter.kind, "owner": owner.key},
        )
    offering, made = Offering.objects.get_or_create(
        matter=matter,
        organisation=organisation,
        region_id=place["region"],
        defaults={"implementation_code": place.get("implementation_code") or None},
    )
    live = offering.versions.filter(status__in=[Status.PUBLISHED, Status.RETIRED])
    if (
        not made and not live.exists()
    ):  # the code of what is in force changes when the version that says so is published
        _recode(actor, offering, content)
    return offering


def _recode(actor: Actor, offering: Offering, content: Mapping[str, Any]) -> None:
    """Give the offering the implementation code that a version of it says."""
    before, code = offering.implementation_code, content["offering"].get("implementation_code") or None
    if code == before:
        return
    if code is not None and Offering.objects.filter(implementation_code=code).exists():
        raise RegistryRefused("offering_differs", f"实施编码 {code} 已由另一个事项使用。")
    offering.implementation_code = code
    offering.save(update_fields=["implementation_code"])
    record_change(
        actor,
        "offering.recoded",
        "offering",
        str(offering.pk),
        before={"implementation_code": before},
        after={"implementation_code": offering.implementation_code},
    )


def _follow(actor: Actor, matter: Matter, version: OfferingVersion) -> None:
    """The catalogue shows the name of the newest published version."""
    if matter.name == version.name:
        return
    before, matter.name = matter.name, version.name
    matter.save(update_fields=["name"])
    record_change(
        actor, "matter.renamed", "matter", matter.code, before={"name": before}, after={"name": matter.name}
    )


_WRONG_STATUS = {
    Status.DRAFT: ("not_draft", "该版本不在编制中，内容已不能改动。"),
    Status.REVIEW: ("not_in_review", "该版本不在审核中。"),
    Status.PUBLISHED: ("not_published", "该版本不是有效的已发布版本。"),
}


def _held(version: OfferingVersion, status: Status) -> OfferingVersion:
    held = (
        OfferingVersion.objects.select_for_update(of=("self",))
        .select_related("offering__matter__owner", "offering__organisation")
        .get(pk=version.pk)
    )
    if held.status != status:
        raise RegistryRefused(*_WRONG_STATUS[status])
    return held


def _require(actor: Actor, verb: Verb, version: OfferingVersion) -> None:
    require(actor, verb, version.offering.organisation_id, version.offering.matter_id)


def _log(
    actor: Actor,
    action: str,
    version: OfferingVersion,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    record_change(
        actor,
        action,
        "version",
        f"{version.offering.matter.code}/{version.offering_id}/{version.no}",
        before=before,
        after=after,
        reason=reason,
    )
