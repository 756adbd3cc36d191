"""Numbers: taken in order, called once, moved, passed over."""

from uuid import uuid4

import pytest
from django.db import transaction

from tests.lobby import open_hall
from tongban.engine.errors import Refused
from tongban.faces.lobby import queries, services

pytestmark = pytest.mark.django_db


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


def test_what_happened_to_a_number_cannot_be_rewritten(hall):
    from django.db import IntegrityError

    turn = take(hall).turns.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        type(turn).objects.filter(pk=turn.pk).update(what="called")
