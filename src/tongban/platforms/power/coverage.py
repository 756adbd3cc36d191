"""How far power runs online: depth of service (办理深度) and what no case was accepted for (零办件), from live rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tongban.base.calendar import CHINA
from tongban.engine import figures
from tongban.engine.figures import Run, runs
from tongban.registry.models import Account

#: What the city has set itself, in per cent: answerable online (可查询), applied for online (可申报).
LOOK_GOAL, APPLY_GOAL = 90, 50


class Span(NamedTuple):
    """Days from the first to the last, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first instant."""
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=CHINA)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        after = self.last + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=CHINA)


@dataclass(frozen=True, slots=True)
class Depth:
    """Matters of one unit, or of all, by how far each goes online, and what their cases really did.

    `look` a guide is in force; `download` it lists materials to take away; `apply` one applies online; `whole` wholly
    online. `applied_for` are the matters begun by an application: only these can be applied for.
    """

    matters: int
    look: int
    download: int
    applied_for: int
    apply: int
    whole: int
    opened: int
    web: int
    ended: int
    wholly: int

    @property
    def look_share(self) -> float | None:
        """可查询率, per cent of all matters; None where there are none."""
        return share(self.look, self.matters)

    @property
    def apply_share(self) -> float | None:
        """可网上申报率, per cent of matters begun by an application."""
        return share(self.apply, self.applied_for)


def span_of(which: str, today: date) -> Span:
    """A period by its name: month, last (month), 30 or 90 (days), year. Unknown names are the year so far."""
    month = today.replace(day=1)
    if which == "last":
        before = month - timedelta(days=1)
        return Span(before.replace(day=1), before)
    if which in ("30", "90"):
        return Span(today - timedelta(days=int(which) - 1), today)
    return Span(month if which == "month" else today.replace(month=1, day=1), today)


def public_runs(span: Span) -> tuple[Run, ...]:
    """Every matter in use with what was done in the period: counts only, for anybody."""
    return runs(span.begin, span.end, span.last)


def runs_for(account: Account, span: Span) -> tuple[Run, ...]:
    """The matters of the units this person supervises, else looks at, with what was done in the period."""
    return figures.runs_for(account, span.begin, span.end, span.last)


def depth_of(rows: Iterable[Run]) -> Depth:
    """The shares over some matters."""
    r = list(rows)
    return Depth(
        matters=len(r),
        look=sum(x.version_id is not None for x in r),
        download=sum(x.described for x in r),
        applied_for=sum(x.applied_for for x in r),
        apply=sum(applies(x) for x in r),
        whole=sum(x.applied_for and x.depth >= 4 for x in r),
        opened=sum(x.opened for x in r),
        web=sum(x.web for x in r),
        ended=sum(x.ended for x in r),
        wholly=sum(x.whole for x in r),
    )


def by_unit(rows: Sequence[Run]) -> list[tuple[int, list[Run]]]:
    """The matters of each unit, in the order they came."""
    units: dict[int, list[Run]] = {}
    for r in rows:
        units.setdefault(r.org_id, []).append(r)
    return list(units.items())


def applies(run: Run) -> bool:
    """Whether one applies for it online: from 网上预审 on."""
    return run.applied_for and run.depth >= 2


def reach_of(run: Run) -> str:
    """How far a matter goes: "" nothing in force, look, download, apply, whole."""
    if run.version_id is None:
        return ""
    if applies(run):
        return "whole" if run.depth >= 4 else "apply"
    return "download" if run.described else "look"


def idle_matters(rows: Iterable[Run]) -> list[Run]:
    """Matters in force for which no case was accepted in the period (零办件事项)."""
    return [r for r in rows if r.version_id is not None and not r.accepted]


def share(part: int, whole: int) -> float | None:
    """Per cent with one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None
