"""Reads of the lobby: which queue a matter belongs to, what waits, what was called, how long it took."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils import timezone

from tongban.base.calendar import CHINA, BeyondHorizon
from tongban.base.queries import current_calendar
from tongban.engine.people import scopes
from tongban.faces.lobby.models import Appointment, Hall, Queue, Sitting, Slot, Ticket, Window
from tongban.registry.models import Account, Offering
from tongban.registry.queries import today

AHEAD = 10  # working days that can be booked
LATEST = timedelta(minutes=30)  # before a slot ends it can no longer be booked


def halls() -> QuerySet[Hall]:
    """Halls that are open."""
    return Hall.objects.filter(open=True).select_related("organisation")


def queue_of(hall: Hall, offering: Offering | None) -> Queue | None:
    """The queue for a matter: the one that lists it, else its organisation's, else the one for everything (综合)."""
    rows = list(hall.queues.filter(open=True).prefetch_related("matters").select_related("hall"))
    if offering is None:
        return next((q for q in rows if q.organisation_id is None and not q.matters.all()), None)
    listed = next((q for q in rows if offering.matter_id in {m.pk for m in q.matters.all()}), None)
    if listed is not None:
        return listed
    plain = [q for q in rows if not q.matters.all()]
    own = next((q for q in plain if q.organisation_id == offering.organisation_id), None)
    return own or next((q for q in plain if q.organisation_id is None), None)


def halls_for(offering: Offering) -> list[tuple[Hall, Queue]]:
    """Where a matter can be handled in person, with the queue there."""
    found = ((hall, queue_of(hall, offering)) for hall in halls())
    return [(hall, queue) for hall, queue in found if queue is not None]


def may_call(account: Account, queue: Queue) -> bool:
    """Whether the account takes in for whom the queue is: the verb accept in that unit."""
    return scopes(account).of("accept").admits(queue.org_id)


def serves(account: Account, hall: Hall) -> bool:
    """Whether the account may call from a queue of the hall."""
    return any(may_call(account, q) for q in hall.queues.all())


def halls_seen(account: Account) -> list[Hall]:
    """Open halls that the account serves, or that belong to a unit at whose work it may look."""
    look = scopes(account).of("view")
    rows = halls().prefetch_related("queues__hall")
    return [h for h in rows if look.admits(h.organisation_id) or serves(account, h)]


def halls_served(account: Account) -> list[Hall]:
    """Open halls with a queue from which the account may call."""
    return [h for h in halls_seen(account) if serves(account, h)]


def windows_for(account: Account) -> list[Window]:
    """Windows at which the account may sit: it may call from at least one of their queues."""
    rows = Window.objects.filter(hall__open=True).select_related("hall").prefetch_related("queues__hall")
    return [w for w in rows if any(may_call(account, q) for q in w.queues.all())]


def sitting_of(account: Account) -> Sitting | None:
    """The window the account sits at now."""
    rows = Sitting.objects.filter(account=account, until=None, since__gte=day_bounds(today())[0])
    return rows.select_related("window__hall").first()


def sittings(hall: Hall) -> QuerySet[Sitting]:
    """Who sits at which window of a hall now. Who forgot to leave yesterday does not."""
    return Sitting.objects.filter(until=None, window__hall=hall, since__gte=day_bounds(today())[0])


def queues_of(account: Account, window: Window) -> list[Queue]:
    """The queues the account may call from at this window."""
    return [q for q in window.queues.select_related("hall") if q.open and may_call(account, q)]


def waiting(queues: Iterable[Queue], day: date | None = None) -> QuerySet[Ticket]:
    """Who waits in these queues, in the order of calling: kept appointments and other priorities first."""
    rows = Ticket.objects.filter(
        queue__in=[q.pk for q in queues], day=day or today(), status=Ticket.Status.WAITING
    )
    return rows.select_related("queue", "offering__matter").order_by("-first", "taken_at", "id")


def at_window(window: Window) -> Ticket | None:
    """The number that is at the window now."""
    rows = Ticket.objects.filter(
        window=window, day=today(), status__in=(Ticket.Status.CALLED, Ticket.Status.SERVING)
    )
    return rows.select_related("queue", "offering__matter").first()


def gone_at(window: Window) -> QuerySet[Ticket]:
    """Numbers passed over at this window today, the latest first: who comes late may be called back."""
    rows = Ticket.objects.filter(window=window, day=today(), status=Ticket.Status.GONE)
    return rows.select_related("queue").order_by("-called_at")


@dataclass(frozen=True, slots=True)
class Called:
    """A line of the calling screen."""

    code: str
    window: int
    fresh: bool
    serving: bool


def called(hall: Hall, most: int = 8, now: datetime | None = None) -> list[Called]:
    """Numbers called and not finished, the latest first; `fresh` within the last fifteen seconds."""
    now = now or timezone.now()
    rows = Ticket.objects.filter(
        hall=hall, day=today(), status__in=(Ticket.Status.CALLED, Ticket.Status.SERVING)
    ).select_related("window")
    return [
        Called(
            t.code,
            t.window.no,
            t.called_at is not None and now - t.called_at < timedelta(seconds=15),
            t.status == Ticket.Status.SERVING,
        )
        for t in rows.order_by("-called_at")[:most]
        if t.window is not None
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """A queue as it stands: how many wait, since when the first, and how long one waited today (minutes)."""

    queue: Queue
    waiting: int
    next_code: str
    windows: int
    served: int
    gone: int
    minutes: float | None


def lines(hall: Hall, day: date | None = None) -> list[Line]:
    """Every queue of a hall today."""
    day = day or today()
    said = {
        row["queue"]: row
        for row in Ticket.objects.filter(hall=hall, day=day)
        .values("queue")
        .annotate(
            wait=Count("id", filter=Q(status="waiting")),
            done=Count("id", filter=Q(status="done")),
            gone=Count("id", filter=Q(status="gone")),
            took=Avg(F("first_called_at") - F("taken_at"), filter=Q(first_called_at__isnull=False)),
        )
        .order_by()
    }
    open_windows = dict(
        sittings(hall).values_list("window__queues").annotate(n=Count("window", distinct=True)).order_by()
    )
    rows = []
    for queue in hall.queues.filter(open=True).select_related("hall"):
        row: Mapping[str, Any] = said.get(queue.pk, {})
        took: timedelta | None = row.get("took")
        first = waiting([queue], day).first() if row.get("wait") else None
        rows.append(
            Line(
                queue, row.get("wait", 0), first.code if first else "", open_windows.get(queue.pk, 0),
                row.get("done", 0), row.get("gone", 0), took.total_seconds() / 60 if took is not None else None,
            )
        )  # fmt: skip
    return rows


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """What a window did on a day; times in minutes."""

    window: Window
    clerk: str
    served: int
    gone: int
    minutes: float | None


def by_window(hall: Hall, day: date | None = None) -> list[WindowFigures]:
    """Served per window and how long one took."""
    day = day or today()
    rows = {
        row["window"]: row
        for row in Ticket.objects.filter(hall=hall, day=day, window__isnull=False)
        .values("window")
        .annotate(
            done=Count("id", filter=Q(status="done")),
            gone=Count("id", filter=Q(status="gone")),
            took=Avg(F("finished_at") - F("called_at"), filter=Q(status="done")),
        )
        .order_by()
    }
    sitting = dict(sittings(hall).values_list("window_id", "account__display_name"))
    told = []
    for window in hall.windows.all():
        row: Mapping[str, Any] = rows.get(window.pk, {})
        took: timedelta | None = row.get("took")
        told.append(
            WindowFigures(
                window, sitting.get(window.pk, ""), row.get("done", 0), row.get("gone", 0),
                took.total_seconds() / 60 if took is not None else None,
            )
        )  # fmt: skip
    return told


def ahead_of(ticket: Ticket) -> int:
    """How many are called before this one, as it looks now."""
    if ticket.status != Ticket.Status.WAITING:
        return 0
    rows = Ticket.objects.filter(queue_id=ticket.queue_id, day=ticket.day, status=Ticket.Status.WAITING)
    before = Q(taken_at__lt=ticket.taken_at) & Q(first=ticket.first)
    return rows.filter(before if ticket.first else before | Q(first=True)).count()


@dataclass(frozen=True, slots=True)
class Free:
    """A slot of a day and how many places are left."""

    slot: Slot
    day: date
    left: int


def bookable_days(now: datetime | None = None) -> list[date]:
    """Working days that can be booked: today and the next ones, as the calendar says; none beyond its horizon."""
    now = (now or timezone.now()).astimezone(CHINA)
    calendar = current_calendar()
    day = now.date()
    try:
        first = calendar.W(day) + (0 if calendar.is_workday(day) else 1)
        days = [calendar.D(k) for k in range(first, first + AHEAD + 1)]
    except BeyondHorizon:
        return []
    return days


def open_for_booking(slot: Slot, day: date, now: datetime) -> bool:
    """Whether it is not yet too late for a slot of a day."""
    ends = datetime.combine(day, slot.ends, CHINA)
    return now < ends - LATEST


def free_slots(queue: Queue, now: datetime | None = None) -> list[Free]:
    """Slots that can still be booked, day by day, full ones too (`left` 0)."""
    now = now or timezone.now()
    days = bookable_days(now)
    slots = list(queue.slots.all())
    if not days or not slots:
        return []
    taken = {
        (row["slot"], row["day"]): row["n"]
        for row in Appointment.objects.filter(slot__in=slots, day__range=(days[0], days[-1]))
        .exclude(status=Appointment.Status.CANCELLED)
        .values("slot", "day")
        .annotate(n=Count("id"))
        .order_by()
    }
    return [
        Free(slot, day, max(0, slot.capacity - taken.get((slot.pk, day), 0)))
        for day in days
        for slot in slots
        if open_for_booking(slot, day, now)
    ]


def appointments_of(account: Account) -> QuerySet[Appointment]:
    """One's own appointments, the latest first."""
    rows = Appointment.objects.filter(account=account)
    return rows.select_related("queue__hall", "slot", "offering__matter").order_by("-day", "-starts")


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first and the last instant of a day in China."""
    return datetime.combine(day, time.min, CHINA), datetime.combine(day, time.max, CHINA)
