"""The register of supervision (监察台账): one case a month, whose chain keeps what belongs to no case of its own.

Findings about a unit and the digests of rule versions stand there. It has no work in it and closes by itself.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from tongban.base import present
from tongban.base.canonical import canonical, digest
from tongban.engine.errors import Refused
from tongban.engine.house import establish
from tongban.engine.services import SYSTEM, Applicant, open_case, perform
from tongban.platforms.supervision.models import RuleVersion
from tongban.registry.models import Organisation
from tongban.registry.queries import as_of

RULE_VERSIONS = "supervision_ruleversion"


def register_case(on: date | None = None) -> int:
    """The case of that day's month, opened when it is first needed. Raises Refused("no_organisation")."""
    month = f"{on or present.now().date():%Y-%m}"
    roots = as_of().roots()
    if not roots:
        raise Refused("no_organisation", "还没有任何机构，不能建立监察台账。")
    root = Organisation.objects.get(pk=min(node.id for node in roots))
    template = _template()
    version = establish("register", root, template["content"], template["flow"], template["roles"])
    if version is None:
        raise Refused("no_organisation", "不能建立监察台账。")
    return open_case(
        SYSTEM, offering_version=version.pk, kind="register", channel="web", title=f"监察台账 {month}",
        command_id=uuid5(NAMESPACE_URL, f"supervision:register:{root.key}:{month}"), data={"month": month},
        applicant=Applicant("电子监察", "organisation"),
    ).case_id  # fmt: skip


def record(case_id: int, findings: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Put findings of studies on record in a case; the types of the events that came of it."""
    said = {"findings": list(findings)}
    return perform(SYSTEM, case_id, "find", command_id=uuid4(), data=said, channel="system").events


def anchor_versions(versions: Iterable[RuleVersion], removed: Iterable[int] = ()) -> None:
    """Bind rule versions as they stand now into the chain; `removed` are planned ones that were taken back."""
    records = [{"table": RULE_VERSIONS, "key": str(v.pk), "sha256": version_digest(v)} for v in versions]
    records += [{"table": RULE_VERSIONS, "key": str(pk), "sha256": ""} for pk in removed]
    if records:
        data = {"records": records}
        perform(SYSTEM, register_case(), "anchor", command_id=uuid4(), data=data, channel="system")


def version_digest(version: RuleVersion) -> str:
    """SHA-256 of everything a rule version says, as hex."""
    said = {
        "rule": version.rule, "thresholds": version.thresholds, "enabled": version.enabled, "basis": version.basis,
        "begins": version.valid.lower.isoformat(),
        "ends": "" if version.valid.upper is None else version.valid.upper.isoformat(),
        "org": version.org_id or 0, "matter": version.matter_id or 0, "by": version.made_by_id,
    }  # fmt: skip
    return digest(canonical(said), "sha256").hex()


@lru_cache(maxsize=1)
def _template() -> dict[str, Any]:
    path = files("tongban.platforms.supervision").joinpath("data/register.json")
    template: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return template
