"""The ten objects that a department's system reports (广东省办件数据交换十类对象), with English names.

Each field also goes by its pinyin code; `docs/reference/reporting.md` sets the names of GB/T 39046-2020 beside them.
Times without an offset are China time. Knows no database.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tongban.base.calendar import CHINA

LATEST, EARLIEST = datetime(2100, 1, 1, tzinfo=CHINA), datetime(2000, 1, 1, tzinfo=CHINA)


def _in_china(value: datetime) -> datetime:
    at = value.replace(tzinfo=CHINA) if value.tzinfo is None else value.astimezone(CHINA)
    if not EARLIEST <= at < LATEST:
        raise ValueError("the year is not between 2000 and 2099")
    return at


Moment = Annotated[datetime, AfterValidator(_in_china)]
Short = Annotated[str, Field(min_length=1, max_length=64)]
Text = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=2000)]
Item = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Materials = Annotated[dict[Short, Literal["supplied", "shared", "later"]], Field(max_length=200)]


def also(*codes: str, default: Any = ..., about: str = "") -> Any:
    """A field that other names are accepted for; the first is the one to use."""
    return Field(default, validation_alias=AliasChoices(*codes), description=about)


class Reported(BaseModel):
    """What every object says: which case and matter, which version, when it happened and when it was entered."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)
    MUTABLE: ClassVar[bool] = True

    type: str = ""
    occurred_at: Moment
    case: Short = also("case", "SBLSH", about="申办流水号")
    matter: Short = also("matter", "SXBM", about="事项编码（实施编码）")
    key: Annotated[str, Field(max_length=160)] = also(
        "key", default="", about="来源主键；不填时由流水号、事项、对象和序号组成"
    )
    version: Count = also("version", "SJBBH", default=1, about="数据版本号，更正时加一")
    no: Count | None = also("no", default=None, about="本件的第几个对象，从 1 起；填写后严格按序处理")
    recorded_at: Moment | None = also(
        "recorded_at", "LRSJ", default=None, about="业务系统录入时间；不填即为发生时间"
    )
    handler: Text = also(
        "handler", "BLRXM", "SPRXM", "BZGZFCRXM", "BZSLBLRXM", "SLRXM", default="", about="经办人姓名"
    )
    handler_code: Text = also("handler_code", "BLRGH", "SPRGH", default="", about="经办人工号（本平台账号）")

    def part(self) -> str:
        """What tells objects of one type in one case apart."""
        return ""

    def place(self) -> int:
        """Which step of the case it says it is; 0 where it says nothing."""
        return 0


class Application(Reported):
    """申办: an application, with who applies and what was handed in."""

    type: Literal["application"] = "application"
    occurred_at: Moment = also("occurred_at", "SBSJ", about="申办时间")
    title: Text = also("title", "SXMC", "SBXMMC", default="")
    applicant: Annotated[str, Field(min_length=1, max_length=200)] = also("applicant", "SQRMC")
    applicant_kind: Literal["person", "organisation"] = also("applicant_kind", default="person")
    id_type: Annotated[str, Field(max_length=10)] = also("id_type", "SQRZJLX", default="")
    id_number: Annotated[str, Field(max_length=40)] = also("id_number", "SQRZJHM", default="")
    phone: Annotated[str, Field(max_length=40)] = also("phone", "LXRSJ", default="")
    form: Annotated[dict[Short, Long | int | bool | None], Field(max_length=200)] = also("form", default={})
    materials: Materials = also("materials", default={})


class PreAcceptance(Reported):
    """预受理: what the pre-check of an application said."""

    type: Literal["pre_acceptance"] = "pre_acceptance"
    occurred_at: Moment = also("occurred_at", "YSLSJ")
    outcome: Literal["passed", "returned", "incomplete"] = also("outcome", "YSLZTDM", default="passed")
    words: Long = also("words", "BJBZSM", "BSLYY", default="")


class Acceptance(Reported):
    """受理: accepted, or refused with reason and remedy. A legal act: it is not corrected by another version."""

    MUTABLE: ClassVar[bool] = False
    type: Literal["acceptance"] = "acceptance"
    occurred_at: Moment = also("occurred_at", "SLSJ")
    outcome: Literal["accepted", "refused"] = also("outcome", "SLZTDM", default="accepted")
    reason: Long = also("reason", "BSLYY", default="")
    remedy: Long = also("remedy", default="")
    materials: Materials = also("materials", default={})


class CorrectionNotice(Reported):
    """补交告知: everything that is missing, told at once."""

    type: Literal["correction_notice"] = "correction_notice"
    occurred_at: Moment = also("occurred_at", "BZGZSJ")
    items: Annotated[list[Item], Field(min_length=1, max_length=50)] = also("items", "BZCLQD")
    reason: Long = also("reason", "BZGZYY", default="")
    days: Annotated[int, Field(ge=1, le=60)] | None = also("days", default=None)


class CorrectionSupplied(Reported):
    """补交受理: what was asked for has come."""

    type: Literal["correction_supplied"] = "correction_supplied"
    occurred_at: Moment = also("occurred_at", "BZSJ")
    materials: Materials = also("materials", default={})
    words: Long = also("words", "SLJTDD", "BZSLJTDD", default="")


class Step(Reported):
    """审批: one step of the flow was finished. As many as there are steps."""

    type: Literal["step"] = "step"
    occurred_at: Moment = also("occurred_at", "SPSJ")
    step: Short = also("step", "SPHJDM", "SPHJMC", about="环节代码或环节名称")
    step_no: Count | None = also("step_no", "SPBZH", default=None, about="审批步骤号，从 1 起")
    outcome: Text = also("outcome", "SPHJZTDM", default="", about="办理结论代码或名称")
    opinion: Long = also("opinion", "SPYJ", default="")

    def part(self) -> str:
        """The number of the step, else its code."""
        return str(self.step_no or self.step)

    def place(self) -> int:
        """The number of the step."""
        return self.step_no or 0


class SpecialProcedureStart(Reported):
    """特别程序申请: the clock stands still for a lawful procedure; `extension` lengthens it instead (延长审批)."""

    type: Literal["special_procedure_start"] = "special_procedure_start"
    occurred_at: Moment = also("occurred_at", "TBCXKSRQ")
    procedure: Short = also("procedure", "TBCXZL", about="特别程序种类；extension 为延长审批")
    number: Count = also("number", "XH", default=1)
    days: Annotated[int, Field(ge=1, le=365)] = also("days", "TBCXSX")
    reason: Long = also("reason", "TBCXQDLY", default="")
    basis: Long = also("basis", default="")
    document: Text = also("document", default="")
    approver: Text = also("approver", "TBCXPZR", default="")

    def part(self) -> str:
        """The number of the procedure."""
        return str(self.number)


class SpecialProcedureEnd(Reported):
    """特别程序结果: the procedure is over, the clock goes on."""

    type: Literal["special_procedure_end"] = "special_procedure_end"
    occurred_at: Moment = also("occurred_at", "TBCXJSRQ", "JGCSRQ")
    number: Count = also("number", "XH", default=1)
    outcome: Long = also("outcome", "TBCXJG", default="")

    def part(self) -> str:
        """The number of the procedure."""
        return str(self.number)


class Decision(Reported):
    """办结: the decision and its result document. A legal act: it is revoked or changed by law, not by another version."""

    MUTABLE: ClassVar[bool] = False
    type: Literal["decision"] = "decision"
    occurred_at: Moment = also("occurred_at", "BJSJ")
    outcome: Literal["granted", "partial", "denied", "withdrawn", "terminated"] = also("outcome", "BJJGDM")
    reason: Long = also("reason", "ZFHTHYY", "BJJGMS", default="")
    remedy: Long = also("remedy", default="")
    basis: Long = also("basis", default="")
    document: Text = also("document", default="", about="决定书文号")
    result_name: Text = also("result_name", "ZJGZMC", default="", about="证件（盖章）名称")
    result_number: Annotated[str, Field(max_length=100)] = also("result_number", "ZJBH", default="")
    valid_until: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2}|长期)?$")] = also(
        "valid_until", "ZJYXQX", default=""
    )
    fee_name: Text = also("fee_name", default="", about="收费项目")
    fee: Annotated[str, Field(pattern=r"^(\d{1,9}(\.\d{1,2})?)?$")] = also(
        "fee", "SFJE", default="", about="收费金额，元"
    )
    bill: Text = also("bill", default="", about="缴款单号")


class Delivery(Reported):
    """领取登记: the result was handed over."""

    type: Literal["delivery"] = "delivery"
    occurred_at: Moment = also("occurred_at", "LQSJ")
    method: Annotated[str, Field(min_length=1, max_length=40)] = also("method", "LQFS")
    receiver: Text = also("receiver", "LQRXM", default="")
    express: Text = also("express", default="")


KINDS: tuple[type[Reported], ...] = (
    Application, PreAcceptance, Acceptance, CorrectionNotice, CorrectionSupplied, Step, SpecialProcedureStart,
    SpecialProcedureEnd, Decision, Delivery,
)  # fmt: skip
AnyObject = Annotated[
    Application | PreAcceptance | Acceptance | CorrectionNotice | CorrectionSupplied | Step | SpecialProcedureStart
    | SpecialProcedureEnd | Decision | Delivery,
    Field(discriminator="type"),
]  # fmt: skip
NAMES: Mapping[str, str] = {
    "application": "申办", "pre_acceptance": "预受理", "acceptance": "受理", "correction_notice": "补交告知",
    "correction_supplied": "补交受理", "step": "审批", "special_procedure_start": "特别程序申请",
    "special_procedure_end": "特别程序结果", "decision": "办结", "delivery": "领取登记",
}  # fmt: skip
#: Other names of the objects: those of the message set and their pinyin initials.
ALSO: Mapping[str, str] = {
    **{name: type_ for type_, name in NAMES.items()},
    "SB": "application", "YSL": "pre_acceptance", "SL": "acceptance", "BJGZ": "correction_notice",
    "BJSL": "correction_supplied", "SP": "step", "TBCXSQ": "special_procedure_start",
    "TBCXJG": "special_procedure_end", "BJ": "decision", "LQDJ": "delivery",
}  # fmt: skip
#: The order of a case's life, where times are equal and nothing else says which came first.
RANK: Mapping[str, int] = {type_: i for i, type_ in enumerate(NAMES)}
_READ: Mapping[str, Any] = {
    type_: TypeAdapter(kind).validator.validate_python for type_, kind in zip(NAMES, KINDS, strict=True)
}


class Unreadable(Exception):
    """An object that is not one. `field` names where, `why` says what."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field, self.why = field, why


def read(raw: Any) -> Reported:
    """The object that JSON values stand for, its key filled in. Raises Unreadable naming the first field at fault."""
    if not isinstance(raw, dict):
        raise Unreadable("", "每个对象应是一个 JSON 对象")
    type_ = raw.get("type")
    type_ = ALSO.get(type_, type_) if isinstance(type_, str) else ""
    reader = _READ.get(type_)
    if reader is None:
        raise Unreadable("type", f"对象类型应为：{'、'.join(NAMES)}")
    if raw["type"] != type_:
        raw = {**raw, "type": type_}
    try:
        found: Reported = reader(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise Unreadable(".".join(map(str, first["loc"])), str(first["msg"])) from error
    if not found.key:
        found.key = f"{found.case}:{found.matter}:{type_}:{found.part()}"
        if len(found.key) > 160:
            raise Unreadable("key", "来源主键过长")
    return found
