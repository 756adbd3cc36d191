"""The typed parts of a version as its content says them; stored and compared, never edited by hand."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongban.registry.models import (
    Condition,
    FeeItem,
    LegalBasis,
    Material,
    OfferingVersion,
    ResultItem,
    RiskPoint,
    Step,
    TimeLimit,
)
from tongban.registry.models.matters import VersionPart
from tongban.registry.package import limits_of

PARTS: tuple[type[VersionPart], ...] = (
    Condition,
    Material,
    Step,
    TimeLimit,
    FeeItem,
    ResultItem,
    LegalBasis,
    RiskPoint,
)


def columns_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a version that repeat its content for lists."""
    return {
        "schema_version": content["schema"],
        "name": content["matter"]["name"],
        "kind": content["matter"]["kind_code"],
        "project_type": content["project_type"],
        "initiated_by": content["initiated_by"],
        "online_depth": content["online_depth"],
        "visits": content["visits"],
        "is_fee": content["is_fee"],
        "flow_key": content.get("flow_key", ""),
    }


def parts_of(content: Mapping[str, Any]) -> dict[type[VersionPart], list[dict[str, Any]]]:
    """The rows of every part table that the content amounts to, in order."""

    def rows(part: str, /, **columns: Any) -> list[dict[str, Any]]:
        return [
            {"no": no, "key": row["key"]}
            | {column: empty if row.get(column) is None else row[column] for column, empty in columns.items()}
            for no, row in enumerate(content.get(part, ()), 1)
        ]

    fees = rows("fees", name="", standard="", amount=None, basis="")
    for fee in fees:
        fee["amount"] = None if fee["amount"] is None else Decimal(fee["amount"]).quantize(Decimal("0.01"))
    return {
        Condition: rows("conditions", text="", question=""),
        Material: rows("materials", name="", form="", necessity="", when="", source="", media="", copies=1),
        Step: [
            {
                "no": no,
                "key": step["key"],
                "name": step["name"],
                "post_code": step.get("post") or "",
                "amount": (step.get("limit") or {}).get("amount"),
                "unit": (step.get("limit") or {}).get("unit", ""),
                "counted": (step.get("limit") or {}).get("counted", True),
            }
            for no, step in enumerate(content.get("steps", ()), 1)
        ],
        TimeLimit: [
            {
                "no": no,
                "key": key,
                "amount": limit["amount"],
                "unit": limit["unit"],
                "note": limit.get("note", ""),
            }
            for no, (key, limit) in enumerate(sorted(limits_of(content).items()), 1)
        ],
        FeeItem: fees,
        ResultItem: rows("results", name="", type="", validity_months=None),
        LegalBasis: rows("legal_bases", law="", document_number="", article="", text=""),
        RiskPoint: rows("risk_points", name="", kind="", grade="", step=""),
    }


def write_parts(version: OfferingVersion, *, fresh: bool = False) -> None:
    """Put the parts of a draft into their tables, replacing those that are there (a ``fresh`` draft has none)."""
    for part, rows in parts_of(version.content).items():
        if not fresh:
            part.objects.filter(version=version).delete()
        if rows:
            part.objects.bulk_create(part(**{"version": version, **row}) for row in rows)


def stored_parts(version: OfferingVersion) -> dict[type[VersionPart], list[dict[str, Any]]]:
    """The rows that are in the tables, in the shape of ``parts_of``."""
    return {
        part: [
            {name: row[name] for name in row if name not in ("id", "version_id")}
            for row in part.objects.filter(version=version).order_by("no").values()
        ]
        for part in PARTS
    }
