"""The to-do list (待办): the open tasks of one's posts and in one's name, filtered, sorted, counted and paged.

The same predicate as `engine.queries.inbox`, as a query set, because here people may ask for any part of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.base.text import whole_number
from tongban.base.ui.clock import DueBar, DueBars
from tongban.base.ui.parts import Tone
from tongban.engine.models import Case, TaskRow
from tongban.engine.people import scopes
from tongban.registry.models import Account

PAGE = 40
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
BARS = 10  # days that have a bar of their own, today and tomorrow among them
SORTS = {
    "due": "due",
    "title": "case__title",
    "step": "name",
    "opened": "opened_at",
    "number": "case__number",
}
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True, slots=True)
class Asked:
    """What part of the list is asked for. `due` is as for `due_within`."""

    kind: str = ""
    step: str = ""
    matter: str = ""
    text: str = ""
    due: str = ""
    whose: str = ""  # "", "mine", "free"
    sort: str = "due"
    down: bool = False
    after: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Asked":
        """From the address; what it says wrongly is as if it said nothing."""
        sort = query.get("sort", "due")
        down = sort.startswith("-")
        sort = sort.removeprefix("-")
        matter = query.get("matter", "")
        return cls(
            kind=query.get("kind", "")[:30],
            step=query.get("step", "")[:100],
            matter=matter if whole_number(matter) else "",
            text=query.get("q", "").strip()[:60],
            due=query.get("due", "")[:21],
            whose=query.get("whose", "") if query.get("whose") in ("mine", "free") else "",
            sort=sort if sort in SORTS else "due",
            down=down,
            after=query.get("after", "")[:300],
        )

    def address(self, **over: Any) -> str:
        """The query string of this part of the list, with some of it changed; it begins anew unless `after` is said."""
        other = replace(self, **{"after": "", **over})
        sort = ("-" if other.down else "") + other.sort
        said = {
            "kind": other.kind,
            "step": other.step,
            "matter": other.matter,
            "q": other.text,
            "due": other.due,
            "whose": other.whose,
            "sort": "" if sort == "due" else sort,
            "after": other.after,
        }
        return "?" + urlencode({k: v for k, v in said.items() if v})

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order is asked for."""
        return bool(self.kind or self.step or self.matter or self.text or self.due or self.whose)


def open_tasks(account: Account) -> QuerySet[TaskRow]:
    """Free work on the account's posts, and what is in its name."""
    mine = Q(assignee_id=account.pk)
    if posts := scopes(account).post_ids:
        mine |= Q(assignee_id=None, post_id__in=sorted(posts))
    return TaskRow.objects.filter(mine, status="open", kind="human")


def unit_tasks(account: Account) -> QuerySet[TaskRow]:
    """Open steps at posts of the account's units, in cases the account may see."""
    orgs = sorted(scopes(account).org_ids)
    visible = Case.objects.visible_to(account).filter(concluded_at=None).order_by().values("pk")
    return TaskRow.objects.filter(status="open", kind="human", org_id__in=orgs, case_id__in=visible)


def narrowed(account: Account, asked: Asked, now: datetime) -> QuerySet[TaskRow]:
    """The asked part of the list, not yet in order."""
    rows = open_tasks(account)
    if asked.kind:
        rows = rows.filter(case__kind=asked.kind)
    if asked.step:
        rows = rows.filter(name=asked.step)
    if asked.matter:
        rows = rows.filter(case__matter_id=int(asked.matter))
    if asked.whose == "mine":
        rows = rows.filter(assignee_id=account.pk)
    elif asked.whose == "free":
        rows = rows.filter(assignee_id=None)
    if asked.text:
        rows = rows.filter(
            Q(case__number__icontains=asked.text)
            | Q(case__applicant_name__icontains=asked.text)
            | Q(case__title__icontains=asked.text)
        )
    return due_within(rows, asked.due, now)


def due_within(rows: QuerySet[TaskRow], which: str, now: datetime) -> QuerySet[TaskRow]:
    """Tasks due as asked: late, paused, soon, ">day" (after it, or undated), "day~day" (after the first, up to the second)."""
    running = rows.filter(case__paused=False)
    if which == "late":
        return running.filter(due_at__lte=now)
    if which == "paused":
        return rows.filter(case__paused=True)
    if which == "soon":
        return running.filter(
            due_at__gt=now, due_at__lte=midnight(now.astimezone(CHINA).date() + timedelta(days=2))
        )
    if which.startswith(">") and (day := _day(which[1:])):
        return running.filter(Q(due_at__gt=midnight(day + timedelta(days=1))) | Q(due_at=None))
    first, _, last = which.partition("~")
    begin, end = _day(first), _day(last)
    if begin is None or end is None:
        return rows
    return running.filter(
        due_at__gt=max(midnight(begin + timedelta(days=1)), now),
        due_at__lte=midnight(end + timedelta(days=1)),
    )


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list and the key after which the next one begins ("" = there is none)."""

    rows: Sequence[TaskRow]
    next: str
    count: int


def page_of(account: Account, asked: Asked, now: datetime) -> Page:
    """A page of the asked part, in the asked order."""
    rows = narrowed(account, asked, now)
    count = rows.count()
    key = SORTS[asked.sort]
    ordered = rows.annotate(due=Coalesce("due_at", Value(NEVER))).select_related("case", "assignee")
    tail = "-" if asked.down else ""
    ordered = ordered.order_by(f"{tail}{key}", f"{tail}case_id", f"{tail}no")
    if asked.after and (position := _position(asked)) is not None:
        value, case_id, no = position
        beyond = "lt" if asked.down else "gt"
        ordered = ordered.filter(
            Q(**{f"{key}__{beyond}": value})
            | Q(**{key: value, f"case_id__{beyond}": case_id})
            | Q(**{key: value, "case_id": case_id, f"no__{beyond}": no})
        )
    found = list(ordered[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    return Page(found, _key(found[-1], key) if more else "", count)


def all_of(account: Account, asked: Asked, now: datetime) -> QuerySet[TaskRow]:
    """The whole asked part, soonest due first; for export."""
    return (
        narrowed(account, asked, now)
        .select_related("case", "assignee")
        .order_by(F("due_at").asc(nulls_last=True), "case_id", "no")
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """The list in numbers."""

    total: int = 0
    late: int = 0
    today: int = 0
    urged: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)


def counts(account: Account, now: datetime) -> Counts:
    """How much waits, of it overdue, due today or urged by somebody, and by kind."""
    end = midnight(now.astimezone(CHINA).date() + timedelta(days=1))
    running = Q(case__paused=False)
    rows = (
        open_tasks(account)
        .values("case__kind")
        .annotate(
            n=Count("no"),
            late=Count("no", filter=running & Q(due_at__lte=now)),
            today=Count("no", filter=running & Q(due_at__gt=now, due_at__lte=end)),
            urged=Count("no", filter=Q(urged__gt=0)),
        )
    )
    found = list(rows)
    return Counts(
        sum(r["n"] for r in found),
        sum(r["late"] for r in found),
        sum(r["today"] for r in found),
        sum(r["urged"] for r in found),
        {r["case__kind"]: r["n"] for r in found},
    )


def due_bars(rows: QuerySet[TaskRow], asked: Asked, now: datetime, calendar: Calendar) -> DueBars:
    """什么时候到期: overdue, today, the coming working days, later, paused; each bar asks for its day."""
    today = now.astimezone(CHINA).date()
    days = _coming(calendar, today)
    found: dict[str, int] = {}
    for due, paused, n in rows.values_list("due_at", "case__paused").annotate(n=Count("no")).order_by():
        place = _bar_of(due, now, days, paused=paused)
        found[place] = found.get(place, 0) + n
    bars = [_bar(asked, "已超期", "late", found, "bad")]
    for before, day in zip([today - timedelta(days=1), *days], days, strict=False):
        soon = (day - today).days < 2
        label = ("今天", "明天")[(day - today).days] if soon else f"{day.day}日 {WEEKDAYS[day.weekday()]}"
        bars.append(_bar(asked, label, f"{before}~{day}", found, "warn" if soon else ""))
    bars.append(_bar(asked, "更晚", f">{days[-1]}", found, ""))
    bars.append(_bar(asked, "已暂停", "paused", found, "hold"))
    return DueBars(tuple(bars))


def steps_and_matters(account: Account) -> tuple[list[str], list[tuple[int, str]]]:
    """What the list can be filtered by: names of steps, and matters with their names."""
    rows = (
        open_tasks(account).values_list("name", "case__matter_id", "case__matter__name").distinct().order_by()
    )
    found = list(rows)
    return sorted({name for name, _, _ in found}), sorted({(m, n) for _, m, n in found}, key=lambda p: p[1])


def midnight(day: date) -> datetime:
    """The first instant of a day in China."""
    return datetime.combine(day, time(), CHINA)


def _coming(calendar: Calendar, today: date) -> list[date]:
    days = [today, today + timedelta(days=1)]
    try:
        at = calendar.W(days[-1])
        days += [calendar.D(at + k) for k in range(1, BARS - 2)]
    except BeyondHorizon:
        days += [days[-1] + timedelta(days=k) for k in range(1, BARS - len(days))]
    return days


def _bar_of(due: datetime | None, now: datetime, days: Sequence[date], *, paused: bool) -> str:
    if paused:
        return "paused"
    if due is None:
        return f">{days[-1]}"
    if due <= now:
        return "late"
    end = (due - timedelta(microseconds=1)).astimezone(CHINA).date()
    before = days[0] - timedelta(days=1)
    for day in days:
        if end <= day:
            return f"{before}~{day}"
        before = day
    return f">{days[-1]}"


def _bar(asked: Asked, label: str, which: str, found: Mapping[str, int], tone: Tone) -> DueBar:
    n = found.get(which, 0)
    current = asked.due == which
    return DueBar(label, n, asked.address(due="" if current else which), tone if n else "", current=current)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _key(row: TaskRow, key: str) -> str:
    value: Any = row
    for part in key.split("__"):
        value = getattr(value, part)
    return f"{value.isoformat() if isinstance(value, datetime) else value}|{row.case_id}|{row.no}"


def _position(asked: Asked) -> tuple[Any, int, int] | None:
    value, _, rest = asked.after.rpartition("|")
    value, _, case_id = value.rpartition("|")
    try:
        position: Any = (
            datetime.fromisoformat(value).astimezone(CHINA) if asked.sort in ("due", "opened") else value
        )
    except (ValueError, OverflowError):
        return None
    case, no = whole_number(case_id), whole_number(rest)
    return (position, case, no) if case is not None and no is not None else None
