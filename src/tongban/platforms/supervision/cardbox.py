"""A card as a box of the kit: the word, what happened, by which rule, and, asked for in detail, on which facts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA
from tongban.base.ui import parts, work
from tongban.base.ui.format import cn_time
from tongban.platforms.supervision.models import Card
from tongban.platforms.supervision.rules import RULES
from tongban.platforms.supervision.rules.rule import MOMENT, UNIT_NAMES, WHOLE_DAYS, day_words

LEVELS: Mapping[int, Literal["warn", "yellow", "red"]] = {1: "warn", 2: "yellow", 3: "red"}
CHIPS: Mapping[int, parts.Chip] = {
    1: parts.Chip("warn", "预警"),
    2: parts.Chip("card-y", "黄牌"),
    3: parts.Chip("card-r", "红牌"),
}
STATES: Mapping[str, parts.Chip] = {
    "valid": parts.Chip("info", "有效"),
    "explained": parts.Chip("info", "已说明"),
    "confirmed": parts.Chip("bad", "已认定"),
    "appealed": parts.Chip("warn", "申诉中"),
    "revoked": parts.Chip("", "已撤销"),
    "corrected": parts.Chip("ok", "已整改"),
    "risen": parts.Chip("", "已升级"),
}
CALENDARS = {"cn": "全国机关工作日历"}
WORDS = {
    "limit": "期限",
    "start": "起算",
    "extra": "延长",
    "pauses": "停表",
    "due": "应于此前",
    "at": "查看时",
    "running": "是否还在办",
    "post": "岗位",
    "step": "环节",
    "who": "谁",
    "late": "超过时间",
    "paused": "停表说明",
    "level": "级别",
    "name": "名称",
    "remedy": "救济途径",
    "account": "谁",
    "fault": "问题",
    "key": "材料",
    "lacking": "所缺",
    "listed": "清单",
    "names": "名称",
    "n": "数",
    "standard": "标准",
    "what": "内容",
    "amount": "金额",
    "basis": "依据",
    "reason": "理由",
    "task": "环节号",
    "steps": "环节数",
    "seconds": "秒数",
    "done": "办理时间",
    "recorded": "录入时间",
    "acting": "实际岗位",
    "document": "书面告知",
    "approver": "批准人",
    "procedure": "特别程序",
    "held": "听证时间",
    "decided": "决定时间",
    "active": "事项在用",
    "accepted": "受理时间",
    "needed": "应有环节",
    "missing": "缺少",
    "doubts": "疑点",
    "reduced": "减免依据",
    "reducible": "可以减免",
    "band": "阶次",
    "least": "下限",
    "most": "上限",
    "statutory_most": "法定上限",
    "circumstances": "情节",
    "fitting": "情节对应的阶次",
    "order": "阶次顺序",
    "discussion": "集体讨论记录",
    "kind": "类别",
    "number": "编号",
    "risk": "风险等级",
    "day": "日期",
    "type": "对象",
    "same": "一致",
    "differing": "不一致",
    "objects": "报送条数",
    "empty": "空项条数",
    "month": "月份",
    "version": "实施清单版本",
    "no": "版本号",
    "problems": "问题",
    "misfit": "不符的种类",
    "case": "办件",
    "seq": "留痕序号",
    "like": "同类件数",
    "mean": "平均",
    "spread": "标准差",
    "z100": "偏离（百分之一标准差）",
    "times": "件数",
    "all": "总件数",
    "quarter": "季度",
    "relation": "关系",
    "earlier": "此前件数",
    "results": "此前结果",
    "member": "协办事项",
    "deemed": "视为同意",
    "accepted_by": "受理人",
    "decided_by": "决定人",
    "items": "补正内容",
    "unit": "单位",
    "materials": "材料",
    "person": "责任人",
    "over": "是否逾期",
    "attribute": "公开属性",
    "said": "写了什么",
    "detail": "不符之处",
    "percent": "占比",
    "count": "处数",
    "deviation": "偏离",
    "share": "占比",
    "year": "年度",
}
#: Values that are words of the flow (`disclosure/data/release.json`), as people read them.
VALUES = {
    ("attribute", "on_request"): "依申请公开",
    ("attribute", "withheld"): "不予公开",
    ("attribute", "unexplained"): "未主动公开，也没有说明理由",
}


def card_box(card: Card, *, detail: bool = False, case: bool = False, linked: bool = True) -> work.CardBox:
    """One card. Its link leads to the card's own page, on which it stands not `linked`.

    `case` names the case too, where cards of several stand together.
    """
    status = "" if card.status == Card.Status.VALID else f" · {card.get_status_display()}"
    foot = format_html(
        "{} 发出{}{}{}", cn_time(card.issued_at), _link(card) if linked else "",
        f" · {card.person_name}" if card.person_name else "", status,
    )  # fmt: skip
    text: Any = f"规则 {card.rule}：{card.words}"
    if detail:
        rows = snapshot_words(card)
        said = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", rows)
        text = format_html('{}</p><dl class="tb-dl mt-2">{}</dl><p>', text, said)
    title = f"{card.rule_name}：{card.step}" if card.step else card.rule_name
    if case:
        title += f"（{card.case_number}）"
    return work.CardBox(LEVELS[card.level], title, text, foot, id=f"card-{card.pk}")


def _link(card: Card) -> SafeString:
    return format_html(
        ' · <a href="{}">{}</a>', reverse("supervision:card", args=[card.pk]), _("看取证和处理")
    )


def snapshot_words(card: Card) -> list[tuple[str, str]]:
    """The facts the rule read when the card was given, its thresholds of that day and the calendar, in words."""
    snapshot = card.snapshot
    inputs: Mapping[str, Any] = snapshot.get("inputs", {})
    by_days = inputs.get("limit", ("", ""))[1:] in ([unit] for unit in WHOLE_DAYS)
    rows = [
        _last_day(v)
        if k == "due" and by_days
        else (WORDS.get(k, k), card.step if k == "step" and card.step else _value(k, v))
        for k, v in sorted(inputs.items(), key=_place)
        if v not in (None, "", [], 0)
    ]
    rule = RULES.get(card.rule)
    for key, value in snapshot.get("thresholds", {}).items():
        declared = rule.thresholds.get(key) if rule else None
        rows.append(
            (
                _("当时的参数：%(name)s") % {"name": declared.name if declared else key},
                f"{value} {declared.unit if declared else ''}",
            )
        )
    if raised := snapshot.get("raised"):
        said = {name: _value("", raised[name]) for name in ("due", "at")} | {
            name: raised[name] for name in ("order", "step")
        }
        rows.append(
            (
                _("升牌"),
                _("督办单 %(order)s 的“%(step)s”应于 %(due)s 前办完，%(at)s 还没有办完") % said,
            )
        )
    calendar = snapshot.get("calendar") or {}
    if calendar:
        rows.append((_("工作日历"), calendar_words(calendar)))
    return rows


def calendar_words(named: Mapping[str, Any]) -> str:
    """Which calendar a limit was reckoned by: “全国机关工作日历第 1 版”."""
    code = str(named.get("code", ""))
    name = CALENDARS.get(code, code)
    return _("%(name)s第 %(version)s 版") % {"name": name, "version": named.get("version", "")}


def _last_day(due: str) -> tuple[str, str]:
    """A limit in days ends with its last day, and people count that day in; the instant after it is for machines."""
    return _("最后一天"), day_words(datetime.fromisoformat(due) - MOMENT)


def _place(item: tuple[str, Any]) -> int:
    order = ("step", "limit", "start", "pauses", "extra", "due", "at", "running")
    return order.index(item[0]) if item[0] in order else len(order)


def _value(key: str, value: Any) -> str:
    if isinstance(value, str) and (key, value) in VALUES:
        return VALUES[key, value]
    if key == "limit" and isinstance(value, list) and len(value) == 2:
        return f"{value[0]} {UNIT_NAMES.get(value[1], value[1])}"
    if key == "pauses" and isinstance(value, list):
        return "；".join(f"{_value('', a)} 至 {_value('', b)}" for a, b, *_rest in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, str) and len(value) > 15 and value[4:5] == "-" and "T" in value:
        try:
            return f"{datetime.fromisoformat(value).astimezone(CHINA):%Y年%-m月%-d日 %H:%M}"
        except ValueError:
            return value
    if isinstance(value, list):
        return "、".join(str(v) for v in value)
    return str(value)
