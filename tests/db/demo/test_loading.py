"""The demo city loads by the ordinary services, whole, and a second time changes nothing."""

import pytest
from django.db.models import Max

from tests.databases import PRESENT
from tongban.base.files import is_intact
from tongban.base.models import StoredFile
from tongban.engine.models import Case, EventRow, OutboxRow, Watch
from tongban.platforms.supervision.models import Card, CardStep, Complaint, Order, Relation
from tongban.platforms.supervision.witness import cards_fit
from tongban.project.demo import demo_accounts, load_demo
from tongban.registry.models import HOUSE_FLOWS, Account, Matter, OfferingVersion, Organisation

pytestmark = [pytest.mark.usefixtures("city_of_anlan"), pytest.mark.django_db]


def test_the_city_is_there_and_every_course_of_a_case_has_been_taken():
    assert Organisation.objects.count() == 71
    published = OfferingVersion.objects.filter(status="published").exclude(flow_key__startswith=HOUSE_FLOWS)
    assert published.count() == 92
    assert Matter.objects.get(name="水资源费征收").status == "cancelled"

    phases = set(Case.objects.values_list("phase", flat=True))
    assert phases >= {"applied", "correcting", "accepted", "suspended", "closed"}
    results = set(Case.objects.exclude(result="").values_list("result", flat=True))
    assert results >= {"granted", "denied", "partial", "refused", "lapsed", "withdrawn", "terminated", "done"}
    happened = set(EventRow.objects.values_list("type", flat=True))
    assert happened >= {
        "case.deemed_accepted", "case.extended", "case.suspended", "case.resumed", "correction.supplied",
        "opinion.deemed_agreed", "child.concluded", "fee.paid", "task.reassigned", "task.urged", "finding.issued",
    }  # fmt: skip
    assert set(Case.objects.values_list("level", flat=True)) == {0, 1, 2, 3}

    parents = Case.objects.filter(kind="joint")
    assert all(p.children.count() >= 4 for p in parents.filter(phase="closed"))
    assert any(c.state.get("decision", {}).get("discretion") for c in Case.objects.filter(kind="office"))

    # Nothing lies in the future, nothing waits that should have happened, no effect of the past is sent now.
    assert EventRow.objects.aggregate(m=Max("recorded_at"))["m"] <= PRESENT
    assert not Watch.objects.filter(fire_at__lte=PRESENT).exclude(case__phase="closed").exists()
    assert not OutboxRow.objects.filter(sent_at__isnull=True).exists()

    # What applicants handed in are whole files.
    stored = list(StoredFile.objects.all()[:12])
    assert stored
    assert all(is_intact(file) for file in stored)

    # Who is told to the visitor can sign in; nobody else of the staff can.
    for told in demo_accounts():
        assert Account.objects.get(username=told.username).check_password(told.password)
    others = Account.objects.exclude(username__in=[a.username for a in demo_accounts()])
    assert not any(a.has_usable_password() for a in others[:50])

    # Loading again changes nothing.
    before = EventRow.objects.count()
    assert load_demo(present=PRESENT) is False
    assert EventRow.objects.count() == before


def test_supervision_has_worked_on_the_cases_by_its_own_services():
    orders = Order.objects.told()
    assert {"verify", "answer", "review", "done"} <= {order.state for order in orders}
    assert set(orders.values_list("ending", flat=True)) >= {"", "settled", "unfounded", "upheld", "escalated"}
    assert max(order.returned for order in orders) == 2
    assert any(order.complaint_id for order in orders)
    assert set(Complaint.objects.values_list("verdict", flat=True)) == {"", *Complaint.Verdict.values}
    assert set(Card.objects.values_list("status", flat=True)) == set(Card.Status.values)
    assert set(Relation.objects.values_list("status", flat=True)) == set(Relation.Status.values)
    for told in (
        Order.objects.aggregate(m=Max("settled_at")),
        Complaint.objects.aggregate(m=Max("answered_at")),
    ):
        assert told["m"] < PRESENT
    assert CardStep.objects.aggregate(m=Max("at"))["m"] < PRESENT
    assert not list(cards_fit(None))
