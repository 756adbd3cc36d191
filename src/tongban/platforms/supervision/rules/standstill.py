"""Rules about time that stands still (停滞、挂起): special procedures beyond their time, long pauses, cases nobody moves."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.engine import clock
from tongban.engine.kinds import Facts
from tongban.engine.state import Limit, Pause, State
from tongban.platforms.supervision.rules.past import entered, entered_late
from tongban.platforms.supervision.rules.rule import (
    MOMENT,
    Level,
    Reading,
    Span,
    Threshold,
    Thresholds,
    TimeRule,
    due_or_none,
)
from tongban.platforms.supervision.rules.time import THE_CASE, handler

Rungs = Iterable[tuple[Level, datetime]]
WAITING = ("correction", "payment")
DAYS_OF = {"workday": 1, "day": 1, "work_hour": 0, "hour": 0}


def special(state: State) -> Iterator[tuple[int, Pause]]:
    """The pauses for special procedures (特别程序), with their number; what waits for the applicant is none."""
    for n, pause in enumerate(state.pauses, start=1):
        if pause.reason not in WAITING:
            yield n, pause


# T11


def _procedures(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    calendar = facts.definition.calendar
    for n, pause in special(facts.state):
        if pause.expected is None or (pause.end is not None and pause.end < pause.expected):
            continue
        days = _days(calendar, pause.start, pause.expected)
        due = None if days is None else due_or_none(calendar, Limit(days), pause.start, ())
        if days is None or due is None:
            continue
        term = facts.definition.terms.special.get(pause.reason)
        if term is not None and term.silence:  # time itself ends it
            continue
        words = {"procedure": term.name if term else "特别程序"}
        reading = Reading(f"pause:{n}", {"procedure": pause.reason}, words, person=handler(facts))
        yield Span(reading, Limit(days), pause.start, due, pause.end or facts.now, pause.end is None)


def _days(calendar: Calendar, start: datetime, end: datetime) -> int | None:
    """Working days from a day to the last day before `end`."""
    try:
        return calendar.W((end - MOMENT).astimezone(CHINA).date()) - calendar.W(
            start.astimezone(CHINA).date()
        )
    except BeyondHorizon:
        return None


def _over_is_yellow(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 2, span.due


# T12


def _suspended(facts: Facts, thresholds: Thresholds) -> list[Span]:
    """All special procedures of a case as one count, which stands still while the case runs between them."""
    pauses = [pause for _, pause in special(facts.state)]
    if not pauses:
        return []
    between = tuple(
        Pause(earlier.end, later.start, "running")
        for earlier, later in pairwise(pauses)
        if earlier.end is not None
    )
    limit, first, last = Limit(thresholds["days"]), pauses[0], pauses[-1]
    due = due_or_none(facts.definition.calendar, limit, first.start, between)
    if due is None:
        return []
    return [Span(THE_CASE, limit, first.start, due, last.end or facts.now, last.end is None, 0, between)]


def _notice_then_yellow(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 1, span.due
    later = clock.due(calendar, Limit(max(thresholds["yellow"], span.limit.amount)), span.start, span.pauses)
    if later is not None:
        yield 2, later


# T13


def _still(facts: Facts, thresholds: Thresholds) -> Iterable[Span]:
    """Stretches between two things that happened, while the case was in hand, longer than anybody allowed.

    A step that is itself allowed more days than `days` is watched by its own limit (T04) and no standstill before that.
    """
    state = facts.state
    if state.accepted is None:
        return
    ended, days = state.decided or state.closed, timedelta(days=thresholds["days"])
    last, begun = ended or facts.now, state.accepted
    late = entered_late(facts) if facts.whole else ()
    taken = state.clock("acceptance")
    if state.deemed_accepted and taken is not None and taken.stopped is not None:
        begun = taken.stopped  # by law accepted from earlier on; until then T05 has watched
    short = last - begun <= days and not late  # too short for any stretch to be too long
    if ended is not None and short:
        return
    moves = [begun, *[at for at in _moves(state) if begun < at <= last]]
    if not short:
        moves = sorted(set(moves))  # what happened at once is one move
        for begin, end in pairwise((*moves, last) if ended is not None else moves):
            if late:
                end = entered(facts, end)  # noqa: PLW2901 -- until then it was not seen to move
            paused = any(p.start <= begin and (p.end is None or end <= p.end) for p in state.pauses)
            if end - begin > days and not paused:
                yield from _stretch(facts, begin, end, thresholds, running=False)
    if ended is None and state.phase == "accepted":
        yield from _stretch(facts, max(moves), facts.now, thresholds, running=True)


def _stretch(
    facts: Facts, begin: datetime, end: datetime, thresholds: Thresholds, *, running: bool
) -> Iterable[Span]:
    days, person, working = thresholds["days"], None, False
    for task in facts.state.tasks:
        if task.kind != "human" or task.opened > begin or (task.done is not None and task.done <= begin):
            continue
        working = True
        person = person or task.assignee or task.by
        if task.limit is not None:
            if task.limit.unit not in DAYS_OF:
                return
            days = max(days, task.limit.amount * DAYS_OF[task.limit.unit])
    if not working:  # it waits for time, for money or for a member of a joint case: nobody here is to move it
        return
    due = due_or_none(facts.definition.calendar, Limit(days), begin, ())
    if due is not None and (running or due <= end):
        reading = Reading(f"still:{begin.astimezone(CHINA).date().isoformat()}", person=person)
        yield Span(reading, Limit(days), begin, due, end, running)


def _moves(state: State) -> list[datetime]:
    """When something happened that moves a case: remarks and urging do not."""
    moves: list[datetime | None] = [task.opened for task in state.tasks]
    moves += [task.done for task in state.tasks]
    for pause in state.pauses:
        moves += (pause.start, pause.end)
    for notice in state.corrections:
        moves += (notice.requested, notice.supplied, notice.lapsed)
    moves += [extension.at for extension in state.extensions]
    for fee in state.fees:
        moves += (fee.charged, fee.paid)
    return [at for at in moves if at is not None]


def _at_due(span: Span, thresholds: Thresholds, calendar: Calendar) -> Rungs:
    yield 1, span.due


T11 = TimeRule(
    id="T11",
    needs="pauses",
    name="特别程序超时限",
    basis="《行政许可法》第四十五条（听证、招标、检验、鉴定和专家评审等所需时间应当书面告知申请人）",
    inputs=("特别程序开始时间", "告知的所需时间", "特别程序结束时间"),
    words="“{procedure}”{start}开始，告知申请人需要 {limit}，应于{due}前结束，{over}。",
    judged="听证、检验、鉴定等特别程序用的时间超过书面告知申请人的时间的，发黄牌。",
    thresholds={},
    spans=_procedures,
    ladder=_over_is_yellow,
)
T12 = TimeRule(
    id="T12",
    needs="pauses",
    name="挂起时间过长",
    basis="电子监察规则（特别程序累计时间）；《行政许可法》第四十五条",
    inputs=("历次挂起和恢复的时间",),
    words="{start}首次挂起，累计挂起超过 {limit}，到{due}已满，又过{late}。",
    judged="一件的特别程序累计时间超过规定天数的，预警；超过规定的更长天数的，升为黄牌。",
    thresholds={
        "days": Threshold("累计超过多少天预警", "个工作日", 30, 1, 250),
        "yellow": Threshold("累计超过多少天升为黄牌", "个工作日", 60, 1, 250, above="days"),
    },
    spans=_suspended,
    ladder=_notice_then_yellow,
)
T13 = TimeRule(
    id="T13",
    needs="stood",
    name="办件停滞",
    basis="电子监察规则；本级服务承诺",
    inputs=("最近一次办理的时间", "正在办理的环节的时限"),
    words="{start}之后没有任何办理，到{due}已满 {limit}，又过{late}。",
    judged="办理中的件在规定的天数里没有任何办理的，预警；备注和催办不算办理，环节自有更长时限的按那个时限看。",
    thresholds={"days": Threshold("没有动静的天数", "个工作日", 5, 1, 60)},
    spans=_still,
    ladder=_at_due,
)
