"""The sheets of the workbook and their columns: heading, place in the package, kind of value (GB/T 39046-2020, 39554.1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "whole", "money", "yesno", "choice", "list"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `path` is its place in the package; `choices` are heading words → codes."""

    title: str
    path: str
    kind: Kind = "text"
    choices: Mapping[str, Any] = field(default_factory=dict)
    help: str = ""
    width: int = 18


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the workbook, as a person finds it."""

    sheet: str
    row: int
    column: str = ""

    def __str__(self) -> str:
        return f"{self.sheet} 第 {self.row} 行" + (f"“{self.column}”列" if self.column else "")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell before the package is even looked at."""

    place: Place
    code: str
    why: str
    mend: str
    level: Literal["error", "warning"] = "error"


@dataclass(slots=True)
class Row:
    """One matter of the workbook: its package, its rows in the other sheets, what could not be read."""

    place: Place
    package: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    parts: dict[str, list[int]] = field(default_factory=dict)  # list of the package → workbook rows
    spoken: frozenset[str] | None = (
        None  # paths that have a column here; None: the package says everything itself
    )


MATTERS = "事项"
KEY = "事项序号"
UNITS = {
    "工作日": "workday",
    "日": "day",
    "自然日": "day",
    "天": "day",
    "月": "month",
    "工作小时": "work_hour",
    "小时": "hour",
}
POWERS = {
    "行政许可": "01", "行政处罚": "02", "行政强制": "03", "行政征收": "04", "行政给付": "05", "行政检查": "06", "行政确认": "07",
    "行政奖励": "08", "行政裁决": "09", "其他行政权力": "10", "政府内部审批": "11", "行政备案": "12", "公共服务事项": "20",
}  # fmt: skip
DEPTHS = {"Ⅰ级": 1, "Ⅱ级": 2, "Ⅲ级": 3, "Ⅳ级": 4, "1": 1, "2": 2, "3": 3, "4": 4}
NEEDS = {"必要": "required", "非必要": "optional", "有条件": "conditional", "容缺后补": "later"}
GRADES = {"高": "high", "中": "mid", "低": "low"}
OBJECTS = "自然人填 1，法人填 2；用顿号隔开"

COLUMNS = (
    Column("基本编码", "matter.code", help="12 位"),
    Column("事项名称", "matter.name", width=32),
    Column("事项类型", "matter.kind_code", "choice", POWERS),
    Column("权力主管机构代码", "matter.owner", help="统一社会信用代码；空着为实施机构", width=22),
    Column("实施机构代码", "offering.org_code", help="统一社会信用代码", width=22),
    Column("行政区划", "offering.region"),
    Column("实施编码", "offering.implementation_code", help="31 位", width=34),
    Column("行使层级", "offering.level"),
    Column("启动方式", "initiated_by", "choice", {"依申请": "application", "依职权": "office"}),
    Column(
        "办件类型", "project_type", "choice", {"即办件": "instant", "承诺件": "promised", "其他": "other"}
    ),
    Column("服务对象", "service_objects", "list", help=OBJECTS),
    Column("网办深度", "online_depth", "choice", DEPTHS),
    Column("到现场次数", "visits", "whole"),
    Column("必须到场原因", "visit_reason"),
    Column("法定时限", "limits.statutory.amount", "whole"),
    Column("法定时限单位", "limits.statutory.unit", "choice", UNITS),
    Column("法定时限说明", "limits.statutory.note"),
    Column("承诺时限", "limits.promised.amount", "whole"),
    Column("承诺时限单位", "limits.promised.unit", "choice", UNITS),
    Column("承诺时限说明", "limits.promised.note"),
    Column("是否收费", "is_fee", "yesno"),
    Column("办理地点", "place", width=28),
    Column("办理时间", "hours", width=24),
    Column("咨询电话", "phone"),
    Column("监督电话", "supervise_phone"),
    Column("办理形式", "channels", "list"),
    Column("同义词", "synonyms", "list"),
    Column("生活事件", "life_events", "list"),
    Column("流程编码", "flow_key"),
    Column("备注", "note"),
)
#: Sheets whose rows belong to a matter by KEY: sheet → (list of the package, prefix of keys made here, columns).
SHEETS: Mapping[str, tuple[str, str, tuple[Column, ...]]] = {
    "受理条件": ("conditions", "c", (Column("条件", "text", width=60), Column("自查问题", "question"))),
    "材料": (
        "materials", "m",
        (
            Column("材料名称", "name", width=32), Column("材料类型", "form"), Column("必要性", "necessity", "choice", NEEDS),
            Column("需要的条件", "when"), Column("来源渠道", "source"), Column("材料形式", "media"),
            Column("份数", "copies", "whole"), Column("规格", "spec"), Column("受理标准", "accept_standard"),
            Column("填报须知", "fill_note"),
        ),
    ),
    "办理环节": (
        "steps", "s",
        (
            Column("环节名称", "name"), Column("岗位编码", "post"), Column("时限", "limit.amount", "whole"),
            Column("时限单位", "limit.unit", "choice", UNITS), Column("计入承诺时限", "limit.counted", "yesno"),
        ),
    ),
    "收费": (
        "fees", "f",
        (
            Column("收费项目", "name"), Column("收费标准", "standard", width=32), Column("金额（元）", "amount", "money"),
            Column("收费依据", "basis", width=32), Column("可否减免", "reducible", "yesno"), Column("减免依据", "reduce_basis"),
        ),
    ),
    "办理结果": (
        "results", "r",
        (Column("结果名称", "name"), Column("结果类型", "type"), Column("有效月数", "validity_months", "whole")),
    ),
    "设定依据": (
        "legal_bases", "l",
        (
            Column("法律名称", "law", width=32), Column("文号", "document_number"), Column("条款", "article"),
            Column("内容", "text", width=60),
        ),
    ),
    "廉政风险点": (
        "risk_points", "k",
        (
            Column("风险点", "name"), Column("风险类别", "kind"), Column("风险等级", "grade", "choice", GRADES),
            Column("内容描述", "description"), Column("防控措施", "measure"), Column("环节标识", "step"),
        ),
    ),
    "常见问题": ("faq", "", (Column("问题", "question"), Column("回答", "answer", width=60))),
}  # fmt: skip
