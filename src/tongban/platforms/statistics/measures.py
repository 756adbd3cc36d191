"""The measures (指标), each declared once: what is counted, in words and in SQL. Pure.

The SQL is of the subset that DuckDB, Spark and PostgreSQL share: conditional sums over the table `facts`, one row for each
thing that happened. A measure is a numerator and, for shares and averages, a denominator; a figure is their quotient,
taken after the sums, so that figures of any grouping come from one pass.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Literal

Better = Literal["more", "less", ""]
_TYPE = re.compile(r"'((?:case|correction|decision|fee|finding|rating|task)(?:\.\w+)?)'")
#: A case ends with one of these.
ENDS = frozenset({"decision.made", "case.closed"})
#: Facts that count in whatever case they happened; the others only as office work, in cases of matters (`Question.apart`).
IN_ANY_CASE = ("fee.charged", "finding.issued", "rating")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure. `when` says which facts count, `value` what each counts (default 1).

    `base` is the denominator's `when`, `base_value` what each of those counts. `scale` multiplies
    the quotient (100 for per cent), `places` are shown after the point. `minus` shows `scale` less the quotient (压缩).
    """

    key: str
    name: str
    unit: str
    definition: str
    when: str
    value: str = "1"
    base: str = ""
    base_value: str = "1"
    scale: int = 1
    places: int = 0
    minus: bool = False
    better: Better = ""

    @property
    def types(self) -> frozenset[str]:
        """The types of the facts that it counts, so that the others need not be looked at."""
        said = f"{self.when} {self.base}"
        found = frozenset(_TYPE.findall(said))
        return found | ENDS if "ended" in said else found

    @property
    def is_count(self) -> bool:
        """Whether the figure is a sum, and not a quotient."""
        return not self.base

    def figure(self, over: float | None, under: float | None) -> float | None:
        """The figure from its two sums; None where nothing was there to measure."""
        if self.is_count:
            return over or 0
        if not under:
            return None
        share = (over or 0) / under * self.scale
        return round(self.scale - share if self.minus else share, self.places)


ACCEPTED = "type IN ('case.accepted', 'case.deemed_accepted')"

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        m.key: m
        for m in (
            Measure("applied", "申请", "件", "收到的申请和依职权立案，按申请时间计。", "type = 'case.applied'"),
            Measure("accepted", "受理", "件", "作出受理决定或者逾期视为受理的办件，按受理时间计。", ACCEPTED),
            Measure("refused", "不予受理", "件", "作出不予受理决定的办件，按决定时间计。", "type = 'case.refused'"),
            Measure(
                "ended", "办结", "件", "作出决定的办件；没有决定的，以结束（撤回、终止、不予受理、补正逾期、办毕）计。"
                "按决定或者结束时间计，一件一次。",
                "ended",
            ),
            Measure(
                "on_time", "按时办结率", "%", "分子：办结时没有超过承诺期限的办件。分母：办结的、有承诺期限的办件。"
                "补正、特别程序停止计时的时间不算。",
                "ended AND kept", base="ended AND kept IS NOT NULL", scale=100, places=1, better="more",
            ),
            Measure(
                "late", "超期办结", "件", "办结时已经超过承诺期限的办件。", "ended AND NOT kept", better="less",
            ),
            Measure(
                "days", "平均用时", "个工作日", "分子：从受理到办结的工作日之和，停止计时的时间不算。分母：经过受理的办结件。",
                "ended AND days IS NOT NULL", "days", "ended AND days IS NOT NULL", places=1, better="less",
            ),
            Measure(
                "elapsed", "平均历时", "个工作日", "分子：从受理到办结的工作日之和，停止计时的时间也算在内。分母：经过受理的办结件。",
                "ended AND elapsed IS NOT NULL", "elapsed", "ended AND elapsed IS NOT NULL", places=1, better="less",
            ),
            Measure(
                "shortened", "比法定期限压缩", "%", "一减去：分子，办结件实际用的工作日之和；分母，这些办件的法定期限折合的工作日之和。",
                "ended AND days IS NOT NULL AND law > 0", "days", "ended AND days IS NOT NULL AND law > 0", "law",
                scale=100, places=1, minus=True, better="more",
            ),
            Measure("corrections", "补正告知", "次", "发出的补正告知，一件可以不止一次。", "type = 'correction.requested'", better="less"),
            Measure(
                "correction_rate", "补正率", "%", "分子：补正告知的次数。分母：受理的办件。", "type = 'correction.requested'",
                base=ACCEPTED, scale=100, places=1, better="less",
            ),
            Measure("denied", "不予许可", "件", "决定为不予的办件，按决定时间计。", "type = 'decision.made' AND outcome = 'denied'"),
            Measure("withdrawn", "撤回", "件", "申请人撤回的办件。", "type = 'case.withdrawn'"),
            Measure("lapsed", "补正逾期", "次", "申请人没有在期限内补正的次数。", "type = 'correction.lapsed'"),
            Measure("terminated", "终止", "件", "依法终止办理的办件。", "type = 'case.terminated'"),
            Measure("extended", "延期", "次", "批准的延期。", "type = 'case.extended'", better="less"),
            Measure("suspended", "挂起", "次", "进入特别程序、停止计时的次数。", "type = 'case.suspended'"),
            Measure(
                "warnings", "预警", "次", "电子监察发出的预警，按发出时间计；后来撤销的、同一问题已经升级的不算。",
                "type = 'finding.issued' AND level = 1", better="less",
            ),
            Measure(
                "yellow", "黄牌", "张", "电子监察发出的黄牌，按发出时间计；后来撤销的、同一问题已经升级的不算。",
                "type = 'finding.issued' AND level = 2", better="less",
            ),
            Measure(
                "red", "红牌", "张", "电子监察发出的红牌，按发出时间计；后来撤销的、同一问题已经升级的不算。",
                "type = 'finding.issued' AND level = 3", better="less",
            ),
            Measure(
                "carded", "百件红黄牌", "张", "分子：黄牌和红牌，撤销的、已经升级的不算。分母：办结的办件。乘以一百。",
                "type = 'finding.issued' AND level >= 2", base="ended", scale=100, places=2, better="less",
            ),
            Measure("steps", "环节办理", "个", "工作人员办完的环节。", "type = 'task.done'"),
            Measure(
                "steps_on_time", "环节按时率", "%", "分子：在环节时限内办完的环节。分母：办完的、有时限的环节。",
                "type = 'task.done' AND kept", base="type = 'task.done' AND kept IS NOT NULL", scale=100, places=1, better="more",
            ),
            Measure(
                "step_days", "环节平均用时", "个工作日", "分子：环节从开始到办完的工作日之和，停止计时的时间不算。分母：办完的环节。",
                "type = 'task.done' AND days IS NOT NULL", "days", "type = 'task.done' AND days IS NOT NULL", places=1, better="less",
            ),
            Measure("urged", "催办", "次", "对环节的催办。", "type = 'task.urged'", better="less"),
            Measure("ratings", "评价", "次", "办事人给出的评价，按评价时间计。", "type = 'rating'"),
            Measure(
                "satisfied", "满意率", "%", "分子：非常满意、满意、基本满意的评价。分母：全部评价。", "type = 'rating' AND level >= 3",
                base="type = 'rating'", scale=100, places=1, better="more",
            ),
            Measure("bad", "差评", "次", "不满意、非常不满意的评价。", "type = 'rating' AND level <= 2", better="less"),
            Measure(
                "online", "网上申请率", "%", "分子：网上提交的申请。分母：收到的申请。", "type = 'case.applied' AND channel = 'web'",
                base="type = 'case.applied'", scale=100, places=1, better="more",
            ),
            Measure("charged", "收费", "元", "依法收取的费用之和，按收费时间计。", "type = 'fee.charged'", "amount"),
        )
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grouping:
    """How figures are grouped. `sql` is the key; `of` names what its values are; `over_time` orders them by themselves."""

    key: str
    name: str
    sql: str
    of: Literal["", "org", "matter", "person", "region", "channel", "kind", "rule", "step", "date"] = ""
    over_time: bool = False


GROUPINGS: Mapping[str, Grouping] = MappingProxyType(
    {
        g.key: g
        for g in (
            Grouping("unit", "单位", "org_id", "org"),
            Grouping("matter", "事项", "matter_id", "matter"),
            Grouping("step", "环节", "step", "step"),
            Grouping("person", "人员", "person_id", "person"),
            Grouping("region", "地区", "region", "region"),
            Grouping("channel", "渠道", "channel", "channel"),
            Grouping("kind", "办件类型", "kind", "kind"),
            Grouping("rule", "监察规则", "rule", "rule"),
            Grouping("month", "月", "CAST(date_trunc('month', happened) AS DATE)", "date", over_time=True),
            Grouping("week", "周", "CAST(date_trunc('week', happened) AS DATE)", "date", over_time=True),
            Grouping("day", "日", "CAST(happened AS DATE)", "date", over_time=True),
        )
    }
)


@dataclass(frozen=True, slots=True)
class Span:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def before(self) -> "Span":
        """The stretch of the same length just before; whole months go before whole months."""
        if self.first.day == 1 and (self.last + timedelta(days=1)).day == 1:
            months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
            return Span(_months(self.first, -months), self.first - timedelta(days=1))
        days = (self.last - self.first).days + 1
        return Span(self.first - timedelta(days=days), self.first - timedelta(days=1))

    @property
    def year_before(self) -> "Span":
        """The same days of last year."""
        whole = (self.last + timedelta(days=1)).day == 1
        last = (
            _months(self.last + timedelta(days=1), -12) - timedelta(days=1)
            if whole
            else _months(self.last, -12)
        )
        return Span(_months(self.first, -12), last)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the facts: measures of a stretch of days, grouped, narrowed.

    `scope` is a condition over org_id, matter_id and secrecy (Scope.sql); `known_by` leaves out what was recorded later.
    `apart` are kinds of case that are nobody's office work: they count only where kinds are what is asked for.
    """

    measures: tuple[Measure, ...]
    span: Span
    scope: str
    by: Grouping | None = None
    only: tuple[tuple[Grouping, str | int | date], ...] = ()
    known_by: datetime | None = None
    apart: tuple[str, ...] = ()

    @property
    def of_kinds(self) -> bool:
        """Whether kinds of case are what is asked for: grouped by them, or narrowed to one."""
        kind = GROUPINGS["kind"]
        return self.by == kind or any(grouping == kind for grouping, _value in self.only)


def figures_sql(question: Question, facts: str = "facts") -> str:
    """One pass over the facts: the group's key, then numerator and denominator of each measure, then late entries.

    Late entries (补录) are facts of the measures that were recorded after the stretch had ended.
    """
    sums = []
    for m in question.measures:
        sums.append(_sum(m.when, m.value))
        sums.append(_sum(m.base, m.base_value) if m.base else "0")
    late = f"recorded >= {_instant(question.span.last + timedelta(days=1))}"
    counted = " OR ".join(f"({m.when})" for m in question.measures)
    columns = [
        *(f"{s} AS c{n}" for n, s in enumerate(sums)),
        f"{_sum(f'{late} AND ({counted})', '1')} AS late",
    ]
    where = _where(question)
    if question.by is None:
        return f"SELECT {', '.join(columns)} FROM {facts} WHERE {where}"
    key = question.by.sql
    return f"SELECT {key} AS k, {', '.join(columns)} FROM {facts} WHERE {where} GROUP BY {key} ORDER BY k"


def cases_sql(question: Question, limit: int, offset: int, facts: str = "facts") -> str:
    """The cases behind a figure: of its first measure's facts (its denominator's too), latest first."""
    m = question.measures[0]
    counted = f"({m.when})"
    return (
        f"SELECT case_id FROM {facts} WHERE {_where(question)} AND {counted}"
        f" GROUP BY case_id ORDER BY MAX(happened) DESC, case_id DESC LIMIT {limit} OFFSET {offset}"
    )


def count_sql(question: Question, facts: str = "facts") -> str:
    """How many cases are behind a figure."""
    return f"SELECT COUNT(DISTINCT case_id) FROM {facts} WHERE {_where(question)} AND ({question.measures[0].when})"


def _sum(when: str, value: str) -> str:
    return f"SUM(CASE WHEN {when} THEN {value} ELSE 0 END)"


def _where(question: Question) -> str:
    span = question.span
    types = ", ".join(f"'{t}'" for t in sorted({t for m in question.measures for t in m.types}))
    parts = [
        f"happened >= {_instant(span.first)}",
        f"happened < {_instant(span.last + timedelta(days=1))}",
        f"({question.scope})",
        f"type IN ({types})",
    ]
    parts += [f"{grouping.sql} = {_literal(value)}" for grouping, value in question.only]
    if question.apart and not question.of_kinds:
        anywhere = ", ".join(_literal(t) for t in IN_ANY_CASE)
        parts.append(
            f"(kind NOT IN ({', '.join(_literal(k) for k in question.apart)}) OR type IN ({anywhere}))"
        )
    if question.known_by is not None:
        parts.append(f"recorded < TIMESTAMP '{question.known_by:%Y-%m-%d %H:%M:%S}'")
    return " AND ".join(parts)


def _instant(day: date) -> str:
    return f"TIMESTAMP '{day.isoformat()} 00:00:00'"


def _literal(value: str | int | date) -> str:
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, int):
        return str(value)
    quoted = value.replace("'", "''")
    if "\\" in quoted:  # Spark reads a backslash as an escape, the others do not
        raise ValueError("no backslash in a group's key")
    return f"'{quoted}'"


def _months(day: date, months: int) -> date:
    year, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + year, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - timedelta(days=1)).day))


def ranked(
    figures: Sequence[tuple[object, float | None]], better: Better
) -> list[tuple[object, float | None]]:
    """Groups in the order of a figure: the best first where one can be better, else the largest; those without last."""
    sign = 1 if better == "less" else -1
    return sorted(figures, key=lambda f: (f[1] is None, sign * (f[1] or 0)))
