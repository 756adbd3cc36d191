"""Appointments: places are counted, nobody is booked twice, working days only, turned into a number in time."""

from datetime import datetime, time
from uuid import uuid4

import pytest

from tests.lobby import open_hall
from tongban.base.calendar import CHINA, load_calendar
from tongban.engine.errors import Refused
from tongban.faces.lobby import queries, services
from tongban.registry.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def slot(town):
    return open_hall().queues.get(letter="A").slots.get()


def resident(n):
    return Account.objects.create(username=f"r{n}", display_name=f"r{n}", kind="resident")


def book(account, slot, day=None, **more):
    return services.book(account, slot, day or queries.bookable_days()[-1], command_id=uuid4(), **more)


def test_a_slot_takes_as_many_as_it_has_places_and_a_cancelled_place_is_free_again(slot):
    one, two, three = resident(1), resident(2), resident(3)
    first = book(one, slot)
    book(two, slot)
    with pytest.raises(Refused, match="slot_full"):
        book(three, slot)
    services.cancel(one, first)
    assert book(three, slot).seat == first.seat


def test_nobody_is_booked_twice_on_a_day(slot):
    one = resident(1)
    book(one, slot)
    with pytest.raises(Refused, match="booked_already"):
        book(one, slot)


def test_the_same_form_sent_twice_is_one_appointment(slot):
    one, press, day = resident(1), uuid4(), queries.bookable_days()[-1]
    assert services.book(one, slot, day, command_id=press) == services.book(one, slot, day, command_id=press)


def test_only_working_days_can_be_booked(slot):
    now = datetime(2026, 9, 29, 9, tzinfo=CHINA)  # before the National Day holiday
    days = queries.bookable_days(now)
    calendar = load_calendar()
    assert all(calendar.is_workday(d) for d in days)
    assert datetime(2026, 10, 1, tzinfo=CHINA).date() not in days
    with pytest.raises(Refused, match="slot_past"):
        book(resident(1), slot, datetime(2026, 10, 1, tzinfo=CHINA).date(), now=now)


def test_an_appointment_becomes_a_number_that_goes_first_half_an_hour_before(slot):
    one = resident(1)
    booked = book(one, slot)
    hall = slot.queue.hall
    early = datetime.combine(booked.day, time(13, 29), CHINA)
    with pytest.raises(Refused, match="too_early"):
        services.arrive(hall, booked.code, command_id=uuid4(), now=early)
    ticket = services.arrive(hall, booked.code.lower(), command_id=uuid4(), now=early.replace(minute=31))
    assert ticket.first
    assert services.arrive(hall, booked.code, command_id=uuid4(), now=early.replace(minute=40)) == ticket
    with pytest.raises(Refused, match="ticket_moved"):
        services.cancel(one, booked)


def test_who_comes_after_the_slot_waits_like_everybody(slot):
    booked = book(resident(1), slot)
    late = datetime.combine(booked.day, time(15, 30), CHINA)
    assert not services.arrive(slot.queue.hall, booked.code, command_id=uuid4(), now=late).first
