"""Numbers: taken in order, called once, moved, passed over; never two windows with the same one."""

import threading
from uuid import uuid4

import pytest
from django.db import connection, transaction

from tests.lobby import open_hall
from tests.town import build_town
from tongban.engine.errors import Refused
from tongban.faces.lobby import queries, services
from tongban.faces.lobby.models import Ticket
from tongban.registry.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return build_town()


@pytest.fixture
def hall(town):
    return open_hall()


def take(hall, letter="A", **more):
    return services.take_number(hall, command_id=uuid4(), queue=hall.queues.get(letter=letter), **more)


def sit(account, hall, no=1):
    return services.sit_down(account, hall.windows.get(no=no))


def test_numbers_go_on_and_a_form_sent_twice_is_one_number(hall):
    press = uuid4()
    first = services.take_number(hall, command_id=press, queue=hall.queues.get(letter="A"))
    again = services.take_number(hall, command_id=press, queue=hall.queues.get(letter="A"))
    assert (first.code, again.pk, take(hall).code, take(hall, "B").code) == ("A001", first.pk, "A002", "B001")


def test_a_matter_goes_to_the_queue_of_its_unit(hall, town):
    offering = town.versions["990144001000"].offering
    assert services.take_number(hall, command_id=uuid4(), offering=offering).code == "A001"


def test_who_waits_longest_is_called_first_and_priority_before_them(hall, town):
    clerk = town.people["clerk"]
    take(hall), take(hall), take(hall, first=True)
    sit(clerk, hall)
    called = []
    for _n in range(3):
        called.append(services.call_next(clerk, command_id=uuid4()).code)
        services.finish(clerk, command_id=uuid4())
    assert called == ["A003", "A001", "A002"]
    assert services.call_next(clerk, command_id=uuid4()) is None


def test_calling_twice_with_one_press_calls_one_number(hall, town):
    clerk, press = town.people["clerk"], uuid4()
    take(hall), take(hall)
    sit(clerk, hall)
    assert services.call_next(clerk, command_id=press) == services.call_next(clerk, command_id=press)
    with pytest.raises(Refused, match="ticket_open"):
        services.call_next(clerk, command_id=uuid4())


def test_a_number_passed_over_can_be_called_back_at_its_window(hall, town):
    clerk = town.people["clerk"]
    ticket = take(hall)
    sit(clerk, hall)
    services.call_next(clerk, command_id=uuid4())
    services.recall(clerk, command_id=uuid4())
    assert services.skip(clerk, command_id=uuid4()).status == "gone"
    back = services.call_back(clerk, ticket, command_id=uuid4())
    assert (back.status, back.calls) == ("called", 3)


def test_a_number_moved_to_another_queue_keeps_its_code_and_is_first_there(hall, town):
    clerk, other = town.people["clerk"], town.people["other_clerk"]
    take(hall, "B"), take(hall)
    sit(clerk, hall), sit(other, hall, 2)
    services.call_next(clerk, command_id=uuid4())
    services.transfer(clerk, to=hall.queues.get(letter="B"), command_id=uuid4())
    assert services.call_next(other, command_id=uuid4()).code == "A001"


def test_a_clerk_calls_only_from_queues_of_units_they_accept_for(hall, town):
    other = town.people["other_clerk"]
    take(hall)
    with pytest.raises(Refused, match="not_permitted"):
        sit(other, hall, 1)
    sit(other, hall, 3)
    assert services.call_next(other, command_id=uuid4()) is None


def test_a_window_has_one_clerk_and_a_clerk_one_window(hall, town):
    clerk, other = town.people["clerk"], town.people["other_clerk"]
    sit(clerk, hall, 3)
    for who, no in ((other, 3), (clerk, 1)):
        with pytest.raises(Refused, match="window_taken"):
            sit(who, hall, no)
    services.leave(clerk)
    sit(other, hall, 3)


def test_figures_count_what_waits_and_what_each_window_did(hall, town):
    clerk = town.people["clerk"]
    take(hall), take(hall)
    sit(clerk, hall)
    services.call_next(clerk, command_id=uuid4())
    assert [c.code for c in queries.called(hall)] == ["A001"]
    services.finish(clerk, command_id=uuid4())
    line = queries.lines(hall)[0]
    window = queries.by_window(hall)[0]
    assert (line.waiting, line.next_code, line.served, line.windows) == (1, "A002", 1, 1)
    assert (window.served, window.clerk, window.minutes is not None) == (1, "clerk", True)


@pytest.mark.django_db(transaction=True)
def test_clerks_calling_at_the_same_moment_never_get_the_same_number(town):
    hall = open_hall()
    from tests.lobby import HALL

    windows = [{"no": n, "queues": ["A"]} for n in range(1, 5)]
    services.set_up({**HALL, "windows": windows})
    for _n in range(40):
        take(hall)
    clerks = [Account.objects.create(username=f"c{n}", display_name=f"c{n}", kind="staff") for n in range(4)]
    post = town.people["clerk"].holdings.get().post
    for account in clerks:
        account.holdings.create(post=post, valid=town.people["clerk"].holdings.get().valid)
    for no, account in enumerate(clerks, 1):
        sit(account, hall, no)
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


def test_what_happened_to_a_number_cannot_be_rewritten(hall):
    from django.db import IntegrityError

    turn = take(hall).turns.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        type(turn).objects.filter(pk=turn.pk).update(what="called")
