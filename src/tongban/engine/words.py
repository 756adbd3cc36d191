"""Events as sentences that people read on the timeline (全程留痕). Pure."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from tongban.base.calendar import CHINA
from tongban.engine.definition import Definition
from tongban.engine.machine.may import LAWFUL_PAUSES
from tongban.engine.machine.results import ENDINGS
from tongban.engine.state import Task

RESULTS: Mapping[str, str] = {
    "granted": "准予", "denied": "不予", "partial": "部分准予", "done": "办结", "refused": "不予受理",
    "lapsed": "逾期未补正，视为撤回申请", "withdrawn": "申请人撤回", "terminated": "终止办理", "unopened": "未能受理",
}  # fmt: skip
LEVELS = {1: "预警", 2: "黄牌", 3: "红牌"}
UNITS = {"workday": "个工作日", "day": "日", "month": "个月", "work_hour": "个工作小时", "hour": "小时"}

#: Pauses that are no special procedure: what the applicant is waited for.
PAUSES: Mapping[str, str] = {"correction": "等待补正", "payment": "等待缴费"}

#: How a case came in, or an event was entered.
CHANNELS: Mapping[str, str] = {
    "web": "网上", "counter": "窗口", "desk": "工作台", "phone": "电话", "hotline": "热线", "api": "系统对接", "report": "部门系统",
    "import": "历史导入", "joint": "联办", "office": "依职权", "system": "系统",
}  # fmt: skip
ROLES: Mapping[str, str] = {"agent": "代理人", "co": "共同申请人", "third": "第三人", "helper": "帮办代办"}
HANDED: Mapping[str, str] = {"up": "上报", "down": "下转", "across": "转"}

Payload = Mapping[str, Any]


def sentence(type_: str, payload: Payload, defn: Definition, tasks: tuple[Task, ...]) -> str:
    """What happened, in a sentence. An event type that has no words yet is named by its code."""
    words = _WORDS.get(type_)
    return type_ if words is None else words(payload, _Case(defn, tasks))


class _Case:
    """What sentences look up: names of steps, materials, special procedures."""

    def __init__(self, defn: Definition, tasks: tuple[Task, ...]) -> None:
        self.defn, self.tasks = defn, tasks

    def step(self, no: object) -> str:
        index = int(str(no)) - 1
        return self.node(self.tasks[index].node) if 0 <= index < len(self.tasks) else "环节"

    def node(self, key: str) -> str:
        node = self.defn.flow.nodes.get(key)
        return (node.name or key) if node is not None else key

    def outcome(self, no: object, key: str) -> str:
        index = int(str(no)) - 1
        node = self.defn.flow.nodes.get(self.tasks[index].node) if 0 <= index < len(self.tasks) else None
        names = {c.key: c.name for c in node.choices} if node is not None else {}
        return names.get(key) or RESULTS.get(key) or _OUTCOMES.get(key, key)

    def pause(self, code: str) -> str:
        special = self.defn.terms.special.get(code)
        return special.name if special is not None else PAUSES.get(code) or LAWFUL_PAUSES.get(code, code)


_DEEDS = {
    "explain": "说明", "confirm": "认定", "appeal": "申诉", "uphold": "申诉不成立", "revoke": "撤销", "mark_corrected": "已整改",
}  # fmt: skip
_OUTCOMES = {
    "passed": "齐全",
    "incomplete": "不齐全",
    "accept": "受理",
    "refuse": "不予受理",
    "returned": "退回",
    "elapsed": "期满",
    "paid": "已缴费",
}


def last_day(due: str | None) -> str:
    """A limit's end as the last day on which one is in time; limits end at the midnight after it."""
    if not due:
        return ""
    day: date = (datetime.fromisoformat(due) - timedelta(microseconds=1)).date()
    return f"{day.year}年{day.month}月{day.day}日"


def _said_day(day: str) -> str:
    said = date.fromisoformat(day)
    return f"{said.year}年{said.month}月{said.day}日"


def _said_moment(moment: str) -> str:
    return f"{_said_day(moment[:10])} {datetime.fromisoformat(moment).astimezone(CHINA):%H:%M}"


def _because(p: Payload) -> str:
    return f"，理由：{reason}" if (reason := _text(p, "reason")) else ""


def _text(p: Payload, name: str) -> str:
    """A text of the payload; "" also where it is personal and not the reader's to see, or erased."""
    value = p.get(name)
    return value if isinstance(value, str) else ""


def _done(p: Payload, c: _Case) -> str:
    step, outcome = c.step(p["task"]), p.get("outcome", "")
    if outcome == "returned":
        return f"从“{step}”退回到“{c.node(p.get('to', ''))}”{_because(p)}"
    said = f":{c.outcome(p['task'], outcome)}" if outcome else ""
    opinion = f"，意见：{p['opinion']}" if p.get("opinion") else ""
    return f"“{step}”办理完毕{said}{opinion}{_because(p)}" + ("（依规定视为）" if p.get("deemed") else "")


def _correction(p: Payload, _: _Case) -> str:
    until = last_day(p.get("due"))
    return "一次性告知补正：" + "；".join(p["items"]) + (f"。请在{until}前补齐" if until else "")


def _looked(p: Payload, _: _Case) -> str:
    said = {"passed": "材料齐全", "incomplete": "材料还不齐全", "returned": "不符合申请条件"}[p["outcome"]]
    asked = "：" + "；".join(p["items"]) if p.get("items") else ""
    words = f"。{p['words']}" if p.get("words") else ""
    return f"预受理答复：{said}{asked}{words}"


def _proposed(p: Payload, _: _Case) -> str:
    late = "（一次告知发出以后，强制提出）" if p.get("late") else ""
    return f"向牵头窗口提出补正{late}：" + "；".join(p["items"])


def _opened(p: Payload, c: _Case) -> str:
    step, sent = c.node(p["node"]), str(p.get("sent_by", ""))
    if sent in HANDED:
        limit = p.get("limit")
        within = f"（限{limit[0]}{UNITS.get(limit[1], limit[1])}）" if limit else ""
        return f"“{step}”{HANDED[sent]}{c.defn.post_name(p.get('post', ''))}{within}:{p.get('reason', '')}"
    if sent == "precheck":
        return "转入预审"
    return f"转入“{step}”" + ("（加签）" if sent == "cosign" else "")


def _suspended(p: Payload, c: _Case) -> str:
    until = last_day(p.get("expected"))
    return f"因{c.pause(p['reason'])}暂停计时" + (f"，预计到{until}" if until else "")


def _charged(p: Payload, _: _Case) -> str:
    return f"应缴{p['name']}{p['amount']}元" + (f"（减免：{p['reduced']}）" if p.get("reduced") else "")


_WORDS: dict[str, Callable[[Payload, _Case], str]] = {
    "precheck.asked": lambda _p, _c: "申请预受理，请先看材料是否齐全",
    "precheck.answered": _looked,
    "precheck.lapsed": lambda _p, _c: "预受理到期没有补齐，自动结束",
    "case.applied": lambda p, _c: "提交申请" + (f"（补录{_because(p)}）" if p.get("reason") else ""),
    "case.accepted": lambda p, _c: "开始计算办理时限" if p.get("way") else "受理，开始计算办理时限",
    "case.deemed_accepted": lambda _p, _c: "逾期没有告知补正，自收到申请之日起视为受理",
    "case.refused": lambda p, _c: f"不予受理{_because(p)}" + (f"。{p['remedy']}" if p.get("remedy") else ""),
    "correction.requested": _correction,
    "correction.proposed": _proposed,
    "correction.gathered": lambda p, _c: "收到协办部门的补正建议：" + "；".join(p["items"]),
    "correction.returned": lambda p, _c: f"补正建议退回{_because(p)}",
    "correction.noticed": lambda _p, _c: "牵头窗口已一次告知申请人",
    "correction.passed": lambda _p, _c: "一次告知转达协办部门",
    "correction.shared": lambda _p, _c: "补正内容分送协办部门",
    "correction.supplied": lambda p, _c: (
        "补正材料已提交" + (f":{note}" if (note := _text(p, "note")) else "")
    ),
    "correction.lapsed": lambda p, _c: "逾期没有补正" + ("" if "dues" in p else "，视为撤回申请"),
    "task.opened": _opened,
    "task.claimed": lambda p, c: f"领取“{c.step(p['task'])}”",
    "task.released": lambda p, c: f"放回“{c.step(p['task'])}”",
    "task.done": _done,
    "task.cancelled": lambda p, c: f"“{c.step(p['task'])}”不再需要办理",
    "task.reassigned": lambda p, c: f"转办“{c.step(p['task'])}”{_because(p)}",
    "task.delegated": lambda p, c: f"委派“{c.step(p['task'])}”{_because(p)}",
    "task.handed_back": lambda p, c: (
        f"“{c.step(p['task'])}”办好交回" + (f"，意见：{p['opinion']}" if p.get("opinion") else "")
    ),
    "task.rescheduled": lambda p, c: f"“{c.step(p['task'])}”改到 {_said_moment(p['due'])}{_because(p)}",
    "task.urged": lambda p, c: (
        f"催办“{c.step(p['task'])}”" + (f":{words}" if (words := _text(p, "words")) else "")
    ),
    "split.opened": lambda _p, _c: "开始并行办理",
    "split.arrived": lambda p, _c: "并行办理完成" if p.get("closed") else "一个分支办完",
    "case.suspended": _suspended,
    "suspension.served": lambda p, _c: (
        f"征询函已于{_said_day(p['received'])}送达"
        + (f"，答复到{until}止" if (until := last_day(p.get("expected"))) else "")
    ),
    "case.resumed": lambda p, _c: (
        ("期满没有答复，恢复计时" if p.get("deemed") else "恢复计时")
        + ("（期限重新计算）" if p.get("clocks") else "")
        + (f"，结果：{p['outcome']}" if p.get("outcome") else "")
    ),
    "case.extended": lambda p, _c: f"延长办理时限{p['amount']}{UNITS.get(p['unit'], p['unit'])}{_because(p)}",
    "decision.made": lambda p, _c: (
        f"作出决定：{RESULTS.get(p['outcome'], p['outcome'])}{_because(p)}"
        + (f"。{p['remedy']}" if p.get("remedy") else "")
    ),
    "result.issued": lambda p, _c: f"制作{p['name']}，编号{p['number']}",
    "result.revoked": lambda p, _c: (
        f"{ENDINGS.get(p['how'], p['how'])}证照{p['number']}{_because(p)}（依据：{p['basis']}）"
    ),
    "result.replaced": lambda p, _c: f"证照{p['number']}已由{p['by']}换发",
    "paper.issued": lambda p, _c: f"出具{p['name']}，文号{p['number']}",
    "case.delivered": lambda p, _c: (
        f"送达：{p['method']}" + ("（没有登记快递单号）" if p.get("express_missing") else "")
    ),
    "case.withdrawn": lambda p, _c: f"撤回申请{_because(p)}",
    "case.terminated": lambda p, _c: (
        f"终止办理{_because(p)}" + (f"（依据：{p['basis']}）" if p.get("basis") else "")
    ),
    "case.closed": lambda p, _c: f"办结：{RESULTS.get(p['result'], p['result'])}",
    "fee.charged": _charged,
    "fee.paid": lambda p, _c: f"已缴{p['name']}",
    "fee.lapsed": lambda p, _c: f"逾期没有缴纳{p['name']}，视为放弃申请",
    "child.opened": lambda _p, _c: "开始联办事项办理",
    "child.concluded": lambda p, _c: f"联办事项办完：{RESULTS.get(p['result'], p['result'])}",
    "child.ended": lambda p, _c: f"联办事项随主办件结束：{RESULTS.get(p['result'], p['result'])}",
    "opinion.deemed_agreed": lambda p, c: f"“{c.step(p['task'])}”逾期没有反馈，视为同意",
    "finding.issued": lambda p, _c: f"{LEVELS.get(p['level'], '')}:{p['words']}",
    "finding.handled": lambda p, _c: (
        f"{LEVELS.get(p['level'], '牌')}{_DEEDS.get(p['deed'], p['deed'])}：{p['reason']}"
    ),
    "record.anchored": lambda p, _c: f"存证：{p['key']}",
    "personal.erased": lambda _p, _c: "依法删除个人信息",
    "party.invited": lambda p, _c: f"邀请{ROLES.get(p['role'], '参与人')}，等本人答复",
    "party.named": lambda p, _c: (
        f"追加{ROLES.get(p['role'], '参与人')}" + ("，本人已同意" if "invitation" in p else "")
    ),
    "party.declined": lambda p, _c: f"{ROLES.get(p['role'], '参与人')}谢绝参与",
    "party.ended": lambda p, _c: f"解除{ROLES.get(p['role'], '参与人')}{_because(p)}",
    "note.added": lambda p, _c: f"备注：{p['text']}",
}
