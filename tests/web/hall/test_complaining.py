"""Somebody complains about their own case: signed in, or by its number and secret."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from tests.web.scene import Scene
from tongban.platforms.supervision.models import Complaint

pytestmark = pytest.mark.usefixtures("nothing_stays")


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def form(**more: Any) -> dict[str, Any]:
    words = "十一月三日到窗口，工作人员让我重开材料，跑了三趟。"
    return {"topic": "manner", "words": words, "command_id": str(uuid4()), **more}


def test_the_applicant_complains_from_the_page_of_the_case_and_follows_it(scene: Scene) -> None:
    client = scene.client("owner")
    page = client.get(f"/track/{scene.number}/").content.decode()
    assert f"/complain/?number={scene.number}" in page
    assert "投诉这件办件" in client.get(f"/complain/?number={scene.number}").content.decode()
    sent = client.post("/complain/", form(number=scene.number)).content.decode()
    number = re.search(r"TS\d+", sent)
    assert number
    assert Complaint.objects.get().number == number[0]
    assert "还没有答复" in client.get(f"/track/{number[0]}/").content.decode()
    assert number[0] in client.get(f"/track/{scene.number}/").content.decode()
    assert number[0] in client.get("/me/").content.decode()


def test_without_an_account_number_and_secret_are_enough(scene: Scene) -> None:
    case = scene.town.apply("stranger")
    pair, client = {"number": case.number, "secret": case.secret}, Client()
    tracked = client.post("/track/", pair).content.decode()
    assert f'name="secret" value="{case.secret}"' in tracked
    assert "被投诉的办件" in client.post("/complain/", pair).content.decode()
    wrong = client.post("/complain/", form(number=case.number, secret="WRONG")).content.decode()
    assert "对不上" in wrong
    assert "跑了三趟" in wrong
    sent = client.post("/complain/", form(**pair)).content.decode()
    assert "查询密码" in sent
    assert Complaint.objects.get().about_number == case.number


def test_nobody_complains_about_a_case_that_is_not_theirs(scene: Scene) -> None:
    client = scene.client("stranger")
    assert client.get(f"/complain/?number={scene.number}").status_code == 404
    client.post("/complain/", form(number=scene.number))
    assert not Complaint.objects.exists()


def test_what_is_missing_is_said_and_what_was_typed_stays(scene: Scene) -> None:
    client = scene.client("owner")
    both = client.post("/complain/", form(number=scene.number, topic="", words="不满"))
    assert both.status_code == 409
    assert "有 2 处需要改" in both.content.decode(), "all at once, not one after the other"
    for missing, words in (({"topic": ""}, "请选择投诉的是什么"), ({"words": "不满"}, "至少十个字")):
        answer = client.post("/complain/", form(number=scene.number, **missing))
        assert words in answer.content.decode()
    assert not Complaint.objects.exists()
