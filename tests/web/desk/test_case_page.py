"""The case page shows what the engine allows, carries it out, and keeps what was typed when it is refused."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.db.engine.city import City, row
from tests.web.desk.conftest import SignIn
from tests.web.scene import text_of
from tongban.engine.machine import Action
from tongban.faces.desk.case import View
from tongban.faces.desk.panel import Choices, panels
from tongban.faces.desk.views.case import _risks


def url(number: str, name: str = "case") -> str:
    return reverse(f"desk:{name}", args=[number])


def forms(page: str) -> list[dict[str, str]]:
    """Hidden fields of every form that acts on the case."""
    found = []
    for form in re.findall(r'<form[^>]*action="[^"]*/act/"[^>]*>(.*?)</form>', page, re.DOTALL):
        inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
        found.append(dict(inputs))
    return found


def form(client: Client, number: str, type_: str) -> dict[str, str]:
    page = client.get(url(number)).content.decode()
    return next(f for f in forms(page) if f["type"] == type_)


def send(client: Client, number: str, type_: str, **more: Any) -> Any:
    return client.post(url(number, "act"), {**form(client, number, type_), **more})


def test_the_counter_accepts_and_the_next_step_is_open(city: City, as_: SignIn) -> None:
    case = city.apply()
    answer = send(as_("clerk"), case.number, "verdict", outcome="accept")
    assert answer.status_code == 302
    assert row(case).phase == "accepted"
    page = as_("reviewer").get(url(case.number)).content.decode()
    assert "书面审查：您来办" in page


def test_what_may_not_be_done_is_listed_with_why(city: City, as_: SignIn) -> None:
    case = city.apply()
    page = as_("clerk").get(url(case.number)).content.decode()
    assert "现在不能做的" in page
    assert "延期由本机关负责人批准" in page or "受理之后、决定之前才能延期" in page


def test_a_refusal_says_why_and_keeps_what_was_typed(city: City, as_: SignIn) -> None:
    case = city.apply()
    client = as_("clerk")
    answer = send(client, case.number, "verdict", outcome="refuse", reason="不属于本机关职权")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写救济途径" in page
    assert "不属于本机关职权" in page
    assert row(case).phase == "applied"


@pytest.mark.parametrize(("outcomes", "chosen"), [(["done"], ["done"]), (["pass", "fail"], []), ([], [])])
def test_a_step_that_can_only_end_one_way_does_not_ask_how(outcomes: list[str], chosen: list[str]) -> None:
    act = Action("complete", "制证送达", task=1, allowed=True, outcomes=tuple((o, o) for o in outcomes))
    made = panels([act], action="/", seq=1, who="", waiting="", choices=Choices(), claims={})
    assert [p.value for p in made.main[0].picks if p.chosen] == chosen


def test_somebody_quicker_makes_the_form_stale_and_nothing_is_lost(city: City, as_: SignIn) -> None:
    case = city.apply()
    client = as_("clerk")
    old = form(client, case.number, "note")
    city.do("clerk", case, "note", text="先来一步")
    answer = client.post(url(case.number, "act"), {**old, "note-text": "我的备注在这里"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "刚刚有人处理过" in page
    assert "我的备注在这里" in page


def test_the_same_form_sent_twice_is_carried_out_once(city: City, as_: SignIn) -> None:
    case = city.apply()
    client = as_("clerk")
    sent = {**form(client, case.number, "note"), "note-text": "只记一次"}
    client.post(url(case.number, "act"), sent)
    client.post(url(case.number, "act"), sent)
    page = client.get(url(case.number, "trail")).content.decode()
    assert page.count("只记一次") == 1


def test_every_tab_and_paper_opens_for_who_sees_the_case(city: City, as_: SignIn) -> None:
    case = city.granted()
    client = as_("clerk")
    for name in ("case", "materials", "flow", "flow_file", "trail", "watch", "related", "print"):
        assert client.get(url(case.number, name)).status_code == 200, name
    for seq in range(1, row(case).seq + 1):
        answer = client.get(reverse("desk:notice", args=[case.number, seq]))
        text_of(answer)  # a paper that was filed comes as a file
        assert answer.status_code in (200, 404)
        then = client.get(url(case.number, "trail"), {"at": seq})
        assert f"第 {seq} 条之后的样子" in then.content.decode()


def test_a_case_that_is_not_theirs_does_not_exist_for_others(city: City, as_: SignIn) -> None:
    case = city.apply()
    for name in ("case", "materials", "flow", "trail", "watch", "related", "print"):
        assert as_("outsider").get(url(case.number, name)).status_code == 404
        assert as_("stranger").get(url(case.number, name)).status_code == 403
        assert Client().get(url(case.number, name)).status_code == 302


def test_search_finds_by_number_applicant_and_matter_only_what_one_may_see(city: City, as_: SignIn) -> None:
    case = city.apply()
    client = as_("clerk")
    assert client.get(reverse("desk:search"), {"q": case.number})["Location"] == url(case.number)
    assert case.number in client.get(reverse("desk:search"), {"q": "王伟"}).content.decode()
    assert case.number in client.get(reverse("desk:search"), {"q": "食品经营"}).content.decode()
    assert case.number not in as_("outsider").get(reverse("desk:search"), {"q": "王伟"}).content.decode()


def test_a_risk_point_stands_under_the_name_of_its_step(city: City, as_: SignIn) -> None:
    case = row(city.apply())
    steps = ({"key": "sc", "name": "审查岗审查"},)
    case.offering_version.content = {
        "steps": steps,
        "risk_points": [{"name": "审查不严", "grade": "high", "step": s} for s in ("accept", "sc")],
    }
    found = _risks(View(city.person("clerk"), case, case.opened_at))
    assert [name for name, *_rest in found] == ["受理", "审查岗审查"]
