"""The check of a package: every rule, each fault with its field, why, and how to mend it."""

import re
from collections.abc import Mapping
from typing import Any

from tongban.base.canonical import CanonicalError, canonical
from tongban.registry.package.questions import Questions, filled, is_count, is_money
from tongban.registry.package.reading import form_fields
from tongban.registry.package.rules import faults_of
from tongban.registry.package.words import (
    CATCH_ALL,
    CHOICE_TYPES,
    COLUMN_TYPES,
    FIELD_TYPES,
    GRADES,
    INITIATED_BY,
    KINDS,
    MOST_COLUMNS,
    MOST_ROWS,
    NECESSITIES,
    PROJECT_TYPES,
    SCHEMA,
    TOP_KEYS,
    UNITS,
    VAGUE,
    Known,
)
from tongban.registry.reports import Problem


def check_package(data: Any, known: Known | None = None) -> list[Problem]:
    """Everything wrong with a package, in reading order; an ``error`` refuses it, a ``warning`` does not."""
    check = Check(data, known or Known())
    if not check.spelling():
        return check.found
    check.identity()
    check.limits()
    check.steps()
    check.fees()
    check.visits()
    check.laws()
    check.materials()
    check.rows_of_lists()
    check.results_and_risks()
    check.plain_texts()
    check.guide_and_discretion()
    check.form()
    check.unknown_keys()
    return check.found


_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_TEXTS: Mapping[str, Mapping[str, int]] = {
    "conditions": {"text": 2000, "question": 500},
    "materials": {"name": 200, "form": 40, "when": 1000, "source": 100, "media": 60},
    "steps": {"name": 100, "post": 60},
    "fees": {"name": 200, "standard": 2000, "basis": 2000},
    "results": {"name": 200, "type": 40},
    "legal_bases": {"law": 200, "document_number": 100, "article": 200, "text": 5000},
    "risk_points": {"name": 200, "kind": 40, "step": 60},
}
_LISTS = ("conditions", "materials", "steps", "fees", "results", "legal_bases", "risk_points")


class Check(Questions):
    """The rules, in reading order."""

    __slots__ = ()

    def spelling(self) -> bool:
        """Whether this is an object of our schema that canonical JSON can spell and PostgreSQL can keep."""
        if not isinstance(self.data, Mapping):
            return self.say("", "shape.type", "数据包不是一个 JSON 对象", "对照数据包说明重新导出")
        try:
            spelt = canonical(self.data)
        except CanonicalError as error:
            return self.say("", "shape.type", f"含有不能精确表示的值：{error}", '小数写成文本，如 "0.30"')
        if b"\\u0000" in spelt:
            return self.say("", "shape.value", "文本中含有空字符", "删去空字符")
        if self.data.get("schema") != SCHEMA:
            return self.say("schema", "shape.value", f"数据包版本不是 {SCHEMA}", f"写成 {SCHEMA}")
        fine = True
        for name in ("matter", "offering", "limits"):
            if not isinstance(self.data.get(name), Mapping):
                fine = self.say(name, "shape.missing", f"缺少 {name}，或不是对象", "补充该部分")
        for name in _LISTS:
            rows = self.data.get(name, [])
            if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
                fine = self.say(name, "shape.type", "应为对象的列表", "对照数据包说明改正")
        return fine

    def identity(self) -> None:
        """Who, what, where."""
        matter, offering = self.data["matter"], self.data["offering"]
        self.text("matter.code", 50)
        self.text("matter.name", 200)
        self.choice("matter.kind_code", matter.get("kind_code"), sorted(KINDS))
        self.choice("initiated_by", self.data.get("initiated_by"), INITIATED_BY)
        self.choice("project_type", self.data.get("project_type"), PROJECT_TYPES)
        self.choice("online_depth", self.data.get("online_depth"), (1, 2, 3, 4))
        self.text("offering.org_code", 18)
        self.text("offering.region", 12)
        self.text("offering.implementation_code", 50, required=False)
        for path, value, codes, code in (
            ("matter.owner", matter.get("owner"), self.known.org_codes, "matter.unknown_owner"),
            ("offering.org_code", offering.get("org_code"), self.known.org_codes, "offering.unknown_org"),
            ("offering.region", offering.get("region"), self.known.region_codes, "offering.unknown_region"),
        ):
            if value and codes is not None and value not in codes:
                self.say(path, code, f"{value} 不在本系统中", "先录入机构或区划，或核对代码")

    def limits(self) -> None:
        """Statutory and promised limits agree with each other."""
        limits = self.data["limits"]
        for name in limits:
            self.limit(f"limits.{name}", limits[name])
        if self.data.get("initiated_by") != "office":
            for name in ("statutory", "promised"):
                if name not in limits:
                    self.say(
                        f"limits.{name}", "shape.missing", "缺少时限", "依申请事项须有法定时限和承诺时限"
                    )
        law, promise = self.amount(limits.get("statutory")), self.amount(limits.get("promised"))
        if law and promise:
            if law[1] != promise[1]:
                self.warn(
                    "limits.promised.unit",
                    "limit.unit_differs",
                    f"法定时限按{UNITS[law[1]]}、承诺时限按{UNITS[promise[1]]}，无法比较",
                    "尽量用同一单位表述，并由审核人员核对承诺不长于法定",
                )
            elif promise[0] > law[0]:
                self.say(
                    "limits.promised.amount",
                    "limit.promised_over_statutory",
                    f"承诺 {promise[0]} {UNITS[promise[1]]}，长于法定 {law[0]} {UNITS[law[1]]}",
                    "承诺时限不得长于法定时限",
                )
        if self.data.get("project_type") == "instant" and promise and promise[0] != 0:
            self.say(
                "limits.promised.amount",
                "limit.instant_not_zero",
                "即办件的承诺时限不是 0",
                "改为 0，或改为承诺件",
            )

    def steps(self) -> None:
        """The counted steps fit into the promise; their posts exist."""
        promise = self.amount(self.data["limits"].get("promised"))
        counted: dict[str, int] = {}
        for n, step in enumerate(self.data.get("steps", ())):
            self.limit(f"steps[{n}].limit", step.get("limit"), required=False)
            limit = self.amount(step.get("limit"))
            if limit and step["limit"].get("counted", True):
                counted[limit[1]] = counted.get(limit[1], 0) + limit[0]
            if not filled(step.get("name")):
                self.say(f"steps[{n}].name", "shape.missing", "环节没有名称", "补充环节名称")
            post = step.get("post")
            if post and self.known.post_codes is not None and post not in self.known.post_codes:
                self.say(
                    f"steps[{n}].post",
                    "step.unknown_post",
                    f"岗位 {post} 不存在",
                    "先录入岗位，或核对岗位编码",
                )
        total = counted.get(promise[1], 0) if promise else 0
        if promise and total > promise[0]:
            self.say(
                "steps",
                "limit.steps_over_promised",
                f"计入时限的环节合计 {total} {UNITS[promise[1]]}，超过承诺的 {promise[0]} {UNITS[promise[1]]}",
                "压缩环节时限，或延长承诺时限（不得超过法定时限）",
            )

    def fees(self) -> None:
        """Fees have their basis."""
        fees, charged = self.data.get("fees", []), self.data.get("is_fee")
        if not isinstance(charged, bool):
            self.say("is_fee", "shape.missing", "未写明是否收费", "写 true 或 false")
        if charged is True and not fees:
            self.say("fees", "fee.rows_missing", "标明收费，但没有收费项目", "列出收费项目、标准与依据")
        if charged is False and fees:
            self.say("fees", "fee.unannounced", "标明不收费，却列有收费项目", "改为收费，或删去收费项目")
        for n, fee in enumerate(fees):
            if not filled(fee.get("basis")):
                self.say(
                    f"fees[{n}].basis",
                    "fee.basis_missing",
                    "收费没有依据",
                    "写明收费依据的文件和条款；没有依据不得收费",
                )
            if not filled(fee.get("name")):
                self.say(f"fees[{n}].name", "shape.missing", "收费项目没有名称", "补充名称")
            if fee.get("amount") is not None and not is_money(fee["amount"]):
                self.say(
                    f"fees[{n}].amount",
                    "shape.value",
                    "金额应为文本，至多两位小数",
                    '写成 "120.00"，没有固定金额的写 null',
                )

    def visits(self) -> None:
        """Visits have their reason, and there are none where everything is done online."""
        visits = self.data.get("visits")
        if not is_count(visits):
            self.say("visits", "shape.missing", "到现场次数应为不小于 0 的整数", "补充到现场次数")
            return
        if visits > 0 and not filled(self.data.get("visit_reason")):
            self.say(
                "visit_reason",
                "visit.reason_missing",
                f"须到现场 {visits} 次，但没有说明原因",
                "说明必须到现场的原因，或取消到场",
            )
        if visits > 0 and self.data.get("online_depth") == 4:
            self.say(
                "visits",
                "visit.depth_four",
                "网办深度为全程网办（Ⅳ级），却要求到现场",
                "到现场次数改为 0，或降低网办深度",
            )

    def laws(self) -> None:
        """Every matter rests on law and article."""
        bases = self.data.get("legal_bases", [])
        if not bases:
            self.say("legal_bases", "law.missing", "没有设定依据", "写明设定该事项的法律、法规或规章及条款")
        for n, basis in enumerate(bases):
            for part, word in (("law", "法律名称"), ("article", "条款")):
                if not filled(basis.get(part)):
                    self.say(
                        f"legal_bases[{n}].{part}", "law.incomplete", f"设定依据缺少{word}", f"补充{word}"
                    )

    def materials(self) -> None:
        """What an applicant is asked for."""
        office = self.data.get("initiated_by") == "office"
        rows = self.data.get("materials", [])
        if office and (rows or any(True for _ in form_fields(self.data))):
            self.say(
                "materials",
                "office.with_form",
                "依职权事项不应有申请材料和申请表单",
                "删去材料和表单，办案文书写在 case_documents",
            )
        names = {str(entry.get("name")) for _, entry in form_fields(self.data)}
        for n, row in enumerate(rows):
            path = f"materials[{n}]"
            name = row.get("name")
            if not filled(name):
                self.say(f"{path}.name", "shape.missing", "材料没有名称", "补充材料名称")
            elif CATCH_ALL.search(name):
                self.say(f"{path}.name", "material.catch_all", f"“{name}”属于兜底表述", "逐项列明具体材料")
            elif VAGUE.search(name):
                self.warn(f"{path}.name", "material.vague", f"“{name}”指向不明确", "逐项列明具体材料")
            self.choice(f"{path}.necessity", row.get("necessity"), NECESSITIES)
            copies = row.get("copies", 1)
            if not is_count(copies):
                self.say(f"{path}.copies", "shape.type", "份数应为不小于 0 的整数", "改为整数")
            when = row.get("when") or ""
            if row.get("necessity") == "conditional" and not when:
                self.warn(
                    f"{path}.when",
                    "material.when_missing",
                    "未写明何时需要，系统只能提示，不能判断",
                    "写成条件表达式，如 form.app_type == '法人'",
                )
            if when:
                self.expression(f"{path}.when", when, names)

    def rows_of_lists(self) -> None:
        """Keys and texts of rows; conditions."""
        for name in _LISTS:
            self.keys(name, self.data.get(name, []))
            for n, row in enumerate(self.data.get(name, [])):
                for part, longest in _TEXTS[name].items():
                    self.row_text(f"{name}[{n}].{part}", row.get(part), longest)
        for n, row in enumerate(self.data.get("conditions", [])):
            if not filled(row.get("text")):
                self.say(f"conditions[{n}].text", "shape.missing", "受理条件没有内容", "补充内容")

    def results_and_risks(self) -> None:
        """What the applicant receives, and where integrity is at risk."""
        for n, row in enumerate(self.data.get("results", [])):
            for part in ("name", "type"):
                if not filled(row.get(part)):
                    self.say(f"results[{n}].{part}", "shape.missing", "办理结果缺少名称或类型", "补充")
            months = row.get("validity_months")
            if months is not None and not is_count(months):
                self.say(f"results[{n}].validity_months", "shape.type", "有效月数应为整数", "改为整数或 null")
        steps = {str(step.get("key")) for step in self.data.get("steps", [])}
        for n, row in enumerate(self.data.get("risk_points", [])):
            if not filled(row.get("name")):
                self.say(f"risk_points[{n}].name", "shape.missing", "风险点没有名称", "补充名称")
            self.choice(f"risk_points[{n}].grade", row.get("grade"), GRADES)
            if row.get("step") and str(row["step"]) not in steps:
                self.say(
                    f"risk_points[{n}].step",
                    "risk.unknown_step",
                    f"环节 {row['step']} 不存在",
                    "改为已有环节的 key",
                )

    def plain_texts(self) -> None:
        """Questions and answers, lists of words, single texts."""
        for n, row in enumerate(self.rows("faq")):
            if not filled(row.get("question")) or not filled(row.get("answer")):
                self.say(f"faq[{n}]", "shape.missing", "常见问题须有问有答", "补充或删去")
        for name in ("synonyms", "life_events", "channels", "service_objects"):
            value = self.data.get(name, [])
            if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
                self.say(name, "shape.type", "应为文本的列表", "改为列表")
        for name in ("place", "hours", "phone", "supervise_phone", "visit_reason", "flow_key"):
            if not isinstance(self.data.get(name, ""), str):
                self.say(name, "shape.type", "应为文本", "改为文本")

    def guide_and_discretion(self) -> None:
        """What the public needs to know, and the benchmark of a penalty."""
        if self.data.get("initiated_by") == "application":
            for name, word in (
                ("place", "办理地点"),
                ("hours", "办理时间"),
                ("phone", "咨询电话"),
                ("supervise_phone", "监督电话"),
            ):
                if not filled(self.data.get(name)):
                    self.warn(name, "guide.incomplete", f"办事指南缺少{word}", f"补充{word}")
        discretion = self.data.get("discretion")
        if discretion is not None and not isinstance(discretion, Mapping):
            self.say("discretion", "shape.type", "裁量基准应为对象或 null", "改正")
        elif self.data["matter"].get("kind_code") == "02" and not (discretion or {}).get("bands"):
            self.warn("discretion", "discretion.missing", "行政处罚没有裁量基准", "补充裁量档次（bands）")

    def form(self) -> None:
        """Field names, choices, patterns and conditions of the application form."""
        if not isinstance(self.data.get("form", {}), Mapping | None):
            self.say("form", "shape.type", "表单应为对象", "对照数据包说明改正")
            return
        seen: dict[str, Mapping[str, Any]] = {}
        for path, entry in form_fields(self.data):
            name = entry.get("name")
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                self.say(
                    f"{path}.name",
                    "key.unsafe",
                    f"字段名 {name!r} 不合规",
                    "以字母开头，只含字母、数字和下划线，至多 60 个字符",
                )
                continue
            if name in seen:
                self.say(f"{path}.name", "key.repeated", f"字段名 {name} 重复", "每个字段名只用一次")
            kind = entry.get("type")
            self.choice(f"{path}.type", kind, sorted(FIELD_TYPES))
            if not filled(entry.get("label")):
                self.say(f"{path}.label", "shape.missing", "字段没有标题", "补充标题")
            self.answers(path, entry)
            if kind == "table":
                self.table(path, entry)
            when = entry.get("when")
            if when is not None:
                self.field_condition(f"{path}.when", when, seen)
            seen[name] = entry
        self.replaced(seen)

    def replaced(self, known: Mapping[str, Any]) -> None:
        """The field that names the result a new one takes the place of."""
        params = self.data.get("params")
        replaces = params.get("replaces") if isinstance(params, Mapping) else None
        if replaces and (not isinstance(replaces, str) or replaces not in known):
            self.say(
                "params.replaces",
                "form.unknown_field",
                f"表单没有字段 {replaces!r}",
                "改为填写原证照编号的字段名",
            )

    def answers(self, path: str, entry: Mapping[str, Any]) -> None:
        """Choices of a field, or of a column of a table, and the rule its answer is checked by."""
        options = entry.get("options")
        if entry.get("type") in CHOICE_TYPES and not (
            isinstance(options, list) and options and all(isinstance(o, str) for o in options)
        ):
            self.say(f"{path}.options", "form.options_missing", "选择字段没有选项", "列出选项")
        days = {str(f.get("label")) for _, f in form_fields(self.data) if f.get("type") == "date"}
        for code, why, mend in faults_of(entry.get("validation"), entry.get("type"), days):
            self.say(f"{path}.validation", code, f"“{entry.get('label')}”：{why}", mend)

    def table(self, path: str, entry: Mapping[str, Any]) -> None:
        """The columns of a table, and how many rows it takes."""
        columns = entry.get("columns")
        if not isinstance(columns, list) or not 1 <= len(columns) <= MOST_COLUMNS:
            self.say(
                f"{path}.columns",
                "form.columns",
                f"表格要有 1 到 {MOST_COLUMNS} 列",
                "列出表格的列：问什么、填什么",
            )
            columns = []
        seen: set[str] = set()
        for n, column in enumerate(columns):
            at = f"{path}.columns[{n}]"
            if not isinstance(column, Mapping):
                self.say(at, "shape.type", "列应为对象", "对照数据包说明改正")
                continue
            name = column.get("name")
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                self.say(
                    f"{at}.name", "key.unsafe", f"列名 {name!r} 不合规", "以字母开头，只含字母、数字和下划线"
                )
            elif name in seen:
                self.say(f"{at}.name", "key.repeated", f"列名 {name} 重复", "同一张表里每个列名只用一次")
            seen.add(str(name))
            self.choice(f"{at}.type", column.get("type"), sorted(COLUMN_TYPES))
            if not filled(column.get("label")):
                self.say(f"{at}.label", "shape.missing", "列没有标题", "补充标题")
            self.answers(at, column)
        rows = entry.get("rows")
        if rows is None:
            return
        least, most = (
            (rows.get("min") or 0, rows.get("max") or MOST_ROWS) if isinstance(rows, Mapping) else ("", "")
        )
        if not (is_count(least) and is_count(most) and least <= most <= MOST_ROWS):
            self.say(
                f"{path}.rows",
                "form.rows",
                f"行数应写明至少和至多，至多不超过 {MOST_ROWS}",
                '写成 {"min": 1, "max": 20}',
            )

    def unknown_keys(self) -> None:
        """What nobody reads is kept, and said."""
        for name in sorted(set(self.data) - TOP_KEYS):
            self.warn(name, "shape.unknown", "数据包说明中没有这一项", "原样保留，但不会使用；请核对是否写错")
