"""Figures of the board, over cases an account may see. A figure and the list behind it are the same query.

"On time" (按时) is said of cases that ended in a period and had a promised limit: the limit was kept when its clock
stopped before it was due (engine.state.Clock).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import BooleanField, Count, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, ExtractHour, TruncDate

from tongban.base.calendar import CHINA, BeyondHorizon, Calendar
from tongban.engine.models import Case, TaskRow
from tongban.engine.people import scopes
from tongban.platforms.supervision.models import NOT_COUNTED, Card
from tongban.platforms.supervision.queries import midnight
from tongban.registry.models import Account

GOAL = 98  # per cent; the aim the board measures against
# Whether the promised limit was kept; null where there was none or it still runs.
KEPT = RawSQL(
    """(SELECT c->>'due' IS NULL OR (c->>'stopped')::timestamptz < (c->>'due')::timestamptz
          FROM json_array_elements((SELECT s.state FROM engine_case_state s WHERE s.case_id = "engine_case"."id")->'clocks') c
         WHERE c->>'purpose' = 'promised' AND c->>'stopped' IS NOT NULL LIMIT 1)""",
    [],
    output_field=BooleanField(null=True),
)


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first instant."""
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return midnight(self.last + timedelta(days=1))

    @property
    def before(self) -> "Period":
        """The stretch of the same length just before it."""
        days = (self.last - self.first).days + 1
        return Period(self.first - timedelta(days=days), self.first - timedelta(days=1))


def verb_of(account: Account) -> str:
    """What the board shows: where the account supervises; else where it may look."""
    return "supervise" if scopes(account).of("supervise") else "view"


def cases_of(account: Account, org: int | None = None) -> QuerySet[Case]:
    """The cases a board of this account is about: office work of its units, without the house's own kinds of case."""
    rows = Case.objects.visible_to(account, verb_of(account)).of_matters()
    return rows if org is None else rows.filter(org_id=org)


def accepted(cases: QuerySet[Case], period: Period) -> QuerySet[Case]:
    """Accepted in the period."""
    return cases.filter(accepted_at__gte=period.begin, accepted_at__lt=period.end)


def ended(cases: QuerySet[Case], period: Period) -> QuerySet[Case]:
    """Decided, or closed without a decision, in the period."""
    return cases.filter(
        Q(decided_at__gte=period.begin, decided_at__lt=period.end)
        | Q(decided_at=None, concluded_at__gte=period.begin, concluded_at__lt=period.end)
    )


def running(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Accepted and not yet decided."""
    return cases.filter(accepted_at__isnull=False, decided_at=None, concluded_at=None)


def late(cases: QuerySet[Case], now: datetime) -> QuerySet[Case]:
    """Running beyond the promised limit."""
    return running(cases).filter(paused=False, due_at__lte=now)


@dataclass(frozen=True, slots=True)
class Kept:
    """How many promised limits ended, and how many were kept."""

    ended: int
    kept: int

    @property
    def share(self) -> float | None:
        """Per cent; None where nothing ended."""
        return round(100 * self.kept / self.ended, 1) if self.ended else None


def kept_share(cases: QuerySet[Case], period: Period) -> Kept:
    """On-time cases of a period."""
    rows = ended(cases, period).annotate(kept=KEPT)
    found = rows.aggregate(n=Count("pk", filter=Q(kept__isnull=False)), k=Count("pk", filter=Q(kept=True)))
    return Kept(found["n"], found["k"])


@dataclass(frozen=True, slots=True)
class Unit:
    """One organisation's row of the board."""

    org_id: int
    ended: int
    kept: Kept
    days: float | None
    yellow: int
    red: int


def units(cases: QuerySet[Case], cards: QuerySet[Card], period: Period, calendar: Calendar) -> list[Unit]:
    """Every unit in which something ended or a card was given, busiest first."""
    rows = (
        ended(cases, period)
        .annotate(kept=KEPT)
        .values("org_id")
        .annotate(
            n=Count("pk"),
            with_limit=Count("pk", filter=Q(kept__isnull=False)),
            ok=Count("pk", filter=Q(kept=True)),
        )
        .order_by()
    )
    days = days_used(cases, period, calendar, by_org=True)
    given = {
        r["org_id"]: (r["y"], r["r"])
        for r in in_force(cards, period)
        .values("org_id")
        .annotate(y=Count("pk", filter=Q(level=2)), r=Count("pk", filter=Q(level=3)))
        .order_by()
    }
    found = [
        Unit(
            r["org_id"],
            r["n"],
            Kept(r["with_limit"], r["ok"]),
            days.get(r["org_id"]),
            *given.pop(r["org_id"], (0, 0)),
        )
        for r in rows
    ]
    found += [Unit(org, 0, Kept(0, 0), None, y, red) for org, (y, red) in given.items() if y or red]
    return sorted(found, key=lambda u: (-u.ended, u.org_id))


def days_used(
    cases: QuerySet[Case], period: Period, calendar: Calendar, *, by_org: bool = False
) -> Mapping[int | None, float]:
    """Working days from acceptance to decision, on average, of cases decided in the period; key None is all of them.

    Counted on days, not on cases: as many groups as there are pairs of days, however many cases. Pauses count.
    """
    rows = cases.filter(decided_at__gte=period.begin, decided_at__lt=period.end, accepted_at__isnull=False)
    groups = (
        rows.annotate(a=TruncDate("accepted_at", tzinfo=CHINA), d=TruncDate("decided_at", tzinfo=CHINA))
        .values("org_id", "a", "d")
        .annotate(n=Count("pk"))
        .order_by()
    )
    total: dict[int | None, list[int]] = {}
    for row in groups:
        try:
            used = calendar.W(row["d"]) - calendar.W(row["a"])
        except BeyondHorizon:
            continue
        for key in (None, row["org_id"]) if by_org else (None,):
            have = total.setdefault(key, [0, 0])
            have[0] += used * row["n"]
            have[1] += row["n"]
    return {key: round(days / n, 1) for key, (days, n) in total.items()}


@dataclass(frozen=True, slots=True)
class Week:
    """What ended in a week and how much of it on time."""

    first: date
    ended: int
    kept: Kept


def weeks(cases: QuerySet[Case], today: date, count: int = 8) -> list[Week]:
    """The last weeks, Monday to Sunday, oldest first; `first` is the Monday."""
    monday = today - timedelta(days=today.weekday())
    begin = monday - timedelta(weeks=count - 1)
    period = Period(begin, today)
    rows = (
        ended(cases, period)
        .annotate(kept=KEPT, day=TruncDate(Coalesce("decided_at", "concluded_at"), tzinfo=CHINA))
        .values("day")
        .annotate(
            n=Count("pk"), w=Count("pk", filter=Q(kept__isnull=False)), k=Count("pk", filter=Q(kept=True))
        )
        .order_by()
    )
    sums = [[0, 0, 0] for _ in range(count)]
    for r in rows:
        at = sums[(r["day"] - begin).days // 7]
        at[0] += r["n"]
        at[1] += r["w"]
        at[2] += r["k"]
    return [Week(begin + timedelta(weeks=i), n, Kept(w, k)) for i, (n, w, k) in enumerate(sums)]


def in_force(cards: QuerySet[Card], period: Period) -> QuerySet[Card]:
    """Cards given in the period that were neither revoked nor replaced by a graver one for the same fault."""
    return cards.filter(issued_at__gte=period.begin, issued_at__lt=period.end).exclude(status__in=NOT_COUNTED)


def by_family(cards: QuerySet[Card], period: Period) -> dict[str, tuple[int, int, int]]:
    """Family letter → warnings, yellow, red."""
    found: dict[str, list[int]] = {}
    for row in in_force(cards, period).values("rule", "level").annotate(n=Count("pk")).order_by():
        found.setdefault(row["rule"][0], [0, 0, 0])[row["level"] - 1] += row["n"]
    return {family: (a, b, c) for family, (a, b, c) in found.items()}


def overdue_steps(account: Account, now: datetime, orgs: Sequence[int] | None = None) -> QuerySet[TaskRow]:
    """Open steps past their limit, in the cases of the board."""
    rows = TaskRow.objects.filter(
        status="open",
        kind="human",
        due_at__lte=now,
        case__paused=False,
        case_id__in=cases_of(account).filter(concluded_at=None).order_by().values("pk"),
    )
    return rows if orgs is None else rows.filter(org_id__in=orgs)


def hours(cases: QuerySet[Case], day: Period) -> list[int]:
    """Applications received in each hour of a day; index = hour in China."""
    rows = cases.filter(opened_at__gte=day.begin, opened_at__lt=day.end)
    found = [0] * 24
    for row in (
        rows.annotate(h=ExtractHour("opened_at", tzinfo=CHINA)).values("h").annotate(n=Count("pk")).order_by()
    ):
        found[row["h"]] = row["n"]
    return found
