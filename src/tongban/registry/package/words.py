"""The words of the package format: kinds, units, types, names, and what an installation knows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCHEMA = 1


UNITS = {"workday": "工作日", "day": "日", "month": "月", "work_hour": "工作小时", "hour": "小时"}


KINDS = frozenset({"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "20"})


PROJECT_TYPES = ("instant", "promised", "other")


INITIATED_BY = ("application", "office")


NECESSITIES = ("required", "optional", "conditional", "later")


GRADES = ("high", "mid", "low")


FIELD_TYPES = frozenset(
    [
        "text",
        "textarea",
        "number",
        "integer",
        "date",
        "datetime",
        "radio",
        "select",
        "checkbox",
        "idcard",
        "uscc",
        "mobile",
        "phone",
        "email",
        "address",
        "region",
        "file",
        "money",
        "boolean",
        "table",
    ]
)


#: Answered with a text, whose length and pattern can be checked.
TEXT_TYPES = frozenset(
    {"text", "textarea", "idcard", "uscc", "mobile", "phone", "email", "address", "region"}
)


#: What a column of a table may ask.
COLUMN_TYPES = FIELD_TYPES - {"table", "file"}
MOST_COLUMNS, MOST_ROWS = 12, 100


CHOICE_TYPES = frozenset({"radio", "select", "checkbox"})


#: Limits a package may leave out: Licensing Law (行政许可法) art. 32 and 44, and the usual time to supply.
DEFAULT_LIMITS: Mapping[str, Mapping[str, Any]] = {
    "acceptance": {"amount": 5, "unit": "workday"},
    "correction": {"amount": 15, "unit": "workday"},
    "delivery": {"amount": 10, "unit": "workday"},
}


#: Wording that asks for anything at all (兜底条款), forbidden in lists of material.
CATCH_ALL = re.compile(
    r"其[他它](相关|有关|必要)?(材料|证明|文件|资料)|^(有关|相关)(材料|证明|资料)|规定的其[他它]"
)


VAGUE = re.compile(r"有关|相关")


TOP_KEYS = frozenset(
    [
        "schema",
        "matter",
        "offering",
        "initiated_by",
        "project_type",
        "service_objects",
        "online_depth",
        "visits",
        "visit_reason",
        "place",
        "hours",
        "phone",
        "supervise_phone",
        "channels",
        "conditions",
        "materials",
        "limits",
        "steps",
        "special_procedures",
        "is_fee",
        "fees",
        "results",
        "legal_bases",
        "risk_points",
        "discretion",
        "form",
        "faq",
        "synonyms",
        "themes",
        "life_events",
        "flow_key",
        "params",
        "case_documents",
        "note",
        "handle_area",
        "quantity_limit",
        "co_departments",
        "summary",
    ]
)


@dataclass(frozen=True, slots=True)
class Known:
    """Codes that exist in the installation; None leaves a question unasked."""

    org_codes: frozenset[str] | None = None
    region_codes: frozenset[str] | None = None
    post_codes: frozenset[str] | None = None
