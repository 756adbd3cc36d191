"""Pictures both faces draw of a case: its flow with what is done, and its clock as a bar of working days.

They show what the engine says and compute no limit of their own.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.base.ui import clock, flow
from tongban.base.ui.format import cn_day
from tongban.engine import clock as arithmetic
from tongban.engine.definition import Definition
from tongban.engine.flow import Flow, Node
from tongban.engine.state import Clock, Limit, State

UNITS = {"workday": "个工作日", "day": "天", "month": "个月", "work_hour": "个工作小时", "hour": "小时"}
RISKS = {"high": "风险点 高", "mid": "风险点 中", "low": "风险点 低"}
GATES = ("split", "join", "decision")
MONTH_OF_DAYS = 60  # longest bar, in working days


def limit_words(limit: Limit | None) -> str:
    """“5 个工作日”, “当天” for none left to wait."""
    if limit is None:
        return ""
    return f"{limit.amount} {UNITS[limit.unit]}" if limit.amount else "当天"


def flow_picture(
    graph: Flow,
    state: State | None = None,
    *,
    who: Callable[[Node], str] | None = None,
    title: str = "办理流程",
    note: str = "",
    risks: bool = True,
) -> flow.Flow:
    """The flow of a matter; with a state, what is done is filled and where the case is now is ringed.

    `who` says under a step who has or had it; without it the step's limit stands there.
    """
    shown = [n for n in graph.nodes.values() if n.kind not in ("start", "auto")]
    boxes = [
        flow.Box(
            n.key,
            n.name
            or {"split": "同时办", "join": "都办好", "decision": "判断", "end": "办结"}.get(n.kind, n.key),
            (who(n) if who else "") or limit_words(n.limit),
            _progress(n, state),
            "gate" if n.kind in ("split", "join") else "edge" if n.kind == "end" else "step",
            special=n.kind in ("correction", "notice", "wait"),
            risk=RISKS.get(n.risk, "") if risks else "",
        )
        for n in shown
        if n.kind != "decision"
    ]
    wires = [flow.Wire(a, b, label, alt) for a, b, label, alt in _wires(graph)]
    return flow.flow(boxes, wires, title=title, note=note)


def _wires(graph: Flow) -> list[tuple[str, str, str, bool]]:
    """Ways between what is drawn: starts, automatic steps and decisions are passed through."""
    drawn = {k for k, n in graph.nodes.items() if n.kind not in ("start", "auto", "decision")}

    def onwards(key: str, label: str, seen: frozenset[str], *, alt: bool) -> list[tuple[str, str, bool]]:
        found = []
        for edge in graph.after(key):
            words, other = edge.name or label, alt or bool(edge.when)
            if edge.target in drawn:
                found.append((edge.target, words, other))
            elif edge.target not in seen:
                found += onwards(edge.target, words, seen | {edge.target}, alt=other)
        return found

    wires: dict[tuple[str, str], tuple[str, bool]] = {}
    for key in drawn:
        for target, label, alt in onwards(key, "", frozenset(), alt=False):
            wires.setdefault((key, target), (label, alt))
    return [(a, b, label, alt) for (a, b), (label, alt) in wires.items()]


def _progress(node: Node, state: State | None) -> flow.State:
    if state is None:
        return "todo"
    if node.kind == "end":
        return "done" if state.phase == "closed" else "todo"
    if node.kind in ("split", "join"):
        mine = [s for s in state.splits if s.node == (node.key if node.kind == "split" else node.split)]
        passed = bool(mine) and (node.kind == "split" or bool(mine[-1].closed_seq))
        return "done" if passed else "todo"
    tasks = [
        t
        for t in state.tasks
        if t.node == node.key and not t.parent and (t.sent_by != "precheck" or t.status == "open")
    ]  # papers looked at beforehand were not accepted
    if any(t.status == "open" for t in tasks):
        return "now"
    if any(t.status == "done" for t in tasks):
        return "done"
    return "skip" if state.phase == "closed" else "todo"


DEADLINES = {
    "precheck": "预受理答复期限", "acceptance": "受理期限", "correction": "补正期限", "promised": "办理期限（承诺）",
    "statutory": "办理期限（法定）", "delivery": "送达期限",
}  # fmt: skip


def deadlines(state: State) -> tuple[tuple[str, str], ...]:
    """The limits that run, each by its name with its last day; one that stands still says so."""
    running = {c.purpose: c for c in state.clocks if c.stopped is None} if state.closed is None else {}
    return tuple(
        (
            DEADLINES[purpose],
            cn_day((clock_.due - timedelta(microseconds=1)).astimezone(CHINA))
            + (
                ""
                if clock_.limit.unit in ("workday", "day", "month")
                else f" {clock_.due.astimezone(CHINA):%H:%M}"
            )
            if clock_.due is not None
            else "计时暂停",
        )
        for purpose, clock_ in running.items()
    )


def clock_picture(
    defn: Definition, state: State, now: datetime, *, heading: bool = True
) -> clock.Clock | None:
    """The bar of the promised limit with its pauses and, after it, what the law would still allow.

    None before acceptance and for matters without a limit in days.
    """
    promised, statutory = state.clock("promised"), state.clock("statutory")
    main = promised or statutory
    if main is None or main.limit.unit not in ("workday", "day"):
        return None
    calendar, end = defn.calendar, (main.stopped or now).astimezone(CHINA)
    try:
        return _bar(calendar, state, main, end, heading=heading)
    except BeyondHorizon:
        return None


def _bar(
    calendar: Calendar, state: State, main: Clock, end: datetime, *, heading: bool
) -> clock.Clock | None:
    stopped = main.stopped is not None
    pauses = tuple(p for p in state.pauses if p.end is None or p.end > main.start)
    begun, today = main.start.astimezone(CHINA).date(), end.date()
    due = _last_day(arithmetic.due(calendar, main.limit, main.start, _closed(pauses, end), main.extra))
    law = state.clock("statutory")
    lawful = (
        _last_day(arithmetic.due(calendar, law.limit, law.start, _closed(pauses, end), law.extra))
        if law is not None and law is not main and law.limit.unit in ("workday", "day")
        else None
    )
    last = max(d for d in (due, lawful, today) if d is not None)
    days = _workdays(calendar, begun, last)
    if not days or len(days) > MONTH_OF_DAYS * 3:
        return None
    runs: list[tuple[clock.State, list[date]]] = []
    for day in days:
        kind = _kind(day, today, due, pauses, stopped=stopped)
        if kind is None:
            continue
        if runs and runs[-1][0] == kind:
            runs[-1][1].append(day)
        else:
            runs.append((kind, [day]))
    reasons = [p.reason for p in pauses]
    segments, paused = [], 0
    for i, (kind, span) in enumerate(runs):
        label, why = "", ""
        if kind == "pause":
            reason = reasons[min(paused, len(reasons) - 1)] if reasons else ""
            why = _PAUSES.get(reason, "特别程序")
            label, paused = f"{span[0]:%m-%d} 停表", paused + 1
        elif i == 0:
            label = f"{span[0]:%m-%d} 起算"
        segments.append(clock.Segment(kind, tuple(span), label, why))
    posts = (
        [clock.Limit(due, f"{due:%m-%d} {'承诺' if main.purpose == 'promised' else '法定'}")] if due else []
    )
    if lawful is not None and lawful != due:
        posts.append(clock.Limit(lawful, f"{lawful:%m-%d} 法定"))
    return clock.clock(segments, None if stopped else today, posts, heading=heading, stopped=stopped)


_PAUSES = {
    "correction": "等补正",
    "payment": "等缴费",
    "third_party": "征求第三方",
    "coauthor": "征求共同机关",
}


def _kind(
    day: date, today: date, due: date | None, pauses: tuple[Any, ...], *, stopped: bool
) -> clock.State | None:
    if any(
        p.start.astimezone(CHINA).date() < day <= (p.end.astimezone(CHINA).date() if p.end else today)
        for p in pauses
    ):
        return "pause"
    over = due is not None and day > due
    if day <= today:
        return "late" if over else "run"
    if stopped:
        return None
    return "ext" if over else "todo"


def _closed(pauses: tuple[Any, ...], end: datetime) -> tuple[Any, ...]:
    """The pauses as if an open one ended now: the earliest the limit can end."""
    return tuple(p if p.end else replace(p, end=max(end, p.start)) for p in pauses)


def _last_day(due: datetime | None) -> date | None:
    return None if due is None else (due - timedelta(microseconds=1)).astimezone(CHINA).date()


def _workdays(calendar: Calendar, first: date, last: date) -> list[date]:
    """Working days after `first` up to `last`; the day of the event is not counted."""
    return [calendar.D(k) for k in range(calendar.W(first) + 1, calendar.W(last) + 1)]
