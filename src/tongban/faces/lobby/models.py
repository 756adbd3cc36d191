"""Halls, windows and queues; tickets (排队号) and what happened to them; appointments (预约). No names stand on a ticket."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Hall(models.Model):
    """A service hall (政务服务大厅), a town's or a village's counter room; run by an organisation."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    organisation = models.ForeignKey("registry.Organisation", on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    hours = models.CharField(max_length=120, blank=True)
    open = models.BooleanField(default=True)

    class Meta:
        verbose_name = "服务大厅"
        verbose_name_plural = "服务大厅"
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.name


class Queue(models.Model):
    """A queue (队列) for a group of matters: those listed, else those of its organisation; without one, every matter."""

    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="queues")
    letter = models.CharField(max_length=1)
    name = models.CharField(max_length=40)
    organisation = models.ForeignKey(
        "registry.Organisation", null=True, on_delete=models.PROTECT, related_name="+"
    )
    matters = models.ManyToManyField("registry.Matter", related_name="+")
    open = models.BooleanField(default=True)

    class Meta:
        verbose_name = "队列"
        verbose_name_plural = "队列"
        ordering: ClassVar[list[str]] = ["hall_id", "letter"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="lobby_queue_letter", fields=["hall", "letter"]),
            models.CheckConstraint(
                name="lobby_queue_letter_shape", condition=models.Q(letter__regex=r"^[A-Z]$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter} {self.name}"

    @property
    def org_id(self) -> int:
        """Whose clerks call from it."""
        return self.organisation_id or self.hall.organisation_id


class Window(models.Model):
    """A window (窗口) of a hall, and the queues called from it."""

    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="windows")
    no = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40, blank=True)
    queues = models.ManyToManyField(Queue, related_name="windows")

    class Meta:
        verbose_name = "窗口"
        verbose_name_plural = "窗口"
        ordering: ClassVar[list[str]] = ["hall_id", "no"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="lobby_window_no", fields=["hall", "no"]),
        ]

    def __str__(self) -> str:
        return f"{self.no} 号窗口"


class Sitting(models.Model):
    """Who sits at a window and since when (坐席). One clerk at a window, one window a clerk."""

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="sittings")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(db_default=Now())
    until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "坐席"
        verbose_name_plural = "坐席"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="lobby_one_at_a_window", fields=["window"], condition=models.Q(until=None)
            ),
            models.UniqueConstraint(
                name="lobby_one_window_a_clerk", fields=["account"], condition=models.Q(until=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.window_id}:{self.account_id}"


class Slot(models.Model):
    """A time of every working day that can be booked (预约时段), and for how many."""

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="slots")
    starts = models.TimeField()
    ends = models.TimeField()
    capacity = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = "预约时段"
        verbose_name_plural = "预约时段"
        ordering: ClassVar[list[str]] = ["queue_id", "starts"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="lobby_slot_once", fields=["queue", "starts"]),
            models.CheckConstraint(
                name="lobby_slot_forwards", condition=models.Q(ends__gt=models.F("starts"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}–{self.ends:%H:%M}"


class Appointment(models.Model):
    """An appointment (预约) of a resident. `seat` counts within the slot's capacity, so that none is given twice."""

    class Status(models.TextChoices):
        """What became of it. One that is `booked` and past was not kept (爽约)."""

        BOOKED = "booked", "已预约"
        CANCELLED = "cancelled", "已取消"
        ARRIVED = "arrived", "已取号"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=8, unique=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="appointments"
    )
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="appointments")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    starts = models.TimeField()
    seat = models.PositiveSmallIntegerField()
    offering = models.ForeignKey("registry.Offering", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=9, choices=Status, default=Status.BOOKED)
    command_id = models.UUIDField(unique=True)
    booked_at = models.DateTimeField(db_default=Now())
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "预约"
        verbose_name_plural = "预约"
        ordering: ClassVar[list[str]] = ["-day", "-starts"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                name="lobby_seat_once",
                fields=["slot", "day", "seat"],
                condition=~models.Q(status="cancelled"),
            ),
            models.UniqueConstraint(
                name="lobby_not_in_two_places",
                fields=["account", "day", "starts"],
                condition=~models.Q(status="cancelled"),
            ),
            models.UniqueConstraint(
                name="lobby_one_booking_a_day",
                fields=["account", "day", "queue"],
                condition=models.Q(status="booked"),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class QueueDay(models.Model):
    """A day's numbers of a queue; `last` is the last one given."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="lobby_queue_day", fields=["queue", "day"]),
        ]

    def __str__(self) -> str:
        return f"{self.queue_id} {self.day} {self.last}"


class Ticket(models.Model):
    """A number (排队号) of a day. It knows the matter, never the person."""

    class Status(models.TextChoices):
        """Where it is. `gone`: called, recalled, nobody came."""

        WAITING = "waiting", "等候"
        CALLED = "called", "已呼叫"
        SERVING = "serving", "办理中"
        DONE = "done", "已办"
        GONE = "gone", "过号"

    class Source(models.TextChoices):
        """Where it was taken."""

        KIOSK = "kiosk", "自助取号"
        RECEPTION = "reception", "导办台"
        APPOINTMENT = "appointment", "预约"

    hall = models.ForeignKey(Hall, on_delete=models.PROTECT, related_name="+")
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="tickets")
    day = models.DateField()
    code = models.CharField(max_length=6)  # A012, as called; stays when the ticket moves to another queue
    source = models.CharField(max_length=11, choices=Source)
    first = models.BooleanField(default=False)  # 优先: kept appointment, old age, disability, transfer
    appointment = models.OneToOneField(
        Appointment, null=True, on_delete=models.PROTECT, related_name="ticket"
    )
    offering = models.ForeignKey("registry.Offering", null=True, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    command_id = models.UUIDField(unique=True)
    taken_at = models.DateTimeField(db_default=Now())
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="tickets")
    clerk = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    called_at = models.DateTimeField(null=True)  # the last time
    first_called_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    calls = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "排队号"
        verbose_name_plural = "排队号"
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="lobby_ticket_code", fields=["hall", "day", "code"]),
            models.UniqueConstraint(
                name="lobby_one_ticket_at_a_window",
                fields=["window", "day"],
                condition=models.Q(status__in=["called", "serving"]),
            ),
            models.CheckConstraint(
                name="lobby_called_to_a_window",
                condition=models.Q(status="waiting") | models.Q(window__isnull=False),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                name="lobby_waiting",
                fields=["queue", "day", "-first", "taken_at"],
                condition=models.Q(status="waiting"),
            ),
            models.Index(name="lobby_day", fields=["hall", "day"]),
        ]

    def __str__(self) -> str:
        return self.code


class Turn(models.Model):
    """What happened to a ticket, appended. `command_id` makes a press of a button count once."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="turns")
    what = models.CharField(max_length=12)  # taken, called, recalled, begun, finished, skipped, moved, back
    window = models.ForeignKey(Window, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    command_id = models.UUIDField(unique=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "叫号记录"
        verbose_name_plural = "叫号记录"
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.what}"
