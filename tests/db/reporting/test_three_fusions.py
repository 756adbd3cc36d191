"""三个融合: a case reported once serves the applicant in the hall, the department's list, and the figures; nobody types twice."""

from datetime import datetime, timedelta

from django.test import Client

from tests.reporting import story
from tests.town import PERMIT, RESIDENTS
from tongban.base.calendar import CHINA
from tongban.engine.models import Case
from tongban.platforms.power import coverage
from tongban.platforms.supervision import figures
from tongban.registry.queries import today


def signed_in(account):
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def reported(department, who="owner", upto=8, begun=None):
    """A case of a resident, reported up to one object."""
    name, number = RESIDENTS[who]
    begun = begun or datetime.now(CHINA).replace(hour=9) - timedelta(days=1)
    objects = story(1, begun=begun, correction=False, special=False)[:upto]
    objects[0] |= {"applicant": name, "applicant_kind": "person", "id_type": "111", "id_number": number}
    verdicts = department.report(*objects)
    assert {v["status"] for v in verdicts} == {"accepted"}, verdicts
    return Case.objects.get()


def test_one_report_serves_the_hall_the_department_and_the_figures(town, department):
    case = reported(department)
    owner, stranger = signed_in(town.people["owner"]), signed_in(town.people["stranger"])
    assert case.number in owner.get("/me/").content.decode()
    page = owner.get(f"/track/{case.number}/")
    assert page.status_code == 200
    assert "受理" in page.content.decode()
    assert stranger.get(f"/track/{case.number}/").status_code == 404
    assert case.number not in stranger.get("/me/").content.decode()

    chief, monitor = town.people["chief"], town.people["monitor"]
    listed = signed_in(chief).get(
        f"/supervision/cases/?what=accepted&period=year&offering={case.offering_id}"
    )
    assert case.number in listed.content.decode()
    assert signed_in(chief).get(f"/desk/cases/{case.number}/").status_code == 200

    span = coverage.span_of("year", today())
    period = figures.Period(span.first, span.last)
    assert figures.accepted(figures.cases_of(monitor), period).count() == 1
    run = next(r for r in coverage.runs_for(monitor, span) if r.offering_id == case.offering_id)
    assert (run.opened, run.accepted, run.web) == (1, 1, 0)
    assert run not in coverage.idle_matters(coverage.runs_for(monitor, span))


def test_a_number_that_is_only_stated_leads_to_nobody(town, department):
    owner = town.people["owner"]
    owner.real_name_level = 1
    owner.save()
    case = reported(department)
    assert case.applicant_id is None
    assert signed_in(owner).get(f"/track/{case.number}/").status_code == 404


def test_the_zero_list_empties_when_a_case_is_reported(town, department):
    page = signed_in(town.people["chief"])
    assert town.versions[PERMIT].name in page.get("/desk/coverage/zero/").content.decode()
    reported(department)
    assert town.versions[PERMIT].name not in page.get("/desk/coverage/zero/").content.decode()
    assert (
        "P-1" in page.get("/desk/coverage/depth/?reach=whole").content.decode()
        or town.versions[PERMIT].online_depth < 4
    )
