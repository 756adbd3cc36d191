"""An applicant says what they thought of a step, by a link and without signing in."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.web.scene import Scene
from tongban.engine import outbox
from tongban.platforms.rating.models import Rating

pytestmark = pytest.mark.usefixtures("nothing_stays")
GUIDE = "/guides/P-1/"


def link(scene: Scene, *more: str) -> str:
    return "/".join(("/rate", scene.rate_token, *more, ""))


def rate(scene: Scene, client: Client | None = None, **said: Any) -> Any:
    return (client or Client()).post(link(scene, "delivery", "1"), said)


def test_the_tracking_page_leads_to_the_rating(scene: Scene) -> None:
    page = scene.client("owner").get(f"/track/{scene.decided}/").content.decode()
    assert link(scene) in page
    assert link(scene) in scene.client("owner").get("/me/").content.decode()


def test_who_met_a_step_is_invited_where_they_meet_it_until_they_have_rated(scene: Scene) -> None:
    owner = scene.client("owner")
    for place in (f"/track/{scene.decided}/", f"/track/{scene.decided}/result/"):
        page = owner.get(place).content.decode()
        assert "“送达”办得怎么样？" in page
        assert link(scene, "delivery", "1") in page
    while outbox.deliver():
        pass
    told = owner.get("/me/messages/").content.decode()
    assert link(scene, "delivery", "1") in told
    assert link(scene, "acceptance", "1") not in told  # rated in the scene
    for step in ("delivery", "result"):
        Client().post(link(scene, step, "1"), {"level": "5"})
    assert "办得怎么样" not in owner.get(f"/track/{scene.decided}/").content.decode()
    assert link(scene, "delivery", "1") not in owner.get("/me/messages/").content.decode()


def test_a_stranger_with_the_link_rates_and_reads_nothing_personal(scene: Scene) -> None:
    client = Client()
    page = client.get(link(scene)).content.decode()
    assert "受理" in page
    assert "王小芳" not in page
    assert rate(scene, client, level="5", good=["fast"]).status_code == 302
    assert "非常满意" in client.get(link(scene)).content.decode()
    assert Rating.objects.get(step="delivery").reasons == ["fast"]


def test_what_was_typed_stays_when_a_bad_rating_lacks_its_reason(scene: Scene) -> None:
    answer = rate(scene, level="1", phone="13900001111")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "请选一个不满意的原因" in page
    assert "13900001111" in page
    assert re.search(r'value="1"[^>]* checked', page)
    assert rate(scene, level="", words="还行").status_code == 422


def test_a_rating_can_be_changed_and_its_form_holds_what_was_said(scene: Scene) -> None:
    client = Client()
    rate(scene, client, level="2", bad=["slow"], words="慢")
    page = client.get(link(scene, "delivery", "1")).content.decode()
    assert "慢</textarea>" in page
    rate(scene, client, level="4")
    row = Rating.objects.get(step="delivery")
    assert (row.level, row.first_level) == (4, 2)


def test_a_step_not_met_and_a_false_link_lead_nowhere(scene: Scene) -> None:
    assert Client().get("/rate/1.false/").status_code == 404
    assert Client().get(link(scene, "answer", "1")).status_code == 302


def test_the_guide_shows_shares_with_their_number_from_five_on(scene: Scene) -> None:
    assert "群众评价" not in Client().get(GUIDE).content.decode()
    first = Rating.objects.get(pk=scene.rating)
    for n in range(2, 6):
        Rating.objects.create(
            case=first.case, step="correction", no=n, org=first.org, matter=first.matter, level=5, first_level=5,
            given_at=first.given_at, change_until=first.change_until, words="我是王小芳",
        )  # fmt: skip
    page = scene.client("stranger").get(GUIDE).content.decode()
    assert "共 5 次评价" in page
    assert "80%" in page
    assert "王小芳" not in page


def test_the_desk_shows_words_to_who_calls_back_and_to_nobody_who_was_rated(scene: Scene) -> None:
    words = "窗口让我跑了三趟"
    for role in ("supervisor", "chief"):
        assert words in scene.client(role).get("/desk/ratings/").content.decode(), role
    for role in ("clerk", "reviewer", "leader", "other_clerk", "system_admin"):
        assert words not in scene.client(role).get("/desk/ratings/").content.decode(), role
    one = scene.client("supervisor").get(f"/desk/ratings/{scene.rating}/").content.decode()
    assert words in one
    assert scene.decided in one


def test_a_wrong_period_is_said_and_kept(scene: Scene) -> None:
    answer = scene.client("chief").get("/desk/ratings/?from=2026-13-01&by=org")
    assert answer.status_code == 422
    assert "这不像一个日期" in answer.content.decode()


def test_all_steps_met_are_rated_on_one_page(scene: Scene) -> None:
    client = Client()
    page = client.get(link(scene)).content.decode()
    assert "“送达”办得怎么样？" in page
    nothing = client.post(link(scene), {})
    assert nothing.status_code == 422
    assert "请至少评价一个环节" in nothing.content.decode()
    half = client.post(link(scene), {"level-delivery-1": "5", "level-result-1": "1"})
    assert half.status_code == 422, "the bad one lacks its reason; the good one is taken"
    assert Rating.objects.get(step="delivery").level == 5
    assert re.search(r'name="level-result-1"[^>]*value="1"[^>]* checked', half.content.decode())
    done = client.post(link(scene), {"level-result-1": "1", "words-result-1": "等得太久"})
    assert done.status_code == 302
    assert Rating.objects.filter(step__in=("delivery", "result")).count() == 2
