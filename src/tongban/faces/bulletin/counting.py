"""What a month comes to: every number of the bulletin, asked of statistics, supervision and the list of matters.

Nothing is counted here that those do not count: a figure of the bulletin and the same figure of the statistics page are the
answer to the same question, over the scope that the supervision office has.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from string import Formatter

from django.db.models import Count, Q, QuerySet

from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.figures import idle_units
from tongban.engine.kinds import kinds
from tongban.faces.bulletin.queries import is_office
from tongban.platforms.power import coverage
from tongban.platforms.statistics.measures import GROUPINGS, MEASURES, Measure, Question, Span
from tongban.platforms.statistics.queries import Figure, Line, answer, scope_of
from tongban.platforms.statistics.ranking import SCORED, Ranking, rank
from tongban.platforms.supervision.models import Card, Order
from tongban.platforms.supervision.queries import midnight
from tongban.platforms.supervision.rules import RULES
from tongban.registry.models import Account

OVERVIEW = tuple(
    MEASURES[k]
    for k in (
        "applied", "accepted", "ended", "on_time", "late", "days", "shortened", "online", "corrections",
        "warnings", "yellow", "red", "carded", "ratings", "satisfied", "bad",
    )
)  # fmt: skip
BY_UNIT = tuple(MEASURES[k] for k in dict.fromkeys((*SCORED, "accepted", "late", "ratings")))
GIVEN = tuple(MEASURES[k] for k in ("warnings", "yellow", "red"))
BY_MONTH = tuple(MEASURES[k] for k in ("accepted", "ended", "on_time", "yellow", "red"))
MONTHS = 13
NOTABLE = 6
#: Kinds of case that are somebody's complaint, where they are installed.
COMPLAINTS = ("complaint",)


@dataclass(frozen=True, slots=True)
class Notable:
    """One fault worth telling, without anybody's name: unit, matter, rule, what it is about."""

    card: int
    level: int
    rule: str
    rule_name: str
    org: int
    matter: str
    words: str
    status: str


@dataclass(frozen=True, slots=True)
class Orders:
    """Supervision orders: given in the month and of these still open, ended in the month by how, open at its end."""

    given: int
    still_open: int
    ended: Mapping[str, int]
    open_at_end: int


@dataclass(frozen=True, slots=True)
class Month:
    """Everything that was counted. Figures stand in the order of their measures."""

    span: Span
    counted_at: datetime
    now: tuple[Figure, ...]
    before: tuple[Figure, ...]
    year_before: tuple[Figure, ...]
    late_entries: int
    units: tuple[Line, ...]
    months: tuple[Line, ...]
    rules: tuple[Line, ...]
    rules_before: tuple[Line, ...]
    handled: Mapping[str, int]
    orders: Orders
    complaints: tuple[float, float] | None
    idle: tuple[tuple[int, int], ...]
    ranking: Ranking
    notable: tuple[Notable, ...]


def count(account: Account, month: date) -> Month:
    """The month that begins on that day, as the office sees it now.

    Raises Refused: not_permitted, bulletin_month_open, statistics_not_ready.
    """
    if not is_office(account):
        raise Refused("not_permitted", "只有对全部单位有监察权限的人员可以编发监察通报。")
    span = month_span(month)
    scope = scope_of(account)
    whole = answer(Question(OVERVIEW, span, scope))
    if datetime.now(CHINA) < midnight(span.last + timedelta(days=1)):
        raise Refused("bulletin_month_open", "这个月还没有结束，请等到下个月再编。")
    if whole.made_at is None or whole.made_at < midnight(span.last + timedelta(days=1)):
        raise Refused(
            "statistics_not_ready",
            "统计数据还没有整理到这个月的月底。后台任务每五分钟整理一次，请稍后再试。",
        )
    units = answer(Question(BY_UNIT, span, scope, GROUPINGS["unit"])).lines
    trend = Span(_months_before(month, MONTHS - 1), span.last)
    return Month(
        span=span,
        counted_at=whole.made_at,
        now=whole.total.figures,
        before=answer(Question(OVERVIEW, span.before, scope)).total.figures,
        year_before=answer(Question(OVERVIEW, span.year_before, scope)).total.figures,
        late_entries=whole.total.late,
        units=units,
        months=answer(Question(BY_MONTH, trend, scope, GROUPINGS["month"])).lines,
        rules=answer(Question(GIVEN, span, scope, GROUPINGS["rule"])).lines,
        rules_before=answer(Question(GIVEN, span.before, scope, GROUPINGS["rule"])).lines,
        handled=_handled(account, span),
        orders=_orders(span),
        complaints=_complaints(span, scope),
        idle=tuple(idle_units(coverage.runs_for(account, coverage.Span(span.first, span.last)))),
        ranking=rank((int(str(u.key)), u.name, pick(u, SCORED)) for u in units),
        notable=_notable(account, span),
    )


def month_span(month: date) -> Span:
    """From the first to the last day of a month."""
    first = month.replace(day=1)
    return Span(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def pick(line: Line, keys: Sequence[str], measures: Sequence[Measure] = BY_UNIT) -> tuple[Figure, ...]:
    """Some figures of a line, by the keys of their measures."""
    at = {m.key: n for n, m in enumerate(measures)}
    return tuple(line.figures[at[key]] for key in keys)


def _months_before(month: date, count_: int) -> date:
    year, at = divmod(month.year * 12 + month.month - 1 - count_, 12)
    return date(year, at + 1, 1)


def _handled(account: Account, span: Span) -> dict[str, int]:
    """What has become of the yellow and red cards given in the month: status → how many."""
    rows = _cards(account, span).filter(level__gte=Card.Level.YELLOW)
    return dict(rows.values_list("status").annotate(n=Count("pk")).order_by())


def _cards(account: Account, span: Span) -> QuerySet[Card]:
    return Card.objects.visible_to(account).filter(
        issued_at__gte=midnight(span.first), issued_at__lt=midnight(span.last + timedelta(days=1))
    )


def _orders(span: Span) -> Orders:
    begin, end = midnight(span.first), midnight(span.last + timedelta(days=1))
    given = Order.objects.filter(opened_at__gte=begin, opened_at__lt=end)
    ended = Counter(
        Order.objects.filter(settled_at__gte=begin, settled_at__lt=end).values_list("ending", flat=True)
    )
    open_at_end = Order.objects.filter(opened_at__lt=end).filter(Q(settled_at=None) | Q(settled_at__gte=end))
    return Orders(given.count(), given.filter(settled_at=None).count(), dict(ended), open_at_end.count())


def _complaints(span: Span, scope: str) -> tuple[float, float] | None:
    """Complaints received and ended in the month; None where no such kind of case is installed."""
    measures = (MEASURES["applied"], MEASURES["ended"])
    installed = [k.key for k in kinds() if k.key in COMPLAINTS]
    if not installed:
        return None
    found = [
        answer(Question(measures, span, scope, None, ((GROUPINGS["kind"], key),))).total.figures
        for key in installed
    ]
    return sum(f[0].over for f in found), sum(f[1].over for f in found)


def _notable(account: Account, span: Span) -> tuple[Notable, ...]:
    """The gravest faults of open cases, one a matter at a unit, revoked ones and what is on appeal left out.

    Words of the card are told only where its rule speaks of times and steps alone; others might name somebody.
    """
    standing = (Card.Status.VALID, Card.Status.EXPLAINED, Card.Status.CONFIRMED, Card.Status.CORRECTED)
    rows = (
        _cards(account, span)
        .filter(secrecy=0, status__in=standing, level__gte=Card.Level.YELLOW)
        .select_related("matter")
        .order_by("-level", "issued_at", "pk")
    )
    found: list[Notable] = []
    seen: set[tuple[int, int]] = set()
    rules: Counter[str] = Counter()
    for c in rows[:500]:
        if (c.org_id, c.matter_id) in seen or rules[c.rule] >= 2:
            continue
        seen.add((c.org_id, c.matter_id))
        rules[c.rule] += 1
        words = c.words if _names_nobody(c.rule) else ""
        found.append(
            Notable(
                c.pk, c.level, c.rule, c.rule_name, c.org_id, c.matter.name, words, c.get_status_display()
            )
        )
        if len(found) == NOTABLE:
            break
    return tuple(found)


#: What a rule's sentence may fill in without naming anybody.
_TIMES = frozenset({"start", "due", "late", "limit", "paused", "step", "deemed"})


def _names_nobody(rule: str) -> bool:
    return rule in RULES and {f for _t, f, _s, _c in Formatter().parse(RULES[rule].words) if f} <= _TIMES
