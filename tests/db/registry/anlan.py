"""The fact sheets of the fictional city as packages; only for tests, which skip where the sheets are absent."""

import json
from pathlib import Path
from typing import Any

SHEETS = Path(__file__).resolve().parents[4] / "shared" / "data" / "anlan"
UNITS = {"工作日": "workday", "自然日": "day", "月": "month"}
NECESSITY = {"必要": "required", "非必要": "optional", "特定情形必要": "conditional", "容缺后补": "later"}
DEPTH = {chr(0x2160 + n): n + 1 for n in range(4)}  # Roman numerals
SINCE = "2020-01-01"


def sheet(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((SHEETS / f"{name}.json").read_text(encoding="utf-8"))
    return rows


def organisations() -> dict[str, Any]:
    rows = sheet("organisations")
    regions = {
        "990000": ("省级虚拟", None),
        "990100": ("安澜市", "990000"),
        "990102": ("江北区", "990100"),
        "990121": ("云溪县", "990100"),
        "990122": ("望川县", "990100"),
    }
    for row in rows:
        if row["region_code"] not in regions:
            regions[row["region_code"]] = (row["short_name"], row["region_code"][:6])
    return {
        "schema": 1,
        "regions": [{"code": c, "name": n, "parent": p, "from": SINCE} for c, (n, p) in regions.items()],
        "organisations": [
            {
                "key": row["key"],
                "code": row["code"],
                "region": row["region_code"],
                "level": row["level_code"],
                "nature": row["nature"],
                "duties": row["duties"],
                "phone": row["phone"],
                "address": row["address"],
                "office_hours": row["office_hours"],
                "publishing_tier": row["publishing_tier"],
                "versions": [
                    {
                        "name": row["full_name"],
                        "short_name": row["short_name"],
                        "parent": row["parent"],
                        "from": SINCE,
                    }
                ],
            }
            for row in rows
        ],
    }


def posts() -> dict[str, Any]:
    duties: dict[str, list[str]] = {}
    for unit in sheet("organisations"):
        duties.setdefault(unit["responsible_leader_post"], []).append("responsible_leader")
        duties.setdefault(unit["admin_post"], []).append("administrator")
        duties.setdefault(unit["document_clerk_post"], []).append("document_clerk")
    return {
        "schema": 1,
        "posts": [
            {
                "code": row["code"],
                "name": row["name"],
                "organisation": row["unit"],
                "role": row["role"],
                "duties": row["duties"],
                "headcount": row["headcount"],
                "serves_as": duties.get(row["code"], []),
                "holders": [
                    {"username": f"{row['code'].lower()}-{n}", "display_name": name, "from": SINCE}
                    for n, name in enumerate(row["holders"], 1)
                ],
            }
            for row in sheet("posts")
        ],
    }


def matters() -> list[dict[str, Any]]:
    return [matter(row) for row in sheet("matters")]


def matter(row: dict[str, Any]) -> dict[str, Any]:
    office = row["initiated_by"] == "依职权"
    return {
        "schema": 1,
        "matter": {
            "code": row["base_code"],
            "name": row["name"],
            "kind_code": row["kind_code"],
            "owner": row["department_code"],
        },
        "offering": {
            "org_code": row["department_code"],
            "region": row["region_code"],
            "implementation_code": row["implementation_code"],
            "level": row["level_code"],
        },
        "initiated_by": "office" if office else "application",
        "project_type": {"1": "instant", "2": "promised", "9": "other"}[row["project_type"]["code"]],
        "service_objects": [item["code"] for item in row["service_object"]],
        "online_depth": DEPTH[row["online_depth"]],
        "visits": row["visits"],
        "visit_reason": row["visit_reason"] or "",
        "place": row["place"],
        "hours": row["time"],
        "phone": row["phone"],
        "supervise_phone": row["supervise_phone"],
        "channels": row["channels"],
        "conditions": [{"key": f"c{n}", "text": text} for n, text in enumerate(row["conditions"], 1)],
        "materials": [
            {
                "key": item["code"],
                "name": item["name"],
                "form": item["form"],
                "necessity": NECESSITY[item["necessity"]],
                "source": item["source"],
                "media": item["media"],
                "copies": item["original_copies"] + item["photocopy_copies"],
            }
            for item in row["materials"]
        ],
        "limits": {
            name: {"amount": row[f"{name}_limit"]["value"], "unit": UNITS[row[f"{name}_limit"]["unit"]]}
            for name in ("statutory", "promised")
        },
        "steps": [
            {
                "key": f"s{item['order']}",
                "name": item["step"],
                "post": item["post"],
                "limit": {
                    "amount": item["limit"]["value"],
                    "unit": UNITS[item["limit"]["unit"]],
                    "counted": item["limit"]["counted"],
                },
            }
            for item in row["steps"]
        ],
        "is_fee": row["is_fee"],
        "fees": [
            {
                "key": f"f{n}",
                "name": fee["name"],
                "standard": fee["standard"],
                "amount": None,
                "basis": fee["basis"],
            }
            for n, fee in enumerate(row["fees"], 1)
        ],
        "results": [
            {"key": f"r{n}", "name": item["name"], "type": item["type"], "validity": item["validity"] or ""}
            for n, item in enumerate(row["results"], 1)
        ],
        "legal_bases": [
            {"key": f"l{n}", "law": item["law"], "article": item["article"], "text": item["gist"] or ""}
            for n, item in enumerate(row["legal_bases"], 1)
        ],
        "risk_points": [
            {
                "key": item["code"],
                "name": item["name"],
                "kind": item["kind"],
                "grade": {"高": "high", "中": "mid", "低": "low"}[item["grade"]],
                "step": f"s{item['step']}",
            }
            for item in row["risk_points"]
        ],
        "discretion": json.loads(json.dumps(row["discretion"]), parse_float=str)
        if row["discretion"]
        else None,
        "form": {
            "groups": []
            if office
            else [
                {
                    "title": "申请信息",
                    "fields": [
                        {
                            "name": item["name"],
                            "label": item["label"],
                            "type": item["type"],
                            "required": item["required"],
                            "options": item["options"],
                            "when": None
                            if item["conditional"] is None
                            else {
                                "field": item["conditional"]["field"],
                                item["conditional"]["operator"]: item["conditional"]["equals"],
                            },
                        }
                        for item in row["form_fields"]
                    ],
                }
            ]
        },
        "faq": [{"question": item["q"], "answer": item["a"]} for item in row["faq"]],
        "synonyms": row["synonyms"],
        "themes": {name: value or [] for name, value in row["themes"].items()},
        "life_events": row["life_events"],
    }
