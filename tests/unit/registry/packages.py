"""A sound matter package for tests to spoil, and random sound ones."""

import copy
from typing import Any

from hypothesis import strategies as st

ORG = "11990102990000455K"
REGION = "990102"

SOUND: dict[str, Any] = {
    "schema": 1,
    "matter": {"code": "990144001000", "name": "食品经营许可（新办）", "kind_code": "01", "owner": ORG},
    "offering": {
        "org_code": ORG,
        "region": REGION,
        "implementation_code": ORG + "4990144001000",
        "level": "4",
    },
    "initiated_by": "application",
    "project_type": "promised",
    "service_objects": ["1", "2"],
    "online_depth": 4,
    "visits": 0,
    "visit_reason": "",
    "place": "滨江路15号",
    "hours": "工作日 9:00—17:00",
    "phone": "0990-81045585",
    "supervise_phone": "0990-81026338",
    "channels": ["窗口", "电脑端"],
    "conditions": [{"key": "c1", "text": "取得营业执照等合法主体资格", "question": "是否已有营业执照？"}],
    "materials": [
        {"key": "m1", "name": "食品经营许可申请书", "form": "原件", "necessity": "required", "copies": 1},
        {
            "key": "m2",
            "name": "授权委托书",
            "necessity": "conditional",
            "when": "form.by_agent == '是'",
            "copies": 1,
        },
    ],
    "limits": {
        "statutory": {"amount": 10, "unit": "workday", "note": "自受理之日起"},
        "promised": {"amount": 5, "unit": "workday"},
    },
    "steps": [
        {
            "key": "s1",
            "name": "受理",
            "post": "JBSC-CK",
            "limit": {"amount": 1, "unit": "workday", "counted": False},
        },
        {"key": "s2", "name": "审查", "post": "JBSC-SC", "limit": {"amount": 3, "unit": "workday"}},
        {"key": "s3", "name": "决定", "post": "JBSC-FG", "limit": {"amount": 2, "unit": "workday"}},
    ],
    "is_fee": True,
    "fees": [
        {
            "key": "f1",
            "name": "工本费",
            "standard": "每证十元",
            "amount": "10.00",
            "basis": "省价费字第1号第二条",
        }
    ],
    "results": [{"key": "r1", "name": "食品经营许可证", "type": "证照", "validity_months": 60}],
    "legal_bases": [{"key": "l1", "law": "中华人民共和国食品安全法", "article": "第三十五条", "text": "……"}],
    "risk_points": [{"key": "k1", "name": "审查不严", "kind": "业务流程", "grade": "high", "step": "s2"}],
    "discretion": None,
    "form": {
        "groups": [
            {
                "title": "申请信息",
                "fields": [
                    {
                        "name": "by_agent",
                        "label": "是否代办",
                        "type": "radio",
                        "required": True,
                        "options": ["是", "否"],
                    },
                    {
                        "name": "agent_name",
                        "label": "代办人",
                        "type": "text",
                        "required": True,
                        "when": {"field": "by_agent", "equals": "是"},
                    },
                ],
            }
        ]
    },
    "faq": [{"question": "多久办好？", "answer": "五个工作日。"}],
    "synonyms": ["开饭馆", "餐饮许可证"],
    "themes": {"natural_person": ["准营准办"]},
    "life_events": ["开餐馆"],
    "flow_key": "spjy",
    "params": {},
}


def package(**changes: Any) -> dict[str, Any]:
    """The sound package with parts replaced; ``a__b`` reaches into objects, ``a__0__b`` into lists."""
    data = copy.deepcopy(SOUND)
    for path, value in changes.items():
        here: Any = data
        *way, last = path.split("__")
        for part in way:
            here = here[int(part)] if isinstance(here, list) else here[part]
        here[int(last) if isinstance(here, list) else last] = value
    return data


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(str.strip)


@st.composite
def packages(draw: st.DrawFn) -> dict[str, Any]:
    """Random packages that the check lets pass."""
    law = draw(st.integers(1, 60))
    promise = draw(st.integers(1, law))
    unit = draw(st.sampled_from(["workday", "day"]))
    steps = draw(st.integers(0, 4))
    fees = draw(st.lists(st.decimals(0, 9999, places=2), max_size=3))
    conditions = draw(st.lists(texts, max_size=4))
    return package(
        matter__name=draw(texts),
        limits={
            "statutory": {
                "amount": law,
                "unit": unit,
                "note": draw(st.text(max_size=5).filter(lambda t: "\0" not in t)),
            },
            "promised": {"amount": promise, "unit": unit},
        },
        steps=[
            {"key": f"s{n}", "name": draw(texts), "limit": {"amount": promise // max(steps, 1), "unit": unit}}
            for n in range(steps)
        ],
        risk_points=[],
        is_fee=bool(fees),
        fees=[
            {"key": f"f{n}", "name": draw(texts), "amount": str(amount), "basis": draw(texts)}
            for n, amount in enumerate(fees)
        ],
        conditions=[{"key": f"c{n}", "text": text} for n, text in enumerate(conditions)],
        synonyms=draw(st.lists(texts, max_size=3)),
        params=draw(
            st.dictionaries(
                # any name but the one that means something: hypothesis finds it among the constants of the code
                texts.filter(lambda t: max(t) <= "\uffff" and t != "replaces"),
                st.integers(-(10**6), 10**6) | st.booleans() | texts,
                max_size=3,
            )
        ),
    )
