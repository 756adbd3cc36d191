"""The record of a matter (domain: the national exchange columns) as sections of one guided page."""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from tongban.base.ui.fields import Option
from tongban.base.ui.rows import asked_for
from tongban.faces.authoring.entries import (
    Entry,
    Rows,
    act_on_rows,
    control_of,
    read_entry,
    read_rows,
    value_at,
)
from tongban.registry.models import Matter
from tongban.registry.package import Known, check_package
from tongban.registry.reports import Problem


def options(*pairs: tuple[str, str]) -> tuple[Option, ...]:
    """Choices of a select."""
    return tuple(Option(value, label) for value, label in pairs)


UNITS = options(
    ("workday", "个工作日"), ("day", "天"), ("month", "个月"), ("work_hour", "个工作小时"), ("hour", "小时")
)
LEVELS = options(
    ("1", "国家级"),
    ("2", "省级"),
    ("3", "市级"),
    ("4", "县级"),
    ("5", "镇（乡、街道）级"),
    ("6", "村（社区）级"),
)
OBJECTS = options(
    ("1", "自然人"),
    ("2", "企业法人"),
    ("3", "事业法人"),
    ("4", "社会组织法人"),
    ("5", "行政机关"),
    ("6", "其他组织"),
)
CHANNELS = options(
    ("窗口", "窗口"), ("电脑端", "电脑端"), ("移动端", "移动端"), ("快递", "快递"), ("自助终端", "自助终端")
)
NECESSITIES = options(
    ("required", "必要"), ("optional", "非必要"), ("conditional", "符合条件时必要"), ("later", "可容缺后补")
)
GRADES = options(("high", "高"), ("mid", "中"), ("low", "低"))
POWER_SOURCES = options(
    ("1", "法定本级行使"),
    ("2", "上级下放"),
    ("3", "上级授权"),
    ("4", "同级授权"),
    ("5", "上级委托"),
    ("6", "同级委托"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: single questions, then lists."""

    key: str
    title: str
    hint: str = ""
    entries: tuple[Entry, ...] = ()
    lists: tuple[Rows, ...] = ()


def _limit(key: str, label: str, *, needed: bool = False, hint: str = "") -> tuple[Entry, ...]:
    path = f"limits.{key}"
    return (
        Entry(f"{path}.amount", label, "count", needed=needed, hint=hint),
        Entry(f"{path}.unit", f"{label}的单位", "choice", UNITS, needed=needed, absent="workday"),
    )


SECTIONS: tuple[Section, ...] = (
    Section(
        "identity",
        "事项与实施机关",
        "编码、类型决定事项在权责清单里的位置，发布后不再改变。",
        (
            Entry("matter.name", "事项名称", needed=True, wide=True),
            Entry(
                "matter.kind_code",
                "事项类型",
                "choice",
                tuple(Option(k.value, k.label) for k in Matter.Kind),
                needed=True,
            ),
            Entry("matter.code", "基本编码", needed=True, hint="12 位；新编事项由系统先给一个，可以改"),
            Entry(
                "offering.implementation_code",
                "实施编码",
                hint="31 位：统一社会信用代码、行使层级、基本编码连写",
                wide=True,
            ),
            Entry("offering.level", "行使层级", "choice", LEVELS, needed=True),
            Entry("offering.power_source", "权力来源", "choice", POWER_SOURCES),
            Entry(
                "initiated_by",
                "怎样启动",
                "choice",
                options(("application", "依申请"), ("office", "依职权")),
                needed=True,
            ),
            Entry("summary", "一句话说明", "long", hint="写给办事人看：这件事是办什么的", wide=True),
        ),
    ),
    Section(
        "laws",
        "设定依据",
        "每一条写明法律、法规或规章的名称和条款。",
        lists=(
            Rows(
                "legal_bases",
                "设定依据",
                "条依据",
                (
                    Entry("law", "名称", needed=True, wide=True),
                    Entry("document_number", "文号"),
                    Entry("article", "条款", needed=True, hint="如 第三十五条第一款"),
                    Entry("text", "条文内容", "long", wide=True, rows=3),
                ),
                "l",
                "law",
                needed=True,
            ),
        ),
    ),
    Section(
        "conditions",
        "谁能办、什么条件",
        entries=(
            Entry("service_objects", "服务对象", "codes", OBJECTS, needed=True),
            Entry("quantity_limit", "数量限制", wide=True),
        ),
        lists=(
            Rows(
                "conditions",
                "受理条件",
                "条条件",
                (
                    Entry("text", "条件", "long", needed=True, wide=True),
                    Entry(
                        "question",
                        "问办事人的话",
                        wide=True,
                        hint="办事指南里“能不能办”的一问，如 您已经有营业执照了吗？",
                    ),
                ),
                "c",
                "text",
                needed=True,
            ),
        ),
    ),
    Section(
        "materials",
        "要交什么",
        "不得写“其他材料”。政府部门核发的尽量不再让人交。",
        lists=(
            Rows(
                "materials",
                "申请材料",
                "份材料",
                (
                    Entry("name", "材料名称", needed=True, wide=True),
                    Entry("necessity", "必要性", "choice", NECESSITIES, needed=True),
                    Entry("copies", "份数", "count", absent=1),
                    Entry(
                        "when",
                        "什么情况下需要",
                        hint="条件表达式，如 form.by_agent == '是'；只在“符合条件时必要”写",
                        wide=True,
                    ),
                    Entry("form", "形式", hint="原件、复印件、电子"),
                    Entry("media", "介质", hint="纸质、电子、纸质和电子均可"),
                    Entry("source", "来源渠道", hint="申请人自备、政府部门核发"),
                    Entry("issuer", "出具机构"),
                    Entry("spec", "规格", hint="如 A4"),
                    Entry("basis", "要求提供的依据"),
                    Entry("fill_note", "填报须知", "long", wide=True),
                    Entry("accept_standard", "受理标准", "long", wide=True),
                ),
                "m",
                new={"necessity": "required", "copies": 1},
            ),
        ),
    ),
    Section(
        "limits",
        "多久办好",
        "承诺不得长于法定。即办件承诺写 0。",
        (
            Entry(
                "project_type",
                "办件类型",
                "choice",
                options(("instant", "即办件"), ("promised", "承诺件"), ("other", "其他")),
                needed=True,
            ),
            *_limit("statutory", "法定时限", needed=True),
            Entry("limits.statutory.note", "法定时限说明", wide=True),
            *_limit("promised", "承诺时限", needed=True),
            Entry("limits.promised.note", "承诺时限说明", wide=True),
            Entry(
                "limits.precheck.amount",
                "预受理答复",
                "count",
                unit="个工作日",
                hint="正式申请前先看材料齐不齐，几个工作日内答复；不办预受理的不填",
            ),
        ),
        (
            Rows(
                "special_procedures",
                "特别程序（不计时）",
                "个特别程序",
                (
                    Entry("code", "代码", needed=True, hint="字母、数字，如 site_visit"),
                    Entry("name", "名称", needed=True),
                    Entry("max_days", "最长多少天", "count", needed=True),
                    Entry("requires", "要求", "lines", hint="一行一项", wide=True),
                ),
                hint="听证、招标、拍卖、检验、检测、检疫、鉴定、专家评审（行政许可法第四十五条）",
            ),
        ),
    ),
    Section(
        "fees",
        "收不收钱",
        entries=(Entry("is_fee", "收费", "flag", hint="不收费的不勾，也不列项目"),),
        lists=(
            Rows(
                "fees",
                "收费项目",
                "个收费项目",
                (
                    Entry("name", "名称", needed=True),
                    Entry("amount", "金额", "money", hint="按表计收的不填"),
                    Entry("standard", "收费标准", "long", wide=True),
                    Entry("basis", "收费依据", "long", needed=True, wide=True),
                    Entry("reducible", "可以减免", "flag"),
                    Entry("reduce_basis", "减免依据", wide=True),
                ),
                "f",
                new={"reducible": False},
            ),
        ),
    ),
    Section(
        "results",
        "办成拿到什么",
        lists=(
            Rows(
                "results",
                "办理结果",
                "个结果",
                (
                    Entry("name", "名称", needed=True),
                    Entry(
                        "type",
                        "类型",
                        "choice",
                        options(
                            ("证照", "证照"),
                            ("批文", "批文"),
                            ("证明", "证明"),
                            ("备案回执", "备案回执"),
                            ("决定书", "决定书"),
                            ("资金", "资金"),
                            ("其他", "其他"),
                        ),
                        needed=True,
                    ),
                    Entry("validity", "有效期", hint="如 5年、长期"),
                    Entry("validity_months", "有效月数", "count", hint="长期有效的不填"),
                    Entry("description", "说明", "long", wide=True),
                ),
                "r",
                needed=True,
            ),
        ),
    ),
    Section(
        "where",
        "在哪里办、网上怎么办",
        "",
        (
            Entry("place", "办理地点", needed=True, wide=True),
            Entry("hours", "办理时间", needed=True, wide=True),
            Entry("phone", "咨询电话", needed=True),
            Entry("supervise_phone", "监督投诉电话", needed=True),
            Entry("channels", "办理形式", "codes", CHANNELS, needed=True),
            Entry(
                "online_depth",
                "网上办理深度",
                "number_choice",
                options(
                    ("1", "一级：查询"),
                    ("2", "二级：网上预审"),
                    ("3", "三级：核验后到场一次"),
                    ("4", "四级：全程网办"),
                ),
                needed=True,
            ),
            Entry("visits", "到现场次数", "count", needed=True),
            Entry("visit_reason", "必须到场的原因", wide=True),
            Entry("handle_area", "通办范围", hint="如 全市"),
            Entry("co_departments", "联办机构", "lines", hint="一行一个"),
        ),
    ),
    Section(
        "risks",
        "廉政风险点",
        lists=(
            Rows(
                "risk_points",
                "风险点",
                "个风险点",
                (
                    Entry("name", "风险点", needed=True, wide=True),
                    Entry("grade", "等级", "choice", GRADES, needed=True),
                    Entry("kind", "类别", hint="岗位职责、业务流程、制度机制"),
                    Entry("step", "在哪个环节", hint="流程里环节的编码"),
                    Entry("description", "表现", "long", wide=True),
                    Entry("measure", "防控措施", "long", wide=True),
                ),
                "k",
            ),
        ),
    ),
    Section(
        "finding",
        "让人找得到",
        "人们怎么说，就怎么写。",
        (
            Entry("synonyms", "俗称和别名", "lines", hint="一行一个，如 开饭馆"),
            Entry("life_events", "生活事件", "lines", hint="一行一个，如 开餐馆"),
            Entry("themes.natural_person", "个人办事主题", "lines", hint="一行一个"),
            Entry("themes.legal_person", "企业办事主题", "lines", hint="一行一个"),
        ),
        (
            Rows(
                "faq",
                "常见问题",
                "个问答",
                (
                    Entry("question", "问", needed=True, wide=True),
                    Entry("answer", "答", "long", needed=True, wide=True, rows=3),
                ),
                "",
                "question",
            ),
        ),
    ),
)
LISTS: Mapping[str, Rows] = {rows.path: rows for section in SECTIONS for rows in section.lists}


def empty_record(
    *, name: str, kind: str, code: str, org_code: str, region: str, level: str
) -> dict[str, Any]:
    """The package an empty form begins with: only what is known already."""
    office = kind in ("02", "03", "06")
    return {
        "schema": 1,
        "matter": {"code": code, "name": name, "kind_code": kind, "owner": org_code},
        "offering": {
            "org_code": org_code,
            "region": region,
            "level": level,
            "implementation_code": f"{org_code}{level}{code}" if level else "",
        },
        "initiated_by": "office" if office else "application",
        "project_type": "promised",
        "is_fee": False,
        "visits": None,
        "online_depth": None,
        "limits": {
            "acceptance": {"amount": 5, "unit": "workday"},
            "correction": {"amount": 15, "unit": "workday"},
            "delivery": {"amount": 10, "unit": "workday"},
        },
        "service_objects": [],
        "channels": [],
        "conditions": [],
        "materials": [],
        "steps": [],
        "special_procedures": [],
        "fees": [],
        "results": [],
        "legal_bases": [],
        "risk_points": [],
        "discretion": None,
        "form": {"groups": []},
        "faq": [],
        "synonyms": [],
        "themes": {},
        "life_events": [],
        "flow_key": "",
        "params": {},
    }


def read_record(content: Mapping[str, Any], post: QueryDict) -> tuple[dict[str, Any], str]:
    """The package with what was typed and the pressed button carried out; and the id to look at next."""
    new = copy.deepcopy(dict(content))
    for section in SECTIONS:
        if section.key not in post.getlist("_has"):
            continue
        for entry in section.entries:
            read_entry(entry, post, new)
        for rows in section.lists:
            read_rows(rows, post, new)
    _without_empty_promise(new)
    what, path, n = asked_for(post)
    look = ""
    if what in ("add", "drop", "up", "down") and path in LISTS:
        look = act_on_rows(LISTS[path], new, what, n)
    return new, look


def _without_empty_promise(content: dict[str, Any]) -> None:
    """An answer to 预受理 is promised in working days, or not at all."""
    limits = content.get("limits")
    if not isinstance(limits, dict) or not isinstance(limits.get("precheck"), dict):
        return
    if limits["precheck"].get("amount") is None:
        del limits["precheck"]
    else:
        limits["precheck"].setdefault("unit", "workday")


@dataclass(frozen=True, slots=True)
class Meter:
    """How complete a package is: needed questions answered of all, problems by control, by section."""

    filled: int
    needed: int
    problems: tuple[Problem, ...]

    @property
    def percent(self) -> int:
        return 100 * self.filled // self.needed if self.needed else 100

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(p for p in self.problems if p.level == "error")

    def of(self, section: Section) -> list[Problem]:
        """What is wrong in a section."""
        paths = [e.path for e in section.entries] + [r.path for r in section.lists]
        return [p for p in self.problems if any(_under(control_of(p.field), path) for path in paths)]

    def at(self, control: str) -> list[Problem]:
        """What is wrong with one control; what concerns a whole limit is told at its amount."""
        return [
            p
            for p in self.problems
            if control_of(p.field) == control or f"{control_of(p.field)}.amount" == control
        ]


def measure(content: Mapping[str, Any], known: Known | None) -> Meter:
    """Count what is needed and what is there; the judge is the check of the package."""
    questions = list(_needed(content))
    return Meter(sum(1 for there in questions if there), len(questions), tuple(check_package(content, known)))


def _needed(content: Mapping[str, Any]) -> Iterator[bool]:
    """For each question that must be answered, whether it is."""
    for section in SECTIONS:
        for entry in section.entries:
            if entry.needed:
                value = value_at(content, entry.path)
                yield value is not None and value not in ("", [])
        for rows in section.lists:
            listed = value_at(content, rows.path) or []
            if rows.needed:
                yield bool(listed)
            for row in listed:
                for entry in rows.entries:
                    if entry.needed:
                        yield value_at(row, entry.path) not in (None, "", [])
    yield bool(content.get("flow_key")) or content.get("initiated_by") != "application"
    yield bool(value_at(content, "form.groups")) or content.get("initiated_by") != "application"


def _under(path: str, stem: str) -> bool:
    return path == stem or path.startswith(f"{stem}.") or stem.startswith(f"{path}.")
