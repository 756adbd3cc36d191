"""What a rule is: how it is declared, what it reads, how it judges, what it says."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from msgspec import Struct

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.engine import clock
from tongban.engine.definition import Definition
from tongban.engine.kinds import SILENT, Facts, Verdict
from tongban.engine.state import EMPTY, Finding, Limit, Pause

Level = Literal[0, 1, 2, 3]
Thresholds = Mapping[str, int]
LEVEL_NAMES = {1: "预警", 2: "黄牌", 3: "红牌"}
UNIT_NAMES = {"workday": "个工作日", "day": "日", "month": "个月", "work_hour": "个工作小时", "hour": "小时"}
FAMILIES = {
    "T": "时效", "P": "流程", "N": "内容", "F": "收费", "J": "裁量", "R": "廉政", "S": "监督", "D": "公开",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Threshold:
    """One number the supervision office may set: its words, unit, default and the least and most it may be.

    `above` names the threshold of the same rule that it has to exceed.
    """

    name: str
    unit: str
    default: int
    least: int
    most: int
    above: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A declared rule. `look` asks it of a case, `reprove` judges a kept snapshot again.

    `inputs` are the facts it reads, in words; `words` is the template of the sentence on the card; `judged` tells people
    when it gives which card, naming no figure that the office may set. What it reads decides whether it need be asked at
    all: `needs` names traits of a case (`traits`) without one of which it has nothing to say ("": always ask), `concerns`
    says of a definition (flow, terms) whether any case under it could break the rule. `kinds` are the only kinds of case
    it speaks of (none: all), `besides` kinds that have rules of their own about the same.
    """

    id: str
    name: str
    basis: str
    inputs: tuple[str, ...]
    words: str
    thresholds: Mapping[str, Threshold]
    judged: str = field(default="", kw_only=True)
    needs: str = field(default="", kw_only=True)
    concerns: Callable[[Definition], bool] | None = field(default=None, kw_only=True)
    kinds: frozenset[str] = field(default=frozenset(), kw_only=True)
    besides: frozenset[str] = field(default=frozenset(), kw_only=True)

    @property
    def family(self) -> str:
        """The family in the field's words: 时效, 流程, 内容 …"""
        return FAMILIES[self.id[0]]

    def speaks_of(self, kind: str) -> bool:
        """Whether it is asked of cases of that kind at all."""
        return kind not in self.besides and (not self.kinds or kind in self.kinds)

    @property
    def defaults(self) -> dict[str, int]:
        """The thresholds that hold while the office has set none."""
        return {key: t.default for key, t in self.thresholds.items()}

    def look(self, facts: Facts, thresholds: Thresholds, known: frozenset[str]) -> Verdict:
        """Findings that hold now and are not in `known` ("rule|episode|level"), and when one could newly hold."""
        raise NotImplementedError

    def reprove(self, inputs: Mapping[str, Any], thresholds: Thresholds, calendar: Calendar) -> Level:
        """The level that follows from a snapshot's inputs alone."""
        raise NotImplementedError

    def _finding(
        self, level: Level, reading: "Reading", inputs: Mapping[str, Any], thresholds: Thresholds,
        facts: Facts, words: Mapping[str, Any], at: datetime,
    ) -> Finding:  # fmt: skip
        if not level:
            raise ValueError("a finding has a level")
        calendar = facts.definition.calendar
        named = {"code": calendar.code, "version": calendar.version, "sha256": calendar.sha256}
        snapshot = {
            "inputs": dict(inputs),
            "thresholds": dict(thresholds),
            "calendar": named,
            "person": reading.person(facts) if callable(reading.person) else reading.person,
        }
        sentence = self.words.format_map({**words, "level": LEVEL_NAMES[level]})
        return Finding(self.id, level, reading.episode, sentence, at, reading.task, snapshot)


class Reading(Struct, frozen=True):
    """What one episode of a case offers a rule: plain JSON inputs, and whom it concerns (or how that is found out)."""

    episode: str
    inputs: Mapping[str, Any] = EMPTY
    words: Mapping[str, Any] = EMPTY
    task: int = 0
    person: int | Callable[[Facts], int | None] | None = None


@dataclass(frozen=True, slots=True)
class ContentRule(Rule):
    """A rule about what was done: `read` gives the episodes in question, `judge` the level of one."""

    read: Callable[[Facts, Thresholds], Iterable[Reading]]
    judge: Callable[[Mapping[str, Any], Thresholds], Level]

    def look(self, facts: Facts, thresholds: Thresholds, known: frozenset[str]) -> Verdict:
        """As Rule.look; content never changes by time alone, so there is nothing to wait for."""
        found = []
        for reading in self.read(facts, thresholds):
            level = self.judge(reading.inputs, thresholds)
            if level and f"{self.id}|{reading.episode}|{level}" not in known:
                words = {**reading.inputs, **reading.words}
                found.append(
                    self._finding(level, reading, reading.inputs, thresholds, facts, words, facts.now)
                )
        return Verdict(tuple(found)) if found else SILENT

    def reprove(self, inputs: Mapping[str, Any], thresholds: Thresholds, calendar: Calendar) -> Level:
        """As Rule.reprove."""
        return self.judge(inputs, thresholds)


@dataclass(frozen=True, slots=True)
class Study(Rule):
    """A rule over many cases or over what is not a case at all (研判): one case alone cannot tell.

    What it judges is gathered elsewhere, for the days of its `window` up to the day it is asked for; the judging is pure.
    """

    window: Literal["day", "month", "quarter"]
    judge: Callable[[Mapping[str, Any], Thresholds], Level]

    def look(self, facts: Facts, thresholds: Thresholds, known: frozenset[str]) -> Verdict:
        """As Rule.look: nothing, of one case."""
        return SILENT

    def reprove(self, inputs: Mapping[str, Any], thresholds: Thresholds, calendar: Calendar) -> Level:
        """As Rule.reprove."""
        return self.judge(inputs, thresholds)


class Span(Struct, frozen=True):
    """One running or finished limit: since when, how much, with which pauses, until when looked at."""

    reading: Reading
    limit: Limit
    start: datetime
    due: datetime
    at: datetime  # when it was met, else now
    running: bool
    extra: int = 0
    pauses: tuple[Pause, ...] = ()


Ladder = Callable[[Span, Thresholds, Calendar], Iterable[tuple[Level, datetime]]]


@dataclass(frozen=True, slots=True)
class TimeRule(Rule):
    """A rule about time: `spans` gives the limits in question, `ladder` when each level comes, in order."""

    spans: Callable[[Facts, Thresholds], Iterable[Span]]
    ladder: Ladder

    def look(self, facts: Facts, thresholds: Thresholds, known: frozenset[str]) -> Verdict:
        """As Rule.look; `next_at` is the earliest later rung of a limit that still runs."""
        found: list[Finding] = []
        next_at: datetime | None = None
        calendar = facts.definition.calendar
        for span in self.spans(facts, thresholds):
            level, since = NO_LEVEL, span.at
            try:
                for rung, instant in self.ladder(span, thresholds, calendar):
                    if instant > span.at:
                        if span.running and (next_at is None or instant < next_at):
                            next_at = instant
                        break
                    level, since = rung, instant
            except BeyondHorizon:
                pass  # that a later rung is beyond the calendar must not stop the case
            if level and f"{self.id}|{span.reading.episode}|{level}" not in known:
                inputs, words = span_inputs(span), span_words(span, calendar)
                found.append(self._finding(level, span.reading, inputs, thresholds, facts, words, since))
        return Verdict(tuple(found), next_at) if found or next_at is not None else SILENT

    def reprove(self, inputs: Mapping[str, Any], thresholds: Thresholds, calendar: Calendar) -> Level:
        """As Rule.reprove: the due date is computed anew from start, limit and pauses."""
        span = span_from(inputs, calendar)
        if span is None:
            return 0
        level = NO_LEVEL
        with suppress(BeyondHorizon):
            for rung, instant in self.ladder(span, thresholds, calendar):
                if instant > span.at:
                    break
                level = rung
        return level


def span_inputs(span: Span) -> dict[str, Any]:
    """The span as JSON, enough to compute everything again."""
    return {
        **span.reading.inputs,
        "limit": [span.limit.amount, span.limit.unit],
        "start": span.start.isoformat(),
        "extra": span.extra,
        "pauses": [
            [p.start.isoformat(), p.end.isoformat(), p.reason] for p in span.pauses if p.end is not None
        ],
        "due": span.due.isoformat(),
        "at": span.at.isoformat(),
        "running": span.running,
    }


def span_from(inputs: Mapping[str, Any], calendar: Calendar) -> Span | None:
    """The inverse of `span_inputs`, with the due date computed anew."""
    limit = Limit(inputs["limit"][0], inputs["limit"][1])
    start = datetime.fromisoformat(inputs["start"])
    pauses = tuple(
        Pause(datetime.fromisoformat(a), datetime.fromisoformat(b), reason)
        for a, b, reason in inputs["pauses"]
    )
    due = clock.due(calendar, limit, start, pauses, inputs["extra"])
    if due is None:
        return None
    at = datetime.fromisoformat(inputs["at"])
    return Span(Reading("", inputs), limit, start, due, at, inputs["running"], inputs["extra"], pauses)


def span_words(span: Span, calendar: Calendar) -> dict[str, Any]:
    """What a sentence may say of a span."""
    past = span.at >= span.due
    late = workdays_after(calendar, span) if past else 0
    over = f"已超过{late}个工作日" if late else "已经逾期，不足1个工作日" if past else "现在还没有到期"
    return {
        **span.reading.words,
        "limit": f"{span.limit.amount + span.extra}{UNIT_NAMES[span.limit.unit]}",
        "start": day_words(span.start),
        "due": day_words(span.due - MOMENT) if span.limit.unit in WHOLE_DAYS else instant_words(span.due),
        "late": f"{late}个工作日" if late else "不足1个工作日",
        "over": over,
        "paused": "（已扣除停止计时的时间）" if any(p.end for p in span.pauses) else "",
    }


def workdays_after(calendar: Calendar, span: Span) -> int:
    """Working days that have wholly passed from the end of a limit to when it is looked at, standstill not counted.

    A day counts once it is over, as with every limit: what a rule sets that many days later (`workdays_later`) is past then.
    """
    begun = clock.used(calendar, Limit(0), span.due - MOMENT, span.pauses, span.at)
    return begun - 1 if begun and workdays_later(calendar, span, begun) > span.at else begun


def due_or_none(
    calendar: Calendar, limit: Limit, start: datetime, pauses: tuple[Pause, ...], extra: int = 0
) -> datetime | None:
    """When a limit ends; None while paused or where the calendar does not reach."""
    try:
        return clock.due(calendar, limit, start, pauses, extra)
    except BeyondHorizon:
        return None


def workdays_later(calendar: Calendar, span: Span, days: int) -> datetime:
    """The instant that many working days after a limit's due, what it stood still not counted; the due itself for none."""
    if not days:
        return span.due
    return clock.due(calendar, Limit(days), span.due - MOMENT, span.pauses) or span.due


def day_words(at: datetime) -> str:
    """A day as people write it."""
    local = at.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日"


def instant_words(at: datetime) -> str:
    """A day and the time of day."""
    return f"{day_words(at)}{at.astimezone(CHINA):%H:%M}"


NO_LEVEL: Level = 0
MOMENT = timedelta(microseconds=1)
WHOLE_DAYS = ("workday", "day", "month")
