"""Writing regions and organisations: names and parents are dated, every change leaves a line in the log."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from tongban.base.codes import uscc
from tongban.base.codes.reading import CodeError
from tongban.registry import tree
from tongban.registry.actors import Actor
from tongban.registry.authority import require
from tongban.registry.changelog import record_change
from tongban.registry.errors import RegistryRefused
from tongban.registry.models import Organisation, OrganisationVersion, Region
from tongban.registry.models.organisations import Level
from tongban.registry.models.permissions import Verb
from tongban.registry.periods import period, spell
from tongban.registry.reports import Problem, Report


@transaction.atomic
def import_organisations(actor: Actor, package: Mapping[str, Any]) -> Report:
    """Bring regions and organisations in (docs/reference/organisation-package.md).

    Entries that cannot be taken are refused one by one; a package whose parents form a circle is refused whole
    (``organisation_circle``). Needs ``administer`` over everything, or the installation.
    """
    require(actor, Verb.ADMINISTER, None)
    _require_schema(package)
    report = Report()
    for entry in _parents_first(package.get("regions", ())):
        _import_region(actor, entry, report)
    entries = list(package.get("organisations", ()))
    taken: list[tuple[Mapping[str, Any], Organisation, bool]] = []
    for entry in entries:
        problems = _organisation_problems(entry)
        if problems:
            report.add("organisation", str(entry.get("key", "")), "refused", problems)
            continue
        try:
            with transaction.atomic():
                taken.append((entry, *_import_body(actor, entry)))
        except IntegrityError:
            why = Problem(
                "code", "organisation.code_taken", "代码已被另一个机构使用", "核对统一社会信用代码与机构键"
            )
            report.add("organisation", entry["key"], "refused", [why])
    ids = dict(Organisation.objects.values_list("key", "id"))
    for entry, organisation, changed in taken:
        _import_versions(actor, entry, organisation, ids, report, changed=changed)
    _refuse_circles({v[0] for v in OrganisationVersion.objects.values_list("valid__startswith").distinct()})
    return report


@transaction.atomic
def revise_organisation(
    actor: Actor,
    organisation: Organisation,
    *,
    starts: date,
    name: str,
    short_name: str,
    parent: Organisation | None,
    reason: str,
) -> OrganisationVersion:
    """Give an organisation a new name or parent from a day on; what was before stays as it was.

    Raises ``not_permitted``, ``reason_missing``, ``organisation_period`` (a later change exists already),
    ``organisation_circle``.
    """
    require(actor, Verb.ADMINISTER, organisation.pk)
    _require_reason(reason)
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    last = organisation.versions.order_by("-valid").first()
    if (
        last is None
        or last.valid.lower >= starts
        or (last.valid.upper is not None and last.valid.upper < starts)
    ):
        raise RegistryRefused("organisation_period", "生效日期须晚于该机构最近一次变更，且机构未被撤销。")
    before = {"name": last.name, "short_name": last.short_name, "parent": last.parent_id}
    last.valid = DateRange(last.valid.lower, starts)
    last.save(update_fields=["valid"])
    version = OrganisationVersion.objects.create(
        organisation=organisation,
        name=name,
        short_name=short_name,
        parent=parent,
        valid=DateRange(starts, None),
    )
    _refuse_circles({starts})
    after = {"name": name, "short_name": short_name, "parent": version.parent_id, "from": starts.isoformat()}
    record_change(
        actor,
        "organisation.revised",
        "organisation",
        organisation.key,
        before=before,
        after=after,
        reason=reason,
    )
    return version


@transaction.atomic
def abolish_organisation(actor: Actor, organisation: Organisation, *, on: date, reason: str) -> None:
    """End an organisation: from that day it does not exist, and its posts permit nothing.

    Raises ``not_permitted``, ``reason_missing``, ``organisation_period``, ``organisation_has_children``.
    """
    require(actor, Verb.ADMINISTER, organisation.pk)
    _require_reason(reason)
    last = organisation.versions.select_for_update().order_by("-valid").first()
    if last is None or last.valid.lower >= on or last.valid.upper is not None:
        raise RegistryRefused("organisation_period", "撤销日期须晚于该机构最近一次变更，且机构未被撤销。")
    if any(not node.abolished for node in tree.as_of(on).children(organisation.pk)):
        raise RegistryRefused("organisation_has_children", "该机构仍有下级机构，请先调整下级机构的隶属关系。")
    last.valid = DateRange(last.valid.lower, on)
    last.save(update_fields=["valid"])
    record_change(
        actor,
        "organisation.abolished",
        "organisation",
        organisation.key,
        before={"name": last.name},
        after={"on": on.isoformat()},
        reason=reason,
    )


_BODY = ("code", "level", "nature", "duties", "phone", "address", "office_hours", "publishing_tier")


def _require_schema(package: Mapping[str, Any]) -> None:
    if package.get("schema") != 1:
        raise RegistryRefused("schema_unknown", "数据包版本不是 1，本系统不能读取。")


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise RegistryRefused("reason_missing", "请填写变更原因或依据文件。")


def _parents_first(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    waiting = {str(e.get("code", "")): e for e in entries}
    ordered: list[Mapping[str, Any]] = []
    while waiting:
        ready = [c for c, e in waiting.items() if e.get("parent") not in waiting or e.get("parent") == c]
        ordered += [waiting.pop(code) for code in ready or list(waiting)]
    return ordered


def _import_region(actor: Actor, entry: Mapping[str, Any], report: Report) -> None:
    code = str(entry.get("code", ""))
    parent = entry.get("parent") or None
    try:
        valid = period(entry)
        with transaction.atomic():
            if parent is not None and not Region.objects.filter(code=parent).exists():
                why = Problem(
                    "parent", "region.unknown_parent", f"上级区划 {parent} 不存在", "先录入上级区划"
                )
                report.add("region", code, "refused", [why])
                return
            old = Region.objects.filter(code=code).first()
            now = {"name": entry["name"], "parent_id": parent, "valid": valid}
            before = None if old is None else {k: getattr(old, k) for k in now}
            if before == now:
                report.add("region", code, "unchanged")
                return
            Region.objects.update_or_create(code=code, defaults=now)
            record_change(
                actor,
                "region.imported",
                "region",
                code,
                before=None if before is None else {**before, "valid": spell(before["valid"])},
                after={**now, "valid": spell(valid)},
            )
            report.add("region", code, "created" if old is None else "updated")
    except (IntegrityError, KeyError, ValueError) as error:
        why = Problem(
            "",
            "region.shape",
            f"区划数据不完整或格式不对（{error}）",
            "代码为 6、9 或 12 位数字，须有名称和起始日期",
        )
        report.add("region", code, "refused", [why])


def _organisation_problems(entry: Mapping[str, Any]) -> list[Problem]:
    found = [
        Problem(name, "organisation.shape", f"缺少 {name}", "补充该项")
        for name in ("key", "code", "region", "level", "nature", "versions")
        if not entry.get(name)
    ]
    if found:
        return found
    try:
        uscc.parse_uscc(entry["code"])
    except CodeError as error:
        found.append(Problem("code", "organisation.code", str(error), "核对统一社会信用代码"))
    if entry["level"] not in Level.values:
        found.append(Problem("level", "organisation.level", "行使层级不在代码表内", "取 1 至 7"))
    if not Region.objects.filter(code=entry["region"]).exists():
        found.append(Problem("region", "organisation.region", f"区划 {entry['region']} 不存在", "先录入区划"))
    for no, version in enumerate(entry["versions"]):
        try:
            period(version)
        except (KeyError, ValueError) as error:
            found.append(
                Problem(
                    f"versions[{no}]", "organisation.period", f"起止日期不对（{error}）", "写成 YYYY-MM-DD"
                )
            )
        if not version.get("name"):
            found.append(Problem(f"versions[{no}].name", "organisation.shape", "缺少全称", "补充全称"))
    return found


def _import_body(actor: Actor, entry: Mapping[str, Any]) -> tuple[Organisation, bool]:
    old = Organisation.objects.filter(key=entry["key"]).first()
    now: dict[str, Any] = {name: entry.get(name, "") for name in _BODY}
    now["publishing_tier"] = entry.get("publishing_tier")
    now["region_id"] = entry["region"]
    before = None if old is None else {name: getattr(old, name) for name in now}
    if old is not None and before == now:
        return old, False
    organisation, _ = Organisation.objects.update_or_create(key=entry["key"], defaults=now)
    record_change(actor, "organisation.imported", "organisation", entry["key"], before=before, after=now)
    return organisation, True


def _import_versions(
    actor: Actor,
    entry: Mapping[str, Any],
    organisation: Organisation,
    ids: Mapping[str, int],
    report: Report,
    *,
    changed: bool,
) -> None:
    wanted: list[tuple[str, str, int | None, DateRange]] = []
    for no, version in enumerate(entry["versions"]):
        parent = version.get("parent")
        if parent is not None and parent not in ids:
            why = Problem(
                f"versions[{no}].parent",
                "organisation.unknown_parent",
                f"上级机构 {parent} 不存在",
                "核对机构键",
            )
            if organisation.versions.exists():
                report.add("organisation", organisation.key, "refused", [why])
            else:
                organisation.delete()
                report.add("organisation", entry["key"], "refused", [why])
            return
        wanted.append(
            (
                version["name"],
                version.get("short_name") or version["name"],
                ids.get(parent or ""),
                period(version),
            )
        )
    stored = [(v.name, v.short_name, v.parent_id, v.valid) for v in organisation.versions.order_by("valid")]
    if sorted(wanted, key=lambda w: w[3].lower) == stored:
        report.add(
            "organisation", organisation.key, "updated" if changed else "unchanged", pk=organisation.pk
        )
        return
    try:
        with transaction.atomic():
            organisation.versions.all().delete()
            OrganisationVersion.objects.bulk_create(
                OrganisationVersion(organisation=organisation, name=n, short_name=s, parent_id=p, valid=v)
                for n, s, p, v in wanted
            )
            record_change(
                actor,
                "organisation.versions_imported",
                "organisation",
                organisation.key,
                before={"versions": [[n, s, p, spell(v)] for n, s, p, v in stored]} if stored else None,
                after={"versions": [[n, s, p, spell(v)] for n, s, p, v in wanted]},
            )
    except IntegrityError:
        why = Problem(
            "versions",
            "organisation.period",
            "沿革的起止日期重叠，或以自己为上级",
            "调整各段的起止日期与上级",
        )
        report.add("organisation", organisation.key, "refused", [why])
        return
    report.add("organisation", organisation.key, "updated" if stored else "created", pk=organisation.pk)


def _refuse_circles(days: Iterable[date]) -> None:
    for on in days:
        then = tree.as_of(on)
        reached = (
            frozenset().union(*(then.subtree(root.id) for root in then.roots()))
            if then.nodes
            else frozenset()
        )
        lost = sorted(node.key for node in then.nodes.values() if node.id not in reached)
        if lost:
            raise RegistryRefused(
                "organisation_circle", f"自 {on} 起机构隶属关系成环：{'、'.join(lost)}。请核对上级机构。"
            )
