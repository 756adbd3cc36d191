"""制证送达 at the desk: as the applicant chose, and what is sent has a number and somewhere to go."""

import re

from django.test import Client
from django.urls import reverse

from tests.db.engine.city import City, row
from tests.web.desk.conftest import SignIn
from tests.web.desk.test_case_page import send, url
from tongban.engine import codec
from tongban.engine.services import Outcome
from tongban.platforms.delivery import services as delivery
from tongban.platforms.delivery.models import Wish

TO = {"_to_name": "王伟", "_to_phone": "13812345678", "_to_address": "人民路 8 号 2 单元 301"}


def decided(city: City, **wish: str) -> Outcome:
    case = city.apply()
    if wish:
        delivery.choose(case.case_id, delivery.read(wish)[0])
    city.do("clerk", case, "accept")
    for who, outcome in (
        ("reviewer", "pass"), ("neighbour", "pass"), ("section_head", "agree"), ("head", "granted"),
    ):  # fmt: skip
        city.do(who, case, "complete", outcome=outcome)
    return case


def method_shown(client: Client, case: Outcome) -> str:
    page = client.get(url(case.number)).content.decode()
    asked = re.search(r'<select[^>]*name="method".*?</select>', page, re.DOTALL)
    assert asked is not None
    chosen = re.search(r'value="([^"]*)"[^>]*selected', asked[0])
    return chosen[1] if chosen else ""


def test_the_step_begins_with_what_was_chosen_whatever_was_drafted_before(city: City, as_: SignIn) -> None:
    case, client = decided(city, _way="窗口领取"), as_("clerk")
    client.post(reverse("desk:draft", args=[case.number]), {"task_no": "1", "opinion": "早先写的"})
    assert method_shown(client, case) == "窗口领取"


def test_what_is_sent_needs_its_number_and_an_address(city: City, as_: SignIn) -> None:
    case, client = decided(city, _way="窗口领取"), as_("clerk")
    page = send(client, case.number, "complete", method="邮寄").content.decode()
    for said in ("请填写快递单号", "请填写收件人", "请填写收件地址"):
        assert said in page
    short = send(
        client, case.number, "complete", method="邮寄", express="EMS1", **{**TO, "_to_address": "人民路"}
    )
    assert (short.status_code, "请填写能送到的详细地址" in short.content.decode()) == (422, True)
    assert row(case).phase == "decided"
    assert send(client, case.number, "complete", method="邮寄", express="EMS1", **TO).status_code == 302
    assert codec.load(row(case).state).delivery["method"] == "邮寄"
    assert (Wish.objects.get().way, Wish.objects.get().address) == ("邮寄", TO["_to_address"])


def test_the_address_that_was_given_is_not_asked_again(city: City, as_: SignIn) -> None:
    case, client = decided(city, _way="邮寄", **TO), as_("clerk")
    assert method_shown(client, case) == "邮寄"
    assert 'name="_to_address"' not in client.get(url(case.number)).content.decode()
    assert send(client, case.number, "complete", method="邮寄", express="EMS1").status_code == 302


def test_the_applicant_reads_the_one_method_that_was_done(city: City, as_: SignIn) -> None:
    case = decided(city, _way="邮寄", **TO)
    assert send(as_("clerk"), case.number, "complete", method="窗口领取").status_code == 302
    page = as_("applicant").get(reverse("hall:case", args=[case.number])).content.decode()
    aside = re.search(r'aria-labelledby="a-way".*?</section>', page, re.DOTALL)
    assert aside is not None
    assert "窗口领取" in aside[0]
    assert "邮寄" not in aside[0]
    assert TO["_to_address"] not in aside[0]
