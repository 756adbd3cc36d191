"""Never two windows with the same number. Beside the other tests of calling, as this one really commits."""

import threading
from uuid import uuid4

import pytest
from django.db import connection

from tests.lobby import HALL, open_hall
from tests.town import build_town
from tongban.faces.lobby import services
from tongban.faces.lobby.models import Ticket
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
