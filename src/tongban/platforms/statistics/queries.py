"""Answers: figures of a stretch of days for an account, the cases behind one, and what everybody may read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from tongban.engine import kinds
from tongban.engine.models import Case
from tongban.engine.people import scopes
from tongban.engine.words import CHANNELS
from tongban.platforms.statistics import store
from tongban.platforms.statistics.measures import (
    GROUPINGS,
    Grouping,
    Measure,
    Question,
    Span,
    cases_sql,
    count_sql,
    figures_sql,
)
from tongban.registry.models import Account, Matter, Region
from tongban.registry.queries import as_of

Key = str | int | date | None
Ask = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its value, and the two sums it comes from."""

    value: float | None
    over: float
    under: float


@dataclass(frozen=True, slots=True)
class Line:
    """One group: its key and name, its figures in the order of the measures, how many of its facts were entered late."""

    key: Key
    name: str
    figures: tuple[Figure, ...]
    late: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The whole, and each group. `made_at` is until when the files were brought up; None: there are none yet."""

    total: Line
    lines: tuple[Line, ...]
    made_at: datetime | None


def scope_of(account: Account) -> str:
    """Over which facts the account's figures are: where it supervises. The very scope that its lists use."""
    return scopes(account).of("supervise").sql()


def answer(question: Question, ask: Ask = store.ask) -> Answer:
    """The figures that a question asks for. `ask` is who reads the files: DuckDB here, or a cluster (`spark.ask_on`).

    Work is counted of matters; of the house's own kinds of case only where kinds are asked for.
    """
    question, made_at = _of_matters(question), store.files().made_at
    rows = ask(figures_sql(question, "{facts} AS facts"))
    if question.by is None:
        (whole,) = rows
        return Answer(
            Line(None, "", _figures(question.measures, whole[:-1]), int(whole[-1] or 0)), (), made_at
        )
    # Sums add up over the groups, those without a key among them, so that the whole needs no pass of its own.
    sums = [sum(r[n] or 0 for r in rows) for n in range(1, 2 * len(question.measures) + 2)]
    total = Line(None, "", _figures(question.measures, sums[:-1]), int(sums[-1]))
    rows = [r for r in rows if r[0] not in (None, "") and any(r[1:-1])]
    if question.by.over_time:
        rows = _unbroken(question.by, rows)
    names = names_of(question.by, [r[0] for r in rows])
    lines = tuple(
        Line(r[0], names.get(r[0], str(r[0])), _figures(question.measures, r[1:-1]), int(r[-1] or 0))
        for r in rows
    )
    return Answer(total, lines, made_at)


def cases_behind(account: Account, question: Question, limit: int, offset: int) -> tuple[list[Case], int]:
    """A page of the cases behind a figure that the account may see, and how many there are."""
    question = _of_matters(question)
    ((count,),) = store.ask(count_sql(question, "{facts} AS facts"))
    ids = [pk for (pk,) in store.ask(cases_sql(question, limit, offset, "{facts} AS facts"))]
    found = {c.pk: c for c in Case.objects.visible_to(account, "supervise").filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found], int(count)


def _of_matters(question: Question) -> Question:
    return replace(question, apart=tuple(kinds.house_kinds()))


def names_of(by: Grouping, keys: Sequence[Any]) -> Mapping[Any, str]:
    """What the groups are called."""
    if by.of == "org":
        nodes = as_of().nodes
        return {k: nodes[k].short_name or nodes[k].name for k in keys if k in nodes}
    if by.of == "matter":
        return dict(Matter.objects.filter(pk__in=keys).values_list("pk", "name"))
    if by.of == "person":
        return dict(Account.objects.filter(pk__in=keys).values_list("pk", "display_name"))
    if by.of == "region":
        return dict(Region.objects.filter(pk__in=keys).values_list("pk", "name"))
    if by.of == "channel":
        return {k: CHANNELS.get(k, k) for k in keys}
    if by.of == "kind":
        return {k.key: k.name for k in kinds.kinds() if k.key in keys}
    if by.of == "date":
        return {k: _date_name(by, k) for k in keys}
    return {k: str(k) for k in keys}


def key_from(by: Grouping, said: str) -> str | int | date | None:
    """The key of a group as an address says it; None when it cannot be one."""
    if by.of in ("org", "matter", "person"):
        return int(said) if said.isdecimal() and len(said) < 19 else None
    if by.of == "date":
        try:
            return date.fromisoformat(said)
        except ValueError:
            return None
    return said if said and "\\" not in said and "\x00" not in said and len(said) <= 100 else None


def _unbroken(by: Grouping, rows: Sequence[Any]) -> list[Any]:
    """The rows in their order, with one of nothing for each month, week or day between them in which nothing happened.

    Without them a chart would set September beside January.
    """
    if not rows:
        return []
    there, nothing = {r[0]: r for r in rows}, (0,) * (len(rows[0]) - 1)
    last, at, found = max(there), min(there), []
    while at <= last:
        found.append(there.get(at, (at, *nothing)))
        if by.key == "month":
            at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
        else:
            at += timedelta(days=7 if by.key == "week" else 1)
    return found


def _figures(measures: Sequence[Measure], sums: Sequence[Any]) -> tuple[Figure, ...]:
    found = []
    for n, m in enumerate(measures):
        over, under = float(sums[2 * n] or 0), float(sums[2 * n + 1] or 0)
        found.append(Figure(m.figure(over, under), over, under))
    return tuple(found)


def _date_name(by: Grouping, day: date) -> str:
    if by.key == "month":
        return f"{day.year}-{day.month:02}"
    return f"{day.month:02}-{day.day:02}" if by.key == "week" else day.isoformat()


# What everybody may read

PUBLIC = ("applied", "accepted", "ended", "on_time", "days", "shortened", "satisfied")
#: Kinds of case that the public counts; nothing secret.
PUBLIC_SCOPE = "secrecy = 0 AND kind IN ('licence', 'office', 'joint')"
#: Fewer than so many could be recognised.
FEW = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure for everybody: `hidden` where so few are behind it that somebody could be recognised."""

    value: float | None
    hidden: bool = False


def for_everybody(
    span: Span, by: str, measures: Sequence[Measure]
) -> tuple[list[tuple[Key, str, list[Shown]]], datetime | None]:
    """The public's figures: each group's name and figures, small ones hidden so that no subtraction brings them back."""
    asked = Question(tuple(measures), span, PUBLIC_SCOPE, GROUPINGS[by])
    found = answer(asked)
    columns = [_suppressed([line.figures[n] for line in found.lines], m) for n, m in enumerate(measures)]
    lines = [(line.key, line.name, [column[i] for column in columns]) for i, line in enumerate(found.lines)]
    return lines, found.made_at


def _suppressed(figures: Sequence[Figure], measure: Measure) -> list[Shown]:
    """Hide what few stand behind; where that is a single group, the next smallest too, as the whole is published."""
    behind = [f.over if measure.is_count else f.under for f in figures]
    hidden = {i for i, n in enumerate(behind) if 0 < n < FEW}
    if len(hidden) == 1:
        rest = [i for i, n in enumerate(behind) if n >= FEW]
        if rest:
            hidden.add(min(rest, key=lambda i: behind[i]))
    return [Shown(None if i in hidden else f.value, i in hidden) for i, f in enumerate(figures)]
