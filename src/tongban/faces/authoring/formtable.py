"""The application form as people edit it: groups of questions, with types of the field, conditions and where they fill from."""

import copy
import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from tongban.base.text import syllables
from tongban.base.ui.fields import Option
from tongban.base.ui.rows import asked_for
from tongban.faces.authoring.entries import Entry, Rows, act_on_rows, read_rows, value_at
from tongban.faces.authoring.record import options
from tongban.faces.prefill import SOURCES
from tongban.registry import package
from tongban.registry.package import CHOICE_TYPES

TYPES = options(
    ("text", "一行文字"),
    ("textarea", "一段文字"),
    ("radio", "选一项（列出来）"),
    ("select", "选一项（下拉）"),
    ("checkbox", "选几项"),
    ("boolean", "勾选确认"),
    ("number", "数字"),
    ("integer", "整数"),
    ("money", "金额（元）"),
    ("date", "日期"),
    ("datetime", "日期和时间"),
    ("idcard", "身份证号"),
    ("uscc", "统一社会信用代码"),
    ("mobile", "手机号码"),
    ("phone", "电话"),
    ("email", "邮箱"),
    ("region", "行政区划"),
    ("address", "地址"),
    ("file", "文件"),
    ("table", "表格（填几行）"),
)
COLUMN_TYPES = tuple(o for o in TYPES if o.value in package.COLUMN_TYPES)
PREFILLS = options(*SOURCES.items())
RULES = options(
    ("length", "字数，如 2-30"),
    ("number", "大小，如 >0 或 1-100"),
    ("date", "日期，如 不早于当日"),
    ("regex", "格式（正则表达式）"),
)
GROUPS = Rows(
    "form.groups",
    "题组",
    "个题组",
    (Entry("title", "题组名称", needed=True), Entry("help", "说明", wide=True)),
    "",
    "title",
    new={"title": "", "fields": []},
)
FIELDS = (
    Entry("label", "问什么", needed=True),
    Entry("type", "填什么", "choice", TYPES, needed=True, absent="text"),
    Entry("required", "必填", "flag"),
    Entry("personal", "个人信息（只给经办人看）", "flag"),
    Entry("options", "选项", "lines", wide=True, hint="一行一个；只在选择题写"),
    Entry("help", "填写说明", wide=True),
)
NAMED = Entry("name", "字段名", hint="条件表达式里用；不写的按拼音给一个")


COLUMNS = (
    Entry("label", "这一列问什么", needed=True),
    Entry("type", "填什么", "choice", COLUMN_TYPES, needed=True, absent="text"),
    Entry("required", "必填", "flag"),
    Entry("options", "选项", "lines", wide=True, hint="一行一个；只在选择题写"),
)
ROWS = (
    Entry("rows.min", "表格至少几行", "count", hint="只对表格；不写是 0，必填的至少 1 行"),
    Entry("rows.max", "表格至多几行", "count", hint=f"不写是 {package.MOST_ROWS}"),
)


def columns(path: str) -> Rows:
    """The list of the columns of a table, at the path of its question."""
    rules = (
        NAMED,
        Entry("validation.rule", "检查", "choice", RULES),
        Entry("validation.constraint", "检查的要求"),
    )
    new = {"label": "", "type": "text", "required": True}
    return Rows(f"{path}.columns", "列", "列", (*COLUMNS, *rules), "", "label", new=new)


def questions(content: Mapping[str, Any], group: int) -> Rows:
    """The list of the questions of a group; conditions offer what is asked before."""
    asked = tuple(
        Option(str(f["name"]), str(f.get("label") or f["name"]))
        for g in (value_at(content, "form.groups") or [])[: group + 1]
        for f in g.get("fields", ())
        if f.get("name")
    )
    more = (
        NAMED,
        Entry("when.field", "只在哪一题", "choice", asked),
        Entry("when.value", "答了什么的时候问", hint="写选项的原文"),
        Entry("prefill", "从哪里带出", "choice", PREFILLS),
        Entry("validation.rule", "检查", "choice", RULES),
        Entry("validation.constraint", "检查的要求"),
        *ROWS,
    )
    return Rows(
        f"form.groups.{group}.fields",
        "题目",
        "道题",
        (*FIELDS, *more),
        "",
        "label",
        new={"label": "", "type": "text", "required": True, "personal": False},
    )


def spread(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content as the form shows it: conditions and checks with one value each."""
    shown = copy.deepcopy(dict(content))
    if not isinstance(shown.get("form"), dict):
        shown["form"] = {"groups": []}
    for group in shown["form"].setdefault("groups", []):
        for field in group.setdefault("fields", []):
            when, rule = field.get("when") or {}, field.get("validation") or {}
            field["when"] = {
                "field": when.get("field", ""),
                "value": when.get("equals", when.get("contains", "")),
            }
            field["validation"] = {**rule, "constraint": rule.get("pattern", rule.get("constraint", ""))}
            for column in field.get("columns") or ():
                rule = column.get("validation") or {}
                column["validation"] = {**rule, "constraint": rule.get("pattern", rule.get("constraint", ""))}
    return shown


def read_form_table(content: Mapping[str, Any], post: QueryDict) -> tuple[dict[str, Any], str]:
    """The content with the form as typed and the pressed button carried out; and the id to look at next."""
    table = spread(content)
    if "form.groups" in post.getlist("_has"):
        counts = len(table["form"]["groups"])
        read_rows(GROUPS, post, table)
        for n in range(min(counts, len(table["form"]["groups"]))):
            read_rows(questions(table, n), post, table)
            for at in _tables(table, n):
                read_rows(columns(at), post, table)
    what, path, n = asked_for(post)
    look = ""
    if what in ("add", "drop", "up", "down"):
        if path == GROUPS.path:
            look = act_on_rows(GROUPS, table, what, n)
        elif (found := re.fullmatch(r"form\.groups\.(\d{1,3})\.fields", path)) and int(found[1]) < len(
            table["form"]["groups"]
        ):
            look = act_on_rows(questions(table, int(found[1])), table, what, n)
        elif path.endswith(".columns") and path.removesuffix(".columns") in {
            at for g in range(len(table["form"]["groups"])) for at in _tables(table, g)
        }:
            look = act_on_rows(columns(path.removesuffix(".columns")), table, what, n)
    return {**content, "form": _whole(table["form"])}, look


def _whole(form: Mapping[str, Any]) -> dict[str, Any]:
    taken: set[str] = set()
    types: dict[str, str] = {}
    groups = []
    for group in form.get("groups", ()):
        fields = []
        for raw in group.get("fields", ()):
            field = dict(raw)
            field["name"] = _free_name(str(raw.get("name") or ""), str(raw.get("label") or ""), taken)
            types[field["name"]] = str(field.get("type"))
            if field.get("type") not in CHOICE_TYPES:
                field["options"] = None
            when = raw.get("when") or {}
            key = "contains" if types.get(str(when.get("field"))) == "checkbox" else "equals"
            field["when"] = (
                {"field": when["field"], key: when.get("value", "")} if when.get("field") else None
            )
            field["validation"] = _rule(raw.get("validation") or {})
            if not field.get("prefill"):
                field.pop("prefill", None)
            _whole_table(field)
            fields.append(field)
        groups.append({**group, "fields": fields})
    return {**form, "groups": groups}


def _whole_table(field: dict[str, Any]) -> None:
    """Columns and numbers of rows of a table; of any other field none."""
    if field.get("type") != "table":
        field.pop("columns", None)
        field.pop("rows", None)
        return
    taken: set[str] = set()
    made = []
    for raw in field.get("columns") or ():
        column = dict(raw)
        column["name"] = _free_name(str(raw.get("name") or ""), str(raw.get("label") or ""), taken)
        if column.get("type") not in CHOICE_TYPES:
            column["options"] = None
        column["validation"] = _rule(raw.get("validation") or {})
        made.append(column)
    said = {key: n for key, n in (field.get("rows") or {}).items() if n is not None}
    field["columns"], field["rows"] = made, said or None


def _tables(content: Mapping[str, Any], group: int) -> list[str]:
    """The paths of the tables among the questions of a group."""
    fields = value_at(content, f"form.groups.{group}.fields") or []
    return [f"form.groups.{group}.fields.{n}" for n, f in enumerate(fields) if f.get("type") == "table"]


def _rule(rule: Mapping[str, Any]) -> dict[str, Any] | None:
    if not rule.get("rule"):
        return None
    said = rule.get("constraint", "")
    kept = {k: v for k, v in rule.items() if k not in ("constraint", "pattern")}
    if rule["rule"] == "regex":
        return {**kept, "pattern": said}
    return {**kept, "constraint": said} if said else kept


def _free_name(name: str, label: str, taken: set[str]) -> str:
    """The field's name, or one made of the pinyin of its label; never twice."""
    if not name and label:
        stem = re.sub(r"[^a-z0-9_]", "", "_".join(syllables(label)).lower())[:40].strip("_")
        stem = stem if stem[:1].isalpha() else f"f_{stem}".rstrip("_")
        name = next(n for i in range(1, 1000) if (n := stem if i == 1 else f"{stem}_{i}") not in taken)
    if name:
        taken.add(name)
    return name
