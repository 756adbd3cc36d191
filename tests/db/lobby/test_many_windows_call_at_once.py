"""Never two windows with the same number, nor two bookings by one person. Beside the others, as these really commit."""

import threading
from uuid import uuid4

import pytest
from django.db import connection

from tests.lobby import HALL, open_hall
from tests.town import build_town
from tongban.engine.errors import Refused
from tongban.faces.lobby import queries, services
from tongban.faces.lobby.models import Appointment, Ticket
from tongban.registry.models import Account


@pytest.mark.django_db(transaction=True)
def test_clerks_calling_at_the_same_moment_never_get_the_same_number():
    town, hall = build_town(), open_hall()
    windows = [{"no": n, "queues": ["A"]} for n in range(1, 5)]
    services.set_up({**HALL, "windows": windows})
    for _n in range(40):
        services.take_number(hall, command_id=uuid4(), queue=hall.queues.get(letter="A"))
    clerks = [Account.objects.create(username=f"c{n}", display_name=f"c{n}", kind="staff") for n in range(4)]
    post = town.people["clerk"].holdings.get().post
    for account in clerks:
        account.holdings.create(post=post, valid=town.people["clerk"].holdings.get().valid)
    for no, account in enumerate(clerks, 1):
        services.sit_down(account, hall.windows.get(no=no))
    called, start = [], threading.Barrier(4)

    def work(account):
        try:
            start.wait()
            while (ticket := services.call_next(account, command_id=uuid4())) is not None:
                called.append(ticket.code)
                services.finish(account, command_id=uuid4())
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(a,)) for a in clerks]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(called) == [f"A{n:03d}" for n in range(1, 41)]
    assert Ticket.objects.filter(status="done").count() == 40


@pytest.mark.django_db(transaction=True)
def test_pressing_at_the_same_moment_books_once_and_says_so_each_time():
    """The same press four times is one appointment told four times; another press is refused in words."""
    build_town()
    slot, day = open_hall().queues.get(letter="A").slots.get(), queries.bookable_days()[-1]
    who = Account.objects.create(username="r", display_name="r", kind="resident")
    press, other = uuid4(), uuid4()
    told, start = [], threading.Barrier(8)

    def work(command_id):
        try:
            start.wait()
            told.append((command_id, services.book(who, slot, day, command_id=command_id).code))
        except Refused as refused:
            told.append((command_id, refused.code))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(c,)) for c in (press, other) * 4]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    made = Appointment.objects.get()
    lost = other if made.command_id == press else press
    assert sorted(told, key=str) == sorted(
        [(made.command_id, made.code)] * 4 + [(lost, "booked_already")] * 4, key=str
    )
