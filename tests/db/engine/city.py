"""A very small city for the engine's tests: two departments, their posts and people, one permit that can be applied for."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db.backends.postgresql.psycopg_any import DateRange

from tests.permits import FLOW
from tongban.base.calendar import CHINA
from tongban.engine.models import Case, FlowVersion
from tongban.engine.services import (
    Applicant,
    Handed,
    Outcome,
    open_case,
    perform,
    publish_flow,
    save_flow_draft,
)
from tongban.registry.models import (
    Account,
    Grant,
    Holding,
    Matter,
    Offering,
    OfferingVersion,
    Organisation,
    OrganisationVersion,
    Post,
    Region,
)

ALWAYS = DateRange(date(2012, 1, 1), None)
FORM = {"name": "兴旺小吃店", "area": 120, "capital": "100000", "address": "东门大街 1 号"}
CONTENT: dict[str, Any] = {
    "schema": 1,
    "matter": {"code": "M1", "name": "食品经营许可"},
    "limits": {
        "statutory": {"amount": 20, "unit": "workday"},
        "promised": {"amount": 10, "unit": "workday"},
        "acceptance": {"amount": 5, "unit": "workday"},
    },
    "materials": [
        {"key": "form", "name": "申请书", "necessity": "required"},
        {"key": "plan", "name": "平面图", "necessity": "required"},
        {"key": "training", "name": "培训材料", "necessity": "later"},
    ],
    "fees": [{"key": "cost", "name": "工本费", "amount": "40", "standard": "每证40元", "reducible": True}],
    "results": [{"key": "r", "name": "食品经营许可证", "type": "license", "validity_months": 60}],
    "special_procedures": [{"code": "visit", "name": "现场核查", "max_days": 10}],
    "form": {"groups": [{"title": "基本", "fields": [{"name": "name", "personal": True}, {"name": "area"}]}]},
}
SUBMITTED = (Handed("form"), Handed("plan"), Handed("training", "later"))
PEOPLE = {
    "clerk": ("CK", "window"), "reviewer": ("SA", "handler"), "neighbour": ("SB", "handler"),
    "section_head": ("KZ", "section_head"), "head": ("FG", "leader"),
}  # fmt: skip
GRANTS = {
    "window": ("view", "accept", "handle", "backdate"),
    "handler": ("view", "handle"),
    "section_head": ("view", "handle", "assign"),
    "leader": ("view", "handle", "decide", "approve", "urge"),
}


@dataclass
class City:
    """What was built, by name."""

    bureau: Organisation
    neighbour_bureau: Organisation
    people: dict[str, Account]
    version: OfferingVersion
    flow: FlowVersion

    def person(self, name: str) -> Account:
        return self.people[name]

    def apply(self, **more: Any) -> Outcome:
        """The applicant applies on the web with everything that is needed."""
        account = more.pop("account", self.people["applicant"])
        said: dict[str, Any] = {
            "offering_version": self.version, "data": FORM, "materials": SUBMITTED, "command_id": uuid4(),
            "applicant": Applicant("王伟", id_type="111", id_number="110101199003070775", account=self.people["applicant"]),
        }  # fmt: skip
        return open_case(account, **(said | more))

    def do(self, who: str, case: Outcome | int, type_: str, **data: Any) -> Outcome:
        """Somebody does something to a case."""
        said = {
            k: data.pop(k)
            for k in ("expected_seq", "occurred_at", "reason", "command_id", "dry_run")
            if k in data
        }
        said.setdefault("command_id", uuid4())
        case_id = case if isinstance(case, int) else case.case_id
        return perform(self.people[who], case_id, type_, data=data, **said)

    def in_hand(self) -> Outcome:
        """A case whose written review is in the reviewer's name."""
        case = self.apply()
        self.do("clerk", case, "accept")
        self.do("reviewer", case, "claim", task=2)
        return case

    def granted(self, **more: Any) -> Outcome:
        """A case carried from the application to its end."""
        case = self.apply(**more)
        self.do("clerk", case, "accept")
        self.do("reviewer", case, "complete", outcome="pass")
        self.do("neighbour", case, "complete", outcome="pass")
        self.do("section_head", case, "complete", outcome="agree")
        self.do("head", case, "complete", outcome="granted")
        return self.do("clerk", case, "complete", method="窗口领取")


def row(case: Outcome | int) -> Case:
    """The row of a case, whoever may see it."""
    return Case.objects.get(pk=case if isinstance(case, int) else case.case_id)


def build(flow: dict[str, Any] = FLOW, content: dict[str, Any] = CONTENT) -> City:
    """Build the city in the test database."""
    region, _ = Region.objects.get_or_create(code="990100", defaults={"name": "安澜市", "valid": ALWAYS})
    bureau, other = (_organisation(key, code, region) for key, code in (("scjg", "1" * 18), ("cg", "2" * 18)))
    people = {"applicant": _account("applicant", "resident"), "stranger": _account("stranger", "resident")}
    for name, (code, role) in PEOPLE.items():
        post = Post.objects.create(
            code=code, name=code, role=role, organisation=other if code == "SB" else bureau
        )
        people[name] = _account(name, "staff")
        Holding.objects.create(post=post, account=people[name], valid=ALWAYS)
    people["outsider"] = _account("outsider", "staff")
    for role, verbs in GRANTS.items():
        for verb in verbs:
            Grant.objects.create(role=role, verb=verb, reach=Grant.Reach.OWN, valid=ALWAYS)
    published = publish_flow(None, save_flow_draft(None, key=flow["key"], document=flow))
    matter = Matter.objects.create(code="M1", name="食品经营许可", kind="01", owner=bureau)
    offering = Offering.objects.create(
        matter=matter, organisation=bureau, region=region, implementation_code="M1-scjg"
    )
    version = OfferingVersion.objects.create(
        offering=offering, no=1, status="draft", content=content, content_sha256=b"\0" * 32,
        flow_key=flow["key"], flow_sha256=bytes.fromhex(published.sha256), name="食品经营许可", kind="01",
        project_type="promised", initiated_by="application",
    )  # fmt: skip
    version.status = "review"
    version.save()
    version.status, version.valid, version.published_at = (
        "published",
        ALWAYS,
        datetime(2012, 1, 1, tzinfo=CHINA),
    )
    version.save()
    return City(bureau, other, people, version, published)


def _organisation(key: str, code: str, region: Region) -> Organisation:
    org = Organisation.objects.create(key=key, code=code, region=region, level="3", nature="机关")
    OrganisationVersion.objects.create(organisation=org, name=key, short_name=key, valid=ALWAYS)
    return org


def _account(name: str, kind: str) -> Account:
    return Account.objects.create(username=name, display_name=name, kind=kind)
