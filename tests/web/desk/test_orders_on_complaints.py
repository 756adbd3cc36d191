"""投诉督办 as a form: its limits are those of the flow; refused, what was typed stays; who may not is turned away."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import ALWAYS, City
from tests.web.desk.conftest import SignIn, text_of
from tongban.engine.models import Case
from tongban.engine.services import perform
from tongban.platforms.supervision.complaints import complain, promised_days
from tongban.platforms.supervision.models import Complaint, Order
from tongban.platforms.supervision.orders import days_of
from tongban.registry.models import Account, Grant, Holding, Post


@pytest.fixture
def monitor(city: City) -> Client:
    """Who supervises everything, signed in; in the bureau there is who answers an order."""
    person = Account.objects.create_user("monitor", kind="staff", display_name="监察员")
    for code, role, org in (
        ("TS-M", "monitor", city.neighbour_bureau), ("TS-JC", "supervisor", city.bureau), ("TS-LD", "leader", city.bureau),
    ):  # fmt: skip
        post = Post.objects.create(code=code, name=role, role=role, organisation=org)
        holder = person if role == "monitor" else city.person("head")
        Holding.objects.create(post=post, account=holder, valid=ALWAYS)
    for verb in ("view", "supervise"):
        Grant.objects.create(role="monitor", verb=verb, reach=Grant.Reach.EVERYTHING, valid=ALWAYS)
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def founded(city: City, monitor: Client) -> str:
    """The number of a complaint that was found true."""
    case = Case.objects.get(pk=city.apply().case_id)
    words = "材料交齐二十天了，窗口一直说在排队，没有人答复。"
    filed = complain(city.person("applicant"), about=case, topic="delay", words=words, command_id=uuid4())
    for outcome, said in (("taken", {}), ("founded", {"opinion": "属实"})):
        who = Account.objects.get(username="monitor")
        perform(who, filed.case_id, "complete", command_id=uuid4(), data={"outcome": outcome, **said})
    return filed.number


def test_the_form_tells_the_limits_of_the_flow_and_becomes_an_order(monitor: Client, founded: str) -> None:
    address = reverse("supervision:complaint_order", args=[founded])
    page = text_of(monitor, address)
    for step, words in (
        ("sign", "个工作日内签收"), ("answer_yellow", "个工作日内反馈"), ("review1", "个工作日内复核"),
    ):  # fmt: skip
        assert f"{days_of(step)} {words}" in page
    taken, answered = promised_days()
    assert f"受理 {taken} 个工作日，答复 {answered} 个工作日" in text_of(
        monitor, reverse("supervision:complaints")
    )
    answer = monitor.post(address, {"demand": "三日内办结并道歉。"})
    order = Order.objects.get(complaint=Complaint.objects.get(number=founded))
    assert answer.headers["Location"] == reverse("desk:case", args=[order.case.number])


def test_neither_complaint_nor_order_is_office_work_on_any_board(
    city: City, monitor: Client, founded: str, as_: SignIn
) -> None:
    monitor.post(reverse("supervision:complaint_order", args=[founded]), {"demand": "三日内办结并道歉。"})
    assert set(Case.objects.values_list("kind", flat=True)) == {"licence", "complaint", "order"}
    listed = {
        what: re.findall(r"/desk/cases/([A-Z]*\d+)/", monitor.get(f"{reverse('supervision:cases')}?what={what}").content.decode())
        for what in ("opened", "accepted", "ended", "running")
    }  # fmt: skip
    assert set(listed["opened"]) == {Case.objects.get(kind="licence").number}
    assert not any(listed[what] for what in ("accepted", "ended", "running"))
    assert "没有到期限的件" in text_of(monitor, reverse("supervision:board"))
    wall = re.sub(r"<[^>]+>|\s+", "", text_of(monitor, reverse("supervision:wall")))
    assert re.search(r"今日收件\D{0,20}1\D", wall), wall
    assert "近 30 天到期限 0 件" in text_of(as_("clerk"), reverse("desk:unit"))


def test_without_a_demand_it_is_refused_at_the_field(monitor: Client, founded: str) -> None:
    address = reverse("supervision:complaint_order", args=[founded])
    answer = monitor.post(address, {"demand": "  "})
    assert answer.status_code == 409
    assert 'aria-describedby="h-demand e-demand"' in answer.content.decode()
    assert monitor.post(address, {"demand": "查明"}).status_code == 302
    again = monitor.post(address, {"demand": "再查"})
    assert again.status_code == 403
    assert "已经在督办" in again.content.decode()


def test_nobody_of_the_unit_complained_of_has_the_form(founded: str, as_: SignIn) -> None:
    address = reverse("supervision:complaint_order", args=[founded])
    for who in ("clerk", "head"):
        assert as_(who).get(address).status_code == 404
        assert as_(who).post(address, {"demand": "查明"}).status_code == 404
    assert not Order.objects.exists()
