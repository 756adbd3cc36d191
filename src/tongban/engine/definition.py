"""What a case is carried out under: its flow, the terms of its offering version, the calendar. Immutable, compiled once.

A case keeps the versions it began with, so definitions are cached by content and never invalidated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tongban.base.calendar import Calendar
from tongban.engine.conditions import Condition, compile_condition
from tongban.engine.flow import Flow
from tongban.engine.state import EMPTY, Limit

TWO_DAYS, FIVE_DAYS, TEN_DAYS, FIFTEEN_DAYS = Limit(2), Limit(5), Limit(10), Limit(15)
AGAINST = frozenset({"denied", "refused", "terminated", "disagree", "object", "oppose"})


@dataclass(frozen=True, slots=True)
class MaterialTerm:
    """One material of the offering. `necessity`: required 必要, optional 非必要, conditional 特定情形, later 容缺后补."""

    key: str
    name: str
    necessity: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class FeeTerm:
    """One fee. `amount` is the fixed standard in yuan, None where the standard is a formula in words."""

    key: str
    name: str
    amount: Decimal | None
    standard: str
    reducible: bool
    wait: Limit | None = None  # the clocks stand still until it is paid, at most so long; then the case ends


@dataclass(frozen=True, slots=True)
class ResultTerm:
    name: str
    type: str
    validity_months: int | None


@dataclass(frozen=True, slots=True)
class SpecialTerm:
    """A special procedure (特别程序) during which the clock may stand still."""

    code: str
    name: str
    max_days: int | None
    required: bool = False  # it must take place before the decision (应当听证 …)
    silence: str = (
        ""  # what is taken for granted once its time has passed without an answer; "": nothing, it goes on
    )
    basis: str = ""  # of the silence


@dataclass(frozen=True, slots=True)
class JointTerm:
    """How a joint approval (并联审批) goes: `params.joint` of the package.

    `objection`: what one department's disagreement means for the joint decision: "veto" forbids to grant, "lead" lets
    the lead grant with reasons, "" leaves it to the flow. `against` are the outcomes that disagree. `gather` is the
    lead's limit from the first proposal of a correction to the one notice.
    """

    objection: str = ""
    against: frozenset[str] = AGAINST
    gather: Limit = TWO_DAYS
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """The limits, materials, fees and results that one offering version promises."""

    offering_version: int
    name: str
    power: str = ""  # 权力类型 (GB/T 39046 A.1): 01 许可, 02 处罚 …
    instant: bool = False  # 即办件
    by_office: bool = False  # 依职权
    acceptance: Limit | None = FIVE_DAYS  # 行政许可法第三十二条; None: no limit, and silence takes nothing on
    statutory: Limit | None = None
    promised: Limit | None = None
    precheck: Limit | None = None  # 预受理答复; None where papers are not looked at beforehand
    correction: Limit = FIFTEEN_DAYS
    correction_restarts: bool = False  # what is supplied after acceptance begins the case's limits anew
    correction_ends: bool = False  # not supplied in time, also after acceptance: the application is given up
    delivery: Limit | None = TEN_DAYS  # 行政许可法第四十四条
    extension: Limit = TEN_DAYS  # 行政许可法第四十二条
    extensions: int = 1
    materials: Mapping[str, MaterialTerm] = EMPTY
    fees: Mapping[str, FeeTerm] = EMPTY
    results: tuple[ResultTerm, ...] = ()
    special: Mapping[str, SpecialTerm] = EMPTY
    discretion: Mapping[str, Any] = EMPTY
    form: Mapping[str, Any] = EMPTY  # name -> field, of the application form
    active: bool = True  # 事项在用
    joint: JointTerm = JointTerm()
    replaces: str = (
        ""  # field of the form that names the result a granted one takes the place of (延续、变更、补发)
    )


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything `decide` needs that does not change while the case runs.

    `posts` maps a post code to (post id, organisation id) as they are now, for the rows the shell writes;
    `post_names` maps it to the words people know it by.
    """

    flow: Flow
    terms: Terms
    calendar: Calendar
    posts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    post_names: Mapping[str, str] = field(default_factory=dict)
    codes: frozenset[str] = field(init=False, repr=False, compare=False)  # of all posts

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", frozenset(self.posts))

    def post_name(self, code: str) -> str:
        """What people call the post."""
        return self.post_names.get(code, code)


def compile_terms(content: Mapping[str, Any], offering_version: int) -> Terms:
    """Terms of a published offering version's content (see docs/reference/matter-package.md)."""
    limits = content.get("limits", {})
    return Terms(
        offering_version=offering_version,
        name=content["matter"]["name"],
        power=content["matter"].get("kind_code", ""),
        instant=content.get("project_type") == "instant",
        by_office=content.get("initiated_by") == "office",
        acceptance=None if _unlimited(content) else _limit(limits.get("acceptance")) or FIVE_DAYS,
        statutory=_limit(limits.get("statutory")),
        promised=_limit(limits.get("promised")),
        precheck=_limit(limits.get("precheck")),
        correction=_limit(limits.get("correction")) or FIFTEEN_DAYS,
        correction_restarts=bool(_correcting(content).get("restarts")),
        correction_ends=_correcting(content).get("lapse") == "close",
        delivery=_limit(limits.get("delivery", {"amount": 10})),
        extension=_limit(limits.get("extension")) or TEN_DAYS,
        extensions=content.get("params", {}).get("extensions", 1),
        materials=MappingProxyType({m["key"]: _material(m) for m in content.get("materials", ())}),
        fees=MappingProxyType({f["key"]: _fee(f) for f in content.get("fees", ())}),
        results=tuple(
            ResultTerm(r["name"], r.get("type", ""), r.get("validity_months"))
            for r in content.get("results", ())
        ),
        special=MappingProxyType(
            {
                s["code"]: SpecialTerm(
                    s["code"],
                    s["name"],
                    s.get("max_days"),
                    bool(s.get("required")),
                    *((s["silence"]["outcome"], s["silence"].get("basis", "")) if s.get("silence") else ()),
                )
                for s in content.get("special_procedures", ())
            }
        ),
        discretion=content.get("discretion") or EMPTY,
        form={f["name"]: f for g in content.get("form", {}).get("groups", ()) for f in g.get("fields", ())},
        active=content["matter"].get("status", "active") == "active",
        joint=_joint(content.get("params", {}).get("joint") or {}),
        replaces=str(content.get("params", {}).get("replaces") or ""),
    )


def _unlimited(content: Mapping[str, Any]) -> bool:
    """Whether nothing becomes of a case because it is not taken on for long: no law takes silence for an acceptance."""
    said: Mapping[str, Any] = content.get("params", {}).get("acceptance") or {}
    return bool(said.get("unlimited"))


def _correcting(content: Mapping[str, Any]) -> Mapping[str, Any]:
    said: Mapping[str, Any] = content.get("params", {}).get("correction") or {}
    return said


def _joint(raw: Mapping[str, Any]) -> JointTerm:
    return JointTerm(
        objection=raw.get("objection", ""),
        against=frozenset(raw["against"]) if "against" in raw else AGAINST,
        gather=_limit(raw.get("gather")) or TWO_DAYS,
        basis=raw.get("basis", ""),
    )


def _limit(raw: Mapping[str, Any] | None) -> Limit | None:
    return None if raw is None else Limit(raw["amount"], raw.get("unit", "workday"))


def _material(raw: Mapping[str, Any]) -> MaterialTerm:
    when = raw.get("when")
    return MaterialTerm(raw["key"], raw["name"], raw["necessity"], compile_condition(when) if when else None)


def _fee(raw: Mapping[str, Any]) -> FeeTerm:
    amount = raw.get("amount")
    return FeeTerm(
        raw["key"],
        raw["name"],
        None if amount is None else Decimal(str(amount)),
        raw.get("standard", ""),
        bool(raw.get("reducible")),
        _limit(raw.get("wait")),
    )
