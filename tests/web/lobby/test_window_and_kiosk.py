"""The lobby as people meet it: the kiosk gives a number, the clerk calls it, the screen shows it, the intake opens."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from tests.town import PERMIT
from tongban.faces.lobby import services
from tongban.faces.lobby.models import Appointment, Hall, Queue, Ticket
from tongban.faces.lobby.queries import bookable_days
from tongban.faces.lobby.views.kiosk import opening_address

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nothing_stays")]


@pytest.fixture
def kiosk(scene):
    machine = Client()
    machine.get(opening_address(Hall.objects.get(key="zwdt")))
    return machine


def press(client, **said):
    return client.post("/desk/lobby/act/", {"command_id": str(uuid4()), **said}, follow=True)


def test_from_the_kiosk_to_the_intake(scene, kiosk):
    found = kiosk.get("/kiosk/find/", {"q": "食品经营"}).content.decode()
    assert "食品经营许可" in found
    page = kiosk.get("/kiosk/guide/P-1/").content.decode()
    command = re.search(r'name="command_id" value="([^"]+)"', page)[1]
    slip = kiosk.post("/kiosk/number/", {"command_id": command, "code": "P-1"}, follow=True).content.decode()
    assert "A002" in slip
    assert (
        "A002"
        in kiosk.post("/kiosk/number/", {"command_id": command, "code": "P-1"}, follow=True).content.decode()
    )

    clerk = scene.client("clerk")
    window = Hall.objects.get(key="zwdt").windows.get(no=1)
    press(clerk, do="sit", window=window.pk)
    press(clerk, do="next")
    press(clerk, do="skip")
    assert "A002" in press(clerk, do="next").content.decode()
    assert "A002" in Client().get("/lobby/zwdt/screen/").content.decode()
    answer = clerk.post("/desk/lobby/act/", {"command_id": str(uuid4()), "do": "intake"})
    assert answer.headers["Location"] == "/desk/counter/P-1/"
    press(clerk, do="finish")
    assert Ticket.objects.get(code="A002").status == "done"
    figures = clerk.get("/desk/lobby/figures/").content.decode()
    assert "1 号窗口" in figures


def test_the_screen_says_numbers_and_windows_and_reloads_without_scripts(scene):
    body = Client().get("/lobby/zwdt/screen/").content.decode()
    assert 'http-equiv="refresh"' in body
    assert "王小芳" not in body


def test_the_rail_offers_the_hall_to_whom_it_opens(scene):
    """Who takes in for a unit that the hall does not serve has no window there; who looks at the unit sees the figures."""
    Queue.objects.update(organisation=scene.town.versions[PERMIT].offering.organisation)
    for role, doors in (
        ("clerk", {"", "reception/", "figures/"}),
        ("monitor", {"figures/"}),
        ("other_clerk", set()),
    ):
        client = scene.client(role)
        rail = client.get("/desk/").content.decode()
        assert set(re.findall(r'href="/desk/lobby/([^"]*)"', rail)) == doors, role
        assert all(client.get(f"/desk/lobby/{door}").status_code == 200 for door in doors)
        assert client.get("/desk/lobby/reception/").status_code == (200 if "reception/" in doors else 403)


def test_the_kiosk_forgets_the_person_before(scene, kiosk):
    kiosk.post("/kiosk/number/", {"command_id": str(uuid4()), "code": "P-1"})
    assert kiosk.get("/kiosk/ticket/").status_code == 200
    kiosk.get("/kiosk/reset/")
    assert kiosk.get("/kiosk/ticket/").status_code == 302
    assert set(kiosk.session.keys()) == {"kiosk_hall", "_session_expiry"}


def test_progress_on_the_kiosk_keeps_nothing_and_cannot_be_sent_again(scene, kiosk):
    outcome = scene.town.apply()
    page = kiosk.get("/kiosk/progress/").content.decode()
    said = {
        "once": re.search(r'name="once" value="(\w+)"', page)[1],
        "number": outcome.number,
        "secret": outcome.secret,
    }
    told = kiosk.post("/kiosk/progress/", said)
    assert outcome.number in told.content.decode()
    assert "王小芳" not in told.content.decode()
    assert "no-store" in told.headers["Cache-Control"]
    assert kiosk.post("/kiosk/progress/", said).headers["Location"] == "/kiosk/progress/"


def test_no_page_of_the_kiosk_leads_out_of_it(scene, kiosk):
    for path in ("/kiosk/", "/kiosk/find/", "/kiosk/guide/P-1/", "/kiosk/progress/"):
        body = kiosk.get(path).content.decode()
        links = set(re.findall(r'<a [^>]*href="([^"]+)"', body)) - {"#main"}
        assert all(link.startswith("/kiosk/") for link in links), (path, links)


def test_a_machine_that_is_no_kiosk_gives_no_numbers(scene):
    assert Client().post("/kiosk/number/", {"command_id": str(uuid4()), "code": "P-1"}).status_code == 403


def test_an_appointment_is_booked_shown_and_cancelled(scene):
    stranger = scene.client("stranger")
    page = stranger.get("/book/P-1/").content.decode()
    slot = re.findall(r'value="(\d+@[\d-]+)"', page)[-1]
    answer = stranger.post("/book/P-1/", {"slot": slot, "command_id": str(uuid4())})
    slip = stranger.get(answer.headers["Location"]).content.decode()
    row = Appointment.objects.get(account=scene.town.people["stranger"])
    assert row.code in slip
    assert scene.client("owner").get(answer.headers["Location"]).status_code == 404
    stranger.post(answer.headers["Location"])
    row.refresh_from_db()
    assert row.status == "cancelled"


def test_a_full_slot_is_said_and_keeps_the_page(scene):
    queue = Hall.objects.get(key="zwdt").queues.get(letter="A")
    slot, day = queue.slots.get(), bookable_days()[-1]
    slot.capacity = 1  # the scene's owner has it
    slot.save()
    answer = scene.client("stranger").post(
        "/book/P-1/", {"slot": f"{slot.pk}@{day}", "command_id": str(uuid4())}
    )
    assert answer.status_code == 422
    assert "约满" in answer.content.decode()
    assert services.queue_of(queue.hall, scene.town.versions[PERMIT].offering) == queue
