"""A town with every role in it, brought in by the services an operator would use: what the front doors are tested on.

Five units in a tree, the posts and people that the authorisation matrix asks about, a permit with parallel review, and
a joint matter whose two members become cases of their own.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

from tests.permits import FLOW
from tests.unit.registry.packages import package
from tongban.base.codes import make_org_code, make_uscc
from tongban.engine.flows import publish_flow, save_flow_draft
from tongban.engine.services import Applicant, Handed, Outcome, open_case, perform
from tongban.registry.actors import INSTALLATION
from tongban.registry.identity import set_identity
from tongban.registry.models import Account, OfferingVersion
from tongban.registry.services.matters import (
    draft_version,
    known_here,
    pass_review,
    publish,
    submit_for_review,
)
from tongban.registry.services.organisations import import_organisations
from tongban.registry.services.posts import import_posts

PASSWORD = "town-2026-town"
SINCE = "2024-01-01"
CITY, DISTRICT = "990100", "990102"
UNITS: dict[str, tuple[str, str | None]] = {  # name and parent
    "szf": ("安澜市人民政府", None),
    "scjg": ("安澜市市场监督管理局", "szf"),
    "cg": ("安澜市城市管理局", "szf"),
    "xsj": ("安澜市行政审批服务局", "szf"),
    "sfj": ("安澜市司法局", "szf"),
}
CODES = {
    key: make_uscc("11", DISTRICT, make_org_code(f"9900{i:04d}").text).text for i, key in enumerate(UNITS)
}
#: Who there is: name → (post, unit, role). The first word of a role is registry/data/role-grants.json's.
STAFF = {
    "clerk": ("CK", "scjg", "acceptor"),
    "reviewer": ("SA", "scjg", "examiner"),
    "section_head": ("KZ", "scjg", "reviewer"),
    "leader": ("FG", "scjg", "approver"),
    "chief": ("LD", "scjg", "leader"),
    "supervisor": ("JC", "scjg", "supervisor"),
    "neighbour": ("SB", "cg", "examiner"),
    "other_clerk": ("CG-CK", "cg", "acceptor"),
    "monitor": ("XSJ-JCZ", "xsj", "monitor"),
    "publisher": ("XSJ-XX", "xsj", "publisher"),
    "system_admin": ("XSJ-XT", "xsj", "system_admin"),
    "security_admin": ("XSJ-AQ", "xsj", "security_admin"),
    "audit_admin": ("XSJ-SJ", "xsj", "audit_admin"),
    "legal": ("SFJ-FZ", "sfj", "legal"),
}
RESIDENTS = {"owner": ("王小芳", "110101199003070775"), "stranger": ("赵铁柱", "110101198506152399")}
PHONES = {"owner": "+8613900001111", "stranger": "+8613900002222"}
PERMIT, BRIEF, JOINT = "990144001000", "990144002000", "990144003000"
SECRET_ADDRESS = "东门大街七十三号"

BRIEF_FLOW: dict[str, Any] = {
    "key": "brief",
    "name": "简易许可",
    "nodes": [
        {"key": "start", "kind": "start"},
        {
            "key": "accept", "kind": "human", "name": "受理", "stage": "受理", "post": "CG-CK", "duty": "accept",
            "limit": {"amount": 1, "counted": False}, "choices": [{"key": "accept"}, {"key": "refuse"}],
        },
        {
            "key": "deliver", "kind": "human", "name": "送达", "stage": "送达", "post": "CG-CK", "duty": "deliver",
            "limit": {"amount": 1, "counted": False},
        },
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "accept"}, {"from": "accept", "to": "deliver"}, {"from": "deliver", "to": "end"},
    ],
}  # fmt: skip
JOINT_FLOW: dict[str, Any] = {
    "key": "together",
    "name": "一件事联办",
    "nodes": [
        {"key": "start", "kind": "start"},
        {
            "key": "accept", "kind": "human", "name": "受理", "stage": "受理", "post": "CK", "duty": "accept",
            "limit": {"amount": 1, "counted": False}, "choices": [{"key": "accept"}, {"key": "refuse"}],
        },
        {"key": "members", "kind": "subcase", "name": "并联办理", "stage": "审查", "members": ["P-1", "B-1"], "policy": "all"},
        {
            "key": "deliver", "kind": "human", "name": "统一出件", "stage": "送达", "post": "CK", "duty": "deliver",
            "limit": {"amount": 1, "counted": False},
        },
        {"key": "end", "kind": "end"},
    ],
    "edges": [
        {"from": "start", "to": "accept"}, {"from": "accept", "to": "members"},
        {"from": "members", "to": "deliver"}, {"from": "deliver", "to": "end"},
    ],
}  # fmt: skip
FORM = {"shop": "兴旺小吃店", "address": SECRET_ADDRESS}
MATERIALS = (Handed("m1"), Handed("m2", "shared"))


@dataclass
class Town:
    """What was built, by name."""

    people: dict[str, Account] = field(default_factory=dict)
    versions: dict[str, OfferingVersion] = field(default_factory=dict)

    def apply(self, who: str = "owner", matter: str = PERMIT, **more: Any) -> Outcome:
        """A resident applies on the web with everything that is needed; `by` lets somebody else take it in."""
        account = self.people[who]
        name, number = RESIDENTS[who]
        taker = more.pop("by", account)
        said: dict[str, Any] = {
            "offering_version": self.versions[matter], "data": FORM, "materials": MATERIALS, "command_id": uuid4(),
            "applicant": Applicant(name, id_type="111", id_number=number, phone=PHONES[who], account=account),
            "kind": "joint" if matter == JOINT else "licence",
        }  # fmt: skip
        return open_case(taker, **(said | more))

    def do(self, who: str, case: Outcome, type_: str, **data: Any) -> Outcome:
        """Somebody does something to a case."""
        return perform(self.people[who], case.case_id, type_, command_id=uuid4(), data=data)

    def decided(self, case: Outcome) -> Outcome:
        """A permit carried on to its decision, granted."""
        self.do("clerk", case, "accept")
        self.do("reviewer", case, "complete", outcome="pass")
        self.do("neighbour", case, "complete", outcome="pass")
        self.do("section_head", case, "complete", outcome="agree")
        return self.do("leader", case, "complete", outcome="granted")


def build_town() -> Town:
    """Build the town in the database at hand."""
    town = Town()
    _sound(import_organisations(INSTALLATION, _organisations()))
    _sound(import_posts(INSTALLATION, _posts()))
    for name in STAFF:
        town.people[name] = Account.objects.get(username=name)
    for name, (display, number) in RESIDENTS.items():
        account = Account(
            username=name, display_name=display, kind="resident", real_name_level=2, phone=PHONES[name]
        )
        set_identity(account, "111", number)
        account.save()
        town.people[name] = account
    known = known_here()
    for content, document in (
        (_matter(PERMIT, "食品经营许可", "scjg", "P-1"), FLOW),
        (_matter(BRIEF, "户外招牌备案", "cg", "B-1"), BRIEF_FLOW),
        (_matter(JOINT, "开小吃店一件事", "scjg", "J-1"), JOINT_FLOW),
    ):
        flow = publish_flow(None, save_flow_draft(None, key=document["key"], document=document))
        version = submit_for_review(
            INSTALLATION, draft_version(INSTALLATION, content, known=known), known=known
        )
        version = pass_review(INSTALLATION, version, opinion="合法。")
        town.versions[content["matter"]["code"]] = publish(
            INSTALLATION,
            version,
            starts=date(2024, 1, 1),
            flow_sha256=bytes.fromhex(flow.sha256),
            known=known,
        )
    return town


def _organisations() -> dict[str, Any]:
    return {
        "schema": 1,
        "regions": [
            {"code": CITY, "name": "安澜市", "parent": None, "from": SINCE},
            {"code": DISTRICT, "name": "江北区", "parent": CITY, "from": SINCE},
        ],
        "organisations": [
            {
                "key": key, "code": CODES[key], "region": DISTRICT, "level": "4", "nature": "行政机关",
                "versions": [{"name": name, "short_name": name[3:], "parent": parent, "from": SINCE}],
            }
            for key, (name, parent) in UNITS.items()
        ],
    }  # fmt: skip


def _posts() -> dict[str, Any]:
    everywhere = {
        "system_admin": "administer",
        "security_admin": "permit",
        "legal": "review_matter",
        "publisher": "publish_matter",
    }
    return {
        "schema": 1,
        "posts": [
            {
                "code": code, "name": code, "organisation": unit, "role": role, "headcount": 1, "serves_as": [],
                "holders": [{"username": name, "display_name": name, "from": SINCE}],
                "grants": [
                    {"verb": everywhere[role], "reach": "everything", "matter": None, "secrecy_cap": 1, "from": SINCE}
                ]
                if role in everywhere
                else [],
            }
            for name, (code, unit, role) in STAFF.items()
        ],
    }  # fmt: skip


def _matter(code: str, name: str, unit: str, implementation: str) -> dict[str, Any]:
    text = {"type": "text", "required": True}
    fields = [
        {"name": "shop", "label": "店名", **text},
        {"name": "address", "label": "经营地址", "personal": True, **text},
        {"name": "app_name", "label": "申请人", "type": "text", "required": False, "personal": True},
    ]
    return package(
        matter={"code": code, "name": name, "kind_code": "01", "owner": CODES[unit]},
        offering={
            "org_code": CODES[unit], "region": DISTRICT, "implementation_code": implementation, "level": "4",
        },
        materials=[
            {"key": "m1", "name": "申请书", "form": "原件", "necessity": "required", "copies": 1},
            {"key": "m2", "name": "营业执照", "necessity": "required", "copies": 1},
        ],
        steps=[
            {"key": "accept", "name": "受理", "post": "CK", "limit": {"amount": 1, "unit": "workday", "counted": False}},
            {"key": "review_a", "name": "书面审查", "post": "SA", "limit": {"amount": 2, "unit": "workday"}},
        ][: 2 if code == PERMIT else 1],
        risk_points=[{"key": "k1", "name": "附加条件", "kind": "业务流程", "grade": "high", "step": "review_a"}][: code == PERMIT],
        form={"groups": [{"title": "基本信息", "fields": fields}]},
        flow_key="permit",
    )  # fmt: skip


def _sound(report: Any) -> None:
    refused = [v for v in report.verdicts if v.outcome == "refused"]
    assert not refused, refused
