"""Writes of the lobby: sitting down at a window, numbers and their calling, appointments.

Every function takes the `command_id` of the form: pressed twice, it counts once. Raises `engine.errors.Refused`.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tongban.base.calendar import CHINA
from tongban.engine.errors import Refused
from tongban.engine.numbering import SECRET_ALPHABET
from tongban.faces.lobby.models import (
    Appointment,
    Hall,
    Queue,
    QueueDay,
    Sitting,
    Slot,
    Ticket,
    Turn,
    Window,
)
from tongban.faces.lobby.queries import (
    at_window,
    bookable_days,
    day_bounds,
    may_call,
    open_for_booking,
    queue_of,
    queues_of,
    sitting_of,
    windows_for,
)
from tongban.registry.models import Account, Offering
from tongban.registry.queries import organisation, today

EARLY = timedelta(minutes=30)  # before a slot begins its appointment can be turned into a number
MOST_WAITING = 500  # in one queue: more is somebody playing with the kiosk


# -- windows ---------------------------------------------------------------------------------------------


def sit_down(account: Account, window: Window) -> Sitting:
    """开窗: sit down at a window. Sitting there already changes nothing."""
    if window.pk not in {w.pk for w in windows_for(account)}:
        raise Refused("not_permitted", _("您没有在这个窗口收件的权限。"))
    now = sitting_of(account)
    if now is not None and now.window_id == window.pk:
        return now
    if now is not None:
        raise Refused("window_taken", _("您正坐在%(window)s，请先离开。") % {"window": now.window})
    before = day_bounds(today())[0]
    Sitting.objects.filter(until=None, since__lt=before).update(until=before)  # who forgot to leave
    try:
        with transaction.atomic():
            return Sitting.objects.create(window=window, account=account)
    except IntegrityError:
        raise Refused(
            "window_taken", _("%(window)s有人在办公，请选别的窗口。") % {"window": window}
        ) from None


def leave(account: Account) -> None:
    """离开: the window closes; the number at it has to be finished first."""
    with transaction.atomic():
        sitting = _sits(account)
        if at_window(sitting.window) is not None:
            raise Refused("ticket_open", _("这一号还没有办完，请先办结或者过号。"))
        sitting.until = timezone.now()
        sitting.save(update_fields=["until"])


# -- numbers ----------------------------------------------------------------------------------------------


def take_number(
    hall: Hall,
    *,
    command_id: UUID,
    offering: Offering | None = None,
    queue: Queue | None = None,
    source: str = Ticket.Source.KIOSK,
    first: bool = False,
    account: Account | None = None,
) -> Ticket:
    """取号: the next number of the queue for a matter. The reception (`account`) needs the verb accept there."""
    if (known := Ticket.objects.filter(command_id=command_id).select_related("queue").first()) is not None:
        return known
    queue = queue or queue_of(hall, offering)
    if not hall.open or queue is None or queue.hall_id != hall.pk or not queue.open:
        raise Refused("no_queue", _("这个大厅不办这件事，请到导办台问一问。"))
    if account is not None and not _receives(account, hall):
        raise Refused("not_permitted", _("代为取号需要在这个大厅收件的权限。"))
    if Ticket.objects.filter(queue=queue, day=today(), status="waiting").count() >= MOST_WAITING:
        raise Refused("queue_full", _("现在等候的人太多，请改天再来或者网上办理。"))
    return _number(queue, command_id, offering, source, first=first, account=account)


def arrive(hall: Hall, code: str, *, command_id: UUID, now: datetime | None = None) -> Ticket:
    """预约取号: turn an appointment into a number that is called first. Half an hour before the slot at the earliest."""
    now = now or timezone.now()
    with transaction.atomic():
        booked = (
            Appointment.objects.select_for_update(of=("self",))
            .select_related("slot", "queue__hall", "offering", "ticket")
            .filter(code=_plain(code), queue__hall=hall)
            .first()
        )
        if booked is None or booked.status == Appointment.Status.CANCELLED:
            raise Refused("no_appointment", _("没有这个预约，请核对预约码和大厅。"))
        if booked.status == Appointment.Status.ARRIVED:
            return booked.ticket
        begins = datetime.combine(booked.day, booked.starts, CHINA)
        if now < begins - EARLY:
            raise Refused(
                "too_early",
                _("预约的时间是 %(when)s，提前半小时可以取号。") % {"when": f"{begins:%-m月%-d日 %H:%M}"},
            )
        if now.astimezone(CHINA).date() > booked.day:
            raise Refused("slot_past", _("预约的日子已经过了，请取普通号或者重新预约。"))
        kept = now <= datetime.combine(booked.day, booked.slot.ends, CHINA)
        ticket = _number(
            booked.queue,
            command_id,
            booked.offering,
            Ticket.Source.APPOINTMENT,
            first=kept,
            appointment=booked,
        )
        booked.status = Appointment.Status.ARRIVED
        booked.save(update_fields=["status"])
        return ticket


def call_next(account: Account, *, command_id: UUID) -> Ticket | None:
    """叫下一号: the first that waits in the window's queues. None when nobody waits. No two windows get the same."""
    if (known := _pressed(account, command_id)) is not None:
        return known
    with transaction.atomic():
        sitting = _sits(account)
        window = sitting.window
        if at_window(window) is not None:
            raise Refused("ticket_open", _("这一号还没有办完，请先办结或者过号。"))
        queues = [q.pk for q in queues_of(account, window)]
        ticket = (
            Ticket.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(queue__in=queues, day=today(), status=Ticket.Status.WAITING)
            .order_by("-first", "taken_at", "id")
            .first()
        )
        if ticket is None:
            return None
        _call(ticket, account, window)
        _turn(ticket, "called", command_id, account, window)
        return ticket


def recall(account: Account, *, command_id: UUID) -> Ticket:
    """重呼."""
    return _at(account, command_id, "recalled", {"called"}, _recalled)


def begin(account: Account, *, command_id: UUID) -> Ticket:
    """开始办理: the person is at the window."""
    return _at(account, command_id, "begun", {"called", "serving"}, _begun)


def finish(account: Account, *, command_id: UUID) -> Ticket:
    """办结这一号; the case itself goes its own way."""
    return _at(account, command_id, "finished", {"called", "serving"}, _finished)


def skip(account: Account, *, command_id: UUID) -> Ticket:
    """过号: nobody came. The number can be called back today."""
    return _at(account, command_id, "skipped", {"called"}, _skipped)


def transfer(account: Account, *, to: Queue, command_id: UUID) -> Ticket:
    """转号: to another queue of the hall, called there first, with the same number."""

    def moved(ticket: Ticket) -> None:
        if to.hall_id != ticket.hall_id or not to.open:
            raise Refused("no_queue", _("只能转到同一大厅的队列。"))
        ticket.queue, ticket.status, ticket.first, ticket.window = to, Ticket.Status.WAITING, True, None

    return _at(account, command_id, "moved", {"called", "serving"}, moved)


def call_back(account: Account, ticket: Ticket, *, command_id: UUID) -> Ticket:
    """过号重叫: a number passed over today at this window is called again."""
    if (known := _pressed(account, command_id)) is not None:
        return known
    with transaction.atomic():
        window = _sits(account).window
        if at_window(window) is not None:
            raise Refused("ticket_open", _("这一号还没有办完，请先办结或者过号。"))
        row = Ticket.objects.select_for_update(of=("self",)).select_related("queue").get(pk=ticket.pk)
        if row.status != Ticket.Status.GONE or row.day != today() or row.window_id != window.pk:
            raise Refused("ticket_moved", _("这个号已经不在这里了，请刷新。"))
        _call(row, account, window)
        _turn(row, "back", command_id, account, window)
        return row


def remember_offering(ticket: Ticket, offering: Offering) -> None:
    """What the number turned out to be about."""
    Ticket.objects.filter(pk=ticket.pk, offering=None).update(offering=offering)


# -- appointments -----------------------------------------------------------------------------------------


def book(
    account: Account,
    slot: Slot,
    day: date,
    *,
    command_id: UUID,
    offering: Offering | None = None,
    now: datetime | None = None,
) -> Appointment:
    """预约: a place in a slot of a working day, for oneself. Sent twice it is one appointment."""
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(
            pk=account.pk
        )  # what one person sends at once comes in turn
        known = Appointment.objects.filter(command_id=command_id, account=account).first()
        return known or _booked(account, slot, day, command_id, offering, now or timezone.now())


def _booked(
    account: Account, slot: Slot, day: date, command_id: UUID, offering: Offering | None, now: datetime
) -> Appointment:
    if account.kind != Account.Kind.RESIDENT:
        raise Refused("not_permitted", _("预约由办事人用自己的账户办理。"))
    if day not in bookable_days(now) or not open_for_booking(slot, day, now):
        raise Refused("slot_past", _("这个时段现在不能预约，请换一个。"))
    queue = slot.queue
    Slot.objects.select_for_update().get(pk=slot.pk)
    mine = Appointment.objects.filter(account=account, day=day)
    if (
        mine.filter(queue=queue, status=Appointment.Status.BOOKED).exists()
        or mine.filter(starts=slot.starts).exclude(status=Appointment.Status.CANCELLED).exists()
    ):
        raise Refused("booked_already", _("您这一天已经有预约了，要改时间请先取消。"))
    seats = set(
        Appointment.objects.filter(slot=slot, day=day)
        .exclude(status=Appointment.Status.CANCELLED)
        .values_list("seat", flat=True)
    )
    seat = next((n for n in range(1, slot.capacity + 1) if n not in seats), None)
    if seat is None:
        raise Refused("slot_full", _("这个时段约满了，请换一个。"))
    return Appointment.objects.create(
        code=_code(), account=account, slot=slot, queue=queue, day=day, starts=slot.starts, seat=seat,
        offering=offering, command_id=command_id,
    )  # fmt: skip


def cancel(account: Account, appointment: Appointment) -> Appointment:
    """取消预约, until it begins; the place is free again. Cancelled twice is cancelled."""
    with transaction.atomic():
        row = Appointment.objects.select_for_update().filter(pk=appointment.pk, account=account).first()
        if row is None:
            raise Refused("no_appointment", _("没有这个预约。"))
        if row.status == Appointment.Status.CANCELLED:
            return row
        if row.status != Appointment.Status.BOOKED:
            raise Refused("ticket_moved", _("已经取号，不用取消。"))
        row.status, row.cancelled_at = Appointment.Status.CANCELLED, timezone.now()
        row.save(update_fields=["status", "cancelled_at"])
        return row


# -- setting up -------------------------------------------------------------------------------------------


@transaction.atomic
def set_up(said: Mapping[str, Any]) -> Hall:
    """Create or change a hall from its description; see docs/how-to/run-the-lobby.md. Nothing that was used is deleted.

    Raises Refused "hall_invalid" naming what is wrong.
    """
    try:
        org = _organisation(str(said["organisation"]))
        hall, _new = Hall.objects.update_or_create(
            key=str(said["key"]),
            defaults={
                "name": str(said["name"]), "organisation_id": org, "open": bool(said.get("open", True)),
                **{name: str(said.get(name, "")) for name in ("address", "phone", "hours")},
            },
        )  # fmt: skip
        queues = {str(q["letter"]): _set_queue(hall, q) for q in said["queues"]}
        hall.queues.exclude(letter__in=queues).update(open=False)
        for entry in said["windows"]:
            window, _new = Window.objects.update_or_create(
                hall=hall, no=int(entry["no"]), defaults={"name": str(entry.get("name", ""))}
            )
            window.queues.set([queues[str(letter)] for letter in entry["queues"]])
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("hall_invalid", _("大厅的说明不完整：%(what)s") % {"what": error}) from error
    return hall


def _set_queue(hall: Hall, said: Mapping[str, Any]) -> Queue:
    from tongban.registry.models import Matter

    org = said.get("organisation")
    queue, _new = Queue.objects.update_or_create(
        hall=hall,
        letter=str(said["letter"]),
        defaults={
            "name": str(said["name"]), "open": True, "organisation_id": _organisation(str(org)) if org else None,
        },
    )  # fmt: skip
    codes = [str(c) for c in said.get("matters", ())]
    matters = list(Matter.objects.filter(code__in=codes))
    if len(matters) != len(set(codes)):
        missing = sorted(set(codes) - {m.code for m in matters})
        raise Refused("hall_invalid", _("没有这些事项：%(codes)s") % {"codes": "、".join(missing)})
    queue.matters.set(matters)
    starts = set()
    for entry in said.get("slots", ()):
        begins, ends = (datetime.strptime(t, "%H:%M").time() for t in str(entry["at"]).split("-"))  # noqa: DTZ007 -- a time of day
        starts.add(begins)
        Slot.objects.update_or_create(
            queue=queue, starts=begins, defaults={"ends": ends, "capacity": int(entry["places"])}
        )
    queue.slots.exclude(starts__in=starts).update(capacity=0)
    return queue


def _organisation(key: str) -> int:
    node = organisation(key)
    if node is None:
        raise Refused("hall_invalid", _("没有这个机构：%(key)s") % {"key": key})
    return node.id


# -- parts ------------------------------------------------------------------------------------------------


def _number(
    queue: Queue,
    command_id: UUID,
    offering: Offering | None,
    source: str,
    *,
    first: bool,
    account: Account | None = None,
    appointment: Appointment | None = None,
) -> Ticket:
    day = today()
    try:
        with transaction.atomic():
            QueueDay.objects.get_or_create(queue=queue, day=day)
            QueueDay.objects.filter(queue=queue, day=day).update(
                last=F("last") + 1
            )  # holds the row till the end
            last = QueueDay.objects.get(queue=queue, day=day).last
            ticket = Ticket.objects.create(
                hall_id=queue.hall_id, queue=queue, day=day, code=f"{queue.letter}{last:03d}", source=source,
                first=first, appointment=appointment, offering=offering, command_id=command_id,
                taken_at=timezone.now(),
            )  # fmt: skip
            _turn(ticket, "taken", command_id, account, None)
            return ticket
    except IntegrityError:
        if (known := Ticket.objects.filter(command_id=command_id).first()) is not None:
            return known
        raise


def _at(account: Account, command_id: UUID, what: str, statuses: set[str], change: Any) -> Ticket:
    """Do something to the number at the account's window, once."""
    if (known := _pressed(account, command_id)) is not None:
        return known
    with transaction.atomic():
        window = _sits(account).window
        ticket = (
            Ticket.objects.select_for_update(of=("self",))
            .select_related("queue", "offering")
            .filter(window=window, day=today(), status__in=statuses)
            .first()
        )
        if ticket is None:
            raise Refused("ticket_moved", _("窗口现在没有可以这样做的号，请刷新。"))
        change(ticket)
        ticket.save()
        _turn(ticket, what, command_id, account, window)
        return ticket


def _recalled(ticket: Ticket) -> None:
    ticket.called_at, ticket.calls = timezone.now(), ticket.calls + 1


def _begun(ticket: Ticket) -> None:
    ticket.status, ticket.started_at = Ticket.Status.SERVING, ticket.started_at or timezone.now()


def _finished(ticket: Ticket) -> None:
    ticket.status, ticket.finished_at = Ticket.Status.DONE, timezone.now()


def _skipped(ticket: Ticket) -> None:
    ticket.status, ticket.finished_at = Ticket.Status.GONE, timezone.now()


def _call(ticket: Ticket, account: Account, window: Window) -> None:
    now = timezone.now()
    ticket.status, ticket.window, ticket.clerk = Ticket.Status.CALLED, window, account
    ticket.called_at, ticket.calls = now, ticket.calls + 1
    ticket.first_called_at = ticket.first_called_at or now
    ticket.finished_at = None
    ticket.save()


def _turn(
    ticket: Ticket, what: str, command_id: UUID, account: Account | None, window: Window | None
) -> None:
    Turn.objects.create(ticket=ticket, what=what, command_id=command_id, account=account, window=window)


def _pressed(account: Account, command_id: UUID) -> Ticket | None:
    """What this press of a button did already."""
    turn = Turn.objects.filter(command_id=command_id, account=account).select_related("ticket__queue").first()
    return None if turn is None else turn.ticket


def _sits(account: Account) -> Sitting:
    row = (
        Sitting.objects.select_for_update(of=("self",))
        .select_related("window__hall")
        .filter(account=account, until=None, since__gte=day_bounds(today())[0])
        .first()
    )
    if row is None:
        raise Refused("no_window", _("请先选一个窗口开始办公。"))
    return row


def _receives(account: Account, hall: Hall) -> bool:
    return any(may_call(account, q) for q in hall.queues.select_related("hall"))


def _code() -> str:
    return "".join(secrets.choice(SECRET_ALPHABET) for _n in range(8))


def _plain(code: str) -> str:
    return "".join(c for c in code.upper() if c.isalnum())[:8]
