"""Somebody asks a question on the web, with or without an account."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from tests.web.scene import Scene
from tongban.engine.models import Case
from tongban.platforms.consultation.models import Consultation

pytestmark = pytest.mark.usefixtures("nothing_stays")


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


def form(**more: Any) -> dict[str, Any]:
    return {
        "about": "P-1",
        "question": "地下室能开店吗",
        "name": "网友甲",
        "command_id": str(uuid4()),
        **more,
    }


def pair(text: str) -> dict[str, str]:
    number = re.search(r"ZX\d+", text)
    secret = re.search(r"查询密码.*?>([A-Z0-9]{4}[-A-Z0-9 ]{8,12})<", text, re.DOTALL)
    assert number
    assert secret, text
    return {"number": number[0], "secret": secret[1]}


def test_a_stranger_asks_and_reads_with_the_number_and_secret(scene: Scene) -> None:
    client = Client()
    sent = client.post("/ask/", form()).content.decode()
    said = pair(sent)
    assert "地下室能开店吗" in client.post("/ask/read/", said).content.decode()
    assert "对不上" in client.post("/ask/read/", {**said, "secret": "WRONG"}).content.decode()


def test_the_answer_can_be_followed_up_once_without_an_account(scene: Scene) -> None:
    client = Client()
    said = pair(client.post("/ask/", form()).content.decode())
    case = Case.objects.get(number=said["number"])
    town = scene.town
    outcome = type("Asked", (), {"case_id": case.pk})()
    town.do("clerk", outcome, "accept")
    town.do("reviewer", outcome, "complete", outcome="answered", opinion="不可以。")
    page = client.post("/ask/read/", said).content.decode()
    assert "不可以。" in page
    assert "追问一次" in page
    more = {**said, "more": "半地下室呢", "command_id": str(uuid4())}
    assert "问题已经收到" in client.post("/ask/read/", more).content.decode()
    assert "追问一次" not in client.post("/ask/read/", said).content.decode()


def test_tracking_shows_the_answer(scene: Scene) -> None:
    said = pair(Client().post("/ask/", form()).content.decode())
    assert "还没有答复" in Client().post("/track/", said).content.decode()
    outcome = type("Asked", (), {"case_id": Case.objects.get(number=said["number"]).pk})()
    scene.town.do("clerk", outcome, "accept")
    scene.town.do("reviewer", outcome, "complete", outcome="answered", opinion="不可以，要先改造。")
    assert "不可以，要先改造。" in Client().post("/track/", said).content.decode()


def test_a_guide_shows_what_was_answered_about_its_matter(scene: Scene) -> None:
    about = Consultation.objects.get(number=scene.answered).about
    assert about is not None
    text = Client().get(f"/guides/{about.code}/", follow=True).content.decode()
    assert f"/answers/{scene.answered}/" in text


def test_errors_keep_what_was_typed(scene: Scene) -> None:
    text = Client().post("/ask/", form(question="？", text="很长的说明")).content.decode()
    assert "一句话" in text
    assert "很长的说明" in text


def test_without_a_matter_one_says_which_unit(scene: Scene) -> None:
    text = Client().post("/ask/", form(about="")).content.decode()
    assert "请选择要问的单位" in text


def test_a_public_answer_is_read_and_found_by_all_and_tells_nobody(scene: Scene) -> None:
    text = Client().get(f"/answers/{scene.answered}/").content.decode()
    assert "可以。" in text
    assert "王小芳" not in text
    assert scene.answered in Client().get("/search/", {"q": "二楼店面"}).content.decode()


def test_a_colleague_releases_what_another_proposed(scene: Scene) -> None:
    text = scene.client("reviewer").get(f"/desk/answers/{scene.answered}/").content.decode()
    assert "已公开" in text
    assert scene.client("neighbour").get(f"/desk/answers/{scene.answered}/").status_code == 404
